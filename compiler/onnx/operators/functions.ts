// Elementary functions of one value: each a table over the interval that its input can have.
import { log } from '../../maths.js';
import { point } from '../../recipes/functions.js';
import { identityMap } from '../../linear/maps.js';
import { integerRange, isFloat, sizeOf } from '../../tensor.js';
import { eachConstant } from '../apart.js';
import { extremum, magnitude } from '../extremum.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import { pending } from '../pending.js';
import { hasSquares, inverted, rooted } from '../radicands.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { logOfSoftmax } from '../softmaxes.js';
import { product, scaled, times } from '../sums.js';
import { tabled } from '../tabled.js';
import { exponential, logarithm } from '../totals.js';

/** https://onnx.ai/onnx/operators/onnx__Abs.html : max(X, -X), exactly */
const Abs: Lowering = (site) => magnitude(site, site.input(0));

/** https://onnx.ai/onnx/operators/onnx__Pow.html : X to the Y; where the exponent is live X is above 0, and the power e^(Y ln X). */
const Pow: Lowering = (site) => {
  const [x, y] = [site.input(0), site.input(1)];
  const shape = broadcastShape(site, [x.shape, y.shape]);
  site.size(shape);
  const at = broadcastIndices(y.shape, shape);
  if (y.constant !== null) {
    const exponents = y.constant;
    const base = site.gather(x, broadcastIndices(x.shape, shape), shape);
    return eachConstant(site, base, Float64Array.from(at, (i) => exponents[i]), (of, exponent) => power(site, of, exponent)); // prettier-ignore
  }
  if (!isFloat(x.dtype))
    site.refuse(
      `expected a constant exponent of ${x.dtype}, got a tensor that depends on the input`,
      'cast X to float',
    );
  const exponent = site.linear(identityMap(y.id, sizeOf(y.shape)), y.shape, x.dtype);
  if (x.constant?.every((v) => v > 0) === false)
    site.refuse('expected bases above 0 of an exponent that depends on the input, got others');
  const logarithm = x.constant === null ? times(site, exponent, site.table(x, point('log'))) : scaled(site, exponent, x, log); // prettier-ignore
  return site.table(logarithm, point('exp'));
};

/** Whole powers of integers are products; the largest that is written out. */
const MOST_FACTORS = 64;

function power(site: Site, base: Operand, exponent: number): Operand {
  if (exponent === 1) return base;
  if (exponent === 0) return site.tensor(base.dtype, base.shape, new Float64Array(sizeOf(base.shape)).fill(1));
  if (exponent === 2) return product(site, base, base);
  if (!isFloat(base.dtype)) {
    if (!Number.isInteger(exponent) || exponent < 0 || exponent > MOST_FACTORS)
      site.refuse(`expected whole exponents of integers from 0 to ${MOST_FACTORS}, got ${exponent}`, 'cast X to float');
    const half = power(site, base, Math.floor(exponent / 2));
    const square = product(site, half, half);
    return exponent % 2 === 0 ? square : product(site, square, base);
  }
  if (exponent === 0.5) return rooted(site, base);
  if (exponent === -0.5) return reciprocal(site, rooted(site, base));
  return exponent === -1 ? reciprocal(site, base) : site.table(base, point('power', exponent));
}

const reciprocal = (site: Site, x: Operand): Operand => inverted(x, site.table(x, point('reciprocal')));

/** https://onnx.ai/onnx/operators/onnx__Exp.html : e to the X */
const Exp: Lowering = (site) => exponential(site, site.input(0));

/** https://onnx.ai/onnx/operators/onnx__Log.html : the natural logarithm; of a softmax, or a sum of exponentials, in one step */
const Log: Lowering = (site) => logOfSoftmax(site, site.result(0)) ?? logarithm(site, site.input(0));

/** https://onnx.ai/onnx/operators/onnx__Reciprocal.html : 1 / X */
const Reciprocal: Lowering = (site) => reciprocal(site, site.input(0));

/** https://onnx.ai/onnx/operators/onnx__Sign.html : 1, 0 or -1; of integers min(max(X, -1), 1), exactly */
const Sign: Lowering = (site) => {
  const x = site.input(0);
  if (isFloat(x.dtype)) return site.table(x, point('sign'));
  const end = (v: number): Operand => site.tensor(x.dtype, [], [v]);
  const below = extremum(site, [x, end(1)], -1);
  return integerRange(x.dtype)?.lo === 0 ? below : extremum(site, [below, end(-1)], 1);
};

/** https://onnx.ai/onnx/operators/onnx__Sqrt.html : the root; of a distance that stands last the reader takes it */
const Sqrt: Lowering = (site) => {
  const x = site.floats(0);
  const root = (): Operand => rooted(site, x);
  return hasSquares(x) ? pending(x, { function: 'sqrt', axis: null }, root) : root();
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
  { op: 'Exp', since: 6, inputs: [1, 1], outputs: 1, lower: Exp },
  tabled('Floor', 6, 'floor'),
  { op: 'Log', since: 6, inputs: [1, 1], outputs: 1, lower: Log },
  { op: 'Pow', since: 7, inputs: [2, 2], outputs: 1, lower: Pow },
  { op: 'Reciprocal', since: 6, inputs: [1, 1], outputs: 1, lower: Reciprocal },
  tabled('Round', 11, 'round'),
  { op: 'Sign', since: 9, inputs: [1, 1], outputs: 1, lower: Sign },
  tabled('Sin', 7, 'sin'),
  tabled('Sinh', 9, 'sinh'),
  { op: 'Sqrt', since: 6, inputs: [1, 1], outputs: 1, lower: Sqrt },
  tabled('Tan', 7, 'tan'),
];
