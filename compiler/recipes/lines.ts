// The rescale of elements by lines over the integers: what `requantise` and its kin write. An exception of a line is told apart by
// `equal`, and its boolean moves the floor.
import { composeMaps } from '../linear/compose.js';
import { greatest } from '../extremes.js';
import { constantMap, type LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { TABLE_BITS } from '../limits.js';
import { spread } from './division.js';
import { equal } from '../primitives/equal.js';
import { floorsOf } from '../primitives/floors.js';
import type { IntegerFunction } from '../primitives/integer-functions.js';
import { roomOf, type Line, type Steps } from './line.js';
import { writeValues } from './listed.js';
import type { Planner, TensorPlan } from './real.js';
import { rescale, type RescaleOwn } from '../primitives/rescale.js';
import type { IntegerForm } from '../primitives/steps.js';
import type { ValueId } from './values.js';

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
  const each = Array.from({ length: map.size }, (_, o) => lines[channel(o)]);
  const lined = (of: readonly Line[], apart: LinearMap): Lined => {
    const shift = Math.max(1, greatest([...new Set(of)].map((line) => line.shift)));
    // a longer shift has the same line
    const scaled = (part: (line: Line) => number) => Float64Array.from(of, (line) => part(line) * 2 ** (shift - line.shift)); // prettier-ignore
    const sum = scaleMap(apart, scaled(({ multiplier }) => multiplier), scaled(({ constant }) => constant)); // prettier-ignore
    return { sum, shift, apart, exceptions: of.map(({ exceptions }) => exceptions) };
  };
  const groups = sharing(to, map, each);
  if (groups.length === 1) return writeLined(to, out, lined(each, map), ends);
  const parts = groups.map((places, n) => {
    const part = composeMaps(gatherMap(0, places), new Map([[0, map]]));
    const floors = flooredLines(to, out, lined(Array.from(places, (o) => each[o]), part), ends, ` part ${n}`); // prettier-ignore
    return spread(floors, places, map.size);
  });
  to.define(out, addMaps(parts));
}

/**
 * The elements whose lines can have one shift: at least that of each line, and at most the one at which the steps that an element reaches
 * are still exact. A channel of small weights needs a long shift, and one that reaches far beyond where it saturates a short one.
 */
function sharing(to: Planner, map: LinearMap, each: readonly Line[]): Int32Array[] {
  const { lo, hi } = to.reaches(map);
  const room = new Map<Line, number>();
  each.forEach((line, o) => {
    const own = roomOf((Math.max(-lo[o], hi[o]) * line.multiplier) / 2 ** line.shift);
    room.set(line, Math.min(room.get(line) ?? Infinity, own));
  });
  const open = [...room].sort(([a], [b]) => b.shift - a.shift);
  const group = new Map<Line, number>();
  let count = 0;
  for (; group.size < room.size; count++) {
    const longest = open.find(([line]) => !group.has(line))![0].shift;
    for (const [line, most] of open) if (!group.has(line) && (most >= longest || line.shift === longest)) group.set(line, count); // prettier-ignore
  }
  const places = Array.from({ length: count }, (): number[] => []);
  each.forEach((line, o) => places[group.get(line)!].push(o));
  return places.map((list) => Int32Array.from(list));
}

export const refuseLine = (to: Planner, out: ValueId): never =>
  to.refuse(
    'expected a line near enough to how the runtime rounds, got scales without one',
    'quantise the model again: a scale is out of all proportion to those of its inputs',
    out,
  );

export const writeLined = (to: Planner, out: ValueId, lined: Lined, ends: Ends): void =>
  to.define(out, flooredLines(to, out, lined, ends));

/** @param part what stands behind the names of its tensors, where it is a part of the value */
function flooredLines(to: Planner, out: ValueId, lined: Lined, { zero, least, most }: Ends, part = ''): LinearMap {
  const { sum, shift } = lined;
  // in bits a clamp ends at a power of two: there a Relu is a bend, and the type's own ends stay
  const isBent = to.argument === 'plain' && !Number.isInteger(Math.log2(most - least + 1));
  const low = isBent ? most + 1 - 2 ** Math.ceil(Math.log2(most - least + 1)) : least;
  const f: IntegerFunction = isBent ? { kind: 'leaky', at: least - low, slope: 0, k: 1 } : { kind: 'clamp' };
  const offset = (zero - low) * 2 ** shift - 2 ** (shift - 1); // the gadget adds a half that the line already has
  const form = to.whole(addMaps([scaleMap(sum, 1, offset), ...exceptional(to, out, lined, part)]), out);
  return floored(to, out, form, { shift, f }, { low, least, most }, part);
}

/** The floors of a form as integers from `low` on, saturated at `least` and `most`; one that they all are takes no wires. */
export const writeFloors = (to: Planner, out: ValueId, form: IntegerForm, own: RescaleOwn, ends: FloorEnds): void =>
  to.define(out, floored(to, out, form, own, ends, ''));

interface FloorEnds extends Omit<Ends, 'zero'> {
  readonly low: number;
}

function floored(
  to: Planner,
  out: ValueId,
  form: IntegerForm,
  own: RescaleOwn,
  { low, least, most }: FloorEnds,
  part: string,
): LinearMap {
  const { size } = form.map;
  const floors = floorsOf(form, own.shift);
  if (floors.lo === floors.hi) {
    const only = Math.min(Math.max(floors.lo + low, least), most);
    return constantMap(new Float64Array(size).fill(only));
  }
  if (to.argument === 'lookup')
    to.bounded((floors.hi - floors.lo) / (most - low + 1), TABLE_BITS, 'rows of a table', out);
  const partial = { holds: false, name: `${to.value(out).name}${part}`, shape: [size] };
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own }, [
    { of: out, lo: low, hi: most, scale: 1, zero: 0, ...(part !== '' && partial) },
  ]);
  return identityMap(tensor, size);
}

/** What the exceptions add to a sum. */
function exceptional(to: Planner, out: ValueId, { sum, shift, apart, exceptions }: Lined, part: string): LinearMap[] {
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
    const name = `${to.value(out).name}${part}, exception ${n}`;
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
