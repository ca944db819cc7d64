// dynamic: floats in steps that they decide themselves, as DynamicQuantizeLinear has them. With 0 among the floats: scale =
// (max - min) / 255, zero = rint(-min / scale), y = clamp(rint(x / scale) + zero), a half to the even integer. On the grid of x the number
// of steps is 255 x / (max - min), a ratio of integers, so it is divided exactly. A runtime rounds scale and steps in float32: at a tie,
// or as near to one as that, its integer may be the other one.
import { composeMaps } from '../linear/compose.js';
import { constantMap, type LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { equal } from '../primitives/equal.js';
import { bitLength } from '../primitives/gadget.js';
import { max } from '../primitives/max.js';
import type { RescaleOwn } from '../primitives/rescale.js';
import { nothing, type IntegerForm, type Nothing } from '../primitives/steps.js';
import type { ValueId } from './values.js';
import { floored, quotientAndRest } from './division.js';
import { writeFloors } from './lines.js';
import { exactly, productStep } from './product.js';
import type { Planner, RealPrimitive, TensorPlan } from './real.js';
import { toEven } from './rounding.js';

const { fround } = Math;
/** Steps between the ends: the results are bytes. */
const STEPS = 255;
/** Parts of a step of x, at most, so that 0 is a place on its grid: it is moved by half of one at most. */
const MOST_PARTS = 2 ** 8;
const NEAR = 2 ** -20;
/** The floors by which x is rounded, from -STEPS to STEPS, are what 2^9 leaves of them, STEPS added. */
const FLOORS = 512;
/** A shift by one bit, the least that a rescale may have, of twice a value: the value, saturated. */
const CLAMP: RescaleOwn = { shift: 1, f: { kind: 'clamp' } };

/** Of floats their integers, scale and zero. */
export const dynamic: RealPrimitive<Nothing> = {
  kind: 'dynamic',
  givesSteps: true,
  check(_, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 3) fail('one source and three values');
    if (outs[0] !== sources[0] || outs[1] !== 1 || outs[2] !== 1) fail('integers of its size, a scale and a zero');
  },
  evaluate(_, [x]) {
    const [lo, hi] = x.reduce(([least, most], v) => [Math.min(least, fround(v)), Math.max(most, fround(v))], [0, 0]);
    const scale = fround(fround(hi - lo) / STEPS);
    const steps = (v: number): number => (scale === 0 ? 0 : toEven(fround(fround(v) / scale)));
    const byte = (v: number): number => Math.min(Math.max(v, 0), STEPS) + 0;
    const zero = byte(steps(-lo));
    return [x.map((v) => byte(steps(v) + zero)), Float64Array.of(scale), Float64Array.of(zero)];
  },
  codec: nothing,
  plan({ sources: [x], outs: [out, scale, zero] }, to) {
    const { map, unit } = inParts(to, out, to.map(x));
    const [above, below] = [largest(to, out, map, 0, 'maxima'), largest(to, out, scaleMap(map, -1), 0, 'minima')];
    const span = addMaps([above, below]);
    to.define(scale, scaleMap(span, unit / STEPS));
    const steps = rounded(to, out, joined(map, below), largest(to, out, span, 1, 'spans'));
    writeByte(to, zero, picked(steps, Int32Array.of(map.size)));
    const zeros = picked(to.map(zero), new Int32Array(map.size));
    writeByte(
      to,
      out,
      addMaps([
        picked(
          steps,
          Int32Array.from({ length: map.size }, (_, o) => o),
        ),
        zeros,
      ]),
    );
  },
};

/** x as unit times integers, of which 0 is one. */
function inParts(to: Planner, of: ValueId, x: LinearMap): { readonly map: LinearMap; readonly unit: number } {
  const whole = to.grid(x).isExact ? x : identityMap(exactly(to, of, x), x.size);
  const { step, rest } = to.grid(whole);
  let parts = 1;
  const moved = (): number => Math.round((parts * rest) / step) - (parts * rest) / step;
  while (parts < MOST_PARTS && Math.abs(moved()) > NEAR) parts *= 2;
  return { map: scaleMap(whole, parts / step, moved()), unit: step / parts };
}

/** The largest of integers and a constant, which bounds it. */
function largest(to: Planner, of: ValueId, map: LinearMap, least: number, what: string): LinearMap {
  const [lo, hi] = [to.reach(map).lo, to.reach(map).hi].map(Math.round);
  if (hi <= least) return constantMap(Float64Array.of(least));
  const all = lo < least ? joined(map, constantMap(Float64Array.of(least))) : map;
  if (all.size === 1) return all;
  const { map: form, accLo, accHi } = to.whole(all, of);
  const stored = { map: scaleMap(form, 1, -accLo), accLo: 0, accHi: accHi - accLo };
  const plan = { ...named(to, of, what), shape: [1], lo: accLo, hi: accHi };
  const [tensor] = to.emit({ kind: max.kind, forms: [stored], own: { starts: Int32Array.of(0, all.size) } }, [plan]);
  const found = identityMap(tensor, 1);
  if (lo >= least) return found;
  // that it is no less, intervals do not show
  return scaleMap(floored(to, of, scaleMap(found, 1, -least), 2 ** bitLength(hi - least), 'rest'), 1, least);
}

/** rint(STEPS x / d), where no x is beyond d. */
function rounded(to: Planner, of: ValueId, x: LinearMap, d: LinearMap): LinearMap {
  const { size } = x;
  const divisor = picked(d, new Int32Array(size));
  const doubled = addMaps([scaleMap(x, 2 * STEPS), divisor]); // and rounded down over 2 d: a half goes up
  const [quotient, rest] = quotientAndRest(to, of, to.whole(doubled, of), to.whole(scaleMap(divisor, 2), of));
  // intervals do not show that no x is beyond d
  const floors = floored(to, of, scaleMap(identityMap(quotient, size), 1, STEPS), FLOORS, 'rest');
  const isOdd = scaleMap(floored(to, of, floors, 2, 'rest'), -1, 1); // of the floor: STEPS is odd
  const [tie] = to.emit({ kind: equal.kind, forms: [to.decided(identityMap(rest, size), 'zero', of)], own: {} }, [
    { ...named(to, of, 'ties'), shape: [size], lo: 0, hi: 1 },
  ]);
  const [a, b] = [isOdd, identityMap(tie, size)].map((map): IntegerForm => to.whole(map, of));
  const down = productStep(to, a, b, { ...named(to, of, 'ties of odd floors'), shape: [size] });
  return addMaps([scaleMap(floors, 1, -STEPS), scaleMap(identityMap(down, size), -1)]);
}

/** Elements of a map; 0 where the index is -1. */
const picked = (map: LinearMap, at: Int32Array): LinearMap => composeMaps(gatherMap(0, at), new Map([[0, map]]));

/** The elements of a map, and behind them that of another. */
function joined(x: LinearMap, last: LinearMap): LinearMap {
  const at = Int32Array.from({ length: x.size + 1 }, (_, o) => (o < x.size ? o : -1));
  return addMaps([picked(x, at), picked(last, at.map((o) => (o < 0 ? 0 : -1)))]); // prettier-ignore
}

const writeByte = (to: Planner, out: ValueId, map: LinearMap): void =>
  writeFloors(to, out, to.whole(scaleMap(map, 2), out), CLAMP, { low: 0, least: 0, most: STEPS });

const named = (to: Planner, of: ValueId, what: string): Omit<TensorPlan, 'lo' | 'hi'> => ({
  of,
  holds: false,
  name: `${to.value(of).name} ${what}`,
  scale: 1,
  zero: 0,
});
