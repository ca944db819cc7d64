// Model -> Graph: binds the shapes, then writes each node that the outputs need in primitives, in the order of the file.
import { InferproofError } from '../../verifier/errors.js';
import { budgetOf, type Budget } from '../budget.js';
import { checkGraph } from '../graph/check.js';
import type { Graph, GraphOutput } from '../graph/graph.js';
import { WORK } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { countOps, countParams } from './counts.js';
import { withCurves } from './divided-curves.js';
import type { Model, ModelValue } from './model.js';
import { withGroups } from './groups.js';
import type { ShapeOptions } from './model-inputs.js';
import { partOf } from './part.js';
import { isPending, wholeOf } from './pending.js';
import { refusedModel } from './refusals.js';
import { walk, type Obstacles } from './walk.js';

export interface LowerOptions extends ShapeOptions {
  /** Names of the tensors to compile the model up to; null or none: the outputs that it declares. */
  readonly outputs?: readonly string[] | null | undefined;
}

/**
 * The model in primitives, not fused yet.
 * @param budget the work that the model may ask for
 * @throws 'unsupported' with every node that cannot be proved, or an input of unknown shape; 'format' for a graph
 *   that contradicts itself; 'usage' for a size of a dimension or an output that the model does not have
 */
export function lower(file: Model, options: LowerOptions = {}, budget: Budget = budgetOf(file.bytes)): Graph {
  const part = partOf(file, options.outputs ?? null);
  const model = withCurves(withGroups(part));
  const state = walk(model, options, budget);
  if (state.refusals.length > 0) throw refusedModel(state.refusals);
  const outputs = model.outputs.map(({ name, dims }): GraphOutput => {
    const result = state.read(name, 'the graph output');
    const last = isPending(result) && !result.isWhole() ? result : null;
    const operand = last?.of ?? wholeOf(result);
    if (operand.constant?.length === 0)
      throw new InferproofError('unsupported', `expected an output with elements, got none in '${name}'`, {
        where: name,
      });
    refuseContradiction(name, dims, operand.shape);
    budget.spend(WORK.border * sizeOf(operand.shape), name);
    const { id } = atOutput(name, () => state.builder.alive({ name, node: name, operator: 'Constant' }, operand));
    return { name, value: id, read: last?.read ?? null, ...(last?.labels && { labels: last.labels }) };
  });
  const { builder, inputs, macs } = state;
  const graph: Graph = {
    values: builder.values,
    steps: builder.steps,
    inputs,
    outputs,
    ops: countOps(part),
    params: countParams(part),
    macs: macs(),
  };
  checkGraph(graph);
  return graph;
}

/**
 * Every input and node that cannot be proved. What a refused node gives is taken to have the shape that the file declares, so
 * that the nodes behind it are judged as well.
 */
export const obstacles = (file: Model, options: LowerOptions = {}): Obstacles =>
  walk(withCurves(withGroups(partOf(file, options.outputs ?? null))), options, budgetOf(file.bytes));

/** A file that declares an output otherwise than its nodes make it says two things: neither is to be believed. */
function refuseContradiction(name: string, dims: ModelValue['dims'], shape: readonly number[]): void {
  const agrees =
    dims?.length === shape.length && dims.every((dim, axis) => typeof dim === 'string' || dim === shape[axis]);
  if (dims === null || agrees) return;
  throw new InferproofError(
    'unsupported',
    `expected output '${name}' to have the shape that the file declares, [${dims.join(', ')}], got [${shape.join(', ')}]`,
    {
      where: `output '${name}'`,
      hint: 'correct the declared shape (onnx.shape_inference) or the nodes; --outputs with another tensor leaves this one out',
    },
  );
}

/** What `work` gives; its refusal names the output. */
function atOutput<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InferproofError)) throw error;
    throw new InferproofError(error.code, error.message, { where: `output '${name}'`, hint: error.hint, cause: error });
  }
}
