// Look-up tables, and the ranges that are proved with them. A table of one column with exactly N rows is the range [0, N);
// a wider range is a sum of limbs, each in a table of exactly its width.
import { InferproofError } from '../../verifier/errors.js';
import { least } from '../extremes.js';
import { MAX_TABLE_ROWS } from '../limits.js';
import { bitLength, signalArray, type NamedLookup, type Table } from './gadget.js';

/** The table of the range [0, size). */
export const rangeTable = (size: number): Table => ({
  name: `range ${size}`,
  first: 0,
  size,
  columns: 1,
  values: null,
});

/**
 * The table of t and f(t) for every integer t of [lo, hi], made when it is read: plans that are compared need its size alone.
 * Throws 'unbounded' for more of them than MAX_TABLE_ROWS.
 */
function functionTable(name: string, lo: number, hi: number, f: (t: number) => number): Table {
  const size = hi - lo + 1;
  refuseLargeTable(size, `[${lo}, ${hi}]`, name);
  let made: Float64Array | undefined;
  return {
    name,
    first: lo,
    size,
    columns: 2,
    get values() {
      return (made ??= new Float64Array(size).map((_, i) => f(lo + i)));
    },
  };
}

/** The table of a set of keys, and of the value of each where there are any. Throws 'internal' for a key that stands twice. */
function setTable(name: string, { keys, values }: KeySet): Table {
  if (keys.some((key, i) => i > 0 && !(key > keys[i - 1])))
    throw new InferproofError('internal', `expected ascending keys, each once, in the table '${name}'`);
  return { name, first: keys[0], size: keys.length, columns: values === null ? 1 : 2, keys, values };
}

interface KeySet {
  readonly name: string;
  readonly keys: Float64Array;
  readonly values: Float64Array | null;
}

/** Throws 'unbounded' for more rows than MAX_TABLE_ROWS: known from the intervals, before a table takes memory. */
function refuseLargeTable(rows: number, got: string, where: string): void {
  if (rows <= MAX_TABLE_ROWS) return;
  throw new InferproofError('unbounded', `expected a table of at most ${MAX_TABLE_ROWS} rows, got ${got}`, {
    where,
    hint: 'give --calibrate with data so that activations saturate, or fewer --bits',
  });
}

/** A range that limbs prove: limbs of `width` bits below the highest one, which has a table of its own. */
export interface Limbs {
  readonly count: number;
  readonly width: number;
  /** Table of every limb but the highest; that of the highest. */
  readonly low: Table;
  readonly top: Table;
}

/** How many integers they hold, from 0. */
export const rangeOf = ({ count, width, top }: Limbs): bigint => 2n ** BigInt(width * (count - 1)) * BigInt(top.size);

/** The look-ups of all limbs, lowest first; their inverses are an array. */
export const limbLookups = ({ count, low, top }: Limbs, inverses: string): NamedLookup[] =>
  signalArray(inverses, count).map((inverse, i) => [i < count - 1 ? low : top, inverse]);

/** What steps declare before any takes its gadgets, so that steps of one function share a table over all their keys. */
export interface Wants {
  /** Bits of the widest limb. */
  readonly rangeBits: number;
  /** The table of t and f(t) over [lo, hi]; equal keys mean one function, `name` is for people. */
  function(key: string, name: string, lo: number, hi: number, f: (t: number) => number): void;
  /** The same for a function that belongs to no step; its table comes after those. */
  common(key: string, name: string, lo: number, hi: number, f: (t: number) => number): void;
  /** The table of a set of keys, ascending; of equal `key` the longest one, which begins with the others. */
  set(key: string, name: string, keys: Float64Array, values: Float64Array | null): void;
  exact(rows: number): void;
  exactBits(bits: number): void;
}

/** The tables of a circuit; ranges are made as they are asked for. */
export interface Tables {
  /** Bits of the widest limb. */
  readonly rangeBits: number;
  function(key: string): Table;
  set(key: string): Table;
  /** The range of exactly `rows` rows. */
  exact(rows: number): Table;
  /** Limbs whose range is exactly [0, 2^bits); none of 0 bits. */
  exactBits(bits: number): Limbs;
  /** Limbs whose range holds [0, 2^bits), the cheapest that tables asked for so far allow. */
  atLeast(bits: number): Limbs;
  /** All of them: functions in the order of their first step, sets, then ranges, smallest first. */
  all(): Table[];
}

interface Hull {
  readonly name: string;
  readonly lo: number;
  readonly hi: number;
  readonly f: (t: number) => number;
}

/**
 * @param want says what every step wants
 * Throws 'unbounded' for function tables of more rows than MAX_TABLE_ROWS.
 */
export function makeTables(rangeBits: number, want: (wants: Wants) => void): Tables {
  const ranges = new Map<number, Table>();
  const exact = (rows: number): Table => {
    const table = ranges.get(rows) ?? rangeTable(rows);
    ranges.set(rows, table);
    return table;
  };
  const exactBits = (bits: number): Limbs => {
    if (bits === 0) return { count: 0, width: rangeBits, low: rangeTable(0), top: rangeTable(0) };
    const count = Math.max(Math.ceil(bits / rangeBits), 1);
    const top = exact(2 ** (bits - rangeBits * (count - 1)));
    return { count, width: rangeBits, low: count > 1 ? exact(2 ** rangeBits) : top, top };
  };
  const atLeast = (bits: number): Limbs => {
    const enough = [...ranges.keys()].filter((rows) => rows >= 2 ** bits && 2 ** bitLength(rows - 1) === rows);
    if (enough.length > 0) {
      const top = exact(least(enough));
      return { count: 1, width: rangeBits, low: top, top };
    }
    return exactBits(bits <= rangeBits ? bits : rangeBits * Math.ceil(bits / rangeBits));
  };
  const own = new Map<string, Hull>();
  const common = new Map<string, Hull>();
  const sets = new Map<string, KeySet>();
  const add = (hulls: Map<string, Hull>, key: string, { name, lo, hi, f }: Hull): void => {
    const known = hulls.get(key) ?? { name, lo, hi, f };
    hulls.set(key, { ...known, lo: Math.min(known.lo, lo), hi: Math.max(known.hi, hi) });
  };
  want({
    rangeBits,
    function: (key, name, lo, hi, f) => add(own, key, { name, lo, hi, f }),
    common: (key, name, lo, hi, f) => add(common, key, { name, lo, hi, f }),
    set(key, name, keys, values) {
      if (keys.length > (sets.get(key)?.keys.length ?? 0)) sets.set(key, { name, keys, values });
    },
    exact: (rows) => void exact(rows),
    exactBits: (bits) => void exactBits(bits),
  });
  const hulls = [...own, ...common];
  const rows = hulls.reduce((sum, [, { lo, hi }]) => sum + hi - lo + 1, 0);
  refuseLargeTable(rows, `${hulls.length} tables of ${rows} rows`, 'function tables');
  const functions = new Map(hulls.map(([key, { name, lo, hi, f }]) => [key, functionTable(name, lo, hi, f)]));
  const setTables = new Map([...sets].map(([key, one]) => [key, setTable(one.name, one)]));
  return {
    rangeBits,
    exact,
    exactBits,
    atLeast,
    function: (key) => known(functions, key),
    set: (key) => known(setTables, key),
    all: () => [...functions.values(), ...setTables.values(), ...[...ranges.values()].sort((a, b) => a.size - b.size)],
  };
}

function known(tables: ReadonlyMap<string, Table>, key: string): Table {
  const table = tables.get(key);
  if (table === undefined) throw new InferproofError('internal', `expected the table of ${key}, nobody wanted it`);
  return table;
}
