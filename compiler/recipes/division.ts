// division: the integers x / d, truncated or rounded down, or what is left of x. Divisors are constants, one for each element, or
// live: then 0 must not be among what they can be. Of floats it is what one constant leaves of them.
import { choiceOf, encodeNumbers, fieldsOf, numbersOf } from '../json.js';
import { composeMaps } from '../linear/compose.js';
import { type LinearMap, constantMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { compare } from '../primitives/compare.js';
import { divide, quotientsOf } from '../primitives/divide.js';
import { type Part, remainder } from '../primitives/remainder.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { isFloat } from '../tensor.js';
import { point } from './functions.js';
import { isNear, wholeForm } from './integers.js';
import { productStep } from './product.js';
import type { Planner, RealPrimitive } from './real.js';
import { requantise } from './table.js';

export interface DivisionOwn {
  readonly part: Part;
  /** Where a quotient that is no integer goes: to the integer below it, or to the one nearer to 0. */
  readonly toward: 'floor' | 'zero';
  /** The divisor of each element; none where the second source has it. */
  readonly by: Float64Array;
}

export const division: RealPrimitive<DivisionOwn> = {
  kind: 'division',
  check({ own: { by } }, { sources, outs }, fail) {
    const constant = by.length > 0;
    if (sources.length !== (constant ? 1 : 2) || outs.length !== 1) fail('a dividend, a divisor and one value');
    if (!sources.every((size) => size === outs[0])) fail(`sources of ${outs[0]} elements`);
    if (constant && by.length !== outs[0]) fail(`${outs[0]} divisors`);
    if (!by.every((d) => Number.isFinite(d) && d !== 0)) fail('divisors other than 0');
  },
  evaluate({ part, toward, by }, [x, live]) {
    const d = live ?? by;
    const rounded = toward === 'floor' ? Math.floor : Math.trunc;
    return [x.map((v, i) => (part === 'quotient' ? rounded(v / d[i]) : v - d[i] * rounded(v / d[i])) + 0)];
  },
  codec: {
    encode: ({ part, toward, by }) => ({ part, toward, by: encodeNumbers(by) }),
    decode(place) {
      const { part, toward, by } = fieldsOf(place, ['part', 'toward', 'by']);
      return {
        part: choiceOf(part, ['quotient', 'rest']),
        toward: choiceOf(toward, ['floor', 'zero']),
        by: numbersOf(by),
      };
    },
  },
  plan({ sources: [x, d], outs: [out], own }, to) {
    const map = to.map(x);
    if (isFloat(to.value(out).dtype)) to.define(out, ofFloats(to, out, map, own));
    else to.define(out, own.by.length > 0 ? byConstants(to, out, map, own) : byLive(to, out, map, to.map(d), own));
  },
  rounds: true,
};

/** The rest of floats by one constant: exact where both are on one grid, or a table. */
function ofFloats(to: Planner, of: ValueId, map: LinearMap, own: DivisionOwn): LinearMap | TensorId {
  const { step, rest, isExact } = to.grid(map);
  const whole = own.by.map((d) => Math.round(d / step) + 0);
  const isWhole = isNear(rest / step, Math.round(rest / step)) && own.by.every((d, o) => isNear(d / step, whole[o]));
  if (isExact && isWhole && !whole.includes(0))
    return scaleMap(byConstants(to, of, scaleMap(map, 1 / step), { ...own, by: whole }), step);
  const [D] = own.by;
  const { lo, hi } = to.reach(map);
  const least = own.toward === 'floor' ? 0 : -Math.abs(D);
  if (D > 0 && lo >= least && hi < D) return map;
  return requantise(to, of, map, point(own.toward === 'floor' ? 'modulo' : 'fmod', D), to.bits(of), to.seen(of));
}

/** Integers divided by constants: one step for each. */
export function byConstants(to: Planner, of: ValueId, map: LinearMap, { part, toward, by }: DivisionOwn): LinearMap {
  const divisors = [...new Set(by.map(Math.abs))];
  return addMaps(
    divisors.map((D) => {
      const places = Int32Array.from(by.keys()).filter((o) => Math.abs(by[o]) === D);
      const signs = Float64Array.from(places, (o) => Math.sign(by[o]));
      const own = composeMaps(gatherMap(0, places), new Map([[0, map]]));
      // floor(x / -D) is floor(-x / D), and what is left of x is minus what is left of -x; toward 0 the sign can wait
      const early = toward === 'floor';
      const result = dividedBy(to, of, early ? scaleMap(own, signs) : own, D, part, toward);
      const late = early === (part === 'rest') ? scaleMap(result, signs) : result;
      return spread(late, places, map.size);
    }),
  );
}

/** The elements of a map at their places among `size`, 0 at all others. */
export function spread(map: LinearMap, places: Int32Array, size: number): LinearMap {
  const from = new Int32Array(size).fill(-1);
  places.forEach((o, i) => (from[o] = i));
  return composeMaps(gatherMap(0, from), new Map([[0, map]]));
}

function dividedBy(
  to: Planner,
  of: ValueId,
  map: LinearMap,
  D: number,
  part: Part,
  toward: DivisionOwn['toward'],
): LinearMap {
  const { lo, hi } = to.reach(map);
  if (toward === 'zero' && lo > -D && hi < D) return part === 'rest' ? map : constantMap(new Float64Array(map.size));
  if (toward === 'floor' || lo >= 0) return floored(to, of, map, D, part);
  if (hi <= 0) return scaleMap(floored(to, of, scaleMap(map, -1), D, part), -1);
  // what is below 0 is rounded up where D - 1 is added to it
  const added = scaleMap(below0(to, of, map), D - 1);
  const result = floored(to, of, addMaps([map, added]), D, part);
  return part === 'quotient' ? result : addMaps([result, scaleMap(added, -1)]);
}

/** 1 where an integer is below 0, else 0. */
function below0(to: Planner, of: ValueId, map: LinearMap): LinearMap {
  const form = wholeForm(to, map, of);
  const name = `${to.value(of).name} signs`;
  const plan = { of, holds: false as const, name, shape: [map.size], lo: 0, hi: 1, scale: 1, zero: 0 };
  const [c] = to.emit({ kind: compare.kind, forms: [form], own: {} }, [plan]);
  return scaleMap(identityMap(c, map.size), -1, 1);
}

/** floor(x / D), or x mod D, of integers; a constant where no input changes the quotient. */
export function floored(to: Planner, of: ValueId, map: LinearMap, D: number, part: Part): LinearMap {
  if (D === 1) return part === 'quotient' ? map : constantMap(new Float64Array(map.size));
  const form = wholeForm(to, map, of);
  const low = Math.floor(form.accLo / D);
  if (low === Math.floor(form.accHi / D))
    return part === 'quotient' ? constantMap(new Float64Array(map.size).fill(low)) : scaleMap(map, 1, -D * low);
  const above = shifted(form, -D * low);
  const hi = part === 'quotient' ? Math.floor(above.accHi / D) : Math.min(D - 1, above.accHi);
  const name = `${to.value(of).name} ${part === 'quotient' ? 'quotients' : 'rests'} of ${D}`;
  const first = part === 'quotient' ? low : 0;
  const plan = { of, holds: false as const, name, shape: [map.size], lo: first, hi: first + hi, scale: 1, zero: 0 };
  const [tensor] = to.emit({ kind: remainder.kind, forms: [above], own: { divisor: D, part } }, [plan]);
  return identityMap(tensor, map.size);
}

const shifted = ({ map, accLo, accHi }: IntegerForm, by: number): IntegerForm => ({
  map: { ...map, bias: map.bias.map((b) => b + by) },
  accLo: accLo + by,
  accHi: accHi + by,
});

function byLive(to: Planner, of: ValueId, x: LinearMap, divisors: LinearMap, { part, toward }: DivisionOwn): LinearMap {
  const reach = to.reach(divisors);
  if (reach.lo <= 0 && reach.hi >= 0)
    to.refuse(
      `expected divisors of one sign whatever the input is, their proven interval is [${reach.lo}, ${reach.hi}]`,
      'keep them away from 0: a Max with 1 in front, or an input range',
      of,
    );
  const sign = reach.lo > 0 ? 1 : -1;
  const result = dividedByLive(to, of, scaleMap(x, sign), scaleMap(divisors, sign), part, toward);
  return part === 'rest' ? scaleMap(result, sign) : result;
}

/** Of divisors above 0. */
function dividedByLive(
  to: Planner,
  of: ValueId,
  x: LinearMap,
  divisors: LinearMap,
  part: Part,
  toward: DivisionOwn['toward'],
): LinearMap {
  const { lo, hi } = to.reach(x);
  if (toward === 'zero' && lo < 0) {
    if (hi <= 0) return scaleMap(dividedByLive(to, of, scaleMap(x, -1), divisors, part, toward), -1);
    const name = `${to.value(of).name} roundings`;
    const shape = [x.size];
    const [isBelow, added] = [below0(to, of, x), scaleMap(divisors, 1, -1)].map((map) => wholeForm(to, map, of));
    const plan = { of, holds: false as const, name, shape, scale: 1, zero: 0 };
    const rounding = identityMap(productStep(to, isBelow, added, plan), x.size);
    const result = dividedByLive(to, of, addMaps([x, rounding]), divisors, part, 'floor');
    return part === 'quotient' ? result : addMaps([result, scaleMap(rounding, -1)]);
  }
  const [a, d] = [x, divisors].map((map) => wholeForm(to, map, of));
  const tensors = quotientAndRest(to, of, a, d);
  return identityMap(tensors[part === 'quotient' ? 0 : 1], x.size);
}

/** The tensors floor(a / d) and what is left of a, of integers, d above 0. */
export function quotientAndRest(to: Planner, of: ValueId, a: IntegerForm, d: IntegerForm): readonly TensorId[] {
  const { lo, hi } = quotientsOf(a, d);
  const { name } = to.value(of);
  const plan = { of, holds: false as const, shape: [a.map.size], scale: 1, zero: 0 };
  return to.emit({ kind: divide.kind, forms: [a, d], own: {} }, [
    { ...plan, name: `${name} quotients`, lo, hi },
    { ...plan, name: `${name} rests`, lo: 0, hi: d.accHi - 1 },
  ]);
}
