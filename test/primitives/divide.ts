// divide: the floor of a quotient of two forms, and what is left.
import { divideGadget } from '#compiler/primitives/divide.js';
import { inverse } from '#verifier/field.js';
import fc from 'fast-check';
import type { Subject } from '../engine/attempts.js';
import { between, type Meaning } from './primitive.js';

const floor = (a: bigint, d: bigint): bigint => (a >= 0n ? a / d : -((-a + d - 1n) / d));

export const divide: Meaning = {
  kind: 'divide',
  naive: (_, [a, d], [{ lo }]) => [
    a.map((x, o) => floor(x, d[o]) - BigInt(lo)),
    a.map((x, o) => x - d[o] * floor(x, d[o])),
  ],
  ladder: {
    divide: (
      [
        [-3, 4, 5],
        [0, 31, 7],
        [0, 1, 1],
        [-1000, 20, 8],
      ] as const
    ).map(([lo, hi, divisor]) => divideSubject(lo, hi, divisor)),
  },
  random: [
    fc
      .tuple(between(-100, 0), between(1, 200), between(1, 300))
      .map(([lo, width, divisor]) => divideSubject(lo, lo + width, divisor)),
  ],
};

/** Quotients of [lo, hi] by divisors of [1, divisor]. */
function divideSubject(lo: number, hi: number, divisor: number): Subject {
  const gadget = divideGadget({ lo, hi }, divisor);
  const [, n, m] = gadget.args;
  const [above, widest] = [lo + 2 ** n, 2 ** m];
  const parts = (a: number, d: number): readonly [q: number, r: number] => [
    Math.floor(a / d),
    a - d * Math.floor(a / d),
  ];
  /** With r and d - 1 - r below 2^m there are witnesses for some d beyond it, too: then they are right. */
  const meant = ([a, d]: readonly number[]): readonly number[] | null => {
    if (d < 1 || d >= 2 * widest) return null;
    const [q, r] = parts(a, d);
    return q >= lo && q < above && r < widest && d - 1 - r < widest ? [q - lo, r] : null;
  };
  const corners = [1, 2, divisor, widest].flatMap((d) =>
    [lo * d, lo * d + d - 1, 0, 1, d, (above - 1) * d, above * d - 1].map((a) => [a, d]),
  );
  return {
    gadget,
    meant,
    ends: corners.filter((ports) => meant(ports) !== null),
    outside: [[lo - 1, 1], [above, 1], [5, 0], [0, 0], [5, -2], [0, -widest], [1, 2 * widest + 1]], // prettier-ignore
    inside: fc.tuple(between(lo, above - 1), between(1, divisor), fc.nat()).map(([q, d, r]) => [q * d + (r % d), d]),
    pretended: ([a, d]) => (d < 1 ? [] : parts(a, d).flatMap((v) => [v + d, v + 1, v - lo + 1].map((x) => BigInt(Math.max(x, 0))))), // prettier-ignore
    programs: {
      'leaves a whole divisor more': ([a, d]) => {
        if (d < 1) return null;
        const [q, r] = parts(a, d);
        return { y: BigInt(q - lo - 1), r: BigInt(r + d), q: BigInt(Math.max(q - lo - 1, 0)), bit: BigInt(r + d) };
      },
      'leaves less than nothing': ([a, d]) => {
        if (d < 1) return null;
        const [q, r] = parts(a, d);
        return { y: BigInt(q - lo + 1), r: BigInt(r - d), q: BigInt(q - lo + 1) };
      },
      'divides in the field and leaves nothing': ([a, d]) =>
        d < 1 || a % d === 0 ? null : { y: BigInt(a) * inverse(BigInt(d)) - BigInt(lo), r: 0n, bit: 0n },
      'swaps quotient and rest': ([a, d]) => {
        if (d < 1) return null;
        const [q, r] = parts(a, d);
        return q - lo === r ? null : { y: BigInt(r), r: BigInt(q - lo) };
      },
    },
  };
}
