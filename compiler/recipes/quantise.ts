// quantise: int = clamp(rint(f32(x / scale)) + zero) of a float, as QuantizeLinear has it. An input is held on that grid from the start;
// a linear value of integers is requantised exactly; any other float is rounded to its nearest step, as activations are.
import { encodeNumbers, fieldsOf, integerOf, numbersOf } from '../json.js';
import { scaleMap } from '../linear/maps.js';
import { bitLength } from '../primitives/gadget.js';
import { lineOf, type Steps } from './line.js';
import { writeFloors, writeLines } from './lines.js';
import type { InputGrid, RealPrimitive } from './real.js';
import { onGrid, toEven } from './rounding.js';

/** Scale and zero of all elements, or of each. */
export interface QuantiseOwn {
  readonly scale: Float64Array;
  readonly zero: Float64Array;
  readonly lo: number;
  readonly hi: number;
}

const MOST = Number.MAX_SAFE_INTEGER;
/** Accumulators of more bits are not of one grid, but of a scale that happens to divide all others. */
const GRID_BITS = 40;

const gridAt = ({ scale, zero, lo, hi }: QuantiseOwn, o: number): InputGrid => {
  const at = scale.length === 1 ? 0 : o;
  return { scale: scale[at], zero: zero[at], lo, hi };
};

export const quantise: RealPrimitive<QuantiseOwn> = {
  kind: 'quantise',
  check({ own: { scale, zero, lo, hi } }, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1 || sources[0] !== outs[0]) fail('one source and one value of its size'); // prettier-ignore
    if (scale.length !== zero.length || (scale.length !== 1 && scale.length !== outs[0])) fail('a scale and a zero, or one for each element'); // prettier-ignore
    if (!scale.every((s) => s > 0) || !zero.every(Number.isInteger) || lo >= hi) fail('scales above 0, and a range');
  },
  evaluate: (own, [x]) => [x.map((v, o) => onGrid(gridAt(own, o), v))],
  codec: {
    encode: ({ scale, zero, lo, hi }) => ({ scale: encodeNumbers(scale), zero: encodeNumbers(zero), lo, hi }),
    decode(place) {
      const { scale, zero, lo, hi } = fieldsOf(place, ['scale', 'zero', 'lo', 'hi']);
      return {
        scale: numbersOf(scale),
        zero: numbersOf(zero),
        lo: integerOf(lo, -MOST, MOST),
        hi: integerOf(hi, -MOST, MOST),
      };
    },
  },
  grid: (own) => (own.scale.length === 1 ? gridAt(own, 0) : null),
  plan({ sources: [x], outs: [out], own }, to) {
    const map = to.map(x);
    const { lo, hi } = own;
    const { scale, zero } = gridAt(own, 0);
    const held = map.parts.length === 1 ? to.tensor(map.parts[0].from) : null;
    const isOne = own.scale.length === 1;
    if (isOne && held?.value === x && held.scale === scale && held.zero === zero && held.lo === lo && held.hi === hi) {
      to.define(out, scaleMap(map, 1 / scale, zero));
      return;
    }
    const { step, rest, isExact } = to.grid(map);
    const reach = to.reach(map);
    const [first, last] = [reach.lo, reach.hi].map((end) => Math.round((end - rest) / step));
    if (isOne && isExact && bitLength(Math.max(Math.abs(first), Math.abs(last))) <= GRID_BITS) {
      const steps: Steps = (acc) => toEven(Math.fround(Math.fround(acc * step + rest) / scale));
      const line = lineOf(steps, step / scale, lo - zero, hi - zero, first, last);
      writeLines(to, out, scaleMap(map, 1 / step, -rest / step), [line], () => 0, { zero, least: lo, most: hi }, { f: steps, lo: first, hi: last }); // prettier-ignore
      return;
    }
    const each = Float64Array.from({ length: map.size }, (_, o) => gridAt(own, o).scale);
    const inSteps = scaleMap(map, each.map((s) => 1 / s), each.map((_, o) => gridAt(own, o).zero)); // prettier-ignore
    const { shift, form } = to.rescaled(inSteps, 1, lo, out);
    writeFloors(to, out, form, { shift, f: { kind: 'clamp' } }, { low: lo, least: lo, most: hi });
  },
};
