// Operators that divide by a norm or a standard deviation of their groups. What scales and shifts the result is a linear map, or a
// product where it is live.
import type { GroupsOwn } from '../../recipes/groups.js';
import { standardise, type StandardiseOwn } from '../../recipes/standardise.js';
import { mapBuilder } from '../../linear/builder.js';
import { identityMap, scaleMap } from '../../linear/maps.js';
import { quotient } from '../../recipes/quotient.js';
import { sizeOf, stridesOf } from '../../tensor.js';
import { axesOf, axisOf, groupsAlong, lattice } from '../indexing.js';
import { overMagnitudes } from '../magnitudes.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { contracted, times, weightedSum } from '../sums.js';

type Kind = Omit<StandardiseOwn, keyof GroupsOwn>;

function standardised(site: Site, x: Operand, groups: GroupsOwn, kind: Kind): Operand {
  if (!(kind.epsilon >= 0)) site.refuse(`expected attribute 'epsilon' from 0, got ${kind.epsilon}`);
  site.gadgets(3 * site.size(x.shape));
  return site.step(standardise, [x], { ...groups, ...kind }, x.shape, x.dtype);
}

/** y times the scale plus the bias, in a shape that broadcasts over y. */
function affine(site: Site, y: Operand, scale: Operand, bias: Operand | null): Operand {
  const wide = times(site, y, scale);
  const moved = bias === null ? wide : weightedSum(site, [wide, bias], [1, 1]);
  if (moved.shape.join() !== y.shape.join())
    site.refuse(`expected a scale and a bias that broadcast to [${y.shape.join(', ')}], got others`);
  return moved;
}

/** One group for each index of the axes before `axis`. */
const groupsFrom = (site: Site, x: Operand, axis: number): GroupsOwn => {
  site.size(x.shape);
  return groupsAlong([sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))], 1);
};

/**
 * https://onnx.ai/onnx/operators/onnx__LayerNormalization.html : (X - mean) / sqrt(var + epsilon) * Scale + B over the axes from `axis`
 * on; the mean and 1 / sqrt(var + epsilon) themselves where they are asked for.
 */
const LayerNormalization: Lowering = (site) => {
  const y = fromAxis(site, true, site.optional(2));
  return site.outputs < 2 ? y : [y, ...moments(site)];
};

/** The mean of each group, and one over its standard deviation. */
function moments(site: Site): Operand[] {
  const x = site.floats(0);
  const axis = axisOf(site, site.int('axis', -1), x.shape.length);
  const shape = x.shape.map((dim, a) => (a < axis ? dim : 1));
  const [size, groups] = [site.size(x.shape), sizeOf(shape)];
  const length = size / groups;
  const builder = mapBuilder(groups);
  const part = builder.part(x.id);
  const { shift, pattern, kernel } = part.form([...Array(length).keys()], new Float64Array(length).fill(1 / length));
  for (let g = 0; g < groups; g++) part.set(g, g * length + shift, pattern, kernel);
  site.terms(2 * size);
  const mean = site.forOutput(1).linear(builder.build(), shape, x.dtype);
  const deviations = weightedSum(site, [x, mean], [1, -1]);
  const reads = { of: deviations, outer: lattice([groups], [length]), inner: lattice([length], [1]) };
  const squares = contracted(site, reads, reads, shape);
  const epsilon = site.float('epsilon', 1e-5);
  const variance = site.linear(scaleMap(identityMap(squares.id, groups), 1 / length, epsilon), shape, x.dtype);
  const ones = site.tensor(x.dtype, shape, new Float64Array(groups).fill(1));
  const own = { at: lattice([groups], [1]), divisor: 'root' } as const;
  return [mean, site.forOutput(2).step(quotient, [ones, variance], own, shape, x.dtype)];
}

/** https://onnx.ai/onnx/operators/onnx__RMSNormalization.html : the same without the mean */
const RMSNormalization: Lowering = (site) => fromAxis(site, false, null);

function fromAxis(site: Site, centred: boolean, bias: Operand | null): Operand {
  const x = site.floats(0);
  const axis = axisOf(site, site.int('axis', -1), x.shape.length);
  site.int('stash_type', 1); // the width of its floats
  const epsilon = site.float('epsilon', 1e-5);
  const y = standardised(site, x, groupsFrom(site, x, axis), { centred, averaged: true, epsilon });
  return affine(site, y, site.floats(1), bias);
}

/** https://onnx.ai/onnx/operators/onnx__GroupNormalization.html : over groups of channels; scale and bias are of groups before opset 21, of channels since. */
const GroupNormalization: Lowering = (site) => {
  const x = site.floats(0);
  const groups = site.int('num_groups', 0);
  const [batch, channels] = x.shape;
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  if (!(groups > 0 && channels % groups === 0))
    site.refuse(`expected a number of groups that divides ${channels} channels, got ${groups}`);
  site.int('stash_type', 1);
  const over = groupsAlong([batch * groups, site.size(x.shape) / (batch * groups)], 1);
  const y = standardised(site, x, over, { centred: true, averaged: true, epsilon: site.float('epsilon', 1e-5) });
  const each = site.opset < 21 ? groups : channels;
  const repeat = Int32Array.from({ length: channels }, (_, c) => Math.floor((c * each) / channels));
  return perChannel(site, y, each, repeat);
};

/** https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html : over each channel of each picture. */
const InstanceNormalization: Lowering = (site) => {
  const x = site.floats(0);
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  const epsilon = site.float('epsilon', 1e-5);
  const y = standardised(site, x, groupsFrom(site, x, 2), { centred: true, averaged: true, epsilon });
  return perChannel(
    site,
    y,
    x.shape[1],
    Int32Array.from({ length: x.shape[1] }, (_, c) => c),
  );
};

/** Inputs 1 and 2, one number for each of `count`, as a number for each channel. */
function perChannel(site: Site, y: Operand, count: number, at: Int32Array): Operand {
  const [scale, bias] = [1, 2].map((i) => {
    const given = site.floats(i);
    if (given.shape.join() !== String(count)) site.refuse(`expected ${count} numbers for the channels, got [${given.shape.join(', ')}]`); // prettier-ignore
    return site.gather(given, at, [at.length, ...y.shape.slice(2).map(() => 1)]);
  });
  return affine(site, y, scale, bias);
}

/** https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html : (X - mean) / standard deviation over some axes. */
const MeanVarianceNormalization: Lowering = (site) => {
  const x = site.floats(0);
  const axes = axesOf(site, site.ints('axes') ?? [0, 2, 3], x.shape.length).sort((a, b) => a - b);
  const groups = groupsOver(site, x, axes);
  if (groups.starts[1] === 1)
    site.refuse('expected axes of more than one element, whose deviation is not always 0, got one');
  return standardised(site, x, groups, { centred: true, averaged: true, epsilon: EXACT_EPSILON });
};

/** What keeps a deviation of 0 from being divided by 0: runtimes add 1e-9 to the standard deviation. */
const EXACT_EPSILON = 1e-18;

/** One group for each index of the other axes. */
function groupsOver(site: Site, { shape }: Operand, axes: readonly number[]): GroupsOwn {
  const strides = stridesOf(shape);
  site.size(shape);
  const over = (some: readonly number[]): Int32Array =>
    lattice(
      some.map((axis) => shape[axis]),
      some.map((axis) => strides[axis]),
    );
  const [starts, offsets] = [over([...shape.keys()].filter((axis) => !axes.includes(axis))), over(axes)];
  const { length } = offsets;
  return {
    starts: Int32Array.from({ length: starts.length + 1 }, (_, g) => g * length),
    members: Int32Array.from({ length: starts.length * length }, (_, m) => starts[Math.floor(m / length)] + offsets[m % length]), // prettier-ignore
  };
}

/** https://onnx.ai/onnx/operators/onnx__LpNormalization.html : X over its length along an axis, or over the sum of its magnitudes. */
const LpNormalization: Lowering = (site) => {
  const x = site.floats(0);
  const p = site.int('p', 2);
  if (p !== 1 && p !== 2) site.refuse(`expected attribute 'p' 1 or 2, got ${p}`);
  const axis = axisOf(site, site.int('axis', -1), x.shape.length);
  site.size(x.shape);
  if (p === 1) {
    site.gadgets(2 * sizeOf(x.shape));
    return overMagnitudes(site, x, x.shape, axis);
  }
  return standardised(site, x, groupsAlong(x.shape, axis), { centred: false, averaged: false, epsilon: 0 });
};

export const NORMALISATION: readonly Operator[] = [
  { op: 'GroupNormalization', since: 18, inputs: [3, 3], outputs: 1, lower: GroupNormalization },
  { op: 'InstanceNormalization', since: 6, inputs: [3, 3], outputs: 1, lower: InstanceNormalization },
  { op: 'LayerNormalization', since: 17, inputs: [2, 3], outputs: 3, lower: LayerNormalization },
  { op: 'LpNormalization', since: 1, inputs: [1, 1], outputs: 1, lower: LpNormalization },
  { op: 'MeanVarianceNormalization', since: 9, inputs: [1, 1], outputs: 1, lower: MeanVarianceNormalization },
  { op: 'RMSNormalization', since: 23, inputs: [2, 2], outputs: 1, lower: RMSNormalization },
];
