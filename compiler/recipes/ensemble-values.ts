// Values of an ensemble while it is planned: linear forms of the answers about one element, rows that choose or multiply, sums of both.
import type { TensorId } from '../primitives/steps.js';
import type { EnsembleOwn } from './ensemble.js';

/** An element of a tensor, known once its step is written. */
export interface Wire {
  tensor: TensorId;
  at: number;
}

/** constant + sum of weight * wire. */
export interface Sum {
  readonly constant: number;
  readonly terms: ReadonlyMap<Wire, number>;
}

/** What the answers about one element say: the value from each of its wires on, ascending, the first one from nothing on. */
interface Steps {
  readonly element: number;
  readonly pieces: readonly { readonly from: Wire | null; readonly value: number }[];
}

/** A choice or a product that takes a row; those of one level are one step. */
export interface Row {
  readonly level: number;
  readonly wire: Wire;
  readonly condition: Wire;
  /** Of a product: whether it is with 1 minus the condition. */
  readonly isOpposite: boolean;
  readonly yes: Value;
  readonly no: Value;
  /** What is added to the stored value of the wire. */
  lo: number;
}

/** A sum is made when its rows are written. */
export type Value =
  | { readonly steps: Steps }
  | { readonly row: Row }
  | { readonly sum: () => Sum; readonly level: number; readonly of: readonly (readonly [of: Value, weight: 1 | -1])[] };

/** The sums of all rows of the data, and what has to be written for them. */
export interface Written {
  readonly sums: readonly (() => Sum)[];
  readonly rows: readonly Row[];
  /** How large intervals become. */
  readonly most: number;
}

/** An ensemble on all rows of the data, its weights in units. */
export interface Planned {
  readonly own: EnsembleOwn;
  readonly count: number;
  /** The answer to a split's question in a row of the data. */
  readonly answer: (row: number, split: number) => boolean | { readonly yes: Wire; readonly isOpposite: boolean };
  readonly weight: (leaf: number, target: number) => number;
}

/** The element of a value that depends on none. */
export const NOTHING = -1;
export const steps = (value: number): Value => ({ steps: { element: NOTHING, pieces: [{ from: null, value }] } });

/** `yes` from the wire of an element on, else `no`. */
export function chosen(element: number, from: Wire, yes: Value, no: Value): Value {
  if (
    'steps' in yes &&
    'steps' in no &&
    [yes, no].every(({ steps: s }) => s.element === NOTHING || s.element === element)
  ) {
    return joined(element, from, yes.steps, no.steps);
  }
  const level = 1 + Math.max(levelOf(yes), levelOf(no));
  return { row: { level, wire: { tensor: -1, at: -1 }, condition: from, isOpposite: false, yes, no, lo: 0 } };
}

const placeOf = (wire: Wire | null): number => wire?.at ?? -1;

function joined(element: number, from: Wire, yes: Steps, no: Steps): Value {
  const start = placeOf(from);
  const all = [
    ...no.pieces.filter((piece) => placeOf(piece.from) < start),
    { from, value: (yes.pieces.findLast((piece) => placeOf(piece.from) <= start) ?? yes.pieces[0]).value },
    ...yes.pieces.filter((piece) => placeOf(piece.from) > start),
  ];
  const pieces = all.filter(({ value }, i) => i === 0 || value !== all[i - 1].value);
  return { steps: { element: pieces.length === 1 ? NOTHING : element, pieces } };
}

export const levelOf = (value: Value): number =>
  'steps' in value ? 0 : 'row' in value ? value.row.level : value.level;

export function sumOf(value: Value): Sum {
  if ('sum' in value) return value.sum();
  if ('row' in value) return { constant: value.row.lo, terms: new Map([[value.row.wire, 1]]) };
  const { pieces } = value.steps;
  const jumps = pieces.slice(1).map(({ from, value: v }, i) => [from!, v - pieces[i].value] as const);
  return { constant: pieces[0].value, terms: new Map(jumps) };
}

export function total(sums: readonly (readonly [sum: Sum, weight: number])[]): Sum {
  const terms = new Map<Wire, number>();
  let constant = 0;
  for (const [sum, weight] of sums) {
    constant += sum.constant * weight;
    for (const [wire, w] of sum.terms) terms.set(wire, (terms.get(wire) ?? 0) + w * weight);
  }
  return { constant, terms };
}
