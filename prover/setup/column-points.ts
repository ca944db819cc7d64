// The column polynomials of a constraint system at a tau that nobody knows: sums of Lagrange points, one for each wire,
// M_w = sum over rows of coefficient * L_row. A linear layer has millions of terms with coefficients of some ten bits.
//
// A coefficient becomes signed digits (digits.ts), which name points of a table of all rows (multiples.ts). The terms are sorted by wire
// and by the place of the digit; from the highest place down, a wire's sum is doubled and the points of its digits are added: what
// sums.c calls a class (digit-classes.ts). Some ten thousand terms make a job.
//
// The kernel reads no point at infinity, but a sum may be there between two places, by an accident or by what somebody wrote into a
// file. So each sum begins with a random point, and what has become of it is taken away at the end.
import { POOL } from '../../compiler/circuit/rows.js';
import { AFFINE, type GroupName } from '../files/zkey.js';
import type { Job, Machine } from '../kernel/machine.js';
import { GROUPS } from '../kernel/sums.js';
import { sorted } from './digit-classes.js';
import { Digits, JOB_TERMS, MAX_PLACES } from './digits.js';
import { fillTable, randomMasks } from './multiples.js';
import { rooms } from './point-sums.js';
import type { Columns } from './terms-by-wire.js';

const JOB_WIRES = 1 << 12;
const MAX_TABLE = 1 << 28; // bytes

/**
 * M_w of every wire, affine times 2^256, zeros for infinity.
 * @param basis L_row, encoded likewise, none at infinity, at least one per row
 * @param onTerms told how many terms are summed, several times
 */
export async function columnPoints(
  machine: Machine,
  group: GroupName,
  basis: Uint8Array,
  { start, row, coef }: Columns,
  pool: readonly bigint[],
  onTerms: (count: number) => void = () => undefined,
): Promise<Uint8Array> {
  const size = AFFINE[group];
  const { id, bucket, workspace } = GROUPS[group];
  const rows = basis.length / size;
  const nWires = start.length - 1;
  const mark = machine.mark();
  const width = digitWidth(coef, rows, size);
  const multiples = 2 ** (width - 2);
  const masks = 2 * rows * multiples; // points in front of the random ones
  const sums = masks + 1 + MAX_PLACES;
  const table = machine.alloc((sums + machine.threads * JOB_WIRES) * size);
  await fillTable(machine, group, table, basis, multiples);
  machine.bytes(table + masks * size, (1 + MAX_PLACES) * size).set(randomMasks(group));

  const digits = new Digits(width, pool);
  const results = machine.alloc(nWires * size);
  const order = new Uint32Array(nWires); // the wire of each result
  const jobs = jobsOf(start);
  const counts = new Uint32Array(jobs.length);
  const room = rooms(machine);
  const workspaces = Array.from({ length: machine.threads }, () => machine.alloc(workspace));
  const buckets = workspaces.map(() => machine.alloc((JOB_WIRES + 1) * bucket));
  await machine.run(
    jobs.map(([from, to], job): Job => (slot) => {
      onTerms(start[to] - start[from]);
      const sum = sums + slot * JOB_WIRES;
      const list = digits.of(start, row, coef, from, to, rows);
      const { places, starts, entries, wires } = sorted(list, to - from, sum, masks);
      counts[job] = wires.length;
      wires.forEach((wire, i) => (order[from + i] = from + wire));
      const [startsAt, entriesAt] = room(slot, [starts, entries]);
      return places.map(({ first, count }, i) => {
        const out = i === places.length - 1 ? results + from * size : table + sum * size;
        return [`classSums${id}`, table, startsAt + 4 * first, count, entriesAt, buckets[slot], workspaces[slot], out];
      });
    }),
  );
  const out = new Uint8Array(nWires * size);
  jobs.forEach(([from], job) => {
    const sumsOf = machine.bytes(results + from * size, counts[job] * size);
    for (let i = 0; i < counts[job]; i++) out.set(sumsOf.subarray(i * size, (i + 1) * size), order[from + i] * size);
  });
  machine.release(mark);
  return out;
}

/** The wires of each job. */
function jobsOf(start: Uint32Array): (readonly [from: number, to: number])[] {
  const jobs: (readonly [number, number])[] = [];
  const nWires = start.length - 1;
  for (let from = 0, to; from < nWires; from = to) {
    to = from + 1;
    while (to < nWires && to - from < JOB_WIRES && start[to + 1] - start[from] <= JOB_TERMS) to++;
    jobs.push([from, to]);
  }
  return jobs;
}

/** A wider digit saves additions and has a longer table. */
function digitWidth(coef: Int32Array, rows: number, size: number): number {
  let bits = 0;
  for (const code of coef) bits += code >= POOL ? 254 : 32 - Math.clz32(Math.abs(code));
  const cost = (w: number): number => coef.length + (bits - coef.length) / (w + 1) + (w > 2 ? rows * 2 ** (w - 2) : 0);
  let best = 2;
  for (let w = 3; w <= 6; w++) if (2 ** (w - 1) * rows * size <= MAX_TABLE && cost(w) < cost(best)) best = w;
  return best;
}
