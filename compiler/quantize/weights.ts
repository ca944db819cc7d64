// The weights of a map over tensors as integers.
import { InferproofError } from '../../verifier/errors.js';
import type { CircuitTensor } from '../circuit/circuit.js';
import { quantisationOf } from '../circuit/quantisation.js';
import { composeMaps } from '../linear/compose.js';
import type { LinearMap, LinearPart } from '../linear/map.js';
import { identityMap, scaleMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import type { UsedTensor } from './usual.js';

/**
 * acc = real / unit + offset over stored values: the constant of x = scale (u + lo - zero) goes to the bias before anything is
 * rounded.
 */
export function integerWeights(
  map: LinearMap,
  tensors: readonly UsedTensor[],
  unit: number,
  offset: number,
): LinearMap {
  const centres = tensors.map(centreOf);
  const bias = storedBias(map, tensors, centres).map((b) => Math.round(b / unit + offset) + 0);
  const parts = map.parts.map((part) => {
    const scaled = scaledPart(map.size, part, tensors);
    const kernels = scaled.kernels.map((kernel) => kernel.map((w) => Math.round(w / unit) + 0));
    const centre = centres[part.from];
    const shares = kernels.map((kernel) => kernel.reduce((sum, w) => sum + w * centre, 0));
    part.kernel.forEach((id, o) => (bias[o] -= shares[id]));
    return { ...scaled, kernels };
  });
  return { size: map.size, bias, parts };
}

/** Whole numbers may be off by what float64 makes of a scale and of one over it. */
const NEARLY = 2 ** -8;

/** acc = real, of a map whose coefficients are whole numbers over stored values. Throws 'internal' for one of others. */
export function wholeWeights(map: LinearMap, tensors: readonly CircuitTensor[]): LinearMap {
  const isWhole = (x: number): boolean => Math.abs(x - Math.round(x)) < NEARLY;
  const kernels = map.parts.flatMap((part) => scaledPart(map.size, part, tensors).kernels);
  if (!kernels.every((kernel) => kernel.every(isWhole)) || !storedBias(map, tensors).every(isWhole))
    throw new InferproofError('internal', 'expected a map of whole numbers, got one of others');
  return integerWeights(map, tensors, 1, 0);
}

/** The stored value at which rounded weights move nothing: the usual one that is nearest to 0, around which activations gather. */
function centreOf({ lo, zero, usual }: UsedTensor): number {
  if (usual === undefined || typeof zero !== 'number') return 0;
  return Math.min(Math.max(Math.round(zero) - lo, usual.lo), usual.hi);
}

/** The reals of a map where every stored value is 0, or that of its tensor in `at`. */
export function storedBias(map: LinearMap, tensors: readonly CircuitTensor[], at?: readonly number[]): Float64Array {
  const bias = map.bias.slice();
  for (const part of map.parts) {
    const tensor = tensors[part.from];
    const low = tensor.lo + (at?.[part.from] ?? 0);
    const of = quantisationOf(tensor);
    // where all elements have one scale, what a coefficient adds is known once per kernel
    const first = of(0);
    const shares =
      tensor.axis === null
        ? part.kernels.map((kernel) => kernel.map((w) => w * first.scale * (low - first.zero)))
        : null;
    // the elements of a channel begin with one constant, and sums in one order are the same bits
    const [before, after] = [part.kernels, part.kernels].map(({ length }) => new Float64Array(length).fill(NaN));
    for (let o = 0; o < map.size; o++) {
      if (shares !== null) {
        const id = part.kernel[o];
        if (bias[o] !== before[id]) {
          before[id] = bias[o];
          after[id] = shares[id].reduce((sum, w) => sum + w, bias[o]);
        }
        bias[o] = after[id];
        continue;
      }
      const kernel = part.kernels[part.kernel[o]];
      const offsets = part.patterns[part.pattern[o]];
      for (let k = 0; k < kernel.length; k++) {
        const { scale, zero } = of(part.base[o] + offsets[k]);
        bias[o] += kernel[k] * scale * (low - zero);
      }
    }
  }
  return bias;
}

/** Largest |w| S of a map, column by column where scales differ: what one step of a source can add. */
export function largestFactor(map: LinearMap, tensors: readonly CircuitTensor[]): number {
  let largest = 0;
  for (const part of map.parts)
    for (const kernel of scaledPart(map.size, part, tensors).kernels)
      for (const w of kernel) largest = Math.max(largest, Math.abs(w));
  return largest;
}

/** Scale and zero of a map that only moves elements of tensors which share them. */
export function sameScale(
  map: LinearMap,
  tensors: readonly CircuitTensor[],
): { readonly scale: number; readonly zero: number } | null {
  if (map.bias.some((b) => b !== 0)) return null;
  let shared: { scale: number; zero: number } | null = null;
  const fed = new Uint8Array(map.size);
  for (const part of map.parts) {
    const { scale, zero } = tensors[part.from];
    if (typeof scale !== 'number' || typeof zero !== 'number') return null;
    if (shared && (shared.scale !== scale || shared.zero !== zero)) return null;
    shared = { scale, zero };
    for (let o = 0; o < map.size; o++) {
      const kernel = part.kernels[part.kernel[o]];
      if (kernel.length > 1 || (kernel.length === 1 && kernel[0] !== 1)) return null;
      fed[o] += kernel.length;
    }
  }
  return fed.every((n) => n === 1) ? shared : null;
}

/** A part with the steps of its tensor in its coefficients: over stored values instead of reals. */
export function scaledPart(size: number, part: LinearPart, tensors: readonly CircuitTensor[]): LinearPart {
  const tensor = tensors[part.from];
  const { scale } = tensor;
  if (typeof scale === 'number')
    return { ...part, kernels: part.kernels.map((kernel) => kernel.map((w) => w * scale)) };
  const elements = sizeOf(tensor.shape);
  const of = quantisationOf(tensor);
  const scales = scaleMap(
    identityMap(part.from, elements),
    Float64Array.from({ length: elements }, (_, i) => of(i).scale),
  );
  const map = composeMaps({ size, bias: new Float64Array(size), parts: [part] }, new Map([[part.from, scales]]));
  return map.parts[0];
}
