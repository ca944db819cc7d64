// truncate: a float cast to an integer type, the fraction dropped. Where all that the float can be is on one grid it is exact; where
// it is not, the integer is that of a float within half a step of what its sources are rounded to.
import { type LinearMap, constantMap } from '../linear/map.js';
import { scaleMap } from '../linear/maps.js';
import { integerRange } from '../tensor.js';
import { byConstants } from './division.js';
import { decodePoint, encodePoint } from './function-codec.js';
import { reachOf } from './function-reach.js';
import { applyPoints, point, type PointFunction } from './functions.js';
import { readBy } from './keys.js';
import type { Planner, RealPrimitive } from './real.js';
import { wholeTable } from './table.js';

/** Parts of 1 that a grid is tried for in bits. */
const MOST_PARTS = 2 ** 16;

export interface TruncateOwn {
  /** trunc, or a formula that ends with it. */
  readonly f: PointFunction;
}

export const TRUNC: TruncateOwn = { f: point('trunc') };

export const truncate: RealPrimitive<TruncateOwn> = {
  kind: 'truncate',
  check(_, { sources, outs }, fail) {
    if (sources.length !== 1 || outs.length !== 1 || sources[0] !== outs[0])
      fail('one source and one value of its size');
  },
  evaluate: ({ f }, [x]) => [applyPoints(f, x)],
  codec: {
    encode: ({ f }) => encodePoint(f),
    decode: (place) => ({ f: decodePoint(place) }),
  },
  plan({ sources: [x], outs: [out], own: { f } }, to) {
    const map = to.map(x);
    const { lo, hi } = readBy(to, map, f);
    const { dtype } = to.value(out);
    const type = integerRange(dtype) ?? { lo: -Infinity, hi: Infinity };
    const { lo: least, hi: most } = reachOf(f, { lo, hi });
    if (least < type.lo || most > type.hi)
      to.refuse(
        `expected numbers that ${dtype} holds, in [${type.lo}, ${type.hi}], they can be anything in [${f.name === 'trunc' ? `${lo}, ${hi}` : `${least}, ${most}`}]`,
        'ONNX leaves open what such a Cast gives: Clip the value first, or give a narrower --input-range',
        out,
      );
    const parts = partsOf(to, map);
    const line = parts === 1 ? lineOf(f, Math.max(Math.abs(lo), Math.abs(hi))) : null;
    if (line !== null) to.define(out, scaleMap(map, line.weight, line.bias));
    else if (least === most) to.define(out, constantMap(new Float64Array(map.size).fill(least)));
    else if (f.name === 'trunc' && parts !== null && to.argument === 'plain') {
      const by = new Float64Array(map.size).fill(parts);
      to.define(out, byConstants(to, out, scaleMap(map, parts), { part: 'quotient', toward: 'zero', by }));
    } else to.define(out, wholeTable(to, out, map, f));
  },
};

/** Float32 holds the integers below. */
const WHOLE = 2 ** 24;

/** What a function makes of integers of at most this magnitude, where that is a line that float32 rounds nowhere. */
function lineOf(f: PointFunction, most: number): { readonly weight: number; readonly bias: number } | null {
  const lines = [{ weight: 1, bias: 0 }];
  for (const term of f.name === 'formula' ? f.terms : [{ op: 'function', of: [0], f } as const]) {
    const of = term.of.map((i) => lines[i]);
    if (term.op === 'function' && ['float32', 'trunc'].includes(term.f.name)) lines.push(of[0]);
    else if (term.op === 'sum' && [...term.weights, term.bias].every(Number.isInteger))
      lines.push({
        weight: of.reduce((sum, { weight }, k) => sum + term.weights[k] * weight, 0),
        bias: of.reduce((sum, { bias }, k) => sum + term.weights[k] * bias, term.bias),
      });
    else return null;
  }
  const isExact =
    f.name !== 'formula' || lines.every(({ weight, bias }) => Math.abs(weight) * most + Math.abs(bias) < WHOLE);
  return isExact ? lines[lines.length - 1] : null;
}

/** D where all that a map takes are whole D-ths; null where there is none. */
function partsOf(to: Planner, map: LinearMap): number | null {
  const { step, rest, isExact } = to.grid(map);
  const parts = step >= 1 ? 1 : 1 / step;
  const isWhole = [parts, parts * step, parts * rest].every(Number.isInteger);
  return isExact && isWhole && parts <= MOST_PARTS ? parts : null;
}
