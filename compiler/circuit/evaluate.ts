// What a circuit computes, in native integers and without a witness: every tensor's stored values (u = int - lo).
// Accumulators stay below 2^50 and products with an offset below 2^53, so float64 is exact throughout.
import { InferproofError } from '../../verifier/errors.js';
import { applyMap } from '../linear/apply.js';
import { integerOf } from '../primitives/index.js';
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitTensor, TensorId } from './circuit.js';

/**
 * Stored values of every tensor, by tensor, row-major.
 * @param stored the inputs' values, each an integer in [0, hi - lo]: what `quantiseInputs` gives.
 * Throws 'data' for an input that is missing, of another length or outside its interval.
 */
export function evaluateCircuit(
  { tensors, steps }: Pick<Circuit, 'tensors' | 'steps'>,
  stored: ReadonlyMap<TensorId, Float64Array>,
): Float64Array[] {
  const values = tensors.map((): Float64Array => new Float64Array(0));
  for (const step of steps) {
    const primitive = integerOf(step);
    const outs = step.outs.map((id) => tensors[id]);
    const acc = step.forms.map(({ map }) => applyMap(map, (id) => values[id]));
    const results = primitive.isInput
      ? outs.map((tensor, k) => checkedInput(tensor, stored.get(step.outs[k])))
      : primitive.evaluate(step, acc, outs);
    results.forEach((result, k) => (values[step.outs[k]] = result));
  }
  return values;
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
