// From the file of a model to the graph that is planned.
import { budgetOf } from './budget.js';
import type { Argument } from './circuit/circuit.js';
import { fuse } from './graph/fuse.js';
import type { Graph } from './graph/graph.js';
import { maximaFirst } from './graph/maxima.js';
import { prepared } from './graph/prepared.js';
import { decode } from './onnx/decode.js';
import { modelDigest } from './onnx/digest.js';
import { lower, type LowerOptions } from './onnx/lower.js';
import type { Model } from './onnx/model.js';
import type { CompileOptions } from './options.js';

/** A file decoded, with its digest. */
export function readModel(
  bytes: Uint8Array,
  externalData: CompileOptions['externalData'],
): { readonly model: Model; readonly modelSha256: string } {
  const model = decode(bytes, externalData ? { externalData } : {});
  return { model, modelSha256: modelDigest(bytes, model.external) };
}

/** The lowered graph of a file, its linear maps composed. */
export function lowerModel(
  bytes: Uint8Array,
  { shapes, outputs, externalData, argument }: Pick<CompileOptions, 'shapes' | 'outputs' | 'externalData' | 'argument'>,
): { readonly graph: Graph; readonly modelSha256: string } {
  const { model, modelSha256 } = readModel(bytes, externalData);
  return { graph: lowered(model, { shapes, outputs, argument }), modelSha256 };
}

/** The graph of a decoded model, its linear maps and its functions composed: functions only where there are tables for them. */
export function lowered(
  model: Model,
  { argument, ...options }: LowerOptions & { readonly argument?: Argument | undefined },
): Graph {
  const budget = budgetOf(model.bytes);
  const graph = lower(model, options, budget);
  return fuse(maximaFirst(prepared(graph, argument !== 'plain')), budget);
}
