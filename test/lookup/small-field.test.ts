// The gadgets in fields of a few hundred elements, all values of all committed signals tried: under the stated bounds exactly the meant
// values pass, and with a bound missed or a look-up left out another one does.
import { beforeAll, describe, expect, it } from 'vitest';
import { ofNibbles, lookupBitwise } from '#compiler/primitives/bitwise.js';
import { lookupArgmax } from '#compiler/primitives/argmax.js';
import { lookupCompare } from '#compiler/primitives/compare.js';
import { lookupDivide } from '#compiler/primitives/divide.js';
import { lookupEqual } from '#compiler/primitives/equal.js';
import { lookupFloor, lookupRescale, lookupTails, lookupWide, sideOf } from '#compiler/primitives/rescale-gadgets.js';
import { lookupLocate } from '#compiler/primitives/locate.js';
import { lookupMatmul } from '#compiler/primitives/matmul.js';
import { lookupMax } from '#compiler/primitives/max.js';
import { lookupNormalise, type Normal } from '#compiler/primitives/normalise.js';
import { lookupRange } from '#compiler/primitives/input.js';
import { lookupRemainder } from '#compiler/primitives/remainder.js';
import { lookupSort } from '#compiler/primitives/sort.js';
import { identityMap } from '#compiler/linear/maps.js';
import { rescale, type RescaleOwn } from '#compiler/primitives/rescale.js';
import type { CircuitTensor } from '#compiler/primitives/steps.js';
import { rangeTable, type Limbs } from '#compiler/primitives/tables.js';
import type { Gadget, Table } from '#compiler/primitives/gadget.js';
import { accepted, memberships, witnesses, type Membership } from './membership.js';

const span = (lo: number, hi: number): number[] => Array.from({ length: hi - lo + 1 }, (_, i) => lo + i);
const limbs = (count: number, width: number, top = 2 ** width): Limbs => {
  return { count, width, low: rangeTable(2 ** width), top: rangeTable(top) };
};
const clamp = (q: number): number => Math.min(Math.max(q, 0), 3);
const functionTable = (name: string, first: number, last: number, f: (t: number) => number): Table => {
  const keys = span(first, last);
  return { columns: 2, name, first, size: keys.length, values: Float64Array.from(keys, f) };
};
const relu = (lo: number, hi: number): Table => functionTable('clamp', lo, hi, clamp);
const bounds = { accLo: -64, accHi: 63 };
const floorOf = (acc: number, s: number): number => Math.floor((acc + 2 ** (s - 1)) / 2 ** s);

const powers = (keys: readonly number[], values: readonly number[] | null = null): Table => {
  const set = { name: 'powers', first: keys[0], size: keys.length, keys: Float64Array.from(keys) };
  return { ...set, columns: values ? 2 : 1, values: values && Float64Array.from(values) };
};
const f = (m: number): number => 20 - m;
const normal = (exponent: Normal['exponent'], first: number, set: Table, own: Limbs): Gadget =>
  lookupNormalise({ accLo: 1, accHi: 15 }, { exponent, M: 4, p: 2 }, functionTable('f', first, 3, f), set, own); // prettier-ignore
const eight = [1, 2, 4, 8];
/** Values of the keys -2 .. 1, not monotone, and what is below and above them. */
const window = { first: -2, bits: 2, lo: 5, hi: 9 };
const bump = (q: number): number => (q < -2 ? 5 : q > 1 ? 9 : [5, 7, 1, 9][q + 2]);
const sides = functionTable('side', -4, 4, sideOf);
const curve = (keys: number): Table => functionTable('bump', 0, keys - 1, (t) => [5, 7, 1, 9, 4][t]);

const pairs = (isSigned: boolean): Table =>
  functionTable(isSigned ? 'signed and' : 'and', 0, 255, (t) => ofNibbles('and', isSigned, t >> 4, t & 15));

/** @param shape rows, terms, and how many rows stand in one field element */
const packed = (
  [rows, depth, together]: readonly [number, number, number],
  first: readonly number[],
  bits: number,
  shift: number,
  lo: number,
  rests: Limbs,
  floors: Limbs,
): Gadget => lookupMatmul({ rows, depth, together, first: Int32Array.from(first), bits, shift, lo }, rests, floors);

const gadgets: Record<string, Gadget> = {
  rescale: lookupRescale(bounds, 3, relu(-8, 8), limbs(1, 3)),
  rescaleSlack: lookupRescale(bounds, 3, relu(-8, 8), limbs(1, 3, 9)),
  twoLimbs: lookupRescale(bounds, 3, relu(-8, 8), limbs(2, 2, 2)),
  twoLimbsSlack: lookupRescale(bounds, 3, relu(-8, 8), limbs(2, 2, 4)),
  keys: lookupRescale({ accLo: -8, accHi: 8 }, 0, relu(-8, 8), limbs(0, 3)),
  keysTails: lookupTails({ accLo: -16, accHi: 15 }, 0, window, sides, limbs(0, 2), curve(4)),
  wide: lookupWide(bounds, 2, 3, functionTable('side', -4, 4, sideOf), limbs(1, 2), rangeTable(4)),
  wideOdd: lookupWide(bounds, 2, 2, functionTable('side', -4, 4, sideOf), limbs(1, 2), rangeTable(3)),
  wideSlack: lookupWide(bounds, 2, 3, functionTable('side', -4, 4, sideOf), limbs(1, 2), rangeTable(5)),
  wideTwoLimbs: lookupWide(bounds, 2, 3, functionTable('side', -4, 4, sideOf), limbs(2, 1), rangeTable(4)),
  tails: lookupTails(bounds, 2, window, sides, limbs(1, 2), curve(4)),
  tailsSlack: lookupTails(bounds, 2, window, sides, limbs(1, 2), curve(5)),
  tailsTwoLimbs: lookupTails(bounds, 2, window, sides, limbs(2, 1), curve(4)),
  floor: lookupFloor({ accLo: 0, accHi: 60 }, 2, limbs(1, 2), limbs(2, 2)),
  range: lookupRange(limbs(1, 4, 11)),
  ranges: lookupRange(limbs(3, 2, 3)),
  power: normal('power', 2, powers(eight), limbs(1, 2)),
  powerLimbs: normal('power', 2, powers(eight), limbs(2, 1)),
  powerShared: normal('power', 2, powers([...eight, 16]), limbs(1, 2)),
  root: normal('root', 1, powers([1, 2]), limbs(1, 2)),
  log: normal('log', 2, powers(eight, [0, 3, 6, 9]), limbs(1, 2)),
  powerLow: normal('power', 1, powers(eight), limbs(1, 2)),
  powerSlack: normal('power', 2, powers(eight), limbs(1, 2, 5)),
  powerOdd: normal('power', 2, powers([1, 2, 3, 4, 8]), limbs(1, 2)),
  rootLow: normal('root', 0, powers([1, 2]), limbs(1, 2)),
  logTwice: normal('log', 2, powers([1, 2, 4, 5, 8], [0, 3, 6, 7, 9]), limbs(1, 2)),
  max: lookupMax(limbs(1, 4)),
  maxLimbs: lookupMax(limbs(2, 2)),
  argmax: lookupArgmax(3, 4, limbs(1, 4), limbs(1, 4, 8), rangeTable(3)),
  argmaxLimbs: lookupArgmax(2, 4, limbs(2, 2), limbs(2, 2), rangeTable(2)),
  compare: lookupCompare(limbs(1, 3)),
  compareLimbs: lookupCompare(limbs(2, 2)),
  compareTop: lookupCompare(limbs(2, 2, 2)),
  compareSlack: { ...lookupCompare(limbs(1, 3)), lookups: lookupCompare(limbs(1, 3, 9)).lookups ?? [] },
  compareShort: { ...lookupCompare(limbs(1, 3)), lookups: lookupCompare(limbs(1, 3, 7)).lookups ?? [] },
  equal: lookupEqual,
  locate: lookupLocate([0, 3, 6, 10], limbs(1, 2)),
  locateOne: lookupLocate([0, 3, 7], limbs(1, 2)),
  locateLimbs: lookupLocate([0, 4, 7], limbs(2, 1)),
  locateWide: lookupLocate([0, 1, 8], limbs(1, 3)),
  locateShort: {
    ...lookupLocate([0, 3, 6, 10], limbs(1, 2)),
    lookups: lookupLocate([0, 3, 6, 10], limbs(1, 2, 3)).lookups ?? [],
  },
  quotient: lookupRemainder(7, 'quotient', 111, limbs(1, 4), limbs(1, 3, 7), false),
  rest: lookupRemainder(7, 'rest', 111, limbs(1, 4), limbs(1, 3, 7), false),
  quotientPower: lookupRemainder(8, 'quotient', 127, limbs(2, 2), limbs(2, 2, 2), false),
  restPower: lookupRemainder(8, 'rest', 127, limbs(2, 2), limbs(2, 2, 2), false),
  quotientEnds: lookupRemainder(7, 'quotient', 111, limbs(1, 4), limbs(1, 3), true),
  restEnds: lookupRemainder(7, 'rest', 111, limbs(1, 4), limbs(1, 3), true),
  restEndsLimbs: lookupRemainder(11, 'rest', 43, limbs(1, 2), limbs(2, 2), true),
  quotientSlack: lookupRemainder(7, 'quotient', 111, limbs(1, 4), limbs(1, 3, 8), false),
  restSlack: lookupRemainder(7, 'rest', 111, limbs(1, 4), limbs(1, 3, 8), false),
  divide: lookupDivide({ accLo: -12, accHi: 19 }, { accLo: 1, accHi: 4 }, -3, limbs(1, 3), limbs(1, 2)),
  divideLimbs: lookupDivide({ accLo: 0, accHi: 19 }, { accLo: 1, accHi: 4 }, 0, limbs(2, 1), limbs(2, 1)),
  matmul: packed([2, 2, 2], [0], 3, 1, -1, limbs(1, 1), limbs(1, 2)),
  matmulExact: packed([2, 1, 2], [0], 3, 0, -2, limbs(0, 1), limbs(2, 1)),
  matmulLimbs: packed([1, 2, 1], [0], 5, 2, -1, limbs(2, 1), limbs(2, 1)),
  matmulShort: packed([2, 2, 2], [0], 2, 1, -1, limbs(1, 1), limbs(1, 2)),
  matmulSlack: packed([2, 2, 2], [0], 3, 1, -1, limbs(1, 1, 3), limbs(1, 2)),
  matmulWide: packed([2, 2, 2], [0], 3, 1, -1, limbs(1, 1), limbs(1, 2, 6)),
  matmulFolded: packed([2, 2, 1], [0], 3, 1, -1, limbs(1, 1), limbs(1, 2)),
  matmulGroups: packed([3, 1, 2], [0], 3, 1, -1, limbs(1, 1), limbs(1, 2)),
  matmulFrom: packed([3, 1, 2], [0, 1, 2], 2, 0, -1, limbs(0, 1), limbs(1, 2, 3)),
  matmulGroupsShort: packed([3, 1, 2], [0], 2, 1, -1, limbs(1, 1), limbs(1, 2)),
  bitwise: lookupBitwise(1, pairs(false), pairs(true), rangeTable(16)),
  bitwiseTwo: lookupBitwise(2, pairs(false), pairs(true), rangeTable(16)),
  bitwiseSlack: { ...lookupBitwise(1, pairs(false), pairs(true), rangeTable(17)) },
  sort: lookupSort(3, 2, 2, limbs(1, 4, 9), limbs(1, 4, 3), rangeTable(3)),
  sortFirst: lookupSort(3, 1, 2, limbs(1, 4, 9), limbs(1, 4, 3), rangeTable(3)),
  sortWhole: lookupSort(3, 3, 2, limbs(1, 4, 9), limbs(1, 4, 3), rangeTable(3)),
  sortLimbs: lookupSort(2, 2, 3, limbs(3, 1), limbs(2, 1), rangeTable(2)),
  sortSlack: lookupSort(3, 2, 2, limbs(1, 4, 9), limbs(1, 4, 3), rangeTable(4)),
  argmaxSlack: lookupArgmax(3, 4, limbs(1, 4), limbs(1, 4, 8), rangeTable(4)),
};
const compiled = new Map<string, Membership>();
beforeAll(async () => {
  // gadgets that differ in a table alone are one template to circom
  const names = Object.keys(gadgets);
  (await memberships(names.map((name) => gadgets[name]))).forEach((m, i) => compiled.set(names[i], m));
});
const pass = (name: string, p: number, ports: readonly number[], skip = -1, output = 0): number[] =>
  accepted(compiled.get(name)!, p, ports, skip, output);

/** Whether some input accepts something else than what is meant. */
const differs = (
  name: string,
  p: number,
  cases: readonly (readonly number[])[],
  meant: (...ports: number[]) => number[],
  skip = -1,
): boolean => cases.some((ports) => pass(name, p, ports, skip).join() !== meant(...ports).join());

describe('rescale', () => {
  const cases = span(-100, 100).map((acc) => [acc]);
  const meant = (...[acc]: number[]): number[] => {
    const q = floorOf(acc, 3);
    return q >= -8 && q <= 8 ? [clamp(q)] : [];
  };
  it.each(['rescale', 'twoLimbs'])('%s gives f of the floor, and nothing outside the table', (name) => {
    for (const ports of cases) expect(pass(name, 257, ports), `${name} ${ports.join()}`).toEqual(meant(...ports));
  });
  it('needs every look-up, and tables of exactly their width', () => {
    for (const skip of [0, 1]) expect(differs('rescale', 257, cases.slice(90, 110), meant, skip)).toBe(true);
    for (const skip of [0, 1, 2]) expect(differs('twoLimbs', 257, cases.slice(90, 110), meant, skip)).toBe(true);
    expect(differs('rescaleSlack', 257, cases, meant)).toBe(true);
    expect(differs('twoLimbsSlack', 257, cases, meant)).toBe(true);
    expect(differs('rescale', 127, cases, meant)).toBe(true); // an acc of the size of p wraps round
  });
  it('without a shift is f of the form itself, and needs its look-up', () => {
    const exact = (...[acc]: number[]): number[] => (acc >= -8 && acc <= 8 ? [clamp(acc)] : []);
    for (const ports of cases) expect(pass('keys', 257, ports), ports.join()).toEqual(exact(...ports));
    expect(differs('keys', 257, cases.slice(90, 110), exact, 0)).toBe(true);
    expect(differs('keys', 101, cases, exact)).toBe(true);
  });
});

describe('wide rescale', () => {
  const cases = span(-64, 63).map((acc) => [acc]);
  const meant = (...[acc]: number[]): number[] => [clamp(floorOf(acc, 2))];
  it.each(['wide', 'wideTwoLimbs'])('%s clamps the floor, below, inside and above', (name) => {
    for (const ports of cases) expect(pass(name, 257, ports), `${name} ${ports.join()}`).toEqual(meant(...ports));
  });
  it('has no witness outside its table', () => {
    for (const acc of [...span(-90, -67), ...span(78, 110)]) expect(pass('wide', 257, [acc]), `${acc}`).toEqual([]);
  });
  it('needs every look-up, and tables of exactly their width', () => {
    for (const skip of [0, 1, 2]) expect(differs('wide', 151, [[-1], [5], [14]], meant, skip), `${skip}`).toBe(true);
    expect(differs('wideSlack', 257, cases, meant)).toBe(true);
    expect(differs('wide', 113, cases, meant)).toBe(true);
  });

  it('is of a width of whole bits: the rows of any other let its last integer pass, so no step may take them', () => {
    expect(pass('wideOdd', 257, [63])).toEqual([3]); // of [0, 2]
    const variants = (hi: number): string[] => {
      const out = { shape: [1], lo: 0, hi } as unknown as CircuitTensor;
      const form = { map: identityMap(0, 1), accLo: -64, accHi: 63 };
      const own: RescaleOwn = { shift: 2, f: { kind: 'clamp' } };
      const step = { kind: 'rescale', outs: [0], forms: [form], variant: null, own };
      return (rescale.lookup.offers?.(step, [out], 8) ?? []).map(({ variant }) => variant);
    };
    expect(variants(3)).toEqual(['table', 'wide']);
    expect(variants(2)).toEqual(['table']);
  });
});

describe('rescale between tails', () => {
  // both sides of each key; a value of p for each v makes more of them slow
  const cases = [-64, -62, -11, -10, -7, -6, -3, -2, 1, 2, 5, 6, 63].map((acc) => [acc]);
  const meant = (...[acc]: number[]): number[] => [bump(floorOf(acc, 2))];
  it.each(['tails', 'tailsTwoLimbs'])('%s is f of the floor, below, among and above the keys', (name) => {
    for (const ports of cases) expect(pass(name, 257, ports), `${name} ${ports.join()}`).toEqual(meant(...ports));
  });
  it('has no witness outside its table', () => {
    for (const acc of [-100, -75, 70, 90]) expect(pass('tails', 257, [acc]), `${acc}`).toEqual([]);
  });
  it('needs every look-up, and tables of exactly their width', () => {
    for (const skip of [0, 1, 2])
      expect(differs('tails', 151, [[-10], [-6], [1], [14]], meant, skip), `${skip}`).toBe(true);
    expect(differs('tailsSlack', 257, cases, meant)).toBe(true);
    expect(
      differs(
        'tails',
        113,
        span(-64, -44).map((acc) => [acc]),
        meant,
      ),
    ).toBe(true); // an acc of the size of p wraps round
  });
  it('without a shift is f of the form itself, and needs every look-up', () => {
    const own = [-16, -3, -2, -1, 0, 1, 2, 15].map((acc) => [acc]);
    const exact = (...[acc]: number[]): number[] => [bump(acc)];
    for (const ports of own) expect(pass('keysTails', 257, ports), ports.join()).toEqual(exact(...ports));
    for (const acc of [-40, -20, 19, 40]) expect(pass('keysTails', 257, [acc]), `${acc}`).toEqual([]);
    for (const skip of [0, 1]) expect(differs('keysTails', 151, [[-3], [-1], [1], [3]], exact, skip), `${skip}`).toBe(true); // prettier-ignore
  });
});

describe('floor', () => {
  const cases = span(-20, 80).map((acc) => [acc]);
  const meant = (...[acc]: number[]): number[] => {
    const q = floorOf(acc, 2);
    return q >= 0 && q < 16 ? [q] : [];
  };
  it('is the floor, and nothing outside its range', () => {
    for (const ports of cases) expect(pass('floor', 257, ports), ports.join()).toEqual(meant(...ports));
  });
  it('needs every look-up', () => {
    for (const skip of [0, 1, 2]) expect(differs('floor', 257, cases, meant, skip), `${skip}`).toBe(true);
  });
});

describe('ranges', () => {
  it('are exact for any field element', () => {
    for (const x of span(0, 256)) {
      expect(pass('range', 257, [x]).length > 0, `${x}`).toBe(x < 11);
      expect(pass('ranges', 257, [x]).length > 0, `${x}`).toBe(x < 48);
    }
  });
  it('need every limb', () => {
    for (const skip of [0, 1, 2])
      expect(span(48, 256).some((x) => pass('ranges', 257, [x], skip).length > 0)).toBe(true);
  });
});

describe('max', () => {
  const pairs = span(-8, 7).flatMap((a) => span(-8, 7).map((b) => [a, b]));
  const meant = (...[a, b]: number[]): number[] => [(Math.max(a, b) + 101) % 101];
  it.each(['max', 'maxLimbs'])('%s is the larger one, negative values too', (name) => {
    for (const ports of pairs) expect(pass(name, 101, ports), ports.join()).toEqual(meant(...ports));
  });
  it('needs its look-ups and differences inside the table', () => {
    expect(differs('max', 101, pairs, meant, 0)).toBe(true);
    expect(pass('max', 101, [0, 16])).toEqual([]);
    expect(pass('max', 101, [0, 90])).toEqual([0]); // beyond r - 2^w the smaller one passes
  });
});

describe('argmax', () => {
  const values = span(0, 4);
  const triples = values.flatMap((a) => values.flatMap((b) => values.map((c) => [a, b, c])));
  const first = (...a: number[]): number[] => [a.indexOf(Math.max(...a))];
  it('is the first of the largest', () => {
    for (const a of triples) expect(pass('argmax', 211, a), a.join()).toEqual(first(...a));
    for (const a of values.flatMap((x) => values.map((y) => [x, y])))
      expect(pass('argmaxLimbs', 211, a), a.join()).toEqual(first(...a));
  });
  it('needs the look-ups of the position, of every difference, and of the maximum', () => {
    const some = triples.filter((_, i) => i % 7 === 0);
    for (const skip of [0, 1, 2, 3, 4]) expect(differs('argmax', 211, some, first, skip), `${skip}`).toBe(true);
    expect(differs('argmaxSlack', 211, triples, first)).toBe(true); // a position table of more than n rows
  });
});

describe('normalise', () => {
  const cases = span(-30, 30).map((v) => [v]);
  const few = [[1], [3], [6], [13]];
  const inside = (v: number): boolean => v >= 1 && v < 16;
  const shift = (v: number): number => 3 - Math.floor(Math.log2(v));
  const value = (...[v]: number[]): number[] => (inside(v) ? [f(Math.floor((v * 2 ** shift(v)) / 4))] : []);
  const power = (...[v]: number[]): number[] => (inside(v) ? [2 ** shift(v)] : []);
  const root = (...[v]: number[]): number[] => (inside(v) ? [2 ** Math.floor(shift(v) / 2)] : []);
  const rooted = (...[v]: number[]): number[] =>
    inside(v) ? [f(Math.floor((v * 4 ** Math.floor(shift(v) / 2)) / 4))] : [];
  const log = (...[v]: number[]): number[] => (inside(v) ? [3 * shift(v)] : []);
  it.each([
    ['power', value, power],
    ['powerLimbs', value, power],
    ['root', rooted, root],
    ['log', value, log],
  ] as const)('%s gives f of the mantissa and the exponent, and nothing outside [1, 2^M)', (name, y, second) => {
    for (const ports of cases) {
      expect(pass(name, 257, ports), `${name} ${ports.join()}`).toEqual(y(...ports));
      expect(pass(name, 257, ports, -1, 1), `${name} ${ports.join()}`).toEqual(second(...ports));
    }
  });
  it('has the same values with more powers in its table', () => {
    for (const ports of span(-12, 12).map((v) => [v])) expect(pass('powerShared', 257, ports)).toEqual(value(...ports));
  });
  it('needs every look-up', () => {
    for (const [name, meant, count] of [
      ['power', value, 3],
      ['powerLimbs', value, 4],
      ['root', rooted, 3],
      ['log', value, 3],
    ] as const)
      // prettier-ignore
      for (const skip of span(0, count - 1)) expect(differs(name, 257, few, meant, skip), `${name} ${skip}`).toBe(true);
    expect(few.some((ports) => pass('log', 257, ports, 1, 1).join() !== log(...ports).join())).toBe(true);
  });
  it('needs tables of exactly its mantissas, powers and limbs, and a field that nothing wraps round', () => {
    expect(differs('powerLow', 257, cases, value)).toBe(true); // b halved and m halved
    expect(differs('rootLow', 257, cases, rooted)).toBe(true);
    expect(differs('powerSlack', 257, cases, value)).toBe(true); // the remainder and 2^(M-p)
    expect(differs('powerOdd', 257, cases, value)).toBe(true);
    expect(pass('logTwice', 257, [2], -1, 1)).toEqual([6, 7]);
    expect(differs('power', 113, cases, value)).toBe(true);
  });
});

describe('compare', () => {
  /** Every d of the field: those of [-N, N) alone have an answer. */
  const meant =
    (N: number, p: number) =>
    (...[d]: number[]): number[] => {
      const x = d >= p - N ? d - p : d;
      return x < N ? [x < 0 ? 0 : 1] : [];
    };
  const all = span(0, 66).map((d) => [d]);
  it.each([
    ['compare', 8],
    ['compareLimbs', 16],
    ['compareTop', 8],
  ] as const)('%s is whether d >= 0, and nothing outside its range', (name, N) => {
    for (const ports of all) expect(pass(name, 67, ports), ports.join()).toEqual(meant(N, 67)(...ports));
  });
  it('needs every look-up, tables of exactly its range and a field of more than twice that', () => {
    expect(differs('compare', 67, all, meant(8, 67), 0)).toBe(true);
    for (const skip of [0, 1]) expect(differs('compareLimbs', 67, all, meant(16, 67), skip), `${skip}`).toBe(true);
    expect(differs('compareSlack', 67, all, meant(8, 67))).toBe(true); // 8 - 8 is looked up as 0
    expect(differs('compareShort', 67, all, meant(8, 67))).toBe(true);
    expect(pass('compare', 13, [6])).toEqual([0, 1]); // 6 is also 6 - 13
  });
  it('needs the row that makes c a boolean', () => {
    const whole = compiled.get('compare')!;
    const free: Membership = { ...whole, rows: [] };
    expect(accepted(free, 67, [0], -1, 0).length).toBeGreaterThan(1);
  });
});

describe('equal', () => {
  it('is whether d = 0, for any element of the field', () => {
    for (const d of span(0, 36)) expect(pass('equal', 37, [d]), `${d}`).toEqual([d === 0 ? 1 : 0]);
  });
  it('needs both rows', () => {
    const { rows, ...rest } = compiled.get('equal')!;
    for (const row of [0, 1]) {
      const weaker: Membership = { ...rest, rows: rows.filter((_, i) => i !== row) };
      expect(
        span(0, 36).some((d) => accepted(weaker, 37, [d]).join() !== String(d === 0 ? 1 : 0)),
        `${row}`,
      ).toBe(true);
    }
  });
});

describe('locate', () => {
  const at = (T: readonly number[], k: number, u: number): number[] =>
    u < (T.at(-1) ?? 0) ? [Number(u >= T[k + 1])] : [];
  const all = (p: number): number[] => span(0, p - 1);
  const wrong = (name: string, p: number, T: readonly number[], skip = -1, m = compiled.get(name)!): boolean =>
    all(p).some((u) => T.slice(1, -1).some((_, k) => accepted(m, p, [u], skip, k).join() !== at(T, k, u).join()));
  it.each([
    ['locate', [0, 3, 6, 10]],
    ['locateOne', [0, 3, 7]],
    ['locateLimbs', [0, 4, 7]],
  ] as const)('%s is whether u is at least each constant, and nothing outside the intervals', (name, T) => {
    expect(wrong(name, 23, T)).toBe(false);
  });
  it('needs every look-up, room for the widest interval and a field that nothing wraps round', () => {
    for (const skip of [0, 1]) expect(wrong('locate', 23, [0, 3, 6, 10], skip), `${skip}`).toBe(true);
    for (const skip of [0, 1, 2, 3]) expect(wrong('locateLimbs', 23, [0, 4, 7], skip), `${skip}`).toBe(true);
    expect(wrong('locateShort', 23, [0, 3, 6, 10])).toBe(true);
    expect(wrong('locateWide', 23, [0, 1, 8])).toBe(false);
    expect(wrong('locateWide', 13, [0, 1, 8])).toBe(true);
  });
  it('needs each of its rows, but the second where there is one constant, which it does not have', () => {
    for (const [name, T, count] of [
      ['locate', [0, 3, 6, 10], 3],
      ['locateOne', [0, 3, 7], 1],
    ] as const) {
      const whole = compiled.get(name)!;
      expect(whole.rows).toHaveLength(count);
      for (const row of span(0, count - 1)) {
        const weaker: Membership = { ...whole, rows: whole.rows.filter((_, i) => i !== row) };
        expect(wrong(name, 23, T, -1, weaker), `${name} ${row}`).toBe(true);
      }
    }
  });
});

describe('remainder', () => {
  const cases = span(-60, 140).map((a) => [a]);
  const within = (a: number, D: number, Q: number, f: (a: number) => number): number[] =>
    a >= 0 && a < D * Q ? [f(a)] : [];
  const quotient = (D: number, Q: number) => (...[a]: number[]) => within(a, D, Q, (x) => Math.floor(x / D)); // prettier-ignore
  const rest = (D: number, Q: number) => (...[a]: number[]) => within(a, D, Q, (x) => x % D); // prettier-ignore
  it.each([
    ['quotient', quotient(7, 16)],
    ['rest', rest(7, 16)],
    ['quotientPower', quotient(8, 16)],
    ['restPower', rest(8, 16)],
    ['quotientEnds', quotient(7, 16)],
    ['restEnds', rest(7, 16)],
    ['restEndsLimbs', rest(11, 4)],
  ] as const)('%s is that of the integers, and nothing outside them', (name, meant) => {
    for (const ports of cases) expect(pass(name, 257, ports), `${name} ${ports.join()}`).toEqual(meant(...ports));
  });
  it('needs every look-up: the quotient, the rest, and what it is below the divisor', () => {
    const some = span(0, 43).map((a) => [a]);
    for (const [name, meant, count] of [
      ['quotient', quotient(7, 16), 2],
      ['rest', rest(7, 16), 2],
      ['quotientPower', quotient(8, 16), 4],
      ['restPower', rest(8, 16), 4],
      ['quotientEnds', quotient(7, 16), 3],
      ['restEnds', rest(7, 16), 3],
      ['restEndsLimbs', rest(11, 4), 5],
    ] as const)
      for (const skip of span(0, count - 1)) expect(differs(name, 257, some, meant, skip), `${name} ${skip}`).toBe(true); // prettier-ignore
  });
  it('needs a table of exactly the divisor, and a field that nothing wraps round', () => {
    expect(differs('quotientSlack', 257, cases, quotient(7, 16))).toBe(true);
    expect(differs('restSlack', 257, cases, rest(7, 16))).toBe(true);
    expect(differs('quotient', 113, cases, quotient(7, 16))).toBe(true);
    expect(differs('rest', 113, cases, rest(7, 16))).toBe(true);
  });
});

describe('divide', () => {
  const cases = (lo: number) => span(lo, 20).flatMap((a) => span(-3, 6).map((d) => [a, d]));
  const quotient =
    (lo: number, Q: number) =>
    (...[a, d]: number[]): number[] => {
      const q = Math.floor(a / d);
      const r = a - q * d;
      return d >= 1 && q >= lo && q < lo + Q && r < 4 && d - 1 - r < 4 ? [q - lo] : [];
    };
  const rest =
    (lo: number, Q: number) =>
    (...ports: number[]): number[] =>
      quotient(lo, Q)(...ports).map(() => ((ports[0] % ports[1]) + ports[1]) % ports[1]);
  it.each([
    ['divide', -3, 8],
    ['divideLimbs', 0, 4],
  ] as const)('%s has the quotient and the rest of the integers, and nothing for a divisor below 1', (name, lo, Q) => {
    for (const ports of cases(-14)) {
      expect(pass(name, 101, ports), `${name} ${ports.join()}`).toEqual(quotient(lo, Q)(...ports));
      expect(pass(name, 101, ports, -1, 1), `${name} ${ports.join()}`).toEqual(rest(lo, Q)(...ports));
    }
  });
  it('needs every look-up, and a field that nothing wraps round', () => {
    for (const skip of [0, 1, 2])
      expect(differs('divide', 101, cases(-6), quotient(-3, 8), skip), `${skip}`).toBe(true);
    for (const skip of span(0, 5)) expect(differs('divideLimbs', 101, cases(0), quotient(0, 4), skip), `${skip}`).toBe(true); // prettier-ignore
    expect(differs('divide', 23, cases(-6), quotient(-3, 8))).toBe(true);
  });
  it('needs the row of the product', () => {
    const free: Membership = { ...compiled.get('divide')!, rows: [] };
    expect(accepted(free, 101, [7, 2]).length).toBeGreaterThan(1);
  });
});

describe('bitwise', () => {
  const meant = (...[a, b]: number[]): number[] =>
    a >= 0 && a < 16 && b >= 0 && b < 16 ? [((a - 8) & (b - 8)) + 8] : [];
  const cases = span(-2, 18).flatMap((a) => [-16, -1, 0, 1, 7, 8, 13, 15, 16, 40].map((b) => [a, b]));
  /** Field elements that 16 times are few more than a row: they stand for a nibble that is no integer. */
  const fractions = span(17, 520).map((a) => [a, 3]);
  it('is that of two nibbles, signed in the highest place, and nothing for more than those', () => {
    for (const ports of cases) expect(pass('bitwise', 521, ports), ports.join()).toEqual(meant(...ports));
    for (const [a, b] of [
      [0x35, 0x9c],
      [0xff, 0x80],
      [0x7f, 0xf1],
    ]) {
      // prettier-ignore
      const stored = ((a - 128) & (b - 128)) + 128;
      expect(pass('bitwiseTwo', 521, [a, b]), 'the lower nibble').toEqual([stored % 16]);
      expect(pass('bitwiseTwo', 521, [a, b], -1, 1), 'the higher one').toEqual([Math.floor(stored / 16)]);
    }
  });
  it('needs every look-up, and a table of exactly the nibbles', () => {
    for (const ports of fractions) expect(pass('bitwise', 521, ports)).toEqual([]);
    for (const skip of [0, 1, 2])
      expect(differs('bitwise', 521, [...cases, ...fractions], meant, skip), `${skip}`).toBe(true);
    expect(differs('bitwiseSlack', 521, cases, meant)).toBe(true);
  });
});

describe('sort', () => {
  /** Elements, how many of them are wanted, the largest value, look-ups. */
  const gadgets: Readonly<Record<string, readonly [n: number, k: number, most: number, queries: number]>> = {
    sort: [3, 2, 2, 6],
    sortFirst: [3, 1, 2, 4],
    sortWhole: [3, 3, 2, 8],
    sortLimbs: [2, 2, 3, 9],
  };
  const lists = (n: number, most: number): number[][] =>
    n === 0 ? [[]] : lists(n - 1, most).flatMap((a) => span(0, most).map((v) => [...a, v]));
  /** Values and positions; nothing where one of the first is beyond the table. */
  const meant = (name: string, a: readonly number[]): string => {
    const [, k, most] = gadgets[name];
    const first = [...a.keys()].sort((i, j) => a[j] - a[i] || i - j).slice(0, k);
    return a[first[0]] > most ? '' : [...first.map((i) => a[i]), ...first].join();
  };
  const found = (name: string, p: number, a: readonly number[], skip = -1, m = compiled.get(name)!): string =>
    witnesses(m, p, a, skip, 2 * gadgets[name][1]).join(' or ');

  it.each(Object.keys(gadgets))('%s has the first in order and their positions, and nothing else', (name) => {
    const [n, , most] = gadgets[name];
    for (const a of lists(n, most)) expect(found(name, 19, a), a.join()).toBe(meant(name, a));
    for (const a of [0, 1].map((v) => [...new Array<number>(n - 1).fill(v), most + 1]))
      expect(found(name, 19, a), a.join()).toBe('');
  });
  it.each(Object.entries(gadgets))('%s needs every look-up', (name, [n, , most, queries]) => {
    const some = lists(n, most).filter((_, i) => n === 2 || i % 5 === 2);
    expect(compiled.get(name)!.queries).toHaveLength(queries);
    for (const skip of span(0, queries - 1))
      expect(
        some.some((a) => found(name, 19, a, skip) !== meant(name, a)),
        `${skip}`,
      ).toBe(true);
  });
  it('needs the products: without them every order of all values passes, repeated keys too', () => {
    const m = compiled.get('sortWhole')!;
    expect(m.identities).toHaveLength(4);
    const all = found('sortWhole', 19, [0, 2, 1], -1, { ...m, identities: [] }).split(' or ');
    for (const lie of ['2,1,0,1,2,0', '2,2,2,1,1,1', '1,1,0,0,1,2']) expect(all).toContain(lie);
  });
  it('needs a table of exactly the positions, and a field that nothing wraps round', () => {
    expect(lists(3, 2).some((a) => witnesses(compiled.get('sortSlack')!, 19, a, -1, 4).join(' or ') !== meant('sort', a))).toBe(true); // prettier-ignore
    expect(lists(3, 2).some((a) => found('sort', 11, a) !== meant('sort', a))).toBe(true);
  });
});

describe('products of packed rows', () => {
  const cases = (rows: number, depth: number): number[][] => {
    const digits = (n: number, base: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => Math.floor(n / base ** i) % base);
    return span(0, 2 ** (rows * depth) - 1).flatMap((a) =>
      span(0, 3 ** depth - 1).map((b) => [...digits(a, 2, rows * depth), ...digits(b, 3, depth).map((v) => v - 1)]),
    );
  };
  const meant = (depth: number, shift: number, lo: number, row: number) =>
    (...ports: number[]): number[] => {
      const column = ports.slice(-depth);
      const sum = column.reduce((total, v, k) => total + v * ports[row * depth + k], 0);
      return [Math.floor((sum + (shift === 0 ? 0 : 2 ** (shift - 1))) / 2 ** shift) - lo];
    }; // prettier-ignore
  const anyDiffers = (name: string, p: number, skip = -1): boolean =>
    [0, 1].some((row) =>
      cases(2, 2).some((ports) => pass(name, p, ports, skip, row).join() !== meant(2, 1, -1, row)(...ports).join()),
    );

  it.each([['matmul', 2, 2, 1, -1], ['matmulExact', 2, 1, 0, -2], ['matmulLimbs', 1, 2, 2, -1]] as const)('%s gives the floor of each sum', (name, rows, depth, shift, lo) => {
    for (const ports of cases(rows, depth))
      for (const row of span(0, rows - 1))
        expect(pass(name, 67, ports, -1, row), `${name} ${ports.join()}`).toEqual(meant(depth, shift, lo, row)(...ports));
  }); // prettier-ignore
  it('needs every look-up, tables of exactly their width, and as many bits as floor and remainder can be off', () => {
    for (const skip of [0, 1, 2, 3]) expect(anyDiffers('matmul', 67, skip), `${skip}`).toBe(true);
    expect(anyDiffers('matmulSlack', 67)).toBe(true);
    expect(anyDiffers('matmulShort', 67)).toBe(true);
    expect(anyDiffers('matmulWide', 67)).toBe(true);
    expect(anyDiffers('matmul', 53)).toBe(true); // packed sums of the size of p wrap round
  });

  describe('of more rows than a field element holds', () => {
    const shapes = {
      matmulFolded: { rows: 2, depth: 2, first: [0], shift: 1 },
      matmulGroups: { rows: 3, depth: 1, first: [0], shift: 1 },
      matmulFrom: { rows: 3, depth: 1, first: [0, 1, 2], shift: 0 },
    } as const;
    type Name = keyof typeof shapes;
    const found = (name: string, ports: readonly number[], count: number, skip = -1, m = compiled.get(name)!): string =>
      witnesses(m, 67, ports, skip, count).join(' or ');
    const meantBy = (name: Name, ports: readonly number[]): number[] => {
      const { rows, depth, first, shift } = shapes[name];
      return first.flatMap((from, j) => {
        const column = ports.slice((rows + j) * depth, (rows + j + 1) * depth);
        return span(from, rows - 1).flatMap((row) => meant(depth, shift, -1, row)(...ports.slice(0, rows * depth), ...column));
      });
    }; // prettier-ignore
    const portsOf = (name: Name): number[][] => {
      const { rows, depth, first } = shapes[name];
      const digit = (n: number, base: number, i: number): number => Math.floor(n / base ** i) % base;
      return [3, 17, 42, 77, 120, 211, 305, 466].map((n) => [
        ...Array.from({ length: rows * depth }, (_, i) => digit(n, 2, i)),
        ...Array.from({ length: first.length * depth }, (_, i) => digit(7 * n, 3, i) - 1),
      ]);
    };
    const differs = (name: Name, skip: number, m = compiled.get(name)!, short: string = name): boolean =>
      portsOf(name).some((ports) => {
        const all = meantBy(name, ports);
        return found(short, ports, all.length, skip, short === name ? m : compiled.get(short)!) !== all.join();
      });
    it.each(Object.keys(shapes) as Name[])('%s gives the floor of each sum', (name) => {
      expect(differs(name, -1)).toBe(false);
    });
    it('needs every look-up, as many bits, and the powers of X', () => {
      for (const skip of [0, 1, 2, 3]) expect(differs('matmulFolded', skip), `${skip}`).toBe(true);
      for (const skip of [0, 1, 2, 3, 4, 5]) expect(differs('matmulGroups', skip), `${skip}`).toBe(true);
      expect(differs('matmulGroups', -1, undefined, 'matmulGroupsShort')).toBe(true);
      for (const name of ['matmulFolded', 'matmulGroups', 'matmulFrom'] as const) {
        const m = compiled.get(name)!;
        expect(differs(name, -1, { ...m, identities: m.identities.slice(0, -1) }), name).toBe(true);
      }
    });
  });
});
