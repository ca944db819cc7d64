// requantise: y = clamp(round(acc M) + zero), acc an integer accumulator, M of each channel: what an integer kernel of a runtime does
// behind its sums, bit for bit. Half goes to the even integer. Each channel is one line over the integers (line.ts), its exceptions
// are told apart by `equal`, so it is the rescale of any other layer.
import { greatest, least } from '../extremes.js';
import { choiceOf, encodeNumbers, fieldsOf, finiteOf, integerOf, numbersOf } from '../json.js';
import { EXACT_BITS } from '../limits.js';
import { lineOf, type Line, type Steps } from './line.js';
import { writeLines } from './lines.js';
import type { RealPrimitive } from './real.js';
import { toEven } from './rounding.js';

const { fround } = Math;

export interface RequantiseOwn {
  /**
   * y = f32(f32(f32(acc) M) / divisor). float32: rint(y) + zero, as the kernels of linear layers, averages of a whole picture and
   * Concat have it; 'float32 with zero': rint(f32(y + zero)), as those of products and other averages do. A tie goes to the even
   * integer.
   */
  readonly rounding: 'float32' | 'float32 with zero';
  /** M of each channel. */
  readonly multipliers: Float64Array;
  readonly divisor: number;
  /** Element o is of channel floor(o / stride) modulo their number. */
  readonly stride: number;
  readonly zero: number;
  /** Ends at which it saturates: those of the type, or from the zero on where a Relu stands in front. */
  readonly least: number;
  readonly most: number;
}

export const requantise: RealPrimitive<RequantiseOwn> = {
  kind: 'requantise',
  givesSteps: true,
  check({ own }, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1 || sources[0] !== outs[0]) fail('one source and one value of its size'); // prettier-ignore
    if (own.multipliers.length === 0 || !own.multipliers.every((m) => m > 0 && m < Infinity)) fail('multipliers above 0'); // prettier-ignore
    if (!(own.divisor > 0 && own.stride >= 1 && own.least <= own.most)) fail('a divisor, a stride and ends');
  },
  evaluate(own, [acc]) {
    const steps = Array.from(own.multipliers, (_, c) => stepsOf(own, c));
    return [acc.map((x, o) => saturated(own, steps[channelOf(own, o)](x)))];
  },
  codec: {
    encode: ({ rounding, multipliers, divisor, stride, zero, least, most }) => {
      return { rounding, multipliers: encodeNumbers(multipliers), divisor, stride, zero, least, most };
    },
    decode(place) {
      const f = fieldsOf(place, ['rounding', 'multipliers', 'divisor', 'stride', 'zero', 'least', 'most']);
      const int = (one: typeof place): number => integerOf(one, -MOST, MOST);
      return {
        rounding: choiceOf(f.rounding, ['float32', 'float32 with zero']),
        multipliers: numbersOf(f.multipliers),
        divisor: finiteOf(f.divisor),
        stride: integerOf(f.stride, 1, MOST),
        zero: int(f.zero),
        least: int(f.least),
        most: int(f.most),
      };
    },
  },
  overMaxima(own, { starts, members }) {
    const count = starts.length - 1;
    const size = members.reduce((most, o) => Math.max(most, o), 0) + 1;
    const stride = count / Math.ceil(size / own.stride);
    if (!Number.isInteger(stride)) return null;
    const over = { ...own, stride };
    for (let g = 0; g < count; g++)
      for (let m = starts[g]; m < starts[g + 1]; m++)
        if (channelOf(own, members[m]) !== channelOf(over, g)) return null;
    return over;
  },
  plan({ sources: [x], outs: [out], own }, to) {
    const map = to.map(x);
    const { lo, hi } = to.reaches(map);
    const ranges = Array.from(own.multipliers, () => ({ lo: Infinity, hi: -Infinity }));
    for (let o = 0; o < map.size; o++) {
      const range = ranges[channelOf(own, o)];
      range.lo = Math.min(range.lo, Math.round(lo[o]));
      range.hi = Math.max(range.hi, Math.round(hi[o]));
    }
    to.bounded(greatest(ranges.map((range) => Math.max(-range.lo, range.hi))), EXACT_BITS - 1, 'an accumulator', out);
    const lines = linesOf(own, ranges);
    const isOne = own.multipliers.every((m) => m === own.multipliers[0]);
    const asked = { f: stepsOf(own, 0), lo: least(ranges.map((range) => range.lo)), hi: greatest(ranges.map((range) => range.hi)) }; // prettier-ignore
    writeLines(to, out, map, lines, (o) => channelOf(own, o), own, isOne ? asked : null);
  },
};

const MOST = Number.MAX_SAFE_INTEGER;

type Lines = readonly (Line | null)[];

/** The last lines of each step: plans that are compared ask for the same ones. */
const known = new WeakMap<RequantiseOwn, { readonly of: string; readonly lines: Lines }>();

function linesOf(own: RequantiseOwn, ranges: readonly { readonly lo: number; readonly hi: number }[]): Lines {
  const of = ranges.map(({ lo, hi }) => `${lo} ${hi}`).join();
  const before = known.get(own);
  if (before?.of === of) return before.lines;
  const lines = ranges.map(({ lo, hi }, c): Line | null => {
    if (lo > hi) return { multiplier: 0, constant: 0, shift: 1, exceptions: [] }; // of no element
    const near = own.multipliers[c] / own.divisor;
    return lineOf(stepsOf(own, c), near, own.least - own.zero, own.most - own.zero, lo, hi);
  });
  known.set(own, { of, lines });
  return lines;
}

const channelOf = ({ multipliers, stride }: RequantiseOwn, o: number): number => Math.floor(o / stride) % multipliers.length; // prettier-ignore

const saturated = ({ zero, least, most }: Pick<RequantiseOwn, 'zero' | 'least' | 'most'>, step: number): number =>
  Math.min(Math.max(step + zero, least), most) + 0;

/** What a channel makes of an accumulator, before its zero. */
function stepsOf({ rounding, multipliers, divisor, zero }: RequantiseOwn, channel: number): Steps {
  const m = multipliers[channel];
  const real = (acc: number): number => fround(fround(fround(acc) * m) / divisor);
  return rounding === 'float32' ? (acc) => toEven(real(acc)) : (acc) => toEven(fround(real(acc) + zero)) - zero;
}
