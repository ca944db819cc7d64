// What a circuit computes, in native integers and without a witness: every tensor's stored values (u = int - lo).
// Accumulators stay below 2^50 and products with an offset below 2^53, so float64 is exact throughout.
import { InferproofError } from '../../verifier/errors.js';
import { argmax } from '../primitives/argmax.js';
import { applyMap } from '../primitives/linear.js';
import { rescale } from '../primitives/rescale.js';
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitStep, CircuitTensor, TensorId } from './circuit.js';

/**
 * Stored values of every tensor, by tensor, row-major.
 * @param stored the inputs' values, each an integer of [0, hi - lo]: what `quantiseInputs` gives.
 * Throws 'data' for an input that is missing, of another length or outside its interval.
 */
export function evaluateCircuit(
  { tensors, steps }: Pick<Circuit, 'tensors' | 'steps'>,
  stored: ReadonlyMap<TensorId, Float64Array>,
): Float64Array[] {
  const values = tensors.map((): Float64Array => new Float64Array(0));
  for (const step of steps) {
    const tensor = tensors[step.out];
    values[step.out] =
      step.kind === 'input' ? checkedInput(tensor, stored.get(step.out)) : evaluateStep(step, tensor, values);
  }
  return values;
}

function evaluateStep(
  step: Exclude<CircuitStep, { kind: 'input' }>,
  tensor: CircuitTensor,
  values: readonly Float64Array[],
): Float64Array {
  const acc = applyMap(step.form.map, (id) => values[id]);
  switch (step.kind) {
    case 'output':
      return acc;
    case 'rescale': {
      const { shift, f } = step;
      const width = tensor.hi - tensor.lo;
      for (let i = 0; i < acc.length; i++) acc[i] = rescale(acc[i], shift, f, width);
      return acc;
    }
    case 'max':
      return overGroups(acc, step.starts, (group) => group.reduce((a, b) => Math.max(a, b)));
    case 'argmax':
      return overGroups(acc, step.starts, argmax);
  }
}

function overGroups(acc: Float64Array, starts: Int32Array, f: (group: Float64Array) => number): Float64Array {
  const out = new Float64Array(starts.length - 1);
  for (let g = 0; g < out.length; g++) out[g] = f(acc.subarray(starts[g], starts[g + 1]));
  return out;
}

function checkedInput({ name, shape, lo, hi }: CircuitTensor, values: Float64Array | undefined): Float64Array {
  const size = sizeOf(shape);
  if (values?.length !== size)
    throw new InferproofError('data', `expected ${size} stored values, got ${values?.length ?? 'none'}`, {
      where: name,
    });
  const i = values.findIndex((u) => !(Number.isInteger(u) && u >= 0 && u <= hi - lo));
  if (i >= 0) {
    throw new InferproofError('data', `expected a stored integer of [0, ${hi - lo}], got ${values[i]}`, {
      where: `${name}[${i}]`,
    });
  }
  return values;
}
