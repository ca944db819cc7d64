// Random nodes of comparisons, of booleans and of the choices that they make.
import { bools } from '../onnx-models.js';
import { broadcastOf, maybe, shapeOf, type Case, type CaseOf, type Drawn } from './case.js';

/** Two shapes that broadcast, in either order. */
function shapes(c: Case): readonly (readonly number[])[] {
  const shape = shapeOf(c, 0, 3);
  const other = broadcastOf(c, shape);
  return c.random.chance(0.5) ? [shape, other] : [other, shape];
}

const constantFlags = (c: Case, shape: readonly number[]): string => {
  const size = shape.reduce((n, d) => n * d, 1);
  return c.add(
    'b',
    bools(
      [...shape],
      Array.from({ length: size }, () => c.random.int(0, 1)),
    ),
  );
};

/** Booleans, constant at times. */
const flags = (c: Case, shape: readonly number[]): string =>
  c.random.chance(0.7) ? c.flags(shape) : constantFlags(c, shape);

/** Floats, or integers that are equal at times; constants on one side at times. */
const comparison: CaseOf = (c) => {
  const [a, b] = shapes(c);
  if (c.opset < 9 || c.random.chance(0.6))
    return { in: c.random.chance(0.5) ? [c.live(a), c.either(b)] : [c.either(a), c.live(b)] };
  return { in: [c.indices(a), c.random.chance(0.5) ? c.indices(b) : c.integers([c.random.int(-1, 3)])] };
};

/** Floats are equal to what they are made of, and to no random number. */
const Equal: CaseOf = (c) => {
  const [a, b] = shapes(c);
  const kind = c.random.int(0, 3);
  if (kind === 0) return { in: [flags(c, a), flags(c, b)] };
  if (kind === 1 && c.opset >= 11) return { in: [c.live(a), c.constant(b)] };
  return { in: [c.indices(a), kind === 2 ? c.indices(b) : c.integers([c.random.int(-1, 3)])] };
};

const booleans: CaseOf = (c) => {
  const [a, b] = shapes(c);
  return { in: [flags(c, a), flags(c, b)] };
};

const Where: CaseOf = (c) => {
  const [a, b] = shapes(c);
  const [condition, x, y] = c.random.chance(0.5) ? [a, b, broadcastOf(c, a)] : [broadcastOf(c, a), a, b];
  if (c.random.chance(0.3)) return { in: [flags(c, condition), c.indices(x), c.indices(y)] };
  return { in: [flags(c, condition), c.either(x), c.either(y)] };
};

const odd = (c: Case): Drawn =>
  c.random.chance(0.8) ? { in: [c.live(shapeOf(c, 0, 3))] } : { in: [c.constant([4], [NaN, Infinity, -Infinity, 1])] };

export const LOGIC: Readonly<Record<string, CaseOf>> = {
  And: booleans,
  Equal,
  Greater: comparison,
  GreaterOrEqual: comparison,
  IsInf: (c) => ({ ...odd(c), attributes: { detect_negative: maybe(c, () => c.random.int(0, 1)), detect_positive: maybe(c, () => c.random.int(0, 1)) } }),
  IsNaN: odd,
  Less: comparison,
  LessOrEqual: comparison,
  Not: (c) => ({ in: [flags(c, shapeOf(c, 0, 3))] }),
  Or: booleans,
  Where,
  Xor: booleans,
}; // prettier-ignore
