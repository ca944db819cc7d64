// The steps of a ceremony so far, each checked, and its key against them.
import { InferproofError } from '../../verifier/errors.js';
import { section, type BinFile } from '../files/binfile.js';
import { withSections } from '../files/key.js';
import { SECTION } from '../files/zkey.js';
import { sha256 } from './hashes.js';
import { noRecords, type Records } from './records.js';
import { FIRST, beaconFactors, stepFaults, type BeaconFactors, type Fault } from './steps.js';
import { isBeacon, stepFile, type Scaled, type Secrets, type Step, type Transcript } from './transcript.js';

/** How errors name the key. */
export const KEY = 'the key';

export interface Checked {
  /** The secrets' points after the last step. */
  readonly before: Secrets<Scaled>;
  /** In plain, what the key says to snarkjs. */
  readonly records: Records | undefined;
}

/** Throws 'mismatch' for the first step that does not hold, by its file and its name. */
export async function checked({ head, steps }: Transcript): Promise<Checked> {
  let before: Secrets<Scaled> = head.argument === 'lookup' ? { delta: FIRST, eta: FIRST } : { delta: FIRST };
  const records = head.argument === 'plain' ? noRecords(head.hash) : undefined;
  for (const [i, step] of steps.entries()) {
    const factors = isBeacon(step) ? await beaconFactors(step.beacon) : undefined;
    for (const { says } of faultsOf(before, step, factors, records))
      throw new InferproofError('mismatch', `expected a step that holds, got one that does not: ${says}`, {
        where: `${stepFile(i + 1)}, ${titleOf(step)}`,
      });
    before = step;
  }
  return { before, records };
}

function* faultsOf(
  ...[before, step, factors, records]: [Secrets<Scaled>, Step, BeaconFactors | undefined, Records | undefined]
): Generator<Fault> {
  yield* stepFaults(before, step, factors);
  if (records) yield* records.add(step, factors);
}

const titleOf = (step: Step): string => (isBeacon(step) ? 'the beacon' : `the contribution of ${step.name}`);

export function refuseOtherKey({ head, steps }: Transcript, key: Uint8Array): void {
  const last = steps.at(-1);
  if (sha256(key) === (last ?? head).key) return;
  const whose = last ? `after ${titleOf(last)}` : 'that the ceremony begins with';
  throw new InferproofError('mismatch', `expected the key ${whose}, got one with another SHA-256`, { where: KEY });
}

export function refuseOtherSecrets(inKey: Secrets<Scaled>, said: Secrets<Scaled>): void {
  const text = ({ delta, eta }: Secrets<Scaled>): string =>
    [delta, eta].map((s) => [s?.g1, s?.g2].toString()).join(';');
  if (text(inKey) === text(said)) return;
  throw new InferproofError('mismatch', 'expected the delta and eta of the last step, got others', { where: KEY });
}

export const withRecords = (file: BinFile, records: Records | undefined): BinFile =>
  records ? withSections(file, new Map([[SECTION.contributions, records.section()]])) : file;

export function refuseOtherRecords(file: BinFile, records: Records | undefined): void {
  if (!records || Buffer.compare(section(file, SECTION.contributions), records.section()) === 0) return;
  throw new InferproofError('mismatch', "expected snarkjs's records of the steps, got others", { where: `${KEY}, section ${SECTION.contributions}` }); // prettier-ignore
}
