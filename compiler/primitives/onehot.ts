// onehot: which of n places a live index names. What it chooses from constants is then a linear map, and from live values n products.
import { fieldsOf, integerOf } from '../json.js';
import { mapBuilder } from '../linear/builder.js';
import { constantMap, type LinearMap } from '../linear/map.js';
import { sizeOf } from '../tensor.js';
import type { Gadget } from './gadget.js';
import { onehotGadget } from './gadgets/onehot.js';
import { lookupOnehot } from './gadgets/lookup/onehot.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { nothing, type Nothing } from './nothing.js';
import type { RealPrimitive } from './real.js';
import type { CircuitTensor, IntegerForm, TensorId } from './steps.js';

const KIND = 'onehot';
/** Places that indices may name: each is a row for every index. */
export const MOST_PLACES = 2 ** 16;

export interface OnehotOwn {
  /** Number of places. */
  readonly places: number;
}

/** y[i * places + v] = 1 where x[i] = v, or v - places; otherwise 0. */
export const realOnehot: RealPrimitive<OnehotOwn> = {
  kind: KIND,
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
    const [tensor] = to.emit({ kind: KIND, forms: [form], own: {} }, [plan]);
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

const placesIn = ({ accHi }: IntegerForm): number => accHi + 1;

/** u[i][v - 1] = 1 where acc_i = v, v = 1 .. accHi; otherwise 0. */
export const onehot: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate({ forms: [form] }, [acc]) {
    const n = placesIn(form);
    const u = new Float64Array(acc.length * (n - 1));
    acc.forEach((index, i) => {
      if (index > 0) u[i * (n - 1) + index - 1] = 1;
    });
    return [u];
  },
  check({ forms, outs: tensors }, outs, refuse) {
    if (forms.length !== 1 || tensors.length !== 1) refuse('forms', 'one form of one tensor', forms.length);
    const [{ accLo, accHi, map }] = forms;
    if (accLo !== 0) refuse('forms[0].accLo', '0, stored indices', accLo);
    if (accHi < 1 || accHi >= 2 * MOST_PLACES) refuse('forms[0].accHi', `1 to ${2 * MOST_PLACES - 1}`, accHi);
    if (sizeOf(outs[0].shape) !== map.size * accHi)
      refuse('outs', `${map.size * accHi} elements, one less than places for each index`, sizeOf(outs[0].shape));
    if (outs[0].lo !== 0 || outs[0].hi !== 1) refuse('outs', 'values of [0, 1]', outs[0].hi);
  },
  bounds: () => ({ outs: [{ lo: 0, hi: 1 }], needs: [] }),
  codec: nothing,
  plain: { uses: ({ forms: [form] }, [out]) => [each(onehotGadget(placesIn(form)), out)] },
  lookup: { uses: ({ forms: [form] }, [out]) => [each(lookupOnehot(placesIn(form)), out)] },
  onnx({ forms: [form] }, write, _, to) {
    const cells = form.accHi;
    const total = form.map.size * cells;
    const index = Int32Array.from({ length: total }, (_, o) => Math.floor(o / cells));
    const place = Float64Array.from({ length: total }, (_, o) => 1 + (o % cells));
    const repeated = to.node('Gather', [write(0), to.indices(index, [total])]);
    return [to.toReal(to.node('Equal', [repeated, to.reals(place, [total])]))];
  },
};

/** One gadget per index. */
function each(gadget: Gadget, { shape }: CircuitTensor): Use {
  const cells = gadget.outputs;
  const count = sizeOf(shape) / cells;
  const outputs = Array.from({ length: cells }, (_, c) => ({
    tensor: 0,
    at: Int32Array.from({ length: count }, (__, i) => i * cells + c),
  }));
  return { gadget, count, ports: [{ form: 0 }], outputs };
}
