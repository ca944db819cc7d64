// Functions of one real variable, as data: a name and numbers. One line each: what it is, and what its values can be over an
// interval. Quantisation turns them into tables or, in bits, into two pieces; nothing else tells them apart.
import type { Interval } from '../linear/intervals.js';
import { choiceOf, fieldsOf, finiteOf, itemsOf, wrong, type Place } from '../json.js';
import { exp } from '../maths.js';

export interface PointFunction {
  readonly name: FunctionName;
  readonly params: readonly number[];
}

interface FunctionKind {
  readonly params: readonly string[];
  readonly apply: (x: number, p: readonly number[]) => number;
  /** Never falls: an interval is then mapped to the interval of its ends, and maxima may move in front of it. */
  readonly isMonotone: boolean;
  /** Its values over [lo, hi] where the ends do not give them. */
  readonly reach?: (lo: number, hi: number, p: readonly number[]) => Interval;
  /** Steepest slope, for the step of a table's keys; absent where the function is made of at most two lines. */
  readonly slope?: number;
  /** What its parameters must be, if anything. */
  readonly valid?: (p: readonly number[]) => boolean;
}

const sigmoid = (x: number): number => 1 / (1 + exp(-x));

const KINDS = {
  identity: { params: [], apply: (x) => x, isMonotone: true },
  relu: { params: [], apply: (x) => Math.max(x, 0), isMonotone: true },
  leakyRelu: { params: ['alpha'], apply: (x, [a]) => (x < 0 ? a * x : x), isMonotone: true, valid: ([a]) => a >= 0 },
  clip: {
    params: ['lo', 'hi'],
    apply: (x, [lo, hi]) => Math.min(Math.max(x, lo), hi),
    isMonotone: true,
    valid: ([lo, hi]) => lo <= hi,
  },
  sigmoid: { params: [], apply: sigmoid, isMonotone: true, slope: 1 / 4 },
  tanh: { params: [], apply: (x) => 2 * sigmoid(2 * x) - 1, isMonotone: true, slope: 1 },
} as const satisfies Record<string, FunctionKind>;

export type FunctionName = keyof typeof KINDS;
const FUNCTION_NAMES = Object.keys(KINDS) as FunctionName[];

/** The record of a function, its exact literal type widened. */
export const functionKind = (name: FunctionName): FunctionKind => KINDS[name];

export const point = (name: FunctionName, ...params: readonly number[]): PointFunction => ({ name, params });

/** f over the reals. */
export const applyPoint = ({ name, params }: PointFunction, x: number): number => functionKind(name).apply(x, params);

/** f of every element. */
export function applyPoints({ name, params }: PointFunction, x: Float64Array): Float64Array {
  const { apply } = functionKind(name);
  const y = new Float64Array(x.length);
  for (let i = 0; i < y.length; i++) y[i] = apply(x[i], params);
  return y;
}

/** The values of f over an interval. */
export function reachOf({ name, params }: PointFunction, { lo, hi }: Interval): Interval {
  const { apply, reach } = functionKind(name);
  return reach ? reach(lo, hi, params) : { lo: apply(lo, params), hi: apply(hi, params) };
}

/** Ends of a clip may be infinite: JSON has no number for them. */
const encodeNumber = (x: number): number | string => (Number.isFinite(x) ? x : String(x));
const INFINITE: ReadonlyMap<unknown, number> = new Map([['Infinity', Infinity], ['-Infinity', -Infinity]]); // prettier-ignore

export const encodePoint = ({ name, params }: PointFunction): object => ({ name, params: params.map(encodeNumber) });

export function decodePoint(place: Place): PointFunction {
  const f = fieldsOf(place, ['name', 'params']);
  const name = choiceOf(f.name, FUNCTION_NAMES);
  const params = itemsOf(f.params).map((item) => INFINITE.get(item.value) ?? finiteOf(item));
  const kind = functionKind(name);
  if (params.length !== kind.params.length) wrong(f.params, `${kind.params.length} parameters`, String(params.length));
  return kind.valid === undefined || kind.valid(params) ? { name, params } : wrong(f.params, `parameters of ${name}`);
}
