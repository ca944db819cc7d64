// The key of a ceremony: what a step changes in it, and whether it follows from the first key.
//
//   H, private columns   over delta
//   commitment basis     over eta
//   delta, eta           in both groups, in the header
//
// and the number of contributions; nothing else, ever.
import { inverse } from '../../verifier/field.js';
import { FIELD_BYTES } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { lines, point1, type G1, type Point1 } from '../../verifier/points.js';
import { bn254 } from '@noble/curves/bn254.js';
import { section, type BinFile } from '../files/binfile.js';
import {
  contributionsOf,
  keyShape,
  secretPoints,
  sectionOf,
  withSections,
  withSecretPoints,
  type PointsName,
} from '../files/key.js';
import { AFFINE } from '../files/zkey.js';
import { multiExpG1, withKernel, type Kernel } from '../kernel/index.js';
import { scaled, strangersAmong } from '../kernel/scale.js';
import { FIRST, eachSecret, proportional } from './steps.js';
import type { Head, Scaled, Secrets } from './transcript.js';

/** The lists of points that a secret divides. */
const DIVIDED = { delta: ['h', 'c'], eta: ['d'] } as const;
const NAMES: Readonly<Partial<Record<PointsName, string>>> = {
  h: 'H',
  c: 'the private columns',
  d: 'the commitment basis',
};
const dividedBy = ({ eta }: Secrets<unknown>): PointsName[] => [
  ...DIVIDED.delta,
  ...(eta === undefined ? [] : DIVIDED.eta),
];
const pointsOf = (key: BinFile, name: PointsName): Uint8Array => section(key, sectionOf(key, name));

/**
 * Checks that a key is one of the ceremony's form and size, and that the points that a step multiplies are on the curve: a secret
 * times any other point would show some of it.
 * @throws InferproofError 'format'
 */
export async function checkKey(kernel: Kernel<unknown>, key: BinFile, { committed }: Head): Promise<Secrets<Scaled>> {
  const { nCommitted } = keyShape(key);
  if (committed !== nCommitted)
    throw new InferproofError('format', `expected a key of ${committed} committed wires, got one of ${nCommitted}`);
  contributionsOf(key); // whose place a step rewrites
  const secrets = secretPoints(key);
  for (const name of dividedBy(secrets)) {
    const strangers = await kernel.run((machine) => strangersAmong(machine, pointsOf(key, name)));
    if (strangers > 0)
      throw new InferproofError(
        'format',
        `expected points of G1 in ${NAMES[name]} (section ${sectionOf(key, name)}) of the key, got ${strangers} that are none`,
      );
  }
  return secrets;
}

/** The key after a step with these factors: `secrets` are the points after it. */
export async function rescaled(
  kernel: Kernel<unknown>,
  key: BinFile,
  factors: Secrets<bigint>,
  secrets: Secrets<Scaled>,
  contributions: number,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<BinFile> {
  const total = dividedBy(factors).reduce((sum, name) => sum + pointsOf(key, name).length / AFFINE.G1, 0);
  let done = 0;
  const changed = new Map<number, Uint8Array>();
  for (const secret of ['delta', 'eta'] as const) {
    const factor = factors[secret];
    if (factor === undefined) continue;
    for (const name of DIVIDED[secret]) {
      const onDone = (count: number): void => onProgress((done += count), total);
      const points = pointsOf(key, name);
      changed.set(
        sectionOf(key, name),
        await kernel.run((machine) => scaled(machine, points, inverse(factor), onDone)),
      );
    }
  }
  return withSecretPoints(withSections(key, changed), secrets, contributions);
}

/** What of a key does not follow from the first key by its delta and eta. */
export interface KeyFault {
  readonly check: 'sections' | 'bytes' | 'curve' | 'h' | 'c' | 'basis' | 'secrets' | 'count';
  readonly says: string;
}

/**
 * Everything that is wrong with a key whose secrets, by the transcript, are these. Each divided section is compared as a whole: one
 * random combination of all its points before and after, with scalars of 128 bits that nobody else knows, so that a section with any
 * other point passes with probability 2^-128.
 */
export async function* keyFaults(
  kernel: Kernel<unknown>,
  first: BinFile,
  key: BinFile,
  secrets: Secrets<Scaled>,
  contributions: number,
): AsyncGenerator<KeyFault> {
  const ids = (file: BinFile): string => file.sections.map(({ id }) => id).join();
  if (ids(first) !== ids(key) || key.type !== first.type || key.version !== first.version) {
    yield { check: 'sections', says: 'it has other sections than the first key' };
    return;
  }
  const divided = dividedBy(secrets).map((name) => sectionOf(key, name));
  const blank = eachSecret(secrets, () => FIRST);
  if (contributionsOf(key) !== contributions)
    yield { check: 'count', says: `it counts ${contributionsOf(key)} contributions, the transcript ${contributions}` };
  const [begun, undone] = [first, key].map((file) => withSecretPoints(file, blank, 0));
  for (const { id } of first.sections) {
    const [was, is] = [section(begun, id), section(undone, id)];
    const same = divided.includes(id) ? was.length === is.length : Buffer.compare(was, is) === 0;
    if (!same) yield { check: 'bytes', says: `section ${id} is not that of the first key` };
    if (was.length !== is.length) return;
  }
  const own = secretPoints(key);
  for (const secret of ['delta', 'eta'] as const) {
    if (flat(own[secret]) !== flat(secrets[secret]))
      yield { check: 'secrets', says: `its ${secret} is not that of the last step` };
  }
  yield* dividedFaults(kernel, first, key, secrets);
}

/** Whether the points that secrets divide are those of the first key over these: the part of `keyFaults` that stock keys share. */
export async function follows(first: BinFile, key: BinFile, secrets: Secrets<Scaled>): Promise<boolean> {
  if (dividedBy(secrets).some((name) => pointsOf(first, name).length !== pointsOf(key, name).length)) return false;
  return withKernel(async (kernel) => (await dividedFaults(kernel, first, key, secrets).next()).done === true);
}

/** Of `keyFaults`, what is wrong with the points that secrets divide; both keys have sections of the same lengths. */
export async function* dividedFaults(
  kernel: Kernel<unknown>,
  first: BinFile,
  key: BinFile,
  secrets: Secrets<Scaled>,
): AsyncGenerator<KeyFault> {
  for (const secret of ['delta', 'eta'] as const) {
    const point = secrets[secret];
    if (point === undefined) continue;
    for (const list of DIVIDED[secret]) {
      const [was, is] = [pointsOf(first, list), pointsOf(key, list)];
      const name = NAMES[list] ?? '';
      if ((await kernel.run((machine) => strangersAmong(machine, is))) > 0) {
        yield { check: 'curve', says: `${name} has points that are none of G1` };
        continue;
      }
      const scalars = randomScalars(was.length / AFFINE.G1);
      const before = sum(await multiExpG1(kernel, was, scalars));
      const after = sum(await multiExpG1(kernel, is, scalars));
      if (!proportional([after, before, lines(point.g2), lines(FIRST.g2)])) {
        const check = list === 'd' ? 'basis' : list;
        yield { check, says: `${name} (section ${sectionOf(key, list)}) is not that of the first key over ${secret}` };
      }
    }
  }
}

const flat = (points: Scaled | undefined): string => (points ? [points.g1, points.g2].toString() : '');

const sum = (point: G1): Point1 => (point[0] === 0n && point[1] === 0n ? bn254.G1.Point.ZERO : point1(point));

/** 128 random bits each. */
function randomScalars(count: number): Uint8Array {
  const out = new Uint8Array(count * FIELD_BYTES);
  const drawn = new Uint8Array(2 ** 16);
  const most = drawn.length / 16;
  for (let i = 0; i < count; i++) {
    if (i % most === 0) crypto.getRandomValues(drawn);
    out.set(drawn.subarray((i % most) * 16, (i % most) * 16 + 16), i * FIELD_BYTES);
  }
  return out;
}
