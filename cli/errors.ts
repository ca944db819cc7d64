// What a failure looks like to the caller of a command: an exit code, a few lines on stderr, and one JSON object.
import { InferproofError, type ErrorCode } from '../verifier/errors.js';

export const DONE = 0;
/** The answer is no: proof invalid, witness unsatisfied, accuracy contract not met, artefacts that differ. */
export const NEGATIVE = 1;
/** Wrong usage, bad file or bad data. */
export const USAGE = 2;
/** A readable model that cannot be proved. */
export const REFUSED = 3;
/** Our bug (EX_SOFTWARE of sysexits.h). */
export const BUG = 70;

export type ExitCode = typeof DONE | typeof NEGATIVE | typeof USAGE | typeof REFUSED | typeof BUG;

const EXIT_CODES: Readonly<Record<ErrorCode, ExitCode>> = {
  usage: USAGE,
  file: USAGE,
  format: USAGE,
  data: USAGE,
  range: USAGE,
  mismatch: USAGE,
  insecure: USAGE,
  resource: USAGE,
  unsupported: REFUSED,
  unbounded: REFUSED,
  accuracy: NEGATIVE,
  unsatisfied: NEGATIVE,
  internal: BUG,
};

export const exitCode = (error: InferproofError): ExitCode => EXIT_CODES[error.code];

/** The `error` of `--json`; `where` and `hint` are null where there is nothing to say. */
export const errorJson = ({ code, message, where, hint }: InferproofError) => ({
  error: { code, message, where: where ?? null, hint: hint ?? null },
});

/** Anything thrown, as the one error class; what is not of that class is a bug of ours, unless memory ran out. */
export function asInferproofError(thrown: unknown): InferproofError {
  if (thrown instanceof InferproofError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof RangeError && /allocation failed|invalid (typed )?array( buffer)? length/i.test(message)) {
    return new InferproofError('resource', 'expected enough memory for this model, got none left', {
      hint: 'run on a machine with more memory, or give Node more of it: NODE_OPTIONS=--max-old-space-size=MEGABYTES',
      cause: thrown,
    });
  }
  return new InferproofError('internal', `unexpected failure: ${message}`, {
    hint: 'this is a bug of inferproof: please report it with the output of the same command under --verbose',
    cause: thrown,
  });
}

/**
 * Rethrows what the library says of a file as a whole with the file's path.
 * @param known how the library calls the file; undefined where it has no name for it
 */
export const naming =
  (path: string, known?: string) =>
  (error: unknown): never => {
    if (!(error instanceof InferproofError) || error.where !== known) throw error;
    const { code, message, hint, cause } = error;
    if (code !== 'format' && code !== 'mismatch') throw error;
    throw new InferproofError(code, message, { where: path, hint, cause });
  };

export const usageError = (message: string, hint?: string, where?: string): InferproofError =>
  new InferproofError('usage', message, { hint, where });
