// Operators that make one value of many: sums and means are forms, maxima and minima chains of pairs.
import { mapBuilder } from '../../linear/builder.js';
import { realMax } from '../../recipes/max.js';
import { isFloat, sizeOf } from '../../tensor.js';
import { negated } from '../extremum.js';
import { axisOf } from '../indexing.js';
import { groupsOf, reduced, summed } from '../reduced.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { weightedSum } from '../sums.js';
import { logarithm, logOfSums, totalled } from '../totals.js';

/** https://onnx.ai/onnx/operators/onnx__ReduceSum.html : the sum over some axes. */
const ReduceSum: Lowering = (site) => totalled(site, reduced(site, 13));

/** https://onnx.ai/onnx/operators/onnx__ReduceMean.html : the mean over some axes; that of integers is truncated. */
const ReduceMean: Lowering = (site) => {
  const of = reduced(site, 18);
  const { x, length, shape } = of;
  if (length === 0) site.refuse('expected elements to average, got an empty tensor');
  if (isFloat(x.dtype)) return summed(site, of, 1 / length);
  if (x.constant === null)
    site.refuse(`expected a mean of floats, got ${x.dtype}`, 'cast to float before it, or use ReduceSum');
  const { constant } = summed(site, of, 1);
  return site.computed(x.dtype, shape, (constant ?? new Float64Array()).map((sum) => Math.trunc(sum / length) + 0)); // prettier-ignore
};

/** https://onnx.ai/onnx/operators/onnx__ReduceMax.html : the maximum over some axes. */
const ReduceMax: Lowering = (site) => extreme(site, 1);

/** https://onnx.ai/onnx/operators/onnx__ReduceMin.html : the minimum over some axes, as -max(-x). */
const ReduceMin: Lowering = (site) => extreme(site, -1);

/** https://onnx.ai/onnx/operators/onnx__ReduceLogSum.html : the logarithm of the sum over some axes. */
const ReduceLogSum: Lowering = (site) => logarithm(site, totalled(site, reduced(site, 18)));

/** https://onnx.ai/onnx/operators/onnx__ReduceLogSumExp.html : the logarithm of the sum of exponentials over some axes. */
const ReduceLogSumExp: Lowering = (site) => logOfSums(site, reduced(site, 18));

function extreme(site: Site, sign: 1 | -1): Operand {
  const { x, shape, starts, offsets, length } = reduced(site, 18);
  if (length === 0) site.refuse('expected elements to choose from, got an empty tensor');
  if (length === 1) return site.reshape(x, shape);
  site.gadgets(starts.length * length);
  const groups = groupsOf(starts, offsets);
  if (sign === 1) return site.step(realMax, [x], groups, shape, x.dtype);
  const negative = negated(site, x);
  return negated(site, site.step(realMax, [negative], groups, shape, negative.dtype), x.dtype);
}

/** https://onnx.ai/onnx/operators/onnx__Mean.html : the mean of any number of tensors */
const Mean: Lowering = (site) => {
  const xs = site.inputs().map((_, i) => site.floats(i));
  return weightedSum(site, xs, new Array<number>(xs.length).fill(1 / xs.length));
};

/** https://onnx.ai/onnx/operators/onnx__CumSum.html : sums of the elements up to each along an axis, from either end. */
const CumSum: Lowering = (site) => {
  const x = site.input(0);
  const given = site.constant(1, "'axis'").data;
  if (given.length !== 1) site.refuse(`expected one 'axis', got ${given.length}`);
  const axis = axisOf(site, given[0], x.shape.length);
  const [isExclusive, isReversed] = [site.int('exclusive', 0) !== 0, site.int('reverse', 0) !== 0];
  const [length, stride] = [x.shape[axis], sizeOf(x.shape.slice(axis + 1))];
  const builder = mapBuilder(site.size(x.shape));
  site.terms(builder.bias.length * (length + 1));
  const part = builder.part(x.id);
  const forms = Array.from({ length }, (_, k) => {
    const count = (isReversed ? length - k : k + 1) - (isExclusive ? 1 : 0);
    const first = isReversed ? length - count : 0;
    return part.form(
      Int32Array.from({ length: count }, (_, i) => (first + i) * stride),
      new Float64Array(count).fill(1),
    );
  });
  for (let o = 0; o < builder.bias.length; o++) {
    const k = Math.floor(o / stride) % length;
    part.set(o, o - k * stride + forms[k].shift, forms[k].pattern, forms[k].kernel);
  }
  return site.linear(builder.build(), x.shape, x.dtype);
};

export const REDUCTION: readonly Operator[] = [
  { op: 'CumSum', since: 11, inputs: [2, 2], outputs: 1, lower: CumSum },
  { op: 'Mean', since: 8, inputs: [1, Infinity], outputs: 1, lower: Mean },
  { op: 'ReduceLogSum', since: 1, inputs: [1, 1], outputs: 1, lower: ReduceLogSum },
  { op: 'ReduceLogSum', since: 18, inputs: [1, 2], outputs: 1, lower: ReduceLogSum },
  { op: 'ReduceLogSumExp', since: 1, inputs: [1, 1], outputs: 1, lower: ReduceLogSumExp },
  { op: 'ReduceLogSumExp', since: 18, inputs: [1, 2], outputs: 1, lower: ReduceLogSumExp },
  { op: 'ReduceMax', since: 1, inputs: [1, 1], outputs: 1, lower: ReduceMax },
  { op: 'ReduceMax', since: 18, inputs: [1, 2], outputs: 1, lower: ReduceMax },
  { op: 'ReduceMean', since: 1, inputs: [1, 1], outputs: 1, lower: ReduceMean },
  { op: 'ReduceMean', since: 18, inputs: [1, 2], outputs: 1, lower: ReduceMean },
  { op: 'ReduceMin', since: 1, inputs: [1, 1], outputs: 1, lower: ReduceMin },
  { op: 'ReduceMin', since: 18, inputs: [1, 2], outputs: 1, lower: ReduceMin },
  { op: 'ReduceSum', since: 1, inputs: [1, 1], outputs: 1, lower: ReduceSum },
  { op: 'ReduceSum', since: 13, inputs: [1, 2], outputs: 1, lower: ReduceSum },
];
