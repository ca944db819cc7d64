// Random nodes of operators that divide by a norm or a standard deviation.
import { axesOf, axisOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';

const epsilonOf = (c: Case): { float: number } | undefined => maybe(c, () => ({ float: c.random.between(1e-6, 0.1) }));

/** Over the axes from one of them on, with a scale of their shape, or one that broadcasts to it. */
const fromAxis =
  (hasBias: boolean): CaseOf =>
  (c) => {
    const shape = shapeOf(c, 1, 4, 6);
    const axis = maybe(c, () => axisOf(c, shape.length));
    const first = axis ?? -1;
    const inner = shape.slice(first < 0 ? first + shape.length : first);
    const bias = hasBias && c.random.chance(0.6) ? [c.constant(inner)] : [];
    const outs = hasBias ? c.random.pick([1, 1, 2, 3]) : 1;
    return { in: [c.live(shape), c.constant(inner), ...bias], attributes: { axis, epsilon: epsilonOf(c) }, outs };
  };

const pictureOf = (c: Case): number[] => [c.random.int(1, 2), c.random.int(1, 3), ...shapeOf(c, 1, 2, 4)];

const InstanceNormalization: CaseOf = (c) => {
  const shape = pictureOf(c);
  const each = [shape[1]];
  return { in: [c.live(shape), c.constant(each), c.constant(each)], attributes: { epsilon: epsilonOf(c) } };
};

const GroupNormalization: CaseOf = (c) => {
  const groups = c.random.int(1, 3);
  const shape = pictureOf(c).with(1, groups * c.random.int(1, 2));
  const each = [c.opset < 21 ? groups : shape[1]];
  return {
    in: [c.live(shape), c.constant(each), c.constant(each)],
    attributes: { epsilon: epsilonOf(c), num_groups: groups },
  };
};

const MeanVarianceNormalization: CaseOf = (c) => {
  const shape = [2, ...shapeOf(c, 3, 3, 4)];
  const axes = maybe(c, () => axesOf(c, 4, c.opset >= 13));
  return { in: [c.live(shape)], attributes: { axes: axes?.length === 0 ? undefined : axes } };
};

const LpNormalization: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4);
  const p = maybe(c, () => (c.random.chance(0.8) ? 2 : 1));
  return { in: [c.live(shape)], attributes: { axis: maybe(c, () => axisOf(c, shape.length)), p } };
};

export const NORMALISATION: Readonly<Record<string, CaseOf>> = {
  GroupNormalization,
  InstanceNormalization,
  LayerNormalization: fromAxis(true),
  LpNormalization,
  MeanVarianceNormalization,
  RMSNormalization: fromAxis(false),
};
