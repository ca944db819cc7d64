// addition: what onnxruntime's QLinearAdd computes of two integers, bit for bit: a product and a sum in float32, fused, twice.
// Over the integers it is one floor of a sum of both.
import { fieldsOf, finiteOf, integerOf } from '../json.js';
import { addMaps, scaleMap } from '../linear/maps.js';
import { hull } from '../linear/intervals.js';
import { refuseLine, writeLined } from './lines.js';
import type { RealPrimitive } from './real.js';
import { toEven } from './rounding.js';
import { keyOf, twoLinesOf } from './two-lines.js';

export interface AddOwn {
  readonly scales: readonly [a: number, b: number, result: number];
  readonly zeros: readonly [a: number, b: number, result: number];
  /** What is added to all three integers before anything is computed: 128 where the runtime takes bytes of s8 for u8. */
  readonly bias: number;
  readonly least: number;
  readonly most: number;
}

const MOST = 2 ** 16;
const { fround } = Math;

export const addition: RealPrimitive<AddOwn> = {
  kind: 'addition',
  givesSteps: true,
  check({ own: { scales, least, most } }, { sources, outs }, fail) {
    if (sources.length !== 2 || outs.length !== 1 || !sources.every((size) => size === outs[0])) fail('two sources and one value of their size'); // prettier-ignore
    if (!scales.every((s) => s > 0 && s < Infinity) || least > most) fail('scales above 0, and ends');
  },
  evaluate(own, [a, b]) {
    const add = adder(own);
    return [a.map((x, i) => Math.min(Math.max(add(x, b[i]), own.least), own.most) + 0)];
  },
  codec: {
    encode: ({ scales: [sa, sb, sc], zeros: [za, zb, zc], bias, least, most }) => {
      return { sa, sb, sc, za, zb, zc, bias, least, most };
    },
    decode(place) {
      const f = fieldsOf(place, ['sa', 'sb', 'sc', 'za', 'zb', 'zc', 'bias', 'least', 'most']);
      const int = (one: typeof place): number => integerOf(one, -MOST, MOST);
      return {
        scales: [finiteOf(f.sa), finiteOf(f.sb), finiteOf(f.sc)],
        zeros: [int(f.za), int(f.zb), int(f.zc)],
        bias: int(f.bias),
        least: int(f.least),
        most: int(f.most),
      };
    },
  },
  plan({ sources: [x, y], outs: [out], own }, to) {
    const maps = [to.map(x), to.map(y)] as const;
    const [a, b] = maps.map((map) => {
      const { lo, hi } = hull(to.reaches(map));
      return { lo: Math.round(lo), hi: Math.round(hi) };
    });
    const { least, most } = own;
    const [ra, rb, constant] = factorsOf(own);
    const near = { a: ra, b: rb, constant: constant + own.bias * (ra + rb - 1) };
    const found = twoLinesOf(adder(own), near, least, most, [a, b]) ?? refuseLine(to, out);
    const { shift } = found;
    const sum = addMaps([scaleMap(maps[0], found.a), scaleMap(maps[1], found.b, found.constant)]);
    const key = keyOf(b);
    const apart = addMaps([scaleMap(maps[0], key.factor), scaleMap(maps[1], 1, key.offset)]);
    const exceptions = Array.from({ length: sum.size }, () => found.exceptions);
    writeLined(to, out, { sum, shift, apart, exceptions }, { zero: 0, least, most });
  },
};

/** a sa / sc, b sb / sc, and what both add to the zero of the result. */
function factorsOf({ scales: [sa, sb, sc], zeros, bias }: AddOwn): readonly [number, number, number] {
  const [za, zb, zc] = zeros.map((zero) => zero + bias);
  const [ra, rb] = [fround(sa / sc), fround(sb / sc)];
  return [ra, rb, fround(zc - fround(ra * za + fround(rb * zb)))];
}

/** The integer that the runtime makes of two, not saturated. */
function adder(own: AddOwn): (a: number, b: number) => number {
  const [ra, rb, constant] = factorsOf(own);
  const { bias } = own;
  return (a, b) => toEven(fround((a + bias) * ra + fround((b + bias) * rb + constant))) - bias;
}
