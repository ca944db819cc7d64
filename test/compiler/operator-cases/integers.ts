// Random nodes of remainders and of operators of bits.
import { broadcastOf, INTEGER_TYPES, maybe, shapeOf, type CaseOf } from './case.js';
import { integerDivision } from './elementwise.js';

/** Integers over constants of both signs and live ones above 0; floats over a constant. */
const Mod: CaseOf = (c) => {
  if (c.random.chance(0.3)) {
    const shape = shapeOf(c, 0, 3);
    const several = [shape.at(-1) ?? 1];
    const each = Array.from({ length: several[0] }, () => c.random.pick([0.75, 1, -1.3]));
    const by = c.random.chance(0.5) ? c.constant([], each.slice(0, 1)) : c.constant(several, each);
    return { in: [c.live(shape), by], attributes: { fmod: 1 } };
  }
  return { ...integerDivision(c), attributes: { fmod: maybe(c, () => c.random.int(0, 1)) } };
};

/** Onnxruntime has it for these types. */
const UNSIGNED = ['uint8', 'uint32', 'uint64'] as const;

const BitShift: CaseOf = (c) => {
  const type = c.random.pick(UNSIGNED);
  const shape = shapeOf(c, 0, 3);
  const by = broadcastOf(c, shape);
  const amounts = Array.from({ length: by.reduce((a, b) => a * b, 1) }, () => c.random.int(0, 7));
  const direction = c.random.pick(['LEFT', 'RIGHT']);
  return {
    in: [
      c.whole(shape, type),
      c.opset < 14 || c.random.chance(0.6) ? c.wholes(by, amounts, type) : c.divisors(by, type),
    ],
    attributes: { direction },
  };
};

/** Live integers of both signs, and a constant at times; a mask at others. */
const bits: CaseOf = (c) => {
  const type = c.random.pick(INTEGER_TYPES);
  const shape = shapeOf(c, 0, 3);
  const by = broadcastOf(c, shape);
  const some = type.startsWith('u') ? [0, 3, 7, 9, 100] : [0, 3, 7, 9, 100, -1, -8, -77];
  const values = Array.from({ length: by.reduce((a, b) => a * b, 1) }, () => c.random.pick(some));
  const other = c.random.chance(0.6) ? c.whole(by, type) : c.wholes(by, values, type);
  return { in: c.random.chance(0.5) ? [c.whole(shape, type), other] : [other, c.whole(shape, type)] };
};

export const INTEGERS: Readonly<Record<string, CaseOf>> = {
  BitShift,
  BitwiseAnd: bits,
  BitwiseNot: (c) => ({ in: [c.whole(shapeOf(c, 0, 3), c.random.pick(['int8', 'uint8', 'int32', 'int64'] as const))] }),
  BitwiseOr: bits,
  BitwiseXor: bits,
  Mod,
};
