// Multiples of the generator, as a development key is made of: a scalar's digits name points of a table, and these are added up.
// The table of a wide window is made the same way, from a small one.
import { bn254 } from '@noble/curves/bn254.js';
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { mod } from '../../verifier/field.js';
import { AFFINE, encoded, type GroupName } from '../files/zkey.js';
import { put, ranges, type Job, type Machine } from './machine.js';
import { GROUPS, windows } from './sums.js';

const SMALL = 4;
const JOB = 1 << 11; // scalars
const CHUNK = 1 << 16; // scalars between two reports of progress

/** Place w * 2^(window - 1) + d - 1 is d * 2^(window w) * generator, prepared: every |digit| d of every window w. */
export interface Table {
  readonly group: GroupName;
  readonly window: number;
  readonly prepared: Uint8Array;
}

/** The window for that many scalars: a wider one saves additions and has a longer table, ~5 additions per point. */
export function fixedBaseWindow(group: GroupName, count: number): number {
  const { halves } = GROUPS[group];
  const cost = (c: number): number => windows(group, c) * (halves * count + 2 ** (c - 1) * 5);
  let best = SMALL;
  for (let c = SMALL + 1; c <= 15; c++) if (cost(c) < cost(best)) best = c;
  return best;
}

/** @param window from `fixedBaseWindow`, at least 4 */
export async function fixedBaseTable(machine: Machine, group: GroupName, window: number): Promise<Table> {
  const small = await smallTable(machine, group);
  if (window === SMALL) return small;
  const points = await multiples(machine, small, fieldBytes(tableScalars(group, window)));
  return preparedTable(machine, group, window, points);
}

/**
 * scalar_i * generator, affine times 2^256, 64 or 128 bytes each, zeros for infinity.
 * @param scalars below r, 32 bytes little-endian each
 * @param onDone told several times how many scalars are finished
 */
export async function multiples(
  machine: Machine,
  { group, window, prepared }: Table,
  scalars: Uint8Array,
  onDone: (count: number) => void = () => undefined,
): Promise<Uint8Array> {
  const size = AFFINE[group];
  const { id, bucket, workspace, halves } = GROUPS[group];
  const count = scalars.length / FIELD_BYTES;
  const digits = windows(group, window);
  const mark = machine.mark();
  const table = put(machine, prepared);
  const scratch = Array.from({ length: machine.threads }, () =>
    [4 * (JOB + 1), 4 * JOB * halves * digits, (JOB + 1) * bucket, workspace].map((bytes) => machine.alloc(bytes)),
  );
  const [from, to] = [FIELD_BYTES, size].map((bytes) => machine.alloc(Math.min(count, CHUNK) * bytes));
  const out = new Uint8Array(count * size);
  for (const [start, end] of ranges(count, Math.ceil(count / CHUNK))) {
    machine.bytes(from, (end - start) * FIELD_BYTES).set(scalars.subarray(start * FIELD_BYTES, end * FIELD_BYTES));
    const jobs = ranges(end - start, Math.ceil((end - start) / JOB)).map(([i, j]): Job => {
      const [at, length, result] = [from + i * FIELD_BYTES, j - i, to + i * size];
      return (slot) => [[`multiples${id}`, table, at, length, window, digits, ...scratch[slot], result]];
    });
    await machine.run(jobs);
    out.set(machine.bytes(to, (end - start) * size), start * size);
    onDone(end - start);
  }
  machine.release(mark);
  return out;
}

/** The multiples that a table has, in its order: in the last window no digit is larger than what is left of the bits. */
function tableScalars(group: GroupName, window: number): bigint[] {
  const scalars: bigint[] = [];
  const { bits } = GROUPS[group];
  for (let bit = 0; bit <= bits; bit += window) {
    for (let d = 1; d <= 2 ** Math.min(window - 1, bits - bit); d++) scalars.push(mod(BigInt(d) << BigInt(bit)));
  }
  return scalars;
}

async function preparedTable(machine: Machine, group: GroupName, window: number, points: Uint8Array): Promise<Table> {
  const { id, prepared } = GROUPS[group];
  const count = points.length / AFFINE[group];
  const mark = machine.mark();
  const [from, to] = [put(machine, points), machine.alloc(count * prepared)];
  await machine.run(
    ranges(count, machine.threads, 2).map((range): Job => () => [[`preparePoints${id}`, from, to, ...range]]),
  );
  const table = { group, window, prepared: machine.bytes(to, count * prepared).slice() };
  machine.release(mark);
  return table;
}

/** By @noble/curves: some hundred points. */
function smallTable(machine: Machine, group: GroupName): Promise<Table> {
  const coordinates =
    group === 'G1'
      ? smallMultiples(group, bn254.G1.Point.BASE, (point) => point.toAffine()).flatMap(({ x, y }) => [x, y])
      : smallMultiples(group, bn254.G2.Point.BASE, (point) => point.toAffine()).flatMap(({ x, y }) => [
          x.c0,
          x.c1,
          y.c0,
          y.c1,
        ]);
  return preparedTable(machine, group, SMALL, encoded(coordinates));
}

function smallMultiples<P extends { add(other: P): P; double(): P }, A>(
  group: GroupName,
  generator: P,
  affine: (point: P) => A,
): A[] {
  const points: A[] = [];
  let base = generator;
  for (let w = 0; w < windows(group, SMALL); w++) {
    let multiple = base;
    for (let d = 1; d <= 2 ** (SMALL - 1); d++, multiple = multiple.add(base)) points.push(affine(multiple));
    for (let i = 0; i < SMALL; i++) base = base.double();
  }
  return points;
}
