// linear: y = W x + b over any number of values. It costs nothing: its map is composed into the forms of whatever reads it.
import { checkMap } from '../linear/check.js';
import { decodeMap, encodeMap } from '../linear/codec.js';
import { composeMaps } from '../linear/compose.js';
import { applyMap } from '../linear/apply.js';
import type { LinearMap } from '../linear/map.js';
import { canWrap, isFloat } from '../tensor.js';
import { point } from './functions.js';
import { MOST_TERMS, exactly, longest } from './product.js';
import type { RealPrimitive } from './real.js';
import { requantise } from './table.js';
import { finerSteps, wholeFloor } from './whole.js';

/** `map` numbers its sources by their positions. */
export interface LinearOwn {
  readonly map: LinearMap;
}

/** Bits of a linear value that needs wires of its own. */
const LINEAR_BITS = 16;
/** Those of one whose worst case is far beyond what data showed. */
const WIDE_BITS = 32;

const coefficient = { test: Number.isFinite, name: 'finite numbers' };

export const linear: RealPrimitive<LinearOwn> = {
  kind: 'linear',
  check({ own: { map }, sources: ids }, { sources, outs }, fail) {
    if (outs.length !== 1 || map.size !== outs[0]) fail(`a map of ${outs[0]} elements`);
    if (sources.length !== map.parts.length || new Set(ids).size !== ids.length) fail('one part per source');
    checkMap(
      map,
      (from) => sources[from] ?? null,
      coefficient,
      (path, expected) => fail(`${expected} in ${path}`),
    );
    if (map.parts.some(({ kernels }) => kernels.some((weights) => weights.includes(0))))
      fail('coefficients that are not 0');
  },
  evaluate: ({ map }, x) => [applyMap(map, (from) => x[from])],
  codec: {
    encode: ({ map }) => encodeMap(map),
    decode: (place) => ({ map: decodeMap(place) }),
  },
  plan({ sources, outs: [out], own }, to) {
    const map = composeMaps(own.map, new Map(sources.map((id, from) => [from, to.map(id)])));
    // a value that other maps read was not composed with them: it takes wires, at twice the precision of an activation;
    // by look-ups it keeps its whole interval, since it then needs no saturation and no table
    // an integer that may wrap around was left for the planner to compose, which knows whether it does
    const { dtype } = to.value(out);
    const isShort = canWrap(dtype) && longest(map) <= MOST_TERMS;
    if (!to.isRead(out) || map.parts.length === 0 || isShort) to.define(out, map);
    else if (!isFloat(dtype)) to.define(out, exactly(to, out, map));
    else if (to.argument === 'plain')
      to.define(out, requantise(to, out, map, point('identity'), LINEAR_BITS, to.seen(out)));
    else {
      const { lo, hi } = to.reach(map);
      const step = finerSteps(LINEAR_BITS, WIDE_BITS, { lo, hi }, to.seen(out)) ?? (hi - lo) / (2 ** LINEAR_BITS - 1);
      to.define(out, wholeFloor(to, out, map, step));
    }
  },
  pointwise({ map: { size, bias, parts } }) {
    if (parts.length === 0 || bias.some((b) => b !== bias[0])) return null;
    const weights = parts.map(({ base, pattern, kernel, patterns, kernels }) => {
      const weight = kernels[kernel[0]][0];
      for (let o = 0; o < size; o++) {
        const [offsets, coefficients] = [patterns[pattern[o]], kernels[kernel[o]]];
        if (offsets.length !== 1 || base[o] + offsets[0] !== o || coefficients[0] !== weight) return null;
      }
      return weight;
    });
    if (!weights.every((weight) => weight !== null)) return null;
    return { op: 'sum', of: parts.map(({ from }) => from), weights, bias: bias[0] };
  },
  map: ({ map }) => map,
  withMap: (map) => ({ map }),
};
