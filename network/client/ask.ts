// Asking a node over HTTP. Whatever it sends is a stranger's: no longer than expected, in time, of one form, and checked before it is used.
import * as v from 'valibot';
import { readCapped, type Fetch } from '../store/sources.js';
import { address, bytes, bytes32, receipt, SCHEME, wei, word } from '../wire.js';
import { PAUSE } from './rules.js';

/** A node that did not do what was asked. */
export class Failed extends Error {
  /** Seconds for which it is not asked again. */
  readonly pause: number;
  /** It said nothing, or not yet: the same question may be answered later. */
  readonly late: boolean;
  /** Wei that it was promised all the same. */
  readonly paid: bigint;

  constructor(reason: string, pause: number, { late = false, paid = 0n } = {}) {
    super(reason);
    [this.pause, this.late, this.paid] = [pause, late, paid];
  }
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  /** JSON; undefined where it is none. */
  readonly json: unknown;
}

export interface Limits {
  /** Of the answer, at most. */
  readonly bytes: number;
  /** Milliseconds until it is here, all of it. */
  readonly ms: number;
}

const CARD: Limits = { bytes: 2 ** 20, ms: 10_000 };
/** Bytes of a word in JSON, and of all that stands around words. */
const WORD_BYTES = 70;
const OTHER_BYTES = 8_192;
export const mostBytes = (words: number): number => WORD_BYTES * words + OTHER_BYTES;

const offer = <T extends v.ObjectEntries>(fields: T) => v.nullable(v.object(fields));
const card = v.object({
  format: v.literal('inferproof-node'),
  version: v.literal(1),
  chainId: v.number(),
  market: address,
  node: address,
  models: v.array(
    v.object({
      modelId: bytes32,
      receipt: offer({ price: wei, bond: wei }),
      proof: offer({ price: wei }),
      request: offer({ minPayment: wei }),
    }),
  ),
});
export type Card = v.InferOutput<typeof card>;

export const RECEIPT_ANSWER = v.object({ words: v.array(word), receipt, signature: bytes });
export const PROOF_ANSWER = v.object({ words: v.array(word), proof: bytes, context: bytes32 });

/** What a 402 asks for, and of its ways to pay the one that we know. */
export const REQUIRED = v.object({ x402Version: v.literal(2), accepts: v.array(v.unknown()) });
export const BY_CHANNEL = v.object({
  scheme: v.literal(SCHEME),
  network: v.string(),
  amount: wei,
  payTo: address,
  extra: v.object({ market: address, total: wei }),
});
export const PAID = v.object({ amount: wei });

/** Throws Failed. */
export function parsed<S extends v.GenericSchema>(schema: S, json: unknown, what: string): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, json, { abortEarly: true });
  if (success) return output;
  throw new Failed(`sent ${what} of another form: ${v.getDotPath(issues[0]) ?? 'value'}`.slice(0, 200), PAUSE);
}

export async function cardOf(fetch: Fetch, url: string): Promise<Card> {
  const { status, json } = await send(fetch, `${url}/v1/card`, {}, CARD);
  if (status !== 200) throw new Failed(`answered ${status} for its card`, PAUSE);
  return parsed(card, json, 'a card');
}

export const post = (
  fetch: Fetch,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>>,
  limits: Limits,
): Promise<Told> =>
  send(fetch, url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }, limits); // prettier-ignore

async function send(fetch: Fetch, url: string, init: RequestInit, { bytes: most, ms }: Limits): Promise<Told> {
  try {
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(ms) });
    const body = await readCapped(response, most);
    if (body === undefined) throw new Failed(`sent more than ${most} bytes`, PAUSE);
    return { status: response.status, headers: response.headers, json: jsonOf(new TextDecoder().decode(body)) };
  } catch (error) {
    if (error instanceof Failed) throw error;
    const late = error instanceof Error && /^(Timeout|Abort)Error$/.test(error.name);
    const reason = late
      ? `did not answer within ${ms / 1000} s`
      : error instanceof Error
        ? error.message
        : String(error);
    throw new Failed(reason, PAUSE, { late: true });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MOST_SAID = 200;

/** What was said instead of an answer. */
export function refusalOf({ status, headers, json }: Told, paid: bigint): Failed {
  const said = v.safeParse(v.object({ error: v.object({ message: v.string() }) }), json);
  const later = /^\d{1,9}$/.test(headers.get('retry-after') ?? '') ? Number(headers.get('retry-after')) : undefined;
  const late = status === 202 || status === 429 || status >= 500;
  const busy = late && status !== 500;
  const message = said.success ? `: ${said.output.error.message.slice(0, MOST_SAID)}` : '';
  return new Failed(`answered ${status}${message}`, busy ? Math.min(later ?? 10, PAUSE) : PAUSE, { late, paid });
}
