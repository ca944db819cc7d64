// Functions of one real variable, as data: a name and numbers, or a formula of such. One line each: what it is, and where it is
// defined. Quantisation turns them into tables or, those of two lines, into two pieces; nothing else tells them apart.
import { greatest, least } from '../extremes.js';
import { type Place, choiceOf, entriesOf, fieldsOf, finiteOf, itemsOf, wrong } from '../json.js';
import type { Interval } from '../linear/intervals.js';
import { asin, atan, cos, erf, exp, log, sin } from '../maths.js';
import { type Term, applyTerms, between, decodeTerms, encodeTerm, termIntervals } from './formula.js';

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
const FUNCTION_NAMES = Object.keys(KINDS) as FunctionName[];

/** The record of a function, its exact literal type widened. */
const functionKind = (name: FunctionName): FunctionKind => KINDS[name];

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

const isDefinedNamed = ({ name, params }: NamedFunction, x: Interval): boolean =>
  functionKind(name).isDefined?.(x, params) ?? true;

/** Whether f has a value everywhere on the interval, and a function of a formula wherever it is taken. */
export function isDefined(f: PointFunction, of: Interval): boolean {
  if (f.name !== 'formula') return isDefinedNamed(f, of);
  const proved = termIntervals(f.terms, of, ({ name, params }, { lo, hi }) => {
    const { isMonotone, apply } = functionKind(name);
    return isMonotone === true ? [apply(lo, params), apply(hi, params)] : null;
  });
  const { x, y } = samplesOf(f, of);
  return (
    !y.some(Number.isNaN) &&
    f.terms.every((term) => {
      if (term.op !== 'function' || isDefinedNamed(term.f, proved[term.of[0]])) return true;
      const argument = formula(f.terms.slice(0, term.of[0]));
      return isDefinedNamed(term.f, between(term.of[0] === 0 ? x : applyPoints(argument, x)));
    })
  );
}

/** Pieces into which an interval is cut to look at a function, besides 0. */
const PIECES = 2 ** 14;

interface Samples {
  readonly of: Interval;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The last samples of each function: plans that are compared ask for the same ones. */
const known = new WeakMap<PointFunction, Samples>();

/** f at evenly spaced points of an interval, its ends and 0 among them. */
function samplesOf(f: PointFunction, of: Interval): Samples {
  const last = known.get(f);
  if (last?.of.lo === of.lo && last.of.hi === of.hi) return last;
  const { lo, hi } = of;
  const x = new Float64Array(PIECES + 1).map((_, i) => (i === PIECES ? hi : lo + ((hi - lo) / PIECES) * i));
  if (lo < 0 && hi > 0) x[Math.round((-lo / (hi - lo)) * PIECES)] = 0; // in place of the nearest one, unless that is an end
  [x[0], x[PIECES]] = [lo, hi];
  const samples = { of, x, y: applyPoints(f, x) };
  known.set(f, samples);
  return samples;
}

/**
 * The values of f over an interval, as far as samples show them: nothing rests on them but the scale of a result, which
 * saturates. A function of two lines has them at its ends.
 */
export function reachOf(f: PointFunction, { lo, hi }: Interval): Interval {
  if (isTwoLines(f)) return { lo: applyPoint(f, lo), hi: applyPoint(f, hi) };
  const { y } = samplesOf(f, { lo, hi });
  return { lo: least(y), hi: greatest(y) };
}

/**
 * The steepest slope of f over an interval, where its values lie in `range`: beyond it a result saturates. Where f jumps, that of the
 * flatter half of each piece: a jump is in one half of it.
 */
export function slopeOf(f: PointFunction, of: Interval, range: Interval): number {
  const { x, y } = samplesOf(f, of);
  const jumps = hasJumps(f);
  let steepest = 0;
  for (let i = 1; i < x.length; i++) {
    const isSeen = Math.max(y[i - 1], y[i]) >= range.lo && Math.min(y[i - 1], y[i]) <= range.hi;
    if (!isSeen) continue;
    const middle = jumps ? applyPoint(f, (x[i - 1] + x[i]) / 2) : NaN;
    const rise = jumps ? 2 * Math.min(Math.abs(middle - y[i - 1]), Math.abs(y[i] - middle)) : Math.abs(y[i] - y[i - 1]);
    steepest = Math.max(steepest, rise / (x[i] - x[i - 1]));
  }
  return steepest;
}

/** Ends of a clip may be infinite: JSON has no number for them. */
const encodeNumber = (x: number): number | string => (Number.isFinite(x) ? x : String(x));
const INFINITE: ReadonlyMap<unknown, number> = new Map([['Infinity', Infinity], ['-Infinity', -Infinity]]); // prettier-ignore

const encodeNamed = ({ name, params }: NamedFunction): object => ({ name, params: params.map(encodeNumber) });

export const encodePoint = (f: PointFunction): object =>
  f.name === 'formula' ? { name: f.name, terms: f.terms.map(encodeTerm(encodeNamed)) } : encodeNamed(f);

function decodeNamed(place: Place): NamedFunction {
  const f = fieldsOf(place, ['name', 'params']);
  const name = choiceOf(f.name, FUNCTION_NAMES);
  const params = itemsOf(f.params).map((item) => INFINITE.get(item.value) ?? finiteOf(item));
  const kind = functionKind(name);
  if (params.length !== kind.params.length) wrong(f.params, `${kind.params.length} parameters`, String(params.length));
  return kind.valid === undefined || kind.valid(params) ? { name, params } : wrong(f.params, `parameters of ${name}`);
}

export function decodePoint(place: Place): PointFunction {
  const isFormula = entriesOf(place).some(([key, { value }]) => key === 'name' && value === 'formula');
  return isFormula ? formula(decodeTerms(fieldsOf(place, ['name', 'terms']).terms, decodeNamed)) : decodeNamed(place);
}
