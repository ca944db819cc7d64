// What a circuit is fed with, as whoever reads data needs to know it.
import { sizeOf } from '../tensor.js';
import type { Circuit } from './circuit.js';

export interface InputInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** Samples that it takes at once, along the first axis; none: one. */
  readonly batch?: number;
}

/**
 * The inputs that a circuit takes, in graph order.
 * @example
 * ```ts
 * const samples = await readSamples('data.npy', circuitInputs(circuit));
 * ```
 */
export const circuitInputs = ({ options: { batch }, inputs, tensors }: Circuit): InputInfo[] =>
  inputs.map(({ name, dtype, tensor }) => {
    const { shape } = tensors[tensor];
    return { name, dtype, shape, elements: sizeOf(shape), ...(batch !== undefined && { batch }) };
  });
