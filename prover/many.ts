// The proofs of many samples, one after the other: what is wrong with one sample costs its own proof only.
import { InferproofError, type ErrorCode } from '../verifier/errors.js';

/** What came of one sample. */
export type SampleResult<Made> =
  { readonly index: number; readonly made: Made } | { readonly index: number; readonly error: InferproofError };

/** What is wrong with a sample, or went wrong in one proof; anything else would stand in the way of all others too. */
const OF_ONE_SAMPLE: ReadonlySet<ErrorCode> = new Set(['data', 'range', 'resource', 'internal']);

/** @param prove makes the proof of the sample at an index */
export async function* proofsOf<Made>(
  prove: (index: number) => Promise<Made>,
  count: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SampleResult<Made>, void, undefined> {
  for (let index = 0; index < count; index++) {
    let result: SampleResult<Made>;
    try {
      result = { index, made: await prove(index) };
    } catch (error) {
      const ofOne = error instanceof InferproofError && OF_ONE_SAMPLE.has(error.code);
      if (!ofOne || signal?.aborted === true) throw error;
      result = { index, error };
    }
    yield result;
  }
}
