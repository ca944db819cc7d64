// model.onnx -> Model: the protobuf message as plain values.
// https://onnx.ai/onnx/repo-docs/IR.html
import { fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { InferproofError } from '../../verifier/errors.js';
import type { Tensor } from '../tensor.js';
import { externalFiles, type ExternalData, type ExternalFiles } from './external-data.js';
import { MAX_BODY_DEPTH } from '../limits.js';
import { fileKind } from './file-kinds.js';
import type { AttributeValue, Model, ModelBody, ModelNode, ModelValue } from './model.js';
import { needed, readsOf, sorted } from './order.js';
import { dataTypeName, dtypeOf, tensorOf, type Opaque } from './tensor-data.js';

export interface DecodeOptions {
  /** Reads a file beside the model; without it, a model with external data is refused. */
  readonly externalData?: ExternalData | undefined;
}

/**
 * @throws 'format' for bytes that are not an ONNX model or contradict themselves, 'file' where external data cannot be
 *   read, 'unsupported' for sparse initializers
 */
export function decode(bytes: Uint8Array, { externalData }: DecodeOptions = {}): Model {
  const proto = parse(bytes);
  if (proto.graph === undefined) throw notModel(bytes, `${bytes.length} bytes without a graph`);
  if (proto.irVersion < 3n) throw notOnnx(`expected ir_version 3 or later, got ${proto.irVersion}`);
  const names = proto.graph.output.map(({ name }) => name);
  if (names.length === 0) throw notOnnx('expected a graph with outputs, got one without');
  if (new Set(names).size !== names.length)
    throw notOnnx(`expected outputs of distinct names, got ${names.join(', ')}`);
  const opsets = new Map<string, number>();
  for (const { domain, version } of proto.opsetImport) {
    opsets.set(standardDomain(domain), Math.max(opsets.get(standardDomain(domain)) ?? 0, Number(version)));
  }
  const files = externalFiles(externalData);
  const initializers = initializersOf(proto.graph, files);
  const nodes = nodesOf(proto.graph, { opsets, files, depth: 0 });
  return {
    bytes: [...files.read.values()].reduce((sum, { length }) => sum + length, bytes.length),
    irVersion: Number(proto.irVersion),
    producer: `${proto.producerName} ${proto.producerVersion}`.trim(),
    opsets,
    nodes,
    initializers,
    external: files.read,
    inputs: proto.graph.input.filter(({ name }) => !initializers.has(name)).map(valueOf),
    outputs: proto.graph.output.map(valueOf),
    declared: new Map([...proto.graph.valueInfo, ...proto.graph.output].map((info) => [info.name, valueOf(info)])),
    functions: new Set(proto.functions.map(({ domain, name }) => `${standardDomain(domain)}.${name}`)),
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
  };
}

function parse(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) throw notModel(bytes, 'an empty file');
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw notModel(bytes, `${bytes.length} bytes that are not one or end too early`, cause);
  }
}

function initializersOf(graph: GraphProto, files: ExternalFiles): Map<string, Tensor | Opaque> {
  if (graph.sparseInitializer.length > 0) {
    throw new InferproofError('unsupported', 'expected dense initializers, got a sparse one', {
      hint: 'export the model with dense weights',
    });
  }
  const initializers = new Map<string, Tensor | Opaque>();
  for (const proto of graph.initializer) {
    if (initializers.has(proto.name)) throw notOnnx(`expected one initializer '${proto.name}', got two`);
    initializers.set(proto.name, tensorOf(proto, proto.name, files));
  }
  return initializers;
}

const standardDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** What all graphs of a file share, and how deep inside nodes one is. */
interface Around {
  readonly opsets: ReadonlyMap<string, number>;
  readonly files: ExternalFiles;
  readonly depth: number;
}

const nodesOf = (graph: GraphProto, around: Around): ModelNode[] =>
  graph.node.map((node, index) => nodeOf(node, index, around));

function nodeOf(node: NodeProto, index: number, around: Around): ModelNode {
  const name = node.name || `${node.opType}#${index}`;
  const domain = standardDomain(node.domain);
  const attributes = new Map<string, AttributeValue>();
  const bodies = new Map<string, ModelBody>();
  for (const attribute of node.attribute) {
    if (attribute.type === AttributeType.GRAPH && attribute.g !== undefined)
      bodies.set(attribute.name, bodyOf(attribute.g, name, around));
    else attributes.set(attribute.name, attributeOf(attribute, `${name}.${attribute.name}`, around.files));
  }
  return {
    name,
    op: node.opType,
    domain,
    opset: around.opsets.get(domain) ?? 0,
    inputs: node.input,
    outputs: node.output,
    attributes,
    bodies,
    captured: [...new Set([...bodies.values()].flatMap(namesAround))],
  };
}

function bodyOf(graph: GraphProto, node: string, around: Around): ModelBody {
  const depth = around.depth + 1;
  if (depth > MAX_BODY_DEPTH)
    throw new InferproofError('unsupported', `expected graphs inside at most ${MAX_BODY_DEPTH} others, got more`, {
      where: `node '${node}'`,
      hint: 'export the model without control flow',
    });
  const outputs = graph.output.map(({ name }) => name);
  return {
    nodes: needed(sorted(nodesOf(graph, { ...around, depth })), outputs),
    initializers: initializersOf(graph, around.files),
    inputs: graph.input.map(({ name }) => name),
    outputs,
  };
}

/** The names that a body reads and does not define. */
function namesAround({ nodes, initializers, inputs, outputs }: ModelBody): string[] {
  const own = new Set([...inputs, ...initializers.keys(), ...nodes.flatMap((node) => node.outputs)]);
  return [...nodes.flatMap(readsOf), ...outputs].filter((name) => !own.has(name));
}

function attributeOf(attribute: AttributeProto, where: string, files: ExternalFiles): AttributeValue {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.INT:
      return Number(attribute.i);
    case AttributeType.STRING:
      return text(attribute.s);
    case AttributeType.FLOATS:
      return attribute.floats;
    case AttributeType.INTS:
      return attribute.ints.map(Number);
    case AttributeType.STRINGS:
      return attribute.strings.map(text);
    case AttributeType.TENSOR:
      if (attribute.t === undefined) throw notOnnx('expected a tensor in the attribute, got none', undefined, where);
      return tensorOf(attribute.t, where, files);
    default:
      return { opaque: `an attribute of type ${attribute.type}` };
  }
}

function valueOf(info: ValueInfoProto): ModelValue {
  const { name } = info;
  const type = info.type?.value;
  if (type?.case !== 'tensorType')
    return { name, dtype: undefined, type: type?.case ?? 'no type', dims: null, denotations: [] };
  const { elemType, shape } = type.value;
  const dims = shape?.dim.map(({ value }, axis): number | string => {
    if (value.case === 'dimParam' && value.value !== '') return value.value;
    if (value.case !== 'dimValue' || value.value < 0n) return `${name}_${axis}`;
    return Number(value.value);
  });
  const denotations = shape?.dim.map(({ denotation }) => denotation) ?? [];
  return { name, dtype: dtypeOf(elemType), type: dataTypeName(elemType), dims: dims ?? null, denotations };
}

/** What the file is where its bytes tell, else `got`. */
function notModel(bytes: Uint8Array, got: string, cause?: unknown): InferproofError {
  const kind = fileKind(bytes);
  return new InferproofError('format', `expected an ONNX model, got ${kind?.name ?? got}`, {
    cause,
    hint: kind?.model ?? AS_EXPORTED,
  });
}

const AS_EXPORTED = 'give a .onnx file as an exporter writes it';
const notOnnx = (message: string, cause?: unknown, where?: string): InferproofError =>
  new InferproofError('format', message, { where, cause, hint: AS_EXPORTED });
