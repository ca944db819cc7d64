// The one error class of the toolkit. Everything that fails, except `verify` on untrusted bytes (which answers a reason),
// throws it: a stable code, one sentence, the place, and what to do next.

/** What went wrong, in the terms of the exit codes: see `exitCode`. */
export type ErrorCode =
  | 'usage' // a wrong flag, a missing argument, an option that contradicts another
  | 'file' // missing, unreadable, unwritable
  | 'format' // a file that is not what it should be: truncated, of another kind or version
  | 'data' // input data of a wrong shape, type or name, or not finite
  | 'range' // an input value outside its declared range
  | 'unsupported' // a readable model that cannot be proved: operator, attribute, dynamic shape
  | 'unbounded' // a model whose integers cannot be bounded
  | 'accuracy' // the accuracy contract was not met
  | 'unsatisfied' // a witness that does not satisfy its circuit
  | 'mismatch' // artefacts of different circuits
  | 'insecure' // a development key where a secure one is required
  | 'resource' // memory, process or worker that could not be obtained
  | 'internal'; // our bug

export interface ErrorDetails {
  /** Node, operator, file or field: where the reader should look. */
  readonly where?: string | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class InferproofError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  /** @param message one sentence: "expected …, got …" */
  constructor(code: ErrorCode, message: string, { where, hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InferproofError';
    this.code = code;
    this.where = where;
    this.hint = hint;
  }
}
