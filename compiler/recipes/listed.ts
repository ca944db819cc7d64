// listed: y = values[x - first] of an integer: a function of a byte, as runtimes compute theirs.
import { encodeNumbers, fieldsOf, integerOf, numbersOf } from '../json.js';
import { greatest, least } from '../extremes.js';
import { constantMap, type LinearMap } from '../linear/map.js';
import { identityMap, scaleMap } from '../linear/maps.js';
import { trimmed } from './trimmed.js';
import type { Planner, RealPrimitive, TensorPlan } from './real.js';
import { NEEDS_TABLES, rescale, USE_LOOKUP } from '../primitives/rescale.js';
import type { ValueId } from './values.js';

export interface ListedOwn {
  readonly first: number;
  readonly values: Float64Array;
}

const MOST = 2 ** 32;

export const listed: RealPrimitive<ListedOwn> = {
  kind: 'listed',
  check({ own: { values } }, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1 || sources[0] !== outs[0]) fail('one source and one value of its size'); // prettier-ignore
    if (values.length === 0 || !values.every(Number.isInteger)) fail('integers');
  },
  evaluate: ({ first, values }, [x]) => [x.map((v) => values[v - first])],
  codec: {
    encode: ({ first, values }) => ({ first, values: encodeNumbers(values) }),
    decode(place) {
      const { first, values } = fieldsOf(place, ['first', 'values']);
      return { first: integerOf(first, -MOST, MOST), values: numbersOf(values) };
    },
  },
  plan({ sources: [x], outs: [out], own: { first, values } }, to) {
    const map = to.map(x);
    const { lo, hi } = to.reach(map);
    const [from, last] = [Math.round(lo), Math.round(hi)];
    writeValues(to, out, map, from, values.slice(from - first, last - first + 1));
  },
};

/** The rescale by a table of all that a map of integers reaches. */
export const writeValues = (to: Planner, out: ValueId, map: LinearMap, first: number, values: Float64Array): void =>
  to.define(out, valuesOf(to, { of: out }, map, first, values));

/** The same as a map; `named` says what value the tensor is of, or what it is called where it is of none. */
export function valuesOf(
  to: Planner,
  named: Pick<TensorPlan, 'of' | 'holds' | 'name' | 'shape'>,
  map: LinearMap,
  first: number,
  values: Float64Array,
): LinearMap {
  const { of } = named;
  const [low, high] = [least(values), greatest(values)];
  if (low === high) return constantMap(new Float64Array(map.size).fill(low));
  if (to.argument === 'plain') to.refuse(NEEDS_TABLES, USE_LOOKUP, of);
  const form = to.whole(scaleMap(map, 2), of); // a rescale of the lookup argument shifts by a bit at least
  const f = trimmed(`values of ${named.name ?? to.value(of).operator}`, first, values.map((v) => v - low)); // prettier-ignore
  const [tensor] = to.emit({ kind: rescale.kind, forms: [form], own: { shift: 1, f } }, [
    { ...named, lo: low, hi: high, scale: 1, zero: 0 },
  ]);
  return identityMap(tensor, map.size);
}
