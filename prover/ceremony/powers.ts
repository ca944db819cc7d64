// A ceremony against the powers of tau that it begins with: whoever starts one and whoever checks one makes the same first key.
import { arrange } from '../../compiler/circuit/arrange.js';
import type { Circuit } from '../../compiler/circuit/circuit.js';
import type { Progress } from '../../compiler/index.js';
import { linkCircuit } from '../circom/link.js';
import type { SetupKey } from '../files/zkey.js';
import { firstKey } from '../setup/first-key.js';
import { refuseChanged, verifyPowers } from '../setup/verified.js';
import { begin } from './beginning.js';
import type { CeremonyFiles } from './transcript.js';
import { verifyTranscript, type CeremonyAnswer } from './verify.js';

export interface PowersOptions {
  readonly onProgress?: Progress | undefined;
}

const verified = async (ptau: string, onProgress?: Progress): Promise<string> =>
  (await verifyPowers(ptau, { onAsk: () => onProgress?.('verify powers of tau', 0, 0) })).hash;

async function first(circuit: Circuit, ptau: string, hash: string, onProgress?: Progress): Promise<SetupKey> {
  onProgress?.('link', 0, 0);
  const system = await linkCircuit(arrange(circuit));
  const { argument } = circuit.options;
  const key = await firstKey(system, ptau, { argument, onProgress: (done, total) => onProgress?.('first key', done, total) }); // prettier-ignore
  await refuseChanged(ptau, hash);
  return key;
}

/**
 * Begins a ceremony: ceremony.json, and the first key, under which everybody can forge. Its domain is a power of two: powers of tau are
 * prepared for no other.
 * @param ptau path of powers of tau, prepared for phase 2
 * @throws InferproofError 'file', 'format' and 'mismatch' for powers that cannot be used or are refused, 'resource'
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * await writeCeremony('begun', ceremony, key);
 * ```
 */
export async function startCeremony(
  circuit: Circuit,
  ptau: string,
  { onProgress }: PowersOptions = {},
): Promise<{ readonly ceremony: string; readonly key: Uint8Array; readonly rows: number; readonly domain: number }> {
  const hash = await verified(ptau, onProgress);
  const { file, rows, domain } = await first(circuit, ptau, hash, onProgress);
  return { ...begin(circuit, file, hash), rows, domain };
}

/**
 * Whether a ceremony's key, or one that it ended with, is one for this circuit from these powers of tau by the steps of the transcript:
 * whoever trusts one contributor can then rely on the key. Makes the first key again and compares all points.
 * @throws as `startCeremony`, and 'format' for files of the ceremony that cannot be read
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * const ada = await contribute({ ceremony, steps: [] }, key, { name: 'Ada' });
 * const { valid } = await verifyCeremony({ ceremony, steps: [ada.step] }, ada.key, circuit, 'powers.ptau');
 * ```
 */
export async function verifyCeremony(
  files: CeremonyFiles,
  key: Uint8Array,
  circuit: Circuit,
  ptau: string,
  { onProgress }: PowersOptions = {},
): Promise<CeremonyAnswer> {
  const hash = await verified(ptau, onProgress);
  return verifyTranscript(files, key, circuit, hash, async () => (await first(circuit, ptau, hash, onProgress)).file);
}
