// Elementary functions of one value: each a table over the interval that its input can have.
import { sizeOf } from '../../tensor.js';
import { point, type FunctionName } from '../../primitives/functions.js';
import { extremum, negated } from '../extremum.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import type { Lowering, Operator } from '../site.js';
import { product, scaled } from '../sums.js';

const of =
  (name: FunctionName): Lowering =>
  (site) =>
    site.table(site.input(0), point(name));

/** https://onnx.ai/onnx/operators/onnx__Abs.html : max(X, -X), exactly */
const Abs: Lowering = (site) => {
  const x = site.input(0);
  return x.dtype.startsWith('uint') || x.dtype === 'bool' ? x : extremum(site, [x, negated(site, x, x.dtype)], 1);
};

/** https://onnx.ai/onnx/operators/onnx__Pow.html : X to the Y, either of them one constant; a square is a product. */
const Pow: Lowering = (site) => {
  const [x, y] = [site.input(0), site.input(1)];
  const shape = broadcastShape(site, [x.shape, y.shape]);
  site.size(shape);
  if (y.constant === null) {
    const base = x.constant?.[0] ?? NaN;
    if (x.constant?.every((v) => v === base) !== true || !(base > 0))
      site.refuse('expected a constant exponent, or one positive constant as base, got neither');
    const one = site.tensor(y.dtype, x.shape, new Float64Array(sizeOf(x.shape)).fill(Math.log(base)));
    return site.table(scaled(site, y, one, (c) => c), point('exp')); // prettier-ignore
  }
  const exponent = y.constant[0];
  if (!y.constant.every((v) => v === exponent)) site.refuse('expected one exponent for all, got several');
  const base = site.gather(x, broadcastIndices(x.shape, shape), shape);
  if (exponent === 1) return base;
  if (exponent === 0) return site.tensor(x.dtype, shape, new Float64Array(sizeOf(shape)).fill(1));
  if (exponent === 2) return product(site, base, base);
  if (exponent === 0.5) return site.table(base, point('sqrt'));
  return exponent === -1 ? site.table(base, point('reciprocal')) : site.table(base, point('power', exponent));
};

const table = (op: string, since: number, name: FunctionName): Operator => ({
  op,
  since,
  inputs: [1, 1],
  outputs: 1,
  lower: of(name),
});

export const FUNCTIONS: readonly Operator[] = [
  { op: 'Abs', since: 6, inputs: [1, 1], outputs: 1, lower: Abs },
  table('Acos', 7, 'acos'),
  table('Acosh', 9, 'acosh'),
  table('Asin', 7, 'asin'),
  table('Asinh', 9, 'asinh'),
  table('Atan', 7, 'atan'),
  table('Atanh', 9, 'atanh'),
  table('Cos', 7, 'cos'),
  table('Cosh', 9, 'cosh'),
  table('Erf', 9, 'erf'),
  table('Exp', 6, 'exp'),
  table('Log', 6, 'log'),
  { op: 'Pow', since: 7, inputs: [2, 2], outputs: 1, lower: Pow },
  table('Reciprocal', 6, 'reciprocal'),
  table('Sin', 7, 'sin'),
  table('Sinh', 9, 'sinh'),
  table('Sqrt', 6, 'sqrt'),
  table('Tan', 7, 'tan'),
];
