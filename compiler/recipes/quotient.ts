// quotient: y_i = x_i / d, or x_i / sqrt(d), d a live value above 0 that any number of elements share: one normalise for each divisor,
// a product and a clamp for each element. A divisor that is the sum of its dividends, or of their magnitudes, may be 0: so are they then,
// and y.
import { choiceOf, encodeNumbers, fieldsOf, int32sOf } from '../json.js';
import type { LinearMap } from '../linear/map.js';
import { gatherMap } from '../linear/maps.js';
import { bitLength } from '../primitives/gadget.js';
import { NEEDS_TABLES, USE_LOOKUP } from '../primitives/rescale.js';
import type { IntegerForm } from '../primitives/steps.js';
import { LEAST_UNITS, reciprocal } from './normal.js';
import { productStep } from './product.js';
import { PRODUCT_BITS, clamped, onWires } from './quotients.js';
import type { Planner, RealPrimitive } from './real.js';

export interface QuotientOwn {
  /** The divisor of each element. */
  readonly at: Int32Array;
  readonly divisor: (typeof DIVISORS)[number];
}

/** A sum is of dividends that are not below 0: of others it is like any divisor. */
const DIVISORS = ['whole', 'root', 'sum', 'magnitudes'] as const;

/** Bits of a dividend beyond those of the result. */
const FINER = 5;

export const quotient: RealPrimitive<QuotientOwn> = {
  kind: 'quotient',
  check({ own: { at } }, { sources, outs }, fail) {
    if (sources.length !== 2 || outs.length !== 1) fail('a dividend, a divisor and one value');
    if (sources[0] !== outs[0] || at.length !== outs[0]) fail(`a dividend and the place of a divisor for ${outs[0]} elements`); // prettier-ignore
    if (!at.every((i) => i >= 0 && i < sources[1])) fail('divisors inside their source');
  },
  evaluate: ({ at, divisor }, [x, d]) => [
    x.map((v, i) => {
      const by = divisor === 'root' ? Math.sqrt(d[at[i]]) : d[at[i]];
      return by === 0 && v === 0 && (divisor === 'sum' || divisor === 'magnitudes') ? 0 : v / by;
    }),
  ],
  codec: {
    encode: ({ at, divisor }) => ({ at: encodeNumbers(at), divisor }),
    decode(place) {
      const { at, divisor } = fieldsOf(place, ['at', 'divisor']);
      return { at: int32sOf(at, 0), divisor: choiceOf(divisor, DIVISORS) };
    },
  },
  plan({ sources: [x, d], outs: [out], own: { at, divisor } }, to) {
    if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, out);
    const [dividend, divisors] = [to.map(x), to.map(d)];
    const below = to.reach(divisors);
    const { lo, hi } = to.reach(dividend);
    const areShares = divisor === 'magnitudes' || (divisor === 'sum' && lo >= 0);
    if (!(below.lo > 0 || (areShares && below.lo === 0 && below.hi > 0)))
      to.refuse(
        `expected a divisor that is above 0 whatever the input is, its proven interval is [${below.lo}, ${below.hi}]`,
        'add a constant to it, or keep it away from 0 by a Clip or an input range',
        out,
      );
    const floor = below.lo > 0 ? below.lo : leastShare(to, divisors);
    const inverse = reciprocal(to, divisors, out, divisor === 'root' ? 'root' : 'power', floor);
    const { hi: most } = to.tensor(inverse.tensor);
    const bits = Math.min(to.bits(out) + FINER, 16, PRODUCT_BITS - bitLength(most));
    if (bits < to.bits(out))
      to.refuse(
        `expected a divisor of fewer sizes, its proven interval is [${below.lo}, ${below.hi}]`,
        'give --calibrate with data so that activations saturate, or a narrower --input-range',
        out,
      );
    const factor = onWires(to, out, 'dividends', dividend, bits, lo < hi ? { lo, hi } : { lo: lo - 1, hi: hi + 1 });
    const inverses: IntegerForm = { map: gatherMap(inverse.tensor, at), accLo: 0, accHi: most };
    const product = productStep(to, factor.form, inverses, {
      of: out,
      holds: false,
      name: `${to.value(out).name} exact`,
      scale: factor.scale * inverse.scale,
      zero: 0,
    });
    const root = (v: number): number => (divisor === 'root' ? Math.sqrt(v) : v);
    const ends = [lo, hi].flatMap((v) => [v / root(below.lo), v / root(below.hi)]);
    const all = { lo: Math.min(ends[0], ends[1]), hi: Math.max(ends[2], ends[3]) };
    const range = areShares ? { lo: lo < 0 ? -1 : 0, hi: hi > 0 ? 1 : 0 } : all;
    const seen = to.seen(out) ?? { lo: 0, hi: 0 };
    const shown = seen.lo < seen.hi ? seen : { lo: Math.min(seen.lo, 0), hi: Math.max(seen.hi, 0) }; // of one value
    const places = Int32Array.from(at, (_, i) => i);
    to.define(out, clamped(to, out, product, places, shown.lo < shown.hi ? shown : range));
  },
  rounds: true,
};

/** Of sums that may be 0: they count in a unit that is small beside their steps. */
function leastShare(to: Planner, sums: LinearMap): number {
  const { step, isExact } = to.grid(sums);
  return isExact ? step / (LEAST_UNITS - 1) : 0;
}
