// How far the integers are from the floats: the figures of the accuracy contract.
import { readValues, type Read } from '../../verifier/functions.js';
import { firstMaximum } from '../primitives/groups.js';
import { isFloat, type DType } from '../tensor.js';

/** One output over a whole data set, samples one after the other. */
export interface OutputPair {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The function that the model's own output is of these values. */
  readonly read: Read | null;
  readonly float: Float64Array;
  readonly quantised: Float64Array;
}

export interface Fidelity {
  /** Share of samples whose argmax over the last axis of the score output equals the float's; null where nothing can be compared. */
  readonly agreement: number | null;
  /** Largest and mean absolute difference over all float outputs; null where there is none. */
  readonly maxError: number | null;
  readonly meanError: number | null;
  /** Mean error over max(max - min, max |y|) of the float outputs. */
  readonly rangeError: number | null;
}

const elements = (pair: OutputPair, count: number): number => pair.float.length / count;

/**
 * The values whose errors count. A function of one value is flat where its argument is large: there only what it gives
 * shows what an error does. Under a softmax the logits are compared.
 */
const shown = ({ read, shape }: OutputPair, values: Float64Array): ArrayLike<number> =>
  read?.axis === null ? readValues(read, [...values], shape) : values;

/** The only output, else the first float one with more than one element. */
export function scoreOutput<T extends { readonly dtype: DType; readonly shape: readonly number[] }>(
  outputs: readonly T[],
): T | undefined {
  if (outputs.length === 1) return outputs[0];
  return outputs.find(({ dtype, shape }) => isFloat(dtype) && shape.some((d) => d > 1));
}

/** Positions of the maxima over the last axis (first on ties); for an integer output its values. */
export function decisions(pair: Pick<OutputPair, 'dtype' | 'shape'>, values: Float64Array): number[] {
  if (!isFloat(pair.dtype)) return [...values];
  const last = pair.shape.at(-1) ?? 1;
  return Array.from({ length: values.length / last }, (_, row) =>
    firstMaximum(values.subarray(row * last, (row + 1) * last)),
  );
}

const comparable = (pair: Pick<OutputPair, 'dtype' | 'shape'>): boolean =>
  !isFloat(pair.dtype) || (pair.shape.at(-1) ?? 1) > 1;

export function fidelity(pairs: readonly OutputPair[], count: number): Fidelity {
  const score = scoreOutput(pairs);
  let agreement: number | null = null;
  if (count > 0 && score && comparable(score)) {
    const size = elements(score, count);
    let same = 0;
    for (let i = 0; i < count; i++) {
      const float = decisions(score, score.float.subarray(i * size, (i + 1) * size));
      const quantised = decisions(score, score.quantised.subarray(i * size, (i + 1) * size));
      if (float.every((d, row) => d === quantised[row])) same++;
    }
    agreement = same / count;
  }
  let max = 0;
  let sum = 0;
  let n = 0;
  let lo = Infinity;
  let hi = -Infinity;
  for (const pair of pairs) {
    if (!isFloat(pair.dtype)) continue;
    const [float, quantised] = [pair.float, pair.quantised].map((values) => shown(pair, values));
    for (let i = 0; i < float.length; i++) {
      const error = Math.abs(float[i] - quantised[i]);
      max = Math.max(max, error);
      sum += error;
      lo = Math.min(lo, float[i]);
      hi = Math.max(hi, float[i]);
    }
    n += float.length;
  }
  if (n === 0) return { agreement, maxError: null, meanError: null, rangeError: null };
  const range = Math.max(hi - lo, Math.abs(hi), Math.abs(lo));
  return { agreement, maxError: max, meanError: sum / n, rangeError: range > 0 ? sum / n / range : 0 };
}

/** Share of samples whose decision equals the label. */
export function accuracy(
  pair: Pick<OutputPair, 'dtype' | 'shape'>,
  values: Float64Array,
  labels: readonly number[],
): number {
  const size = values.length / labels.length;
  const right = labels.filter((label, i) => decisions(pair, values.subarray(i * size, (i + 1) * size))[0] === label);
  return right.length / labels.length;
}
