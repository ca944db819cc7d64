// select: a where a boolean is 1, b where it is 0, element by element. Both are forms in one unit, so that the choice is exact.
import { composeMaps } from '../linear/compose.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import { selectGadget } from './gadgets/select.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { nothing, type Nothing } from './nothing.js';
import type { RealPrimitive } from './real.js';
import type { CircuitTensor } from './steps.js';

const KIND = 'select';

/** Of the sources c, a and b. */
export const realSelect: RealPrimitive<Nothing> = {
  kind: KIND,
  check(_, { sources, outs }, fail) {
    if (sources.length !== 3 || outs.length !== 1) fail('a condition, two branches and one value');
    if (!sources.every((size) => size === outs[0])) fail(`sources of ${outs[0]} elements`);
  },
  evaluate: (_, [c, a, b]) => [c.map((v, o) => (v === 1 ? a[o] : b[o]))],
  codec: nothing,
  plan({ sources, outs: [out] }, to) {
    const [c, a, b] = sources.map((id) => to.map(id));
    const condition = to.exact(c, sources[0]);
    // a condition that no input changes takes no wires
    if (c.parts.length === 0 || condition.form.accHi === 0) {
      const { lo, form } = condition;
      const truth = form.map.bias.map((v) => v + lo);
      to.define(out, addMaps([scaleMap(a, truth), scaleMap(b, truth.map((v) => 1 - v))])); // prettier-ignore
      return;
    }
    const { scale, zero, lo, form } = to.exact(stacked(a, b), out);
    const [y] = to.emit({ kind: KIND, forms: [condition.form, form], own: {} }, [
      { of: out, lo, hi: lo + form.accHi, scale, zero },
    ]);
    to.define(out, y);
  },
};

/** a above b. */
function stacked(a: LinearMap, b: LinearMap): LinearMap {
  const places = (first: number): Int32Array =>
    Int32Array.from({ length: 2 * a.size }, (_, o) => (o >= first && o < first + a.size ? o - first : -1));
  return addMaps([a, b].map((map, k) => composeMaps(gatherMap(0, places(k * a.size)), new Map([[0, map]]))));
}

/** y = a where c = 1, else b: forms c and, one above the other, a and b. */
export const select: IntegerPrimitive<Nothing> = {
  kind: KIND,
  evaluate: (_, [c, ab]) => [c.map((v, o) => (v === 1 ? ab[o] : ab[c.length + o]))],
  check({ forms }, outs, refuse) {
    if (forms.length !== 2 || outs.length !== 1) refuse('forms', 'two forms of one tensor', forms.length);
    const size = sizeOf(outs[0].shape);
    forms.forEach(({ map }, k) => {
      if (map.size !== (k + 1) * size) refuse(`forms[${k}].map`, `${(k + 1) * size} elements`, map.size);
    });
    // the interval of y holds for no other condition
    if (forms[0].accLo !== 0 || forms[0].accHi !== 1) refuse('forms[0].accHi', '[0, 1], a boolean', forms[0].accHi);
    if (forms[1].accLo !== 0) refuse('forms[1].accLo', '0, stored values', forms[1].accLo);
  },
  bounds: ({ forms: [, { accHi }] }) => ({ outs: [{ lo: 0, hi: accHi }], needs: [] }),
  codec: nothing,
  plain: { uses: (_, [out]) => choices(out) },
  lookup: { uses: (_, [out]) => choices(out) },
  onnx(_, form, [{ shape }], to) {
    const size = sizeOf(shape);
    const [c, ab] = [form(0), form(1)];
    const half = (first: number): string =>
      to.node('Gather', [
        ab,
        to.indices(
          Int32Array.from({ length: size }, (_, o) => first + o),
          [size],
        ),
      ]);
    const [a, b] = [half(0), half(size)];
    return [to.node('Add', [b, to.node('Mul', [c, to.node('Sub', [a, b])])])];
  },
};

function choices({ shape }: CircuitTensor): Use[] {
  const count = sizeOf(shape);
  const second = Int32Array.from({ length: count }, (_, o) => count + o);
  const first = Int32Array.from({ length: count }, (_, o) => o);
  return [
    {
      gadget: selectGadget(),
      count,
      ports: [{ form: 0 }, { form: 1, at: first }, { form: 1, at: second }],
      outputs: [{ tensor: 0 }],
    },
  ];
}
