// norm: the root of the sum of squares of each group. The elements are rounded to wires, their squares are products, and the root of a
// sum is normalise.
import { ACC_BITS } from '../limits.js';
import { mapBuilder } from '../linear/builder.js';
import { constantMap } from '../linear/map.js';
import { longestGroup, overGroups } from '../primitives/groups.js';
import { NEEDS_TABLES, USE_LOOKUP } from '../primitives/rescale.js';
import { type GroupsOwn, gathered, realGroups } from './groups.js';
import { root } from './normal.js';
import { productStep } from './product.js';
import { clamped, onWires } from './quotients.js';
import type { RealPrimitive } from './real.js';

/** Bits of an element beyond those of the result: beside large ones a small one may be the whole of its group. */
const FINER = 5;

const normOf = (group: Float64Array): number => Math.sqrt(group.reduce((sum, v) => sum + v * v, 0));

export const norm: RealPrimitive<GroupsOwn> = {
  kind: 'norm',
  check: realGroups.check,
  codec: realGroups.codec,
  evaluate: ({ starts, members }, [x]) => [overGroups(gathered(x, members), starts, normOf)],
  plan({ sources: [x], outs: [out], own: { starts, members } }, to) {
    if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, out);
    const map = to.map(x);
    const reach = to.reach(map);
    if (map.parts.length === 0) {
      to.define(out, constantMap(overGroups(gathered(map.bias, members), starts, normOf)));
      return;
    }
    const n = longestGroup(starts);
    const bits = Math.min(to.bits(out) + FINER, Math.floor((ACC_BITS - 2 - Math.ceil(Math.log2(n))) / 2));
    const most = Math.max(-reach.lo, reach.hi) || 1;
    const around = { lo: Math.min(reach.lo, 0), hi: Math.max(reach.hi, 0) || most };
    const { form, scale } = onWires(to, out, 'elements', map, bits, around); // 0 is 0: so is the norm of nothing else
    const name = `${to.value(out).name} squares`;
    const plan = { of: out, holds: false as const, name, shape: [map.size], scale: scale * scale, zero: 0 };
    const squares = productStep(to, form, form, plan);
    const builder = mapBuilder(starts.length - 1);
    for (let g = 0; g + 1 < starts.length; g++) {
      const group = members.subarray(starts[g], starts[g + 1]);
      builder.part(squares).row(g, group, new Float64Array(group.length).fill(1));
    }
    const exact = root(to, builder.build(), out);
    const places = Int32Array.from({ length: starts.length - 1 }, (_, g) => g);
    to.define(out, clamped(to, out, exact, places, to.seen(out) ?? { lo: 0, hi: most * Math.sqrt(n) }));
  },
  rounds: true,
};
