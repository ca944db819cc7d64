// What OpenGradient's SDK asks a node for after its transaction: the answer to a request, which is the one that the market settled, and
// nothing before that.
import { getAbiItem, type Hex } from 'viem';
import { InferproofError, openWords, type PublicValue } from 'inferproof/verifier';
import { MARKET } from '../chain/abi.js';
import { STRETCH } from '../chain/follow.js';
import { saidBy, type Market } from '../chain/reader.js';
import type { Served } from './models.js';

/** Milliseconds that a settlement is waited for, which are fewer than the SDK waits, and between looks for a new head. */
const PATIENCE = 25_000;
const POLL = 50;
/** Heads at which a request may be unknown. */
const FEW = 3;
/** Requests whose end is remembered. */
const KEPT = 1_000;
const [NONE, DONE, EXPIRED] = [0, 2, 3];

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

interface Wait {
  callers: number;
  readonly result: Promise<object | null>;
}

/**
 * Answers to requests of the last blocks, each as soon as it is settled. Nobody pays for the question, so a request is looked at once a
 * head however many ask, until it is settled, can no more be, or its callers have gone.
 * @param head the hash of the last block that is known
 * @returns of a request: null where it is not settled in time, or of a model that is not served. Rejects where no RPC answers or two
 * say different things.
 */
export function openSettlements(
  { clients, agreed, market }: Pick<Market, 'clients' | 'agreed' | 'market'>,
  models: ReadonlyMap<Hex, Served>,
  head: () => Hex,
): (id: Hex, gone: AbortSignal) => Promise<object | null> {
  const waits = new Map<Hex, Wait>();
  /** What became of the last requests. */
  const ended = new Map<Hex, object | null>();
  const keep = (id: Hex, result: object | null): object | null => {
    ended.set(id, result);
    if (ended.size > KEPT) ended.delete(ended.keys().next().value!);
    return result;
  };

  /** undefined: the logs are not there, perhaps not yet. */
  async function settled(id: Hex): Promise<object | null | undefined> {
    const found = await agreed('a settlement', async (client) => {
      const last = await client.getBlockNumber();
      const fromBlock = last > STRETCH ? last - STRETCH : 0n;
      const blocks = { address: market, strict: true, args: { id }, fromBlock } as const;
      const [[asked], [answer]] = await Promise.all([
        client.getLogs({ ...blocks, event: REQUESTED }),
        client.getLogs({ ...blocks, event: SETTLED }),
      ]);
      return asked && answer ? ([asked.args.modelId, [...asked.args.input, ...answer.args.outputs]] as const) : null;
    });
    if (found === null) return undefined;
    const [model, words] = found;
    const served = models.get(model);
    return served ? inferenceResult(served, words) : null;
  }

  async function follow(id: Hex, wait: Pick<Wait, 'callers'>): Promise<object | null> {
    const end = Date.now() + PATIENCE;
    const over = (): boolean => wait.callers === 0 || Date.now() >= end;
    for (let unknown = 0; ;) {
      const at = head();
      const call = { address: market, abi: MARKET, functionName: 'requests', args: [id] } as const;
      const said = await saidBy(clients, (one) => one.readContract(call));
      const all = (state: number): boolean => said.every((one) => one === state);
      const late = (error: unknown): undefined => {
        if (unknown >= FEW) throw error;
      };
      const result = all(DONE) ? await settled(id).catch(late) : undefined;
      if (result !== undefined) return keep(id, result);
      if (all(EXPIRED)) return keep(id, null);
      // an RPC may be a few blocks behind whoever asks, and its logs behind its state
      if ((all(NONE) || all(DONE)) && ++unknown > FEW) return null;
      if (over()) return null;
      while (head() === at) {
        await new Promise((later) => setTimeout(later, POLL));
        if (over()) return null;
      }
    }
  }

  return async (id, gone) => {
    const known = ended.get(id);
    if (known !== undefined) return known; // null: it will have no answer
    let wait = waits.get(id);
    if (wait === undefined) {
      const begun = { callers: 0 };
      wait = Object.assign(begun, { result: Promise.resolve().then(() => follow(id, begun)) });
      waits.set(id, wait);
    }
    wait.callers++;
    let leave: () => void = () => undefined;
    const left = new Promise<null>((resolve) => (leave = () => resolve(null)));
    gone.addEventListener('abort', leave);
    if (gone.aborted) leave();
    try {
      return await Promise.race([wait.result, left]);
    } finally {
      gone.removeEventListener('abort', leave);
      // the next one to ask begins anew
      if (--wait.callers === 0 && waits.get(id) === wait) waits.delete(id);
    }
  };
}
