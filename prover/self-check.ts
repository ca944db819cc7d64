// Whether a proof holds, as its engine adds points up: the kernel takes some milliseconds for what takes @noble/curves 150 to 190 in a
// process that has just begun. The proof is read as every verifier reads it, and the equation is that of verifier/plain.ts and
// lookup.ts; where this is no yes, the verifier itself decides.
import { Q } from '../verifier/field.js';
import { challenge, contextSignal, decodeWords, fingerprint } from '../verifier/index.js';
import type { Context, ProofJson, VerificationKey } from '../verifier/index.js';
import { isDegenerate, publicWordCount } from '../verifier/key.js';
import { parseLookupProof, parsePlainProof } from '../verifier/proof.js';
import { G2_BASE, type G1, type G2 } from '../verifier/points.js';
import { Refusal } from '../verifier/reason.js';
import type { Equation } from './kernel/pairing.js';

/**
 * What is left to find out of a proof: that all points are of their groups, none at infinity, and
 *   e(-A, B)·e(alpha, beta)·e(C, delta)·e(D, eta)·e(IC_0 + Σ scalar_i·IC_{i+1}, G2) = 1        without D and eta in plain.
 * Null where no proof like this one is valid.
 */
export function equationOf(vkey: VerificationKey, proof: ProofJson, context: Context | undefined): Equation | null {
  const claim = isDegenerate(vkey) ? null : claimOf(vkey, proof, context);
  if (claim === null || decodeWords(vkey, claim.words) === null) return null;
  const { A, B, C, committed, scalars } = claim;
  const { alpha, beta, delta, ic } = vkey;
  const pairs = [[negated(A), B], [alpha, beta], [C, delta], ...committed] as const; // prettier-ignore
  return { pairs, sum: { points: ic, scalars: [1n, ...scalars], Q: G2_BASE } };
}

const negated = ([x, y]: G1): G1 => [x, y === 0n ? y : Q - y];

interface Claim {
  readonly A: G1;
  readonly B: G2;
  readonly C: G1;
  /** D and eta. */
  readonly committed: readonly (readonly [G1, G2])[];
  readonly scalars: readonly bigint[];
  readonly words: readonly bigint[];
}

/** Null for what is no proof file under the key, and for another context. */
function claimOf(vkey: VerificationKey, json: ProofJson, context: Context | undefined): Claim | null {
  try {
    if (vkey.argument === 'plain') {
      const { A, B, C, signals } = parsePlainProof(json, vkey.ic.length - 1);
      const [ofContext, ...words] = signals;
      return ofContext === contextSignal(context) ? { A, B, C, committed: [], scalars: signals, words } : null;
    }
    const { A, B, C, D, words } = parseLookupProof(json, publicWordCount(vkey));
    const X = challenge(vkey, words, D, context);
    return { A, B, C, committed: [[D, vkey.eta]], scalars: [X, fingerprint(words, X)], words };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
