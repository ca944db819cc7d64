// What travels as JSON: words as 32 bytes of hex, wei as decimal strings, counts and seconds as numbers. Nothing is guessed.
import { toHex, type Hex } from 'viem';
import * as v from 'valibot';
import type { Receipt } from '../chain/typed-data.js';
import { address, wei } from './config.js';
import { refusal } from './refusal.js';

const bytes32 = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{64}$/, 'expected 32 bytes: 0x and 64 hex digits'),
  v.transform((text) => text.toLowerCase() as Hex),
);
const bytes = v.pipe(
  v.string(),
  v.regex(/^0x([0-9a-fA-F]{2})*$/, 'expected bytes: 0x and hex digits'),
  v.transform((text) => text as Hex),
);
const word = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{1,64}$/, 'expected a word: 0x and up to 64 hex digits'),
  v.transform((value) => BigInt(value)),
);
const seconds = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.transform((value) => BigInt(value)),
);

const receipt = v.strictObject({
  node: address,
  client: address,
  modelId: bytes32,
  inputHash: bytes32,
  outputHash: bytes32,
  inputWords: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  bond: wei,
  until: seconds,
});

export const INFER = v.strictObject({
  model: bytes32,
  words: v.array(word),
  want: v.picklist(['receipt', 'proof']),
  client: address,
  bond: v.optional(wei),
  context: v.optional(bytes32),
});
export type InferBody = v.InferOutput<typeof INFER>;

export const PROVE = v.strictObject({ receipt, signature: bytes, words: v.array(word) });
export type ProveBody = v.InferOutput<typeof PROVE>;

export const PAYMENT = v.object({
  x402Version: v.literal(2),
  payload: v.strictObject({ client: address, node: address, total: wei, signature: bytes }),
});
export type Payment = v.InferOutput<typeof PAYMENT>['payload'];

/** Reads what a stranger sent. Throws a refusal, 400, that names the field. */
export function read<S extends v.GenericSchema>(schema: S, text: string, what: string): v.InferOutput<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refusal(400, `expected ${what}, got no JSON`);
  }
  const { success, output, issues } = v.safeParse(schema, json, { abortEarly: true });
  if (success) return output;
  throw refusal(400, `${what}: ${v.getDotPath(issues[0]) ?? 'value'}: ${issues[0].message}`.slice(0, 300));
}

export const wordsJson = (words: readonly bigint[]): Hex[] => words.map((one) => toHex(one, { size: 32 }));

/** 320 bytes. */
export const proofJson = (proof: readonly bigint[]): Hex =>
  `0x${proof.map((one) => toHex(one, { size: 32 }).slice(2)).join('')}`;

export const receiptJson = ({ bond, until, ...rest }: Receipt) => ({
  ...rest,
  bond: bond.toString(),
  until: Number(until),
});
