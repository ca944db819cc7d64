// Public tensors as words: a chunk holds one element, int - lo, which is its stored value.
import { chunksPerWord, wordCount } from '../../verifier/words.js';
import { sizeOf } from '../tensor.js';
import type { Circuit, TensorId } from './circuit.js';
import type { LargeTerms, Terms } from './forms.js';
import { publicTensors } from './publics.js';

/** word = sum of 2^shift * form over its chunks. */
export interface Word {
  readonly chunks: readonly { readonly shift: number; readonly form: Terms }[];
}

export const countWords = ({ publics }: Pick<Circuit, 'publics'>): number =>
  publics.reduce((n, tensor) => n + wordCount(tensor), 0);

/** @param form the stored value of an element of a tensor, over wires */
export function wordForms(circuit: Circuit, form: (tensor: TensorId, element: number) => Terms): Word[] {
  const ids = publicTensors(circuit);
  return circuit.publics.flatMap((tensor, j) => {
    const perWord = chunksPerWord(tensor);
    const size = sizeOf(tensor.shape);
    return Array.from({ length: wordCount(tensor) }, (_, w): Word => {
      const first = w * perWord;
      const count = Math.min(perWord, size - first);
      const chunk = (i: number) => ({ shift: tensor.bits * i, form: form(ids[j], first + i) });
      return { chunks: Array.from({ length: count }, (__, i) => chunk(i)) };
    });
  });
}

/** The whole word as one form. */
export const wordForm =
  ({ chunks }: Word): LargeTerms =>
  (term) => {
    for (const { shift, form } of chunks) {
      const scale = 1n << BigInt(shift);
      form((wire, coefficient) => term(wire, shift === 0 ? coefficient : BigInt(coefficient) * scale));
    }
  };
