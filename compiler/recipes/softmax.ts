// softmax, without division: e^(x - logsum) by a table. Its soundness rests on nothing but its steps: that a softmax is in [0, 1]
// chooses its scale alone.
import { mapBuilder } from '../linear/builder.js';
import { addMaps, scaleMap } from '../linear/maps.js';
import { exp } from '../maths.js';
import { halved, stepOf, exponentStep } from './exponents.js';
import { type GroupsOwn, checkEach, gathered, realGroups } from './groups.js';
import { longestGroup } from '../primitives/groups.js';
import { logSums, maskedBelow, repeated, sumOfExponentials } from './logsum.js';
import type { RealPrimitive } from './real.js';
import { tabulated } from './tabulated.js';

export const softmax: RealPrimitive<GroupsOwn> = {
  ...realGroups,
  kind: 'softmax',
  check: checkEach,
  evaluate({ starts, members }, [x]) {
    const y = new Float64Array(x.length);
    const sums = logSums(starts, gathered(x, members));
    for (let g = 0; g + 1 < starts.length; g++)
      for (let i = starts[g]; i < starts[g + 1]; i++) y[members[i]] = exp(x[members[i]] - sums[g]);
    return [y];
  },
  plan({ sources: [x], outs: [out], own }, to) {
    const { shown, groups, sums, step, key, isWhole } = sumOfExponentials(to, x, out, own);
    const { hi } = to.seen(out) ?? { hi: 1 };
    const most = hi > 0 ? Math.min(2 ** Math.ceil(Math.log2(hi)), 1) : 1; // powers of two, so that layers share a table
    // a share of one in many is small: bits of its own size, halfway
    const width = 2 ** (to.bits(out) + Math.ceil(Math.log2(longestGroup(own.starts)) / 2)) - 1;
    const shifted = addMaps([shown.map, scaleMap(repeated(sums, groups), -1)]);
    const scale = most / width;
    const tensor = tabulated(
      to,
      shifted,
      key ?? halved(step, stepOf(to, out)),
      (v) => Math.min(Math.max(Math.round(exp(v) / scale), 0), width),
      {
        of: out,
        holds: false,
        name: to.value(out).name,
        shape: [shifted.size],
        lo: 0,
        hi: width,
        scale,
        zero: 0,
        // a key, the logarithm and what it is made of are off by less than a ninth together; each share by half a step
        totals: isWhole
          ? { groups, most: Math.ceil((width * 1.125) / most + longestGroup(own.starts) / 2) }
          : undefined,
      },
    );
    const builder = mapBuilder(own.members.length);
    shown.members.forEach((o, i) => builder.part(tensor).row(o, [i], [1]));
    to.define(out, builder.build());
  },
  enough: exponentStep,
  rounds: true,
  roundsSources: true,
  saturates: maskedBelow,
};
