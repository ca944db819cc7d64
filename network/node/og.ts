// What OpenGradient's SDK asks a node for after its transaction: the answer to a request, which is the one that the market settled, and
// nothing before that.
import { getAbiItem, type Hex } from 'viem';
import { InferproofError, openWords, type PublicValue } from 'inferproof/verifier';
import { MARKET } from '../chain/abi.js';
import { STRETCH } from '../chain/follow.js';
import type { Market } from '../chain/reader.js';
import type { Served } from './models.js';

/** Milliseconds that a settlement is waited for, which are fewer than the SDK waits, and between looks. */
const PATIENCE = 25_000;
const POLL = 200;
const DONE = 2;

const REQUESTED = getAbiItem({ abi: MARKET, name: 'Requested' });
const SETTLED = getAbiItem({ abi: MARKET, name: 'Settled' });

/** A number as value / 10^decimals, of which float64 and so float32 is that number. */
export function decimal(x: number): { readonly value: string; readonly decimals: string } {
  const [, digits, exponent] = /^(-?\d\.?\d*)e([+-]\d+)$/.exec(x.toExponential(16)) ?? [];
  if (digits === undefined) throw new InferproofError('internal', `expected a finite number, got ${x}`);
  const decimals = 16 - Number(exponent);
  const value = digits.replace('.', '');
  return decimals >= 0
    ? { value, decimals: String(decimals) }
    : { value: value + '0'.repeat(-decimals), decimals: '0' };
}

function tensor(name: string, { shape, floats, read, labels }: PublicValue) {
  if (labels !== undefined) return { strings: { name, values: labels, shape } };
  return { numbers: { name, values: (read?.values ?? floats).map(decimal), shape } };
}

/** The outputs of a model in the SDK's form, from its words: what `run` says of them. */
export function inferenceResult({ vkey, inputWords }: Pick<Served, 'vkey' | 'inputWords'>, words: readonly bigint[]) {
  const all = Object.entries(openWords(vkey.publics, words).outputs).map(([name, value]) => tensor(name, value));
  if (words.length <= inputWords) throw new InferproofError('internal', 'expected outputs, got none');
  const model_output = {
    numbers: all.flatMap((one) => (one.numbers ? [one.numbers] : [])),
    strings: all.flatMap((one) => (one.strings ? [one.strings] : [])),
    jsons: [],
  };
  const json = JSON.stringify({ InferenceResult: { ZkmlResult: { model_output } } });
  return { inference_results: [Buffer.from(json).toString('base64')] };
}

/**
 * The answer to a request of the last blocks, as soon as it is settled.
 * @returns null where it is not in time, or of a model that is not served
 */
export async function settledInference(
  { client, market }: Market,
  models: ReadonlyMap<Hex, Served>,
  id: Hex,
): Promise<object | null> {
  const call = { address: market, abi: MARKET, functionName: 'requests', args: [id] } as const;
  for (const end = Date.now() + PATIENCE; (await client.readContract(call)) !== DONE;) {
    if (Date.now() >= end) return null;
    await new Promise((later) => setTimeout(later, POLL));
  }
  const head = await client.getBlockNumber();
  const blocks = {
    address: market,
    strict: true,
    args: { id },
    fromBlock: head > STRETCH ? head - STRETCH : 0n,
  } as const;
  const [[asked], [settled]] = await Promise.all([
    client.getLogs({ ...blocks, event: REQUESTED }),
    client.getLogs({ ...blocks, event: SETTLED }),
  ]);
  const served = asked && models.get(asked.args.modelId);
  return served && settled ? inferenceResult(served, [...asked.args.input, ...settled.args.outputs]) : null;
}
