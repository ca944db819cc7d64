// The gadgets that climb the ladder: each with several parameters, a definition that shares no code with the compiler, the
// ends of its precondition, and the dishonest programs that its header claims to refuse.
import fc from 'fast-check';
import { argmaxGadget } from '#compiler/primitives/gadgets/argmax.js';
import { maxGadget } from '#compiler/primitives/gadgets/max.js';
import { rangeGadget } from '#compiler/primitives/gadgets/range.js';
import { rescaleGadget, type RescaleBounds } from '#compiler/primitives/gadgets/rescale.js';
import type { Subject } from './attempts.js';

const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

export function rangeSubject(max: number): Subject {
  const gadget = rangeGadget(max);
  const n = gadget.args[0];
  return {
    gadget,
    meant: ([x]) => (x >= 0 && x <= max ? [] : null),
    ends: [...new Set([0, Math.min(1, max), Math.floor(max / 2), max])].map((x) => [x]),
    outside: [[-1], [max + 1], [2 ** n], [2 ** n + 1], [-(2 ** n)], [max - 2 ** n]].filter(([x]) => x < 0 || x > max),
    inside: between(0, max).map((x) => [x]),
    programs: {},
  };
}

export const rangeSubjects = [255, 200, 0, 1, 5000].map(rangeSubject);

/** floor(x / 2^s) in integers. */
const shifted = (x: bigint, s: number): bigint => x >> BigInt(s);
const halfOf = (s: number): bigint => (s === 0 ? 0n : 1n << BigInt(s - 1));
const clampTo = (x: bigint, width: number): number => Number(x < 0n ? 0n : x > BigInt(width) ? BigInt(width) : x);

type ClampBounds = Omit<RescaleBounds, 'f'>;

export function clampSubject(bounds: ClampBounds): Subject {
  const { accLo, accHi, shift, width } = bounds;
  const gadget = rescaleGadget({ ...bounds, f: { kind: 'clamp' } });
  const [B] = gadget.args;
  const half = Number(halfOf(shift));
  const [least, most] = [-(2 ** (B - 1)) - half, 2 ** (B - 1) - 1 - half];
  const offset = halfOf(shift) + (1n << BigInt(B - 1));
  const q = (acc: number): bigint => shifted(BigInt(acc) + halfOf(shift), shift);
  const steps = [0, 1, width - 1, width, width + 1].map((u) => u * 2 ** shift - half);
  const inside = [accLo, accHi, least, most, 0, -1, half, ...steps, ...steps.map((x) => x - 1)];
  return {
    gadget,
    meant: ([acc]) => (acc >= least && acc <= most ? [clampTo(q(acc), width)] : null),
    ends: [...new Set(inside)].filter((acc) => acc >= least && acc <= most).map((acc) => [acc]),
    outside: [[least - 1], [most + 1], [2 * least], [2 ** 50], [-(2 ** 50)]],
    inside: fc.oneof(between(accLo, accHi), between(least, most)).map((acc) => [acc]),
    pretended: ([acc]) => [0n, 1n, 2n, -1n].map((d) => offset + BigInt(acc) + d * (1n << BigInt(shift))),
    programs: {
      'rounds down instead of to the nearest': ([acc]) =>
        shift === 0 || shifted(BigInt(acc), shift) === q(acc) ? null : { bit: BigInt(acc) + (1n << BigInt(B - 1)) },
      'rounds up': ([acc]) => ({ bit: BigInt(acc) + offset + (1n << BigInt(Math.max(shift, 1) - 1)) }),
      'writes the value past its end and not the saturated one': ([acc]) =>
        q(acc) > BigInt(width) ? { y: q(acc) } : null,
      'writes a negative value': ([acc]) => (q(acc) < 0n ? { y: q(acc) } : null),
      'flips the sign bit and completes the others': ([acc]) => ({
        bit: (BigInt(acc) + offset) ^ (1n << BigInt(B - 1)),
      }),
      ...(B - 1 > shift + gadget.args[2] ? saturationPrograms(q, width) : {}),
    },
  };
}

const saturationPrograms = (q: (acc: number) => bigint, width: number): NonNullable<Subject['programs']> => ({
  'hides a saturation': ([acc]) => (q(acc) > BigInt(width) ? { over: 0n, inv: 0n } : null),
  'claims a saturation': ([acc]) => (q(acc) >= 0n && q(acc) < BigInt(width) ? { over: 1n, inv: 1n } : null),
  'half saturates, with an inverse to match': ([acc]) => (q(acc) > BigInt(width) ? { over: 2n, inv: 2n } : null),
});

export const clampSubjects = [
  { accLo: -100, accHi: 1000, shift: 2, width: 15 },
  { accLo: -100, accHi: 100, shift: 2, width: 255 }, // cannot saturate
  { accLo: -512 - 4, accHi: 511 - 4, shift: 3, width: 31 }, // both ends of B, and no more
  { accLo: -512 - 4 - 1, accHi: 511 - 4, shift: 3, width: 31 }, // one below
  { accLo: -512 - 4, accHi: 511 - 4 + 1, shift: 3, width: 31 }, // one above
  { accLo: -20, accHi: 40, shift: 0, width: 7 },
  { accLo: 5, accHi: 9, shift: 1, width: 1 },
  { accLo: -(2 ** 27), accHi: 2 ** 29, shift: 16, width: 255 },
].map(clampSubject);

type LeakyBounds = ClampBounds & { readonly at: number; readonly slope: number; readonly k: number };

export function leakySubject({ at, slope, k, ...bounds }: LeakyBounds): Subject {
  const { accLo, accHi, shift, width } = bounds;
  const gadget = rescaleGadget({ ...bounds, f: { kind: 'leaky', at, slope, k } });
  const [B, , , , , , C] = gadget.args;
  const bend = halfOf(shift) - (BigInt(at) << BigInt(shift));
  const fits = (x: bigint, bits: number): boolean => x >= -(1n << BigInt(bits - 1)) && x < 1n << BigInt(bits - 1);
  const scaled = (acc: number): bigint => {
    const q = shifted(BigInt(acc) + bend, shift);
    return (q < 0n ? BigInt(slope) * q : q << BigInt(k)) + (BigInt(at) << BigInt(k)) + halfOf(k);
  };
  const meant = ([acc]: readonly number[]): number[] | null =>
    fits(BigInt(acc) + bend, B) && fits(scaled(acc), C) ? [clampTo(shifted(scaled(acc), k), width)] : null;
  const corner = Number(-bend); // q = 0
  const top = width * 2 ** shift;
  const inside = [accLo, accHi, 0, corner - 1, corner, corner + 2 ** shift, corner - 2 ** shift, -1, 1, top, top - 1];
  return {
    gadget,
    meant,
    ends: [...new Set(inside)].filter((acc) => meant([acc]) !== null).map((acc) => [acc]),
    outside: [[2 ** (B - 1) - Number(bend)], [-(2 ** (B - 1)) - Number(bend) - 1], [2 ** 50], [-(2 ** 50)]],
    inside: between(accLo, accHi).map((acc) => [acc]),
    pretended: ([acc]) => [scaled(acc) + (1n << BigInt(C - 1)), BigInt(acc) + bend + (1n << BigInt(B - 1)) + 1n],
    programs: {
      'takes the other side of the bend': ([acc]) =>
        BigInt(acc) + bend < 0n
          ? { pos: shifted(BigInt(acc) + bend, shift) }
          : slope === 2 ** k || BigInt(acc) + bend < 1n << BigInt(shift)
            ? null
            : { pos: 0n },
      'flips the sign bit and completes the others': ([acc]) => ({
        bit: (BigInt(acc) + bend + (1n << BigInt(B - 1))) ^ (1n << BigInt(B - 1)),
      }),
      'hands another number to the rounding': ([acc]) => ({ 'round.acc': scaled(acc) + (1n << BigInt(k)) }),
    },
  };
}

export const leakySubjects = [
  { accLo: -100, accHi: 400, shift: 2, width: 15, at: 3, slope: 2, k: 3 },
  { accLo: -300, accHi: 900, shift: 2, width: 31, at: 4, slope: 410, k: 12 },
  { accLo: -300, accHi: 100, shift: 1, width: 255, at: 200, slope: 4000, k: 12 }, // nearly the identity
  { accLo: -70, accHi: 300, shift: 2, width: 15, at: 6, slope: 20, k: 3 }, // steeper below the bend
  { accLo: -300, accHi: 900, shift: 3, width: 15, at: 0, slope: 0, k: 2 }, // slope 0: ReLU
].map(leakySubject);

export function maxSubject(spread: number): Subject {
  const gadget = maxGadget(spread);
  const [w] = gadget.args;
  const reach = 2 ** w - 1;
  const pair = between(0, reach).chain((a) => between(0, reach).map((b) => [a, b] as const));
  return {
    gadget,
    meant: ([a, b]) => (Math.abs(a - b) <= reach ? [a < b ? b : a] : null),
    ends: [
      [0, 0],
      [0, spread],
      [spread, 0],
      [reach, 0],
      [0, reach],
      [3, 4],
      [-5, reach - 5],
      [4, 3],
    ].filter(([a, b]) => Math.abs(a - b) <= reach),
    outside: [
      [0, reach + 1],
      [reach + 1, 0],
      [-1, reach],
      [0, 2 ** 50],
    ],
    inside: pair,
    programs: {
      'takes the smaller one': ([a, b]) => (a === b ? null : { m: BigInt(Math.min(a, b)) }),
      'takes a larger one': ([a, b]) => ({ m: BigInt(Math.max(a, b)) + 1n }),
      'takes the sum': ([a, b]) => (a === 0 || b === 0 ? null : { m: BigInt(a + b) }),
    },
  };
}

export const maxSubjects = [255, 12, 1, 2 ** 31 - 1].map(maxSubject);

export function argmaxSubject(n: number, max: number): Subject {
  const gadget = argmaxGadget(n, max);
  const [, v, k] = gadget.args;
  const reach = 2 ** v - 1;
  const key = (a: readonly number[], i: number): bigint => (BigInt(a[i]) << BigInt(k)) + BigInt(n - 1 - i);
  const meant = (a: readonly number[]): number[] | null => {
    if (a.some((x) => x > reach)) return null;
    let best = 0;
    a.forEach((x, i) => (best = x > a[best] ? i : best));
    return [best];
  };
  const at = (f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));
  const keys = (a: readonly number[]): bigint[] => a.map((_, i) => key(a, i));
  return {
    gadget,
    meant,
    ends: [at(() => 0), at(() => reach), ...at((i) => i).map((k) => at((i) => (i === k ? reach : 0)))].concat([
      at((i) => Math.min(i % 2, max)),
      at((i) => Math.min(2 + (i === n - 1 ? 1 : 0), max)),
      at((i) => Math.min(i, max)),
    ]),
    outside: [at((i) => (i === 0 ? reach + 1 : 0)), at((i) => (i === n - 1 ? 2 * reach + 2 : reach))],
    inside: fc.array(between(0, max), { minLength: n, maxLength: n }),
    pretended: (a) => [...keys(a), ...keys(a).map((x) => x + 1n)],
    programs: {
      'returns the later of equals': (a) => {
        const later = a.lastIndexOf(Math.max(...a));
        return meant(a)?.[0] === later ? null : { bit: key(a, later) };
      },
      'returns an index that is not maximal': (a) => {
        const other = a.findIndex((x) => x < Math.max(...a));
        return other < 0 ? null : { bit: key(a, other) };
      },
      'claims a maximum that nobody has': (a) => ({ bit: key(a, meant(a)?.[0] ?? 0) + 1n }),
    },
  };
}

export const argmaxSubjects = [argmaxSubject(2, 1), argmaxSubject(2, 9), argmaxSubject(3, 7), argmaxSubject(5, 1)];

export const subjects = { rangeSubjects, clampSubjects, leakySubjects, maxSubjects, argmaxSubjects };
