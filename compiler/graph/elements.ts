// What single elements of a lowered graph are made of: what rewrites steps asks it, before linear maps are composed.
import type { RealStep, ValueId } from '../recipes/values.js';
import { realOf } from '../recipes/index.js';
import type { Graph } from './graph.js';

export interface Element {
  readonly id: ValueId;
  readonly element: number;
}

/** bias + the sum of weight * element. */
export interface Sum {
  readonly terms: readonly { readonly at: Element; readonly weight: number }[];
  readonly bias: number;
}

export interface Elements {
  /** The step that gives a value. */
  readonly maker: (id: ValueId) => RealStep | undefined;
  /** What a linear step makes an element of; null of any other. */
  readonly sum: (x: Element) => Sum | null;
  /** Where an element stood before it was moved. */
  readonly origin: (x: Element) => Element;
}

/** Moves that are followed. */
const MOST_MOVES = 64;

export function elementsOf({ steps, values }: Pick<Graph, 'steps' | 'values'>): Elements {
  const makers = new Map<ValueId, RealStep>();
  for (const step of steps) for (const out of step.outs) makers.set(out, step);
  const sum = ({ id, element }: Element): Sum | null => {
    const step = makers.get(id);
    const map = step && realOf(step).map?.(step.own);
    if (!step || !map) return null;
    const terms = map.parts.flatMap(({ from, base, pattern, kernel, patterns, kernels }) =>
      Array.from(kernels[kernel[element]], (weight, k) => {
        const at = { id: step.sources[from], element: base[element] + patterns[pattern[element]][k] };
        return { at, weight };
      }),
    );
    return { terms, bias: map.bias[element] };
  };
  const origin = (x: Element): Element => {
    for (let [at, moves] = [x, 0]; ; moves++) {
      const { terms = [], bias = 0 } = sum(at) ?? {};
      const [term] = terms;
      if (moves === MOST_MOVES || terms.length !== 1 || term.weight !== 1 || bias !== 0) return at;
      if (values[term.at.id].dtype !== values[at.id].dtype) return at;
      at = term.at;
    }
  };
  return { maker: (id) => makers.get(id), sum, origin };
}
