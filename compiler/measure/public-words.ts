// publicWords: what a proof of a sample will say, without keys and without the proof.
import { packWords } from '../../verifier/words.js';
import type { Circuit } from '../circuit/circuit.js';
import { evaluateCircuit } from '../circuit/evaluate.js';
import { publicTensors } from '../circuit/publics.js';
import { storedInputs, type InputWords, type WhichInput } from '../quantize/input-words.js';
import type { Samples } from '../quantize/inputs.js';

/**
 * The public words of one sample in the order of the key's `publics`, inputs then outputs: those of every valid proof of its inputs.
 * @param data real values, or the input words alone: a request that came as words is answered in words
 *
 * Throws 'data' for samples that do not fit and for words outside the layout, 'range' for a value outside its range unless `clamp`,
 * 'usage' for an index that is missing or outside the data, and for words of inputs that are hidden.
 * @example
 * ```ts
 * const words = publicWords(circuit, samples, { index: 3 }); // what a proof of this sample will say
 * show(decodeWords(vkey, words)?.outputs);
 * ```
 */
export function publicWords(circuit: Circuit, data: Samples | InputWords, options: WhichInput = {}): bigint[] {
  const stored = evaluateCircuit(circuit, storedInputs(circuit, data, options));
  const ints = publicTensors(circuit).map((id, i) => stored[id].map((u) => u + circuit.publics[i].lo));
  return packWords(circuit.publics, ints);
}
