// What a primitive says about its rows. A gadget is a hand-written circom template in circuits/ with its numbers; the
// linker compiles it once and stamps its constraints for every element, with the ports replaced by linear forms. Only
// the names of its signals, its number of rows and its hint program are repeated here; the linker checks the first two
// against what circom compiled, and the constraints check the third.

/** Value of a signal: an int below 2^53 in absolute value, or a field element. */
export type SignalValue = number | bigint;

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

/** The row of a key; none of the table's rows where it is no key. */
export const rowOf = ({ first, keys }: Pick<Table, 'first' | 'keys'>, key: number): number =>
  keys === undefined ? key - first : keys.indexOf(key);

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
  /**
   * Hint program: the honest value of every signal, in the order of `signals`, for the values of the ports. For a
   * look-up it gives the key that is hit, in place of the values of `inverse` and `kappa`.
   */
  readonly fill: (
    ports: readonly number[],
    set: (signal: number, value: SignalValue) => void,
    hit: (lookup: number, key: number) => void,
  ) => void;
  /** The signals that follow from the challenge, other than those of look-ups, for the values of the ports. */
  readonly follow?: (ports: readonly number[], X: bigint, set: (signal: number, value: bigint) => void) => void;
}

/** Circom inputs: ports, then the challenge's; the committed ones among `signals` are inputs too, after these. */
export const inputsOf = ({ ports, challenge = [] }: Pick<Gadget, 'ports' | 'challenge'>): string[] => [
  ...ports,
  ...challenge,
];

/** `Template(args)`: equal keys are equal gadgets. */
export const gadgetKey = ({ template, args, list }: Gadget): string =>
  `${template}(${[...args, ...(list ? [`[${list.join(',')}]`] : [])].join(',')})`;

/** Names of an array signal: bit -> bit[0], bit[1], ... */
export const signalArray = (name: string, length: number): string[] =>
  Array.from({ length }, (_, i) => `${name}[${i}]`);

/** Bit i of a non-negative int below 2^53 (JavaScript's shifts stop at 32 bits). */
export const bitOf = (value: number, i: number): number => Math.floor(value / 2 ** i) % 2;

/** Smallest b with 0 <= value < 2^b; 0 for 0. */
export function bitLength(value: number): number {
  let bits = 0;
  while (2 ** bits <= value) bits++;
  return bits;
}
