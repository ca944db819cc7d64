// Operators that make tensors at compile time.
import { cos } from '../../maths.js';
import { sizeOf, type Tensor } from '../../tensor.js';
import { holder } from '../../holder.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { dtypeOf, unusable, type Opaque } from '../tensor-data.js';

/** https://onnx.ai/onnx/operators/onnx__Constant.html : one of its value attributes. */
const Constant: Lowering = (site) => {
  const tensor = site.attribute('value');
  if (typeof tensor === 'object' && 'strings' in tensor && tensor.strings) return site.strings(tensor.strings);
  if (tensor !== undefined) return tensorAttribute(site, tensor);
  if (site.attribute('value_float') !== undefined) return site.tensor('float32', [], [site.float('value_float', 0)]);
  if (site.attribute('value_int') !== undefined) return site.tensor('int64', [], [site.int('value_int', 0)]);
  const floats = site.attribute('value_floats');
  if (Array.isArray(floats)) return site.tensor('float32', [floats.length], floats.map(Number));
  const strings = site.attribute('value_strings');
  if (Array.isArray(strings)) return site.strings({ shape: [strings.length], values: strings.map(String) });
  const ints = site.ints('value_ints');
  if (ints !== null) return site.tensor('int64', [ints.length], ints);
  return site.refuse(
    'expected a constant of numbers or strings, got a sparse tensor',
    'export the model with dense numbers',
  );
};

/** https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html : one value everywhere. */
const ConstantOfShape: Lowering = (site) => {
  const shape = [...site.constant(0, "the shape 'input'").data];
  if (shape.some((dim) => !Number.isInteger(dim) || dim < 0))
    site.refuse(`expected a shape, got [${shape.join(', ')}]`);
  const given = site.attribute('value');
  const { dtype, constant } = given === undefined ? site.tensor('float32', [1], [0]) : tensorAttribute(site, given);
  return site.tensor(dtype, shape, new Float64Array(site.size(shape)).fill(constant?.[0] ?? 0));
};

/** https://onnx.ai/onnx/operators/onnx__Shape.html : the dimensions from `start` to `end`, static here. */
const Shape: Lowering = (site) => {
  const { shape } = site.result(0);
  const clamp = (i: number): number => Math.min(Math.max(i < 0 ? i + shape.length : i, 0), shape.length);
  const dims = shape.slice(clamp(site.int('start', 0)), clamp(site.int('end', shape.length)));
  return site.tensor('int64', [dims.length], dims);
};

/** https://onnx.ai/onnx/operators/onnx__Range.html : start, start + delta, ... before limit. */
const Range: Lowering = (site) => {
  const [start, limit, delta] = ['start', 'limit', 'delta'].map((name, i) => site.constant(i, `'${name}'`).data[0]);
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!Number.isFinite(count)) site.refuse(`expected a range that ends, got ${start} to ${limit} by ${delta}`);
  site.size([count]);
  const { dtype } = site.input(0);
  const hold = holder(dtype);
  let next = start;
  const step = (): number => {
    const here = next;
    next = hold(next + delta); // onnxruntime adds up, in the type
    return here;
  };
  return site.computed(dtype, [count], Float64Array.from({ length: count }, step));
};

/** https://onnx.ai/onnx/operators/onnx__Size.html : the number of elements, static here. */
const Size: Lowering = (site) => site.tensor('int64', [], [sizeOf(site.result(0).shape)]);

/** https://onnx.ai/onnx/operators/onnx__EyeLike.html : ones on the k-th diagonal of a matrix of that shape. */
const EyeLike: Lowering = (site) => {
  const { shape, dtype } = site.result(0);
  if (shape.length !== 2) site.refuse(`expected a matrix, got rank ${shape.length}`);
  const [k, given] = [site.int('k', 0), site.attribute('dtype')];
  const to = given === undefined ? dtype : dtypeOf(site.int('dtype', 0));
  if (to === undefined) return site.refuse(`expected a dtype of numbers, got ${site.int('dtype', 0)}`);
  const [, columns] = shape;
  const isOn = (o: number): boolean => (o % columns) - Math.floor(o / columns) === k;
  return site.tensor(
    to,
    shape,
    Float64Array.from({ length: site.size(shape) }, (_, o) => Number(isOn(o))),
  );
};

/** Below it a sum of cosines is 0. */
const ROUNDING = 2 ** -50;

/** A window of cosines, its weights by the multiple of the angle. */
const cosines =
  (weights: readonly number[]): Lowering =>
  (site) => {
    const count = site.constant(0, "'size'").data[0];
    const to = dtypeOf(site.int('output_datatype', 1));
    if (to === undefined || !(count >= 1)) return site.refuse(`expected a size from 1 and a type of numbers, got ${count} and ${site.int('output_datatype', 1)}`); // prettier-ignore
    const round = site.int('periodic', 1) !== 0 ? count : count - 1;
    if (round === 0) site.refuse('expected a size from 2 of a window that is not periodic, got 1');
    const at = (i: number): number => weights.reduce((sum, w, k) => sum + w * cos((2 * Math.PI * k * i) / round), 0);
    const known = (v: number): number => (Math.abs(v) < ROUNDING ? 0 : v);
    const values = new Float64Array(site.size([count])).map((_, i) => known(at(i)));
    return site.computed(to, [count], values);
  };

function tensorAttribute(site: Site, value: unknown): Operand {
  if (typeof value === 'object' && value !== null && 'opaque' in value)
    return site.refuse(...unusable(value as Opaque, 'its value'));
  if (typeof value !== 'object' || value === null || !('data' in value))
    return site.refuse('expected a tensor of numbers, got something else');
  const { dtype, shape, data } = value as Tensor; // only tensors among attributes have data
  return site.tensor(dtype, shape, data);
}

export const CONSTANTS: readonly Operator[] = [
  { op: 'BlackmanWindow', since: 17, inputs: [1, 1], outputs: 1, lower: cosines([0.42, -0.5, 0.08]) },
  { op: 'Constant', since: 1, inputs: [0, 0], outputs: 1, lower: Constant },
  { op: 'ConstantOfShape', since: 9, inputs: [1, 1], outputs: 1, lower: ConstantOfShape },
  { op: 'EyeLike', since: 9, inputs: [1, 1], outputs: 1, lower: EyeLike },
  { op: 'HammingWindow', since: 17, inputs: [1, 1], outputs: 1, lower: cosines([25 / 46, -21 / 46]) },
  { op: 'HannWindow', since: 17, inputs: [1, 1], outputs: 1, lower: cosines([0.5, -0.5]) },
  { op: 'Range', since: 11, inputs: [3, 3], outputs: 1, lower: Range },
  { op: 'Shape', since: 1, inputs: [1, 1], outputs: 1, lower: Shape },
  { op: 'Size', since: 1, inputs: [1, 1], outputs: 1, lower: Size },
];
