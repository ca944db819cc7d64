// Writes an ONNX graph node by node: unique names, attributes, constants, and the protobuf at the end.
// https://onnx.ai/onnx/repo-docs/IR.html
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { littleEndian } from '../json.js';
import { sizeOf } from '../tensor.js';

export { TensorProto_DataType as DataType } from 'onnx-buf';

const IR_VERSION = 8n;
const OPSET = 17n;

/** An int, or a list of ints: all that the operators of a quantised model take. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

export interface OnnxBuilder {
  /** A node; returns the name of its first output. @param outputs those that the operator has to give */
  node(op: string, inputs: readonly string[], attributes?: Attributes, outputs?: number): string;
  /** A float64 constant; equal scalars are one constant. */
  reals(values: ArrayLike<number>, shape: readonly number[]): string;
  /** Indices as int32, shapes and axes as int64: the types that the operators want. */
  indices(values: ArrayLike<number>, shape: readonly number[]): string;
  shape(values: readonly number[]): string;
  input(name: string, type: DataType, shape: readonly number[]): string;
  /** Makes a value an output of the graph under `wanted`, or under the nearest name that is free. */
  output(wanted: string, value: string, type: DataType, shape: readonly number[]): void;
  /** Names of the nodes from here on begin with it. */
  section(prefix: string): void;
  build(name: string, doc: string): Uint8Array;
}

/** @param reserved names that no inner value may take: those of inputs and outputs */
export function onnxBuilder(reserved: readonly string[]): OnnxBuilder {
  const taken = new Set(reserved);
  const repeats = new Map<string, number>(); // of each wanted name: all below are taken
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const inputs: ValueInfoProto[] = [];
  const outputs: ValueInfoProto[] = [];
  const scalars = new Map<number, string>();
  let prefix = '';

  const unused = (wanted: string): string => {
    let name = wanted;
    let next = repeats.get(wanted) ?? 1;
    while (taken.has(name)) name = `${wanted}_${next++}`;
    repeats.set(wanted, next);
    taken.add(name);
    return name;
  };
  const push = (op: string, from: readonly string[], to: readonly string[], attributes: Attributes = {}): string => {
    const attribute = Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number'
        ? create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
        : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) }),
    );
    const [name] = to;
    nodes.push(create(NodeProtoSchema, { name, opType: op, input: [...from], output: [...to], attribute }));
    return name;
  };
  const constant = (type: DataType, rawData: Uint8Array<ArrayBuffer>, shape: readonly number[]): string => {
    const name = unused(`${prefix}constant`);
    initializers.push(create(TensorProtoSchema, { name, dataType: type, dims: shape.map(BigInt), rawData }));
    return name;
  };
  const reals = (values: ArrayLike<number>, shape: readonly number[]): string => {
    const known = shape.length === 0 ? scalars.get(values[0]) : undefined;
    if (known !== undefined) return known;
    const name = constant(DataType.DOUBLE, littleEndian(new Float64Array(values)), shape);
    if (shape.length === 0) scalars.set(values[0], name);
    return name;
  };
  const shape = (values: readonly number[]): string => {
    const bytes = new DataView(new ArrayBuffer(8 * values.length));
    values.forEach((d, i) => bytes.setBigInt64(8 * i, BigInt(d), true));
    return constant(DataType.INT64, new Uint8Array(bytes.buffer), [values.length]);
  };

  return {
    node: (op, from, attributes, count = 1) =>
      push(op, from, Array.from({ length: count }, () => unused(prefix + op)), attributes), // prettier-ignore
    reals,
    indices: (values, dims) => constant(DataType.INT32, littleEndian(new Int32Array(values)), dims),
    shape,
    input(name, type, dims) {
      inputs.push(valueInfo(name, type, dims));
      return name;
    },
    output(wanted, value, type, dims) {
      const free = inputs.every(({ name }) => name !== wanted) && outputs.every(({ name }) => name !== wanted);
      const name = free ? wanted : unused(wanted);
      taken.add(name);
      outputs.push(valueInfo(name, type, dims));
      push('Identity', [value], [name]);
    },
    section(next) {
      prefix = next;
    },
    build(name, docString) {
      const graph = create(GraphProtoSchema, {
        name,
        node: nodes,
        initializer: initializers,
        input: inputs,
        output: outputs,
      });
      const model = create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'inferproof',
        docString,
        graph,
        opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: OPSET })],
      });
      return toBinary(ModelProtoSchema, model);
    },
  };
}

function valueInfo(name: string, elemType: DataType, shape: readonly number[]): ValueInfoProto {
  const dim = shape.map((d) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(d) } }),
  );
  const tensor = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}

/** Shape for values that hold one element per element of `shape`, flat. */
export const flat = (shape: readonly number[]): number[] => [sizeOf(shape)];
