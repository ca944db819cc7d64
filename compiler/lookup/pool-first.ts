// A maximum of rescaled values is the rescaled maximum: f and the floor are monotone, so max(f(floor(acc))) = f(floor(max acc)), bit
// for bit. Behind the maximum a rescale has a quarter of the elements of a 2 x 2 pool; in front of it the differences are
// those of activations instead of accumulators. The cheaper order is taken step by step; integers and outputs stay the same.
import type { CircuitStep, CircuitTensor } from '../circuit/circuit.js';
import { bitLength } from '../circuit/gadget.js';
import { composeMaps, identityMap, type LinearMap } from '../primitives/linear.js';
import type { Plan } from '../quantize/plan.js';
import { sizeOf } from '../tensor.js';

type Rescale = CircuitStep & { readonly kind: 'rescale' };
type Max = CircuitStep & { readonly kind: 'max' };

/** The plan with maxima moved in front of their rescales where that saves rows. */
export function poolFirst(plan: Plan, rangeBits: number): Plan {
  const tensors = [...plan.tensors];
  const moved = new Map<CircuitStep, readonly CircuitStep[]>();
  for (const max of plan.steps) {
    if (max.kind !== 'max') continue;
    const rescale = onlyReader(plan, max);
    if (rescale === null || rowsMoved(max, rescale, rangeBits) >= rowsKept(max, rescale, tensors)) continue;
    const { scale, zero } = tensors[rescale.out];
    if (typeof scale !== 'number' || typeof zero !== 'number') continue;
    const { pooled, steps } = swapped(max, rescale, scale, zero, tensors);
    tensors[rescale.out] = pooled;
    moved.set(rescale, []);
    moved.set(max, steps);
  }
  return { ...plan, tensors, steps: plan.steps.flatMap((step) => moved.get(step) ?? [step]) };
}

/** The rescale whose elements a maximum takes as they are, when nothing else reads them; slopes below 0 do not exist in f. */
function onlyReader({ steps }: Plan, { form: { map } }: Max): Rescale | null {
  if (map.parts.length !== 1 || map.bias.some((b) => b !== 0)) return null;
  const [part] = map.parts;
  const isGather = part.kernel.every((id) => part.kernels[id].length === 1 && part.kernels[id][0] === 1);
  const source = steps.find((step) => step.out === part.from);
  const readers = steps.filter(
    (step) => step.kind !== 'input' && step.form.map.parts.some(({ from }) => from === part.from),
  );
  return isGather && source?.kind === 'rescale' && readers.length === 1 ? source : null;
}

const limbsOf = (span: number, bits: number): number => Math.ceil(Math.max(bitLength(span), 1) / bits);
const comparisons = ({ form, starts }: Max): number => form.map.size - (starts.length - 1);

/** One limb a comparison: some table of inputs or remainders is as wide as an activation. */
function rowsKept(max: Max, { out }: Rescale, tensors: readonly CircuitTensor[]): number {
  return 3 * sizeOf(tensors[out].shape) + 2 * comparisons(max);
}

function rowsMoved(max: Max, { form: { accLo, accHi } }: Rescale, bits: number): number {
  return 3 * (max.starts.length - 1) + (1 + limbsOf(accHi - accLo, bits)) * comparisons(max);
}

/** The maximum of accumulators, stored above accLo, in the rescale's place; then the rescale, in the maximum's. */
function swapped(
  max: Max,
  rescale: Rescale,
  scale: number,
  zero: number,
  tensors: readonly CircuitTensor[],
): { readonly pooled: CircuitTensor; readonly steps: readonly CircuitStep[] } {
  const { form, shift } = rescale;
  const { accLo, accHi } = form;
  const before = tensors[rescale.out];
  const after = tensors[max.out];
  const pooled: CircuitTensor = {
    ...after,
    name: `${after.name} before ${before.operator}`,
    lo: accLo,
    hi: accHi,
    scale: scale * 2 ** -shift,
    zero: (zero - before.lo) * 2 ** shift,
  };
  const accumulators = composeMaps(max.form.map, new Map([[rescale.out, form.map]]));
  const stored: LinearMap = { ...accumulators, bias: accumulators.bias.map((b) => b - accLo) };
  const groups = max.starts.length - 1;
  const back: LinearMap = { ...identityMap(rescale.out, groups), bias: new Float64Array(groups).fill(accLo) };
  const steps: readonly CircuitStep[] = [
    { kind: 'max', out: rescale.out, form: { map: stored, accLo: 0, accHi: accHi - accLo }, starts: max.starts },
    { ...rescale, out: max.out, form: { map: back, accLo, accHi } },
  ];
  return { pooled, steps };
}
