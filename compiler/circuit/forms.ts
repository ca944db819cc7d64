// Linear forms over wires, as emitters of their terms: a convolution's form costs nothing until something reads it.
import type { LinearMap } from '../linear/map.js';

/** Emits the terms of a linear form: coefficient times wire; wire 0 is the constant 1. */
export type Terms = (term: (wire: number, coefficient: number) => void) => void;
/** The same with coefficients of any size, as packed words have. */
export type LargeTerms = (term: (wire: number, coefficient: number | bigint) => void) => void;

export const oneWire =
  (wire: number): Terms =>
  (term) =>
    term(wire, 1);

/** Element o of a map over tensors, each with its wires from tensors[id] on. */
export const formAt =
  ({ bias, parts }: LinearMap, tensors: readonly number[], o: number): Terms =>
  (term) => {
    for (const part of parts) {
      const offsets = part.patterns[part.pattern[o]];
      const kernel = part.kernels[part.kernel[o]];
      const wire = tensors[part.from] + part.base[o];
      for (let k = 0; k < offsets.length; k++) if (kernel[k] !== 0) term(wire + offsets[k], kernel[k]);
    }
    if (bias[o] !== 0) term(0, bias[o]);
  };
