// Files that are long for nothing: what a verifier knows the length of is refused by its length, and what it does not ask for is not
// read. Reads are counted, since the machine's time says little.
import { describe, expect, it } from 'vitest';
import { parseVerificationKey, verify } from '#verifier/index.js';
import { universalCalldata, verifyCalldata } from '#verifier/solidity/index.js';
import { packWords } from '#verifier/words.js';
import { CONTEXT, INTS, lookupFixture, plainFixture, PUBLICS } from './simulator.js';

const LONG = 100_000;
const FEW = 100;
const WORDS = packWords(PUBLICS, INTS);
type Json = Readonly<Record<string, unknown>>;

/** Calls `use` with the value, and says how many of its fields were read. */
function readsOf(value: object, use: (watched: object) => unknown): number {
  let reads = 0;
  const get = (target: object, name: string | symbol): unknown => {
    reads++;
    return Reflect.get(target, name);
  };
  try {
    use(new Proxy(value, { get }));
  } catch {
    // of a key and of calldata: a refusal
  }
  return reads;
}

const strings = Array.from({ length: LONG }, () => '1');
const fields = Object.fromEntries(strings.map((one, i) => [`x${i}`, one]));

describe.each([
  ['lookup', lookupFixture(), 'words'],
  ['plain', plainFixture(), 'publicSignals'],
])('%s', (argument, fixture, publics) => {
  const key = parseVerificationKey(fixture.json);
  const json = fixture.prove(WORDS, CONTEXT) as Json & { readonly proof: Json };
  const coordinates = Object.keys(json.proof);
  const answer = (proof: unknown) => verify(key, proof, { context: CONTEXT, allowInsecureKey: true });
  const refused = (proof: unknown): void => {
    expect(answer(proof).valid).toBe(false);
    expect(() => verifyCalldata(key, proof, CONTEXT)).toThrow('refused');
    if (argument === 'lookup') expect(() => universalCalldata(key, proof, CONTEXT)).toThrow('refused');
  };

  /** A proof, or a key, with `value` in the place of each part of it. */
  const inPlaces = (value: unknown): readonly unknown[] => [
    value,
    ...Object.keys(json).map((name) => ({ ...json, [name]: value })),
    { ...json, more: value },
    ...coordinates.map((name) => ({ ...json, proof: { ...json.proof, [name]: value } })),
    ...coordinates.map((name) => ({ ...json, proof: { ...json.proof, [name]: [value, '1'] } })),
    ...coordinates.map((name) => ({ ...json, proof: { ...json.proof, [name]: [value, '1', '1'] } })),
    { ...json, [publics]: (json[publics] as readonly unknown[]).with(0, value) },
  ];

  it.each([
    ['a long list', strings],
    ['an object of many fields', fields],
  ])('%s anywhere in a proof is hardly read', (_, value) => {
    const reads = readsOf(value, (watched) => inPlaces(watched).forEach(refused));
    expect(reads).toBeLessThan(FEW * inPlaces(value).length);
  });

  it('a proof with more fields than it has is hardly read, nor are the points of one', () => {
    for (const of of [(more: Json) => ({ ...more, ...json }), (more: Json) => more])
      expect(readsOf(of(fields), refused)).toBeLessThan(FEW);
    const points = { ...fields, ...json.proof };
    expect(readsOf(points, (proof) => refused({ ...json, proof }))).toBeLessThan(FEW);
  });

  it('digits by the million are no number', () => {
    for (const digits of ['1'.repeat(1e6), '0'.repeat(1e6)])
      for (const proof of inPlaces(digits)) expect(answer(proof)).toEqual({ valid: false, reason: 'malformed' });
  });

  it.each([
    ['scale', { scale: strings.map(Number) }],
    ['scale along an axis', { axis: 0, scale: strings.map(Number), zero: [0, 0, 0, 0, 0] }],
    ['zero along an axis', { axis: 0, scale: [1, 1, 1, 1, 1], zero: strings.map(Number) }],
  ])('a key with a long %s is hardly read', (_, change) => {
    const [name, long] = Object.entries(change).find(([, value]) => Array.isArray(value) && value.length === LONG)!;
    const publics = (value: unknown) => [{ ...PUBLICS[0], ...change, [name]: value }, PUBLICS[1]];
    const read = (value: unknown) => parseVerificationKey({ ...fixture.json, publics: publics(value) });
    expect(() => read(long)).toThrow(`publics[0].${name}`);
    expect(readsOf(long as object, read)).toBeLessThan(FEW);
  });

  it('a key with long ranges of columns is hardly read, whatever the axis is', () => {
    const read = (axis: number, ends: unknown) =>
      parseVerificationKey({ ...fixture.json, publics: [{ ...PUBLICS[0], columns: { axis, ends } }, PUBLICS[1]] });
    expect(() => read(0, strings)).toThrow('publics[0].columns.ends');
    expect(() => read(9, strings)).toThrow('publics[0].columns');
    for (const axis of [0, 9]) expect(readsOf(strings, (ends) => read(axis, ends))).toBeLessThan(FEW);
  });

  it('an object or a list in the place of a whole key is hardly read', () => {
    for (const value of [strings, fields]) expect(readsOf(value, parseVerificationKey)).toBeLessThan(FEW);
  });
});

it('a plain key has as many points as its words ask for, or none is read', () => {
  const { json } = plainFixture();
  const stock = json.snarkjs as { readonly IC: readonly unknown[] };
  const IC = Array.from({ length: LONG }, () => stock.IC[0]);
  const read = (points: unknown) => parseVerificationKey({ ...json, snarkjs: { ...stock, nPublic: LONG - 1, IC: points } }); // prettier-ignore
  expect(() => read(IC)).toThrow('vkey.snarkjs.nPublic');
  expect(readsOf(IC, read)).toBeLessThan(FEW);
  const counted = (points: unknown) => parseVerificationKey({ ...json, snarkjs: { ...stock, IC: points } });
  expect(() => counted(IC)).toThrow('vkey.snarkjs.IC to be an array of 5, got 100000');
  expect(readsOf(IC, counted)).toBeLessThan(FEW);
});
