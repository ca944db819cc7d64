// The lookup argument's reading of a circuit: which gadget each step takes and which tables they share. It is a function of
// the steps and of the recorded choice alone, so setup, witness and audit agree without talking.
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitStep, IntegerFunction } from '../circuit/circuit.js';
import { bitLength, type Gadget, type Table } from '../circuit/gadget.js';
import { applyInteger } from '../primitives/rescale.js';
import { lookupArgmax, lookupMax, lookupRange } from './bounds.js';
import { floorsOf, lookupFloor, lookupRescale, lookupWide, sideOf } from './rescale.js';
import { functionTable, rangeTables, refuseLargeTable, type RangeTables } from './tables.js';

/** What the cost model chose; the shifts stand in the steps. */
export interface LookupChoice {
  /** Limbs of remainders and other ranges have this many bits; a shift up to it is one limb. */
  readonly rangeBits: number;
  /** Numbers of the rescale steps, ascending, that take the wide gadget instead of a function table. */
  readonly wide: readonly number[];
}

/** Instances of one gadget for one step. */
export interface GadgetUse {
  readonly gadget: Gadget;
  readonly count: number;
  /** The port is `mirror` - element instead of the element: the other end of a range. */
  readonly mirror?: number;
}

export interface LookupStructure {
  /** Function tables in the order of their first step, then ranges, smallest first. */
  readonly tables: readonly Table[];
  /** Gadgets by step. */
  readonly uses: readonly (readonly GadgetUse[])[];
}

type Steps = Pick<Circuit, 'tensors' | 'steps'>;
type Rescale = CircuitStep & { readonly kind: 'rescale' };

type Variant = 'table' | 'wide' | 'floor';

/** A clamp of floors that are all inside is no function: it needs no table. */
export function variant(step: CircuitStep, width: number, wide: boolean): Variant | null {
  if (step.kind !== 'rescale') return null;
  const { lo, hi } = floorsOf(step.form, step.shift);
  if (step.f.kind === 'clamp' && lo >= 0 && hi <= width) return 'floor';
  return wide && step.f.kind === 'clamp' ? 'wide' : 'table';
}

/** Throws 'unbounded' where an accumulator could wrap round the field. */
export function lookupStructure({ tensors, steps }: Steps, choice: LookupChoice): LookupStructure {
  const widthOf = ({ out }: CircuitStep): number => tensors[out].hi - tensors[out].lo;
  const countOf = ({ out }: CircuitStep): number => sizeOf(tensors[out].shape);
  const variantOf = (index: number): Variant | null =>
    variant(steps[index], widthOf(steps[index]), choice.wide.includes(index));
  const ranges = rangeTables(choice.rangeBits);
  const functions = functionTables(steps, widthOf, variantOf);
  const sides = sideTable(steps, widthOf, variantOf);

  // exact tables first: ranges that may be wider than asked for then find them
  const settled = steps.map((step, index): GadgetUse[] | null => {
    const count = countOf(step);
    const width = widthOf(step);
    switch (step.kind) {
      case 'input':
        return inputUses(width, count, ranges);
      case 'rescale': {
        const limbs = ranges.exactBits(step.shift);
        if (variantOf(index) === 'floor') return null;
        if (variantOf(index) === 'wide' && sides) {
          return [{ gadget: lookupWide(step.form, step.shift, width, sides, limbs, ranges.exact(width + 1)), count }];
        }
        const table = functions.get(functionKey(step.f, width))!;
        return [{ gadget: lookupRescale(step.form, step.shift, width, step.f, table, limbs), count }];
      }
      case 'argmax':
        ranges.exact(longestGroup(step.starts));
        return null;
      case 'max':
        return null;
      case 'output':
        return [];
    }
  });
  const uses = steps.map((step, index): GadgetUse[] => {
    const known = settled[index];
    if (known) return known;
    if (step.kind === 'max') {
      const limbs = ranges.atLeast(Math.max(bitLength(step.form.accHi), 1));
      return [{ gadget: lookupMax(limbs), count: pairCount(step.starts) }];
    }
    if (step.kind === 'rescale') {
      const values = ranges.atLeast(Math.max(bitLength(floorsOf(step.form, step.shift).hi), 1));
      return [
        { gadget: lookupFloor(step.form, step.shift, ranges.exactBits(step.shift), values), count: countOf(step) },
      ];
    }
    if (step.kind !== 'argmax') return [];
    const n = longestGroup(step.starts);
    const max = step.form.accHi;
    const gaps = ranges.atLeast(bitLength(n * max + n - 1));
    const values = ranges.atLeast(Math.max(bitLength(max), 1));
    return [{ gadget: lookupArgmax(n, max, gaps, values, ranges.exact(n)), count: countOf(step) }];
  });
  return { tables: [...functions.values(), ...(sides ? [sides] : []), ...ranges.all()], uses };
}

/** A range of any width: one table of exactly its rows, or limbs (from both ends where the width is no power of two). */
function inputUses(width: number, count: number, ranges: RangeTables): GadgetUse[] {
  const bits = Math.max(bitLength(width), 1);
  const powerOfTwo = width === 2 ** bits - 1;
  const limbs = Math.ceil(bits / ranges.bits);
  const rowsOfLimbs = count * limbs * (powerOfTwo ? 1 : 2);
  if ((powerOfTwo && limbs === 1) || width + 1 + count <= rowsOfLimbs) {
    const top = ranges.exact(width + 1);
    return [{ gadget: lookupRange({ count: 1, width: bits, low: top, top }), count }];
  }
  const gadget = lookupRange(ranges.exactBits(bits));
  return powerOfTwo
    ? [{ gadget, count }]
    : [
        { gadget, count },
        { gadget, count, mirror: width },
      ];
}

/** One table for all steps of one function and width, over all their floors. */
function functionTables(
  steps: readonly CircuitStep[],
  widthOf: (step: CircuitStep) => number,
  variantOf: (index: number) => Variant | null,
): Map<string, Table> {
  const groups = new Map<string, { step: Rescale; lo: number; hi: number }>();
  steps.forEach((step, index) => {
    if (step.kind !== 'rescale' || variantOf(index) !== 'table') return;
    const key = functionKey(step.f, widthOf(step));
    const { lo, hi } = floorsOf(step.form, step.shift);
    const known = groups.get(key) ?? { step, lo, hi };
    groups.set(key, { ...known, lo: Math.min(known.lo, lo), hi: Math.max(known.hi, hi) });
  });
  const rows = [...groups.values()].reduce((sum, { lo, hi }) => sum + hi - lo + 1, 0);
  refuseLargeTable(rows, `${groups.size} tables of ${rows} rows`, 'function tables');
  return new Map(
    [...groups].map(([key, { step, lo, hi }]) => {
      const width = widthOf(step);
      return [key, functionTable(key, lo, hi, (t) => applyInteger(step.f, t, width))];
    }),
  );
}

/** Equal keys are equal functions. */
export const functionKey = (f: IntegerFunction, width: number): string =>
  f.kind === 'clamp' ? `clamp to ${width}` : `leaky ${f.at}, ${f.slope} / 2^${f.k}, to ${width}`;

/** One table for all wide steps: the side of [0, 2^b) is the same function of u for every b. */
function sideTable(
  steps: readonly CircuitStep[],
  widthOf: (step: CircuitStep) => number,
  variantOf: (index: number) => Variant | null,
): Table | null {
  let lo = Infinity;
  let hi = -Infinity;
  steps.forEach((step, index) => {
    if (step.kind !== 'rescale' || variantOf(index) !== 'wide') return;
    const floors = floorsOf(step.form, step.shift);
    const size = widthOf(step) + 1;
    lo = Math.min(lo, Math.floor(floors.lo / size));
    hi = Math.max(hi, Math.floor(floors.hi / size));
  });
  return hi >= lo ? functionTable('side', lo, hi, sideOf) : null;
}

/** Comparisons of a maximum over groups: one less than members, one for a group of one. */
const pairCount = (starts: Int32Array): number => {
  let pairs = 0;
  for (let g = 0; g + 1 < starts.length; g++) pairs += Math.max(starts[g + 1] - starts[g] - 1, 1);
  return pairs;
};

const longestGroup = (starts: Int32Array): number => {
  let longest = 1;
  for (let g = 0; g + 1 < starts.length; g++) longest = Math.max(longest, starts[g + 1] - starts[g]);
  return longest;
};

/** Squarings that make beta: 2^k look-ups and rows at most in each table of two columns. 0 where there is none. */
export function squarings({ tables, uses }: LookupStructure): number {
  const load = new Map(tables.map((table) => [table, table.size]));
  for (const { gadget, count } of uses.flat())
    for (const { table } of gadget.lookups ?? []) load.set(table, load.get(table)! + count);
  const largest = Math.max(0, ...tables.filter((table) => table.values).map((table) => load.get(table)!));
  return largest === 0 ? 0 : Math.max(Math.ceil(Math.log2(largest)), 1);
}

/** Rows of the steps, tables, sums and powers; the words are not counted. */
export function lookupRows(structure: LookupStructure): number {
  const { tables, uses } = structure;
  const steps = uses.flat().reduce((rows, { gadget, count }) => rows + gadget.rows * count, 0);
  return steps + tables.reduce((rows, { size }) => rows + size + 1, 0) + squarings(structure);
}
