// Exponents on wires of their own, and the steps in which they are counted.
import { TABLE_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import { floorsOf } from '../primitives/floors.js';
import { bitLength } from '../primitives/gadget.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { ValueId } from '../primitives/steps.js';
import type { Planner } from './real.js';

/** What lies further below the largest exponent that data showed is masked by a live value. */
const FURTHEST = 256;

/** Keys of all that exponents can be, at most: more of them saturate first. */
const MOST_KEYS = 2 ** 18;
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
export function shortExponents(to: Planner, map: LinearMap, seen: Interval | null, at: ValueId): ShortExponents {
  const reach = to.reach(map);
  const { lo, hi } =
    seen === null || !(seen.lo < seen.hi) ? reach : { lo: Math.max(seen.lo, seen.hi - FURTHEST), hi: seen.hi };
  const wanted = exponentStep(to.bits(at));
  const { step: unit, rest } = to.grid(map);
  const step = unit * 2 ** Math.max(Math.floor(Math.log2(wanted / unit)), 0);
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
