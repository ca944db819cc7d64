// rescale: f of the floor of a form, rounded to the nearest and saturated.
import fc from 'fast-check';
import {
  leakyGadget,
  type LeakyBounds,
  rescaleGadget,
  type RescaleBounds,
} from '#compiler/primitives/rescale-gadgets.js';
import type { RescaleOwn } from '#compiler/primitives/rescale.js';
import type { Subject } from '../engine/attempts.js';
import { between, edge, type Meaning } from './primitive.js';

/** floor(x / 2^s) in integers. */
const shifted = (x: bigint, s: number): bigint => x >> BigInt(s);
const halfOf = (s: number): bigint => (s === 0 ? 0n : 1n << BigInt(s - 1));
const clampTo = (x: bigint, width: number): number => Number(x < 0n ? 0n : x > BigInt(width) ? BigInt(width) : x);

const clampBounds: readonly RescaleBounds[] = [
  { accLo: -100, accHi: 1000, shift: 2, width: 15 },
  { accLo: -100, accHi: 100, shift: 2, width: 255 }, // cannot saturate
  { accLo: -512 - 4, accHi: 511 - 4, shift: 3, width: 31 }, // both ends of B, and no more
  { accLo: -512 - 4 - 1, accHi: 511 - 4, shift: 3, width: 31 }, // one below
  { accLo: -512 - 4, accHi: 511 - 4 + 1, shift: 3, width: 31 }, // one above
  { accLo: -20, accHi: 40, shift: 0, width: 7 },
  { accLo: 5, accHi: 9, shift: 1, width: 1 },
  { accLo: -(2 ** 27), accHi: 2 ** 29, shift: 16, width: 255 },
];

const leakyBounds: readonly LeakyBounds[] = [
  { accLo: -100, accHi: 400, shift: 2, width: 15, at: 3, slope: 2, k: 3 },
  { accLo: -300, accHi: 900, shift: 2, width: 31, at: 4, slope: 410, k: 12 },
  { accLo: -300, accHi: 100, shift: 1, width: 255, at: 200, slope: 4000, k: 12 }, // nearly the identity
  { accLo: -70, accHi: 300, shift: 2, width: 15, at: 6, slope: 20, k: 3 }, // steeper below the bend
  { accLo: -300, accHi: 900, shift: 3, width: 15, at: 0, slope: 0, k: 2 }, // slope 0: ReLU
];

const anyBounds: fc.Arbitrary<RescaleBounds> = fc
  .record({ below: edge(26), above: edge(26), shift: between(0, 12), n: between(1, 10), halves: fc.boolean() })
  .map(({ below, above, shift, n, halves }) => {
    const half = halves && shift > 0 ? 2 ** (shift - 1) : 0; // intervals whose ends, with the half, are powers of two
    return { accLo: -below - half, accHi: Math.max(above - half, 1 - below), shift, width: 2 ** n - 1 };
  });

export const rescale: Meaning<RescaleOwn> = {
  kind: 'rescale',
  naive({ shift, f }, [acc], [{ lo, hi }]) {
    const width = BigInt(hi - lo);
    const of = (a: bigint): bigint => {
      let q = (a + (shift === 0 ? 0n : 1n << BigInt(shift - 1))) >> BigInt(shift); // >> of bigint is floor
      if (f.kind === 'values') {
        const last = f.first + f.values.length - 1;
        return BigInt(
          f.values[Number(q < BigInt(f.first) ? 0n : q > BigInt(last) ? BigInt(last - f.first) : q - BigInt(f.first))],
        );
      }
      if (f.kind === 'leaky' && q < BigInt(f.at))
        q = BigInt(f.at) + ((BigInt(f.slope) * (q - BigInt(f.at)) + (1n << BigInt(f.k - 1))) >> BigInt(f.k));
      return q < 0n ? 0n : q > width ? width : q;
    };
    return [acc.map(of)];
  },
  ladder: {
    rescale: clampBounds.map((bounds) => clampSubject(bounds)),
    'rescale with a bend': leakyBounds.map((bounds) => leakySubject(bounds)),
  },
  random: [
    anyBounds.map((bounds) => clampSubject(bounds)),
    fc
      .tuple(anyBounds, between(0, 300), between(0, 600), between(1, 8))
      .filter(([, , slope, k]) => slope !== 2 ** k)
      .map(([bounds, at, slope, k]) => leakySubject({ ...bounds, at, slope, k })),
  ],
};

function clampSubject(bounds: RescaleBounds): Subject {
  const { accLo, accHi, shift, width } = bounds;
  const gadget = rescaleGadget(bounds);
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

function saturationPrograms(q: (acc: number) => bigint, width: number): NonNullable<Subject['programs']> {
  return {
    'hides a saturation': ([acc]) => (q(acc) > BigInt(width) ? { over: 0n, inv: 0n } : null),
    'claims a saturation': ([acc]) => (q(acc) >= 0n && q(acc) < BigInt(width) ? { over: 1n, inv: 1n } : null),
    'half saturates, with an inverse to match': ([acc]) => (q(acc) > BigInt(width) ? { over: 2n, inv: 2n } : null),
  };
}

function leakySubject({ at, slope, k, ...bounds }: LeakyBounds): Subject {
  const { accLo, accHi, shift, width } = bounds;
  const gadget = leakyGadget({ ...bounds, at, slope, k });
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
