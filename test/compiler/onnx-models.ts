// What the tests of the ONNX side share: models built in the test, a reader of .tar.gz, TensorProto values.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType,
  type AttributeProtoSchema,
  type GraphProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { decode } from '#compiler/onnx/decode.js';
import { fuse } from '#compiler/graph/fuse.js';
import { lower, type LowerOptions } from '#compiler/onnx/lower.js';
import type { Graph } from '#compiler/graph/graph.js';
import { InferproofError } from '#verifier/errors.js';
import type { Read } from '#verifier/functions.js';

const { FLOAT, INT32, INT64 } = TensorProto_DataType;

export type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
export type AttributeInit =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: number[] }
  | { strings: string[] }
  | { tensor: TensorInit }
  | { body: BodyInit };

/** A graph inside a node. */
export interface BodyInit {
  inputs?: (string | MessageInitShape<typeof ValueInfoProtoSchema>)[];
  nodes: NodeInit[];
  initializers?: Record<string, TensorInit>;
  outputs: string[];
}

export interface NodeInit {
  op: string;
  name?: string;
  domain?: string;
  in: string[];
  out?: string[];
  attributes?: Record<string, AttributeInit>;
}

export interface ModelInit {
  inputs: Record<string, (number | string)[]>;
  /** Element type of the inputs; FLOAT. */
  type?: number;
  /** Element type of the outputs; FLOAT. */
  outputType?: number;
  nodes: NodeInit[];
  initializers?: Record<string, TensorInit>;
  outputs?: string[];
  opset?: number;
  /** Opsets of other domains. */
  domains?: Record<string, number>;
  graph?: MessageInitShape<typeof GraphProtoSchema>;
  ir?: number;
}

export const floats = (dims: number[], values: ArrayLike<number>): TensorInit => ({
  dims: dims.map(BigInt),
  dataType: FLOAT,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

export const ints = (...values: number[]): TensorInit => ({
  dims: [BigInt(values.length)],
  dataType: INT64,
  int64Data: values.map(BigInt),
});

export const bools = (dims: number[], values: ArrayLike<number>): TensorInit => ({
  dims: dims.map(BigInt),
  dataType: TensorProto_DataType.BOOL,
  rawData: Uint8Array.from(values),
});

export const int32s = (...values: number[]): TensorInit => ({
  dims: [BigInt(values.length)],
  dataType: INT32,
  int32Data: values,
});

/** What a file declares of a tensor; `dims` null for an unknown rank. */
export const valueInfo = (
  name: string,
  dims: readonly (number | string)[] | null,
  elemType: number = FLOAT,
): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType,
        ...(dims === null
          ? {}
          : {
              shape: {
                dim: dims.map((d) => ({
                  value:
                    typeof d === 'number'
                      ? { case: 'dimValue' as const, value: BigInt(d) }
                      : { case: 'dimParam' as const, value: d },
                })),
              },
            }),
      },
    },
  },
});

/** Bytes of a model whose last node gives the output unless named; outputs are called `y`, intermediate ones by `out`. */
export function modelBytes({
  inputs,
  type = FLOAT,
  outputType = FLOAT,
  nodes,
  initializers = {},
  outputs = ['y'],
  opset = 17,
  domains = {},
  ir = 8,
  graph = {},
}: ModelInit): Uint8Array {
  const message = create(ModelProtoSchema, {
    irVersion: BigInt(ir),
    opsetImport: Object.entries({
      '': opset,
      ...Object.fromEntries(nodes.flatMap(({ domain = '' }) => (domain === '' ? [] : [[domain, 1]]))),
      ...domains,
    }).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: {
      name: 'test',
      ...bodyOf({ nodes, initializers }),
      input: Object.entries(inputs).map(([name, dims]) => valueInfo(name, dims, type)),
      output: outputs.map((name) => valueInfo(name, null, outputType)),
      ...graph,
    },
  });
  return toBinary(ModelProtoSchema, message);
}

const bodyOf = ({ nodes, initializers = {} }: Pick<BodyInit, 'nodes' | 'initializers'>) => ({
  node: nodes.map((node) => ({
    name: node.name ?? '',
    opType: node.op,
    domain: node.domain ?? '',
    input: node.in,
    output: node.out ?? ['y'],
    attribute: Object.entries(node.attributes ?? {}).map(([name, init]) => attribute(name, init)),
  })),
  initializer: Object.entries(initializers).map(([name, tensor]) => ({ ...tensor, name })),
});

function attribute(name: string, init: AttributeInit): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof init === 'number') return { name, type: AttributeType.INT, i: BigInt(init) };
  if (typeof init === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(init) };
  if (Array.isArray(init)) return { name, type: AttributeType.INTS, ints: init.map(BigInt) };
  if ('float' in init) return { name, type: AttributeType.FLOAT, f: init.float };
  if ('floats' in init) return { name, type: AttributeType.FLOATS, floats: init.floats };
  if ('strings' in init) {
    const strings = init.strings.map((text) => new TextEncoder().encode(text));
    return { name, type: AttributeType.STRINGS, strings };
  }
  if ('body' in init) {
    const named = (values: BodyInit['inputs'] = []) => values.map((one) => (typeof one === 'string' ? { name: one } : one)); // prettier-ignore
    const { inputs, outputs } = init.body;
    const g = { name: 'body', ...bodyOf(init.body), input: named(inputs), output: named(outputs) };
    return { name, type: AttributeType.GRAPH, g };
  }
  return { name, type: AttributeType.TENSOR, t: (init as { tensor: TensorInit }).tensor };
}

/** Decoded, lowered and fused. */
export const graphOf = (bytes: Uint8Array, options: LowerOptions = {}): Graph => fuse(lower(decode(bytes), options));

/** Outputs of a model on one sample, by name: their shapes, their numbers, and those that are proved. */
export function runOutputs(bytes: Uint8Array, inputs: Record<string, ArrayLike<number>>, options: LowerOptions = {}) {
  const graph = graphOf(bytes, options);
  const data = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, Float64Array.from(x)]));
  const values = evaluateGraph(graph, data);
  return Object.fromEntries(
    graph.outputs.map(({ name, value, read }) => {
      const shape = [...graph.values[value].shape];
      const proved = [...values[value]];
      return [name, { shape, data: read === null ? proved : readNaively(read, proved, shape), proved, read, graph }];
    }),
  );
}

/** What a reader makes of proved values, line by line: written without the verifier. */
export function readNaively({ function: name, axis }: Read, x: readonly number[], shape: readonly number[]): number[] {
  if (name === 'sqrt') return x.map((v) => (v > 0 ? v ** 0.5 : 0));
  if (axis === null) return x.map((v) => (name === 'tanh' ? Math.tanh(v) : 1 / (1 + Math.exp(-v))));
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const y = [...x];
  for (let first = 0; first < x.length; first++) {
    if (Math.floor(first / inner) % shape[axis] !== 0) continue;
    const line = Array.from({ length: shape[axis] }, (_, k) => first + k * inner);
    const top = Math.max(...line.map((i) => x[i]));
    const logSum = top + Math.log(line.reduce((sum, i) => sum + Math.exp(x[i] - top), 0));
    for (const i of line) y[i] = name === 'softmax' ? Math.exp(x[i] - logSum) : x[i] - logSum;
  }
  return y;
}

/** The first of them. */
export const runModel = (...args: Parameters<typeof runOutputs>) => Object.values(runOutputs(...args))[0];

/** Path -> bytes, for a ustar .tar.gz of plain files. */
export function readTarGz(file: string): Map<string, Uint8Array> {
  const tar = gunzipSync(readFileSync(file));
  const text = (at: number, length: number): string => tar.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const [name, size, prefix] = [text(at, 100), parseInt(text(at + 124, 12), 8), text(at + 345, 155)];
    files.set(prefix ? `${prefix}/${name}` : name, new Uint8Array(tar.subarray(at + 512, at + 512 + size)));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** A number that no node reads. */
const unread = fromBinary(ModelProtoSchema, modelBytes({ inputs: { unread: [1] }, nodes: [] })).graph!.input[0];

/** The model with some of its inputs made initializers; one that would have no input left gets one that nothing reads. */
export function bindInputs(model: Uint8Array, bound: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const message = fromBinary(ModelProtoSchema, model);
  const graph = message.graph;
  if (graph === undefined) throw new Error('no graph');
  for (const [index, bytes] of bound) {
    graph.initializer.push({ ...fromBinary(TensorProtoSchema, bytes), name: graph.input[index].name });
  }
  graph.input = graph.input.filter((_, index) => !bound.has(index));
  if (graph.input.length === 0) graph.input = [unread];
  return toBinary(ModelProtoSchema, message);
}

/** The error of ours that a call throws. */
export function errorOf(run: () => unknown): InferproofError {
  try {
    run();
  } catch (error) {
    if (error instanceof InferproofError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
