// Random nodes of functions of one value; a function with poles gets what lies off them.
import { broadcastOf, maybe, shapeOf, type Case, type CaseOf, type Drawn } from './case.js';
import { unary } from './elementwise.js';

const float = (c: Case, values: readonly number[]) => maybe(c, () => ({ float: c.random.pick(values) }));
/** Constants, so that they can lie where the function is defined. */
const of =
  (lo: number, hi: number): CaseOf =>
  (c) => {
    const shape = shapeOf(c, 0, 3);
    const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => c.random.between(lo, hi));
    return { in: [c.constant(shape, values)] };
  };
const withAttributes =
  (attributes: (c: Case) => Drawn['attributes']): CaseOf =>
  (c) => ({ in: [c.live(shapeOf(c, 0, 4))], attributes: attributes(c) });

/** Halves among others: they go to the even side. */
const halves: CaseOf = (c) =>
  c.random.chance(0.5) ? unary(c) : { in: [c.constant([5], [-1.5, -0.5, 0.5, 1.5, c.random.between(-2, 2)])] };

/** Of integers too. */
const Sign: CaseOf = (c) => (c.random.chance(0.7) ? unary(c) : { in: [c.integers([-3, 0, c.random.int(-2, 2), 7])] });

const PRelu: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3);
  const slope = broadcastOf(c, shape);
  return { in: [c.live(shape), c.random.chance(0.3) ? c.constant([1], [0.25]) : c.constant(slope)] };
};

const Pow: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 3);
  if (c.random.chance(0.2)) return { in: [c.constant([], [c.random.pick([0.5, 2, 10])]), c.live(shape)] };
  if (c.random.chance(0.2)) return { in: [c.positive(shape), c.live(broadcastOf(c, shape))] };
  const [integers, last] = [c.random.chance(0.3), shape.at(-1) ?? 1];
  const several = Array.from({ length: last }, () => c.random.int(0, 4));
  if (integers && c.opset >= 13) return { in: [c.whole(shape, 'int64'), c.wholes([last], several, 'int64')] };
  if (c.random.chance(0.3))
    return {
      in: [
        c.positive(shape),
        c.constant(
          [last],
          several.map((v) => v / 2 - 0.5),
        ),
      ],
    };
  const exponent = c.random.pick([0, 1, 2, 3, 5]);
  return { in: [c.live(shape), c.constant(c.random.pick([[], [1], broadcastOf(c, shape).map(() => 1)]), [exponent])] };
};

export const FUNCTIONS: Readonly<Record<string, CaseOf>> = {
  Abs: unary,
  Acos: of(-1, 1),
  Acosh: of(1, 9),
  Asin: of(-1, 1),
  Asinh: unary,
  Atan: unary,
  Atanh: of(-0.99, 0.99),
  Ceil: unary,
  Celu: withAttributes((c) => ({ alpha: float(c, [0.5, 2, -1]) })),
  Cos: unary,
  Cosh: unary,
  Elu: withAttributes((c) => ({ alpha: float(c, [0.5, 2, -1]) })),
  Erf: unary,
  Exp: unary,
  Floor: unary,
  Gelu: withAttributes((c) => ({ approximate: maybe(c, () => c.random.pick(['none', 'tanh'])) })),
  HardSigmoid: withAttributes((c) => ({ alpha: float(c, [0.5, -1]), beta: float(c, [0, 0.25]) })),
  HardSwish: unary,
  Log: of(0.01, 9),
  Mish: unary,
  PRelu,
  Pow,
  Reciprocal: of(0.1, 4),
  Round: halves,
  Selu: withAttributes((c) => ({ alpha: float(c, [0.5, 2]), gamma: float(c, [1.5]) })),
  Shrink: withAttributes((c) => ({ lambd: float(c, [0, 0.5, 1.5, -0.5]), bias: float(c, [0.25, 1]) })),
  Sign,
  Sin: unary,
  Sinh: unary,
  Softplus: unary,
  Softsign: unary,
  Sqrt: of(0, 9),
  SwiGLU: (c) => {
    const shape = shapeOf(c, 1, 3);
    return { in: [c.live(shape), c.live(broadcastOf(c, shape))], attributes: { alpha: float(c, [0.5, 2]) } };
  },
  Swish: withAttributes((c) => ({ alpha: float(c, [0.5, 2]) })),
  Tan: unary,
  ThresholdedRelu: withAttributes((c) => ({ alpha: float(c, [0, 0.5, -0.5]) })),
};
