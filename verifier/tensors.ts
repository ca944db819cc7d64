// The answer of a verifier: named tensors of integers and reals, decoded from the public words.
import { Refusal } from './reason.js';
import { unpackWords, type PublicTensor } from './words.js';

/** real = scale·(int - zero); flat arrays are row-major. */
export interface PublicValue {
  readonly shape: readonly number[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly scale: number | readonly number[];
  readonly zero: number | readonly number[];
  /** Probabilities over the declared axis, where the model ends in a Softmax; ints and floats are its logits. */
  readonly softmax?: readonly number[];
}
export type PublicValues = Readonly<Record<string, PublicValue>>;

/** The tensors of both roles by name. Refuses with 'word-range' words that are not in the layout. */
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

/** One tensor from its integers, row-major. */
export function publicValue({ shape, scale, zero, axis, softmax }: PublicTensor, ints: readonly number[]): PublicValue {
  const step = axis === null ? 1 : innerSize(shape, axis);
  const pick = (v: number | readonly number[], i: number): number =>
    typeof v === 'number' ? v : v[Math.floor(i / step) % v.length];
  const floats = ints.map((v, i) => pick(scale, i) * (v - pick(zero, i)));
  const value = { shape, ints, floats, scale, zero };
  return softmax ? { ...value, softmax: softmaxOver(floats, shape, softmax.axis) } : value;
}

/** Elements between neighbours along an axis. */
const innerSize = (shape: readonly number[], axis: number): number => shape.slice(axis + 1).reduce((n, d) => n * d, 1);

/** exp(x - max) / Σ exp(x - max) in float64 along one axis. */
function softmaxOver(x: readonly number[], shape: readonly number[], axis: number): number[] {
  const step = innerSize(shape, axis);
  // the line along the axis that element i lies on
  const line = (i: number): number => Math.floor(i / (step * shape[axis])) * step + (i % step);
  const max: number[] = [];
  const sum: number[] = [];
  x.forEach((v, i) => (max[line(i)] = Math.max(max[line(i)] ?? v, v)));
  const powers = x.map((v, i) => Math.exp(v - max[line(i)]));
  powers.forEach((p, i) => (sum[line(i)] = (sum[line(i)] ?? 0) + p));
  return powers.map((p, i) => p / sum[line(i)]);
}
