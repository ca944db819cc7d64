// What computes the sums of a proof: our kernel, or stock snarkjs (engine-stock.ts).
import type { BinFile } from './files/binfile.js';
import type { G1Point, Groth16Proof } from './files/zkey.js';
import { commitmentSum, fewSum, groth16, holds, openProvingKernel } from './kernel/index.js';
import type { Equation, KernelBackend, Term } from './kernel/index.js';
import { refuseTooLarge } from './kernel/room.js';

/**
 * threads   our kernel, on worker threads over one shared memory
 * single    our kernel, on the calling thread, where memory cannot be shared
 * snarkjs   the stock prover, in a process of its own
 */
export type Backend = KernelBackend | 'snarkjs';

/** Nothing is checked: the caller verifies each proof. An abort rejects with the signal's reason once nothing runs. */
export interface Engine {
  readonly backend: Backend;
  /** Waits until the threads have something to do; what prevents it is told by `ready`, or by the first proof. */
  readonly begun: () => Promise<void>;
  /** Waits until the first proof can begin. Throws what prevents it: 'resource', 'file', 'format'. */
  readonly ready: () => Promise<void>;
  /**
   * @param witness 32 bytes little-endian per wire, wire 0 first
   * @param onShare called with the share of the work that is done, from 0 to 1; never by snarkjs, which does not say
   */
  readonly groth16: (
    witness: Uint8Array,
    signal: AbortSignal,
    onShare: (share: number) => void,
  ) => Promise<Groth16Proof>;
  /** sum of scalar_i * point_i over the commitment basis; see commit.ts. */
  readonly basisSum: (scalars: Uint8Array, signal: AbortSignal) => Promise<G1Point>;
  /** sum of scalar * point of a few in G1. */
  readonly sumOfFew: (terms: readonly Term[], signal: AbortSignal) => Promise<G1Point>;
  /** Whether the equation is known to hold: false where it does not, and where the engine cannot tell. */
  readonly holds: (equation: Equation, signal: AbortSignal) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** @param key stays open as long as the engine @throws 'resource' for one whose proofs do not fit, before anything is started */
export function kernelEngine(key: BinFile, threads?: number): Engine {
  refuseTooLarge(key);
  const kernel = openProvingKernel(key, { threads });
  return {
    backend: kernel.backend,
    begun: () => kernel.begun,
    ready: () => kernel.run(() => Promise.resolve()),
    groth16: (witness, signal, onShare) => groth16(kernel, witness, { signal, onShare }),
    basisSum: (scalars, signal) => commitmentSum(kernel, scalars, signal),
    sumOfFew: (terms, signal) => fewSum(kernel, terms, signal),
    holds: (equation, signal) => holds(kernel, equation, signal),
    close: () => kernel.close(),
  };
}
