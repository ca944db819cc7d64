// Look-up tables, and the ranges that are proved with them. A table of one column with exactly N rows is the range [0, N);
// a wider range is a sum of limbs, each in a table of exactly its width.
import { InferproofError } from '../../verifier/errors.js';
import { bitLength, type Lookup, type Table } from '../circuit/gadget.js';

/** The table of the range [0, size). */
export const rangeTable = (size: number): Table => ({ name: `range ${size}`, first: 0, size, values: null });

/** Rows of the largest domain of the curve leave room for no more. */
const MAX_TABLE = 2 ** 26;

/** The table of t and f(t) for every integer t of [lo, hi]. Throws 'unbounded' for more than 2^26 of them. */
export function functionTable(name: string, lo: number, hi: number, f: (t: number) => number): Table {
  const size = hi - lo + 1;
  refuseLargeTable(size, `[${lo}, ${hi}]`, name);
  return { name, first: lo, size, values: Float64Array.from({ length: size }, (_, i) => f(lo + i)) };
}

/** Throws 'unbounded' for more than 2^26 rows: known from the intervals, before a table takes memory. */
export function refuseLargeTable(rows: number, got: string, where: string): void {
  if (rows <= MAX_TABLE) return;
  throw new InferproofError('unbounded', `expected a table of at most ${MAX_TABLE} rows, got ${got}`, {
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

/** The limbs of an integer below 2^(width (count - 1)) * top.size, lowest first. */
export function splitLimbs(value: number, { count, width }: Pick<Limbs, 'count' | 'width'>): number[] {
  const limbs: number[] = [];
  let rest = value;
  for (let i = 0; i < count - 1; i++) {
    limbs.push(rest % 2 ** width);
    rest = Math.floor(rest / 2 ** width);
  }
  return [...limbs, rest];
}

/** The look-ups of all limbs, lowest first; their inverses are the signals from `inverse` on. */
export const limbLookups = ({ count, low, top }: Limbs, inverse: number): Lookup[] =>
  Array.from({ length: count }, (_, i) => ({ table: i < count - 1 ? low : top, inverse: inverse + i, kappa: null }));

/** Tables of ranges by their number of rows, made as they are asked for; the widest limb has `bits` bits. */
export interface RangeTables {
  readonly bits: number;
  /** The table of exactly `rows` rows. */
  exact(rows: number): Table;
  /** Limbs whose range is exactly [0, 2^bits). */
  exactBits(bits: number): Limbs;
  /** Limbs whose range holds [0, 2^bits), the cheapest that tables asked for so far allow. */
  atLeast(bits: number): Limbs;
  /** All tables asked for, smallest first. */
  all(): Table[];
}

export function rangeTables(bits: number): RangeTables {
  const tables = new Map<number, Table>();
  const exact = (rows: number): Table => {
    const known = tables.get(rows);
    if (known !== undefined) return known;
    const fresh = rangeTable(rows);
    tables.set(rows, fresh);
    return fresh;
  };
  const exactBits = (wanted: number): Limbs => {
    const count = Math.max(Math.ceil(wanted / bits), 1);
    const top = exact(2 ** (wanted - bits * (count - 1)));
    return { count, width: bits, low: count > 1 ? exact(2 ** bits) : top, top };
  };
  return {
    bits,
    exact,
    exactBits,
    atLeast(wanted) {
      const enough = [...tables.keys()].filter((rows) => rows >= 2 ** wanted && 2 ** bitLength(rows - 1) === rows);
      if (enough.length > 0) {
        const top = exact(Math.min(...enough));
        return { count: 1, width: bits, low: top, top };
      }
      return exactBits(wanted <= bits ? wanted : bits * Math.ceil(wanted / bits));
    },
    all: () => [...tables.values()].sort((a, b) => a.size - b.size),
  };
}
