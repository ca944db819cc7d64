// Writes a graph as an ONNX file the way PyTorch's exporter does: opset 17, IR 8, float32 initializers in raw_data, tensor
// names "/fc1/Gemm_output_0", batch dimension 1.
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';

export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Integers and lists of integers; a `Float` is written as a float. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | Float>>;
}

export interface Float {
  readonly float: number;
}

/** A graph from the tensor `input` to the tensor `output`. */
export interface OnnxGraph {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly initializers: readonly Initializer[];
  /** In an order in which each reads only what stands before it. */
  readonly nodes: readonly OnnxNode[];
}

/** torch.nn.Linear: y = x · Wᵀ + b. */
export function gemm(layer: string, input: string, output: string): OnnxNode {
  return {
    name: `/${layer}/Gemm`,
    op: 'Gemm',
    inputs: [input, `${layer}.weight`, `${layer}.bias`],
    output,
    attributes: { alpha: { float: 1 }, beta: { float: 1 }, transB: 1 },
  };
}

function attribute(name: string, value: number | readonly number[] | Float) {
  const { INT, INTS, FLOAT } = AttributeProto_AttributeType;
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, shape: readonly number[]) {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(size) } }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: TensorProto_DataType.FLOAT,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  });
}

/** Little-endian bytes on every machine. */
function float32Bytes(data: Float32Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * data.length));
  data.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** The bytes of a .onnx file. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'inferproof examples/train',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 17n })],
    graph: create(GraphProtoSchema, {
      name: 'main_graph',
      input: [valueInfo('input', graph.inputShape)],
      output: [valueInfo('output', graph.outputShape)],
      initializer: graph.initializers.map(({ name, dims, data }) =>
        create(TensorProtoSchema, {
          name,
          dims: dims.map(BigInt),
          dataType: TensorProto_DataType.FLOAT,
          rawData: float32Bytes(data),
        }),
      ),
      node: graph.nodes.map(({ name, op, inputs, output, attributes = {} }) =>
        create(NodeProtoSchema, {
          name,
          opType: op,
          input: [...inputs],
          output: [output],
          attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
        }),
      ),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}
