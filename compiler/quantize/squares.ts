// Squares are never below 0, which the intervals of their maps do not show: with x = s (u + r), r the fraction that its zero leaves, x^2
// is a map over the tensor of u^2 and over u. Read together they are parabolas of u, each with its least value.
import type { CircuitTensor, IntegerStep, TensorId } from '../circuit/circuit.js';
import type { Intervals, Reach } from '../linear/intervals.js';
import { equalMaps, termsOf, type LinearMap, type LinearPart } from '../linear/map.js';
import { integerOf } from '../primitives/index.js';
import { realIntervals } from './reals.js';

/** Terms of a map that is looked at, at most. */
const MOST_TERMS = 2 ** 21;
/** Share of its width by which float64 moves a sum of parabolas. */
const NOTHING = 2 ** -40;

/** The square of each element: (m u + b)^2 of element `at` of a tensor. */
interface Squares {
  readonly of: TensorId;
  readonly at: (element: number) => number;
  readonly m: (element: number) => number;
  readonly b: (element: number) => number;
}

/**
 * The intervals of a map's reals, no lower than the squares that it reads let it be.
 * @param intervals those of the map
 * @param makers the step of each tensor
 */
export function aboveSquares(
  map: LinearMap,
  intervals: Intervals,
  tensors: readonly CircuitTensor[],
  makers: readonly IntegerStep[],
): Intervals {
  const squares = new Map(map.parts.map(({ from }) => [from, squaresOf(makers[from], tensors)] as const));
  if ([...squares.values()].every((one) => one === null) || termsOf(map) > MOST_TERMS) return intervals;
  const others = new Map(map.parts.map(({ from }) => [from, realIntervals(tensors[from])] as const));
  const lo = intervals.lo.map((least, o) => {
    const known = leastOf(map, o, { squares, others, tensors });
    const told = Math.abs(known) <= NOTHING * (intervals.hi[o] - least) ? 0 : known;
    return Math.max(least, told);
  });
  return { lo, hi: intervals.hi };
}

/** Null for a tensor that is anything but the squares of elements of one other. */
function squaresOf(maker: IntegerStep, tensors: readonly CircuitTensor[]): Squares | null {
  const factors = integerOf(maker).factors?.(maker);
  if (!factors || !equalMaps(factors[0].map, factors[1].map)) return null;
  const { bias, parts } = factors[0].map;
  const [part] = parts;
  if (parts.length !== 1 || !part.kernel.every((id) => part.kernels[id].length === 1)) return null;
  const of = [part.from, ...maker.outs].map((id) => tensors[id]);
  if (!of.every(({ scale, zero }) => typeof scale === 'number' && typeof zero === 'number')) return null;
  const at = (e: number): number => part.base[e] + part.patterns[part.pattern[e]][0];
  return { of: part.from, at, m: (e) => part.kernels[part.kernel[e]][0], b: (e) => bias[e] };
}

/** A parabola c (m u + b)^2 + d x, x the real of u. */
interface Parabola {
  readonly of: TensorId;
  readonly c: number;
  readonly m: number;
  readonly b: number;
  d: number;
}

/** Of the tensors that a map reads. */
interface Read {
  readonly squares: ReadonlyMap<TensorId, Squares | null>;
  /** What their reals can be. */
  readonly others: ReadonlyMap<TensorId, Reach | Intervals>;
  readonly tensors: readonly CircuitTensor[];
}

/** What element o of a map is never below. */
function leastOf(map: LinearMap, o: number, { squares, others, tensors }: Read): number {
  const parabolas = new Map<string, Parabola>();
  for (const part of map.parts) {
    const own = squares.get(part.from);
    if (!own) continue;
    for (const [e, weight] of termsAt(part, o)) {
      const key = `${own.of} ${own.at(e)}`;
      if (weight < 0 || parabolas.has(key)) return -Infinity;
      parabolas.set(key, { of: own.of, c: weight * Number(tensors[part.from].scale), m: own.m(e), b: own.b(e), d: 0 });
    }
  }
  let sum = map.bias[o];
  for (const part of map.parts) {
    if (squares.get(part.from)) continue;
    const { lo, hi } = others.get(part.from)!;
    for (const [i, weight] of termsAt(part, o)) {
      const parabola = parabolas.get(`${part.from} ${i}`);
      const end = weight > 0 ? lo : hi;
      if (parabola !== undefined) parabola.d += weight;
      else sum += weight * (typeof end === 'number' ? end : end[i]);
    }
  }
  for (const parabola of parabolas.values()) sum += leastOfParabola(parabola, tensors[parabola.of]);
  return sum;
}

function leastOfParabola({ c, m, b, d }: Parabola, { lo, hi, scale, zero }: CircuitTensor): number {
  const slope = d * Number(scale);
  const lowest = (-slope / (2 * c * m) - b) / m;
  const u = Math.min(Math.max(lowest, 0), hi - lo);
  return c * (m * u + b) ** 2 + slope * (u + lo - Number(zero));
}

const termsAt = ({ base, pattern, kernel, patterns, kernels }: LinearPart, o: number): [at: number, weight: number][] =>
  Array.from(kernels[kernel[o]], (weight, k) => [base[o] + patterns[pattern[o]][k], weight]);
