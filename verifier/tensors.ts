// The answer of a verifier: named tensors of integers and reals, decoded from the public words.
import { innerSize, readValues, type ReadFunction } from './functions.js';
import { floatOf } from './ordered.js';
import { Refusal } from './reason.js';
import { readOf, unpackWords, type Labels, type PublicTensor } from './words.js';

/** real = scale·(int - zero), or the float32 that an integer of a tensor of `encoding` is; flat arrays are row-major. */
export interface PublicValue {
  readonly shape: readonly number[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly scale: number | readonly number[];
  readonly zero: number | readonly number[];
  readonly encoding?: 'float32';
  /** The model's own output where it is of strings: the name at the place that each integer is. */
  readonly labels?: readonly string[];
  /** Names of the places along an axis, such as the classes of scores. */
  readonly names?: { readonly axis: number; readonly names: readonly string[] };
  /** The model's own output where it ends in a function that is not proved, computed here from `floats`, which are. */
  readonly read?: { readonly function: ReadFunction; readonly values: readonly number[] };
  /** `read.values` of a softmax. */
  readonly softmax?: readonly number[];
}
export type PublicValues = Readonly<Record<string, PublicValue>>;

/**
 * The tensors of both roles by name. Refuses with 'word-range' words that are not in the layout.
 * @example
 * ```ts
 * const { inputs, outputs } = openWords(vkey.publics, publicWords(circuit, sample));
 * show(outputs.output.floats);
 * ```
 */
export function openWords(
  publics: readonly PublicTensor[],
  words: readonly bigint[],
): { inputs: PublicValues; outputs: PublicValues } {
  const ints = unpackWords(publics, words);
  if (!ints) throw new Refusal('word-range');
  const of = (role: PublicTensor['role']): PublicValues =>
    Object.fromEntries(publics.flatMap((t, i) => (t.role === role ? [[t.name, publicValue(t, ints[i])]] : [])));
  return { inputs: of('input'), outputs: of('output') };
}

/** The names of an output. Refuses with 'word-range' an integer that is not a place in the list. */
function labelsOf({ names, axis }: Labels, ints: readonly number[]): Pick<PublicValue, 'labels' | 'names'> {
  if (axis !== null) return { names: { axis, names } };
  if (ints.some((v) => v >= names.length)) throw new Refusal('word-range');
  return { labels: ints.map((v) => names[v]) };
}

/** One tensor from its integers, row-major. Refuses with 'word-range' where a label has no name. */
export function publicValue(tensor: PublicTensor, ints: readonly number[]): PublicValue {
  const { shape, scale, zero, axis, encoding, labels, softmax } = tensor;
  const step = axis === null ? 1 : innerSize(shape, axis);
  const pick = (v: number | readonly number[], i: number): number =>
    typeof v === 'number' ? v : v[Math.floor(i / step) % v.length];
  const floats = ints.map((v, i) => (encoding ? floatOf(v) : pick(scale, i) * (v - pick(zero, i))));
  const read = readOf(tensor);
  const values = read && readValues(read, floats, shape);
  return {
    shape,
    ints,
    floats,
    scale,
    zero,
    ...(encoding && { encoding }),
    ...(labels && labelsOf(labels, ints)),
    ...(values && { read: { function: read.function, values } }),
    ...(values && softmax && { softmax: values }),
  };
}
