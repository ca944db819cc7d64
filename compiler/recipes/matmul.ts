// matmul: sums of products of two live tensors, C = A B and every other contraction. Each element of a factor is rounded once, however
// often it is read; each term is one exact product, and a sum of them is a form, which takes no wires unless weights
// mix it with others.
import { encodeNumbers, fieldsOf, int32sOf, integerOf } from '../json.js';
import { mapBuilder } from '../linear/builder.js';
import { composeMaps } from '../linear/compose.js';
import type { LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import type { ValueId } from './values.js';
import { FACTOR_BITS, type Factor, factorOf, multiplied, picked } from './product.js';
import { unsaturated } from './quotients.js';
import { type Planner, type RealPrimitive } from './real.js';
import { finerStep, packedSums } from './packing.js';
import { isFloat } from '../tensor.js';

/** C_o = the sum over k < depth of x[a[o depth + k]] y[b[o depth + k]]. */
export interface MatmulOwn {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly depth: number;
}

export const realMatmul: RealPrimitive<MatmulOwn> = {
  kind: 'matmul',
  check({ own: { a, b, depth } }, { sources, outs }, fail) {
    if (sources.length !== 2 || outs.length !== 1) fail('two sources and one value');
    if (!Number.isInteger(depth) || depth < 1) fail('a depth of 1 or more');
    [a, b].forEach((which, k) => {
      if (which.length !== outs[0] * depth) fail(`${outs[0] * depth} factors`);
      if (!which.every((i) => i >= 0 && i < sources[k])) fail('factors inside their source');
    });
  },
  evaluate: ({ a, b, depth }, [x, y]) => {
    const sums = new Float64Array(a.length / depth);
    for (let t = 0; t < a.length; t++) sums[Math.floor(t / depth)] += x[a[t]] * y[b[t]];
    return [sums];
  },
  codec: {
    encode: ({ a, b, depth }) => ({ a: encodeNumbers(a), b: encodeNumbers(b), depth }),
    decode(place) {
      const { a, b, depth } = fieldsOf(place, ['a', 'b', 'depth']);
      return { a: int32sOf(a, 0), b: int32sOf(b, 0), depth: integerOf(depth, 1, 2 ** 31 - 1) };
    },
  },
  plan({ sources, outs: [out], own: { a, b, depth } }, to) {
    const maps = sources.map((id) => to.map(id));
    const constant = maps.findIndex(({ parts }) => parts.length === 0);
    if (constant !== -1) {
      const [live, weights] = constant === 0 ? [b, a] : [a, b];
      const sums = sumsOf(live, depth, (t) => maps[constant].bias[weights[t]]);
      to.define(out, composeMaps(sums, new Map([[0, maps[1 - constant]]])));
      return;
    }
    const bits = factorBits(depth);
    const x = termOf(to, sources[0], bits);
    const y = sources[0] === sources[1] ? x : termOf(to, sources[1], bits);
    const together = to.argument === 'lookup' && isFloat(to.value(out).dtype) ? packedSums(to, out, { a, b, depth }, x, y, [to.reach(maps[0]), to.reach(maps[1])]) : null; // prettier-ignore
    if (together !== null) {
      to.define(out, together);
      return;
    }
    const terms = multiplied(to, out, picked(x, a), picked(y, b), [a.length]);
    const all = Int32Array.from({ length: a.length }, (_, t) => t);
    const sums = composeMaps(
      sumsOf(all, depth, () => 1),
      new Map([[0, terms]]),
    );
    to.define(out, to.argument === 'lookup' && to.isMixed(out) ? shortened(to, out, sums) : sums);
  },
  rounds: true,
  roundsSources: true,
};

/** Bits of a sum on wires beyond those of a result: over what data showed, and over all that it can be. */
const SUM_FINER = 5;
const SUM_BITS = 20;

/** Sums that weights mix would put every product of every sum into each of their readers: on wires a sum is one term. */
function shortened(to: Planner, out: ValueId, sums: LinearMap): LinearMap {
  const { lo, hi } = to.reach(sums);
  const wanted = finerStep(to, out, hi - lo, SUM_FINER);
  if (!(wanted > 0)) return sums;
  const { step } = to.grid(sums);
  const fine = step * 2 ** Math.max(Math.floor(Math.log2(wanted / step)), 0); // so that no weight is rounded
  return identityMap(unsaturated(to, out, 'sums', sums, fine, SUM_BITS, true).tensor, sums.size);
}

/** Bits of a factor beyond those of a result: the errors of a sum's terms average out. */
const FINER = 1;

/**
 * A factor by element, in steps as fine as what data showed of it asks for: a power of two, so that products of equal roles in
 * different layers have one unit. All that it can be has a step, since nothing saturates.
 */
function termOf(to: Planner, id: ValueId, bits: number): Factor {
  const seen = to.seen(id);
  const step = seen !== null && seen.lo < seen.hi ? 2 ** Math.floor(Math.log2((seen.hi - seen.lo) / 2 ** (to.bits(id) + FINER))) : 0; // prettier-ignore
  return factorOf(to, id, bits, false, step);
}

/** The sums of a long row are wide, and whatever reads them multiplies them by a precise weight: its factors take fewer bits. */
const factorBits = (depth: number): number => FACTOR_BITS - Math.max(0, Math.ceil(Math.log2(depth / 64) / 2));

/** y_o = the sum over k of weight(o depth + k) x[which[o depth + k]] */
function sumsOf(which: Int32Array, depth: number, weight: (t: number) => number): LinearMap {
  const builder = mapBuilder(which.length / depth);
  const part = builder.part(0);
  const weights = new Float64Array(depth);
  for (let o = 0; o < builder.bias.length; o++) {
    for (let k = 0; k < depth; k++) weights[k] = weight(o * depth + k);
    part.row(o, which.subarray(o * depth, (o + 1) * depth), weights);
  }
  return builder.build();
}
