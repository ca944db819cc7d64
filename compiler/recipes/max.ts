// max: the largest of n live values, as a chain of pairs. min is -max(-x).
import { composeMaps } from '../linear/compose.js';
import { gatherMap } from '../linear/maps.js';
import { largest, overGroups } from '../primitives/groups.js';
import { max } from '../primitives/max.js';
import { gathered, realGroups, type GroupsOwn } from './groups.js';
import type { RealPrimitive } from './real.js';

/** y_g = max of the members of group g. */
export const realMax: RealPrimitive<GroupsOwn> = {
  ...realGroups,
  kind: max.kind,
  evaluate: ({ starts, members }, [x]) => [overGroups(gathered(x, members), starts, largest)],
  maxima: (groups) => groups,
  plan({ sources: [x], outs: [out], own: { starts, members } }, to) {
    const map = composeMaps(gatherMap(0, members), new Map([[0, to.map(x)]]));
    const { scale, zero, lo, form } = to.exact(map, out);
    const [tensor] = to.emit({ kind: max.kind, forms: [form], own: { starts } }, [
      { of: out, lo, hi: lo + form.accHi, scale, zero },
    ]);
    to.define(out, tensor);
  },
};
