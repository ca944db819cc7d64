// model.quant.onnx: the circuit in standard ONNX operators, so that onnxruntime computes the very integers that are proved
// and anyone can measure the quantised model on any data. All arithmetic is float64 on integers below 2^53: exact in
// any order.
//
// Inputs are those of the model, in its units and types. An output NAME has its reals in float32, NAME_int the
// integers; where the model ends in a function that the reader computes, NAME is what is proved, as everywhere, and
// NAME_softmax, NAME_logSoftmax, NAME_sigmoid or NAME_tanh the function of it.
import type { Read } from '../../verifier/functions.js';
import type { Circuit, CircuitInput, CircuitTensor, IntegerForm } from '../circuit/circuit.js';
import type { LinearPart } from '../linear/map.js';
import { inOnnx } from '../nodes/index.js';
import type { OnnxNodes } from '../nodes/nodes.js';
import type { DType } from '../tensor.js';
import { gatherGroups } from './gather-groups.js';
import { DataType, flat, onnxBuilder, type OnnxBuilder } from './onnx-builder.js';

const DATA_TYPES: Readonly<Record<DType, DataType>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  // in opset 17 nothing casts integers of less than a byte
  int2: DataType.INT8,
  uint2: DataType.UINT8,
  int4: DataType.INT8,
  uint4: DataType.UINT8,
  int8: DataType.INT8,
  uint8: DataType.UINT8,
  int16: DataType.INT16,
  uint16: DataType.UINT16,
  int32: DataType.INT32,
  uint32: DataType.UINT32,
  int64: DataType.INT64,
  uint64: DataType.UINT64,
  bool: DataType.BOOL,
};

/** The bytes of model.quant.onnx: opset 17, IR version 8. */
export function emitQuantisedOnnx({ tensors, steps, inputs, outputs }: Circuit): Uint8Array {
  const builder = onnxBuilder([...inputs, ...outputs].map(({ name }) => name));
  const values: string[] = []; // stored values of every tensor, flat
  const nodes: OnnxNodes = {
    ...builder,
    scalar: (value) => scalar(builder, value),
    toReal: (x) => builder.node('Cast', [x], { to: DataType.DOUBLE }),
    toIndex: (x) => builder.node('Cast', [x], { to: DataType.INT64 }),
  };
  const inputOf = new Map(inputs.map((input) => [input.tensor, input]));
  for (const step of steps) {
    const outs = step.outs.map((id) => tensors[id]);
    builder.section(`${outs[0].node}/`);
    step.outs.forEach((id, k) => {
      const input = inputOf.get(id);
      if (input) values[id] = quantised(builder, outs[k], input.name, DATA_TYPES[input.dtype], input.rounding);
    });
    const write = (k: number, extra = 0): string => form(builder, step.forms[k], values, extra);
    inOnnx(step).nodes(step, write, outs, nodes).forEach((name, k) => (values[step.outs[k]] = name)); // prettier-ignore
  }
  for (const { name, tensor: id, read } of outputs) {
    builder.section(`${name}/`);
    writeOutput(builder, tensors[id], name, values[id], read);
  }
  return builder.build('quantised', 'the integers of an inferproof circuit');
}

const scalar = (builder: OnnxBuilder, value: number): string => builder.reals([value], []);

/** What `quantiseInputs` does: x / scale + zero to the nearest within [lo, hi], halves up or, of x / scale in float32, to even. */
function quantised(
  builder: OnnxBuilder,
  tensor: CircuitTensor,
  name: string,
  type: DataType,
  rounding: CircuitInput['rounding'],
): string {
  const { shape, lo, hi, columns } = tensor;
  const given = builder.input(name, type, shape);
  const asRead = tensor.encoding ? builder.node('Cast', [given], { to: DataType.FLOAT }) : given;
  const x = builder.node('Cast', [asRead], { to: DataType.DOUBLE });
  if (tensor.encoding) return ordered(builder, x, lo, shape);
  const scaled = builder.node('Div', [x, alongAxis(builder, tensor, tensor.scale)]);
  const zero = alongAxis(builder, tensor, tensor.zero);
  const stored = (nearest: string): string => {
    const end = (at: 0 | 1): string =>
      columns ? alongAxis(builder, { shape, axis: columns.axis }, columns.ends.map((pair) => pair[at])) : scalar(builder, at === 0 ? lo : hi); // prettier-ignore
    const inside = builder.node('Min', [builder.node('Max', [nearest, end(0)]), end(1)]);
    const above = builder.node('Sub', [inside, scalar(builder, lo)]);
    return builder.node('Reshape', [above, builder.shape(flat(shape))]);
  };
  if (rounding === 'even') {
    const single = builder.node('Cast', [scaled], { to: DataType.FLOAT });
    const even = builder.node('Cast', [builder.node('Round', [single])], { to: DataType.DOUBLE });
    return stored(builder.node('Add', [even, zero]));
  }
  const steps = builder.node('Add', [scaled, zero]);
  // not floor(x + 1/2): the sum would round the largest number below 1/2 up
  const floor = builder.node('Floor', [steps]);
  const fraction = builder.node('Sub', [steps, floor]);
  const up = builder.node('GreaterOrEqual', [fraction, scalar(builder, 0.5)]);
  return stored(builder.node('Add', [floor, builder.node('Cast', [up], { to: DataType.DOUBLE })]));
}

/** What `orderOf` does: the exponent by comparing with all powers of two, so that no operator has to know bits. */
function ordered(builder: OnnxBuilder, x: string, lo: number, shape: readonly number[]): string {
  const normal = 254; // exponents, the first of which the numbers below it share
  const flatX = builder.node('Reshape', [x, builder.shape([...flat(shape), 1])]);
  const powers = Float64Array.from({ length: normal }, (_, e) => 2 ** (e - 126));
  const isAbove = builder.node('GreaterOrEqual', [builder.node('Abs', [flatX]), builder.reals(powers, [1, normal])]);
  const counted = builder.node('Cast', [isAbove], { to: DataType.INT64 });
  const exponent = builder.node('ReduceSum', [counted, builder.shape([1])], { keepdims: 1 });
  const scales = Float64Array.from({ length: normal + 1 }, (_, e) => 2 ** (150 - Math.max(e, 1)));
  const firsts = Float64Array.from({ length: normal + 1 }, (_, e) => Math.max(e - 1, 0) * 2 ** 23);
  const scale = builder.node('Gather', [builder.reals(scales, [normal + 1]), exponent]);
  const first = builder.node('Gather', [builder.reals(firsts, [normal + 1]), exponent]);
  const bits = builder.node('Add', [builder.node('Mul', [builder.node('Abs', [flatX]), scale]), first]);
  const isNegative = builder.node('Cast', [builder.node('Less', [flatX, scalar(builder, 0)])], { to: DataType.DOUBLE });
  const twice = builder.node('Add', [builder.node('Mul', [bits, scalar(builder, 2)]), scalar(builder, 1)]);
  const signed = builder.node('Sub', [bits, builder.node('Mul', [isNegative, twice])]);
  const stored = builder.node('Add', [signed, scalar(builder, 2 ** 31 - lo)]);
  return builder.node('Reshape', [stored, builder.shape(flat(shape))]);
}

/** Scale or zero, in a shape that broadcasts over the tensor's. */
function alongAxis(
  builder: OnnxBuilder,
  { shape, axis }: Pick<CircuitTensor, 'shape' | 'axis'>,
  value: number | readonly number[],
): string {
  if (typeof value === 'number') return scalar(builder, value);
  return builder.reals(value, shape.map((d, i) => (i === axis ? d : 1))); // prettier-ignore
}

/** acc + extra of every element, flat. */
function form(builder: OnnxBuilder, { map }: IntegerForm, values: readonly string[], extra: number): string {
  const constants = map.bias.map((b) => b + extra);
  const terms = map.parts.map((part) => partSum(builder, part, values[part.from]));
  const constant = constants.every((b) => b === constants[0])
    ? scalar(builder, constants[0])
    : builder.reals(constants, [map.size]);
  if (terms.length === 0) return builder.node('Expand', [constant, builder.shape([map.size])]);
  const sum = terms.reduce((a, b) => builder.node('Add', [a, b]));
  return constants.every((b) => b === 0) ? sum : builder.node('Add', [sum, constant]);
}

/** The share of one source: gathers and products group by group, then all elements back into their order. */
function partSum(builder: OnnxBuilder, part: LinearPart, x: string): string {
  const size = part.base.length;
  const { groups: found, order } = gatherGroups(part);
  const sums = found.map((group) => {
    const { positions, fanIn, weights, channels } = group;
    const count = positions.length / fanIn;
    if (channels === null) {
      // one weight per position: elements of one term, or of kernels that nothing shares
      const terms = gathered(builder, x, positions, [positions.length]);
      const weighted = weights.every((w) => w === 1)
        ? terms
        : builder.node('Mul', [terms, builder.reals(weights, [weights.length])]);
      if (fanIn === 1) return weighted;
      const table = builder.node('Reshape', [weighted, builder.shape([count, fanIn])]);
      return builder.node('ReduceSum', [table, builder.shape([1])], { keepdims: 0 });
    }
    const patches = gathered(builder, x, positions, [count, fanIn]);
    const product = builder.node('MatMul', [patches, builder.reals(weights, [fanIn, channels])]);
    return builder.node('Reshape', [product, builder.shape([count * channels])]);
  });
  const some = order.includes(-1) ? [...sums, builder.reals([0], [1])] : sums;
  const all = some.length === 1 ? some[0] : builder.node('Concat', some, { axis: 0 });
  const last = found.reduce((n, group) => n + group.size, 0); // where the zero of empty elements is
  const places = order.map((place) => (place === -1 ? last : place));
  if (places.length === last && places.every((place, o) => place === o)) return all;
  return builder.node('Gather', [all, builder.indices(places, [size])]);
}

const gathered = (builder: OnnxBuilder, x: string, positions: Int32Array, shape: readonly number[]): string =>
  builder.node('Gather', [x, builder.indices(positions, shape)]);

function writeOutput(
  builder: OnnxBuilder,
  tensor: CircuitTensor,
  name: string,
  stored: string,
  read: Read | null,
): void {
  const { shape, lo } = tensor;
  const shaped = builder.node('Reshape', [stored, builder.shape(shape)]);
  const int = builder.node('Add', [shaped, scalar(builder, lo)]);
  const offset = builder.node('Sub', [int, alongAxis(builder, tensor, tensor.zero)]);
  const real = builder.node('Mul', [offset, alongAxis(builder, tensor, tensor.scale)]);
  builder.output(name, builder.node('Cast', [real], { to: DataType.FLOAT }), DataType.FLOAT, shape);
  builder.output(`${name}_int`, builder.node('Cast', [int], { to: DataType.INT64 }), DataType.INT64, shape);
  // no operator of ONNX is a probit, and Sqrt of what was rounded below 0 is none
  if (read === null || read.function === 'probit' || read.function === 'sqrt') return;
  const op = `${read.function[0].toUpperCase()}${read.function.slice(1)}`;
  const values = builder.node(op, [real], read.axis === null ? {} : { axis: read.axis });
  builder.output(
    `${name}_${read.function}`,
    builder.node('Cast', [values], { to: DataType.FLOAT }),
    DataType.FLOAT,
    shape,
  );
}
