// snarkjs itself, in the test's own process, for cross-checks: what it says of our keys, proofs and files.
import { randomBytes } from 'node:crypto';
import { curves, groth16, powersOfTau, r1cs, zKey, type Curve, type FileName, type Key, type Proof } from 'snarkjs';
import { isPowerOfTwo } from '#compiler/circuit/domain.js';
import { asZkey } from '#prover/files/as-zkey.js';
import { binBytes, section, type BinFile } from '#prover/files/binfile.js';
import { isLookup, keyShape, sectionOf, type KeyPoints } from '#prover/files/key.js';
import { g1At, type G1Point, type G2Point, type Groth16Proof } from '#prover/files/zkey.js';
import { witnessFile } from '#prover/snarkjs/index.js';
import { G2_BASE } from '#verifier/points.js';
import { kernelProof } from './kernels.js';

export type { Key as StockKey, Proof as StockProof } from 'snarkjs';

export const stockCurve = (): Promise<Curve> => curves.getCurveFromName('bn128');

/** Ends snarkjs's workers, which would keep the process alive. */
export async function closeCurve(): Promise<void> {
  await (await stockCurve()).terminate();
}

/** A proof on a key of any make: by snarkjs, or by the kernel where the key stands on 3·2^k rows. */
export async function groth16Prove(key: Uint8Array | BinFile, witness: Uint8Array): Promise<Groth16Proof> {
  if ('sections' in key && !isPowerOfTwo(keyShape(key).domain)) return kernelProof(key, witness, { backend: 'single' });
  const stock = key instanceof Uint8Array ? key : binBytes(isLookup(key) ? asZkey(key) : key);
  const { proof } = await groth16.prove(stock, witnessFile(witness));
  const [ax, ay, cx, cy] = [...proof.pi_a.slice(0, 2), ...proof.pi_c.slice(0, 2)].map(BigInt);
  const [x0, x1, y0, y1] = proof.pi_b.slice(0, 2).flat().map(BigInt);
  return { A: [ax, ay], B: [[x0, x1], [y0, y1]], C: [cx, cy] }; // prettier-ignore
}

export const groth16Verify = (key: Key, publics: readonly bigint[], proof: Proof): Promise<boolean> =>
  groth16.verify(key, publics.map(String), proof);

export const exportVerificationKey = (key: Uint8Array): Promise<Key> => zKey.exportVerificationKey(key);

const g1 = ([x, y]: G1Point): string[] => [String(x), String(y), '1'];
const g2 = ([[x0, x1], [y0, y1]]: G2Point): string[][] => [
  [String(x0), String(x1)],
  [String(y0), String(y1)],
  ['1', '0'],
];

/** A proof as snarkjs's JSON has it. */
export const stockProof = ({ A, B, C }: Groth16Proof): Proof => {
  return { pi_a: g1(A), pi_b: g2(B), pi_c: g1(C), protocol: 'groth16', curve: 'bn128' };
};

/** A plain verification key as snarkjs's JSON has it. */
export const stockKey = ({ alpha, beta, delta, ic }: KeyPoints): Key => ({
  protocol: 'groth16',
  curve: 'bn128',
  nPublic: ic.length - 1,
  vk_alpha_1: g1(alpha),
  vk_beta_2: g2(beta),
  vk_gamma_2: g2(G2_BASE),
  vk_delta_2: g2(delta),
  IC: ic.map(g1),
});

/** sum of scalar_i * base_i, affine. bases: 64 bytes each as in a key; scalars: 32 bytes little-endian each. */
export async function multiExp(bases: Uint8Array, scalars: Uint8Array): Promise<G1Point> {
  const { G1 } = await stockCurve();
  return g1At(G1.toAffine(await G1.multiExpAffine(bases, scalars)));
}

/** The same over the commitment basis of a lookup key. */
export const basisSum =
  (key: BinFile) =>
  (scalars: Uint8Array): Promise<G1Point> =>
    multiExp(section(key, sectionOf(key, 'd')), scalars);

/** A powers-of-tau file of 2^power with one contribution, ready for phase 2. 18 ms a power. */
export async function newPowersOfTau(power: number, path: string): Promise<void> {
  const [fresh, contributed]: FileName[] = [{ type: 'mem' }, { type: 'mem' }];
  await powersOfTau.newAccumulator(await stockCurve(), power, fresh);
  await powersOfTau.contribute(fresh, contributed, 'one party', randomBytes(64).toString('hex'));
  await powersOfTau.preparePhase2(contributed, path);
}

/** The sizes that snarkjs reads from an .r1cs file. */
export async function r1csInfo(bytes: Uint8Array): Promise<{ wires: number; rows: number; publics: number }> {
  const { nVars, nConstraints, nOutputs, nPubInputs } = await r1cs.info(bytes);
  return { wires: nVars, rows: nConstraints, publics: nOutputs + nPubInputs };
}
