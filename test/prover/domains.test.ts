// Domains of 2^k and 3·2^k rows: which one a circuit gets, where its rows stand, and that a key made on any other places has no proofs.
import { afterAll, describe, expect, it } from 'vitest';
import { domainOf, isDomain, smallestDomain, type Domain } from '#compiler/circuit/domain.js';
import { power, primitiveRoot, rootOfUnity } from '#compiler/circuit/field.js';
import { asZkey } from '#prover/files/as-zkey.js';
import { section, type BinFile } from '#prover/files/binfile.js';
import { keyShape, withSections } from '#prover/files/key.js';
import { PART } from '#prover/files/lookup-key.js';
import { SECTION } from '#prover/files/zkey.js';
import { devSetup } from '#prover/setup/dev.js';
import { R, mod } from '#verifier/field.js';
import { equation, instance } from '../lookup/forger.js';
import { closeCurve } from './stock.js';
import { randomSystem } from './systems.js';

afterAll(closeCurve);

const places = ({ firsts, root, lg }: Domain): bigint[] =>
  firsts.flatMap((first) => Array.from({ length: 2 ** lg }, (_, t) => (first * power(root, BigInt(t))) % R));

describe('a domain', () => {
  it('is the smallest that holds the rows', () => {
    const sizes = (argument: 'plain' | 'lookup', ...rows: number[]) => rows.map((n) => smallestDomain(n, argument));
    expect(sizes('lookup', 1, 4, 5, 8, 9, 12, 13, 24, 25, 32, 33)).toEqual([2, 4, 8, 8, 12, 12, 16, 24, 32, 32, 48]);
    expect(sizes('lookup', 36_000, 49_152, 49_153, 742_347)).toEqual([49_152, 49_152, 65_536, 786_432]);
    expect(sizes('plain', 1, 9, 33, 36_000)).toEqual([2, 16, 64, 65_536]);
    const ends = [0, 1, 3, 6, 18, 20, 36, 3 * 2 ** 26, 2 ** 28, 12.5, -4, NaN];
    expect(ends.filter((n) => isDomain(n, 'lookup'))).toEqual([]);
    expect([2, 12, 3 * 2 ** 25, 2 ** 27].map((n) => isDomain(n, 'lookup'))).toEqual([true, true, true, true]);
    expect([12, 3 * 2 ** 25].map((n) => isDomain(n, 'plain'))).toEqual([false, false]);
  });

  it.each([2, 4, 8, 12, 24, 48, 96, 192])('of %i rows is all roots of unity of that order, each once', (size) => {
    const found = places(domainOf(size));
    expect(new Set(found).size).toBe(size);
    for (const x of found) expect(power(x, BigInt(size))).toBe(1n);
  });

  it('has roots of exactly its order, and none where the field has none', () => {
    for (const n of [1, 2, 3, 9, 12, 3 * 2 ** 25, 3 * 2 ** 28, 2 ** 28]) {
      const w = primitiveRoot(n);
      expect(power(w, BigInt(n))).toBe(1n);
      for (const p of [2, 3]) if (n % p === 0) expect(power(w, BigInt(n / p)), `${n}`).not.toBe(1n);
    }
    for (const n of [0, -1, 1.5, 5, 27, 2 ** 29, NaN, Infinity])
      expect(() => primitiveRoot(n)).toThrow(/no root of unity/);
    expect(power(primitiveRoot(96), 3n)).toBe(rootOfUnity(5));
  });
});

/** Domains of 96 rows that are none, or not in their order. */
const w = primitiveRoot(96);
const { firsts, root, lg, size } = domainOf(96);
const wrong: readonly (readonly [string, Domain])[] = [
  ['a root of order 2^k in the place of w: cosets of no larger group', { firsts: [1n, rootOfUnity(7), power(rootOfUnity(7), 2n)], root, lg, size }],
  ['a root of a third of the order: three times the same places', { firsts: [1n, power(w, 3n), power(w, 6n)], root, lg, size }],
  ['a root of half the order within cosets: each place twice', { firsts, root: mod(root * root), lg, size }],
  ['the cosets in another order', { firsts: [1n, power(w, 2n), w], root, lg, size }],
  ['cosets of other representatives', { firsts: [1n, w, power(w, 5n)], root, lg, size }],
  ['another root of the cosets', { firsts, root: power(root, 3n), lg, size }],
  ['the places one after the other', { firsts: [1n], root: w, lg: Math.log2(96), size }],
]; // prettier-ignore

describe('a key on 96 rows', () => {
  it('has proofs on its places', async () => {
    const I = await instance(96);
    const { proof, X, rows } = await I.forge();
    expect([keyShape(I.file).domain, rows, equation(I.key, proof, X), I.answer(proof)]).toEqual([96, 0, true, 'valid']);
  });

  it.each(wrong)('has none with %s', async (_, domain) => {
    const I = await instance(domain);
    const { proof, rows } = await I.forge();
    expect([rows, I.answer(proof)]).toEqual([0, 'pairing']);
  });
});

describe('is refused', () => {
  const { system } = randomSystem(5, { nCommitted: 7, nPublic: 2, nPrivate: 50 });
  const keyOn = async (rows: number): Promise<BinFile> =>
    (await devSetup(system, { argument: 'lookup', domain: domainOf(rows) })).file;
  /** The key with another domain in its header, and as many points of H. */
  const renamed = (file: BinFile, rows: number): BinFile => {
    const header = section(file, PART.header).slice();
    new DataView(header.buffer).setUint32(12, rows, true);
    const [h, points] = [section(file, PART.h), new Uint8Array(64 * rows)];
    for (let at = 0; at < points.length; at += h.length) points.set(h.subarray(0, points.length - at), at);
    return withSections(file, new Map([[PART.header, header], [PART.h, points]])); // prettier-ignore
  };

  it('by name: a domain that is neither, three times one in a plain key, and one that snarkjs cannot prove on', async () => {
    const key = await keyOn(96);
    expect(keyShape(key).domain).toBe(96);
    for (const rows of [80, 72, 60, 100, 160])
      expect(() => keyShape(renamed(key, rows))).toThrow(/2\^k or 3·2\^k, got/);
    expect(() => asZkey(key)).toThrow(expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('on 96') })); // prettier-ignore
    const plain = randomSystem(6, { nCommitted: 0, nPublic: 2, nPrivate: 8 });
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    const header = section(file, SECTION.header).slice();
    new DataView(header.buffer).setUint32(80, 12, true);
    const thirds = withSections(file, new Map([[SECTION.header, header], [SECTION.h, new Uint8Array(64 * 12)]])); // prettier-ignore
    expect(() => keyShape(thirds)).toThrow(/2 to 2\^27 rows, a power of two, got 12/);
  });

  it('by the proof: a key of one kind that says it is of the other', async () => {
    for (const [made, said, answer] of [[64, 64, 'valid'], [64, 96, 'pairing'], [96, 128, 'pairing'], [96, 64, 'pairing']] as const) {
      const I = await instance(made, {}, (file) => renamed(file, said));
      expect(I.answer((await I.forge()).proof), `${made} as ${said}`).toBe(answer);
    } // prettier-ignore
  });
});
