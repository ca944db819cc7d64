// What the report says of each layer: a tensor of the circuit, with the step that makes it.
import type { Arrangement } from '../circuit/arrange.js';
import type { Graph } from '../graph/graph.js';
import { termsOf } from '../linear/map.js';
import { bitLength, gadgetKey } from '../primitives/gadget.js';
import { integerOf } from '../primitives/index.js';
import type { ValueId } from '../recipes/values.js';
import type { LayerError } from './layers.js';

export interface LayerReport {
  readonly name: string;
  readonly operator: string;
  /** What proves it: the kind of its step in compiler/primitives. */
  readonly primitive: string;
  /** The layers that it reads, by their places in the list. */
  readonly reads: readonly number[];
  /** Operators between those and it that have no layer of their own: composed into a linear map, which costs no rows, or moved. */
  readonly through: readonly string[];
  /** Coefficients of the linear maps that it reads by. */
  readonly terms: number;
  readonly shape: readonly number[];
  readonly scale: number | readonly number[];
  /** Bits of the integers. */
  readonly bits: number;
  readonly shift: number | null;
  /** Gadgets that the elements take, as in circuits/: 'Rescale(20, 8, 8)'; none for an exact output. */
  readonly gadgets: readonly string[];
  readonly rows: number;
  /** Largest |float - integer| in reals, over a few samples; null without data, or where the graph has no such value. */
  readonly maxError: number | null;
  /** Mean error over the range of the layer's floats; null where maxError is, as what follows. */
  readonly rangeError: number | null;
  /** How the errors are spread. */
  readonly errors: LayerError['errors'] | null;
  /** What lay beyond the ends of the integers. */
  readonly saturated: LayerError['saturated'] | null;
}

/** @param errors by tensor; null without data */
export function layersOf(
  { circuit, uses }: Arrangement,
  graph: Graph,
  errors: readonly (LayerError | null)[] | null,
): LayerReport[] {
  const through = operatorsBetween(graph, new Set(circuit.tensors.map(({ node }) => node)));
  const places = new Map(circuit.steps.flatMap(({ outs }) => outs).map((id, place) => [id, place]));
  return circuit.steps.flatMap((step, index) => {
    const reads = [...new Set(step.forms.flatMap(({ map }) => map.parts.map(({ from }) => places.get(from)!)))];
    const terms = step.forms.reduce((sum, { map }) => sum + termsOf(map), 0);
    return step.outs.map((out, k): LayerReport => {
      const { node, operator, shape, scale, lo, hi, value } = circuit.tensors[out];
      const own = k === 0 ? uses[index] : []; // the rows of a step are listed at its first tensor
      const measured = errors?.[out];
      return {
        name: node,
        operator,
        primitive: step.kind,
        reads,
        through: value === null ? [] : through(value),
        terms: k === 0 ? terms : 0,
        shape,
        scale,
        bits: bitLength(hi - lo),
        shift: integerOf(step).shift?.(step) ?? null,
        gadgets: own.map(({ gadget: { list, ...gadget } }) => gadgetKey(gadget)), // without hundreds of constants
        rows: own.reduce((rows, { gadget, count }) => rows + gadget.rows * count, 0),
        maxError: measured?.maxError ?? null,
        rangeError: measured?.rangeError ?? null,
        errors: measured?.errors ?? null,
        saturated: measured?.saturated ?? null,
      };
    });
  });
}

/** The operators of the values that one is made of, back to those of nodes that have layers, in the order of the model. */
function operatorsBetween({ values, steps }: Graph, layered: ReadonlySet<string>): (value: ValueId) => string[] {
  const makers = new Map(steps.flatMap((step) => step.outs.map((out) => [out, step] as const)));
  return (value) => {
    const { node: own, operator: last } = values[value];
    const seen = new Set<ValueId>();
    const left = [value];
    for (let id = left.pop(); id !== undefined; id = left.pop())
      for (const source of makers.get(id)?.sources ?? []) {
        const { node } = values[source];
        if (seen.has(source) || (node !== own && layered.has(node))) continue;
        seen.add(source);
        left.push(source);
      }
    const operators = [...seen].sort((a, b) => a - b).map((id) => values[id].operator);
    return [...new Set(operators)].filter((operator) => operator !== last);
  };
}
