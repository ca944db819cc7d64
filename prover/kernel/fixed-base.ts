// Multiples of the generator, as a development key is made of: a scalar's windows name points of a table, and adding these up is a
// class sum. The table of a wide window is made the same way, from a small one.
import { bn254 } from '@noble/curves/bn254.js';
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { Q } from '../../verifier/field.js';
import { AFFINE, type GroupName } from '../point-jobs.js';
import { put, type Machine } from './machine.js';
import { classSums, type Sorted } from './sums.js';

const SCALAR_BITS = 254;
const SMALL = 4;
const CHUNK = 1 << 14; // scalars between two reports of progress

/** point[k * row + d - 1] = d * 2^(window k) * generator, d in [1, row]. */
interface Table {
  readonly window: number;
  readonly points: Uint8Array;
}

const windows = (window: number): number => Math.ceil(SCALAR_BITS / window);

/** The window for that many scalars: a wider one saves an addition a scalar and has a longer table. */
export function fixedBaseWindow(count: number): number {
  const cost = (w: number): number => windows(w) * (count + 2 ** w * windows(SMALL));
  let best = SMALL;
  for (let w = SMALL + 1; w <= 14; w++) if (cost(w) < cost(best)) best = w;
  return best;
}

const tables = new Map<GroupName, Table>();

/**
 * scalar_i * generator, affine times 2^256, 64 or 128 bytes each, zeros for infinity.
 * @param scalars below r, 32 bytes each
 */
export async function multiples(
  machine: Machine,
  group: GroupName,
  scalars: Uint8Array,
  window: number,
  onDone: (count: number) => void,
): Promise<Uint8Array> {
  let table = tables.get(group);
  if (table?.window !== window) {
    const small = smallTable(group);
    table = window === SMALL ? small : await widened(machine, group, small, window);
    tables.set(group, table);
  }
  return fromTable(machine, group, table, scalars, onDone);
}

async function fromTable(
  machine: Machine,
  group: GroupName,
  { window, points }: Table,
  scalars: Uint8Array,
  onDone: (count: number) => void,
): Promise<Uint8Array> {
  const size = AFFINE[group];
  const count = scalars.length / FIELD_BYTES;
  const out = new Uint8Array(count * size);
  const mark = machine.mark();
  const table = put(machine, points);
  const entriesAt = (from: number): Sorted =>
    tableEntries(scalars.subarray(from * FIELD_BYTES, (from + CHUNK) * FIELD_BYTES), window);
  let entries = entriesAt(0);
  for (let from = 0; from < count; from += CHUNK) {
    const inner = machine.mark();
    const adding = classSums(machine, group, table, entries, 'whole');
    if (from + CHUNK < count) entries = entriesAt(from + CHUNK); // while the threads add
    const sums = await adding;
    const bytes = machine.bytes(sums.points, sums.classes.length * size);
    sums.classes.forEach((i, k) => {
      out.set(bytes.subarray(k * size, (k + 1) * size), (from + i) * size);
    });
    machine.release(inner);
    onDone(Math.min(CHUNK, count - from));
  }
  machine.release(mark);
  return out;
}

/** The places in the table of each scalar's digits that are not 0. */
function tableEntries(scalars: Uint8Array, window: number): Sorted {
  const n = scalars.length / FIELD_BYTES;
  const row = 2 ** window - 1;
  const start = new Uint32Array(n + 1);
  const entries = new Uint32Array(n * windows(window));
  let used = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0, bit = 0; bit < SCALAR_BITS; k++, bit += window) {
      const at = i * FIELD_BYTES + (bit >> 3);
      const last = (i + 1) * FIELD_BYTES - 1;
      const bits = scalars[at] | (at < last ? scalars[at + 1] << 8 : 0) | (at + 1 < last ? scalars[at + 2] << 16 : 0);
      const digit = (bits >> (bit & 7)) & row;
      if (digit !== 0) entries[used++] = k * row + digit - 1;
    }
    start[i + 1] = used;
  }
  return { start, entries: entries.subarray(0, used) };
}

async function widened(machine: Machine, group: GroupName, small: Table, window: number): Promise<Table> {
  const scalars: bigint[] = [];
  for (let bit = 0; bit < SCALAR_BITS; bit += window) {
    for (let d = 1; d < 2 ** window; d++) scalars.push(BigInt(d) << BigInt(bit));
  }
  return { window, points: await fromTable(machine, group, small, wholeDigits(scalars), () => undefined) };
}

/** Digits of the last window beyond 2^256 name points that no scalar below r asks for: any multiple does. */
const wholeDigits = (scalars: readonly bigint[]): Uint8Array =>
  fieldBytes(scalars.map((x) => x & ((1n << BigInt(SCALAR_BITS)) - 1n)));

/** By @noble/curves: a thousand points. */
function smallTable(group: GroupName): Table {
  const coordinates =
    group === 'G1'
      ? smallMultiples(bn254.G1.Point.BASE, (point) => point.toAffine()).flatMap(({ x, y }) => [x, y])
      : smallMultiples(bn254.G2.Point.BASE, (point) => point.toAffine()).flatMap(({ x, y }) => [
          x.c0,
          x.c1,
          y.c0,
          y.c1,
        ]);
  return { window: SMALL, points: fieldBytes(coordinates.map((x) => (x << 256n) % Q)) };
}

function smallMultiples<P extends { add(other: P): P }, A>(generator: P, affine: (point: P) => A): A[] {
  const points: A[] = [];
  let base = generator;
  for (let k = 0; k < windows(SMALL); k++) {
    let multiple = base;
    for (let d = 1; d < 2 ** SMALL; d++, multiple = multiple.add(base)) points.push(affine(multiple));
    base = multiple;
  }
  return points;
}
