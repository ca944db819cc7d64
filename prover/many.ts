// The proofs of many samples, one after the other: what is wrong with one sample costs its own proof only.
import { InferproofError, type ErrorCode } from '../verifier/errors.js';

/** What came of one sample. */
export type SampleResult<Made> =
  { readonly index: number; readonly made: Made } | { readonly index: number; readonly error: InferproofError };

/** What is wrong with a sample, or went wrong in one proof; anything else would stand in the way of all others too. */
const OF_ONE_SAMPLE: ReadonlySet<ErrorCode> = new Set(['data', 'range', 'resource', 'internal']);

/**
 * One proof is asked for ahead of whoever takes them, so that nothing waits for a witness or a verification.
 * @param prove makes the proof of the sample at an index, until its signal aborts
 */
export async function* proofsOf<Made>(
  prove: (index: number, signal: AbortSignal) => Promise<Made>,
  count: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SampleResult<Made>, void, undefined> {
  const unwanted = new AbortController();
  const stop = (): void => unwanted.abort(signal?.reason);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const ahead = new Map<number, Promise<Made>>();
  const ask = (index: number): void => {
    if (index >= count) return;
    const made = prove(index, unwanted.signal);
    made.catch(() => undefined); // reported in its turn
    ahead.set(index, made);
  };
  try {
    ask(0);
    for (let index = 0; index < count; index++) {
      ask(index + 1);
      let result: SampleResult<Made>;
      try {
        result = { index, made: await ahead.get(index)! };
      } catch (error) {
        const ofOne = error instanceof InferproofError && OF_ONE_SAMPLE.has(error.code);
        if (!ofOne || signal?.aborted === true) throw error;
        result = { index, error };
      }
      ahead.delete(index);
      yield result;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    unwanted.abort(new InferproofError('usage', 'expected somebody to ask for the next proof'));
  }
}
