// What a node answers when it does not answer: a status, `{error: {code, message, hint}}`, and headers.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';

/** A word for each status; docs/network-protocol.md has them. */
const CODES = {
  400: 'malformed',
  402: 'payment',
  404: 'unknown',
  409: 'conflict',
  413: 'size',
  415: 'type',
  422: 'layout',
  429: 'rate',
  500: 'internal',
  503: 'busy',
} as const;
export type Status = keyof typeof CODES;

interface More {
  readonly hint?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** To be thrown in a route. */
export const refusal = (status: Status, message: string, more: More = {}): HTTPException =>
  new HTTPException(status, { message, cause: more });

/** 503: whoever asks again after so many seconds may be answered. */
export const busy = (message: string, seconds: number, hint?: string): HTTPException =>
  refusal(503, message, { headers: { 'Retry-After': String(Math.ceil(seconds)) }, ...(hint === undefined ? {} : { hint }) }); // prettier-ignore

/** What the chain says; where it says nothing, or two RPCs different things, there is no answer now. */
export const orBusy = <T>(said: Promise<T>): Promise<T> =>
  said.catch(() => {
    throw busy('the chain does not answer, or two RPCs say different things', 10);
  });

/** What was thrown, as the answer; what is no refusal is a fault of ours, and `onFault` hears of it. */
export function answerTo(thrown: unknown, context: Context, onFault: (thrown: unknown) => void): Response {
  const known = thrown instanceof HTTPException && thrown.status in CODES;
  if (!known) onFault(thrown);
  const status = known ? (thrown.status as Status) : 500;
  const { hint = null, headers = {} } = known ? (thrown.cause as More) : {};
  const message = known ? thrown.message : 'the answer could not be made';
  return context.json({ error: { code: CODES[status], message, hint } }, status, headers);
}
