// Thresholds pulled back: a split that asks about a feature behind scalers, casts and imputers asks about the number in front of them
// instead, so that an input of trees stays the float that it is. Each of these is computed here as a runtime computes it, rounded to its
// type one after the other, and none turns back on its way up or down: so the numbers that pass a threshold begin or end at one float,
// which halving finds. A number that is replaced by another one is cut out, or put in.
import { FINITE, floatOf, orderOf } from '../../verifier/ordered.js';
import { mapBuilder } from '../linear/builder.js';
import type { EnsembleOwn } from '../recipes/ensemble.js';
import { ensembleIn } from '../recipes/known.js';
import { linear, type LinearOwn } from '../recipes/linear.js';
import { orderedStart } from '../recipes/answers.js';
import type { RealStep, Value, ValueId } from '../recipes/values.js';
import { sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';
import { waysBack, type Stage, type Way } from './ways-back.js';

/** Starts of intervals and what is behind their ends, in turn, ascending, in the order of float32 numbers. */
type Toggles = readonly number[];

const [LOW, END] = [orderOf(-Infinity), orderOf(Infinity) + 1];

export function pulledBack(graph: Graph): Graph {
  if (!graph.steps.some(ensembleIn)) return graph;
  const values: Value[] = [...graph.values];
  const wayBack = waysBack(graph);
  const steps = graph.steps.flatMap((step): RealStep[] => {
    const own = ensembleIn(step);
    if (own === null) return [step];
    const [x] = step.sources;
    const all = Array.from({ length: sizeOf(values[x].shape) }, (_, i) => wayBack(x, i));
    const ways = alikeInRows(x, all, own.features);
    if (ways.every(({ stages }) => stages.length === 0)) return [step];
    const front = values.push({ ...values[x], dtype: 'float32' }) - 1;
    return [chosen(ways, front), { ...step, sources: [front], own: before(own, ways) }];
  });
  return { ...graph, values, steps };
}

/** The ways of all elements; none of a feature whose ways are not the same in all rows. */
function alikeInRows(x: ValueId, ways: readonly Way[], features: number): readonly Way[] {
  const keys = ways.map(({ stages }) => JSON.stringify(stages)); // functions by their names
  const differs = new Set(ways.flatMap((_, i) => (keys[i] === keys[i % features] ? [] : [i % features])));
  return ways.map((way, i) => (differs.has(i % features) ? { from: x, element: i, constant: 0, stages: [] } : way));
}

/** The elements at which the ways begin, side by side. */
function chosen(ways: readonly Way[], out: ValueId): RealStep<LinearOwn> {
  const sources = [...new Set(ways.flatMap(({ from }) => (from === null ? [] : [from])))];
  const builder = mapBuilder(ways.length);
  ways.forEach(({ from, element, constant }, o) => {
    if (from === null) builder.bias[o] = constant;
    else builder.part(sources.indexOf(from)).row(o, [element], [1]);
  });
  return { kind: linear.kind, sources, outs: [out], own: { map: builder.build() } };
}

/** The same trees over what stands in front of the stages of each feature. */
function before(own: EnsembleOwn, ways: readonly Way[]): EnsembleOwn {
  const [feature, at, strict, below, above]: number[][] = [[], [], [], [], []];
  const written: number[] = [];
  const of = (branch: number): number => (branch < 0 ? branch : written[branch]);
  const known = new Map<string, Toggles>();
  const write = (f: number, start: number, isStrict: number, low: number, high: number): number => {
    feature.push(f);
    at.push(start);
    strict.push(isStrict);
    below.push(low);
    return above.push(high) - 1;
  };
  own.feature.forEach((f, s) => {
    const [low, high] = [of(own.below[s]), of(own.above[s])];
    const { stages } = ways[f];
    if (stages.length === 0) {
      written[s] = write(f, own.at[s], own.strict[s], low, high);
      return;
    }
    const question = { at: own.at[s], strict: own.strict[s] === 1 };
    const key = `${f} ${question.at} ${own.strict[s]}`;
    const toggles = known.get(key) ?? passing(stages, question);
    known.set(key, toggles);
    written[s] = toggles.reduce((rest, start, k) => {
      const side = k % 2 === 0 ? high : low;
      if (start <= FINITE.least) return side;
      return start > FINITE.most ? rest : write(f, floatOf(start) + 0, 0, rest, side);
    }, low);
  });
  const lists = { feature, strict, below, above };
  const ints = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, Int32Array.from(list)]));
  return { ...own, ...(ints as Record<keyof typeof lists, Int32Array>), at: Float64Array.from(at), roots: own.roots.map(of) }; // prettier-ignore
}

/** The floats that pass a threshold behind the stages. */
function passing(stages: readonly Stage[], question: { readonly at: number; readonly strict: boolean }): Toggles {
  let toggles: Toggles = [Math.min(Math.max(orderedStart(question), LOW + 1), END - 1)];
  for (let end = stages.length; end > 0;) {
    const stage = stages[end - 1];
    if ('replaced' in stage) {
      toggles = exchanged(toggles, orderOf(stage.replaced), contains(toggles, orderOf(stage.by)));
      end--;
      continue;
    }
    const first = stages.slice(0, end).findLastIndex((one) => 'replaced' in one) + 1;
    const run = stages.slice(first, end).flatMap((one) => ('replaced' in one ? [] : [one.of]));
    toggles = preimage(toggles, (x) => run.reduce((v, f) => f(v), x)); // its order is that of the nearest float32
    end = first;
  }
  return toggles;
}

/** Where a function that never falls, or never rises, is in the intervals. */
function preimage(toggles: Toggles, f: (x: number) => number): Toggles {
  const falls = f(-Infinity) > f(Infinity);
  const ends = toggles.length % 2 === 0 ? toggles : [...toggles, END];
  const met = ends.map((t) => firstOf((order) => orderOf(f(floatOf(order))) >= t !== falls));
  return tidy(falls ? met.reverse() : met);
}

/** The least order of (LOW, END) at which something holds from there on; END where it never does, LOW where it always does. */
function firstOf(holds: (order: number) => boolean): number {
  let [from, to] = [LOW, END];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

const contains = (toggles: Toggles, order: number): boolean => toggles.filter((t) => t <= order).length % 2 === 1;

/** The intervals with one number in, or out. */
function exchanged(toggles: Toggles, order: number, isIn: boolean): Toggles {
  const from = order === 2 ** 31 ? order - 1 : order; // -0 is with 0
  const behind = order + 1;
  const rest = toggles.filter((t) => t < from || t > behind);
  const [was, then] = [contains(toggles, from - 1), contains(toggles, behind)];
  const own = [...(was === isIn ? [] : [from]), ...(isIn === then ? [] : [behind])];
  return tidy([...rest, ...own].sort((a, b) => a - b));
}

/** Without empty intervals, and without an end where there is none. */
function tidy(toggles: Toggles): Toggles {
  const kept: number[] = [];
  for (const t of toggles) {
    if (kept.at(-1) === t) kept.pop();
    else kept.push(t);
  }
  return kept.at(-1) === END ? kept.slice(0, -1) : kept;
}
