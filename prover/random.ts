// Secrets: the trapdoor of a development key, the mask of a commitment.
import { R } from '../verifier/field.js';

/** A uniform element of [1, r) from the system's generator. */
export function randomScalar(): bigint {
  const words = crypto.getRandomValues(new BigUint64Array(5)); // 320 bits: the bias is below 2^-64
  const x = words.reduce((sum, word) => (sum << 64n) | word, 0n) % R;
  return x === 0n ? randomScalar() : x;
}
