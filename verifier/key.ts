// vkey.json: what a verifier needs to know of a circuit. Read field by field; a field that is missing, unknown or of
// the wrong kind is an InferproofError 'format' that names it.
//   { format: 'inferproof-vkey', version: 1, argument, insecure, contributions, circuit, publics, … }
//   plain adds   snarkjs: a stock groth16 key (without vk_alphabeta_12, which no verifier reads); its publics are the
//                context signal and the words, so nPublic = 1 + words
//   lookup adds  committed, alpha, beta, delta, eta, ic: [IC_0, IC_X, IC_F]
// Every point is written once, in decimal strings; gamma is the generator of G2 in every key.
import { InferproofError } from './errors.js';
import { G2_BASE, baseLines, lines, point1, readG1, readG2, readStock1, readStock2 } from './points.js';
import type { G1, G2, Lines, Point1 } from './points.js';
import { readTensor } from './public-tensor.js';
import { agree, hash, integer, kind, list, object, only, unread, within, type Reader } from './read.js';
import { Refusal } from './reason.js';
import { wordCount, type PublicTensor } from './words.js';

interface CommonKey {
  /** A development key: whoever made it can forge proofs. */
  readonly insecure: boolean;
  /** Contributions of the ceremony's second phase. */
  readonly contributions: number;
  /**
   * SHA-256 of the ceremony's last step, 64 hex digits. A claim, like the two above, until the transcript with this hash has been
   * checked against the circuit, the powers of tau and the key: no verifier can see how a key was made.
   */
  readonly transcript?: string;
  /** Identity of the circuit, 64 hex digits. */
  readonly circuit: string;
  /** Inputs in graph order, then outputs: the order of the words. */
  readonly publics: readonly PublicTensor[];
  readonly alpha: G1;
  readonly beta: G2;
  readonly delta: G2;
  /** plain: the constant, the context and each word; lookup: the constant, X and F. */
  readonly ic: readonly G1[];
}
export interface PlainKey extends CommonKey {
  readonly argument: 'plain';
}
export interface LookupKey extends CommonKey {
  readonly argument: 'lookup';
  /** Denominator of the committed block. */
  readonly eta: G2;
  /** Number of committed wires. */
  readonly committed: number;
}
export type VerificationKey = PlainKey | LookupKey;

/** The points of a parsed key, known to be on their curves and in their subgroups: those of G2 as lines. */
export interface KeyPoints {
  readonly alpha: Point1;
  readonly beta: Lines;
  readonly gamma: Lines;
  readonly delta: Lines;
  /** gamma in plain, which has no committed block. */
  readonly eta: Lines;
  readonly ic: readonly Point1[];
}
/** Of each key that was read here; null until they are checked. */
const pointsOf = /* @__PURE__ */ new WeakMap<object, KeyPoints | null>();

/** The checked points of a key that was parsed here. */
export const keyPoints = (key: VerificationKey): KeyPoints => pointsOf.get(key)!;

/** Whether two of gamma, delta and (lookup) eta are the same up to sign. */
export function isDegenerate(key: VerificationKey): boolean {
  const points = [G2_BASE, key.delta, ...(key.argument === 'plain' ? [] : [key.eta])];
  const xs = points.map(([x]) => x.join()); // those of P and -P are the same
  return new Set(xs).size < xs.length;
}

/** Public words that proofs under the key carry. */
export const publicWordCount = ({ publics }: Pick<CommonKey, 'publics'>): number =>
  publics.reduce((n, tensor) => n + wordCount(tensor), 0);

const FORMAT = 'inferproof-vkey';

/** What only the key of a ceremony has. */
const ceremony = { transcript: hash };

/** Readers of the fields that both arguments have. */
const head = <const A>(argument: A) => ({
  ...kind(FORMAT, argument),
  insecure: only(true, false),
  contributions: integer(0),
  circuit: hash,
  publics: list(readTensor),
});

/** Runs a reader once per object, checks the points once if at all, and says what is wrong in terms of the key's file. */
function parse<K extends VerificationKey>(
  json: unknown,
  file: string,
  argument: string,
  read: Reader<K>,
  withPoints = true,
): K {
  let key = json as K;
  try {
    if (!pointsOf.has(Object(json) as object) || key.argument !== argument) {
      key = read(json);
      const { insecure, contributions, transcript, publics } = key;
      const names = new Set<string>();
      publics.forEach((tensor, i) => {
        const { role, name } = tensor;
        const fits = {
          role: role === 'output' || publics[i - 1]?.role !== 'output',
          name: names.size < names.add(role + name).size,
        };
        agree(tensor, fits, `.publics[${i}]`);
      });
      const plain = argument === 'plain'; // brought back from elsewhere, where a ceremony need not have written a transcript
      agree<VerificationKey>(key, {
        contributions: insecure ? plain || contributions === 0 : contributions > 0,
        transcript: transcript === undefined ? plain || insecure : !insecure,
      });
      pointsOf.set(Object.freeze(key), null);
    }
    if (withPoints && !keyPoints(key)) {
      const gamma = baseLines();
      pointsOf.set(key, {
        alpha: within('.alpha', point1, key.alpha),
        beta: within('.beta', lines, key.beta),
        gamma,
        delta: within('.delta', lines, key.delta),
        eta: key.argument === 'plain' ? gamma : within('.eta', lines, key.eta),
        ic: key.ic.map((p, i) => within(`.ic[${i}]`, point1, p)),
      });
    }
    return key;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { reason, got, expected } = error;
    const field = file + error.where;
    const what =
      reason !== 'malformed'
        ? reason
        : Object(got) === got
          ? 'another object'
          : `${got as string | number}`.slice(0, 80);
    const hint = error.where === '.version' ? `an inferproof of format version ${what} reads it` : undefined;
    throw new InferproofError('format', `expected ${field} to be ${String(expected)}, got ${what}`, {
      where: field,
      hint,
    });
  }
}

const readPlain: Reader<PlainKey> = (json) => {
  const { snarkjs, format, version, ...rest } = object({ ...head('plain'), snarkjs: unread }, ceremony)(json);
  const signals = 1 + publicWordCount(rest);
  const stock = object({
    protocol: only('groth16'),
    curve: only('bn128'),
    nPublic: only(signals),
    vk_alpha_1: readStock1,
    vk_beta_2: readStock2,
    vk_gamma_2: readStock2,
    vk_delta_2: readStock2,
    IC: list(readStock1, signals + 1),
  });
  const read = within('.snarkjs', stock, snarkjs);
  agree(read, { vk_gamma_2: read.vk_gamma_2.join() === G2_BASE.join() }, '.snarkjs');
  const { vk_alpha_1: alpha, vk_beta_2: beta, vk_delta_2: delta, IC: ic } = read;
  return { ...rest, alpha, beta, delta, ic };
};

const readLookup: Reader<LookupKey> = (json) => {
  const points = { alpha: readG1, beta: readG2, delta: readG2, eta: readG2, ic: list(readG1, 3) };
  const { format, version, ...key } = object({ ...head('lookup'), committed: integer(1), ...points }, ceremony)(json);
  return key;
};

/** As `parseVerificationKey`, for plain keys only. */
export const parsePlainKey = (json: unknown, file = 'vkey'): PlainKey => parse(json, file, 'plain', readPlain);

/** As `parseVerificationKey`, for lookup keys only. */
export const parseLookupKey = (json: unknown, file = 'vkey'): LookupKey => parse(json, file, 'lookup', readLookup);

function parseEither(json: unknown, file: string, withPoints: boolean): VerificationKey {
  const { argument } = Object(json) as Record<string, unknown>;
  return argument === 'plain'
    ? parse(json, file, 'plain', readPlain, withPoints)
    : parse(json, file, 'lookup', readLookup, withPoints);
}

/**
 * As `parseVerificationKey`, but for the points, which are checked when the key first verifies something: `prove` checks those of its
 * key along with the proof, in a tenth of the time.
 * @example
 * ```ts
 * const { proof } = await prove(circuit, provingKey, readVerificationKey(serializeVerificationKey(vkey)), sample);
 * ```
 */
export const readVerificationKey = (json: unknown, file = 'vkey'): VerificationKey => parseEither(json, file, false);

/**
 * A key from the JSON value of vkey.json, frozen; a key that was parsed before is returned as it is, and verifies faster
 * than JSON because its points are checked once. Throws InferproofError 'format'.
 * @param file what errors call the file
 * @example
 * ```ts
 * const key = parseVerificationKey(serializeVerificationKey(vkey), 'vkey.json');
 * ```
 */
export const parseVerificationKey = (json: unknown, file = 'vkey'): VerificationKey => parseEither(json, file, true);

/**
 * The JSON value of vkey.json; `parseVerificationKey` reads it back.
 * @example
 * ```ts
 * await writeFileAtomic('vkey.json', toJson(serializeVerificationKey(vkey), 2));
 * ```
 */
export function serializeVerificationKey(key: VerificationKey): Record<string, unknown> {
  const { argument, insecure, contributions, transcript, circuit, publics } = key;
  const made = { insecure, contributions, ...(transcript !== undefined && { transcript }) };
  const head = { format: FORMAT, version: 1, argument, ...made, circuit, publics };
  const g1 = ([x, y]: G1): string[] => [`${x}`, `${y}`];
  const g2 = ([x, y]: G2): string[][] => [g1(x), g1(y)];
  if (key.argument === 'lookup') {
    const { committed, alpha, beta, delta, eta, ic } = key;
    return { ...head, committed, alpha: g1(alpha), beta: g2(beta), delta: g2(delta), eta: g2(eta), ic: ic.map(g1) };
  }
  const stock2 = (p: G2): string[][] => [...g2(p), ['1', '0']];
  const snarkjs = {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: key.ic.length - 1,
    vk_alpha_1: [...g1(key.alpha), '1'],
    vk_beta_2: stock2(key.beta),
    vk_gamma_2: stock2(G2_BASE),
    vk_delta_2: stock2(key.delta),
    IC: key.ic.map((p) => [...g1(p), '1']),
  };
  return { ...head, snarkjs };
}
