// Functions of one real variable, as data: a name and numbers, or a formula of such. One line each: what it is, and where it is
// defined. Quantisation turns them into tables or, those of two lines, into two pieces; nothing else tells them apart.
import type { Interval } from '../linear/intervals.js';
import { asin, atan, cos, erf, exp, log, sin } from '../maths.js';
import { type Term, applyTerms } from './formula.js';

export interface NamedFunction {
  readonly name: FunctionName;
  readonly params: readonly number[];
}

/** What several nodes make of one value. */
export interface Formula {
  readonly name: 'formula';
  readonly params: readonly [];
  readonly terms: readonly Term<NamedFunction>[];
}

export type PointFunction = NamedFunction | Formula;

interface FunctionKind {
  readonly params: readonly string[];
  readonly apply: (x: number, p: readonly number[]) => number;
  /** Made of at most two lines: it needs no table of its values. */
  readonly isTwoLines?: true;
  /** It jumps from value to value. */
  readonly hasJumps?: true;
  /** Its values are integers. */
  readonly isWhole?: true;
  /** It never falls or never rises, where it is defined. */
  readonly isMonotone?: true;
  /** Where it is defined, without poles; everywhere if absent. */
  readonly isDefined?: (x: Interval, p: readonly number[]) => boolean;
  /** What its parameters must be, if anything. */
  readonly valid?: (p: readonly number[]) => boolean;
}

const sigmoid = (x: number): number => 1 / (1 + exp(-x));
const tanh = (x: number): number => 2 * sigmoid(2 * x) - 1;
const softplus = (x: number): number => Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
const elu = (x: number, alpha: number): number => (x < 0 ? alpha * (exp(x) - 1) : x);
/** x to the p: by squaring where p is a whole number. */
function power(x: number, p: number): number {
  if (!Number.isInteger(p)) return exp(p * log(x));
  if (p < 0) return 1 / power(x, -p);
  return p === 0 ? 1 : power(x * x, Math.floor(p / 2)) * (p % 2 === 1 ? x : 1);
}
/** sqrt(2 / pi) (x + 0.044715 x^3) inside the tanh that stands for erf. */
const tanhGelu = (x: number): number => 0.5 * x * (1 + tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
/** The nearest integer; of two the even one. */
function halfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}
const pieceOfPi = (x: number): number => Math.floor(x / Math.PI + 0.5);

const KINDS = {
  identity: { params: [], apply: (x) => x, isTwoLines: true, isMonotone: true },
  relu: { params: [], apply: (x) => Math.max(x, 0), isTwoLines: true, isMonotone: true },
  leakyRelu: {
    params: ['alpha'],
    apply: (x, [a]) => (x < 0 ? a * x : x),
    valid: ([a]) => a >= 0,
    isTwoLines: true,
    isMonotone: true,
  },
  clip: {
    params: ['lo', 'hi'],
    apply: (x, [lo, hi]) => Math.min(Math.max(x, lo), hi),
    valid: ([lo, hi]) => lo <= hi,
    isTwoLines: true,
    isMonotone: true,
  },
  abs: { params: [], apply: Math.abs },
  acos: {
    params: [],
    apply: (x) => Math.PI / 2 - asin(x),
    isDefined: ({ lo, hi }) => lo >= -1 && hi <= 1,
    isMonotone: true,
  },
  acosh: {
    params: [],
    apply: (x) => log(x + Math.sqrt((x - 1) * (x + 1))),
    isDefined: ({ lo }) => lo >= 1,
    isMonotone: true,
  },
  asin: { params: [], apply: asin, isDefined: ({ lo, hi }) => lo >= -1 && hi <= 1, isMonotone: true },
  asinh: { params: [], apply: (x) => Math.sign(x) * log(Math.abs(x) + Math.sqrt(x * x + 1)), isMonotone: true },
  atan: { params: [], apply: atan, isMonotone: true },
  atanh: {
    params: [],
    apply: (x) => 0.5 * log((1 + x) / (1 - x)),
    isDefined: ({ lo, hi }) => lo > -1 && hi < 1,
    isMonotone: true,
  },
  ceil: { params: [], apply: (x) => Math.ceil(x) + 0, hasJumps: true, isWhole: true, isMonotone: true },
  celu: { params: ['alpha'], apply: (x, [a]) => (x < 0 ? a * (exp(x / a) - 1) : x), valid: ([a]) => a !== 0 },
  cos: { params: [], apply: cos },
  cosh: { params: [], apply: (x) => (exp(x) + exp(-x)) / 2 },
  cubic: {
    params: ['a'],
    apply(x, [a]) {
      const t = Math.abs(x);
      if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
      return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
    },
  },
  elu: { params: ['alpha'], apply: (x, [a]) => elu(x, a) },
  erf: { params: [], apply: erf, isMonotone: true },
  exp: { params: [], apply: exp, isMonotone: true },
  float32: { params: [], apply: Math.fround, isMonotone: true },
  floor: { params: [], apply: Math.floor, hasJumps: true, isWhole: true, isMonotone: true },
  fmod: { params: ['divisor'], apply: (x, [d]) => (x % d) + 0, valid: ([d]) => d !== 0, hasJumps: true },
  gelu: { params: [], apply: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)) },
  hardSwish: { params: [], apply: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6 },
  log: { params: [], apply: log, isDefined: ({ lo }) => lo > 0, isMonotone: true },
  modulo: {
    params: ['divisor'],
    apply: (x, [d]) => x - d * Math.floor(x / d) + 0,
    valid: ([d]) => d !== 0,
    hasJumps: true,
  },
  mish: { params: [], apply: (x) => x * tanh(softplus(x)) },
  over: { params: ['divisor'], apply: (x, [d]) => x / d, valid: ([d]) => d !== 0, isMonotone: true },
  power: {
    params: ['exponent'],
    apply: (x, [p]) => power(x, p),
    isDefined: ({ lo, hi }, [p]) => lo > 0 || (p > 0 && (Number.isInteger(p) || lo >= 0)) || (hi < 0 && Number.isInteger(p)), // prettier-ignore
  },
  reciprocal: { params: [], apply: (x) => 1 / x, isDefined: ({ lo, hi }) => lo > 0 || hi < 0 },
  reflect: {
    params: ['lo', 'hi'],
    apply(x, [lo, hi]) {
      const width = hi - lo;
      const turns = x - lo - 2 * width * Math.floor((x - lo) / (2 * width)); // from 0 to two widths
      return lo + Math.min(turns, 2 * width - turns);
    },
    valid: ([lo, hi]) => lo < hi,
  },
  round: { params: [], apply: halfToEven, hasJumps: true, isWhole: true, isMonotone: true },
  selu: { params: ['alpha', 'gamma'], apply: (x, [a, g]) => g * elu(x, a) },
  shrink: {
    params: ['lambda', 'bias'],
    apply: (x, [lambda, bias]) => (x < -lambda ? x + bias : x > lambda ? x - bias : 0),
    hasJumps: true,
  },
  sigmoid: { params: [], apply: sigmoid, isMonotone: true },
  sign: { params: [], apply: (x) => Math.sign(x) + 0, hasJumps: true, isWhole: true, isMonotone: true },
  sin: { params: [], apply: sin },
  sinh: { params: [], apply: (x) => (exp(x) - exp(-x)) / 2, isMonotone: true },
  softplus: { params: [], apply: softplus, isMonotone: true },
  softsign: { params: [], apply: (x) => x / (1 + Math.abs(x)), isMonotone: true },
  sqrt: { params: [], apply: Math.sqrt, isDefined: ({ lo }) => lo >= 0, isMonotone: true },
  swish: { params: ['alpha'], apply: (x, [a]) => x * sigmoid(a * x) },
  tan: { params: [], apply: (x) => sin(x) / cos(x), isDefined: ({ lo, hi }) => pieceOfPi(lo) === pieceOfPi(hi) },
  tanh: { params: [], apply: tanh, isMonotone: true },
  tanhGelu: { params: [], apply: tanhGelu },
  trunc: { params: [], apply: (x) => Math.trunc(x) + 0, hasJumps: true, isWhole: true, isMonotone: true },
  tent: { params: [], apply: (x) => Math.max(1 - Math.abs(x), 0) },
  thresholdedRelu: { params: ['alpha'], apply: (x, [a]) => (x > a ? x : 0), hasJumps: true },
} as const satisfies Record<string, FunctionKind>;

export type FunctionName = keyof typeof KINDS;
export const FUNCTION_NAMES = Object.keys(KINDS) as FunctionName[];

/** The record of a function, its exact literal type widened. */
export const functionKind = (name: FunctionName): FunctionKind => KINDS[name];

export const point = (name: FunctionName, ...params: readonly number[]): NamedFunction => ({ name, params });

export const formula = (terms: readonly Term<NamedFunction>[]): Formula => ({ name: 'formula', params: [], terms });

/** Whether it is made of at most two lines. */
export const isTwoLines = ({ name }: PointFunction): boolean =>
  name !== 'formula' && functionKind(name).isTwoLines === true;

const any = (f: PointFunction, is: (kind: FunctionKind) => boolean): boolean =>
  f.name === 'formula'
    ? f.terms.some((term) => term.op === 'function' && is(functionKind(term.f.name)))
    : is(functionKind(f.name));

/** Whether it jumps somewhere: then no slope says how far apart its keys may be. */
export const hasJumps = (f: PointFunction): boolean => any(f, (kind) => kind.hasJumps === true);

/** Whether its values are integers. */
export function isWhole(f: PointFunction): boolean {
  if (f.name !== 'formula') return functionKind(f.name).isWhole === true;
  const last = f.terms[f.terms.length - 1];
  return last.op === 'function' && isWhole(last.f);
}

/** What a runtime makes of numbers between functions. */
const ARITHMETIC: ReadonlySet<string> = new Set(['float32', 'over']);

/** For people: its name, or those of the functions in it. */
export function nameOf(f: PointFunction): string {
  if (f.name !== 'formula') return f.name;
  const names = f.terms.map((term) => (term.op === 'function' ? term.f.name : term.op));
  return `formula of ${[...new Set(names.filter((name) => !ARITHMETIC.has(name)))].join(', ')}`;
}

const applyNamed = ({ name, params }: NamedFunction, x: number): number => functionKind(name).apply(x, params);

/** f over the reals. */
export const applyPoint = (f: PointFunction, x: number): number => applier(f)(x);

/** f of every element. */
export const applyPoints = (f: PointFunction, x: Float64Array): Float64Array => x.map(applier(f));

/** f, for many x one after the other. */
export function applier(f: PointFunction): (x: number) => number {
  if (f.name === 'formula') {
    const values = new Float64Array(f.terms.length + 1);
    const whole = (x: number): number => applyTerms(f.terms, x, applyNamed, values);
    const [first, ...others] = f.terms;
    if (first.op !== 'function' || others.some(({ of }) => of.includes(0))) return whole;
    let [last, y] = [NaN, NaN]; // beyond a clip that comes first, all x have one value
    return (x) => {
      const inner = applyNamed(first.f, x);
      if (inner !== last) [last, y] = [inner, whole(x)];
      return y;
    };
  }
  const [{ apply }, params] = [functionKind(f.name), f.params];
  return (x) => apply(x, params);
}
