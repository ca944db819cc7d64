// Whether the keys of a folder are those of its circuit; Node only.
import type { Circuit } from '../compiler/circuit/circuit.js';
import { parseVerificationKey, type VerificationKey } from '../verifier/index.js';
import { openBin } from './files/disk.js';
import { keyType } from './files/key.js';
import { subjectOf } from './prove.js';

/**
 * Whether circuit and keys belong together, by all that they say of each other; no proof is made.
 * @param provingKey the path of its file
 *
 * Throws 'mismatch' where they do not, 'format' for a damaged key, 'file' for one that cannot be read.
 * @example
 * ```ts
 * checkKeys(circuit, 'out/proving.key', vkey); // throws where they do not belong together
 * ```
 */
export function checkKeys(circuit: Circuit, provingKey: string, vkey: VerificationKey): void {
  const parsed = parseVerificationKey(vkey);
  const key = openBin(provingKey, keyType(parsed.argument));
  try {
    subjectOf(circuit, key, parsed);
  } finally {
    key.close();
  }
}
