// Operators of quantised models: integers with a scale and a zero point, and the linear layers over them. The integers that are proved
// are those of the runtime's integer kernels: sums in int32, then f32(f32(acc) f32(f32(sx sw) / sy)), a half to the even integer.
import { addMaps, gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { dynamic } from '../../recipes/dynamic.js';
import { isFloat, sizeOf, type DType } from '../../tensor.js';
import { convolved } from '../convolution.js';
import { OWN_DOMAIN } from '../layers.js';
import { broadcastIndices } from '../indexing.js';
import { gemmOf, matmulOf } from '../matrices.js';
import { centred, lessZero, dequantised, multipliersOf, oneStep, placesAlong, quantised, requantised, stepsOf, tensorOf } from '../quantised.js'; // prettier-ignore
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { dataTypeName, dtypeOf } from '../tensor-data.js';
import { convolutionOf } from '../windows.js';

/** Gadgets of an element of DynamicQuantizeLinear. */
const FLOORS = 8;

const typeOf = (site: Site, attribute: string, fallback: DType): DType => {
  const type = site.int(attribute, 0);
  return type === 0
    ? fallback
    : (dtypeOf(type) ?? site.refuse(`expected a type that can be proved in ${attribute}, got ${dataTypeName(type)}`));
};

/** https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html : saturate(round(x / scale) + zero), a half to the even integer. */
const QuantizeLinear: Lowering = (site) => {
  const x = site.floats(0);
  site.int('saturate', 1); // of float8
  if (typeOf(site, 'precision', 'float32') !== 'float32') site.refuse('expected precision float32, got another');
  const type = typeOf(site, 'output_dtype', 'uint8');
  const steps = stepsOf(site, 1, 2, type);
  const places = placesAlong(site, x.shape, { shape: site.input(1).shape, data: steps.scales }, site.int('axis', 1), site.int('block_size', 0)); // prettier-ignore
  return quantised(site, x, steps, places);
};

/**
 * https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html : scale (max - min) / 255 with 0 among them, zero round(-min / scale),
 * saturate(round(x / scale) + zero); a scale of 0 where all are 0, which ONNX divides by.
 */
const DynamicQuantizeLinear: Lowering = (site) => {
  const x = site.floats(0);
  site.gadgets(FLOORS * site.size(x.shape));
  return site.steps(dynamic, [x], {}, [
    { shape: x.shape, dtype: 'uint8' },
    { shape: [], dtype: 'float32' },
    { shape: [], dtype: 'uint8' },
  ]);
};

/** https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html : (x - zero) scale. */
const DequantizeLinear: Lowering = (site) => {
  const [x, scale] = [site.input(0), site.input(1)];
  if (isFloat(x.dtype)) site.refuse(`expected integers, got ${x.dtype}`);
  const steps = stepsOf(site, 1, 2, x.dtype);
  const places = placesAlong(site, x.shape, { shape: scale.shape, data: steps.scales }, site.int('axis', 1), site.int('block_size', 0)); // prettier-ignore
  return dequantised(site, x, steps, places, typeOf(site, 'output_dtype', scale.dtype));
};

/** The integers of weights less their zero points, one for all or one for each index along an axis. */
const weightsOf = (site: Site, index: number, zeros: Float64Array, axis: number): Operand =>
  centred(site, site.input(index), zeros, axis);

/** https://onnx.ai/onnx/operators/onnx__QLinearConv.html */
const QLinearConv: Lowering = (site) => {
  const [x, w] = [site.input(0), site.input(3)];
  const input = oneStep(site, 1, 2, x.dtype);
  const weights = stepsOf(site, 4, 5, w.dtype);
  const result = oneStep(site, 6, 7, x.dtype);
  const kernels = tensorOf(site, weightsOf(site, 3, weights.zeros, 0), "the weights 'w'");
  const bias = site.optionalConstant(8, "the bias 'B'");
  const acc = convolved(site, convolutionOf(site, lessZero(site, x, input), kernels, bias));
  const multipliers = multipliersOf(input.scale, channelsOf(site, weights.scales, w.shape[0]), result.scale);
  const stride = sizeOf(acc.shape.slice(2));
  return requantised(site, acc, { rounding: 'float32', multipliers, divisor: 1, stride }, result.zero, result.dtype);
};

function channelsOf(site: Site, scales: Float64Array, channels: number): Float64Array {
  if (scales.length !== 1 && scales.length !== channels)
    site.refuse(`expected one scale of the weights, or ${channels}, got ${scales.length}`);
  return scales;
}

/** https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html */
const QLinearMatMul: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(3)];
  const left = oneStep(site, 1, 2, a.dtype);
  const right = stepsOf(site, 4, 5, b.dtype);
  const result = oneStep(site, 6, 7, a.dtype);
  let acc = matmulOf(site, lessZero(site, a, left), weightsOf(site, 3, right.zeros, b.shape.length - 1));
  const bias = site.optional(8);
  if (bias !== null) acc = withBias(site, acc, bias);
  const multipliers = multipliersOf(left.scale, channelsOf(site, right.scales, b.shape.at(-1) ?? 1), result.scale);
  return requantised(site, acc, { rounding: 'float32', multipliers, divisor: 1, stride: 1 }, result.zero, result.dtype);
};

/** https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.QGemm ; floats without a scale of the result. */
const QGemm: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(3)];
  const left = oneStep(site, 1, 2, a.dtype);
  const right = stepsOf(site, 4, 5, b.dtype);
  const alpha = site.float('alpha', 1);
  const columns = site.int('transB', 0) !== 0 ? 0 : 1;
  const acc = gemmOf(site, lessZero(site, a, left), weightsOf(site, 3, right.zeros, columns), site.optional(6), 1, 1);
  const scales = channelsOf(site, right.scales, b.shape[columns]);
  if (!(alpha > 0)) site.refuse(`expected alpha above 0, got ${alpha}`);
  if (site.optional(7) === null) {
    const factors = Float64Array.from({ length: sizeOf(acc.shape) }, (_, o) => alpha * left.scale * scales[scales.length === 1 ? 0 : o % scales.length]); // prettier-ignore
    return site.linear(scaleMap(identityMap(acc.id, factors.length), factors), acc.shape, 'float32');
  }
  const result = oneStep(site, 7, 8, a.dtype);
  const multipliers = multipliersOf(left.scale, scales, result.scale, alpha);
  return requantised(site, acc, { rounding: 'float32', multipliers, divisor: 1, stride: 1 }, result.zero, result.dtype);
};

const zerosOf = (site: Site, i: number): Float64Array =>
  site.optionalConstant(i, 'the zero point')?.data ?? Float64Array.of(0);

/** https://onnx.ai/onnx/operators/onnx__MatMulInteger.html : the exact product, in int32. */
const MatMulInteger: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  return matmulOf(
    site,
    centred(site, a, zerosOf(site, 2), a.shape.length - 2),
    centred(site, b, zerosOf(site, 3), b.shape.length - 1),
  );
};

/** https://onnx.ai/onnx/operators/onnx__ConvInteger.html : the exact sums, in int32. */
const ConvInteger: Lowering = (site) => {
  const kernels = tensorOf(site, weightsOf(site, 1, zerosOf(site, 3), 0), "the weights 'w'");
  return convolved(site, convolutionOf(site, centred(site, site.input(0), zerosOf(site, 2), 0), kernels, null));
};

function withBias(site: Site, y: Operand, bias: Operand): Operand {
  const sum = addMaps([identityMap(y.id, sizeOf(y.shape)), gatherMap(bias.id, broadcastIndices(bias.shape, y.shape))]);
  return site.linear(sum, y.shape, y.dtype);
}

const MICROSOFT = 'com.microsoft';

export const QUANTISED: readonly Operator[] = [
  { op: 'ConvInteger', since: 10, inputs: [2, 4], outputs: 1, lower: ConvInteger },
  { op: 'DequantizeLinear', since: 10, inputs: [2, 3], outputs: 1, lower: DequantizeLinear },
  { op: 'DequantizeLinear', domain: MICROSOFT, since: 1, inputs: [2, 3], outputs: 1, lower: DequantizeLinear },
  { op: 'DynamicQuantizeLinear', since: 11, inputs: [1, 1], outputs: 3, lower: DynamicQuantizeLinear },
  { op: 'MatMulInteger', since: 10, inputs: [2, 4], outputs: 1, lower: MatMulInteger },
  { op: 'QGemm', domain: MICROSOFT, since: 1, inputs: [6, 9], outputs: 1, lower: QGemm },
  { op: 'QLinearConv', since: 10, inputs: [8, 9], outputs: 1, lower: QLinearConv },
  { op: 'QLinearMatMul', since: 10, inputs: [8, 8], outputs: 1, lower: QLinearMatMul },
  { op: 'QLinearMatMul', domain: OWN_DOMAIN, since: 1, inputs: [8, 9], outputs: 1, lower: QLinearMatMul },
  { op: 'QuantizeLinear', since: 10, inputs: [2, 3], outputs: 1, lower: QuantizeLinear },
  { op: 'QuantizeLinear', domain: MICROSOFT, since: 1, inputs: [2, 3], outputs: 1, lower: QuantizeLinear },
];
