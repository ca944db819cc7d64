// Keys that nobody alone made: whoever takes part multiplies delta and eta by factors of their own and forgets these; a key is safe if
// one of them did. A ceremony is its files (transcript.ts) and one key, the current one. Everything here takes and gives values: who
// calls it reads and writes the files.
import { InferproofError } from '../../verifier/errors.js';
import { binBytes, parseBin } from '../files/binfile.js';
import { keyType } from '../files/key.js';
import { withKernel } from '../kernel/index.js';
import { KEY, checked, refuseOtherKey, refuseOtherRecords, refuseOtherSecrets, withRecords } from './checked.js';
import { sha256 } from './hashes.js';
import { checkKey, rescaled } from './key.js';
import type { Records } from './records.js';
import { contributors } from './status.js';
import {
  FIRST,
  beaconFactors,
  eachSecret,
  g2Of,
  knownStep,
  scaledBy,
  secretFactor,
  type BeaconFactors,
} from './steps.js';
import { BEACON, MAX_STEPS, isBeacon, isBeaconValue, isName, parseTranscript, stepText, type Beacon, type CeremonyFiles, type Contribution, type Scaled, type Secrets, type Step } from './transcript.js'; // prettier-ignore

type OnProgress = (done: number, total: number) => void;

/** What a step adds: its file, and the key in place of the one before. */
export interface Added {
  readonly step: string;
  readonly key: Uint8Array;
  /** What the contributor publishes: it fixes the ceremony up to here. */
  readonly hash: string;
  readonly index: number;
}

export interface ContributeOptions {
  /** Who contributes, for all to see: 1 to 80 printable characters. */
  readonly name: string;
  /** Mixed with the system's entropy. */
  readonly entropy?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Contributes: draws a factor for delta and, in lookup, an independent one for eta. Needs nothing but the ceremony's files and its key.
 * All earlier steps are checked first, and the points of the key.
 * @throws InferproofError 'usage' for a name that cannot be shown, 'format' and 'mismatch' for files that are not those of one
 *   ceremony, or a step that does not hold
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * const ada = await contribute({ ceremony, steps: [] }, key, { name: 'Ada' });
 * show(ada.hash); // Ada publishes this; files are now [ada.step], the key is ada.key
 * ```
 */
export async function contribute(files: CeremonyFiles, key: Uint8Array, options: ContributeOptions): Promise<Added> {
  const { name, entropy = '', onProgress } = options;
  if (!isName(name))
    throw new InferproofError(
      'usage',
      'expected a name of 1 to 80 printable characters with single blanks, got another',
    );
  return added(files, key, onProgress, ({ said, before, steps, records }) => {
    const factors = eachSecret(before, (_, secret) => secretFactor(secret, entropy));
    const known = eachSecret(factors, (d, secret) => knownStep(secret, d, before[secret] ?? FIRST, { ...said, name }));
    const stock = records && { stock: g2Of(records.pointFor(known.delta.ratio).multiply(factors.delta)) };
    return Promise.resolve({ factors, step: { ...said, name, ...known, ...stock }, contributions: contributors(steps) + 1 }); // prettier-ignore
  });
}

/**
 * The last step: factors that follow from a public value, one that nobody knew before the last contribution was published.
 * @param beacon value: hex, up to 255 bytes; log2: from 10 to 24
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * const { step, key: closed } = await applyBeacon({ ceremony, steps: [] }, key, { value: 'c0ffee', log2: 10 });
 * ```
 */
export async function applyBeacon(
  files: CeremonyFiles,
  key: Uint8Array,
  beacon: Beacon['beacon'],
  onProgress?: OnProgress,
): Promise<Added> {
  const { value, log2 } = beacon;
  if (!isBeaconValue(value))
    throw new InferproofError('usage', `expected a beacon of 1 to ${BEACON.bytes} bytes in hex, got another text`);
  if (!(Number.isInteger(log2) && log2 >= BEACON.least && log2 <= BEACON.most))
    throw new InferproofError('usage', `expected 2^${BEACON.least} to 2^${BEACON.most} iterations, got another number`);
  return added(files, key, onProgress, async ({ said, before, steps }) => {
    const all = await beaconFactors(beacon);
    const factors = eachSecret(before, (_, secret) => all[secret]);
    const scaled = eachSecret(factors, (d, secret) => scaledBy(d, before[secret] ?? FIRST));
    return { factors, all, step: { ...said, beacon, ...scaled }, contributions: contributors(steps) };
  });
}

interface Now {
  readonly said: { readonly index: number; readonly previous: string };
  readonly before: Secrets<Scaled>;
  readonly steps: readonly Step[];
  readonly records: Records | undefined;
}
interface Made {
  readonly factors: Secrets<bigint>;
  /** Of a beacon. */
  readonly all?: BeaconFactors;
  readonly step: Omit<Contribution, 'key'> | Omit<Beacon, 'key'>;
  readonly contributions: number;
}

async function added(
  files: CeremonyFiles,
  key: Uint8Array,
  onProgress: OnProgress | undefined,
  make: (now: Now) => Promise<Made>,
): Promise<Added> {
  const transcript = parseTranscript(files);
  const { head, steps, hashes } = transcript;
  const last = steps.at(-1);
  if (last && isBeacon(last))
    throw new InferproofError('usage', 'expected a ceremony without a beacon, got one that its beacon has closed');
  if (steps.length >= MAX_STEPS)
    throw new InferproofError('usage', `expected a ceremony of fewer than ${MAX_STEPS} steps, got one that is full`);
  const { before, records } = await checked(transcript);
  refuseOtherKey(transcript, key);
  return withKernel(async (kernel) => {
    const file = parseBin(key, keyType(head.argument), KEY);
    refuseOtherSecrets(await checkKey(kernel, file, head), before);
    refuseOtherRecords(file, records);
    const said = { index: steps.length + 1, previous: hashes[steps.length] };
    const { factors, all, step, contributions } = await make({ said, before, steps, records });
    const scaled = await rescaled(kernel, file, factors, step, contributions, onProgress);
    for (const { says } of records?.add({ ...step, key: '' }, all) ?? []) throw new InferproofError('internal', says);
    const next = binBytes(withRecords(scaled, records));
    const text = stepText({ ...step, key: sha256(next) });
    return { step: text, key: next, hash: sha256(text), index: said.index };
  });
}
