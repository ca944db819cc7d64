// Why a proof is refused: a closed list. Inside the verifier a refusal travels as an exception of this file; `verify`
// turns it into `{ valid: false, reason }` and the parser of keys into an InferproofError, so no caller meets it.

export type Reason =
  | 'malformed' // not a proof file of this argument and version: a field missing, unknown or of the wrong kind
  | 'public-count' // more or fewer public values than the key declares
  | 'not-in-field' // a public value >= r or a coordinate >= q
  | 'infinity' // a point of the proof is the point at infinity
  | 'not-on-curve' // a point that does not satisfy its curve's equation
  | 'wrong-subgroup' // B lies on the twist but outside the subgroup of order r
  | 'insecure-key' // a development key, and the caller did not allow it
  | 'degenerate-key' // a key in which two of gamma, delta, eta are the same up to sign: anybody can forge its proofs
  | 'context' // plain only: the proof was made for another context (in lookup that is 'pairing')
  | 'pairing' // well formed, and not a proof of these public values under this key and context
  | 'word-range'; // a valid proof whose words are not in the layout of the key: circuit and key disagree

export class Refusal extends Error {
  readonly reason: Reason;
  /** What stood there and what should have stood there, for the message about a key. */
  readonly got: unknown;
  readonly expected: unknown;
  /** Path of the field inside the file, built from the inside out: '.publics[0].lo'. */
  where = '';

  constructor(reason: Reason, got?: unknown, expected: unknown = 'valid') {
    super(reason);
    this.reason = reason;
    this.got = got;
    this.expected = expected;
  }
}
