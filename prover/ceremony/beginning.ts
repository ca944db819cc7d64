// What a ceremony begins with: ceremony.json says of which circuit and powers of tau it is one, and which key is the first.
import { arrange } from '../../compiler/circuit/arrange.js';
import type { Circuit } from '../../compiler/circuit/circuit.js';
import { circuitDigest } from '../../compiler/circuit/json.js';
import { keyDifference } from '../../compiler/circuit/key.js';
import { binBytes, section, type BinFile } from '../files/binfile.js';
import { SECTION } from '../files/zkey.js';
import { sha256 } from './hashes.js';
import { headText, type Head } from './transcript.js';

/** The beginning of a ceremony, from the first key: that of the powers of tau, delta and eta still the generators. */
export function begin(
  circuit: Circuit,
  first: BinFile,
  ptau: string,
): { readonly ceremony: string; readonly key: Uint8Array } {
  const key = binBytes(first);
  const { argument } = circuit.options;
  const head: Head = { argument, circuit: circuitDigest(circuit), committed: committedOf(circuit), publics: circuit.publics, ptau, key: sha256(key), hash: circuitHashOf(first) }; // prettier-ignore
  return { ceremony: headText(head), key };
}

const committedOf = (circuit: Circuit): number =>
  circuit.options.argument === 'lookup' ? arrange(circuit).nCommitted : 0;

/** Of a first key, in hex: what all contributions begin with. */
export const circuitHashOf = (file: BinFile): string =>
  Buffer.from(section(file, SECTION.contributions).subarray(0, 64)).toString('hex');

/** What a beginning says that is not true of these; null where nothing is. */
export function headDifference(head: Head, circuit: Circuit, ptau: string): string | null {
  if (head.ptau !== ptau) return 'it was begun with another powers-of-tau file';
  const difference = keyDifference(circuit, head);
  if (difference !== null)
    return difference === 'circuit' ? 'it is for another circuit' : `its ${difference} is not the circuit's`;
  return head.committed === committedOf(circuit) ? null : 'its number of committed wires is not that of the circuit';
}
