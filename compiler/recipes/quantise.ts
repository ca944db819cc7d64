// quantise: int = clamp(rint(f32(x / scale)) + zero) of a float, as QuantizeLinear has it. An input is held on that grid from the start;
// a linear value of integers is requantised exactly; any other float is rounded to its nearest step, as activations are.
import { encodeNumbers, fieldsOf, integerOf, numbersOf } from '../json.js';
import { scaleMap } from '../linear/maps.js';
import { bitLength } from '../primitives/gadget.js';
import { lineOf, type Line, type Steps } from './line.js';
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
/** Steps of a result that has the steps of float32 arithmetic: of bytes. */
const STEPS = 256;
/** Accumulators of more bits are not of one grid, but of a scale that happens to divide all others. */
const GRID_BITS = 40;
/** Bits of weights beyond those of an activation: a runtime rounds the sum of several tensors in float32. */
const FINER = 10;

const gridAt = ({ scale, zero, lo, hi }: QuantiseOwn, o: number): InputGrid => {
  const at = scale.length === 1 ? 0 : o;
  return { scale: scale[at], zero: zero[at], lo, hi };
};

export const quantise: RealPrimitive<QuantiseOwn> = {
  kind: 'quantise',
  givesSteps: true,
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
    // integers on one grid, and a constant of its own for each element
    const bare = { ...map, bias: new Float64Array(map.size) };
    const { step, rest, isExact } = to.grid(bare);
    const reach = to.reach(bare);
    const [first, last] = [reach.lo, reach.hi].map((end) => Math.round((end - rest) / step));
    if (isExact && hi - lo < STEPS && bitLength(Math.max(Math.abs(first), Math.abs(last))) <= GRID_BITS) {
      const lines = new Map<string, { readonly at: number; readonly line: Line | null; readonly f: Steps }>();
      const of = Int32Array.from(map.bias, (bias, o) => {
        const { scale: s, zero: z } = gridAt(own, o);
        const key = `${s} ${z} ${bias}`;
        const known = lines.get(key);
        if (known !== undefined) return known.at;
        const f: Steps = (acc) => toEven(Math.fround(Math.fround(acc * step + rest + bias) / s)) + z;
        lines.set(key, { at: lines.size, line: lineOf(f, step / s, lo, hi, first, last), f });
        return lines.size - 1;
      });
      const all = [...lines.values()];
      const asked = all.length === 1 ? { f: all[0].f, lo: first, hi: last } : null;
      writeLines(to, out, scaleMap(bare, 1 / step, -rest / step), all.map(({ line }) => line), (o) => of[o], { zero: 0, least: lo, most: hi }, asked); // prettier-ignore
      return;
    }
    const each = Float64Array.from({ length: map.size }, (_, o) => gridAt(own, o).scale);
    const inSteps = scaleMap(map, each.map((s) => 1 / s), each.map((_, o) => gridAt(own, o).zero)); // prettier-ignore
    const { shift, form } = to.rescaled(inSteps, 1, lo, out, { finer: -FINER });
    writeFloors(to, out, form, { shift, f: { kind: 'clamp' } }, { low: lo, least: lo, most: hi });
  },
};
