// A step of a ceremony: each secret becomes a multiple of what it was, and the contributor shows that the factor is known to somebody
// who had seen all that went before (Bowe, Gabizon, Miers, ePrint 2017/1050, section 3).
//
//   ratio   d G1
//   proof   d S, where S in G2 is a hash of the transcript so far, the name, which secret, and the ratio
//   g1, g2  d times what they were
//
// Nobody can make `proof` for a ratio without knowing d, and one made elsewhere answers another S. The factors of delta and eta have
// their own proofs under their own tags. That they are independent is the contributor's honesty, and no check: see docs/ceremony.md.
import { bn254 } from '@noble/curves/bn254.js';
import {
  G2_BASE,
  baseLines,
  lines,
  pairingsCancel,
  point1,
  type G1,
  type G2,
  type Lines,
  type Point1,
} from '../../verifier/points.js';
import { Refusal } from '../../verifier/reason.js';
import { drawFrom, drawnG1, drawnScalar } from './drawn.js';
import { beaconSeed, pointOf, scalarOf, type Point2, type SecretName } from './hashes.js';
import {
  isBeacon,
  type Beacon,
  type Contribution,
  type Known,
  type Scaled,
  type Secrets,
  type Step,
} from './transcript.js';

/** Delta and eta of a first key: the generators. */
export const FIRST: Scaled = { g1: [1n, 2n], g2: G2_BASE };

export const g1Of = (point: Point1): G1 => {
  const { x, y } = point.toAffine();
  return [x, y];
};
export const g2Of = (point: Point2): G2 => {
  const { x, y } = point.toAffine();
  return [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
};
const point2 = ([[x0, x1], [y0, y1]]: G2): Point2 =>
  bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });

/** Both secrets' values by one function, and no eta where there is none. */
export const eachSecret = <T, U>({ delta, eta }: Secrets<T>, f: (value: T, name: SecretName) => U): Secrets<U> =>
  eta === undefined ? { delta: f(delta, 'delta') } : { delta: f(delta, 'delta'), eta: f(eta, 'eta') };

/** What the point S of a step is a hash of. */
type Said = Pick<Contribution, 'index' | 'previous' | 'name'>;

const challenge = (secret: SecretName, { index, previous, name }: Said, ratio: G1): Point2 =>
  pointOf(JSON.stringify([`inferproof/ceremony/${secret}/1`, previous, index, name, ratio.map(String)]));

export const scaledBy = (factor: bigint, { g1, g2 }: Scaled): Scaled => ({
  g1: g1Of(point1(g1).multiply(factor)),
  g2: g2Of(point2(g2).multiply(factor)),
});

/** A secret after a contribution with the factor d. */
export function knownStep(secret: SecretName, d: bigint, before: Scaled, said: Said): Known {
  const ratio = g1Of(bn254.G1.Point.BASE.multiply(d));
  return { ratio, proof: g2Of(challenge(secret, said, ratio).multiply(d)), ...scaledBy(d, before) };
}

/** The factors that a beacon gives to everybody, and the point of G1 that snarkjs's record of it begins with. */
export interface BeaconFactors extends Required<Secrets<bigint>> {
  readonly s: G1;
}

/** Delta's factor is the one that snarkjs draws. */
export async function beaconFactors({ value, log2 }: Beacon['beacon']): Promise<BeaconFactors> {
  const seed = await beaconSeed(Buffer.from(value, 'hex'), log2);
  const draw = drawFrom(seed);
  const delta = drawnScalar(draw);
  return { delta, s: g1Of(drawnG1(draw)), eta: scalarOf('inferproof/ceremony/beacon/eta/1', [seed]) };
}

/** What is wrong with a step, by the check that finds it. */
export interface Fault {
  readonly check: 'points' | 'nothing' | 'knowledge' | 'step' | 'groups' | 'shared' | 'degenerate' | 'beacon' | 'stock';
  readonly says: string;
}

/**
 * Everything that is wrong with a step, the gravest first; nothing where it is in order.
 * @param factors of a beacon, from `beaconFactors`
 */
export function* stepFaults(
  before: Secrets<Scaled>,
  step: Step,
  factors?: Required<Secrets<bigint>>,
): Generator<Fault> {
  for (const secret of ['delta', 'eta'] as const) {
    const [old, now] = [before[secret], step[secret]];
    if (old === undefined || now === undefined) continue;
    try {
      if (!isBeacon(step)) yield* knowledgeFaults(secret, old, step[secret] as Known, step);
      else if (factors && scaledBy(factors[secret], old).g1.join() !== now.g1.join())
        yield { check: 'beacon', says: `its ${secret} is not what the beacon's value and iterations give` };
      if (!proportional([point1(now.g1), G1, baseLines(), lines(now.g2)]))
        yield { check: 'groups', says: `its ${secret} in G1 and in G2 are of different factors` };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      yield { check: 'points', says: `a point of its ${secret} is refused: ${error.reason}` };
    }
  }
  if (!isBeacon(step) && step.eta && step.delta.ratio[0] === step.eta.ratio[0])
    yield { check: 'shared', says: 'delta and eta have the same factor' };
  const xs = [FIRST.g1[0], step.delta.g1[0], ...(step.eta ? [step.eta.g1[0]] : [])];
  if (new Set(xs).size < xs.length)
    yield { check: 'degenerate', says: 'two of the generator, delta and eta are the same up to sign' };
}

const G1 = bn254.G1.Point.BASE;

function* knowledgeFaults(secret: SecretName, before: Scaled, now: Known, step: Contribution): Generator<Fault> {
  const [ratio, proof] = [point1(now.ratio), lines(now.proof)];
  const s = bn254.utils.calcPairingPrecomputes(challenge(secret, step, now.ratio));
  if (now.ratio[0] === FIRST.g1[0]) yield { check: 'nothing', says: `it does not change ${secret}` };
  if (!proportional([ratio, G1, s, proof]))
    yield { check: 'knowledge', says: `its proof of knowledge for ${secret} does not hold` };
  if (!proportional([point1(now.g1), point1(before.g1), s, proof]))
    yield { check: 'step', says: `its ${secret} is not the one before times the factor that it proves` };
}

/** Whether a = k b and B = k A for one k: e(a, A) = e(b, B). */
export const proportional = ([a, b, A, B]: readonly [a: Point1, b: Point1, A: Lines, B: Lines]): boolean =>
  pairingsCancel([
    [a, A],
    [b.negate(), B],
  ]);

/** A uniform factor that mixes the system's entropy with what a contributor adds: neither alone gives it away. */
export function secretFactor(secret: SecretName, entropy: string): bigint {
  const drawn = crypto.getRandomValues(new Uint8Array(64));
  const d = scalarOf(`inferproof/ceremony/secret/${secret}/1`, [drawn, new TextEncoder().encode(entropy)]);
  drawn.fill(0);
  return d;
}
