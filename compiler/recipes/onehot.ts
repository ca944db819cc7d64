// onehot: which of n places a live index names. What it chooses from constants is then a linear map, and from live values n products.
import { fieldsOf, integerOf } from '../json.js';
import { mapBuilder } from '../linear/builder.js';
import { type LinearMap, constantMap } from '../linear/map.js';
import { MOST_PLACES, onehot } from '../primitives/onehot.js';
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
  codec: {
    encode: (own) => own,
    decode: (place) => ({ places: integerOf(fieldsOf(place, ['places']).places, 1, MOST_PLACES) }),
  },
  plan({ sources: [x], outs: [out], own: { places } }, to) {
    const map = to.map(x);
    const { lo, hi } = to.reach(map);
    if (lo < -places || hi > places - 1)
      to.refuse(
        `expected indices of [${-places}, ${places - 1}], the proven interval is [${lo}, ${hi}]`,
        'give the input of the indices its range: --input-range NAME=LO,HI',
        out,
      );
    if (lo === hi) {
      const one = placesOf(map.size, places, lo, null);
      to.define(out, constantMap(one.bias));
      return;
    }
    const { lo: first, form } = to.exact(map, out);
    const cells = form.accHi; // of the indices above the first
    const name = `${to.value(out).name} chosen`;
    const plan = { of: out, holds: false, name, shape: [map.size, cells], lo: 0, hi: 1, scale: 1, zero: 0 };
    const [tensor] = to.emit({ kind: onehot.kind, forms: [form], own: {} }, [plan]);
    to.define(out, placesOf(map.size, places, first, { tensor, cells }));
  },
};

/** The places of `size` indices of [first, first + cells], from what tells which of first + 1, first + 2, ... they are. */
function placesOf(
  size: number,
  places: number,
  first: number,
  chosen: { readonly tensor: TensorId; readonly cells: number } | null,
): LinearMap {
  const builder = mapBuilder(size * places);
  const part = chosen && builder.part(chosen.tensor);
  const cells = chosen?.cells ?? 0;
  for (let v = 0; v < places; v++) {
    const named = [v - places, v].filter((index) => index >= first && index <= first + cells);
    const others = named.filter((index) => index !== first).map((index) => index - first - 1);
    const isFirst = named.length > others.length;
    // that of the first is 1 minus all others
    const weights = Array.from({ length: cells }, (_, c) => Number(others.includes(c)) - Number(isFirst));
    const row = part?.form([...weights.keys()], weights);
    for (let i = 0; i < size; i++) {
      const o = i * places + v;
      if (isFirst) builder.bias[o] = 1;
      if (row) part?.set(o, i * cells + row.shift, row.pattern, row.kernel);
    }
  }
  return builder.build();
}
