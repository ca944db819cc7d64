// Random nodes of remainders and of operators of bits.
import { broadcastOf, maybe, shapeOf, type CaseOf } from './case.js';
import { integerDivision } from './elementwise.js';

/** Integers over constants of both signs and live ones above 0; floats over a constant. */
const Mod: CaseOf = (c) => {
  if (c.random.chance(0.3)) {
    const shape = shapeOf(c, 0, 3);
    const by = c.constant(c.random.chance(0.5) ? [] : [1], [c.random.pick([0.75, 1, -1.3])]);
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
  return { in: [c.whole(shape, type), c.wholes(by, amounts, type)], attributes: { direction } };
};

export const INTEGERS: Readonly<Record<string, CaseOf>> = {
  BitShift,
  Mod,
};
