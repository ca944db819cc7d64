// argmax: the position of the first maximum among n live values.
import { EXACT_BITS } from '../limits.js';
import { composeMaps } from '../linear/compose.js';
import { constantMap } from '../linear/map.js';
import { gatherMap } from '../linear/maps.js';
import { argmax, keyReach } from '../primitives/argmax.js';
import { firstMaximum, longestGroup, overGroups } from '../primitives/groups.js';
import { gathered, realGroups, type GroupsOwn } from './groups.js';
import type { RealPrimitive } from './real.js';

/** y_g = position inside group g (0, 1, ...) of its maximum; ties go to the first member. */
export const realArgmax: RealPrimitive<GroupsOwn> = {
  ...realGroups,
  kind: argmax.kind,
  evaluate: ({ starts, members }, [x]) => [overGroups(gathered(x, members), starts, firstMaximum)],
  plan({ sources: [x], outs: [out], own: { starts, members } }, to) {
    const longest = longestGroup(starts);
    if (longest === 1) {
      to.define(out, constantMap(new Float64Array(starts.length - 1)));
      return;
    }
    const { form } = to.exact(composeMaps(gatherMap(0, members), new Map([[0, to.map(x)]])), out);
    to.bounded(keyReach(form.accHi, longest), EXACT_BITS, 'a key of value and position', out);
    const [tensor] = to.emit({ kind: argmax.kind, forms: [form], own: { starts } }, [
      { of: out, lo: 0, hi: longest - 1, scale: 1, zero: 0 },
    ]);
    to.define(out, tensor);
  },
};
