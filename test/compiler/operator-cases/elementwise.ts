// Random nodes of elementwise operators.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { broadcastOf, INTEGER_TYPES, maybe, shapeOf, typeOf, type Case, type CaseOf } from './case.js';

export const unary: CaseOf = (c) => ({ in: [c.live(shapeOf(c, 0, 4))] });

/** Two operands that broadcast to one shape, either of them constant at times. */
const binary: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 4);
  const [a, b] = c.random.chance(0.5) ? [shape, broadcastOf(c, shape)] : [broadcastOf(c, shape), shape];
  return { in: c.random.chance(0.5) ? [c.live(a), c.either(b)] : [c.either(a), c.live(b)] };
};

/** Its second operand is no weight of its own sign: a constant divisor must not be 0; a live one is proved above 0, or refused. */
const Div: CaseOf = (c) => {
  if (c.random.chance(0.4)) return integerDivision(c);
  const shape = shapeOf(c, 0, 4);
  const by = broadcastOf(c, shape);
  const values = Array.from({ length: by.reduce((a, b) => a * b, 1) }, () => c.random.pick([-3, -0.5, 0.25, 2, 7]));
  const divisor = c.random.chance(0.5) ? c.constant(by, values) : c.random.chance(0.8) ? c.positive(by) : c.live(by);
  return { in: [c.live(shape), divisor] };
};

/** Divisors that are constants of both signs, or live ones above 0; at times it is the dividend that is constant. */
export function integerDivision(c: Case): { in: readonly string[] } {
  const shape = shapeOf(c, 0, 3);
  const type = c.random.pick(c.opset < 13 ? (['int32', 'int64'] as const) : INTEGER_TYPES);
  const by = broadcastOf(c, shape);
  const [size, all] = [by, shape].map((dims) => dims.reduce((a, b) => a * b, 1));
  const some = type.startsWith('u') ? [1, 2, 3, 7, 8] : [1, 2, 3, 7, 8, -1, -3, -8];
  if (c.random.chance(0.5))
    return { in: [c.whole(shape, type), c.wholes(by, Array.from({ length: size }, () => c.random.pick(some)), type)] }; // prettier-ignore
  const dividend = c.random.chance(0.7) ? c.whole(shape, type) : c.wholes(shape, Array.from({ length: all }, () => c.random.int(0, 99)), type); // prettier-ignore
  return { in: [dividend, c.divisors(by, type)] };
}

const Sum: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 3);
  return { in: [c.live(shape), ...Array.from({ length: c.random.int(0, 3) }, () => c.either(broadcastOf(c, shape)))] };
};

const bound = (c: Case): number =>
  c.random.pick([-1.5, -0.5, 0, 0.5, 1.5, 3.4028234663852886e38, -3.4028234663852886e38]);

const Clip: CaseOf = (c) => {
  const x = c.live(shapeOf(c, 0, 3));
  if (c.opset < 11)
    return { in: [x], attributes: { min: maybe(c, () => ({ float: bound(c) })), max: maybe(c, () => ({ float: bound(c) })) } }; // prettier-ignore
  const [lo, hi] = [0, 1].map(() => (c.random.chance(0.7) ? c.constant([], [bound(c)]) : ''));
  return { in: c.random.chance(0.2) ? [x, lo] : [x, lo, hi] };
};

const Dropout: CaseOf = (c) => {
  const x = c.live(shapeOf(c, 1, 3));
  if (c.opset < 12) return { in: [x], attributes: { ratio: maybe(c, () => ({ float: 0.3 })) } };
  return { in: [x, ...(c.random.chance(0.5) ? [c.constant([], [0.3])] : [])], attributes: { seed: maybe(c, () => 7) } };
};

/** From floats, truncated, and between integers, which wrap around. */
const Cast: CaseOf = (c) => {
  const to = c.random.pick([Type.FLOAT, Type.DOUBLE, Type.INT64, Type.INT32, Type.INT8, Type.UINT8, Type.BOOL]);
  if (to !== Type.UINT8 && c.random.chance(0.3)) return { in: [c.whole(shapeOf(c, 0, 3), 'int8')], attributes: { to } };
  if (to === Type.UINT8 || c.random.chance(0.2))
    return { in: [c.whole(shapeOf(c, 0, 3), c.random.pick(['int32', 'int8'] as const))], attributes: { to } };
  if (to !== Type.FLOAT && to !== Type.BOOL && c.random.chance(0.5))
    return { in: [c.grid(shapeOf(c, 0, 3))], attributes: { to } };
  const whole = Array.from({ length: 3 }, () => c.random.int(-9, 9));
  const isFloat = to === Type.FLOAT || to === Type.DOUBLE || to === Type.BOOL;
  return {
    in: [isFloat && c.random.chance(0.4) ? c.live(shapeOf(c, 0, 3)) : c.constant([3], whole)],
    attributes: { to },
  };
};

export const ELEMENTWISE: Readonly<Record<string, CaseOf>> = {
  Add: binary,
  BitCast: (c) => {
    const [from, to] = c.random.pick([['int8', 'uint8'], ['uint8', 'int8'], ['int32', 'uint32'], ['int32', 'int32']] as const); // prettier-ignore
    return { in: [c.whole(shapeOf(c, 0, 3), from)], attributes: { to: typeOf(to) } };
  },
  Cast,
  Clip,
  Div,
  Dropout,
  Identity: unary,
  LeakyRelu: (c) => ({ ...unary(c)!, attributes: { alpha: maybe(c, () => ({ float: c.random.pick([0, 0.1, 1, 2]) })) } }),
  Mul: binary,
  Neg: unary,
  Relu: unary,
  Sigmoid: unary,
  Sub: binary,
  Sum,
  Tanh: unary,
}; // prettier-ignore
