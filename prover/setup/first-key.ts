// The first key of a circuit, from a powers-of-tau file: nobody knows tau, alpha and beta, and delta = eta = 1 until somebody
// contributes. Anybody forges under it as it is.
//
// Every point is a sum of Lagrange points of the file. They are read and summed section by section: what is in memory at once are the
// points of one section and the key.
import { fieldBytes, rootOfUnity } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { R, concat, inverse } from '../../verifier/field.js';
import { G2_BASE, point1 } from '../../verifier/points.js';
import { AFFINE, encoded, g1At, g2At, type GroupName, type SetupKey } from '../files/zkey.js';
import { multiExpG1, withKernel, type Kernel } from '../kernel/index.js';
import type { Machine } from '../kernel/machine.js';
import { circuitHash } from './circuit-hash.js';
import { columnPoints } from './column-points.js';
import { checkInSubgroup, checkOnCurve, checkSubgroup } from './curve.js';
import { boundWires, domainPower, keyFile, type Argument, type KeyParts } from './layout.js';
import { addUp } from './point-sums.js';
import { openPowers, PTAU, type Powers } from './powers.js';
import { columnsOf, type Columns } from './terms-by-wire.js';

export interface FirstKeyOptions {
  readonly argument: Argument;
  /** Worker threads, default one per core. */
  readonly threads?: number | undefined;
  /** Called with the numbers of terms added up and to be added up. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The key of a linked circuit before any contribution: for plain byte for byte that of `snarkjs zkey new`, for lookup the compact
 * layout with K_w/eta for the committed wires. `insecure` and `contributions: 0`, as nobody has contributed.
 * @param path a .ptau file prepared for phase 2. The points that are read are checked to be points; that they are powers of one tau
 *   is for `verifyPowers`
 * @throws as `openPowers`; 'format' for a point that is none; 'resource' where memory or a worker could not be had
 */
export async function firstKey(system: RowSystem, path: string, options: FirstKeyOptions): Promise<SetupKey> {
  const bound = boundWires(system, options.argument);
  const rows = system.nRows + bound.length;
  const k = domainPower(rows);
  const powers = await openPowers(path, k);
  try {
    return await withKernel(async (kernel) => {
      const points = await keyPoints(kernel, powers, system, bound, k, options);
      const hash = options.argument === 'plain' ? await circuitHash(kernel, powers, k, points) : undefined;
      const file = keyFile(system, bound, 2 ** k, points, hash);
      return { file, rows, domain: 2 ** k, insecure: true, contributions: 0 };
    }, options);
  } finally {
    await powers.close();
  }
}

const GENERATOR1 = encoded([1n, 2n]);
const GENERATOR2 = encoded(G2_BASE.flat());

async function keyPoints(
  kernel: Kernel<unknown>,
  powers: Powers,
  system: RowSystem,
  bound: readonly number[],
  k: number,
  { argument, onProgress }: FirstKeyOptions,
): Promise<KeyParts> {
  const alpha1 = await firstPoint(powers, 'G1', PTAU.alpha1);
  const beta1 = await firstPoint(powers, 'G1', PTAU.beta1);
  const beta2 = await firstPoint(powers, 'G2', PTAU.beta2);
  const h = await oddPoints(powers, k);
  if (k === powers.power) await checkLast(kernel, powers, k, h);
  const [sideA, sideB, sideC] = system.sides;
  const total = 2 * (sideA.wire.length + bound.length) + 3 * sideB.wire.length + sideC.wire.length;
  let done = 0;
  const onTerms = (count: number): void => onProgress?.((done += count), total);
  const sums = async (group: GroupName, id: number, sides: readonly Columns[]): Promise<Uint8Array[]> => {
    const basis = await lagrangePoints(powers, group, id, k);
    const used = basis.subarray(0, (system.nRows + bound.length) * AFFINE[group]);
    return kernel.run(async (machine) => {
      if (group === 'G2') await checkSubgroup(machine, basis, powers.path, `section ${id}`);
      const points: Uint8Array[] = [];
      for (const side of sides) points.push(await columnPoints(machine, group, used, side, system.pool, onTerms));
      return points;
    });
  };
  const [columnsA, columnsB] = [columnsOf(system, sideA, bound), columnsOf(system, sideB)];
  const [b2] = await sums('G2', PTAU.lagrange2, [columnsB]);
  const [betaA] = await sums('G1', PTAU.lagrangeBeta1, [columnsA]);
  const [alphaB] = await sums('G1', PTAU.lagrangeAlpha1, [columnsB]);
  const [a, b1, ofC] = await sums('G1', PTAU.lagrange1, [columnsA, columnsB, columnsOf(system, sideC)]);
  const all = await kernel.run((machine) => sumOf(machine, [betaA, alphaB, ofC]));

  const [committed, outside] = [1 + system.nCommitted, 1 + system.nCommitted + system.nPublic].map((w) => AFFINE.G1 * w); // prettier-ignore
  const ic = concat([all.subarray(0, AFFINE.G1), all.subarray(committed, outside)]);
  const common = { alpha1, beta1, beta2, gamma2: GENERATOR2, delta1: GENERATOR1, delta2: GENERATOR2 };
  const parts = { ...common, a, b1, b2, h, ic, c: all.subarray(outside) };
  if (argument === 'plain') return parts;
  const basis = all.subarray(AFFINE.G1, committed);
  return { ...parts, commitment: { basis, eta1: GENERATOR1, eta2: GENERATOR2 } };
}

/** The first point of a section. */
async function firstPoint(powers: Powers, group: GroupName, id: number): Promise<Uint8Array> {
  const point = new Uint8Array(AFFINE[group]);
  await powers.read(id, point);
  await checkOnCurve(group, point, powers.path, () => `the first of section ${id}`);
  if (group === 'G2') checkInSubgroup(g2At(point), powers.path, `section ${id}`);
  return point;
}

/** L_i of the domain of 2^k rows. */
async function lagrangePoints(powers: Powers, group: GroupName, id: number, k: number): Promise<Uint8Array> {
  const size = AFFINE[group];
  const points = new Uint8Array(2 ** k * size);
  await powers.read(id, points, (2 ** k - 1) * size);
  await checkOnCurve(group, points, powers.path, (i) => `point ${2 ** k - 1 + i} of section ${id}`);
  return points;
}

const CHUNK = 1 << 14; // points

/** L_1, L_3, L_5, … of the domain of 2^(k+1) rows: what snarkjs multiplies the quotient's evaluations with. */
async function oddPoints(powers: Powers, k: number): Promise<Uint8Array> {
  const size = AFFINE.G1;
  const out = new Uint8Array(2 ** k * size);
  const first = 2 ** (k + 1) - 1;
  const chunk = new Uint8Array(Math.min(CHUNK, 2 ** (k + 1)) * size);
  for (let at = 0; at < 2 * out.length; at += chunk.length) {
    await powers.read(PTAU.lagrange1, chunk, first * size + at);
    for (let i = size; i < chunk.length; i += 2 * size) out.set(chunk.subarray(i, i + size), (at + i - size) / 2);
  }
  await checkOnCurve('G1', out, powers.path, (i) => `point ${first + 2 * i + 1} of section ${PTAU.lagrange1}`);
  return out;
}

/**
 * Whether the odd points of the file's largest domain, of N = 2^(power + 1) rows, are those of powers of tau. The file has no tau^(N - 1):
 * who prepares it takes it as 0, and snarkjs, which checks every other power of each domain, does not check that one. With any
 * other value in its place the key would hold it over delta, whoever contributed: statements could be exchanged in proofs.
 *   sum over m of w^-(2m+1) L_(2m+1) = (T_(N-1) - T_(N/2-1)) / 2, T_j = sum of w^ij L_i, which is tau^j for each j that is checked
 */
async function checkLast(kernel: Kernel<unknown>, powers: Powers, k: number, odd: Uint8Array): Promise<void> {
  const root = inverse(rootOfUnity(k + 1));
  const step = (root * root) % R;
  const weights: bigint[] = [];
  for (let w = root; weights.length < 2 ** k; w = (w * step) % R) weights.push(w);
  const sum = await multiExpG1(kernel, odd, fieldBytes(weights));
  const power = new Uint8Array(AFFINE.G1);
  await powers.read(PTAU.tau1, power, (2 ** k - 1) * AFFINE.G1);
  await checkOnCurve('G1', power, powers.path, () => `point ${2 ** k - 1} of section ${PTAU.tau1}`);
  const half = point1(g1At(power)).multiply(inverse(2n)).negate().toAffine();
  if (sum[0] === half.x && sum[1] === half.y) return;
  throw new InferproofError('format', `expected Lagrange points of powers of tau in section ${PTAU.lagrange1}, got others in the domain of 2^${k + 1}`, { where: powers.path }); // prettier-ignore
}

/** Lists of points added up place by place. */
async function sumOf(machine: Machine, lists: readonly Uint8Array[]): Promise<Uint8Array> {
  const size = AFFINE.G1;
  const count = lists[0].length / size;
  const at = machine.alloc(lists.length * count * size);
  const out = machine.alloc(count * size);
  lists.forEach((list, i) => machine.bytes(at + i * list.length, list.length).set(list));
  const words = lists.map((list) => new Uint32Array(list.buffer, list.byteOffset, list.length / 4));
  const isPoint = (list: Uint32Array, i: number): boolean => {
    for (let w = 16 * i; w < 16 * i + 16; w++) if (list[w] !== 0) return true;
    return false;
  };
  const named = (i: number): number[] => words.flatMap((list, j) => (isPoint(list, i) ? [j * count + i] : []));
  await addUp(machine, 'G1', at, count, named, out);
  return machine.bytes(out, count * size).slice();
}
