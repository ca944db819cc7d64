// A maximum of rescaled values is the rescaled maximum: f and the floor are monotone, so max(f(floor(acc))) =
// f(floor(max acc)), bit for bit. After the maximum a rescale has a quarter of the elements of a 2 x 2 pool; in front
// of it the differences are those of activations instead of accumulators. The cheaper order is taken step by step;
// integers and outputs stay the same.
import { MANY_TERMS } from '../limits.js';
import { composedTerms, composeMaps } from '../linear/compose.js';
import { termsOf, type LinearMap } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import { bitLength } from '../primitives/gadget.js';
import type { CircuitTensor, IntegerStep } from '../primitives/steps.js';
import type { StartsOwn } from '../primitives/groups.js';
import { max as maximum } from '../primitives/max.js';
import { rescale, type RescaleOwn } from '../primitives/rescale.js';

type Max = IntegerStep<StartsOwn>;
type Rescale = IntegerStep<RescaleOwn>;

/** Whether a step is elementwise in one form, and its result never falls where the form rises. */
export function isMonotone(step: IntegerStep): boolean {
  if (step.kind !== rescale.kind) return false;
  const { f } = (step as Rescale).own;
  return f.kind !== 'values' || f.values.every((v, i) => i === 0 || v >= f.values[i - 1]);
}

/** Two steps in the other order: the redefined tensor of the source, and what takes the place of the later step. */
interface Swap {
  readonly tensor: CircuitTensor;
  readonly steps: readonly IntegerStep[];
}

/**
 * A maximum in front of the monotone step that it alone reads; null for other steps, where that saves no rows, where it reads
 * anything but plain elements, and where balls bound what the other step rounds.
 */
export function poolFirst(
  step: IntegerStep,
  source: IntegerStep,
  tensors: readonly CircuitTensor[],
  rangeBits: number,
): Swap | null {
  if (step.kind !== maximum.kind) return null;
  const max = step as Max;
  const { bias, parts } = max.forms[0].map;
  const isGather = parts[0].kernel.every((id) => parts[0].kernels[id].length === 1 && parts[0].kernels[id][0] === 1);
  if (!isGather || bias.some((b) => b !== 0)) return null;
  const from = source as Rescale; // the one primitive that is monotone in one form
  const before = tensors[from.outs[0]];
  const { scale, zero } = before;
  if (typeof scale !== 'number' || typeof zero !== 'number') return null;
  if (from.forms[0].within) return null; // known of what it reads, and no longer behind a maximum
  if (rowsMoved(max, from, rangeBits) >= rowsKept(max, before)) return null;
  if (multiplies(max, from)) return null;
  return swapped(max, from, scale, zero, tensors);
}

/** Whether overlapping windows would repeat the terms of their elements many times over. */
function multiplies(max: Max, { outs: [from], forms: [{ map }] }: Rescale): boolean {
  return composedTerms(max.forms[0].map, from, map) > Math.max(MANY_TERMS, 4 * termsOf(map));
}

const limbsOf = (span: number, bits: number): number => Math.ceil(Math.max(bitLength(span), 1) / bits);
const groupsOf = ({ own }: Max): number => own.starts.length - 1;
const comparisons = (max: Max): number => max.forms[0].map.size - groupsOf(max);

/** One limb per comparison: some table of inputs or remainders is as wide as an activation. */
const rowsKept = (max: Max, { shape }: CircuitTensor): number => 3 * sizeOf(shape) + 2 * comparisons(max);

function rowsMoved(max: Max, { forms: [{ accLo, accHi }] }: Rescale, bits: number): number {
  return 3 * groupsOf(max) + (1 + limbsOf(accHi - accLo, bits)) * comparisons(max);
}

/** The maximum of accumulators, stored above accLo, in the rescale's place; then the rescale, in the maximum's. */
function swapped(max: Max, rescale: Rescale, scale: number, zero: number, tensors: readonly CircuitTensor[]): Swap {
  const [form] = rescale.forms;
  const { accLo, accHi } = form;
  const { shift } = rescale.own;
  const before = tensors[rescale.outs[0]];
  const after = tensors[max.outs[0]];
  const pooled: CircuitTensor = {
    ...after,
    value: null,
    name: `${after.name} before ${before.operator}`,
    lo: accLo,
    hi: accHi,
    scale: scale * 2 ** -shift,
    zero: (zero - before.lo) * 2 ** shift,
  };
  const accumulators = composeMaps(max.forms[0].map, new Map([[rescale.outs[0], form.map]]));
  const stored: LinearMap = { ...accumulators, bias: accumulators.bias.map((b) => b - accLo) };
  const groups = groupsOf(max);
  const back: LinearMap = { ...identityMap(rescale.outs[0], groups), bias: new Float64Array(groups).fill(accLo) };
  return {
    tensor: pooled,
    steps: [
      { ...max, outs: rescale.outs, forms: [{ map: stored, accLo: 0, accHi: accHi - accLo }] },
      { ...rescale, outs: max.outs, forms: [{ ...form, map: back }] },
    ],
  };
}
