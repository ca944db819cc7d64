// What the tests say of a primitive of circuits, in code of their own: its meaning, and the gadgets that climb the ladder.
import fc from 'fast-check';
import type { CircuitTensor } from '#compiler/circuit/circuit.js';
import type { Subject } from '../engine/attempts.js';

export interface Meaning<Own = unknown> {
  readonly kind: string;
  /**
   * Stored values of each tensor that a step defines, from the values of its forms.
   * @param given stored values of its tensors that whoever proves chose: of inputs alone
   */
  naive(
    own: Own,
    acc: readonly (readonly bigint[])[],
    outs: readonly Pick<CircuitTensor, 'lo' | 'hi' | 'shape'>[],
    given: readonly (readonly bigint[])[],
  ): readonly bigint[][];
  /** Gadgets that climb the ladder, by the name of the climb: several parameters each. */
  readonly ladder: Readonly<Record<string, readonly Subject[]>>;
  /** Gadgets with parameters that nobody chose. */
  readonly random: readonly fc.Arbitrary<Subject>[];
}

export const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

/** Either side of a power of two, where a bound is off by one if it is. */
export const edge = (bits: number): fc.Arbitrary<number> =>
  fc.tuple(between(0, bits), between(-1, 1)).map(([b, off]) => Math.max(2 ** b + off, 0));

/** The elements of each group of a form. */
export const groupsOf = (acc: readonly bigint[], starts: Int32Array): bigint[][] =>
  Array.from({ length: starts.length - 1 }, (_, g) => acc.slice(starts[g], starts[g + 1]));

/** Position of the first of the largest. */
export function firstLargest(values: readonly bigint[] | readonly number[]): number {
  let best = 0;
  values.forEach((x, i) => (best = x > values[best] ? i : best));
  return best;
}
