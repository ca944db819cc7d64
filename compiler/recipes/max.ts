// max: the largest of n live values, as a chain of pairs. min is -max(-x).
import { greatest } from '../extremes.js';
import { composeMaps } from '../linear/compose.js';
import { shownLeast } from '../linear/least.js';
import { constantMap } from '../linear/map.js';
import { gatherMap } from '../linear/maps.js';
import { overGroups } from '../primitives/groups.js';
import { max } from '../primitives/max.js';
import { gathered, realGroups, type GroupsOwn } from './groups.js';
import type { RealPrimitive } from './real.js';

/** y_g = max of the members of group g. */
export const realMax: RealPrimitive<GroupsOwn> = {
  ...realGroups,
  kind: max.kind,
  evaluate: ({ starts, members }, [x]) => [overGroups(gathered(x, members), starts, greatest)],
  maxima: (groups) => groups,
  plan({ sources: [x], outs: [out], own: { starts, members } }, to) {
    const map = composeMaps(gatherMap(0, members), new Map([[0, to.map(x)]]));
    const { scale, zero, lo, form } = to.exact(map, out);
    const least = Math.max(shownLeast(form.map, starts), 0); // |x| and max(x, c) are stored above what they never fall below
    if (least >= form.accHi) {
      to.define(out, constantMap(new Float64Array(starts.length - 1).fill(scale * (lo + least - zero))));
      return;
    }
    const shifted = { ...form.map, bias: form.map.bias.map((b) => b - least) };
    const above = { map: shifted, accLo: 0 - least, accHi: form.accHi - least };
    const [tensor] = to.emit({ kind: max.kind, forms: [above], own: { starts } }, [
      { of: out, lo: lo + least, hi: lo + form.accHi, scale, zero },
    ]);
    to.define(out, tensor);
  },
};
