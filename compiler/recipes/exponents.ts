// Exponents on wires of their own, and the steps in which they are counted.
import { greatest } from '../extremes.js';
import { TABLE_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import { floorsOf } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { ValueId } from './values.js';
import type { Planner } from './real.js';

/** What lies further below the largest exponent that data showed is masked by a live value. */
export const FURTHEST = 256;

/** Keys of all that exponents can be, at most: more of them saturate first. */
const MOST_KEYS = 2 ** 18;
/** Of two numbers of which one is nearly the other with its sign turned, what their sum is rounded by. */
const ROUNDED = 2 ** -40;
/** Share of what data showed that is kept in reserve above it. */
const MARGIN = 1 / 16;

/** Exponents on wires of their own: the highest of them, and how much lower the lowest is. */
export interface ShortExponents {
  readonly map: LinearMap;
  readonly step: number;
  readonly hi: number;
  readonly width: number;
  /** Whether none of them saturates at the highest. */
  readonly isWhole?: boolean;
}

/**
 * Exponents of more than a few steps, on wires of their own: two tables and a maximum read them. A probability p moves by p (1 - p) <= 1/4
 * of what its exponent does, so the step is four of a probability's, or a little less: a power of two times that of the map, so that no
 * weight is rounded. They saturate at what data showed.
 */
export function shortExponents(to: Planner, all: LinearMap, seen: Interval | null, at: ValueId): ShortExponents {
  const reach = to.reach(all);
  const { lo, hi } =
    seen === null || !(seen.lo < seen.hi) ? reach : { lo: Math.max(seen.lo, seen.hi - FURTHEST), hi: seen.hi };
  const map = lo > reach.lo ? nearer(to, all, lo) : all;
  const wanted = exponentStep(to.bits(at));
  const { step: unit, rest, isExact } = to.grid(map);
  // where weights are rounded anyway, a large one (a mask times 10,000) leaves the others no coarser
  const steps = Math.floor(Math.log2(wanted / unit));
  const step = unit * 2 ** (isExact ? Math.max(steps, 0) : steps);
  const width = 2 ** bitLength(Math.ceil((hi - lo) / step)) - 1;
  const low = Math.floor((lo + hi) / 2 / step) - (width - 1) / 2; // what a power of two leaves is kept in reserve at both ends
  const zero = 0 - rest / step; // so that what is on a grid stays on it
  const { shift, form } = to.rescaled(map, step, low - zero, at);
  const floors = floorsOf(form, shift);
  to.bounded((floors.hi - floors.lo) / (width + 1), TABLE_BITS, 'rows of a table', at);
  const own: RescaleOwn = { shift, f: { kind: 'clamp' } };
  const plan = { of: at, holds: false, name: `${to.value(at).name} exponents`, shape: [map.size] };
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [
    { ...plan, lo: low, hi: low + width, scale: step, zero },
  ]);
  return { map: identityMap(tensor, map.size), step, hi: step * (low + width - zero), width: step * width };
}

/**
 * The map with smaller weights where one step of a source takes an exponent below the lowest that is kept, as a live mask of 0 and 1
 * times the least float does: the exponents are the same after they saturate, and their weights those of small numbers.
 */
function nearer(to: Planner, map: LinearMap, low: number): LinearMap {
  const isFar = ({ from, kernels }: LinearMap['parts'][number]): boolean => {
    const { scale } = to.tensor(from);
    return kernels.every((w) => w.length <= 1 && (w.length === 0 || Math.abs(w[0]) * Number(scale) > FURTHEST));
  };
  const far = map.parts.filter(isFar);
  if (far.length === 0) return map;
  /** What a weight does at most: at one end of its source. */
  const most = (from: number, w: number): number => {
    const { lo, hi, scale, zero } = to.tensor(from);
    return w * Number(scale) * ((w > 0 ? hi : lo) - Number(zero));
  };
  const weight = ({ kernel, kernels }: LinearMap['parts'][number], o: number): number => kernels[kernel[o]][0] ?? 0;
  const bias = map.bias.map((b, o) => {
    const ends = far.map((part) => most(part.from, weight(part, o)));
    const sum = ends.reduce((x, y) => x + y, b);
    return Math.abs(sum) < ROUNDED * greatest([0, ...ends.map(Math.abs)]) ? 0 : sum;
  });
  const near = { ...map, bias, parts: map.parts.filter((part) => !far.includes(part)) };
  const enough = to.reach(near).hi - low;
  const parts = far.map((part) => {
    const step = enough / Number(to.tensor(part.from).scale);
    return {
      ...part,
      kernels: part.kernels.map((list) => list.map((w) => Math.sign(w) * Math.min(Math.abs(w), step))),
    };
  });
  for (const part of parts) bias.forEach((_, o) => (bias[o] -= most(part.from, weight(part, o))));
  return { ...near, parts: [...near.parts, ...parts] };
}

/**
 * Exponents that are on wires in steps of about the wanted size: no rounding is between them and their tables. Null for others.
 * @param most the width of exponents that needs no maximum
 */
export function asTheyAre(
  to: Planner,
  map: LinearMap,
  seen: Interval | null,
  most: number,
  at: ValueId,
): ShortExponents | null {
  const reach = to.reach(map);
  const wanted = exponentStep(to.bits(at));
  const isElements = map.parts.length === 1 && map.parts[0].kernel.every((id) => map.parts[0].kernels[id].length === 1);
  const { step, isExact } = to.grid(map);
  if (!isElements || !isExact || step > wanted || 2 * step <= wanted || (reach.hi - reach.lo) / step > MOST_KEYS) return null; // prettier-ignore
  const { lo, hi } = seen !== null && seen.lo < seen.hi ? seen : reach;
  // nothing saturates above where there is room for all of it: then shares add up to 1 whatever the input
  const top = reach.hi - lo <= most ? reach.hi : Math.min(hi + (hi - lo) * MARGIN, reach.hi);
  const all = (2 ** Math.floor(Math.log2(most / step)) - 4) * step; // so that layers share a table
  return { map, step, hi: top, width: Math.max(top - lo, all), isWhole: top >= reach.hi };
}

/** Four of the steps of a probability, or fewer. */
export const exponentStep = (bits: number): number => 2 ** (2 - bits);

/** A power of two times a step, no more than another one: where both are read, no weight is rounded. */
export const halved = (step: number, most: number): number =>
  step * 2 ** -Math.max(Math.ceil(Math.log2(step / most)), 0);

/** Of exponents: half of it is one in 2^bits of a value. */
export const stepOf = (to: Planner, at: ValueId): number => 2 ** (1 - to.bits(at));
