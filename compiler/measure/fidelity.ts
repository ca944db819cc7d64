// How far the integers are from the floats: the figures of the accuracy contract.
import { readValues, type Read } from '../../verifier/functions.js';
import { greatest } from '../extremes.js';
import { scoreOutput, type Decision } from '../graph/decision.js';
import { FURTHEST } from '../recipes/exponents.js';
import { isFloat, sizeOf, type DType } from '../tensor.js';
import { errorsOf, joined, NO_ERRORS, relativeError, type Errors } from './errors.js';

/** One output over a whole data set, samples one after the other. */
export interface OutputPair {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly decision: Decision;
  /** The function that the model's own output is of these values. */
  readonly read: Read | null;
  /** Whether each column is a target of its own, with a range of its own: rank 1 and 2, but where an input is given back. */
  readonly byColumn: boolean;
  readonly float: Float64Array;
  readonly quantised: Float64Array;
}

export interface OutputFidelity {
  readonly name: string;
  /** Whether it is for decisions, so that a single value of it matters less than their order. */
  readonly decides: boolean;
  /** Mean error over the range; null for integers that are no scores, for fewer than RANGE_VALUES values, and for an error where all floats are 0. */
  readonly rangeError: number | null;
  /** The target, a column with a range of its own, for which it is greatest. */
  readonly worst: { readonly column: number; readonly rangeError: number } | null;
}

/** Of `run` and of a report. */
export interface Fidelity {
  /**
   * Share of equal decisions of the score output, or of a boolean one that agrees less; of integers where that output decides nothing;
   * null where nothing can be compared.
   */
  readonly agreement: number | null;
  /** The decisions that this is the share of: one per position and sample. */
  readonly decisions: number;
  /** Largest and mean absolute difference over all float outputs, Infinity where one is not finite; null where there is none. */
  readonly maxError: number | null;
  readonly meanError: number | null;
  /** Mean error over max(max - min, max |y|) of the float outputs. */
  readonly rangeError: number | null;
  readonly perOutput: readonly OutputFidelity[];
}

/** Values that show a range: it is seldom that none of so many lies in the outer half of it. */
const RANGE_VALUES = 8;

type Deciding = Pick<OutputPair, 'dtype' | 'shape' | 'decision'>;

/** Whether there is anything to be equal: integers are compared as they are. */
export const comparable = ({ dtype, decision }: Deciding): boolean => !isFloat(dtype) || decision.rule !== 'none';

/** Whether there are errors of it: floats, and integers that are scores in steps of a scale. */
export const areNumbers = ({ dtype, decision }: Deciding): boolean => isFloat(dtype) || decision.rule !== 'none';

/**
 * The decisions of all samples, one per position: the place of the first greatest or least value along the axis, 1 for
 * values above 0, else the values themselves. NaN, equal to nothing, where a value is not finite.
 */
function decisionsOf({ shape, decision: { rule, axis } }: Deciding, values: Float64Array): Float64Array {
  if (rule === 'none') return values.map((x) => (Number.isFinite(x) ? x : NaN));
  if (rule === 'sign' || axis === null) return values.map((x) => (Number.isFinite(x) ? Number(x > 0) : NaN));
  const sign = rule === 'argmax' ? 1 : -1;
  const n = shape[axis];
  const stride = sizeOf(shape.slice(axis + 1));
  return Float64Array.from({ length: values.length / n }, (_, position) => {
    const first = firstOf(position, n, stride);
    let best = 0;
    for (let k = 0; k < n; k++) {
      const x = values[first + k * stride];
      if (!Number.isFinite(x)) return NaN;
      if (sign * x > sign * values[first + best * stride]) best = k;
    }
    return best;
  });
}

/** Where the values begin that a position chooses from. */
const firstOf = (position: number, n: number, stride: number): number =>
  Math.floor(position / stride) * stride * n + (position % stride);

/** The decisions of floats and integers on all samples, one per position. */
export interface Judged {
  readonly floats: Float64Array;
  readonly ours: Float64Array;
  /** Whether they are equal at a position. A choice among values that the float model finds equal is as good as its own. */
  readonly isEqual: (position: number) => boolean;
  /** Where the value stands that is choice k of a position; null where nothing is chosen. */
  readonly place: ((position: number, k: number) => number) | null;
}

export function judged(pair: OutputPair): Judged {
  const { shape, decision, float } = pair;
  const [floats, ours] = [float, pair.quantised].map((values) => decisionsOf(pair, values));
  const axis = decision.rule === 'sign' ? null : decision.axis;
  if (axis === null) return { floats, ours, isEqual: (i) => floats[i] === ours[i], place: null };
  const [n, stride] = [shape[axis], sizeOf(shape.slice(axis + 1))];
  const place = (position: number, k: number): number => firstOf(position, n, stride) + k * stride;
  const isTie = (i: number): boolean =>
    Number.isFinite(floats[i] + ours[i]) && float[place(i, floats[i])] === float[place(i, ours[i])];
  return { floats, ours, isEqual: (i) => floats[i] === ours[i] || isTie(i), place };
}

/** Decisions that are equal, and of how many. */
export function agreementOf(pair: OutputPair): readonly [equal: number, of: number] {
  const { floats, isEqual } = judged(pair);
  return [floats.reduce((sum, _, i) => sum + Number(isEqual(i)), 0), floats.length];
}

/** The outputs whose decisions count: the score, booleans, and integers where the score decides nothing. */
export function judgedPairs(pairs: readonly OutputPair[]): OutputPair[] {
  const score = scoreOutput(pairs);
  const isScored = score >= 0 && comparable(pairs[score]);
  return pairs.filter(
    (pair, i) => comparable(pair) && (i === score || pair.dtype === 'bool' || (!isScored && !isFloat(pair.dtype))),
  );
}

export function fidelity(pairs: readonly OutputPair[]): Fidelity {
  const [equal, decisions] = judgedPairs(pairs)
    .map(agreementOf)
    .reduce<readonly [number, number]>(
      (worst, one) => (one[0] * worst[1] < worst[0] * one[1] || worst[1] === 0 ? one : worst),
      [0, 0],
    );
  const agreement = decisions > 0 ? equal / decisions : null;
  const float = pairs.filter((pair) => areNumbers(pair) && pair.float.length > 0);
  const all = float
    .map((pair) => {
      const { float, quantised, hidden } = shown(pair);
      return errorsOf(float, quantised, 0, 1, hidden);
    })
    .reduce(joined, NO_ERRORS);
  return {
    agreement,
    decisions,
    maxError: float.length > 0 ? all.max : null,
    meanError: float.length > 0 ? all.sum / all.n : null,
    rangeError: float.length > 0 ? (relativeError(all) ?? 0) : null,
    perOutput: pairs.map(outputFidelity),
  };
}

/** What is compared. */
interface Shown {
  readonly float: Float64Array;
  readonly quantised: Float64Array;
  /** 1 for values whose errors do not count; null: all do. */
  readonly hidden: Uint8Array | null;
}

/**
 * The values whose errors count. A function of one value is flat where its argument is large: there only what it gives
 * shows what an error does. Under a softmax the logits are compared, but for those that a mask hides.
 */
function shown({ read, shape, float, quantised }: OutputPair): Shown {
  if (read === null) return { float, quantised, hidden: null };
  if (read.axis !== null) return unmasked(float, quantised, shape[read.axis], sizeOf(shape.slice(read.axis + 1)));
  const [a, b] = [float, quantised].map((values) => Float64Array.from(readValues(read, [...values], shape)));
  return { float: a, quantised: b, hidden: null };
}

/**
 * Without the scores that are masked in the floats, and too far below the greatest in the integers to show in a probability. A position
 * where all are masked is moved to the others: it is the same softmax.
 */
function unmasked(float: Float64Array, quantised: Float64Array, n: number, stride: number): Shown {
  const [a, b] = [float.slice(), quantised.slice()];
  const hidden = new Uint8Array(float.length);
  const all = greatest(float);
  for (let position = 0; position < float.length / n; position++) {
    const at = Array.from({ length: n }, (_, k) => firstOf(position, n, stride) + k * stride);
    const [most, ours] = [float, quantised].map((values) => greatest(at.map((i) => values[i])));
    const moved = most < all - FURTHEST ? all - most : 0;
    for (const i of at) {
      hidden[i] = Number(float[i] < most - FURTHEST && quantised[i] < ours - HIDDEN);
      a[i] += moved;
      b[i] += moved;
    }
  }
  return { float: a, quantised: b, hidden };
}

/** e^-20 is 2e-9. */
const HIDDEN = 20;

function outputFidelity(pair: OutputPair): OutputFidelity {
  const { name, shape, decision, byColumn } = pair;
  const decides = decision.rule !== 'none';
  if (!areNumbers(pair)) return { name, decides, rangeError: null, worst: null };
  const { float, quantised, hidden } = shown(pair);
  const relative = (errors: Errors): number | null =>
    errors.n >= RANGE_VALUES || errors.sum === Infinity ? relativeError(errors) : null;
  const columns = byColumn ? (shape.at(-1) ?? 1) : 1;
  let worst: OutputFidelity['worst'] = null;
  for (let column = 0; columns > 1 && column < columns; column++) {
    const rangeError = relative(errorsOf(float, quantised, column, columns, hidden));
    if (rangeError !== null && rangeError > (worst?.rangeError ?? -1)) worst = { column, rangeError };
  }
  return { name, decides, rangeError: relative(errorsOf(float, quantised, 0, 1, hidden)), worst };
}

/** The decision of each sample; null where an output does not make one for a sample. */
export function decidedClasses(pair: Deciding, values: Float64Array, count: number): Float64Array | null {
  const decided = comparable(pair) ? decisionsOf(pair, values) : null;
  return decided?.length === count ? decided : null;
}

/** Share of samples whose decision is the label; null where an output does not make one decision for a sample. */
export function accuracy(pair: Deciding, values: Float64Array, labels: readonly number[]): number | null {
  const decided = decidedClasses(pair, values, labels.length);
  return decided && labels.filter((label, i) => decided[i] === label).length / labels.length;
}
