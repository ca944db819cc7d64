// Which gadgets the steps take and which tables they share: a function of the steps alone, so that setup, witness and audit
// agree without talking. It does not tell primitives apart; the cost model asks it about plans that are not circuits
// yet.
import { greatest } from '../extremes.js';
import type { Table } from '../primitives/gadget.js';
import { integerOf } from '../primitives/index.js';
import type { Use } from '../primitives/integer.js';
import type { CircuitTensor, IntegerStep } from '../primitives/steps.js';
import { makeTables } from '../primitives/tables.js';
import type { Circuit } from './circuit.js';

export interface Gadgets {
  /** Gadgets by step. */
  readonly uses: readonly (readonly Use[])[];
  /** Function tables in the order of their first step, then ranges, smallest first; none in `plain`. */
  readonly tables: readonly Table[];
  /** Squarings that make beta, the power of the challenge that tells columns apart; 0 where no table has two. */
  readonly squarings: number;
  /** Rows of steps, tables, sums and squarings; public words are not counted. */
  readonly rows: number;
}

/**
 * Throws 'unbounded' where an accumulator could wrap round the field, or for tables that are too large.
 * @param copies counts the rows of so many samples that share the tables: as many as a batch has, or a few more
 */
export function gadgetsOf(
  { tensors, steps, rangeBits }: Pick<Circuit, 'tensors' | 'steps' | 'rangeBits'>,
  copies = 1,
): Gadgets {
  const outsOf = (step: IntegerStep): CircuitTensor[] => step.outs.map((id) => tensors[id]);
  if (rangeBits === null) {
    const uses = steps.map((step) => integerOf(step).plain.uses(step, outsOf(step)));
    return { uses, tables: [], squarings: 0, rows: copies * stepRows(uses) };
  }
  const shared = makeTables(rangeBits, (wants) => {
    for (const step of steps) integerOf(step).lookup.wants?.(step, outsOf(step), wants);
  });
  const uses = steps.map((step) => integerOf(step).lookup.uses(step, outsOf(step), shared));
  const tables = shared.all();
  const squarings = squaringsOf(tables, uses, copies);
  const rows = copies * stepRows(uses) + tables.reduce((sum, { size }) => sum + size + 1, 0) + squarings;
  return { uses, tables, squarings, rows };
}

/** The steps with a gadget named for each that has a choice: `pick` says which, by the step's number, or leaves the first. */
export function withVariants(
  { tensors, steps }: Pick<Circuit, 'tensors' | 'steps'>,
  rangeBits: number,
  pick: (index: number) => string | undefined = () => undefined,
): IntegerStep[] {
  return steps.map((step, index) => {
    const outs = step.outs.map((id) => tensors[id]);
    const offers = integerOf(step).lookup.offers?.(step, outs, rangeBits) ?? [];
    return { ...step, variant: pick(index) ?? offers[0]?.variant ?? null };
  });
}

const stepRows = (uses: Gadgets['uses']): number =>
  uses.flat().reduce((rows, { gadget, count }) => rows + gadget.rows * count, 0);

/** 2^k look-ups and rows at most in each table of two columns. */
function squaringsOf(tables: readonly Table[], uses: Gadgets['uses'], copies: number): number {
  const load = new Map(tables.map((table) => [table, table.size]));
  for (const { gadget, count } of uses.flat())
    for (const { table } of gadget.lookups ?? []) load.set(table, (load.get(table) ?? 0) + copies * count);
  const largest = greatest([0, ...tables.filter(({ columns }) => columns === 2).map((table) => load.get(table) ?? 0)]);
  return largest === 0 ? 0 : Math.max(Math.ceil(Math.log2(largest)), 1);
}
