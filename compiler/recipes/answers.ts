// Values that change at thresholds alone: whether each element of a value is at least this, or above that. One range check per
// element answers all of its questions, however many there are; an input that is read in no other way keeps its own floats.
import { FINITE, floatOf, orderOf } from '../../verifier/ordered.js';
import { composeMaps } from '../linear/compose.js';
import { mapBuilder } from '../linear/builder.js';
import type { LinearMap } from '../linear/map.js';
import { gatherMap } from '../linear/maps.js';
import { locate } from '../primitives/locate.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { isFloat, sizeOf } from '../tensor.js';
import type { Planner } from './real.js';

/** x >= at, or x > at where it is strict. */
export interface Threshold {
  readonly at: number;
  readonly strict: boolean;
}

/** The answer to a question about an element: known, or the element of a tensor that is 1 where the integer is at least something. */
export type Answer =
  | boolean
  | {
      readonly tensor: TensorId;
      readonly at: number;
      /** Whether the answer is 1 minus it. */
      readonly isOpposite: boolean;
    };

/** An element as an integer of [0, most], and the least one at which a question is answered otherwise than at 0. */
interface Source {
  readonly form: IntegerForm | null;
  readonly from: TensorId;
  readonly element: number;
  readonly most: number;
  /** Falls where the value rises. */
  readonly isOpposite: boolean;
  readonly start: (question: Threshold) => number;
}

/** Where float64 arithmetic was to give an integer. */
const NEAR = 2 ** -20;
const snapped = (x: number): number => (Math.abs(x - Math.round(x)) < NEAR ? Math.round(x) : x);

/**
 * @param of the value that the answers are for
 * @param questions of each element of x, a map over tensors
 * @returns the answers in the same order
 */
export function answersOf(
  to: Planner,
  x: ValueId,
  of: ValueId,
  map: LinearMap,
  questions: readonly (readonly Threshold[])[],
): readonly (readonly Answer[])[] {
  const sources = questions.map((list, o) => (list.length === 0 ? null : sourceOf(to, x, map, o)));
  const starts = questions.map((list, o) => {
    const source = sources[o];
    if (source === null || typeof source === 'number') return [];
    const inside = list.map(source.start).filter((s) => s >= 1 && s <= source.most);
    return [...new Set(inside)].sort((a, b) => a - b);
  });
  // elements of tensors share a step; a form of several terms is one of its own
  const alone = sources.flatMap((s, o) => (s !== null && typeof s !== 'number' && s.form !== null && starts[o].length > 0 ? [[o]] : [])); // prettier-ignore
  const shared = sources.flatMap((s, o) => (s !== null && typeof s !== 'number' && s.form === null && starts[o].length > 0 ? [o] : [])); // prettier-ignore
  const places = new Map<number, { readonly tensor: TensorId; readonly first: number }>();
  for (const group of [...(shared.length > 0 ? [shared] : []), ...alone]) {
    const own = group.map((o) => sources[o] as Source);
    const tensor = emit(to, of, own[0].form ?? elements(own), group.map((o) => starts[o])); // prettier-ignore
    let first = 0;
    for (const o of group) {
      places.set(o, { tensor, first });
      first += starts[o].length;
    }
  }
  return questions.map((list, o) => {
    const numbers = new Map(starts[o].map((s, i) => [s, i]));
    return list.map((question): Answer => {
      const source = sources[o];
      if (source === null) return false;
      if (typeof source === 'number') return question.strict ? source > question.at : source >= question.at;
      const s = source.start(question);
      if (s <= 0 || s > source.most) return s <= 0 !== source.isOpposite;
      const { tensor, first } = places.get(o)!;
      return { tensor, at: first + (numbers.get(s) ?? 0), isOpposite: source.isOpposite };
    });
  });
}

function emit(to: Planner, of: ValueId, form: IntegerForm, starts: readonly number[][]): TensorId {
  const shape = [starts.reduce((n, { length }) => n + length, 0)];
  const name = `${to.value(of).name} thresholds`;
  const plan = { of, holds: false, name, shape, lo: 0, hi: 1, scale: 1, zero: 0 };
  return to.emit({ kind: locate.kind, forms: [form], own: { starts } }, [plan])[0];
}

/** Elements of tensors one below the other. */
function elements(sources: readonly Source[]): IntegerForm {
  const builder = mapBuilder(sources.length);
  sources.forEach(({ from, element }, o) => builder.part(from).row(o, [element], [1]));
  return { map: builder.build(), accLo: 0, accHi: sources.reduce((most, s) => Math.max(most, s.most), 0) };
}

/** One element of a map: a number where it reads nothing. */
function sourceOf(to: Planner, of: ValueId, map: LinearMap, o: number): Source | number {
  const terms = map.parts.flatMap(({ from, base, pattern, kernel, patterns, kernels }) =>
    Array.from(kernels[kernel[o]], (weight, k) => ({ from, weight, element: base[o] + patterns[pattern[o]][k] })),
  );
  if (terms.length === 0) return map.bias[o];
  const [{ from, weight, element }] = terms;
  if (terms.length > 1) {
    const one = composeMaps(gatherMap(0, Int32Array.of(o)), new Map([[0, map]]));
    const { scale, zero, lo, form } = to.exact(one, of);
    const asked = areWhole(scale, zero) ? amongIntegers : (question: Threshold) => question;
    const level = (question: Threshold): number => {
      const { at, strict } = asked(question);
      return next(snapped(at / scale + zero - lo), strict);
    };
    return { form, from, element, most: form.accHi, isOpposite: false, start: level };
  }
  const tensor = to.tensor(from);
  const { lo, hi, encoding, operator, value } = tensor;
  const most = hi - lo;
  const plain = { form: null, from, element, most, isOpposite: false };
  if (encoding) return { ...plain, start: (question) => orderedStart(question) - lo };
  const { scale, zero } = gridOf(tensor, element);
  const level = (at: number): number => snapped((at - map.bias[o]) / weight / scale + zero - lo);
  const isData = operator === 'input' && value !== null && isFloat(to.value(value).dtype);
  // what an input is compared with is rounded as the input is: numbers that are equal in the data stay equal
  const whole = (at: number): number => (isData ? Math.round(level(at)) : level(at));
  const asked = !isData && areWhole(scale * weight, zero, map.bias[o]) ? amongIntegers : (question: Threshold) => question; // prettier-ignore
  const start = (question: Threshold): number => {
    const { at, strict } = asked(question);
    return next(whole(at), strict === weight > 0);
  };
  return { ...plain, isOpposite: weight < 0, start };
}

/** Whether scale * (int - zero) + bias is whole. */
const areWhole = (scale: number, zero: number, bias = 0): boolean =>
  Number.isInteger(scale) && Number.isInteger(bias - scale * zero);

/** The least integer whose nearest float32 is at least a number, or above it. */
function amongIntegers(question: Threshold): Threshold {
  const order = orderedStart(question);
  if (order <= FINITE.least || order > FINITE.most) return { at: order > FINITE.most ? Infinity : -Infinity, strict: false }; // prettier-ignore
  const least = floatOf(order);
  const below = floatOf(order - 1);
  const middle = Number.isFinite(below) ? Math.ceil((below + least) / 2) : Math.ceil(least);
  return { at: Math.fround(middle) < least ? middle + 1 : middle, strict: false };
}

/** The least integer that is at least x, or above it. */
const next = (x: number, strict: boolean): number => (strict ? Math.floor(x) + 1 : Math.ceil(x));

function gridOf(tensor: ReturnType<Planner['tensor']>, element: number): { scale: number; zero: number } {
  const { shape, scale, zero, axis } = tensor;
  if (typeof scale === 'number' && typeof zero === 'number') return { scale, zero };
  const stride = sizeOf(shape.slice((axis ?? 0) + 1));
  const index = Math.floor(element / stride) % shape[axis ?? 0];
  const at = (list: number | readonly number[]): number => (typeof list === 'number' ? list : list[index]);
  return { scale: at(scale), zero: at(zero) };
}

/** The least integer of a float32 that is at least `at`, or above it; that of -0 stands with that of 0. */
export function orderedStart({ at, strict }: Threshold): number {
  const near = Math.fround(at);
  const order = Number.isFinite(near) ? orderOf(near) : near > 0 ? 2 ** 32 : 0;
  const real = Number.isFinite(near) ? floatOf(order) : near;
  const start = real < at || (strict && real === at) ? order + 1 : order;
  return start === 2 ** 31 ? start - 1 : start;
}
