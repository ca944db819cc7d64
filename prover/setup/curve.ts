// Whether the points of a file are points: affine coordinates times 2^256 below q, on the curve, not at infinity, and of G2 in the
// subgroup of order r.
import { setImmediate } from 'node:timers/promises';
import { FIELD_BYTES, readField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { Q } from '../../verifier/field.js';
import { AFFINE, type G2Point, type GroupName } from '../files/zkey.js';
import { put, ranges, type Job, type Machine } from '../kernel/machine.js';
import { GROUPS, G2, point2 } from '../kernel/sums.js';

const TURN = 2 ** 12; // points without one

/** b of y^2 = x^3 + b, times 2^768: of the curve, and of the twist, 3 / (9 + u) = 3 (9 - u) / 82. */
const CUBED = 1n << 768n;
const B1 = (3n * CUBED) % Q;
const BY_82 = ((): bigint => {
  let k = 1n; // 1 + k q is a multiple of 82 for one k below it
  while ((1n + k * Q) % 82n !== 0n) k++;
  return (1n + k * Q) / 82n;
})();
const B2 = [(27n * BY_82 * CUBED) % Q, (((Q - 3n) * BY_82) % Q * CUBED) % Q] as const; // prettier-ignore

/** What is wrong with coordinates times 2^256: y^2 2^256 = x^3 + b 2^768 where they stand for a point of the curve. */
function fault1(x: bigint, y: bigint): string | null {
  if (x >= Q || y >= Q) return 'a coordinate that is not below q';
  if (x === 0n && y === 0n) return 'infinity';
  return (((y * y) << 256n) - x * x * x - B1) % Q === 0n ? null : 'a point off the curve';
}

function fault2(x0: bigint, x1: bigint, y0: bigint, y1: bigint): string | null {
  if ([x0, x1, y0, y1].some((c) => c >= Q)) return 'a coordinate that is not below q';
  if ([x0, x1, y0, y1].every((c) => c === 0n)) return 'infinity';
  const [s0, s1] = [x0 * x0, x1 * x1];
  const c0 = ((y0 * y0 - y1 * y1) << 256n) - x0 * (s0 - 3n * s1) - B2[0];
  const c1 = ((y0 * y1) << 257n) - x1 * (3n * s0 - s1) - B2[1];
  return c0 % Q === 0n && c1 % Q === 0n ? null : 'a point off the curve';
}

/**
 * Refuses coordinates that are no points of the curve, or infinity. Lets others have a turn every few milliseconds.
 * @param points affine times 2^256 @param name of the place of point i, for the refusal
 * @throws 'format'
 */
export async function checkOnCurve(
  group: GroupName,
  points: Uint8Array,
  where: string,
  name: (i: number) => string,
): Promise<void> {
  const view = new DataView(points.buffer, points.byteOffset, points.byteLength);
  const size = AFFINE[group];
  for (let i = 0; i < points.length / size; i++) {
    if (i % TURN === TURN - 1) await setImmediate();
    const [a, b, c, d] = Array.from({ length: size / FIELD_BYTES }, (_, k) =>
      readField(view, i * size + k * FIELD_BYTES),
    );
    const fault = group === 'G1' ? fault1(a, b) : fault2(a, b, c, d);
    if (fault !== null)
      throw new InferproofError('format', `expected a point of ${group} as ${name(i)}, got ${fault}`, { where });
  }
}

/**
 * Sums with random factors in [-2^(b-1), 2^(b-1)). The cofactor of G2, 2q - r, has the prime factors 10069, 5864401 and larger ones:
 * for b up to 13 the factors differ modulo each, so the part of a point outside the subgroup vanishes in a sum with a chance of at
 * most 2^-b; and in all sums of at most 2^-SECURITY.
 */
const SECURITY = 128;
const factorBits = (count: number): number => Math.min(13, Math.max(6, Math.ceil(Math.log2(count))));

/**
 * Refuses points of the twist outside the subgroup of order r. They are on the curve, and none is infinity.
 * @param points affine times 2^256
 * @throws 'format'
 */
export async function checkSubgroup(machine: Machine, points: Uint8Array, where: string, name: string): Promise<void> {
  const { prepared, result, bucket, workspace } = GROUPS.G2;
  const count = points.length / AFFINE.G2;
  const bits = factorBits(count);
  const mark = machine.mark();
  const raw = put(machine, points);
  const from = machine.alloc(count * prepared);
  const parts = ranges(count, machine.threads, 2);
  await machine.run(parts.map((range): Job => () => [['preparePoints2', raw, from, ...range]]));
  const digits = Array.from({ length: Math.ceil(SECURITY / bits) }, () => {
    const at = machine.alloc(2 * count);
    const random = new Int16Array(count);
    for (let i = 0; i < count; i += 2 ** 15) crypto.getRandomValues(random.subarray(i, i + 2 ** 15));
    new Int16Array(machine.bytes(at, 2 * count).buffer, at, count).set(random.map((x) => x >> (16 - bits)));
    return at;
  });
  const outs = digits.map(() => machine.alloc(result));
  const scratch = Array.from({ length: machine.threads }, () =>
    [4 * (2 ** (bits - 1) + 2), 4 * count, 2 ** (bits - 1) * bucket, workspace].map((bytes) => machine.alloc(bytes)),
  );
  await machine.run(
    digits.map((at, i): Job => (slot) => [['windowSum2', from, at, count, 0, count, bits, ...scratch[slot], outs[i]]]),
  );
  const outside = outs.some((out) => {
    const sum = point2(machine, out);
    return !sum.equals(G2.ZERO) && !sum.isTorsionFree();
  });
  machine.release(mark);
  if (outside) throw outsider(where, name);
}

/** The same for one point. */
export function checkInSubgroup([[x0, x1], [y0, y1]]: G2Point, where: string, name: string): void {
  const point = G2.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
  if (!point.isTorsionFree()) throw outsider(where, name);
}

const outsider = (where: string, name: string): InferproofError =>
  new InferproofError('format', `expected points of G2 in ${name}, got one outside the subgroup of order r`, { where });
