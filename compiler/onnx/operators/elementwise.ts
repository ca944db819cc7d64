// Elementwise operators: arithmetic with broadcasting, and casts.
import { identityMap } from '../../linear/maps.js';
import { isFloat, sizeOf, type DType } from '../../tensor.js';
import { converted } from '../arithmetic.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import { isZero, not } from '../logic.js';
import { finite } from '../masks.js';
import { isPending, moved, namesOf } from '../pending.js';
import { quotient } from '../../recipes/quotient.js';
import { hasSquares, inverted, radicandOf, rootUnder, withSquares } from '../radicands.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { division } from '../division.js';
import { folded } from '../folded.js';
import { scaled, times, weightedSum } from '../sums.js';
import { TRUNC, truncate } from '../../recipes/truncate.js';
import { dataTypeName, dtypeOf, isString } from '../tensor-data.js';
import { summandsOf } from '../totals.js';
import { truncated } from '../truncated.js';

/** https://onnx.ai/onnx/operators/onnx__Add.html : A + B, either of which may be a mask */
const Add: Lowering = (site) => {
  const terms = [finite(site, site.input(0)), finite(site, site.input(1))];
  const sum = weightedSum(site, terms, [1, 1]);
  return terms.some(hasSquares) ? withSquares(sum) : sum;
};

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
  if (a.constant === null && b.constant === null) {
    const [underA, underB] = [rootUnder(a), rootUnder(b)];
    if (underB !== null && isFloat(a.dtype)) return divided(site, a, underB);
    if (underA !== null && isFloat(b.dtype)) return divided(site, b, underA);
  }
  return times(site, a, b);
};

/**
 * https://onnx.ai/onnx/operators/onnx__Div.html : A / B; integers truncate. A live B of floats has to be above 0, one of integers of
 * one sign. Floats that share a divisor share its reciprocal, and a square root in front of it takes no step of its own.
 */
const Div: Lowering = (site) => {
  const a = site.input(0);
  const live = site.input(1);
  if (live.constant === null && isFloat(a.dtype) && isFloat(live.dtype)) {
    const y = divided(site, a, live);
    const isInverse = a.constant?.every((one) => one === 1) === true && y.shape.join() === live.shape.join();
    return isInverse ? inverted(live, y) : y;
  }
  if (!isFloat(a.dtype) && (a.constant === null || live.constant === null))
    return division(site, a, live, 'quotient', 'zero');
  const b = site.constant(1, "the divisor 'B'");
  if (b.data.includes(0)) site.refuse("expected a divisor without zeros, got 0 in 'B'");
  const quotientOf = isFloat(a.dtype) ? (x: number, y: number) => x / y : (x: number, y: number) => Math.trunc(x / y);
  return folded(site, a, live, quotientOf) ?? scaled(site, a, live, (c) => 1 / c);
};

function divided(site: Site, a: Operand, b: Operand): Operand {
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.gadgets(2 * site.size(shape));
  const radicand = radicandOf(b);
  const isShare = summandsOf(b)?.id === a.id;
  const divisor = radicand !== null ? 'root' : isShare ? 'sum' : 'whole';
  const own = { at: broadcastIndices(b.shape, shape), divisor } as const;
  const dividend = site.gather(a, broadcastIndices(a.shape, shape), shape);
  return site.step(quotient, [dividend, radicand ?? b], own, shape, a.dtype);
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

/** https://onnx.ai/onnx/operators/onnx__Cast.html : the same number in another type, CastLike in that of its second input; a float that becomes an integer is truncated, an integer that leaves its type wraps around; a boolean is whether it is not 0. */
const Cast: Lowering = (site) => {
  const x = site.result(0);
  site.int('saturate', 1); // of 8-bit floats only
  site.string('round_mode', 'up'); // likewise
  const like = site.arity > 1 ? site.result(1) : null;
  if (like === null ? isString(site.int('to', 0)) : namesOf(like) !== null)
    return namesOf(x) === null ? site.refuse('expected strings that stay strings, got numbers') : x;
  const to = like === null ? dtypeOf(site.int('to', 0)) : like.dtype;
  if (to === undefined)
    return site.refuse(
      `expected attribute 'to' to be a float, integer or bool, got ${dataTypeName(site.int('to', 0))}`,
    );
  if (namesOf(x) !== null) return site.input(0);
  if (!isPending(x) && x.constant !== null)
    return site.tensor(to, x.shape, converted({ dtype: x.dtype, data: x.constant }, to));
  if (x.dtype === to || (isFloat(x.dtype) && isFloat(to)))
    return moved(x, (axis) => axis, (y) => (isNarrower(to, y.dtype) ? site.linear(identityMap(y.id, sizeOf(y.shape)), y.shape, to) : { ...y, dtype: to })); // prettier-ignore
  if (to === 'bool') return not(site, isZero(site, site.input(0)));
  if (isPending(x) || isFloat(x.dtype))
    return truncated(site.input(0), site.step(truncate, [site.input(0)], TRUNC, x.shape, to));
  return site.linear(identityMap(x.id, sizeOf(x.shape)), x.shape, to);
};

/** Bits of an element. */
const widthOf = (dtype: DType): number => (dtype === 'bool' ? 8 : Number(/\d+/.exec(dtype)));
const isNarrower = (a: DType, b: DType): boolean => widthOf(a) < widthOf(b);

/** https://onnx.ai/onnx/operators/onnx__BitCast.html : the same bits as another type: of integers, which wrap around. */
const BitCast: Lowering = (site) => {
  const x = site.input(0);
  const to = dtypeOf(site.int('to', 0));
  if (to === x.dtype) return x;
  if (to === undefined || isFloat(to) || isFloat(x.dtype) || to === 'bool')
    return site.refuse(`expected bits of integers as integers, got ${x.dtype} as ${to ?? site.int('to', 0)}`, 'a circuit has numbers: Cast them'); // prettier-ignore
  if (widthOf(to) !== widthOf(x.dtype))
    site.refuse(`expected a type of ${widthOf(x.dtype)} bits, got ${to}`, 'the node is not valid ONNX');
  if (x.constant !== null) return site.tensor(to, x.shape, converted({ dtype: x.dtype, data: x.constant }, to));
  return site.linear(identityMap(x.id, sizeOf(x.shape)), x.shape, to);
};

export const ELEMENTWISE: readonly Operator[] = [
  { op: 'Add', since: 7, inputs: [2, 2], outputs: 1, lower: Add },
  { op: 'BitCast', since: 26, inputs: [1, 1], outputs: 1, lower: BitCast },
  { op: 'Cast', since: 6, inputs: [1, 1], outputs: 1, lower: Cast },
  { op: 'CastLike', since: 15, inputs: [2, 2], outputs: 1, lower: Cast },
  { op: 'Div', since: 7, inputs: [2, 2], outputs: 1, lower: Div },
  { op: 'Dropout', since: 7, inputs: [1, 1], outputs: 2, lower: Dropout },
  { op: 'Dropout', since: 12, inputs: [1, 3], outputs: 2, lower: Dropout },
  { op: 'Identity', since: 1, inputs: [1, 1], outputs: 1, lower: Identity },
  { op: 'Mul', since: 7, inputs: [2, 2], outputs: 1, lower: Mul },
  { op: 'Neg', since: 6, inputs: [1, 1], outputs: 1, lower: Neg },
  { op: 'Sub', since: 7, inputs: [2, 2], outputs: 1, lower: Sub },
  { op: 'Sum', since: 8, inputs: [1, Infinity], outputs: 1, lower: Sum },
];
