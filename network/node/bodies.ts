// The bodies that clients send to a node, read strictly.
import { toHex, type Hex } from 'viem';
import * as v from 'valibot';
import { address, bytes, bytes32, receipt, wei, word } from '../wire.js';
import { refusal } from './refusal.js';

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

/** 320 bytes. */
export const proofJson = (proof: readonly bigint[]): Hex =>
  `0x${proof.map((one) => toHex(one, { size: 32 }).slice(2)).join('')}`;
