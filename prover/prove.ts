// prove: one sample to a proof. Every proof is verified before it is returned; where the kernel's is refused, snarkjs makes another.
import { arrange } from '../compiler/circuit/arrange.js';
import type { Circuit, TensorId } from '../compiler/circuit/circuit.js';
import { circuitDigest } from '../compiler/circuit/json.js';
import { witness } from '../compiler/circuit/witness.js';
import type { Progress, Samples } from '../compiler/index.js';
import { quantiseInputs } from '../compiler/quantize/inputs.js';
import { InferproofError } from '../verifier/errors.js';
import {
  contextSignal,
  encodeProof,
  serializeProof,
  verify,
  type Context,
  type PlainProof,
  type Proof,
  type ProofJson,
  type Reason,
  type VerificationKey,
} from '../verifier/index.js';
import { parseBin, type BinFile } from './binfile.js';
import { openBin } from './binfile-disk.js';
import { checkQuantised } from './check.js';
import { defaultBackend, groth16, startKernel, type Backend, type KernelOptions } from './kernel/index.js';
import { proveLookup } from './lookup.js';
import { sameSetup } from './setup/key.js';

export interface ProveOptions {
  /** Which sample; needed where there is more than one. */
  readonly index?: number;
  /** Move input values outside their range to its end instead of refusing them. */
  readonly clamp?: boolean;
  /** 32 bytes that the proof is bound to. */
  readonly context?: Context;
  /**
   * 'kernel' (default): our own WebAssembly, on threads where it can share memory, with snarkjs where there is no SIMD.
   * 'snarkjs': the stock prover.
   */
  readonly prover?: 'kernel' | 'snarkjs';
  readonly onProgress?: Progress;
}

export interface ProveResult {
  /** The JSON value of proof.json. */
  readonly proof: ProofJson;
  /** The whole: inputs to verified proof. */
  readonly seconds: number;
  readonly witnessSeconds: number;
  /** Of the canonical binary form. */
  readonly proofBytes: number;
  /** What computed it. */
  readonly backend: Backend;
  /** Why the kernel's own proof was refused, where snarkjs's took its place: a bug to report. */
  readonly kernelFault?: string;
}

/**
 * @param provingKey its bytes, or the path of its file, which is then read straight into the prover's memory
 *
 * Throws 'mismatch' for keys of another circuit, 'format' for a damaged key, 'data' and 'range' for a sample that does not
 * fit, 'usage' for an index that is missing or outside the data.
 */
export async function prove(
  circuit: Circuit,
  provingKey: Uint8Array | string,
  vkey: VerificationKey,
  samples: Samples,
  options: ProveOptions = {},
): Promise<ProveResult> {
  if (typeof provingKey !== 'string') {
    return proveWith(circuit, parseBin(provingKey, 'zkey', 'proving.key'), vkey, samples, options);
  }
  const key = openBin(provingKey, 'zkey');
  try {
    return await proveWith(circuit, key, vkey, samples, options);
  } finally {
    key.close();
  }
}

async function proveWith(
  circuit: Circuit,
  key: BinFile,
  vkey: VerificationKey,
  samples: Samples,
  options: ProveOptions,
): Promise<ProveResult> {
  const start = performance.now();
  const { clamp = false, context, onProgress } = options;
  const index = sampleIndex(samples, options.index);
  const { stored } = quantiseInputs(circuit, samples, index, clamp);
  checkKeys(circuit, key, vkey);
  let backend: Backend = options.prover === 'snarkjs' ? 'snarkjs' : defaultBackend();
  startKernel({ backend });
  let witnessSeconds = 0;
  const attempt = async (): Promise<{ proof: Proof; json: ProofJson; reason: Reason | null }> => {
    onProgress?.('witness', 0, 0);
    const onWitness = (): void => {
      witnessSeconds = (performance.now() - start) / 1000;
      onProgress?.('prove', 0, 0);
    };
    const proof: Proof =
      vkey.argument === 'lookup'
        ? await proveLookup(circuit, key, vkey, stored, context, onWitness, { backend })
        : await provePlain(circuit, key, stored, context, onWitness, { backend });
    const json = serializeProof(proof);
    const answer = verify(vkey, json, { allowInsecureKey: true, ...(context === undefined ? {} : { context }) });
    return { proof, json, reason: answer.valid ? null : answer.reason };
  };
  let made = await attempt();
  const kernelFault = backend === 'snarkjs' ? null : made.reason;
  if (kernelFault !== null) {
    backend = 'snarkjs';
    made = await attempt();
  }
  if (made.reason !== null) {
    const { satisfied } = await checkQuantised(circuit, [stored]);
    throw refusedProof(made.reason, satisfied);
  }
  return {
    proof: made.json,
    seconds: (performance.now() - start) / 1000,
    witnessSeconds,
    proofBytes: encodeProof(made.proof).length,
    backend,
    ...(kernelFault === null ? {} : { kernelFault }),
  };
}

/** A satisfied witness that no prover makes a valid proof of was given a damaged key; anything else is our bug. */
const refusedProof = (reason: Reason, damaged: boolean): InferproofError =>
  damaged
    ? new InferproofError('format', `expected a key whose proofs verify, got one whose proof is refused: ${reason}`, {
        where: 'proving.key',
        hint: 'the file is damaged: run setup again',
      })
    : new InferproofError('internal', `expected a proof that verifies, it is refused: ${reason}`, {
        hint: 'run check on the same input: it counts the broken constraints if there are any; please report this',
      });

async function provePlain(
  circuit: Circuit,
  key: BinFile,
  stored: ReadonlyMap<TensorId, Float64Array>,
  context: Context | undefined,
  onWitness: () => void,
  options: KernelOptions,
): Promise<PlainProof> {
  const signal = contextSignal(context);
  const filled = witness(arrange(circuit), (tensor) => stored.get(tensor) ?? [], signal);
  onWitness();
  const points = await groth16(key, filled.witness.bytes, options);
  return { argument: 'plain', ...points, signals: [signal, ...filled.words] };
}

function sampleIndex({ count }: Samples, index: number | undefined): number {
  if (index === undefined && count === 1) return 0;
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < count) return index;
  throw new InferproofError('usage', `expected an index of 0 to ${count - 1}, got ${index ?? 'none'}`, {
    where: 'input data',
    hint: `the data holds ${count} samples: choose one with --index`,
  });
}

/** Both keys belong to this circuit, and to each other. */
function checkKeys(circuit: Circuit, provingKey: BinFile, vkey: VerificationKey): void {
  if (vkey.circuit !== circuitDigest(circuit) || vkey.argument !== circuit.options.argument) {
    throw new InferproofError('mismatch', 'the verification key belongs to another circuit', {
      where: 'vkey.json',
      hint: 'run setup again',
    });
  }
  if (!sameSetup(provingKey, vkey)) {
    throw new InferproofError('mismatch', 'the proving key and the verification key belong to different setups', {
      where: 'proving.key',
      hint: 'run setup again',
    });
  }
}
