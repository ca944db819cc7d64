// The rescale of elements by lines over the integers: what `requantise` and its kin write. An exception of a line is told apart by
// `equal`, and its boolean moves the floor.
import { composeMaps } from '../linear/compose.js';
import { greatest } from '../extremes.js';
import { constantMap, type LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, scaleMap } from '../linear/maps.js';
import { TABLE_BITS } from '../limits.js';
import { spread } from './division.js';
import { equal } from '../primitives/equal.js';
import { floorsOf } from '../primitives/floors.js';
import type { IntegerFunction } from '../primitives/integer-functions.js';
import type { Line, Steps } from './line.js';
import { writeValues } from './listed.js';
import type { Planner, TensorPlan } from './real.js';
import { rescale, type RescaleOwn } from '../primitives/rescale.js';
import type { IntegerForm, ValueId } from '../primitives/steps.js';

/** Rows of `equal`. */
const EXCEPTION_ROWS = 2;

/** What is added to the steps of a line, and where the result saturates. */
export interface Ends {
  readonly zero: number;
  readonly least: number;
  readonly most: number;
}

/** A sum whose floor over 2^shift is the result, but where `apart` is one of an element's exceptions. */
export interface Lined {
  readonly sum: LinearMap;
  readonly shift: number;
  readonly apart: LinearMap;
  readonly exceptions: readonly Line['exceptions'][];
}

/** A function of all elements, and the integers that it is asked of. */
export interface Asked {
  readonly f: Steps;
  readonly lo: number;
  readonly hi: number;
}

/**
 * The rescale of a map by the lines of its elements' channels. Refuses where a channel has no line.
 * @param one the function, where all channels have the same: a table of all that it is asked of may be fewer rows than exceptions,
 *   as where a scale is a power of two and every second step has a tie
 */
export function writeLines(
  to: Planner,
  out: ValueId,
  map: LinearMap,
  lines: readonly (Line | null)[],
  channel: (o: number) => number,
  ends: Ends,
  one: Asked | null,
): void {
  if (one !== null && to.argument === 'lookup' && one.hi - one.lo < 2 ** TABLE_BITS) {
    let apart = 0;
    for (let o = 0; o < map.size; o++) apart += lines[channel(o)]?.exceptions.length ?? Infinity;
    if (EXCEPTION_ROWS * apart > one.hi - one.lo) {
      const { zero, least, most } = ends;
      const values = Float64Array.from({ length: one.hi - one.lo + 1 }, (_, i) => Math.min(Math.max(one.f(one.lo + i) + zero, least), most) + 0); // prettier-ignore
      return writeValues(to, out, map, one.lo, values);
    }
  }
  if (!lines.every((line) => line !== null)) return refuseLine(to, out);
  const shift = Math.max(1, greatest(lines.map((line) => line.shift)));
  const each = Array.from({ length: map.size }, (_, o) => lines[channel(o)]);
  // a longer shift has the same line
  const scaled = (of: (line: Line) => number) => Float64Array.from(each, (line) => of(line) * 2 ** (shift - line.shift)); // prettier-ignore
  const sum = scaleMap(map, scaled(({ multiplier }) => multiplier), scaled(({ constant }) => constant)); // prettier-ignore
  writeLined(to, out, { sum, shift, apart: map, exceptions: each.map(({ exceptions }) => exceptions) }, ends);
}

export const refuseLine = (to: Planner, out: ValueId): never =>
  to.refuse(
    'expected a line near enough to how the runtime rounds, got scales without one',
    'quantise the model again: a scale is out of all proportion to those of its inputs',
    out,
  );

export function writeLined(to: Planner, out: ValueId, lined: Lined, { zero, least, most }: Ends): void {
  const { sum, shift } = lined;
  // in bits a clamp ends at a power of two: there a Relu is a bend, and the type's own ends stay
  const isBent = to.argument === 'plain' && !Number.isInteger(Math.log2(most - least + 1));
  const low = isBent ? most + 1 - 2 ** Math.ceil(Math.log2(most - least + 1)) : least;
  const f: IntegerFunction = isBent ? { kind: 'leaky', at: least - low, slope: 0, k: 1 } : { kind: 'clamp' };
  const offset = (zero - low) * 2 ** shift - 2 ** (shift - 1); // the gadget adds a half that the line already has
  const form = to.whole(addMaps([scaleMap(sum, 1, offset), ...exceptional(to, out, lined)]), out);
  writeFloors(to, out, form, { shift, f }, { low, least, most });
}

/** The floors of a form as integers from `low` on, saturated at `least` and `most`; one that they all are takes no wires. */
export function writeFloors(
  to: Planner,
  out: ValueId,
  form: IntegerForm,
  own: RescaleOwn,
  { low, least, most }: { readonly low: number; readonly least: number; readonly most: number },
): void {
  const floors = floorsOf(form, own.shift);
  if (floors.lo === floors.hi) {
    const only = Math.min(Math.max(floors.lo + low, least), most);
    to.define(out, constantMap(new Float64Array(form.map.size).fill(only)));
    return;
  }
  if (to.argument === 'lookup')
    to.bounded((floors.hi - floors.lo) / (most - low + 1), TABLE_BITS, 'rows of a table', out);
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [
    { of: out, lo: low, hi: most, scale: 1, zero: 0 },
  ]);
  to.define(out, tensor);
}

/** What the exceptions add to a sum. */
function exceptional(to: Planner, out: ValueId, { sum, shift, apart, exceptions }: Lined): LinearMap[] {
  const most = exceptions.reduce((n, { length }) => Math.max(n, length), 0);
  return Array.from({ length: most }, (_, n) => {
    const places = Int32Array.from(exceptions.keys()).filter((o) => n < exceptions[o].length);
    const each = Array.from(places, (o) => exceptions[o][n]);
    const map = composeMaps(gatherMap(0, places), new Map([[0, apart]]));
    const form = to.whole(
      scaleMap(
        map,
        1,
        Float64Array.from(each, ({ at }) => -at),
      ),
      out,
    );
    const name = `${to.value(out).name}, exception ${n}`;
    const plan: TensorPlan = { of: out, holds: false, name, shape: [places.length], lo: 0, hi: 1, scale: 1, zero: 0 };
    const [tensor] = to.emit({ kind: equal.kind, forms: [form], own: {} }, [plan]);
    const is = gatherMap(tensor, Int32Array.from(places.keys()));
    return spread(
      scaleMap(
        is,
        Float64Array.from(each, ({ add }) => add * 2 ** shift),
      ),
      places,
      sum.size,
    );
  });
}
