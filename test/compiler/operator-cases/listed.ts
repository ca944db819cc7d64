// Random nodes of operators whose result is as long as data says.
import { bools } from '../onnx-models.js';
import { axisOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const digits = ({ random }: Case, shape: readonly number[], least: number): number[] =>
  Array.from({ length: sizeOf(shape) }, () => random.int(least, 2));

const Compress: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3);
  const axis = maybe(c, () => axisOf(c, shape.length));
  const length = axis === undefined ? sizeOf(shape) : shape.at(axis)!;
  const condition = Array.from({ length: c.random.int(1, length) }, (_, i) => Number(i === 0 || c.random.chance(0.5)));
  return { in: [c.live(shape), c.add('k', bools([condition.length], condition))], attributes: { axis } };
};

const NonZero: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3);
  return { in: [c.constant(shape, digits(c, shape, 0).with(0, 1))] };
};

const Unique: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3);
  const axis = maybe(c, () => axisOf(c, shape.length));
  const sorted = maybe(c, () => c.random.int(0, 1));
  return { in: [c.constant(shape, digits(c, shape, 1))], attributes: { axis, sorted }, outs: c.random.pick([1, 4]) };
};

export const LISTED: Readonly<Record<string, CaseOf>> = { Compress, NonZero, Unique };
