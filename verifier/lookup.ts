// The verifier of the lookup argument: Groth16 with a committed block D and one challenge X that D, the words, the key and
// the context determine (transcript.ts); F is the fingerprint of the words at X.
//   e(-A, B)·e(alpha, beta)·e(IC_0 + X·IC_X + F·IC_F, G2)·e(D, eta)·e(C, delta) = 1
// The separated argument of Mirage (Kosba, Papadopoulos, Papamanthou, Song), ePrint 2020/278, with gamma = 1.
import { parseLookupKey, publicWordCount } from './key.js';
import { lines, pairingsCancel, point1, times } from './points.js';
import { parseLookupProof } from './proof.js';
import { Refusal } from './reason.js';
import { challenge, contextBytes, fingerprint } from './transcript.js';
import { settle, type Verification, type VerifyOptions } from './verification.js';

/**
 * As `verify` of the index, for lookup keys only.
 * @example
 * ```ts
 * const { valid } = verifyLookup(vkey, proof, { allowInsecureKey: true });
 * ```
 */
export function verifyLookup(vkey: unknown, proof: unknown, options: VerifyOptions = {}): Verification {
  const key = parseLookupKey(vkey);
  const context = contextBytes(options.context);
  return settle(key, options, ({ alpha, beta, delta, eta, gamma, ic }) => {
    const { words, ...parsed } = parseLookupProof(proof, publicWordCount(key));
    const [A, B, C, D] = [point1(parsed.A), lines(parsed.B), point1(parsed.C), point1(parsed.D)];
    const X = challenge(key, words, parsed.D, context);
    const sum = ic[0].add(times(ic[1], X)).add(times(ic[2], fingerprint(words, X)));
    const pairs = [
      [A.negate(), B],
      [alpha, beta],
      [sum, gamma],
      [D, eta],
      [C, delta],
    ] as const;
    if (!pairingsCancel(pairs)) throw new Refusal('pairing');
    return words;
  });
}
