// A softmax that a model writes out last, as e^(x - ln sum e^x) or e^(x - max) over its sum, is left to the reader like one that is a
// node: what is proved is x, exactly, and no table of exponentials is needed.
import { mapBuilder } from '../linear/builder.js';
import { linear } from '../recipes/linear.js';
import { logsumIn, quotientIn, tableIn } from '../recipes/known.js';
import type { RealStep, Value, ValueId } from '../recipes/values.js';
import { isFloat, sizeOf, stridesOf } from '../tensor.js';
import { elementsOf, type Element, type Elements } from './elements.js';
import type { Graph, GraphOutput } from './graph.js';

export function lastSoftmax(graph: Graph): Graph {
  const values: Value[] = [...graph.values];
  const steps: RealStep[] = [...graph.steps];
  const elements = elementsOf(graph);
  const outputs = graph.outputs.map((output): GraphOutput => {
    const { value, read } = output;
    const { shape, dtype } = values[value];
    if (read !== null || !isFloat(dtype)) return output;
    for (const axis of shape.keys()) {
      if (shape[axis] === 1) continue;
      const scores = scoresOf(elements, value, linesOf(shape, axis));
      if (scores === null) continue;
      const id = values.push(values[value]) - 1;
      steps.push(chosen(scores, id));
      return { ...output, value: id, read: { function: 'softmax', axis } };
    }
    return output;
  });
  return steps.length === graph.steps.length ? graph : { ...graph, values, steps, outputs };
}

/** The elements of each line along an axis. */
function linesOf(shape: readonly number[], axis: number): readonly (readonly number[])[] {
  const stride = stridesOf(shape)[axis];
  const firsts = Array.from({ length: sizeOf(shape) }, (_, i) => i).filter((i) => Math.floor(i / stride) % shape[axis] === 0);
  return firsts.map((first) => Array.from({ length: shape[axis] }, (_, k) => first + k * stride));
} // prettier-ignore

/** What a value is the softmax of, line by line; null where it is none. */
function scoresOf(elements: Elements, value: ValueId, lines: readonly (readonly number[])[]): Element[] | null {
  const scores: Element[] = [];
  for (const line of lines) {
    const shares = line.map((element) => elements.origin({ id: value, element }));
    const found = overLogarithm(elements, shares) ?? overSum(elements, shares);
    if (found === null) return null;
    line.forEach((element, k) => (scores[element] = found[k]));
  }
  return scores;
}

/** x of e^x, for each element. */
function exponents({ maker, origin }: Elements, list: readonly Element[]): Element[] | null {
  const found = list.map(({ id, element }) => {
    const step = maker(id);
    return step && tableIn(step)?.f.name === 'exp' ? origin({ id: step.sources[0], element }) : null;
  });
  return found.every((x) => x !== null) ? found : null;
}

/** x of x - c, where the c of all are one element. */
function withoutCommon({ sum, origin }: Elements, list: readonly Element[]) {
  const sums = list.map((x) => {
    const { terms = [], bias = 0 } = sum(x) ?? {};
    const [plus, minus] = [1, -1].map((sign) => terms.find(({ weight }) => weight === sign));
    return terms.length === 2 && bias === 0 && plus && minus ? { x: origin(plus.at), c: origin(minus.at) } : null;
  });
  const [first] = sums;
  if (!first || !sums.every((one) => one !== null && same(one.c, first.c))) return null;
  return { list: sums.map((one) => one!.x), common: first.c };
}

/** e^(x - ln sum e^x), the sum of this line. */
function overLogarithm(elements: Elements, shares: readonly Element[]): Element[] | null {
  const { maker, origin } = elements;
  const found = withoutCommon(elements, exponents(elements, shares) ?? []);
  if (found === null) return null;
  const { id, element } = found.common;
  const step = maker(id);
  const groups = logsumIn(step);
  if (!step || groups === null) return null;
  const { starts, members } = groups;
  const group = Array.from(members.subarray(starts[element], starts[element + 1]), (m) => origin({ id: step.sources[0], element: m })); // prettier-ignore
  return areOne(group, found.list) ? found.list : null;
}

/** e^x over the sum of e^x of this line. */
function overSum(elements: Elements, shares: readonly Element[]): Element[] | null {
  const { maker, sum, origin } = elements;
  const step = maker(shares[0].id);
  const own = quotientIn(step);
  if (!step || own === null || !shares.every(({ id }) => id === shares[0].id)) return null;
  const { at, divisor } = own;
  const [dividend, divisors] = step.sources;
  if (divisor === 'root' || !shares.every(({ element }) => at[element] === at[shares[0].element])) return null;
  const all = shares.map(({ element }) => origin({ id: dividend, element }));
  const { terms = [], bias = 0 } = sum(origin({ id: divisors, element: at[shares[0].element] })) ?? {};
  const isSum = bias === 0 && terms.every(({ weight }) => weight === 1);
  if (!isSum || !areOne(terms.map((term) => origin(term.at)), all)) return null; // prettier-ignore
  const powers = exponents(elements, all);
  return powers && (withoutCommon(elements, powers)?.list ?? powers);
}

const same = (a: Element, b: Element): boolean => a.id === b.id && a.element === b.element;

/** Whether two lists hold the same elements, each once. */
const areOne = (a: readonly Element[], b: readonly Element[]): boolean => {
  const keys = (list: readonly Element[]): string[] => list.map(({ id, element }) => `${id} ${element}`).sort();
  const [own, other] = [keys(a), keys(b)];
  return own.join() === other.join() && new Set(own).size === own.length;
};

function chosen(scores: readonly Element[], out: ValueId): RealStep {
  const sources = [...new Set(scores.map(({ id }) => id))];
  const builder = mapBuilder(scores.length);
  scores.forEach(({ id, element }, o) => builder.part(sources.indexOf(id)).row(o, [element], [1]));
  return { kind: linear.kind, sources, outs: [out], own: { map: builder.build() } };
}
