// From the real graph to the integer program: each primitive plans its own step, then every output of the graph is written
// exactly. What `compile` accepts has a witness for every declared input: every form has its interval proved.
import type { CircuitInput, CircuitOutput, CircuitTensor, IntegerStep, TensorId } from '../circuit/circuit.js';
import { provesRange } from '../circuit/reach.js';
import { decisionsOf } from '../graph/decision.js';
import type { Graph } from '../graph/graph.js';
import { integerOf } from '../primitives/index.js';
import { realOf } from '../recipes/index.js';
import { withOneTable } from '../recipes/one-table.js';
import { planOutput } from '../recipes/output.js';
import { inputGrid } from '../graph/grids.js';
import { plannerOf, type PlanOptions } from './planner.js';
import type { ShiftPolicy } from './shift.js';
import { holdInType } from './wrap.js';

export interface Plan {
  readonly tensors: readonly CircuitTensor[];
  readonly steps: readonly IntegerStep[];
  readonly inputs: readonly CircuitInput[];
  readonly outputs: readonly CircuitOutput[];
  readonly rangeBits: number | null;
}

/** A bit costs a row: no more than needed, 16 where that makes the weights precise enough. */
const plainShift: ShiftPolicy = ({ needed, room }) => Math.min(Math.ceil(needed), room, 16);

/** The plan of the plain argument. Throws 'unbounded' for a model whose integers cannot be bounded, with the node's name. */
export const planPlain = (graph: Graph, options: Omit<PlanOptions, 'shift' | 'rangeBits'>): Plan =>
  plan(graph, { ...options, shift: plainShift, rangeBits: null });

export function plan(graph: Graph, options: PlanOptions): Plan {
  const planner = plannerOf(graph, options);
  const { tensors, steps } = planner;
  for (const step of graph.steps) {
    realOf(step).plan(step, planner);
    for (const out of step.outs) holdInType(planner, out);
  }
  const tensorOf = (value: number): TensorId => tensors.findIndex((tensor) => tensor.value === value);
  const inputs = graph.inputs.map(({ name, value }) => ({
    name,
    dtype: graph.values[value].dtype,
    tensor: tensorOf(value),
    ...(inputGrid(graph, value) && { rounding: 'even' as const }),
  }));
  const decisions = decisionsOf(graph, options.decision ?? null);
  const outputs = graph.outputs.map(({ name, value, read, labels }, i) => ({
    name,
    tensor: planOutput(planner, name, value, labels?.axis === null),
    read,
    decision: decisions[i],
    ...(labels && { labels }),
  }));
  return {
    tensors,
    steps: withoutSecondProofs(tensors, withOneTable(steps)),
    inputs,
    outputs,
    rangeBits: options.rangeBits,
  };
}

/** An input's element whose range a later step proves anyway has no gadget of its own. */
function withoutSecondProofs(tensors: readonly CircuitTensor[], steps: readonly IntegerStep[]): readonly IntegerStep[] {
  const proved = new Map<TensorId, Set<number>>();
  for (const step of steps)
    for (const { tensor, element, below } of integerOf(step).proves?.(step) ?? [])
      if (provesRange(tensors[tensor], { element, below }))
        proved.set(tensor, (proved.get(tensor) ?? new Set()).add(element));
  return steps.map((step) => {
    const left = integerOf(step).isInput ? proved.get(step.outs[0]) : undefined;
    return left ? { ...step, own: { left: [...left].sort((a, b) => a - b) } } : step;
  });
}
