// Random layouts of public words: Solidity's decode and unpackWords agree on what packWords writes, and on words that are a bit, a
// step, a chunk or a word beside it. Keys have chunks of 8, 16, … 248 bits; both decoders are read here at every width up to 248.
// INFERPROOF_FULL=1 tries 1,000 layouts; INFERPROOF_SEED=N tries the one that a failure names.
import { describe, expect, it } from 'vitest';
import { fromBytesBE, R, toBytesBE, toHex } from '#verifier/field.js';
import { parseVerificationKey } from '#verifier/key.js';
import { decodeFunctions } from '#verifier/solidity/decode.js';
import { sourceFile } from '#verifier/solidity/frame.js';
import { chunksPerWord, elementCount, packWords, unpackWords, wordCount } from '#verifier/words.js';
import type { PublicTensor } from '#verifier/words.js';
import { generator } from '../compiler/circuits.js';
import { decodeCall, deploy, selector, type Result } from './evm.js';
import { plainFixture, tensor } from './simulator.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const ONE = process.env['INFERPROOF_SEED'];
const SEEDS = ONE === undefined ? Array.from({ length: FULL ? 1000 : 20 }, (_, i) => i) : [Number(ONE)];
const VECTORS = 40;
const LARGEST = Number.MAX_SAFE_INTEGER;

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)];

/** An interval of up to 2^54 integers: a power of two of them, one more, one fewer, any number; at either end of float64 too. */
function interval(random: Random): { lo: number; hi: number } {
  const width = pick(random, [0, 1, 2, 7, 8, 8, 8, 9, 16, 16, 31, 32, 33, 47, 52, 53]);
  const span = Math.max(0, pick(random, [2 ** width - 1, 2 ** width, 2 ** width - 2, below(random, 2 ** width)]));
  const lows = [0, -span, -Math.floor(span / 2), -LARGEST, LARGEST - span, below(random, 2 ** 20) - 2 ** 19];
  const lo = Math.max(-LARGEST, pick(random, lows)) + 0; // not -0
  return { lo, hi: Math.min(LARGEST, lo + span) };
}

/** A tensor of at most 120 elements, none of them 0-sized; chunks as wide as its interval, or wider. */
function randomTensor(random: Random, name: string, role: PublicTensor['role']): PublicTensor {
  const { lo, hi } = interval(random);
  const least = Math.max(1, (BigInt(hi) - BigInt(lo)).toString(2).length);
  const whole = 8 * Math.ceil(least / 8);
  const widths = [
    whole,
    whole,
    248,
    whole + 8 * below(random, (248 - whole) / 8),
    least,
    least + below(random, 249 - least),
  ];
  const many = [1 + below(random, 120)];
  const shape = pick(random, [[], [1], many, many, many, [1 + below(random, 10), 1 + below(random, 10)]]);
  return tensor({ name, role, shape, lo, hi, bits: pick(random, widths) });
}

/** Up to four tensors, of which any number are inputs. */
function randomLayout(random: Random): PublicTensor[] {
  const inputs = below(random, 4);
  return Array.from({ length: pick(random, [0, 1, 2, 2, 3, 3, 4]) }, (_, i) =>
    randomTensor(random, `t${i}`, i < inputs ? 'input' : 'output'),
  );
}

/** Integers of each tensor: all at one end, or each anywhere, the ends and their neighbours above all. */
function randomInts(random: Random, layout: readonly PublicTensor[]): number[][] {
  const one = pick(random, ['lo', 'hi', 'any', 'any'] as const);
  return layout.map((t) => {
    const { lo, hi } = t;
    const any = (): number => lo + Math.floor(random() * (hi - lo));
    const value = { lo: () => lo, hi: () => hi, any: () => pick(random, [lo, hi, Math.min(lo + 1, hi), Math.max(hi - 1, lo), any()]) }; // prettier-ignore
    return Array.from({ length: elementCount(t) }, value[one]);
  });
}

/** Ways to be beside the layout, or to stay in it; all below 2^256, as a contract can be given. */
const BESIDE: readonly ((random: Random, words: readonly bigint[], layout: readonly PublicTensor[]) => bigint[])[] = [
  (_, words) => [...words],
  (random, words) => [...words, pick(random, [0n, 1n])],
  (_, words) => words.slice(1),
  (_, words) => words.slice(0, -1),
  (_, words) => [...words].reverse(),
  (random, words) => change(random, words, (w) => w + 1n),
  (random, words) => change(random, words, (w) => w - 1n),
  (random, words) => change(random, words, (w) => w + R),
  (random, words) => change(random, words, (w) => w ^ (1n << BigInt(below(random, 256)))),
  (random, words) =>
    change(random, words, () => pick(random, [0n, 2n ** 248n - 1n, 2n ** 248n, R - 1n, 2n ** 256n - 1n])),
  (random, words) =>
    change(random, words, () => fromBytesBE(Uint8Array.from({ length: 32 }, () => below(random, 256)))),
  // one chunk at the end of its interval, one above, all ones; and the first bit after the last chunk
  ...[0n, 1n].map(
    (more) => (random: Random, words: readonly bigint[], layout: readonly PublicTensor[]) =>
      changeChunk(random, words, layout, ({ lo, hi }) => BigInt(hi) - BigInt(lo) + more),
  ),
  (random, words, layout) => changeChunk(random, words, layout, ({ bits }) => (1n << BigInt(bits)) - 1n),
  (random, words, layout) => changeChunk(random, words, layout, ({ bits }) => 1n << BigInt(bits)),
];

function change(random: Random, words: readonly bigint[], to: (word: bigint) => bigint): bigint[] {
  if (words.length === 0) return [];
  const at = below(random, words.length);
  return words.with(at, BigInt.asUintN(256, to(words[at])));
}

/** Some chunk of some tensor, or the last one, replaced; what does not fit it runs into its neighbour. */
function changeChunk(
  random: Random,
  words: readonly bigint[],
  layout: readonly PublicTensor[],
  to: (tensor: PublicTensor) => bigint,
): bigint[] {
  if (layout.length === 0) return [...words];
  const t = below(random, layout.length);
  const { bits } = layout[t];
  const before = layout.slice(0, t).reduce((n, other) => n + wordCount(other), 0);
  const element = pick(random, [elementCount(layout[t]) - 1, below(random, elementCount(layout[t]))]);
  const at = before + Math.floor(element / chunksPerWord(layout[t]));
  const shift = BigInt(bits * (element % chunksPerWord(layout[t])));
  const kept = words[at] & ~(((1n << BigInt(bits)) - 1n) << shift);
  return words.with(at, BigInt.asUintN(256, kept + (to(layout[t]) << shift)));
}

const [COUNT, RANGE] = ['WordCount(uint256)', 'WordRange(uint256)'].map((error) => `revert ${selector(error)}`);

/** What the contract's answer says: the integers, or null where it refuses the words for what they are. */
function decoded({ answer, returned }: Result, words: readonly bigint[], n: number): bigint[] | null | string {
  if (answer === COUNT) return words.length === n ? 'a wrong count' : null;
  if (answer === RANGE) return fromBytesBE(returned.subarray(4)) < BigInt(n) ? null : 'a word that is not there';
  if (typeof answer === 'string') return answer;
  const [, , ...values] = Array.from({ length: returned.length / 32 }, (_, i) =>
    returned.subarray(32 * i, 32 * i + 32),
  );
  return values.map((bytes) => BigInt.asIntN(256, fromBytesBE(bytes)));
}

/** Where the two decoders part for a layout, or null; `change` makes another contract of the source. */
async function difference(seed: number, change = (source: string): string => source): Promise<string | null> {
  const random = generator(seed);
  const layout = randomLayout(random);
  const n = layout.reduce((sum, t) => sum + wordCount(t), 0);
  const source = sourceFile('Decoder', '@notice decode alone.', decodeFunctions({ publics: layout }), false);
  const { call } = await deploy(change(source));
  for (let i = 0; i < VECTORS; i++) {
    const ints = randomInts(random, layout);
    const packed = packWords(layout, ints);
    expect(unpackWords(layout, packed)).toEqual(ints);
    const words = BESIDE[i % BESIDE.length](random, packed, layout);
    const ours = unpackWords(layout, words)?.flat().map(BigInt) ?? null;
    const theirs = decoded(await call(decodeCall(words)), words, n);
    seen[ours ? 'taken' : 'refused']++;
    if (String(ours) !== String(theirs))
      return `vector ${i}: ${String(ours)} and ${String(theirs)} of ${words.map((w) => toHex(toBytesBE(w))).join()}, ${JSON.stringify(layout)}`;
  }
  return null;
}
const seen = { taken: 0, refused: 0 };

describe('decode', () => {
  it.each(SEEDS)(
    'agrees with unpackWords: layout %i',
    async (seed) => {
      expect(await difference(seed)).toBeNull();
    },
    60_000,
  );
  it.runIf(ONE === undefined)('was asked for words of both kinds', () => {
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan((SEEDS.length * VECTORS) / 5);
  });
  it.each([
    ['chunk > span', 'chunk > span + 1'],
    ['chunk > span', 'chunk >= span && span > 0'],
    ['if (rest != 0) revert', 'if (rest >> 1 != 0) revert'],
    ['int256(chunk)', 'int256(chunk & 0xffffffff)'],
    ['words.length != ', 'words.length < '],
    ['i = 248 / bits', 'i = 256 / bits'],
  ])('a contract with another rule is found: %s -> %s', async (rule, other) => {
    const change = (source: string): string => source.replace(rule, other);
    let found: string | null = null;
    for (let seed = 0; seed < 20 && found === null; seed++) found = await difference(seed, change);
    expect(found).not.toBeNull();
  });
});

it('a key has chunks of whole bytes, up to a whole word', () => {
  const { json } = plainFixture({ publics: [tensor({ hi: 0, bits: 8 })] });
  const accepted = Array.from({ length: 256 }, (_, bits) => bits).filter((bits) => {
    const publics = [tensor({ hi: 0, bits })];
    try {
      return parseVerificationKey({ ...json, publics }).publics[0].bits === bits;
    } catch {
      return false;
    }
  });
  expect(accepted).toEqual(Array.from({ length: 31 }, (_, i) => 8 * (i + 1)));
});
