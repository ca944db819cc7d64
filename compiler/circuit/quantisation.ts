// Scale and zero of a tensor's elements.
import { stridesOf } from '../tensor.js';
import type { CircuitTensor } from './circuit.js';

/** Scale and zero of element i of a tensor. */
export function quantisationOf(
  tensor: Pick<CircuitTensor, 'shape' | 'scale' | 'zero' | 'axis'>,
): (i: number) => { readonly scale: number; readonly zero: number } {
  const { shape, scale, zero, axis } = tensor;
  if (typeof scale === 'number' && typeof zero === 'number') {
    const one = { scale, zero };
    return () => one;
  }
  const stride = stridesOf(shape)[axis ?? 0];
  const length = shape[axis ?? 0];
  const at = (list: number | readonly number[], k: number): number => (typeof list === 'number' ? list : list[k]);
  return (i) => {
    const k = Math.floor(i / stride) % length;
    return { scale: at(scale, k), zero: at(zero, k) };
  };
}
