// What a rescale does to its floors, as data: a clamp, a bend in two lines, or a list of values.
import {
  choiceOf,
  encodeNumbers,
  entriesOf,
  fieldsOf,
  int32sOf,
  integerOf,
  numbersOf,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import { MAX_TABLE_ROWS } from '../limits.js';

/**
 * A function of the floor q, over integers, into [0, width]:
 * clamp: min(max(q, 0), width).
 * leaky: the same of (q < at ? at + floor((slope * (q - at) + 2^(k-1)) / 2^k) : q), with the bend at q = at.
 * values: values[q - first], the end values for a q beyond them; `name` is for people.
 */
export type IntegerFunction =
  | { readonly kind: 'clamp' }
  | { readonly kind: 'leaky'; readonly at: number; readonly slope: number; readonly k: number }
  | { readonly kind: 'values'; readonly name: string; readonly first: number; readonly values: Float64Array };

/** f over the integers, with values in [0, width]. */
export function applyInteger(f: IntegerFunction, q: number, width: number): number {
  if (f.kind === 'values') return f.values[Math.min(Math.max(q - f.first, 0), f.values.length - 1)];
  const y = f.kind === 'leaky' && q < f.at ? f.at + Math.floor((f.slope * (q - f.at) + 2 ** (f.k - 1)) / 2 ** f.k) : q;
  return Math.min(Math.max(y, 0), width);
}

/** For reports and errors. */
export function functionName(f: IntegerFunction, width: number): string {
  if (f.kind === 'clamp') return `clamp to ${width}`;
  if (f.kind === 'leaky') return `leaky ${f.at}, ${f.slope} / 2^${f.k}, to ${width}`;
  return `${f.name}, to ${width}`;
}

const keys = new WeakMap<Float64Array, string>();
/** Equal keys are equal values; made once, for planners ask often, and values do not change. */
export function valuesKey(values: Float64Array): string {
  const key = keys.get(values) ?? runsOf(values).join(' ');
  keys.set(values, key);
  return key;
}

/** Equal keys are equal functions. */
export const functionKey = (f: IntegerFunction, width: number): string =>
  f.kind === 'values' ? `values from ${f.first}: ${valuesKey(f.values)}` : functionName(f, width);

const runsOf = (values: Float64Array): [value: number, length: number][] => {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.[0] === value) last[1]++;
    else runs.push([value, 1]);
  }
  return runs;
};

export const encodeFunction = (f: IntegerFunction): object => {
  if (f.kind !== 'values') return { ...f };
  const runs = runsOf(f.values);
  return {
    kind: f.kind,
    name: f.name,
    first: f.first,
    values: encodeNumbers(Float64Array.from(runs, ([value]) => value)),
    lengths: encodeNumbers(Int32Array.from(runs, ([, length]) => length)),
  };
};

const MAX_INT = Number.MAX_SAFE_INTEGER;

export function decodeFunction(place: Place): IntegerFunction {
  const header = new Map(entriesOf(place)).get('kind') ?? wrong(place, 'a field kind');
  const kind = choiceOf(header, ['clamp', 'leaky', 'values']);
  switch (kind) {
    case 'clamp':
      fieldsOf(place, ['kind']);
      return { kind };
    case 'leaky': {
      const { at, slope, k } = fieldsOf(place, ['kind', 'at', 'slope', 'k']);
      return {
        kind,
        at: integerOf(at, -MAX_INT, MAX_INT),
        slope: integerOf(slope, 0, MAX_INT),
        k: integerOf(k, 1, 32),
      };
    }
    case 'values': {
      const { name, first, values, lengths } = fieldsOf(place, ['kind', 'name', 'first', 'values', 'lengths']);
      const [each, counts] = [numbersOf(values), int32sOf(lengths, 1)];
      if (each.length !== counts.length || counts.length === 0) wrong(values, 'one value per run, and a run', 'others');
      const total = counts.reduce((sum, n) => sum + n, 0);
      if (total > MAX_TABLE_ROWS) wrong(lengths, `at most ${MAX_TABLE_ROWS} values`, String(total));
      const all = new Float64Array(total);
      let next = 0;
      each.forEach((value, i) => all.fill(value, next, (next += counts[i])));
      return { kind, name: textOf(name), first: integerOf(first, -MAX_INT, MAX_INT), values: all };
    }
  }
}
