// Whether a verification key is a circuit's: asked wherever the two meet, and answered here alone.
import type { VerificationKey } from '../../verifier/key.js';
import { tensorItems } from '../../verifier/transcript.js';
import type { Circuit } from './circuit.js';
import { circuitDigest } from './json.js';

/**
 * What a key says of its circuit that is not true of this one; null where it is the circuit's key. A verifier decodes the words by
 * the key's own public tensors, so those are compared too: the digest of the circuit does not show that they were edited.
 * @example
 * ```ts
 * keyDifference(circuit, vkey); // → null
 * ```
 */
export function keyDifference(
  circuit: Circuit,
  key: Pick<VerificationKey, 'circuit' | 'argument' | 'publics'>,
): 'circuit' | 'argument' | 'publics' | null {
  if (key.circuit !== circuitDigest(circuit)) return 'circuit';
  if (key.argument !== circuit.options.argument) return 'argument';
  const text = ({ publics }: Pick<Circuit, 'publics'>): string => JSON.stringify(tensorItems(publics));
  return text(key) === text(circuit) ? null : 'publics';
}
