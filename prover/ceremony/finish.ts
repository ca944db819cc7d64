// The end of a ceremony: the keys that it made.
import { InferproofError } from '../../verifier/errors.js';
import { parseVerificationKey, serializeVerificationKey, type VerificationKey } from '../../verifier/index.js';
import { parseBin } from '../files/binfile.js';
import { keyPoints, keyType } from '../files/key.js';
import { withKernel } from '../kernel/index.js';
import { KEY, checked, refuseOtherKey, refuseOtherRecords, refuseOtherSecrets } from './checked.js';
import { checkKey } from './key.js';
import { statusOf, type CeremonyStatus } from './status.js';
import { parseTranscript, type CeremonyFiles } from './transcript.js';

/**
 * The keys that a ceremony ends with. Whoever relies on them runs `verifyTranscript`: only that compares the key with the circuit.
 * @throws InferproofError 'insecure' without a contribution; else as `contribute` does
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * const ada = await contribute({ ceremony, steps: [] }, key, { name: 'Ada' });
 * const { provingKey, vkey } = await finishCeremony({ ceremony, steps: [ada.step] }, ada.key);
 * ```
 */
export async function finishCeremony(
  files: CeremonyFiles,
  key: Uint8Array,
): Promise<{ readonly provingKey: Uint8Array; readonly vkey: VerificationKey; readonly status: CeremonyStatus }> {
  const transcript = parseTranscript(files);
  const { before: secrets, records } = await checked(transcript);
  const status = statusOf(transcript);
  if (status.contributions === 0)
    throw new InferproofError('insecure', 'expected a ceremony with contributions, got one with none: everybody knows delta and eta', { hint: 'inferproof ceremony contribute CEREMONY --name NAME; a beacon is public, and counts for nothing' }); // prettier-ignore
  refuseOtherKey(transcript, key);
  const { argument, circuit, committed, publics } = transcript.head;
  const file = parseBin(key, keyType(argument), KEY);
  refuseOtherSecrets(await withKernel((kernel) => checkKey(kernel, file, transcript.head)), secrets);
  refuseOtherRecords(file, records);
  const said = {
    insecure: false,
    contributions: status.contributions,
    transcript: status.transcript,
    circuit,
    publics,
  };
  const { eta, ...points } = keyPoints(file);
  const json =
    argument === 'lookup' && eta
      ? serializeVerificationKey({ argument, committed, ...said, ...points, eta })
      : serializeVerificationKey({ argument: 'plain', ...said, ...points });
  return { provingKey: key, vkey: parseVerificationKey(json), status };
}
