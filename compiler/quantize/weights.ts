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
  const bias = storedBias(map, tensors, centres);
  for (let o = 0; o < map.size; o++) bias[o] = Math.round(bias[o] / unit + offset) + 0;
  const parts = map.parts.map((part) => {
    const { scaled, scale } = scaling(map.size, part, tensors);
    const kernels = scaled.kernels.map((kernel) => roundedKernel(kernel, scale, unit));
    const centre = centres[part.from];
    if (centre === 0) return { ...scaled, kernels };
    const shares = kernels.map((kernel) => centred(kernel, centre));
    for (let o = 0; o < map.size; o++) bias[o] -= shares[scaled.kernel[o]];
    return { ...scaled, kernels };
  });
  return { size: map.size, bias, parts };
}

// Loops, not callbacks: they run over every weight of a model, in every plan that is compared.

function roundedKernel(kernel: Float64Array, scale: number, unit: number): Float64Array {
  const rounded = new Float64Array(kernel.length);
  for (let k = 0; k < kernel.length; k++) rounded[k] = Math.round((kernel[k] * scale) / unit) + 0;
  return rounded;
}

/** What a kernel adds where every stored value is `centre`. */
function centred(kernel: Float64Array, centre: number): number {
  let sum = 0;
  for (let k = 0; k < kernel.length; k++) sum += kernel[k] * centre;
  return sum;
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
    if (tensor.axis === null) {
      addConstants(part, of(0).scale, low - of(0).zero, bias);
      continue;
    }
    for (let o = 0; o < map.size; o++) {
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

/** The last constants of each list of kernels, before and after what its coefficients add: plans that are compared ask for the same ones. */
const constants = new WeakMap<readonly Float64Array[], Constants>();

interface Constants {
  readonly scale: number;
  readonly value: number;
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** Adds what every element has where all values of its source are `scale` times `value`. */
function addConstants({ kernel, kernels }: LinearPart, scale: number, value: number, bias: Float64Array): void {
  let known = constants.get(kernels);
  if (known?.scale !== scale || known.value !== value) {
    const [before, after] = [kernels, kernels].map(({ length }) => new Float64Array(length).fill(NaN));
    known = { scale, value, before, after };
    constants.set(kernels, known);
  }
  // the elements of a channel begin with one constant, and sums in one order are the same bits
  const { before, after } = known;
  for (let o = 0; o < bias.length; o++) {
    const id = kernel[o];
    if (bias[o] !== before[id]) {
      before[id] = bias[o];
      const weights = kernels[id];
      let sum = bias[o];
      for (let k = 0; k < weights.length; k++) sum += weights[k] * scale * value;
      after[id] = sum;
    }
    bias[o] = after[id];
  }
}

/** Largest |w| S of a map, column by column where scales differ: what one step of a source can add. */
export function largestFactor(map: LinearMap, tensors: readonly CircuitTensor[]): number {
  let largest = 0;
  for (const part of map.parts) {
    const { scaled, scale } = scaling(map.size, part, tensors);
    largest = Math.max(largest, largestOf(scaled.kernels) * Math.abs(scale));
  }
  return largest;
}

/** The largest |w| of lists of kernels that were asked about. */
const largests = new WeakMap<readonly Float64Array[], number>();

function largestOf(kernels: readonly Float64Array[]): number {
  const known = largests.get(kernels);
  if (known !== undefined) return known;
  let largest = 0;
  for (const kernel of kernels)
    for (let k = 0; k < kernel.length; k++) if (Math.abs(kernel[k]) > largest) largest = Math.abs(kernel[k]);
  largests.set(kernels, largest);
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

/** A part over stored values is `scaled` with its coefficients times `scale`: 1 where they have the steps of their columns in them. */
export function scaling(
  size: number,
  part: LinearPart,
  tensors: readonly CircuitTensor[],
): { readonly scaled: LinearPart; readonly scale: number } {
  const tensor = tensors[part.from];
  const { scale } = tensor;
  if (typeof scale === 'number') return { scaled: part, scale };
  const elements = sizeOf(tensor.shape);
  const of = quantisationOf(tensor);
  const scales = scaleMap(
    identityMap(part.from, elements),
    Float64Array.from({ length: elements }, (_, i) => of(i).scale),
  );
  const map = composeMaps({ size, bias: new Float64Array(size), parts: [part] }, new Map([[part.from, scales]]));
  return { scaled: map.parts[0], scale: 1 };
}

/** A part with the steps of its tensor in its coefficients: over stored values instead of reals. */
export function scaledPart(size: number, part: LinearPart, tensors: readonly CircuitTensor[]): LinearPart {
  const { scaled, scale } = scaling(size, part, tensors);
  if (scale === 1) return scaled;
  return { ...scaled, kernels: scaled.kernels.map((kernel) => kernel.map((w) => w * scale)) };
}
