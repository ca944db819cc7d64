// Encoders of ai.onnx.ml, which ask which of some numbers a feature is: they ask it of one range check, as the splits of trees do.
import { ensemble, type EnsembleOwn } from '../../recipes/ensemble.js';
import { isFloat, sizeOf } from '../../tensor.js';
import { same } from '../logic.js';
import { isPending, namesOf, stringsOf } from '../pending.js';
import { DOMAIN, FOR_FLOAT32, numbers, words } from '../rows.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { weightedSum } from '../sums.js';
import { truncatedFrom } from '../truncated.js';

/** Values from a number on, or above it where it is strict; the first one from nothing on. */
interface Step {
  readonly at: number;
  readonly strict: boolean;
  readonly value: number;
}

/** Of every element of x, for each list of steps, the value of the last one that it reaches: [...x.shape, lists.length]. */
function stepped(site: Site, x: Operand, lists: readonly { readonly first: number; readonly steps: readonly Step[] }[], shape: readonly number[], dtype: Operand['dtype']): Operand {
  const leaves = [...new Set(lists.flatMap(({ first, steps }) => [first, ...steps.map(({ value }) => value)]))];
  const leaf = new Map(leaves.map((value, i) => [value, -1 - i]));
  const size = sizeOf(x.shape);
  const [at, strict, below, above, roots]: number[][] = [[], [], [], [], []];
  for (const { first, steps } of lists) {
    let branch = leaf.get(first)!;
    for (const step of steps) {
      at.push(step.at);
      strict.push(Number(step.strict));
      below.push(branch);
      above.push(leaf.get(step.value)!);
      branch = at.length - 1;
    }
    roots.push(branch);
  }
  site.gadgets(size * at.length);
  const own: EnsembleOwn = {
    ...{ features: 1, targets: 1, each: true },
    feature: new Int32Array(at.length),
    at: Float64Array.from(at),
    strict: Int32Array.from(strict),
    below: Int32Array.from(below),
    above: Int32Array.from(above),
    roots: Int32Array.from(roots),
    leaves: Float64Array.from(leaves),
  };
  return site.step(ensemble, [x], own, shape, dtype);
} // prettier-ignore

/** https://onnx.ai/onnx/operators/onnx_aionnxml_Binarizer.html : X > threshold, as 1 or 0 */
const Binarizer: Lowering = (site) => {
  const x = compared(site, site.input(0));
  const at = site.float('threshold', 0);
  if (!Number.isFinite(at)) site.refuse(`expected a finite threshold, got ${at}`);
  return stepped(site, x, [{ first: 0, steps: [{ at, strict: true, value: 1 }] }], x.shape, x.dtype);
};

/** Keys of a table that one feature is looked up in, at most. */
const MOST_KEYS = 2 ** 12;

/** What steps hold: the value from each key to below the next one, `other` elsewhere. Of two equal keys the first counts. */
function lookup(site: Site, keys: readonly number[], values: readonly number[], other: number) {
  if (keys.length > MOST_KEYS) site.refuse(`expected at most ${MOST_KEYS} keys, got ${keys.length}`);
  const known = new Map<number, number>();
  keys.forEach((key, i) => known.has(key) || Number.isNaN(key) || known.set(key, values[i]));
  const steps = [...known].sort(([a], [b]) => a - b).flatMap(([at, value]): Step[] => [
    { at, strict: false, value },
    { at, strict: true, value: other },
  ]); // prettier-ignore
  return { first: other, steps };
}

/** What a live feature is compared with stands in float32: so does it. */
const compared = (site: Site, x: Operand): Operand =>
  x.constant === null && x.dtype === 'float64'
    ? site.refuse('expected features of float32, got float64', FOR_FLOAT32)
    : x;

/** https://onnx.ai/onnx/operators/onnx_aionnxml_OneHotEncoder.html : which of the categories each element is, its fraction left out; none of them: zeros, also where `zeros` is 0. */
const OneHotEncoder: Lowering = (site) => {
  const last = site.result(0);
  const list = namesOf(last);
  const given = isPending(last) && list !== null ? last.of : site.input(0);
  site.int('zeros', 1);
  const [whole, names] = [numbers(site, 'cats_int64s'), words(site, 'cats_strings')];
  const isNamed = list !== null;
  const cats = isNamed ? places(list, names) : whole;
  if (cats.length === 0 || cats.length > MOST_KEYS || (isNamed ? whole : names).length > 0)
    site.refuse(`expected 1 to ${MOST_KEYS} categories of the type of the input, got ${cats.length}`);
  if (new Set(cats).size !== cats.length) site.refuse('expected distinct categories');
  const x = compared(site, truncatedFrom(given) ?? given);
  // the integers that a float is cast to: [c, c + 1) above 0, (c - 1, c] below, (-1, 1) for 0 itself
  const isWhole = !isFloat(x.dtype);
  const lists = cats.map((c) => {
    const [from, to] = isWhole || c !== 0 ? [c, c] : [-1, 1];
    const start = isWhole || c > 0 ? { at: from, strict: false } : { at: c === 0 ? from : c - 1, strict: true };
    const end = isWhole || c < 0 ? { at: to, strict: true } : { at: c === 0 ? to : c + 1, strict: false };
    return { first: 0, steps: [{ ...start, value: 1 }, { ...end, value: 0 }] }; // prettier-ignore
  });
  site.size([...given.shape, cats.length]);
  return stepped(site, x, lists, [...given.shape, cats.length], 'float32');
};

/** Of each name its place in a list that is known; of a name that is not in it none. */
const places = (list: readonly string[], names: readonly string[]): readonly number[] =>
  names.map((name, i) => {
    const at = list.indexOf(name);
    return at === -1 ? list.length + i : at;
  });

/**
 * https://onnx.ai/onnx/operators/onnx_aionnxml_LabelEncoder.html : the value of each key, or the default: numbers, names, or either
 * for the other.
 */
const LabelEncoder: Lowering = (site) => {
  const last = site.result(0);
  const list = namesOf(last);
  const x = isPending(last) && list !== null ? last.of : compared(site, site.input(0));
  const keys = listOf(site, 'keys');
  const values = listOf(site, 'values');
  const found = list === null ? keys : places(list, keys.filter((key) => typeof key === 'string')); // prettier-ignore
  if (found.length !== keys.length || !found.every((key) => typeof key === 'number'))
    return site.refuse(`expected keys of the type of the input, got ${keys.length === 0 ? 'none' : typeof keys[0]}`);
  if (keys.length === 0 || keys.length !== values.length)
    site.refuse(`expected as many values as keys, got ${values.length} and ${keys.length}`);
  const other = defaultOf(site, values);
  if (typeof other === 'string') {
    const names = [...new Set([other, ...(values as readonly string[])])];
    return stringsOf(placed(site, x, found, (values as readonly string[]).map((v) => names.indexOf(v))), names); // prettier-ignore
  }
  const type = tensorOf(site, 'values')?.dtype ?? (isReal(site) ? 'float32' : 'int64');
  return stepped(site, x, [lookup(site, found, values as readonly number[], other)], x.shape, type);
};

/** The place of each key, 0 for any other number: a sum of which none is below 0. */
function placed(site: Site, x: Operand, keys: readonly number[], at: readonly number[]): Operand {
  const first = keys.map((key, i) => keys.indexOf(key) === i && !Number.isNaN(key)); // of two equal keys the first counts
  const terms = keys.flatMap((key, i) => (first[i] && at[i] > 0 ? [{ is: same(site, x, site.tensor(x.dtype, [], [key])), at: at[i] }] : [])); // prettier-ignore
  if (terms.length === 0) return site.tensor('int64', x.shape, new Float64Array(sizeOf(x.shape)));
  return weightedSum(site, terms.map(({ is }) => is), terms.map((term) => term.at), 'int64'); // prettier-ignore
}

const tensorOf = (site: Site, name: string) => {
  const tensor = site.attribute(`${name}_tensor`);
  if (tensor === undefined) return null;
  return typeof tensor === 'object' && 'data' in tensor ? tensor : site.refuse(`expected '${name}_tensor' to be numbers`); // prettier-ignore
};

/** Keys or values, from the one of their attributes that is there. */
function listOf(site: Site, name: string): readonly (number | string)[] {
  const tensor = tensorOf(site, name);
  const lists = [numbers(site, `${name}_floats`), numbers(site, `${name}_int64s`), words(site, `${name}_strings`)];
  const [list = [], ...more] = [...(tensor === null ? [] : [[...tensor.data]]), ...lists.filter(({ length }) => length > 0)]; // prettier-ignore
  return more.length === 0 ? list : site.refuse(`expected one list of ${name}, got several`);
}

/** Whether values are floats, by whichever attribute has them. */
function isReal(site: Site): boolean {
  const tensor = tensorOf(site, 'values');
  return tensor === null ? site.attribute('values_floats') !== undefined : isFloat(tensor.dtype);
}

/** What stands for all other keys. */
function defaultOf(site: Site, values: readonly (number | string)[]): number | string {
  const [text, whole, real] = [
    site.string('default_string', '_Unused'),
    site.int('default_int64', -1),
    site.float('default_float', 0),
  ];
  if (typeof values[0] === 'string') return text;
  const tensor = tensorOf(site, 'default');
  if (tensor !== null) return tensor.data[0];
  return isReal(site) ? real : whole;
}

export const ENCODERS: readonly Operator[] = [
  { op: 'Binarizer', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 1, lower: Binarizer },
  { op: 'LabelEncoder', domain: DOMAIN, since: 2, inputs: [1, 1], outputs: 1, lower: LabelEncoder },
  { op: 'OneHotEncoder', domain: DOMAIN, since: 1, inputs: [1, 1], outputs: 1, lower: OneHotEncoder },
];
