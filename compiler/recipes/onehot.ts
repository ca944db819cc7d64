// onehot: which of n places a live index names. What it chooses from constants is then a linear map, and from live values n products.
import { MOST_PLACES } from '../limits.js';
import { greatest, least } from '../extremes.js';
import { fieldsOf, integerOf } from '../json.js';
import { mapBuilder } from '../linear/builder.js';
import { type LinearMap, constantMap } from '../linear/map.js';
import { onehot } from '../primitives/onehot.js';
import type { TensorId } from '../primitives/steps.js';
import type { RealPrimitive } from './real.js';

export interface OnehotOwn {
  /** Number of places. */
  readonly places: number;
}

/** y[i * places + v] = 1 where x[i] = v, or v - places; otherwise 0. */
export const realOnehot: RealPrimitive<OnehotOwn> = {
  kind: onehot.kind,
  check({ own: { places } }, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1) fail('one source and one value');
    if (outs[0] !== sources[0] * places) fail(`${places} elements for each index`);
  },
  evaluate({ places }, [x]) {
    const y = new Float64Array(x.length * places);
    x.forEach((index, i) => {
      const v = index < 0 ? index + places : index;
      if (v >= 0 && v < places) y[i * places + v] = 1;
    });
    return [y];
  },
  places: ({ places }) => places,
  codec: {
    encode: (own) => own,
    decode: (place) => ({ places: integerOf(fieldsOf(place, ['places']).places, 1, MOST_PLACES) }),
  },
  plan({ sources: [x], outs: [out], own: { places } }, to) {
    const map = to.map(x);
    const { lo, hi } = to.reaches(map);
    const [from, below] = [least(lo), greatest(hi)];
    if (from < -places || below > places - 1)
      to.refuse(
        `expected indices of [${-places}, ${places - 1}], the proven interval is [${from}, ${below}]`,
        "give the input of the indices its range: --input-range NAME=LO,HI, or 'NAME[i]=LO,HI' for a column that indexes a table of its own",
        out,
      );
    if (lo.every((first, i) => first === hi[i])) {
      to.define(out, constantMap(placesOf(places, lo, null).bias));
      return;
    }
    // each index above its own least: in a tree that is walked level by level each has two places more than the one before, not all
    const { lo: rest, form } = to.exact({ ...map, bias: map.bias.map((b, i) => b - lo[i]) }, out);
    const cells = form.accHi;
    const name = `${to.value(out).name} chosen`;
    const plan = { of: out, holds: false, name, shape: [map.size, cells], lo: 0, hi: 1, scale: 1, zero: 0 };
    const [tensor] = to.emit({ kind: onehot.kind, forms: [form], own: {} }, [plan]);
    to.define(out, placesOf(places, lo.map((first) => first + rest), { tensor, cells })); // prettier-ignore
  },
};

/** The places of indices of [firsts[i], firsts[i] + cells], from what tells which of firsts[i] + 1, firsts[i] + 2, ... each is. */
function placesOf(
  places: number,
  firsts: Float64Array,
  chosen: { readonly tensor: TensorId; readonly cells: number } | null,
): LinearMap {
  const builder = mapBuilder(firsts.length * places);
  const part = chosen && builder.part(chosen.tensor);
  const cells = chosen?.cells ?? 0;
  const others = Array.from({ length: cells }, (_, c) => c + 1);
  firsts.forEach((first, i) => {
    for (let v = 0; v < places; v++) {
      const o = i * places + v;
      const named = [v - places, v].map((index) => index - first).filter((c) => c >= 0 && c <= cells);
      const isFirst = named.includes(0);
      if (isFirst) builder.bias[o] = 1;
      // that of the first is 1 minus all that are others
      const read = isFirst ? others.filter((c) => !named.includes(c)) : named;
      part?.row(o, read.map((c) => i * cells + c - 1), read.map(() => (isFirst ? -1 : 1))); // prettier-ignore
    }
  });
  return builder.build();
}
