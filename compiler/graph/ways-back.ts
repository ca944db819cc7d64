// From an element of a value back to the number that it is made of alone: through what moves elements, and through arithmetic with
// constants, which a runtime rounds node by node.
import { holder } from '../holder.js';
import type { ValueId } from '../recipes/values.js';
import { isEqual, isSelect } from '../recipes/known.js';
import { isFloat, type DType } from '../tensor.js';
import { elementsOf, type Element } from './elements.js';
import type { Graph } from './graph.js';

/** What is done to one number: a function that never turns back, or another number in place of one. */
export type Stage =
  { readonly name: string; readonly of: (x: number) => number } | { readonly replaced: number; readonly by: number };

/** An element is the one of `from` taken through the stages; `from` is null where it is a constant. */
export interface Way {
  readonly from: ValueId | null;
  readonly element: number;
  readonly constant: number;
  readonly stages: readonly Stage[];
}

/** weight * element + bias; a constant has no element. */
interface Term {
  readonly at: Element | null;
  readonly weight: number;
  readonly bias: number;
}

/** Where an element comes from, and what is done on the way. */
interface Back {
  readonly at: Element;
  readonly stage: Stage | null;
}

/** Steps of one way: each is computed some thirty times for every threshold. */
const MOST_STEPS = 64;
/** Replaced numbers of one way: each cuts what passes in two. */
const MOST_REPLACED = 2;

/** Operators whose linear maps are one operation of floats, which is rounded once. */
const ARITHMETIC: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Scaler']);
/** What makes a float32 of an integer. */
const FROM_INTEGERS: ReadonlySet<string> = new Set(['Cast', 'CastLike', 'Scaler']);

/** The way of each element of a value, from as far as floats of 32 bits, or integers, go. */
export function waysBack(graph: Graph): (id: ValueId, element: number) => Way {
  const { values } = graph;
  const { maker, sum, origin } = elementsOf(graph);
  const termOf = (x: Element): Term | null => {
    const { terms, bias } = sum(x) ?? { terms: [], bias: NaN };
    if (Number.isNaN(bias) || terms.length > 1) return null;
    const [{ at, weight } = { at: null, weight: 0 }] = terms;
    return { at, weight, bias };
  };

  /** x = replaced ? by : x, and the x. */
  const replacement = ({ id, element }: Element): Back | null => {
    const step = maker(id);
    if (!step || !isSelect(step) || values[id].dtype !== 'float32') return null;
    const [c, a, b] = step.sources.map((source) => origin({ id: source, element }));
    const question = maker(c.id);
    const difference = question && isEqual(question) ? termOf({ id: question.sources[0], element: c.element }) : null;
    const value = termOf(a);
    if (!difference?.at || Math.abs(difference.weight) !== 1 || value === null || value.at !== null) return null;
    const at = origin(difference.at);
    if (at.id !== b.id || at.element !== b.element) return null;
    return { at, stage: { replaced: -difference.bias / difference.weight + 0, by: Math.fround(value.bias) } };
  };

  /** The last stage of an element, and what it was before; null where there is none. */
  const back = (x: Element): Back | null => {
    const term = termOf(x);
    if (!term?.at) return replacement(x);
    const [from, to] = [values[term.at.id].dtype, values[x.id].dtype];
    const { operator } = values[x.id];
    const isFromInteger = !isFloat(from) && to === 'float32' && FROM_INTEGERS.has(operator);
    if (!isFloat(to) || !(isFloat(from) || isFromInteger)) return null;
    const stage = stageOf(term, to, from, operator);
    return stage === undefined ? null : { at: term.at, stage };
  };

  return (id, element) => {
    const met: Back[] = [{ at: { id, element }, stage: null }];
    let replaced = 0;
    while (met.length <= MOST_STEPS) {
      const { at } = met.at(-1)!;
      const term = termOf(at);
      if (term?.at === null) return { from: null, element: 0, constant: met.reduceRight((x, { stage }) => taken(x, stage), term.bias), stages: [] }; // prettier-ignore
      const next = isFloat(values[at.id].dtype) ? back(at) : null;
      if (next === null || ('replaced' in (next.stage ?? {}) && ++replaced > MOST_REPLACED)) break;
      met.push(next);
    }
    // a number of 64 bits is none of those that halving goes through
    const end = Math.max(met.findLastIndex(({ at }) => values[at.id].dtype !== 'float64'), 0); // prettier-ignore
    const stages = met.slice(0, end + 1).flatMap(({ stage }) => stage ?? []);
    return { from: met[end].at.id, element: met[end].at.element, constant: 0, stages: stages.reverse() };
  };
}

const taken = (x: number, stage: Stage | null): number => {
  if (stage === null) return x;
  if ('of' in stage) return stage.of(x);
  return x === stage.replaced ? stage.by : x;
};

/** What a node makes of one number; null for nothing, undefined for what is not one operation. */
function stageOf({ weight, bias }: Term, to: DType, from: DType, operator: string): Stage | null | undefined {
  const hold = holder(to);
  if (weight === 1 && bias === 0) return to === from || !isFloat(from) ? null : { name: `as ${to}`, of: hold };
  if (!ARITHMETIC.has(operator)) return undefined;
  if (Math.abs(weight) === 1) return { name: `${weight} x + ${bias}, ${to}`, of: (x) => hold(weight * x + bias) };
  if (bias !== 0) return undefined;
  // a factor that its type does not hold is one over a divisor
  if (operator !== 'Div') return { name: `${weight} x, ${to}`, of: (x) => hold(weight * x) };
  const divisor = hold(1 / weight);
  return to === 'float64' ? undefined : { name: `x / ${divisor}, ${to}`, of: (x) => hold(x / divisor) };
}
