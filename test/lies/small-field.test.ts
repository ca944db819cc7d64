// The rows of circuits/ in fields of a few hundred elements, every value of every free wire tried: inside the stated bounds
// exactly the meant outputs have a witness, for every port of the field; beyond each bound another one has; and without
// any of the rows another one has.
import { beforeAll, describe, expect, it } from 'vitest';
import { argmaxGadget } from '#compiler/primitives/argmax.js';
import { BITWISE, bitwiseGadget, ofNibbles, type Bitwise } from '#compiler/primitives/bitwise.js';
import { compareGadget } from '#compiler/primitives/compare.js';
import { divideGadget } from '#compiler/primitives/divide.js';
import { equalGadget } from '#compiler/primitives/equal.js';
import { leakyGadget, rescaleGadget } from '#compiler/primitives/rescale-gadgets.js';
import { locateGadget } from '#compiler/primitives/locate.js';
import { maxGadget } from '#compiler/primitives/max.js';
import { productGadget } from '#compiler/primitives/product.js';
import { onehotGadget } from '#compiler/primitives/onehot.js';
import { rangeGadget } from '#compiler/primitives/input.js';
import { remainderGadget, type Part } from '#compiler/primitives/remainder.js';
import { selectGadget } from '#compiler/primitives/select.js';
import type { Gadget } from '#compiler/primitives/gadget.js';
import { accepted } from '../engine/exhaust.js';
import { inField, systemsOf, withoutRow, type System } from '../engine/system.js';

type Ports = readonly number[];

interface Exact {
  readonly what: string;
  readonly gadget: Gadget;
  readonly p: number;
  /** Every assignment of the ports that is tried. */
  readonly cases: readonly Ports[];
  /** The outputs that may have a witness for these ports, taken mod p; none: there must be no witness. */
  readonly meant: (ports: Ports) => Ports | null;
  /** A bound of the header is missed: some case must come out wrong. */
  readonly beyond?: true;
}

const span = (lo: number, hi: number): number[] => Array.from({ length: hi - lo + 1 }, (_, i) => lo + i);
const each = (values: readonly number[], n: number): number[][] =>
  n === 0 ? [[]] : each(values, n - 1).flatMap((head) => values.map((value) => [...head, value]));
const clampTo = (x: number, width: number): number => Math.min(Math.max(x, 0), width);

/** An integer of the field as the one that the precondition means: the smallest from `least` on. */
const from = (x: number, least: number, p: number): number => ((((x - least) % p) + p) % p) + least;

const clamp = (accLo: number, accHi: number, shift: number, width: number): Gadget =>
  rescaleGadget({ accLo, accHi, shift, width });
const leaky = (accLo: number, accHi: number, shift: number, width: number, at: number, slope: number): Gadget =>
  leakyGadget({ accLo, accHi, shift, width, at, slope, k: 1 });

/** Every acc of the field: B bits are a witness for exactly 2^B of them. */
function rescaleCase(what: string, gadget: Gadget, p: number, beyond?: true): Exact {
  const [B, s, n] = gadget.args;
  const half = s === 0 ? 0 : 2 ** (s - 1);
  const least = -(2 ** (B - 1)) - half;
  return {
    what,
    gadget,
    p,
    cases: span(0, p - 1).map((acc) => [acc]),
    meant: ([acc]) => {
      const x = from(acc, least, p);
      return x < least + 2 ** B ? [clampTo(Math.floor((x + half) / 2 ** s), 2 ** n - 1)] : null;
    },
    ...(beyond && { beyond }),
  };
}

function leakyCase(what: string, gadget: Gadget, p: number, beyond?: true): Exact {
  const [B, s, n, at, slope, k, C] = gadget.args;
  const bend = (s === 0 ? 0 : 2 ** (s - 1)) - at * 2 ** s;
  const least = -(2 ** (B - 1)) - bend;
  return {
    what,
    gadget,
    p,
    cases: span(0, p - 1).map((acc) => [acc]),
    meant: ([acc]) => {
      const x = from(acc, least, p);
      const q = Math.floor((x + bend) / 2 ** s);
      const scaled = (q < 0 ? slope : 2 ** k) * q + at * 2 ** k + 2 ** (k - 1);
      if (x >= least + 2 ** B || scaled < -(2 ** (C - 1)) || scaled >= 2 ** (C - 1)) return null;
      return [clampTo(Math.floor(scaled / 2 ** k), 2 ** n - 1)];
    },
    ...(beyond && { beyond }),
  };
}

const rangeCase = (what: string, max: number, p: number, beyond?: true): Exact => ({
  what,
  gadget: rangeGadget(max),
  p,
  cases: span(0, p - 1).map((x) => [x]),
  meant: ([x]) => (x <= max ? [] : null),
  ...(beyond && { beyond }),
});

const maxCase = (what: string, w: number, p: number, cases: readonly Ports[], beyond?: true): Exact => ({
  what,
  gadget: maxGadget(2 ** w - 1),
  p,
  cases,
  meant: ([a, b]) => (Math.abs(a - b) < 2 ** w ? [Math.max(a, b)] : null),
  ...(beyond && { beyond }),
});

const argmaxCase = (what: string, n: number, max: number, p: number, values: Ports, beyond?: true): Exact => ({
  what,
  gadget: argmaxGadget(n, max),
  p,
  cases: each(values, n),
  meant: (a) => (Math.max(...a) < 2 ** argmaxGadget(n, max).args[1] ? [a.indexOf(Math.max(...a))] : null),
  ...(beyond && { beyond }),
});

/** Nothing is outside: every two elements of the field have one product. */
const productCase = (what: string, lo: number, p: number): Exact => ({
  what,
  gadget: productGadget(lo),
  p,
  cases: each(span(0, p - 1), 2),
  meant: ([a, b]) => [a * b - lo],
});

/** Every index of the field: n of them are places. */
const onehotCase = (what: string, n: number, p: number): Exact => ({
  what,
  gadget: onehotGadget(n),
  p,
  cases: span(0, p - 1).map((index) => [index]),
  meant: ([index]) => (index < n ? span(1, n - 1).map((v) => Number(v === index)) : null),
});

/** Every d of the field: a witness for exactly those of [-2^w, 2^w). */
const compareCase = (what: string, w: number, p: number, beyond?: true): Exact => ({
  what,
  gadget: compareGadget(-(2 ** w), 2 ** w - 1),
  p,
  cases: span(0, p - 1).map((d) => [d]),
  meant: ([d]) => {
    const x = from(d, -(2 ** w), p);
    return x < 2 ** w ? [x < 0 ? 0 : 1] : null;
  },
  ...(beyond && { beyond }),
});

/** Every u of the field. */
const locateCase = (what: string, T: readonly number[], p: number, beyond?: true): Exact => ({
  what,
  gadget: locateGadget(T),
  p,
  cases: span(0, p - 1).map((u) => [u]),
  meant: ([u]) => (u < (T.at(-1) ?? 0) ? T.slice(1, -1).map((t) => Number(u >= t)) : null),
  ...(beyond && { beyond }),
});

/** Every a of the field. */
const remainderCase = (what: string, D: number, part: Part, most: number, p: number, beyond?: true): Exact => {
  const gadget = remainderGadget(D, part, most);
  return {
    what,
    gadget,
    p,
    cases: span(0, p - 1).map((a) => [a]),
    meant: ([a]) => (a < D * 2 ** gadget.args[1] ? [part === 'quotient' ? Math.floor(a / D) : a % D] : null),
    ...(beyond && { beyond }),
  };
};

/** Divisors from below 1 on to above the widest. */
const divideCase = (what: string, lo: number, hi: number, divisor: number, p: number, beyond?: true): Exact => {
  const gadget = divideGadget({ lo, hi }, divisor);
  const [, n, m] = gadget.args;
  return {
    what,
    gadget,
    p,
    cases: span(-9, 20).flatMap((a) => span(-2, 2 ** m + 2).map((d) => [a, d])),
    meant: ([a, d]) => {
      const q = Math.floor(a / d);
      const r = a - d * q;
      return d >= 1 && q >= lo && q < lo + 2 ** n && r < 2 ** m && d - 1 - r < 2 ** m ? [q - lo, r] : null;
    },
    ...(beyond && { beyond }),
  };
};

/** Every pair of numbers up to beyond a nibble. */
const bitwiseCase = (what: string, op: Bitwise, isSigned: boolean, p: number, beyond?: true): Exact => ({
  what,
  gadget: bitwiseGadget(op, isSigned, 1),
  p,
  cases: each([...span(0, 17), p - 1], 2),
  meant: ([a, b]) => (a < 16 && b < 16 ? [ofNibbles(op, isSigned, a, b)] : null),
  ...(beyond && { beyond }),
});

const equalCase: Exact = {
  what: 'Equal: any element of the field',
  gadget: equalGadget,
  p: 37,
  cases: span(0, 36).map((d) => [d]),
  meant: ([d]) => [d === 0 ? 1 : 0],
};

const selectCase = (what: string, conditions: Ports, beyond?: true): Exact => ({
  what,
  gadget: selectGadget,
  p: 13,
  cases: conditions.flatMap((c) => each(span(0, 12), 2).map((branches) => [c, ...branches])),
  meant: ([c, a, b]) => [c === 1 ? a : b],
  ...(beyond && { beyond }),
});

const exact: readonly Exact[] = [
  rangeCase('Range: [0, 2^n) and nothing else', 31, 67),
  rangeCase('Range, one bit', 1, 5),
  rangeCase('RangeUpTo: [0, max] and nothing else', 20, 67),
  rangeCase('RangeUpTo 0', 0, 7),
  rescaleCase('Rescale that saturates', clamp(-10, 30, 1, 3), 67),
  rescaleCase('Rescale without a shift', clamp(-16, 15, 0, 3), 67),
  rescaleCase('Rescale that cannot saturate', clamp(-10, 13, 2, 15), 37),
  leakyCase('LeakyRescale', leaky(-4, 6, 1, 1, 1, 1), 37),
  leakyCase('LeakyRescale, slope 0', leaky(-4, 6, 1, 1, 0, 0), 37),
  leakyCase('LeakyRescale, steeper below', leaky(-3, 5, 1, 1, 1, 3), 37),
  maxCase('Max', 3, 67, [...each(span(-12, 12), 2)]),
  argmaxCase('Argmax of two, first of equals', 2, 7, 67, span(0, 9)),
  argmaxCase('Argmax of three, first of equals', 3, 3, 67, span(0, 4)),
  productCase('Product', 0, 37),
  productCase('Product, stored from a negative value on', -12, 37),
  onehotCase('Onehot of two', 2, 37),
  onehotCase('Onehot of five', 5, 37),
  compareCase('Compare', 4, 67),
  compareCase('Compare, one bit', 1, 7),
  remainderCase('Remainder: the quotient by 3', 3, 'quotient', 10, 37),
  remainderCase('Remainder: the rest by 3', 3, 'rest', 10, 37),
  remainderCase('Remainder: the quotient by 4', 4, 'quotient', 15, 37),
  remainderCase('Remainder: the rest by 4', 4, 'rest', 15, 37),
  divideCase('Divide', -2, 1, 4, 67),
  divideCase('Divide, one bit', 0, 1, 2, 67),
  ...BITWISE.map((op) => bitwiseCase(`Bitwise ${op}`, op, false, 37)),
  ...BITWISE.map((op) => bitwiseCase(`Bitwise ${op}, signed`, op, true, 37)),
  locateCase('Locate between three constants', [0, 3, 6, 9, 11], 37),
  locateCase('Locate at one', [0, 3, 7], 19),
  equalCase,
  selectCase('Select', [0, 1]),
];

const beyond: readonly Exact[] = [
  rangeCase('RangeUpTo with 2^(n + 1) above p + max', 20, 37, true),
  rescaleCase('Rescale with 2^B above p', clamp(-10, 30, 1, 3), 61, true),
  leakyCase('LeakyRescale with 2^B above p', leaky(-10, 20, 1, 3, 1, 1), 31, true),
  leakyCase('LeakyRescale with 2^C above p', leaky(-3, 3, 1, 3, 2, 7), 29, true),
  maxCase('Max with |a - b| above p - 2^w', 3, 67, [[0, 62]], true),
  argmaxCase('Argmax with keys that wrap round p', 3, 3, 23, span(0, 3), true),
  compareCase('Compare with 2^(w + 1) above p', 4, 23, true),
  remainderCase('Remainder with 3 2^n above p', 3, 'rest', 10, 11, true),
  divideCase('Divide with products above p', -2, 1, 4, 13, true),
  bitwiseCase('Bitwise and of more than the field holds', 'and', false, 13, true),
  locateCase('Locate with 2^(w + 1) above p', [0, 1, 8], 13, true),
  selectCase('Select of a condition that is no boolean', [2], true),
];

describe('all witnesses in a small field', () => {
  let systems: System[];
  const cases = [...exact, ...beyond];
  beforeAll(async () => {
    const distinct = await systemsOf(cases.map((one) => one.gadget));
    systems = distinct.map((system, i) => inField(system, BigInt(cases[i].p)));
  });

  /** The first ports whose accepted outputs are not the meant ones. */
  const differs = ({ p, cases: all, meant }: Exact, system: System): string | undefined => {
    for (const ports of all) {
      const expected = meant(ports)
        ?.map((x) => from(x, 0, p))
        .join();
      const got = accepted(system, ports, 2);
      if (got.size !== (expected === undefined ? 0 : 1) || (expected !== undefined && !got.has(expected)))
        return `${ports.join()}: meant ${expected ?? 'nothing'}, accepted ${[...got].join(' | ') || 'nothing'}`;
    }
    return undefined;
  };

  exact.forEach((one, i) => {
    it(one.what, () => expect(differs(one, systems[i])).toBeUndefined());

    it(`${one.what}: another statement passes without any of the rows`, () => {
      const idle = systems[i].rows.flatMap((_, row) => (differs(one, withoutRow(systems[i], row)) ? [] : [row]));
      expect(idle).toEqual([]);
    });
  });
  beyond.forEach((one, i) => {
    it(`${one.what}: another statement passes`, () => expect(differs(one, systems[exact.length + i])).toBeDefined());
  });
});
