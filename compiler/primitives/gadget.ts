// What a primitive says about its rows. A gadget is a hand-written circom template in circuits/ with its numbers; the
// linker compiles it once and stamps its constraints for every element, with the ports replaced by linear forms. Only
// the names of its signals and its number of rows are repeated here; the linker checks them against what circom compiled.
// How honest values come about stands in compiler/hints.

/** The keys of a look-up table, none of which appears twice: alone, or each with its value f(key). They are first, first + 1, ... */
export interface Table {
  /** For reports and errors. */
  readonly name: string;
  readonly first: number;
  readonly size: number;
  readonly columns: 1 | 2;
  /** The keys, ascending, of a table that holds a set of them and no run; its first one is `first`. */
  readonly keys?: Float64Array;
  /** f(first), f(first + 1), ...: a table of two columns, looked up as key + beta f(key); null: of one. */
  readonly values: Float64Array | null;
}

/** The key of row i. */
export const keyOf = ({ first, keys }: Pick<Table, 'first' | 'keys'>, i: number): number => keys?.[i] ?? first + i;

/** A look-up that every instance of a gadget makes: the row (X - kappa) inverse = 1. */
export interface Lookup {
  readonly table: Table;
  /** Signal that holds 1 / (X - kappa). */
  readonly inverse: number;
  /** Signal that holds kappa itself; null where kappa is a linear form. */
  readonly kappa: number | null;
}

/** What a gadget of the lookup argument reads besides its ports: the challenge, and its power beta for the columns. */
export type ChallengePort = 'X' | 'beta';

export interface Gadget {
  /** File in circuits/, without `.circom`. */
  readonly file: string;
  readonly template: string;
  readonly args: readonly number[];
  /** Its last argument, where that is an array of constants. */
  readonly list?: readonly number[];
  /** Input signals, replaced by linear forms. */
  readonly ports: readonly string[];
  /** Output signals first (their number is `outputs`), then internal ones: all signals but the ports. */
  readonly signals: readonly string[];
  readonly outputs: number;
  /** How many of the first signals, all outputs included, are committed before X: circom's inputs. Not in `plain`. */
  readonly committed?: number;
  readonly challenge?: readonly ChallengePort[];
  readonly lookups?: readonly Lookup[];
  readonly rows: number;
}

/** `Template(args)`: equal keys are equal gadgets. */
export const gadgetKey = ({ template, args, list }: Gadget): string =>
  `${template}(${[...args, ...(list ? [`[${list.join(',')}]`] : [])].join(',')})`;

/** Names of an array signal: bit -> bit[0], bit[1], ... */
export const signalArray = (name: string, length: number): string[] =>
  Array.from({ length }, (_, i) => `${name}[${i}]`);

/** Names of an array of arrays: h -> h[0][0], h[0][1], ... */
export const signalGrid = (name: string, rows: number, columns: number): string[] =>
  signalArray(name, rows).flatMap((row) => signalArray(row, columns));

/** A look-up by the names of its signals. */
export type NamedLookup = readonly [table: Table, inverse: string, kappa?: string];

/** A gadget by look-ups: what it commits, then all other signals. It reads beta where a look-up has a kappa. */
export function byLookups({
  committed,
  others,
  lookups,
  ...gadget
}: Omit<Gadget, 'signals' | 'committed' | 'challenge' | 'lookups'> & {
  readonly committed: readonly string[];
  readonly others: readonly string[];
  readonly lookups: readonly NamedLookup[];
}): Gadget {
  const signals = [...committed, ...others];
  const at = new Map(signals.map((name, i) => [name, i]));
  return {
    ...gadget,
    signals,
    committed: committed.length,
    challenge: lookups.some(([, , kappa]) => kappa !== undefined) ? ['X', 'beta'] : ['X'],
    lookups: lookups.map(([table, inverse, kappa]) => {
      return { table, inverse: at.get(inverse)!, kappa: kappa === undefined ? null : at.get(kappa)! };
    }),
  };
}

/** Smallest b with 0 <= value < 2^b; 0 for 0. */
export function bitLength(value: number): number {
  let bits = 0;
  while (2 ** bits <= value) bits++;
  return bits;
}
