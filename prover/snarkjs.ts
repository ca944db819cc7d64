// The typed facade: the only file that imports snarkjs and ffjavascript. Everything goes in and out as bytes and bigints.
//
// snarkjs starts one worker a core on first use and keeps them, and with them the process, alive: call `closeCurve` when the
// last proof is made. It cannot be loaded inside a worker thread, only in a process.
import { randomBytes } from 'node:crypto';
import type { Curve } from 'ffjavascript';
import type * as snarkjs from 'snarkjs';
import { FIELD_BYTES, fieldBytes, writeField } from '../compiler/circuit/field.js';
import { Q, R } from '../verifier/field.js';
import { InferproofError } from '../verifier/errors.js';
import { binBytes, parseBin, reason, type BinFile } from './binfile.js';
import { g1At, keyShape, type G1Point, type G2Point, type KeyPoints } from './setup/key.js';

export interface Groth16Proof {
  readonly A: G1Point;
  readonly B: G2Point;
  readonly C: G1Point;
}

/** snarkjs's own forms, as its JSON files have them: decimal strings, projective points. */
export interface StockProof {
  readonly pi_a: readonly string[];
  readonly pi_b: readonly (readonly string[])[];
  readonly pi_c: readonly string[];
  readonly protocol: string;
  readonly curve: string;
}
export interface StockKey {
  readonly protocol: string;
  readonly curve: string;
  readonly nPublic: number;
  readonly vk_alpha_1: readonly string[];
  readonly vk_beta_2: readonly (readonly string[])[];
  readonly vk_gamma_2: readonly (readonly string[])[];
  readonly vk_delta_2: readonly (readonly string[])[];
  readonly IC: readonly (readonly string[])[];
}

// Loaded by who uses them: a proof by the kernel needs neither. snarkjs first: it brings another ffjavascript, whose loading
// forgets the curve that is there, with its workers.
const loadSnarkjs = (): Promise<typeof snarkjs> => import('snarkjs');
async function loadCurve(): Promise<Curve> {
  await loadSnarkjs();
  const { getCurveFromName } = await import('ffjavascript');
  return getCurveFromName('bn128');
}

/** Ends snarkjs's workers, so that the process can end; the next call starts them again. */
export async function closeCurve(): Promise<void> {
  const { curve_bn128: curve } = globalThis as { curve_bn128?: Curve | null };
  await curve?.terminate();
}

/**
 * A Groth16 proof. No row is checked: a witness that breaks one gives a proof that does not verify.
 * @param key a proving key
 * @param witness 32 bytes little-endian a wire, wire 0 first
 * @throws 'format' for a key that is none or is truncated, 'mismatch' for a witness of another circuit
 */
export async function groth16Prove(key: Uint8Array | BinFile, witness: Uint8Array): Promise<Groth16Proof> {
  const file = key instanceof Uint8Array ? parseBin(key, 'zkey', 'proving key') : key;
  const { nWires } = keyShape(file);
  if (witness.length !== nWires * FIELD_BYTES) {
    throw new InferproofError(
      'mismatch',
      `expected a witness of ${nWires} wires, got ${witness.length / FIELD_BYTES}: the key belongs to another circuit`,
      { hint: 'run setup again' },
    );
  }
  const bytes = key instanceof Uint8Array ? key : binBytes(key);
  const { proof } = await guarded('make a proof', ({ groth16 }) => groth16.prove(bytes, witnessFile(witness)));
  const [ax, ay, cx, cy] = [...proof.pi_a.slice(0, 2), ...proof.pi_c.slice(0, 2)].map(BigInt);
  const [x0, x1, y0, y1] = proof.pi_b.slice(0, 2).flat().map(BigInt);
  return { A: [ax, ay], B: [[x0, x1], [y0, y1]], C: [cx, cy] }; // prettier-ignore
}

/** The .wtns file of a witness. */
function witnessFile(witness: Uint8Array): Uint8Array {
  const head = new Uint8Array(40);
  const view = new DataView(head.buffer);
  view.setUint32(0, FIELD_BYTES, true);
  writeField(view, 4, R);
  view.setUint32(36, witness.length / FIELD_BYTES, true);
  return binBytes({ type: 'wtns', version: 2, sections: [{ id: 1, parts: [head] }, { id: 2, parts: [witness] }] }); // prettier-ignore
}

const g1Strings = ([x, y]: G1Point): string[] => [String(x), String(y), '1'];
const g2Strings = ([[x0, x1], [y0, y1]]: G2Point): string[][] => [
  [String(x0), String(x1)],
  [String(y0), String(y1)],
  ['1', '0'],
];

/** The proof as snarkjs's JSON has it. */
export function stockProof({ A, B, C }: Groth16Proof): StockProof {
  return { pi_a: g1Strings(A), pi_b: g2Strings(B), pi_c: g1Strings(C), protocol: 'groth16', curve: 'bn128' };
}

const GENERATOR_2: G2Point = [
  [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  ],
  [
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
];

/** A plain verification key as snarkjs's JSON has it (gamma is the generator). */
export function stockKey({ alpha, beta, delta, ic }: KeyPoints): StockKey {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: ic.length - 1,
    vk_alpha_1: g1Strings(alpha),
    vk_beta_2: g2Strings(beta),
    vk_gamma_2: g2Strings(GENERATOR_2),
    vk_delta_2: g2Strings(delta),
    IC: ic.map(g1Strings),
  };
}

/** snarkjs's own verification, for cross-checks. */
export function groth16Verify(key: StockKey, publics: readonly bigint[], proof: StockProof): Promise<boolean> {
  return guarded('verify a proof', ({ groth16 }) => groth16.verify(key, publics.map(String), proof));
}

/** snarkjs's own reading of a proving key, for cross-checks. */
export function exportVerificationKey(key: Uint8Array): Promise<StockKey> {
  return guarded('export a verification key', ({ zKey }) => zKey.exportVerificationKey(key));
}

/** `zkey new`: phase 2 before any contribution. Both files are paths. Throws 'format' with snarkjs's own words. */
export async function newZkey(r1csPath: string, ptauPath: string, zkeyPath: string): Promise<void> {
  const { logger, errors } = collectingLogger();
  const hash = await guarded('start phase 2', ({ zKey }) => zKey.newZKey(r1csPath, ptauPath, zkeyPath, logger));
  if (hash === -1)
    throw new InferproofError('format', `expected a fitting powers-of-tau file, got: ${errors.join('; ')}`, {
      where: ptauPath,
    });
}

/** One contribution to delta with 64 bytes of the system's entropy (snarkjs mixes in 64 more of its own). Both files are paths. */
export async function contribute(from: string, to: string, name: string): Promise<void> {
  await guarded('contribute', ({ zKey }) => zKey.contribute(from, to, name, randomBytes(64).toString('hex')));
}

/**
 * snarkjs's check of a key against its circuit and powers of tau: every contribution and every section. Each is a path or the
 * bytes; of a ptau path it leaves the file open until it is collected.
 */
export function verifyZkey(
  r1cs: string | Uint8Array,
  ptau: string | Uint8Array,
  zkey: string | Uint8Array,
): Promise<boolean> {
  return guarded('verify a key', ({ zKey }) => zKey.verifyFromR1cs(r1cs, ptau, zkey));
}

/** A powers-of-tau file of 2^power with one contribution, ready for phase 2. Slow (18 ms a power): small circuits and tests. */
export async function newPowersOfTau(power: number, path: string): Promise<void> {
  const [fresh, contributed]: snarkjs.FileName[] = [{ type: 'mem' }, { type: 'mem' }];
  const entropy = randomBytes(64).toString('hex');
  await guarded('make powers of tau', async ({ powersOfTau }) => {
    await powersOfTau.newAccumulator(await loadCurve(), power, fresh);
    await powersOfTau.contribute(fresh, contributed, 'one party', entropy);
    await powersOfTau.preparePhase2(contributed, path);
  });
}

/** The sizes that snarkjs reads from an .r1cs file, for cross-checks. */
export async function r1csInfo(bytes: Uint8Array): Promise<{ wires: number; rows: number; publics: number }> {
  const info = await guarded('read a circuit', ({ r1cs }) => r1cs.info(bytes));
  return { wires: info.nVars, rows: info.nConstraints, publics: info.nOutputs + info.nPubInputs };
}

/** sum of scalar_i * base_i, affine. bases: 64 bytes each as in key.ts; scalars: 32 bytes little-endian each. */
export async function multiExp(bases: Uint8Array, scalars: Uint8Array): Promise<G1Point> {
  const { G1 } = await loadCurve();
  return g1At(G1.toAffine(await guarded('add up points', () => G1.multiExpAffine(bases, scalars))));
}

/** point + scalar * base, affine. `base` is encoded, `scalar` in [0, r). */
export async function addScaled(point: G1Point, base: Uint8Array, scalar: bigint): Promise<G1Point> {
  const { G1 } = await loadCurve();
  return g1At(G1.toAffine(G1.add(g1Bytes(point), G1.timesScalar(base, scalar))));
}

/** An affine point in Montgomery form, as `g1At` reads it. */
function g1Bytes([x, y]: G1Point): Uint8Array {
  return fieldBytes([x, y].map((v) => (v << 256n) % Q));
}

function collectingLogger(): { logger: snarkjs.Logger; errors: string[] } {
  const errors: string[] = [];
  const quiet = (): void => undefined;
  return { logger: { debug: quiet, info: quiet, warn: quiet, error: (message) => void errors.push(message) }, errors };
}

/** Runs a call into snarkjs; its plain errors become ours: memory is 'resource', the rest 'internal' with the cause kept. */
async function guarded<T>(what: string, call: (stock: typeof snarkjs) => Promise<T>): Promise<T> {
  try {
    return await call(await loadSnarkjs());
  } catch (cause) {
    if (cause instanceof InferproofError) throw cause;
    const memory = cause instanceof RangeError;
    throw new InferproofError(memory ? 'resource' : 'internal', `expected snarkjs to ${what}, got: ${reason(cause)}`, {
      hint: memory ? 'free memory, or use a machine with more of it' : undefined,
      cause,
    });
  }
}
