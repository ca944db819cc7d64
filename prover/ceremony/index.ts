// Keys that nobody alone made: whoever takes part multiplies delta and eta by factors of their own and forgets these; a key is safe if
// one of them did. A ceremony is its files (transcript.ts) and one key, the current one. Everything here takes and gives values: who
// calls it reads and writes the files.
import { arrange } from '../../compiler/circuit/arrange.js';
import type { Circuit } from '../../compiler/circuit/circuit.js';
import { circuitDigest } from '../../compiler/circuit/json.js';
import { keyDifference } from '../../compiler/circuit/key.js';
import { InferproofError } from '../../verifier/errors.js';
import { parseVerificationKey, serializeVerificationKey, type VerificationKey } from '../../verifier/index.js';
import { binBytes, parseBin, section, type BinFile } from '../files/binfile.js';
import { keyPoints, keyType, withSections } from '../files/key.js';
import { SECTION } from '../files/zkey.js';
import { withKernel } from '../kernel/index.js';
import { sha256 } from './hashes.js';
import { checkKey, keyFaults, rescaled } from './key.js';
import { noRecords, type Records } from './records.js';
import {
  FIRST,
  beaconFactors,
  eachSecret,
  g2Of,
  knownStep,
  scaledBy,
  secretFactor,
  stepFaults,
  type BeaconFactors,
  type Fault,
} from './steps.js';
import { BEACON, MAX_STEPS, headText, isBeacon, isBeaconValue, isName, parseTranscript, stepFile, stepText, type Beacon, type CeremonyFiles, type Contribution, type Head, type Scaled, type Secrets, type Step, type Transcript } from './transcript.js'; // prettier-ignore

export type { CeremonyFiles } from './transcript.js';

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

/** The beginning of a ceremony, from the first key: that of the powers of tau, delta and eta still the generators. */
export function begin(
  circuit: Circuit,
  first: BinFile,
  ptau: string,
): { readonly ceremony: string; readonly key: Uint8Array } {
  const key = binBytes(first);
  const { argument } = circuit.options;
  const committed = argument === 'lookup' ? arrange(circuit).nCommitted : 0;
  const head: Head = { argument, circuit: circuitDigest(circuit), committed, publics: circuit.publics, ptau, key: sha256(key), hash: circuitHashOf(first) }; // prettier-ignore
  return { ceremony: headText(head), key };
}

const circuitHashOf = (file: BinFile): string =>
  Buffer.from(section(file, SECTION.contributions).subarray(0, 64)).toString('hex');

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

const contributors = (steps: readonly Step[]): number => steps.filter((step) => !isBeacon(step)).length;

interface Checked {
  /** The secrets' points after the last step. */
  readonly before: Secrets<Scaled>;
  /** In plain, what the key says to snarkjs. */
  readonly records: Records | undefined;
}

/** Throws 'mismatch' for the first step that does not hold, by its file and its name. */
async function checked({ head, steps }: Transcript): Promise<Checked> {
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
  // prettier-ignore
  yield* stepFaults(before, step, factors);
  if (records) yield* records.add(step, factors);
}

const titleOf = (step: Step): string => (isBeacon(step) ? 'the beacon' : `the contribution of ${step.name}`);

function refuseOtherKey({ head, steps }: Transcript, key: Uint8Array): void {
  const last = steps.at(-1);
  if (sha256(key) === (last ?? head).key) return;
  const whose = last ? `after ${titleOf(last)}` : 'that the ceremony begins with';
  throw new InferproofError('mismatch', `expected the key ${whose}, got one with another SHA-256`, { where: KEY });
}

function refuseOtherSecrets(inKey: Secrets<Scaled>, said: Secrets<Scaled>): void {
  const text = ({ delta, eta }: Secrets<Scaled>): string =>
    [delta, eta].map((s) => [s?.g1, s?.g2].toString()).join(';');
  if (text(inKey) === text(said)) return;
  throw new InferproofError('mismatch', 'expected the delta and eta of the last step, got others', { where: KEY });
}

const withRecords = (file: BinFile, records: Records | undefined): BinFile =>
  records ? withSections(file, new Map([[SECTION.contributions, records.section()]])) : file;

function refuseOtherRecords(file: BinFile, records: Records | undefined): void {
  if (!records || Buffer.compare(section(file, SECTION.contributions), records.section()) === 0) return;
  throw new InferproofError('mismatch', "expected snarkjs's records of the steps, got others", { where: `${KEY}, section ${SECTION.contributions}` }); // prettier-ignore
}

const KEY = 'the key';

/** Who took part. */
export interface StepLine {
  readonly index: number;
  /** null for the beacon. */
  readonly name: string | null;
  readonly hash: string;
}

export interface CeremonyStatus {
  readonly argument: 'plain' | 'lookup';
  readonly circuit: string;
  readonly ptau: string;
  readonly contributions: number;
  readonly closed: boolean;
  readonly steps: readonly StepLine[];
  /** Of the last step: what a finished key carries. */
  readonly transcript: string;
}

/**
 * What the files say, every step checked but for the key. Throws as `contribute` does.
 * @example
 * ```ts
 * const { ceremony } = await startCeremony(circuit, 'powers.ptau');
 * const { contributions, closed } = await ceremonyStatus({ ceremony, steps: [] });
 * ```
 */
export async function ceremonyStatus(files: CeremonyFiles): Promise<CeremonyStatus> {
  const transcript = parseTranscript(files);
  await checked(transcript);
  return statusOf(transcript);
}

function statusOf({ head: { argument, circuit, ptau }, steps, hashes }: Transcript): CeremonyStatus {
  const lines = steps.map((step, i) => ({
    index: i + 1,
    name: isBeacon(step) ? null : step.name,
    hash: hashes[i + 1],
  }));
  const closed = steps.some(isBeacon);
  return { argument, circuit, ptau, contributions: contributors(steps), closed, steps: lines, transcript: hashes[steps.length] }; // prettier-ignore
}

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

function headDifference(head: Head, circuit: Circuit, ptau: string): string | null {
  if (head.ptau !== ptau) return 'it was begun with another powers-of-tau file';
  const difference = keyDifference(circuit, head);
  if (difference !== null)
    return difference === 'circuit' ? 'it is for another circuit' : `its ${difference} is not the circuit's`;
  const committed = head.argument === 'lookup' ? arrange(circuit).nCommitted : 0;
  return head.committed === committed ? null : 'its number of committed wires is not that of the circuit';
}

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
