// The proofs of many samples, one after the other: what is wrong with one sample costs its own proof only.
import type { Samples } from '../compiler/index.js';
import { InferproofError, type ErrorCode } from '../verifier/errors.js';
import type { ProofOptions, ProveResult, Prover } from './prove.js';

/** What came of one sample. */
export type SampleResult =
  { readonly index: number; readonly made: ProveResult } | { readonly index: number; readonly error: InferproofError };

/** What is wrong with a sample, or went wrong in one proof; anything else would stand in the way of all others too. */
const OF_ONE_SAMPLE: ReadonlySet<ErrorCode> = new Set(['data', 'range', 'resource', 'internal']);

export async function* proofsOf(
  prove: Prover['prove'],
  samples: Samples,
  options: Omit<ProofOptions, 'index'>,
): AsyncGenerator<SampleResult, void, undefined> {
  for (let index = 0; index < samples.count; index++) {
    try {
      yield { index, made: await prove(samples, { ...options, index }) };
    } catch (error) {
      const ofOne = error instanceof InferproofError && OF_ONE_SAMPLE.has(error.code);
      if (!ofOne || options.signal?.aborted === true) throw error;
      yield { index, error };
    }
  }
}
