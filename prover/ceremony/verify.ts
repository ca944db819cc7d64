// A ceremony checked whole: its beginning, every step, and all points of its key.
import type { Circuit } from '../../compiler/circuit/circuit.js';
import { InferproofError } from '../../verifier/errors.js';
import { binBytes, parseBin, type BinFile } from '../files/binfile.js';
import { keyType } from '../files/key.js';
import { withKernel } from '../kernel/index.js';
import { circuitHashOf, headDifference } from './beginning.js';
import { KEY, checked, refuseOtherKey, refuseOtherRecords, withRecords } from './checked.js';
import { sha256 } from './hashes.js';
import { checkKey, keyFaults } from './key.js';
import { contributors, statusOf, type CeremonyStatus } from './status.js';
import { parseTranscript, type CeremonyFiles } from './transcript.js';

export type CeremonyAnswer =
  | ({ readonly valid: true } & CeremonyStatus)
  | {
      readonly valid: false;
      /** The first file that is wrong, with whose it is; or the key, when every step holds. */
      readonly wrong: string;
      readonly reason: string;
    };

/**
 * Checks everything: that the ceremony is one for this circuit and these powers of tau, each step, and that the key follows from the
 * first key by the secrets of the last step, all its points.
 * @param first made anew from circuit and powers of tau @param ptau SHA-256 of the powers
 * @throws InferproofError 'format' for files that cannot be read
 */
export async function verifyTranscript(
  files: CeremonyFiles,
  key: Uint8Array,
  circuit: Circuit,
  ptau: string,
  first: () => Promise<BinFile>,
): Promise<CeremonyAnswer> {
  const no = (wrong: string, reason: string): CeremonyAnswer => ({ valid: false, wrong, reason });
  try {
    const transcript = parseTranscript(files);
    const { head, steps } = transcript;
    const difference = headDifference(head, circuit, ptau);
    if (difference !== null) return no('ceremony.json', difference);
    const { before: secrets, records } = await checked(transcript);
    refuseOtherKey(transcript, key);
    const beginning = await first();
    if (sha256(binBytes(beginning)) !== head.key || circuitHashOf(beginning) !== head.hash)
      return no('ceremony.json', 'its first key is not that of the circuit and the powers of tau');
    return await withKernel(async (kernel) => {
      const file = parseBin(key, keyType(head.argument), KEY);
      await checkKey(kernel, file, head);
      refuseOtherRecords(file, records);
      for await (const { says } of keyFaults(
        kernel,
        withRecords(beginning, records),
        file,
        secrets,
        contributors(steps),
      ))
        return no(KEY, says);
      return { valid: true, ...statusOf(transcript) };
    });
  } catch (error) {
    if (!(error instanceof InferproofError) || error.code !== 'mismatch') throw error;
    return no(error.where ?? KEY, error.message);
  }
}
