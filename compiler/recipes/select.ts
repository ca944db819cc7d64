// select: a where a boolean is 1, b where it is 0, element by element. Both are forms in one unit, so that the choice is exact.
import { composeMaps } from '../linear/compose.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { type Nothing, nothing } from '../primitives/steps.js';
import { select } from '../primitives/select.js';
import type { RealPrimitive } from './real.js';

/** Of the sources c, a and b. */
export const realSelect: RealPrimitive<Nothing> = {
  kind: select.kind,
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
    const [y] = to.emit({ kind: select.kind, forms: [condition.form, form], own: {} }, [
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
