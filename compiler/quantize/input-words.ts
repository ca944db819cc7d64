// One sample's inputs, from whichever side they come: real values, or the words that stand for them in proofs.
import { InferproofError } from '../../verifier/errors.js';
import { unpackWords, wordCount } from '../../verifier/words.js';
import type { Circuit, TensorId } from '../circuit/circuit.js';
import { quantiseInputs, type Samples } from './inputs.js';

/** The public words of the inputs, in their order: what the integers of a sample are packed into. */
export interface InputWords {
  readonly words: readonly bigint[];
}

export interface WhichInput {
  /** Which sample; needed where there is more than one. */
  readonly index?: number | undefined;
  /** Move input values outside their range to its nearer end instead of refusing them. */
  readonly clamp?: boolean | undefined;
}

/**
 * Stored values (int - lo) of the inputs, by tensor.
 *
 * Throws 'data' for samples that do not fit and for words that `packWords` does not write for these inputs, 'range' for a value
 * outside its range unless `clamp`, 'usage' for an index that is missing or outside the data, and for words of inputs that are hidden.
 */
export function storedInputs(
  circuit: Circuit,
  data: Samples | InputWords,
  { index, clamp = false }: WhichInput,
): ReadonlyMap<TensorId, Float64Array> {
  return 'words' in data
    ? fromWords(circuit, data.words)
    : quantiseInputs(circuit, data, sampleIndex(data, index), clamp).stored;
}

function fromWords(circuit: Circuit, words: readonly bigint[]): Map<TensorId, Float64Array> {
  const tensors = circuit.publics.filter(({ role }) => role === 'input');
  if (tensors.length < circuit.inputs.length)
    throw new InferproofError('usage', 'expected a circuit whose inputs are public, got one that hides them', {
      where: 'input words',
      hint: 'words stand for public inputs: compile with --public input,output',
    });
  const count = tensors.reduce((n, tensor) => n + wordCount(tensor), 0);
  if (!Array.isArray(words) || words.length !== count)
    throw new InferproofError('data', `expected ${count} input words, got ${Array.isArray(words) ? words.length : 'none'}`, { where: 'input words' }); // prettier-ignore
  let next = 0;
  return new Map(
    tensors.map((tensor, i) => {
      const own = words.slice(next, (next += wordCount(tensor)));
      const ints = own.every((word) => typeof word === 'bigint') ? unpackWords([tensor], own) : null;
      if (ints === null)
        throw new InferproofError('data', 'expected words in the layout of this input, got others', {
          where: tensor.name,
          hint: 'a chunk is at most hi - lo of the verification key, and no bit stands behind the last one',
        });
      return [circuit.inputs[i].tensor, Float64Array.from(ints[0], (int) => int - tensor.lo)];
    }),
  );
}

function sampleIndex({ count }: Samples, index: number | undefined): number {
  if (index === undefined && count === 1) return 0;
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < count) return index;
  throw new InferproofError('usage', `expected an index of 0 to ${count - 1}, got ${index ?? 'none'}`, {
    where: 'input data',
    hint: `the data holds ${count} samples: choose one with --index`,
  });
}
