// What a ceremony publishes: its beginning, and one file a step, each with the hash of the one before. Everything but the key.
//
//   ceremony.json   { format, version, argument, circuit, committed, publics, ptau, key, hash }: what the key is for, the SHA-256 of the
//                   powers of tau that the first key is made from, that of the first key, and snarkjs's hash in it
//   0001.json …     { format, version, index, previous, name, delta, eta, key } by a contributor, or with beacon in place of name;
//                   in plain there is no eta, and a contributor adds `stock`
//
// The hash of a step is SHA-256 of its file as it is, so a hash that a contributor has published fixes all that came before.
import { parseJson } from '../../verifier/json-text.js';
import { InferproofError } from '../../verifier/errors.js';
import type { PublicTensor } from '../../verifier/index.js';
import { readTensor } from '../../verifier/public-tensor.js';
import { readG1, readG2, type G1, type G2 } from '../../verifier/points.js';
import { hash, integer, list, object, only, where, type Reader } from '../../verifier/read.js';
import { Refusal } from '../../verifier/reason.js';
import { sha256 } from './hashes.js';

/** The files of a ceremony as texts. */
export interface CeremonyFiles {
  /** ceremony.json */
  readonly ceremony: string;
  /** 0001.json and so on. */
  readonly steps: readonly string[];
}

export interface Head {
  readonly argument: 'plain' | 'lookup';
  /** SHA-256 of circuit.json. */
  readonly circuit: string;
  /** Committed wires, 0 in plain. */
  readonly committed: number;
  readonly publics: readonly PublicTensor[];
  /** SHA-256 of the powers of tau. */
  readonly ptau: string;
  /** SHA-256 of the first key. */
  readonly key: string;
  /** The 64 bytes that its section 10 begins with: snarkjs's hash of circuit and powers of tau, which its records begin with. */
  readonly hash: string;
}

/** A secret's point after a step, in both groups. */
export interface Scaled {
  readonly g1: G1;
  readonly g2: G2;
}

/** With the proof that the contributor knows the factor d: d G1, and d times the point of G2 that the step hashes to. */
export interface Known extends Scaled {
  readonly ratio: G1;
  readonly proof: G2;
}

export interface Secrets<T> {
  readonly delta: T;
  /** Lookup argument only. */
  readonly eta?: T;
}

interface Common {
  /** From 1. */
  readonly index: number;
  /** Hash of the step before, of ceremony.json for the first. */
  readonly previous: string;
  /** SHA-256 of the key after this step. */
  readonly key: string;
}
export interface Contribution extends Common, Secrets<Known> {
  readonly name: string;
  /** Plain argument only: delta's factor times the point of G2 that snarkjs asks for; see records.ts. */
  readonly stock?: G2;
}
export interface Beacon extends Common, Secrets<Scaled> {
  readonly beacon: {
    /** Hex. */
    readonly value: string;
    /** The value is hashed 2^log2 times. */
    readonly log2: number;
  };
}
export type Step = Contribution | Beacon;
export const isBeacon = (step: Step): step is Beacon => 'beacon' in step;

export interface Transcript {
  readonly head: Head;
  readonly steps: readonly Step[];
  /** Of ceremony.json, then of each step. */
  readonly hashes: readonly string[];
}

/** Most steps: a file without end is not read to it. */
export const MAX_STEPS = 4096;
const MAX_STEP_TEXT = 2 ** 14;
export const BEACON = { least: 10, most: 24, bytes: 255 } as const;

/** A name is shown and hashed: letters, marks, digits, signs and single blanks, at most 80 in all. */
export const isName = (v: unknown): v is string =>
  typeof v === 'string' &&
  /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u.test(v) &&
  v.length <= 80;
export const isBeaconValue = (v: unknown): v is string =>
  typeof v === 'string' && /^(?:[0-9a-f]{2})+$/.test(v) && v.length <= 2 * BEACON.bytes;

const longHash = where((v): v is string => typeof v === 'string' && /^[0-9a-f]{128}$/.test(v), '128 hex digits');
const version = only(1);
const name = where(isName, 'a name of 1 to 80 printable characters');
const known = object<Known>({ ratio: readG1, proof: readG2, g1: readG1, g2: readG2 });
const scaledPoint = object<Scaled>({ g1: readG1, g2: readG2 });
const beacon = object<Beacon['beacon']>({
  value: where(isBeaconValue, 'hex digits of at most 255 bytes'),
  log2: where((v): v is number => Number.isInteger(v) && Number(v) >= BEACON.least && Number(v) <= BEACON.most, `a whole number from ${BEACON.least} to ${BEACON.most}`), // prettier-ignore
});

const readHead: Reader<Head> = (json) => {
  const {
    format,
    version: _,
    ...head
  } = object({
    format: only('inferproof-ceremony'),
    version,
    argument: only('plain', 'lookup'),
    circuit: hash,
    committed: integer(0),
    publics: list(readTensor),
    ptau: hash,
    key: hash,
    hash: longHash,
  })(json);
  if ((head.argument === 'lookup') !== head.committed > 0)
    throw Object.assign(new Refusal('malformed', head.committed, 'committed wires in the lookup argument alone'), {
      where: '.committed',
    });
  return head;
};

interface File {
  readonly format: unknown;
  readonly version: unknown;
}

function readStep(json: unknown, argument: Head['argument']): Step {
  const both = <T>(reader: Reader<T>) => (argument === 'lookup' ? { delta: reader, eta: reader } : { delta: reader });
  const common = { format: only('inferproof-contribution'), version, index: integer(1), previous: hash, key: hash };
  const readers = Object.hasOwn(Object(json) as object, 'beacon')
    ? object<Beacon & File>({ ...common, beacon, ...both(scaledPoint) })
    : object<Contribution & File>({ ...common, name, ...both(known), ...(argument === 'plain' && { stock: readG2 }) });
  const { format, version: _, ...step } = readers(json);
  return step;
}

/** Names of a ceremony's files. */
export const HEAD_FILE = 'ceremony.json';
export const stepFile = (index: number): string => `${String(index).padStart(4, '0')}.json`;

/**
 * Reads the files strictly and checks the chain: each step has its place, and the hash of the one before.
 * @throws InferproofError 'format' for a file of another kind or version, 'mismatch' for steps that do not follow each other
 */
export function parseTranscript({ ceremony, steps: texts }: CeremonyFiles): Transcript {
  const head = parsed(ceremony, HEAD_FILE, 2 ** 26, readHead);
  if (texts.length > MAX_STEPS)
    throw new InferproofError('format', `expected a ceremony of at most ${MAX_STEPS} steps, got ${texts.length}`);
  const hashes = [sha256(ceremony)];
  const steps = texts.map((text, i) => {
    const step = parsed(text, stepFile(i + 1), MAX_STEP_TEXT, (json) => readStep(json, head.argument));
    const fail = (expected: string, got: string): never => {
      throw new InferproofError('mismatch', `expected ${expected}, got ${got}`, { where: stepFile(i + 1) });
    };
    if (step.index !== i + 1) fail(`step ${i + 1} of the ceremony`, `step ${step.index}`);
    if (step.previous !== hashes[i]) fail(`a step after ${hashes[i]}`, `one after ${step.previous}`);
    hashes.push(sha256(text));
    return step;
  });
  const early = steps.slice(0, -1).findIndex(isBeacon);
  if (early !== -1)
    throw new InferproofError('mismatch', 'expected a beacon as the last step, got a step after it', { where: stepFile(early + 2) }); // prettier-ignore
  return { head, steps, hashes };
}

function parsed<T>(text: string, file: string, most: number, reader: Reader<T>): T {
  if (text.length > most)
    throw new InferproofError('format', `expected ${file} of at most ${most} characters, got ${text.length}`, { where: file }); // prettier-ignore
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new InferproofError('format', `expected a file of a ceremony, got a text that is not JSON: it may be truncated`, { where: file, cause }); // prettier-ignore
  }
  try {
    return reader(json);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { got, expected, reason } = error;
    const what = reason !== 'malformed' ? reason : got === Object(got) ? 'another object' : String(got).slice(0, 80);
    throw new InferproofError('format', `expected ${file}${error.where} to be ${String(expected)}, got ${what}`, { where: file }); // prettier-ignore
  }
}

const g1 = ([x, y]: G1): string[] => [`${x}`, `${y}`];
const g2 = ([x, y]: G2): string[][] => [g1(x), g1(y)];
const scaledJson = (s: Scaled | Known): object =>
  'ratio' in s
    ? { ratio: g1(s.ratio), proof: g2(s.proof), g1: g1(s.g1), g2: g2(s.g2) }
    : { g1: g1(s.g1), g2: g2(s.g2) };

export const headText = (head: Head): string =>
  `${JSON.stringify({ format: 'inferproof-ceremony', version: 1, ...head }, null, 1)}\n`;

export function stepText(step: Step): string {
  const { index, previous, delta, eta, key } = step;
  const stock = !isBeacon(step) && step.stock && { stock: g2(step.stock) };
  const who = isBeacon(step) ? { beacon: step.beacon } : { name: step.name };
  const secrets = { delta: scaledJson(delta), ...(eta && { eta: scaledJson(eta) }) };
  const json = { format: 'inferproof-contribution', version: 1, index, previous, ...who, ...secrets, ...stock, key };
  return `${JSON.stringify(json, null, 1)}\n`;
}
