// The column polynomials of a constraint system at a tau that nobody knows: sums of Lagrange points, one for each wire,
// M_w = sum over rows of coefficient * L_row. A linear layer has millions of terms with coefficients of some ten bits.
//
// A coefficient becomes signed digits: odd ones below 2^(w-1), with w - 1 zeros at least between two of them (wNAF), which name points
// of a table ±L, ±3L, … of all rows. The terms are sorted by wire and by the place of the digit; from the highest place down, a wire's
// sum is doubled and the points of its digits are added: what sums.c calls a class. Some ten thousand terms make a job.
//
// The kernel reads no point at infinity, but a sum may be there between two places, by an accident or by what somebody wrote into a
// file. So each sum begins with a random point, and what has become of it is taken away at the end.
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { fieldBytes } from '../../compiler/circuit/field.js';
import { POOL, type RowSystem, type Side } from '../../compiler/circuit/rows.js';
import { Q, R } from '../../verifier/field.js';
import { AFFINE, encoded, type GroupName } from '../files/zkey.js';
import { ranges, type Job, type Machine } from '../kernel/machine.js';
import { G1, G2, GROUPS } from '../kernel/sums.js';
import { randomScalar } from '../random.js';

/** The terms of one side in the order of their wires: wire w has start[w] .. start[w + 1]. */
export interface Columns {
  readonly start: Uint32Array;
  readonly row: Uint32Array;
  /** As in `Side`. */
  readonly coef: Int32Array;
}

/** @param bound wires that have one more row each, coefficient * wire with coefficient 1, after those of the system */
export function columnsOf({ nRows, nWires }: RowSystem, side: Side, bound: readonly number[] = []): Columns {
  const start = new Uint32Array(nWires + 1);
  for (const w of side.wire) start[w + 1]++;
  for (const w of bound) start[w + 1]++;
  for (let w = 0; w < nWires; w++) start[w + 1] += start[w];
  const next = start.slice();
  const row = new Uint32Array(start[nWires]);
  const coef = new Int32Array(start[nWires]);
  for (let r = 0; r < nRows; r++) {
    for (let i = side.start[r], end = side.start[r + 1]; i < end; i++) {
      const at = next[side.wire[i]]++;
      row[at] = r;
      coef[at] = side.coef[i];
    }
  }
  bound.forEach((w, i) => {
    const at = next[w]++;
    row[at] = nRows + i;
    coef[at] = 1;
  });
  return { start, row, coef };
}

const JOB_TERMS = 1 << 15;
const JOB_WIRES = 1 << 12;
const MAX_TABLE = 1 << 28; // bytes
const MAX_PLACES = 256;

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

/** The digits of a job's terms. */
interface DigitList {
  readonly count: number;
  /** Of each digit: its wire in the job, its place, the point of the table that it names. */
  readonly wire: Uint32Array;
  readonly place: Uint8Array;
  readonly entry: Uint32Array;
}

class Digits {
  readonly #width: number;
  readonly #pool: readonly bigint[];
  readonly #large = new Map<number, readonly (readonly [place: number, digit: number])[]>();
  #wire = new Uint32Array(0);
  #place = new Uint8Array(0);
  #entry = new Uint32Array(0);

  constructor(width: number, pool: readonly bigint[]) {
    this.#width = width;
    this.#pool = pool;
  }

  of(start: Uint32Array, row: Uint32Array, coef: Int32Array, from: number, to: number, rows: number): DigitList {
    const [full, half] = [2 ** this.#width, 2 ** (this.#width - 1)];
    let count = 0;
    for (let w = from; w < to; w++) {
      for (let t = start[w]; t < start[w + 1]; t++) {
        if (count + MAX_PLACES > this.#wire.length) this.#grow();
        const [wire, place, entry, r, code] = [this.#wire, this.#place, this.#entry, row[t], coef[t]];
        if (code >= POOL) {
          for (const [at, digit] of this.#digits(code)) {
            wire[count] = w - from;
            place[count] = at;
            entry[count++] = r + rows * (digit > 0 ? digit - 1 : -digit);
          }
          continue;
        }
        for (let rest = code, at = 0; rest !== 0;) {
          const zeros = 31 - Math.clz32(rest & -rest);
          rest >>= zeros;
          at += zeros;
          let digit = rest & (full - 1);
          if (digit >= half) digit -= full;
          rest -= digit;
          wire[count] = w - from;
          place[count] = at;
          entry[count++] = r + rows * (digit > 0 ? digit - 1 : -digit); // L, -L, 3L, -3L, … for 1, -1, 3, -3, …
        }
      }
    }
    return { count, wire: this.#wire, place: this.#place, entry: this.#entry };
  }

  /** Of a coefficient of the pool, as a number between -r/2 and r/2. */
  #digits(code: number): readonly (readonly [number, number])[] {
    const known = this.#large.get(code);
    if (known !== undefined) return known;
    const value = this.#pool[code - POOL];
    const digits: [number, number][] = [];
    for (let rest = value > R / 2n ? value - R : value, at = 0; rest !== 0n; rest >>= 1n, at++) {
      if ((rest & 1n) === 0n) continue;
      const digit = BigInt.asIntN(this.#width, rest);
      digits.push([at, Number(digit)]);
      rest -= digit;
    }
    this.#large.set(code, digits);
    return digits;
  }

  #grow(): void {
    const length = Math.max(4 * JOB_TERMS, 2 * this.#wire.length);
    const grown = <T extends Uint32Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#wire = grown(this.#wire, new Uint32Array(length));
    this.#place = grown(this.#place, new Uint8Array(length));
    this.#entry = grown(this.#entry, new Uint32Array(length));
  }
}

/** Digits as classes: those of the highest place first, and in a place those of the wires that have had any, wire after wire. */
interface Sorted {
  /** Each place's classes: the first, and how many. */
  readonly places: readonly { readonly first: number; readonly count: number }[];
  /** Where the points of each class start, and where the last one ends. */
  readonly starts: Uint32Array;
  readonly entries: Uint32Array;
  /** The wire of each class of the last place; one that has no digit has none. */
  readonly wires: Uint32Array;
}

/** @param sum the point where the first sum stands after each place @param masks where the random points stand */
function sorted({ count, wire, place, entry }: DigitList, nWires: number, sum: number, masks: number): Sorted {
  const top = new Int16Array(nWires).fill(-1);
  for (let i = 0; i < count; i++) if (place[i] > top[wire[i]]) top[wire[i]] = place[i];
  const highest = top.reduce((a, b) => Math.max(a, b), -1);
  const active = new Uint32Array(highest + 2); // wires whose highest digit stands at a place or above
  for (const t of top) if (t >= 0) active[t]++;
  for (let p = highest; p >= 0; p--) active[p] += active[p + 1];
  const next = active.slice(1);
  const classOf = new Uint32Array(nWires); // its class in each place: wires with a higher digit come first
  const wires = new Uint32Array(active[0]);
  top.forEach((t, w) => {
    if (t >= 0) wires[(classOf[w] = next[t]++)] = w;
  });
  const first = new Uint32Array(highest + 1);
  for (let p = highest - 1; p >= 0; p--) first[p] = first[p + 1] + active[p + 1];

  const classes = highest < 0 ? 0 : first[0] + active[0];
  const starts = new Uint32Array(classes + 1);
  for (let i = 0; i < count; i++) starts[first[place[i]] + classOf[wire[i]] + 1]++;
  for (let c = 0; c < wires.length; c++) {
    const t = top[wires[c]];
    if (t === 0) continue;
    for (let p = t - 1; p >= 0; p--) starts[first[p] + c + 1] += 2; // twice the sum so far
    starts[first[t] + c + 1]++; // the random point
    starts[first[0] + c + 1]++; // and what has become of it
  }
  for (let c = 0; c < classes; c++) starts[c + 1] += starts[c];
  const entries = new Uint32Array(starts[classes]);
  const at = starts.slice();
  for (let c = 0; c < wires.length; c++) {
    const t = top[wires[c]];
    if (t === 0) continue;
    for (let p = t - 1; p >= 0; p--) {
      const k = first[p] + c;
      entries[at[k]++] = sum + c;
      entries[at[k]++] = sum + c;
    }
    entries[at[first[t] + c]++] = masks;
    entries[at[first[0] + c]++] = masks + 1 + t;
  }
  for (let i = 0; i < count; i++) entries[at[first[place[i]] + classOf[wire[i]]]++] = entry[i];
  const places = Array.from({ length: highest + 1 }, (_, i) => ({
    first: first[highest - i],
    count: active[highest - i],
  }));
  return { places, starts, entries, wires };
}

/** Room in memory for the lists of each thread's job, more where they are longer than before. */
function rooms(machine: Machine): (slot: number, lists: readonly Uint32Array[]) => number[] {
  const have: { at: number; length: number }[][] = Array.from({ length: machine.threads }, () => []);
  return (slot, lists) =>
    lists.map((list, i) => {
      let room = have[slot].at(i);
      if (room === undefined || room.length < list.length) {
        const length = 2 * list.length;
        have[slot][i] = room = { at: machine.alloc(4 * length), length };
      }
      machine.words(room.at, list.length).set(list);
      return room.at;
    });
}

// ---- tables

/** P, then -2^t P for all t below MAX_PLACES: P is random. */
function randomMasks(group: GroupName): Uint8Array {
  const scalar = randomScalar();
  const list = <P extends { add(other: P): P; double(): P; negate(): P }>(point: P): P[] => {
    const points = [point];
    for (let t = 0, multiple = point.negate(); t < MAX_PLACES; t++, multiple = multiple.double()) points.push(multiple);
    return points;
  };
  if (group === 'G1') {
    const points = normalizeZ(G1, list(G1.BASE.multiply(scalar)));
    return encoded(points.flatMap(({ x, y }) => [x, y]));
  }
  const points = normalizeZ(G2, list(G2.BASE.multiply(scalar)));
  return encoded(points.flatMap(({ x, y }) => [x.c0, x.c1, y.c0, y.c1]));
}

/** L, -L, 3L, -3L, …, `multiples` of them with their opposites, each for all rows. */
async function fillTable(
  machine: Machine,
  group: GroupName,
  table: number,
  basis: Uint8Array,
  multiples: number,
): Promise<void> {
  const size = AFFINE[group];
  const rows = basis.length / size;
  machine.bytes(table, basis.length).set(basis);
  if (multiples > 1) {
    const pairs = (a: number, b: number, out: number): Promise<void> =>
      addUp(machine, group, table, rows, (i) => [a + i, b + i], table + out * size);
    const twice = (2 * multiples - 1) * rows; // 2L, where the last opposites will stand
    await pairs(0, 0, twice);
    for (let m = 1; m < multiples; m++) await pairs(2 * (m - 1) * rows, twice, 2 * m * rows);
  }
  for (let m = 0; m < multiples; m++) opposites(machine, group, table + 2 * m * rows * size, rows);
}

/** The opposites of points behind them: q - y for y. */
export function opposites(machine: Machine, group: GroupName, points: number, count: number): void {
  const words = AFFINE[group] / 4;
  const all = machine.words(points, 2 * count * words);
  all.copyWithin(count * words, 0, count * words);
  const q = new Uint32Array(fieldBytes([Q]).buffer);
  for (let i = count * words; i < all.length; i += words) {
    for (let at = i + words / 2; at < i + words; at += 8) {
      let any = 0;
      for (let k = 0; k < 8; k++) any |= all[at + k];
      if (any === 0) continue; // one of the two halves of y may be 0 in G2
      let borrow = 0;
      for (let k = 0; k < 8; k++) {
        const difference = q[k] - all[at + k] - borrow;
        borrow = difference < 0 ? 1 : 0;
        all[at + k] = difference;
      }
    }
  }
}

const ADD_JOB = 1 << 13;

/**
 * Sums of a few points each.
 * @param points address of affine points times 2^256 @param named the points that sum i is made of, none at infinity
 * @param out address of `count` points
 */
export async function addUp(
  machine: Machine,
  group: GroupName,
  points: number,
  count: number,
  named: (i: number) => readonly number[],
  out: number,
): Promise<void> {
  const { id, bucket, workspace } = GROUPS[group];
  const mark = machine.mark();
  const room = rooms(machine);
  const scratch = Array.from({ length: machine.threads }, () =>
    [(ADD_JOB + 1) * bucket, workspace].map((bytes) => machine.alloc(bytes)),
  );
  await machine.run(
    ranges(count, Math.ceil(count / ADD_JOB)).map(([from, to]): Job => (slot) => {
      const entries: number[] = [];
      const starts = Uint32Array.from({ length: to - from + 1 }, (_, i) => {
        const at = entries.length;
        if (from + i < to) for (const point of named(from + i)) entries.push(point);
        return at;
      });
      const [startsAt, entriesAt] = room(slot, [starts, Uint32Array.from(entries)]);
      return [[`classSums${id}`, points, startsAt, to - from, entriesAt, ...scratch[slot], out + from * AFFINE[group]]];
    }),
  );
  machine.release(mark);
}
