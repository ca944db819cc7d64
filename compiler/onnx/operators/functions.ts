// Elementary functions of one value: each a table over the interval that its input can have.
import { log } from '../../maths.js';
import { point } from '../../recipes/functions.js';
import { integerRange, isFloat, sizeOf } from '../../tensor.js';
import { extremum, magnitude } from '../extremum.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import { inverted, rooted } from '../radicands.js';
import type { Lowering, Operand, Operator } from '../site.js';
import { product, scaled } from '../sums.js';
import { tabled } from '../tabled.js';

/** https://onnx.ai/onnx/operators/onnx__Abs.html : max(X, -X), exactly */
const Abs: Lowering = (site) => magnitude(site, site.input(0));

/** https://onnx.ai/onnx/operators/onnx__Pow.html : X to the Y, either of them one constant; a square is a product. */
const Pow: Lowering = (site) => {
  const [x, y] = [site.input(0), site.input(1)];
  const shape = broadcastShape(site, [x.shape, y.shape]);
  site.size(shape);
  if (y.constant === null) {
    const base = x.constant?.[0] ?? NaN;
    if (x.constant?.every((v) => v === base) !== true || !(base > 0))
      site.refuse('expected a constant exponent, or one positive constant as base, got neither');
    return site.table(scaled(site, y, x, log), point('exp'));
  }
  const exponent = y.constant[0];
  if (!y.constant.every((v) => v === exponent)) site.refuse('expected one exponent for all, got several');
  const base = site.gather(x, broadcastIndices(x.shape, shape), shape);
  if (exponent === 1) return base;
  if (exponent === 0) return site.tensor(x.dtype, shape, new Float64Array(sizeOf(shape)).fill(1));
  if (exponent === 2) return product(site, base, base);
  if (exponent === 0.5) return rooted(site, base);
  return exponent === -1 ? site.table(base, point('reciprocal')) : site.table(base, point('power', exponent));
};

/** https://onnx.ai/onnx/operators/onnx__Reciprocal.html : 1 / X */
const Reciprocal: Lowering = (site) => inverted(site.input(0), site.table(site.input(0), point('reciprocal')));

/** https://onnx.ai/onnx/operators/onnx__Sign.html : 1, 0 or -1; of integers min(max(X, -1), 1), exactly */
const Sign: Lowering = (site) => {
  const x = site.input(0);
  if (isFloat(x.dtype)) return site.table(x, point('sign'));
  const end = (v: number): Operand => site.tensor(x.dtype, [], [v]);
  const below = extremum(site, [x, end(1)], -1);
  return integerRange(x.dtype)?.lo === 0 ? below : extremum(site, [below, end(-1)], 1);
};

export const FUNCTIONS: readonly Operator[] = [
  { op: 'Abs', since: 6, inputs: [1, 1], outputs: 1, lower: Abs },
  tabled('Acos', 7, 'acos'),
  tabled('Acosh', 9, 'acosh'),
  tabled('Asin', 7, 'asin'),
  tabled('Asinh', 9, 'asinh'),
  tabled('Atan', 7, 'atan'),
  tabled('Atanh', 9, 'atanh'),
  tabled('Ceil', 6, 'ceil'),
  tabled('Cos', 7, 'cos'),
  tabled('Cosh', 9, 'cosh'),
  tabled('Erf', 9, 'erf'),
  tabled('Exp', 6, 'exp'),
  tabled('Floor', 6, 'floor'),
  tabled('Log', 6, 'log'),
  { op: 'Pow', since: 7, inputs: [2, 2], outputs: 1, lower: Pow },
  { op: 'Reciprocal', since: 6, inputs: [1, 1], outputs: 1, lower: Reciprocal },
  tabled('Round', 11, 'round'),
  { op: 'Sign', since: 9, inputs: [1, 1], outputs: 1, lower: Sign },
  tabled('Sin', 7, 'sin'),
  tabled('Sinh', 9, 'sinh'),
  { op: 'Sqrt', since: 6, inputs: [1, 1], outputs: 1, lower: (site) => rooted(site, site.input(0)) },
  tabled('Tan', 7, 'tan'),
];
