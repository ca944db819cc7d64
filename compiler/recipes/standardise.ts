// standardise: y = (x - mean) / sqrt(variance + epsilon) over groups, or x / sqrt(sum of squares + epsilon): what layer, group, instance
// and RMS normalisation are. The deviations d are rounded to wires, their squares are products, 1 / sqrt of the sum is normalise,
// and d times it is a product that a clamp rounds to what data showed.
//
// Every bound on which soundness rests is that of the box: d in its interval, the inverse root what its rows allow, their product below
// 2^46 by the choice of their bits. That the products of a group lie in a ball is what their interval and that of all that reads them is
// narrowed by; of groups of unlike sizes nothing is said, and y saturates.
import { least } from '../extremes.js';
import { choiceOf, fieldsOf, finiteOf } from '../json.js';
import { mapBuilder } from '../linear/builder.js';
import { composeMaps } from '../linear/compose.js';
import { type LinearMap, constantMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { longestGroup } from '../primitives/groups.js';
import { NEEDS_TABLES, USE_LOOKUP } from '../primitives/rescale.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import { type GroupsOwn, checkEach, gathered, groupOfEach, realGroups } from './groups.js';
import { INVERSE_BITS, type ShortFactor, reciprocal } from './normal.js';
import { productStep } from './product.js';
import { PRODUCT_BITS, clamped, floored, shortened, unsaturated } from './quotients.js';
import type { RealPrimitive } from './real.js';

export interface StandardiseOwn extends GroupsOwn {
  /** Whether the mean is taken off first, and whether the sum of squares is divided by their number. */
  readonly centred: boolean;
  readonly averaged: boolean;
  readonly epsilon: number;
}

/** Bits of deviations beyond those of the result, over what data showed. */
const FINER = 5;
/** Bits of deviations over all that they can be. */
const MOST_BITS = 18;

export const standardise: RealPrimitive<StandardiseOwn> = {
  ...realGroups,
  kind: 'standardise',
  check(step, sizes, fail) {
    checkEach(step, sizes, fail);
    if (!(step.own.epsilon >= 0)) fail('an epsilon from 0');
  },
  evaluate({ starts, members, centred, averaged, epsilon }, [x]) {
    const y = new Float64Array(x.length);
    const elements = gathered(x, members);
    for (let g = 0; g + 1 < starts.length; g++) {
      const group = elements.subarray(starts[g], starts[g + 1]);
      const mean = centred ? group.reduce((a, b) => a + b, 0) / group.length : 0;
      const squares = group.reduce((sum, v) => sum + (v - mean) * (v - mean), 0);
      const root = Math.sqrt((averaged ? squares / group.length : squares) + epsilon);
      for (let i = starts[g]; i < starts[g + 1]; i++) y[members[i]] = root === 0 ? 0 : (x[members[i]] - mean) / root;
    }
    return [y];
  },
  codec: {
    encode: ({ starts, members, centred, averaged, epsilon }) => {
      return { ...realGroups.codec.encode({ starts, members }), centred: yesNo(centred), averaged: yesNo(averaged), epsilon }; // prettier-ignore
    },
    decode(place) {
      const f = fieldsOf(place, ['starts', 'members', 'centred', 'averaged', 'epsilon']);
      const lists = { starts: f.starts.value, members: f.members.value };
      return {
        ...realGroups.codec.decode({ ...place, value: lists }),
        centred: choiceOf(f.centred, ANSWERS) === 'yes',
        averaged: choiceOf(f.averaged, ANSWERS) === 'yes',
        epsilon: finiteOf(f.epsilon),
      };
    },
  },
  plan({ sources: [x], outs: [out], own }, to) {
    if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, out);
    const { starts, members } = own;
    const deviations = deviationsOf(to.map(x), own);
    const { lo, hi } = to.reach(deviations);
    if (!(lo < hi)) {
      to.define(out, constantMap(new Float64Array(members.length)));
      return;
    }
    const n = longestGroup(starts);
    const bits = deviationBits(to.bits(out), n);
    const shown = to.seen(x) ?? { lo, hi };
    const width = Math.min(shown.hi > shown.lo ? shown.hi - shown.lo : hi - lo, hi - lo);
    const d = unsaturated(to, out, 'deviations', deviations, width / 2 ** (to.bits(out) + FINER), bits, false, FINER);
    const squares = productStep(to, d.form, d.form, {
      of: out,
      holds: false,
      name: `${to.value(out).name} squares`,
      scale: d.scale * d.scale,
      zero: 0,
    });
    const inverse = reciprocal(to, sumsOf(squares, own), out, 'root', own.averaged ? own.epsilon * n : own.epsilon);
    const at = groupOfEach(starts);
    const name = `${to.value(out).name} exact`;
    const size = equalGroups(starts);
    const radius = radiusOf(inverse, squares);
    const furthest = own.averaged ? Math.sqrt(n) : 1;
    const range = to.seen(out) ?? { lo: -furthest, hi: furthest };
    const unit = d.scale * inverse.scale * furthest;
    const steps = (range.hi - range.lo) / (2 ** to.bits(out) - 1) / unit;
    const isBall = size !== null && radius < Infinity;
    const short = isBall ? shortened(to, out, inverse.tensor, width / d.scale, steps, members.length) : null;
    const { tensor: root, scale: ofRoot } = short ?? inverse;
    const factor: IntegerForm = { map: gatherMap(root, at), accLo: 0, accHi: to.tensor(root).hi };
    const scale = d.scale * ofRoot * furthest;
    const ball = isBall ? { size, radius: Math.ceil(radius * (short?.ratio ?? 1)) } : null;
    const plan = { of: out, holds: false, name, shape: [members.length], scale, zero: 0, ...(ball && { ball }) };
    const product = productStep(to, d.form, factor, plan);
    const place = new Int32Array(members.length);
    members.forEach((o, i) => (place[o] = i));
    if (ball === null) {
      to.define(out, clamped(to, out, product, place, range));
      return;
    }
    const inOrder = place.every((i, o) => i === o);
    const tensor = floored(to, out, product, range, inOrder, short?.shift ?? null);
    to.define(out, inOrder ? tensor : gatherMap(tensor, place));
  },
  rounds: true,
  roundsSources: true,
};

/** Elements of each group; null where they differ. */
function equalGroups(starts: Int32Array): number | null {
  const size = starts[1];
  return starts.every((start, g) => start === g * size) ? size : null;
}

/**
 * What the length of the products of a group's deviations and their inverse root is never above: v, whose inverse it is, is no less
 * than its least weight times the sum of their squares.
 */
function radiusOf({ of: { map }, most }: ShortFactor, squares: TensorId): number {
  const kernels = map.parts.flatMap(({ from, kernels }) => (from === squares ? kernels : []));
  return Math.ceil(most / Math.sqrt(least(kernels.flatMap((weights) => Array.from(weights)))));
}

const ANSWERS = ['no', 'yes'] as const;
const yesNo = (is: boolean): (typeof ANSWERS)[number] => (is ? 'yes' : 'no');

/** Bits that keep the product of a deviation and an inverse root in its bounds, whatever the root is. */
const deviationBits = (bits: number, n: number): number =>
  Math.min(MOST_BITS, 1 + Math.floor((PRODUCT_BITS - bits - INVERSE_BITS - 1 - Math.log2(n) / 2) / 2));

/** x less its mean, or x, group by group. */
function deviationsOf(x: LinearMap, { starts, members, centred }: StandardiseOwn): LinearMap {
  const shown = composeMaps(gatherMap(0, members), new Map([[0, x]]));
  if (!centred) return shown;
  const builder = mapBuilder(starts.length - 1);
  for (let g = 0; g + 1 < starts.length; g++) {
    const group = members.subarray(starts[g], starts[g + 1]);
    builder.part(0).row(g, group, new Float64Array(group.length).fill(1 / group.length));
  }
  const means = composeMaps(builder.build(), new Map([[0, x]]));
  const at = groupOfEach(starts);
  return addMaps([shown, scaleMap(composeMaps(gatherMap(0, at), new Map([[0, means]])), -1)]);
}

/** The sum of the squares of each group, and epsilon in the same unit. */
function sumsOf(squares: TensorId, { starts, averaged, epsilon }: StandardiseOwn): LinearMap {
  const builder = mapBuilder(starts.length - 1);
  for (let g = 0; g + 1 < starts.length; g++) {
    const n = starts[g + 1] - starts[g];
    builder.bias[g] = averaged ? epsilon * n : epsilon;
    builder.part(squares).row(g, Int32Array.from({ length: n }, (_, i) => starts[g] + i), new Float64Array(n).fill(1)); // prettier-ignore
  }
  return builder.build();
}
