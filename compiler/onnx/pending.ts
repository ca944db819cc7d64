// What stands last in a model. The values in front of a Softmax, LogSoftmax, Sigmoid, Tanh or a distance's root are proved, exactly, and whoever
// reads them computes the function. So such a node gives a function that is pending: it goes along with changes of shape
// and casts behind it, an ArgMax looks through it, and only a node that computes with its values has it proved.
// Strings are pending in the same way: their places in a list of names are proved, and whoever reads them looks up the names.
import type { Read } from '../../verifier/functions.js';
import { InferproofError } from '../../verifier/errors.js';
import type { Labels } from '../../verifier/words.js';
import { stridesOf } from '../tensor.js';
import type { GraphBuilder, Operand } from './builder.js';
import type { StringTensor } from './tensor-data.js';

export interface Pending extends Pick<Operand, 'shape' | 'dtype'> {
  /** What is proved. */
  readonly of: Operand;
  /** Null where there is nothing to compute. */
  readonly read: Read | null;
  readonly labels?: Labels;
  /** The function's own values as steps of the graph, the same ones each time; refuses where they cannot be proved. */
  readonly whole: () => Operand;
  /** Whether a node has asked for them: then an output gives them, too. */
  readonly isWhole: () => boolean;
}

/** What a node gives. */
export type Result = Operand | Pending;

export const isPending = (x: Result): x is Pending => 'of' in x;
export const wholeOf = (x: Result): Operand => (isPending(x) ? x.whole() : x);

export function pending(of: Operand, read: Read, prove: () => Operand): Pending {
  let values: Operand | undefined;
  const { shape, dtype } = of;
  return { shape, dtype, of, read, whole: () => (values ??= prove()), isWhole: () => values !== undefined };
}

/** The strings that stand at places in a list of names. */
export function stringsOf(of: Operand, names: readonly string[]): Pending {
  const whole = (): never => {
    throw new InferproofError('unsupported', 'expected numbers, got strings', {
      hint: 'cut the model in front of what computes with them: --outputs',
    });
  };
  const { shape, dtype } = of;
  return { shape, dtype, of, read: null, labels: { names, axis: null }, whole, isWhole: () => false };
}

/** A value whose places along an axis have names. No tensor of the file is it. */
export function keyed(x: Result, labels: Labels, whole: () => never): Pending {
  const { shape, dtype } = x;
  const [of, read] = isPending(x) ? [x.of, x.read] : [x, null];
  return { shape, dtype, of, read, labels, whole, isWhole: () => false };
}

/** Strings that the file holds. */
export function constantStrings(builder: Pick<GraphBuilder, 'constant'>, { shape, values }: StringTensor): Pending {
  const places = new Map([...new Set(values)].map((name, i) => [name, i]));
  const data = Float64Array.from(values, (name) => places.get(name)!);
  return stringsOf(builder.constant({ dtype: 'int64', shape, data }), [...places.keys()]);
}

/** The names among which each element is one, where the elements are strings. */
export const namesOf = (x: Result): readonly string[] | null =>
  isPending(x) && x.labels?.axis === null ? x.labels.names : null;

/**
 * The same elements in other places or of another type, under the same function.
 * @param follow where an axis is then; where it is cut the function has to be proved first
 */
export function moved(x: Result, follow: (axis: number) => number | undefined, move: (x: Operand) => Operand): Result {
  if (!isPending(x)) return move(x);
  const { of, read, whole, isWhole } = x;
  const names = namesOf(x);
  if (names !== null) return stringsOf(move(of), names);
  if (read === null || x.labels) return move(whole());
  const axis = read.axis === null ? null : follow(read.axis);
  if (axis === undefined) return move(whole());
  const view = pending(move(of), { ...read, axis }, () => move(whole()));
  return { ...view, isWhole };
}

/**
 * The axis of shape `to` that has the lines of `from` along `axis`, whole and in order; undefined where they are cut.
 * @param indices the element of `from` that each element comes from; null where it keeps its place
 */
export function followedAxis(
  from: readonly number[],
  axis: number,
  indices: Int32Array | null,
  to: readonly number[],
): number | undefined {
  const [length, stride, strides] = [from[axis], stridesOf(from)[axis], stridesOf(to)];
  const isWhole = (a: number): boolean => {
    const size = to.reduce((n, d) => n * d, 1);
    for (let o = 0; o < size; o++) {
      const k = Math.floor(o / strides[a]) % length;
      const first = o - k * strides[a];
      const [i, start] = indices === null ? [o, first] : [indices[o], indices[first]];
      if (i !== start + k * stride || Math.floor(i / stride) % length !== k) return false;
    }
    return true;
  };
  const found = to.findIndex((dim, a) => dim === length && isWhole(a));
  return found === -1 ? undefined : found;
}
