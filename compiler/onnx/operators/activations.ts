// Activations: functions of one value, each a table or two lines. A function itself is a line of primitives/functions.ts.
import { identityMap, scaleMap } from '../../linear/maps.js';
import { point } from '../../recipes/functions.js';
import { integerRange, isFloat, sizeOf } from '../../tensor.js';
import { extremum } from '../extremum.js';
import { broadcastShape } from '../indexing.js';
import { pending } from '../pending.js';
import type { Lowering, Operand, Operator, Result, Site } from '../site.js';
import { scaled, times, weightedSum } from '../sums.js';
import { tabled } from '../tabled.js';

/** https://onnx.ai/onnx/operators/onnx__Relu.html : max(X, 0) */
const Relu: Lowering = (site) => {
  const x = site.input(0);
  return isFloat(x.dtype) ? site.table(x, point('relu')) : extremum(site, [x, site.tensor(x.dtype, [], [0])], 1);
};

/** https://onnx.ai/onnx/operators/onnx__Sigmoid.html : 1 / (1 + exp(-X)) */
const Sigmoid: Lowering = (site) => unlessLast(site, 'sigmoid');

/** https://onnx.ai/onnx/operators/onnx__Tanh.html : tanh(X) */
const Tanh: Lowering = (site) => unlessLast(site, 'tanh');

/** A table where a node computes with its values. */
function unlessLast(site: Site, name: 'sigmoid' | 'tanh'): Result {
  const x = site.floats(0);
  const table = (): Operand => site.table(x, point(name));
  return x.constant === null ? pending(x, { function: name, axis: null }, table) : table();
}

/** https://onnx.ai/onnx/operators/onnx__LeakyRelu.html : X < 0 ? alpha X : X */
const LeakyRelu: Lowering = (site) => {
  const alpha = site.float('alpha', 0.01);
  if (!(alpha >= 0 && alpha < Infinity)) site.refuse(`expected attribute 'alpha' from 0, got ${alpha}`);
  return site.table(site.input(0), point('leakyRelu', alpha));
};

/** https://onnx.ai/onnx/operators/onnx__Clip.html : min(max(X, min), max); bounds are attributes before opset 11, inputs since. */
const Clip: Lowering = (site) => {
  const x = site.input(0);
  const bound = (i: number, name: string, fallback: number): number => {
    if (site.opset < 11) return site.float(name, fallback);
    const given = site.optionalConstant(i, `the bound '${name}'`);
    if (given !== null && given.data.length !== 1)
      site.refuse(`expected a scalar '${name}', got shape [${given.shape.join(', ')}]`);
    return given?.data[0] ?? fallback;
  };
  // The largest float stands for "no bound" in files before opset 11, and in many since.
  const wide = (v: number): number => (Math.abs(v) >= 3.4028234e38 ? Math.sign(v) * Infinity : v);
  const [lo, hi] = [wide(bound(1, 'min', -Infinity)), wide(bound(2, 'max', Infinity))];
  if (!isFloat(x.dtype)) return clipped(site, x, lo, hi);
  if (lo === -Infinity && hi === Infinity) return x;
  if (lo === Infinity || hi === -Infinity) site.refuse(`expected bounds that leave a number, got [${lo}, ${hi}]`);
  if (lo === 0 && hi === Infinity) return site.table(x, point('relu'));
  // ONNX gives max everywhere when min > max.
  return site.table(x, point('clip', Math.min(lo, hi), hi));
};

/** Of integers; a bound that the type keeps anyway is none. */
function clipped(site: Site, x: Operand, lo: number, hi: number): Operand {
  const range = integerRange(x.dtype);
  const bound = (v: number): Operand => site.tensor(x.dtype, [], [v]);
  const raised = range !== null && lo > range.lo ? extremum(site, [x, bound(lo)], 1) : x;
  return range !== null && hi < range.hi ? extremum(site, [raised, bound(hi)], -1) : raised;
}

/** https://onnx.ai/onnx/operators/onnx__PRelu.html : X < 0 ? slope X : X, a slope for each channel: slope X + (1 - slope) relu(X) */
const PRelu: Lowering = (site) => {
  const [x, slope] = [site.floats(0), site.input(1)];
  const { data } = site.constant(1, "the 'slope'");
  if (broadcastShape(site, [x.shape, slope.shape]).join() !== x.shape.join())
    site.refuse(`expected a 'slope' that broadcasts to [${x.shape.join(', ')}], got [${slope.shape.join(', ')}]`);
  if (data.every((a) => a === data[0] && a >= 0)) return site.table(x, point('leakyRelu', data[0]));
  const positive = site.table(x, point('relu'));
  const [below, above] = [scaled(site, x, slope, (a) => a), scaled(site, positive, slope, (a) => 1 - a)];
  return weightedSum(site, [below, above], [1, 1]);
};

/** https://onnx.ai/onnx/operators/onnx__Celu.html : X < 0 ? alpha (exp(X / alpha) - 1) : X */
const Celu: Lowering = (site) => {
  const alpha = site.float('alpha', 1);
  if (alpha === 0) site.refuse("expected attribute 'alpha' other than 0, got 0");
  return site.table(site.input(0), point('celu', alpha));
};

/** https://onnx.ai/onnx/operators/onnx__Elu.html : X < 0 ? alpha (exp(X) - 1) : X */
const Elu: Lowering = (site) => site.table(site.input(0), point('elu', site.float('alpha', 1)));

/** https://onnx.ai/onnx/operators/onnx__Selu.html : gamma (X < 0 ? alpha (exp(X) - 1) : X) */
const Selu: Lowering = (site) => {
  const [alpha, gamma] = [site.float('alpha', 1.6732631921768188), site.float('gamma', 1.0507010221481323)];
  return site.table(site.input(0), point('selu', alpha, gamma));
};

/** https://onnx.ai/onnx/operators/onnx__Gelu.html : X / 2 (1 + erf(X / sqrt(2))), or with a tanh in place of erf */
const Gelu: Lowering = (site) => {
  const approximate = site.string('approximate', 'none');
  if (approximate !== 'none' && approximate !== 'tanh')
    site.refuse(`expected attribute 'approximate' none or tanh, got '${approximate}'`);
  return site.table(site.input(0), point(approximate === 'none' ? 'gelu' : 'tanhGelu'));
};

/** https://onnx.ai/onnx/operators/onnx__HardSigmoid.html : min(max(alpha X + beta, 0), 1) */
const HardSigmoid: Lowering = (site) => {
  const x = site.floats(0);
  const size = sizeOf(x.shape);
  const line = scaleMap(identityMap(x.id, size), site.float('alpha', 0.20000000298023224));
  const bias = new Float64Array(size).fill(site.float('beta', 0.5));
  return site.table(site.linear({ ...line, bias }, x.shape, x.dtype), point('clip', 0, 1));
};

/** https://onnx.ai/onnx/operators/onnx__Shrink.html : X < -lambd ? X + bias : X > lambd ? X - bias : 0 */
const Shrink: Lowering = (site) =>
  site.table(site.input(0), point('shrink', site.float('lambd', 0.5), site.float('bias', 0)));

/** https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html : X > alpha ? X : 0 */
const ThresholdedRelu: Lowering = (site) => site.table(site.input(0), point('thresholdedRelu', site.float('alpha', 1)));

/** https://onnx.ai/onnx/operators/onnx__Swish.html : X / (1 + exp(-alpha X)) */
const Swish: Lowering = (site) => site.table(site.input(0), point('swish', site.float('alpha', 1)));

/** https://onnx.ai/onnx/operators/onnx__SwiGLU.html : A / (1 + exp(-alpha A)) times B */
const SwiGLU: Lowering = (site) => {
  const gate = site.table(site.input(0), point('swish', site.float('alpha', 1)));
  return times(site, gate, site.floats(1));
};

export const ACTIVATIONS: readonly Operator[] = [
  { op: 'Celu', since: 12, inputs: [1, 1], outputs: 1, lower: Celu },
  { op: 'Clip', since: 6, inputs: [1, 1], outputs: 1, lower: Clip },
  { op: 'Clip', since: 11, inputs: [1, 3], outputs: 1, lower: Clip },
  { op: 'Elu', since: 6, inputs: [1, 1], outputs: 1, lower: Elu },
  { op: 'Gelu', since: 20, inputs: [1, 1], outputs: 1, lower: Gelu },
  { op: 'HardSigmoid', since: 6, inputs: [1, 1], outputs: 1, lower: HardSigmoid },
  tabled('HardSwish', 14, 'hardSwish'),
  { op: 'LeakyRelu', since: 6, inputs: [1, 1], outputs: 1, lower: LeakyRelu },
  tabled('Mish', 18, 'mish'),
  { op: 'PRelu', since: 7, inputs: [2, 2], outputs: 1, lower: PRelu },
  { op: 'Relu', since: 6, inputs: [1, 1], outputs: 1, lower: Relu },
  { op: 'Selu', since: 6, inputs: [1, 1], outputs: 1, lower: Selu },
  { op: 'Shrink', since: 9, inputs: [1, 1], outputs: 1, lower: Shrink },
  { op: 'Sigmoid', since: 6, inputs: [1, 1], outputs: 1, lower: Sigmoid },
  tabled('Softplus', 1, 'softplus'),
  tabled('Softsign', 1, 'softsign'),
  { op: 'SwiGLU', since: 28, inputs: [2, 2], outputs: 1, lower: SwiGLU },
  { op: 'Swish', since: 24, inputs: [1, 1], outputs: 1, lower: Swish },
  { op: 'Tanh', since: 6, inputs: [1, 1], outputs: 1, lower: Tanh },
  { op: 'ThresholdedRelu', since: 10, inputs: [1, 1], outputs: 1, lower: ThresholdedRelu },
];
