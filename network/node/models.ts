// Models that a node serves: read, checked, and rehearsed. A proving key from somebody else can be poisoned: the rehearsals find a crude
// poison, no number of them a subtle one, so answers are promised with keys of trusted publishers alone (SECURITY.md).
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getAddress, toHex, type Address, type Hex } from 'viem';
import type { Circuit } from 'inferproof/compiler';
import { FILES, readFolder } from 'inferproof/files';
import {
  inputWordCount,
  InferproofError,
  packWords,
  rangeOfElement,
  vkDigest,
  wordCount,
  type LookupKey,
} from 'inferproof/verifier';
import { REGISTRY } from '../chain/abi.js';
import { revertOf } from '../chain/errors.js';
import { LOCAL_CHAIN } from '../chain/open.js';
import type { Facts, Market } from '../chain/reader.js';
import type { Offer } from './config.js';
import { rank, type Queue } from './queue/queue.js';

/** Brings a model to this machine: a folder that holds circuit.json, vkey.json, proving.key. */
export type Load = (model: string) => Promise<{ readonly folder: string; readonly manifest: string }>;

export interface Served {
  readonly modelId: Hex;
  /** null: it was never fetched. */
  readonly manifest: string | null;
  readonly folder: string;
  readonly circuit: Circuit;
  readonly vkey: LookupKey;
  readonly inputWords: number;
  /** Inputs' and outputs'. */
  readonly words: number;
  readonly offer: Offer;
}

const RANDOM_REHEARSALS = 8;
/** How often a chain that does not answer is asked again, and after how many milliseconds: twice as many each time. */
const [ASKS, PAUSE] = [6, 500];

/** Throws InferproofError 'usage' where answers would be promised with a key of somebody who is not trusted. */
export function refuseUntrusted({ model, receipt }: Offer, trusted: readonly Address[]): void {
  if (receipt === undefined) return;
  const [, publisher] = /^(0x[0-9a-fA-F]{40})\//.exec(model) ?? [];
  if (publisher !== undefined && trusted.includes(getAddress(publisher.toLowerCase()))) return;
  throw new InferproofError('usage', 'expected receipts of trusted publishers only, got a model of another one', {
    where: model,
    hint: 'a poisoned key costs the bond: put its publisher into "trust", name it as 0xPUBLISHER/NAME, or offer "proof" instead',
  });
}

/** Throws InferproofError 'mismatch', 'insecure', 'file', 'format' for what cannot be served. */
export async function readServed(
  offer: Offer,
  load: Load,
  { chainId }: Market,
  facts: Facts,
  allowInsecureKey: boolean,
): Promise<Served> {
  const where = offer.model;
  const own = offer.folder === undefined ? null : { folder: offer.folder, manifest: null };
  const { folder, manifest } = own ?? (await load(where));
  const { circuit, vkey, provingKey } = await readFolder(folder);
  if (vkey === undefined || provingKey === undefined)
    throw new InferproofError('file', 'expected vkey.json and proving.key beside circuit.json', { where: folder });
  if (vkey.argument !== 'lookup' || vkey.publics.filter(({ role }) => role === 'input').length < circuit.inputs.length)
    throw new InferproofError('mismatch', 'expected a model with lookup keys and public inputs', {
      where,
      hint: 'compile with --argument lookup --public input,output',
    });
  if (vkey.insecure && chainId !== LOCAL_CHAIN && !allowInsecureKey)
    throw new InferproofError('insecure', `expected a key from a ceremony on chain ${chainId}, got a development key`, {
      where,
      hint: 'whoever made it can forge proofs: --allow-insecure-key serves it all the same',
    });
  const modelId = toHex(vkDigest(vkey));
  const words = vkey.publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  if ((await patiently(() => facts.wordsOf(modelId))) !== BigInt(words))
    throw new InferproofError('mismatch', 'expected a registered model', {
      where: modelId,
      hint: 'publish registers it',
    });
  return { modelId, manifest, folder, circuit, vkey, inputWords: inputWordCount(vkey), words, offer };
}

/** Input words with all integers at the lower end, at the upper end, and at random. */
function rehearsals({ publics }: LookupKey): bigint[][] {
  const inputs = publics.filter(({ role }) => role === 'input');
  const filled = (value: (lo: number, hi: number) => number): bigint[] =>
    packWords(
      inputs,
      inputs.map((tensor) => Array.from({ length: tensor.shape.reduce((n, d) => n * d, 1) }, (_, i) => value(...rangeOfElement(tensor)(i)))), // prettier-ignore
    );
  // a random integer is below 2^48: wider ranges are drawn from by real numbers
  const random = (lo: number, hi: number): number =>
    hi - lo < 2 ** 48 - 1 ? randomInt(lo, hi + 1) : lo + Math.floor(Math.random() * (hi - lo + 1));
  return [
    filled((lo) => lo),
    filled((_, hi) => hi),
    ...Array.from({ length: RANDOM_REHEARSALS }, () => filled(random)),
  ];
}

function parseNames(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * As `rehearse`, but not again for a key that passed before.
 * @param file names of keys that passed, by their SHA-256, with their seconds
 */
export async function rehearsed(served: Served, queue: Queue, market: Market, file: string): Promise<number> {
  const known = parseNames(await readFile(file, 'utf8').catch(() => ''));
  const hash = createHash('sha256').update(served.modelId);
  for await (const part of createReadStream(join(served.folder, FILES.provingKey))) hash.update(part as Uint8Array);
  const name = hash.digest('hex');
  const before = known[name];
  if (typeof before === 'number') return before;
  const seconds = await rehearse(served, queue, market);
  await writeFile(`${file}.tmp`, JSON.stringify({ ...known, [name]: seconds }));
  await rename(`${file}.tmp`, file);
  return seconds;
}

/** A chain that does not answer says nothing of a key: it is asked again. A revert is an answer. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = ASKS, pause = PAUSE; ; left--, pause *= 2) {
    try {
      return await ask();
    } catch (error) {
      if (revertOf(error) !== undefined)
        throw new InferproofError('mismatch', `expected a proof that the registry takes, got ${revertOf(error)}`);
      if (left <= 1) throw error;
      await new Promise((later) => setTimeout(later, pause));
    }
  }
}

/**
 * Proves inputs at both ends and at random, and has the registry's contract check each proof.
 * Returns the median of the seconds that a proof took. Rejects with what went wrong first.
 */
async function rehearse({ modelId, vkey }: Served, queue: Queue, { clients, registry }: Market): Promise<number> {
  const took: number[] = [];
  for (const words of rehearsals(vkey)) {
    const context = toHex(randomBytes(32));
    const { seconds, ...made } = await queue.submit({
      id: context,
      model: modelId,
      words,
      context,
      rank: rank('paid'),
    });
    const args = [modelId, context, made.words, made.proof] as const;
    const verify = { address: registry, abi: REGISTRY, functionName: 'verify', args } as const;
    const said = await Promise.all(clients.map((client) => patiently(() => client.readContract(verify))));
    if (said.includes(false))
      throw new InferproofError('mismatch', 'expected a proof that the registry takes, got one that it refuses', {
        where: modelId,
      });
    took.push(seconds);
  }
  return took.sort((a, b) => a - b)[took.length >> 1];
}
