// Elementwise operators: arithmetic with broadcasting, activations, casts.
import { WORK } from '../../limits.js';
import type { LinearMap } from '../../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { point } from '../../primitives/functions.js';
import { realProduct } from '../../primitives/product.js';
import { integerRange, isFloat, sizeOf } from '../../tensor.js';
import { converted, exact } from '../arithmetic.js';
import { extremum } from '../extremum.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import { isPending, moved, pending } from '../pending.js';
import type { Lowering, Operand, Operator, Result, Site } from '../site.js';
import { dtypeOf } from '../tensor-data.js';

/** https://onnx.ai/onnx/operators/onnx__Add.html : A + B */
const Add: Lowering = (site) => weightedSum(site, [site.input(0), site.input(1)], [1, 1]);

/** https://onnx.ai/onnx/operators/onnx__Sub.html : A - B */
const Sub: Lowering = (site) => weightedSum(site, [site.input(0), site.input(1)], [1, -1]);

/** https://onnx.ai/onnx/operators/onnx__Sum.html : the sum of any number of tensors */
const Sum: Lowering = (site) =>
  weightedSum(
    site,
    site.inputs(),
    site.inputs().map(() => 1),
  );

/** https://onnx.ai/onnx/operators/onnx__Neg.html : -X */
const Neg: Lowering = (site) => weightedSum(site, [site.input(0)], [-1]);

/** https://onnx.ai/onnx/operators/onnx__Mul.html : A * B */
const Mul: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  if (a.constant === null && b.constant === null) return product(site, a, b);
  return a.constant === null ? scaled(site, a, b, (c) => c) : scaled(site, b, a, (c) => c);
};

/** https://onnx.ai/onnx/operators/onnx__Div.html : A / B, B constant; integers truncate and are constant */
const Div: Lowering = (site) => {
  const a = site.input(0);
  const b = site.constant(1, "the divisor 'B'");
  if (b.data.includes(0)) site.refuse("expected a divisor without zeros, got 0 in 'B'");
  if (a.constant === null && isFloat(a.dtype)) return scaled(site, a, site.input(1), (c) => 1 / c);
  const { data } = site.constant(0, 'the dividend of an integer division');
  [a.dtype, b.dtype].forEach((dtype, i) => exact({ dtype, data: [data, b.data][i] }));
  const quotient = isFloat(a.dtype) ? (x: number) => x : Math.trunc;
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.size(shape);
  const [atA, atB] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
  return site.computed(
    a.dtype,
    shape,
    Float64Array.from(atA, (i, o) => quotient(data[i] / b.data[atB[o]])),
  );
};

function weightedSum(site: Site, xs: readonly Operand[], weights: readonly number[]): Operand {
  if (xs.length === 0) site.refuse('expected at least one input, got none');
  const shape = broadcastShape(
    site,
    xs.map((x) => x.shape),
  );
  site.terms(WORK.element * xs.length * site.size(shape));
  const maps = xs.map((x, i): LinearMap => {
    const map = gatherMap(x.id, broadcastIndices(x.shape, shape));
    return weights[i] === 1 ? map : scaleMap(map, weights[i]);
  });
  return site.linear(addMaps(maps), shape, xs[0].dtype);
}

/** Of two live operands, broadcast to one shape. */
function product(site: Site, a: Operand, b: Operand): Operand {
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.gadgets(2 * site.size(shape)); // the factors, which may have to be rounded to wires of their own
  const factors = [a, b].map((x) => site.gather(x, broadcastIndices(x.shape, shape), shape));
  return site.step(realProduct, factors, {}, shape, a.dtype);
}

function scaled(site: Site, x: Operand, factor: Operand, of: (c: number) => number): Operand {
  const shape = broadcastShape(site, [x.shape, factor.shape]);
  site.size(shape);
  const constants = factor.constant ?? [];
  const factors = Float64Array.from(broadcastIndices(factor.shape, shape), (i) => of(constants[i]));
  if (factors.some(Number.isNaN)) site.refuse('expected finite factors, got NaN');
  return site.linear(scaleMap(gatherMap(x.id, broadcastIndices(x.shape, shape)), factors), shape, x.dtype);
}

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

/** https://onnx.ai/onnx/operators/onnx__Identity.html : X */
const Identity: Lowering = (site) => site.result(0);

/** https://onnx.ai/onnx/operators/onnx__Dropout.html : X at inference; the mask is all true. */
const Dropout: Lowering = (site) => {
  const x = site.result(0);
  site.attribute('seed');
  if (site.opset < 12) site.float('ratio', 0.5);
  else if ((site.optionalConstant(2, "'training_mode'")?.data[0] ?? 0) !== 0)
    site.refuse('expected training_mode false, got true', 'export the model in evaluation mode');
  return [x, site.tensor('bool', x.shape, new Float64Array(site.size(x.shape)).fill(1))];
};

/** https://onnx.ai/onnx/operators/onnx__Cast.html : the same number in another type, CastLike in that of its second input; the planner proves that an integer type holds it. */
const Cast: Lowering = (site) => {
  const x = site.result(0);
  site.int('saturate', 1); // of 8-bit floats only
  site.string('round_mode', 'up'); // likewise
  const to = site.arity > 1 ? site.result(1).dtype : dtypeOf(site.int('to', 0));
  if (to === undefined)
    return site.refuse(`expected attribute 'to' to be a float, integer or bool, got ${site.int('to', 0)}`);
  if (!isPending(x) && x.constant !== null)
    return site.tensor(to, x.shape, converted({ dtype: x.dtype, data: x.constant }, to));
  if (x.dtype === to || (isFloat(x.dtype) && isFloat(to)))
    return moved(x, (axis) => axis, (y) => ({ ...y, dtype: to })); // prettier-ignore
  if (isPending(x) || isFloat(x.dtype))
    return site.refuse(
      `expected a cast that loses nothing, got ${x.dtype} to ${to}`,
      'round in the application, on the decoded output',
    );
  return site.linear(identityMap(x.id, sizeOf(x.shape)), x.shape, to);
};

export const ELEMENTWISE: readonly Operator[] = [
  { op: 'Add', since: 7, inputs: [2, 2], outputs: 1, lower: Add },
  { op: 'Cast', since: 6, inputs: [1, 1], outputs: 1, lower: Cast },
  { op: 'CastLike', since: 15, inputs: [2, 2], outputs: 1, lower: Cast },
  { op: 'Clip', since: 6, inputs: [1, 1], outputs: 1, lower: Clip },
  { op: 'Clip', since: 11, inputs: [1, 3], outputs: 1, lower: Clip },
  { op: 'Div', since: 7, inputs: [2, 2], outputs: 1, lower: Div },
  { op: 'Dropout', since: 7, inputs: [1, 1], outputs: 2, lower: Dropout },
  { op: 'Dropout', since: 12, inputs: [1, 3], outputs: 2, lower: Dropout },
  { op: 'Identity', since: 1, inputs: [1, 1], outputs: 1, lower: Identity },
  { op: 'LeakyRelu', since: 6, inputs: [1, 1], outputs: 1, lower: LeakyRelu },
  { op: 'Mul', since: 7, inputs: [2, 2], outputs: 1, lower: Mul },
  { op: 'Neg', since: 6, inputs: [1, 1], outputs: 1, lower: Neg },
  { op: 'Relu', since: 6, inputs: [1, 1], outputs: 1, lower: Relu },
  { op: 'Sigmoid', since: 6, inputs: [1, 1], outputs: 1, lower: Sigmoid },
  { op: 'Sub', since: 7, inputs: [2, 2], outputs: 1, lower: Sub },
  { op: 'Sum', since: 8, inputs: [1, Infinity], outputs: 1, lower: Sum },
  { op: 'Tanh', since: 6, inputs: [1, 1], outputs: 1, lower: Tanh },
];
