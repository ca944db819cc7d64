// The proving kernel's door. The kernel is our own code for what a proof spends its time on (quotient.c, sums.c), in WebAssembly with
// SIMD. A proof or a sum is not checked as it is made: whoever makes proofs verifies each before it goes out (proof.ts).
import { cores, singleMachine, threadMachine } from '#machines';
import { FIELD_BYTES } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import type { BinFile } from '../files/binfile.js';
import { AFFINE, type G1Point, type Groth16Proof } from '../files/zkey.js';
import { randomScalar } from '../random.js';
import { sumOfFew, type Term } from './few.js';
import { affine, basisSum, loadKey, prove, sumOf, type LoadedKey } from './groth16.js';
import type { Machine } from './machine.js';
import type { ClosableMachine } from './machines.js';
import { equationHolds, type Equation } from './pairing.js';

export type { Equation, Term };

/**
 * threads   worker threads over one shared memory
 * single    the calling thread, where memory cannot be shared
 */
export type KernelBackend = 'threads' | 'single';

export interface KernelOptions {
  /** Default: what this engine has. */
  readonly backend?: KernelBackend | undefined;
  /** Worker threads, default one per core. */
  readonly threads?: number | undefined;
}

/** A machine of its own, with what was loaded into its memory first. One computation runs at a time, later ones wait. */
export interface Kernel<Loaded> {
  readonly backend: KernelBackend;
  /** Resolves when the first machine has what is loaded first, or will have none. */
  readonly begun: Promise<void>;
  /**
   * Computes; what `work` allocates is given back. After a failure, an abort or the loss of a thread, the next computation gets a
   * fresh machine. Rejects with the signal's reason once nothing is running.
   */
  run<T>(work: (machine: Machine, loaded: Loaded) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Ends the threads and what they compute, and frees the memory. */
  close(): Promise<void>;
}

/**
 * Begins to start the machine; a failure is reported to the first computation, and the next one tries again.
 * @param load what to put into each new machine's memory
 */
export function openKernel<Loaded>(
  load: (machine: Machine) => Promise<Loaded>,
  { backend = defaultBackend(), threads = cores() }: KernelOptions = {},
): Kernel<Loaded> {
  interface Started {
    readonly machine: ClosableMachine;
    readonly loaded: Loaded;
  }
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const start = async (): Promise<Started> => {
    const machine = await (backend === 'threads' ? threadMachine(threads) : singleMachine());
    try {
      const loading = load(machine);
      begin();
      return { machine, loaded: await loading };
    } catch (error) {
      await machine.close();
      throw error;
    }
  };
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();
  let current: Promise<Started> | undefined = start();
  current.catch(begin); // reported to the first computation

  const compute = async <T>(
    work: (machine: Machine, loaded: Loaded) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    signal?.throwIfAborted();
    const refuseClosed = (): void => {
      if (closed) throw new InferproofError('internal', 'expected an open kernel, got one that was closed');
    };
    let machine: ClosableMachine | undefined;
    const stop = (): void => void machine?.close();
    try {
      refuseClosed();
      const before = await current?.catch(() => undefined);
      if (before?.machine.lost() === true) {
        current = undefined;
        await before.machine.close();
      }
      const started = await (current ??= start());
      ({ machine } = started);
      refuseClosed();
      signal?.throwIfAborted();
      signal?.addEventListener('abort', stop, { once: true });
      const mark = machine.mark();
      const result = await work(machine, started.loaded);
      signal?.throwIfAborted();
      machine.release(mark);
      return result;
    } catch (error) {
      current = undefined; // a memory that refused, or a thread that ended: nothing of it is used again
      await machine?.close();
      throw signal?.aborted === true ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };

  return {
    backend,
    begun,
    run: (work, signal) => {
      const result = last.then(() => compute(work, signal));
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      closed = true;
      const started = await current?.catch(() => undefined);
      await started?.machine.close();
      await last;
    },
  };
}

/** A kernel with nothing loaded, for one piece of work. */
export async function withKernel<T>(
  work: (kernel: Kernel<unknown>) => Promise<T>,
  options: KernelOptions = {},
): Promise<T> {
  const kernel = openKernel(() => Promise.resolve(), options);
  try {
    return await work(kernel);
  } finally {
    await kernel.close();
  }
}

/** What the kernel runs on here if nothing else is asked for. */
export const defaultBackend = (): KernelBackend => (typeof SharedArrayBuffer === 'undefined' ? 'single' : 'threads');

/** The kernel with a key in its memory. */
export type ProvingKernel = Kernel<LoadedKey>;

/** @param key stays open as long as the kernel: some of it is read for each proof */
export const openProvingKernel = (key: BinFile, options?: KernelOptions): ProvingKernel =>
  openKernel((machine) => loadKey(machine, key), options);

export interface Groth16Options {
  /** The proof's randomness, in [0, r); drawn from the system where absent. Fresh for every proof, or the witness leaks. */
  readonly r?: bigint;
  readonly s?: bigint;
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of the work that is done, from 0 to 1. */
  readonly onShare?: ((share: number) => void) | undefined;
}

/**
 * A Groth16 proof. No row is checked: a witness that breaks one gives a proof that does not verify.
 * @param witness 32 bytes little-endian per wire, wire 0 first
 * @throws 'mismatch' for a witness of another circuit, 'format' for a damaged key, 'data' for a wire that is not below r,
 *   'resource' where memory or a thread could not be obtained
 */
export function groth16(
  kernel: ProvingKernel,
  witness: Uint8Array,
  { r = randomScalar(), s = randomScalar(), signal, onShare }: Groth16Options = {},
): Promise<Groth16Proof> {
  return kernel.run((machine, loaded) => {
    const { nWires } = loaded.shape;
    if (witness.length !== nWires * FIELD_BYTES) {
      throw new InferproofError(
        'mismatch',
        `expected a witness of ${nWires} wires, got ${witness.length / FIELD_BYTES}: the key belongs to another circuit`,
        { hint: 'run setup again' },
      );
    }
    return prove(machine, loaded, witness, r, s, onShare);
  }, signal);
}

/** sum of scalar_i * point_i over the commitment basis of a lookup key, one scalar of 32 bytes each. */
export const commitmentSum = (kernel: ProvingKernel, scalars: Uint8Array, signal?: AbortSignal): Promise<G1Point> =>
  kernel.run(async (machine, loaded) => affine(await basisSum(machine, loaded, scalars)), signal);

/** sum of scalar * point of a few. */
export const fewSum = (kernel: Kernel<unknown>, terms: readonly Term[], signal?: AbortSignal): Promise<G1Point> =>
  kernel.run((machine) => sumOfFew(machine, terms), signal);

/** Whether the equation holds; false also where a point is none of its group. */
export const holds = (kernel: Kernel<unknown>, equation: Equation, signal?: AbortSignal): Promise<boolean> =>
  kernel.run((machine) => equationHolds(machine, equation), signal);

/**
 * sum of scalar_i * base_i in G1, affine; (0, 0) for infinity.
 * @param bases affine times 2^256, 64 bytes each, (0, 0) for infinity
 * @param scalars 32 bytes little-endian each
 * @throws 'data' for the wrong number of scalars or one that is not below r, 'resource'
 */
export async function multiExpG1(
  kernel: Kernel<unknown>,
  bases: Uint8Array,
  scalars: Uint8Array,
  signal?: AbortSignal,
): Promise<G1Point> {
  const count = bases.length / AFFINE.G1;
  if (!Number.isInteger(count) || scalars.length !== count * FIELD_BYTES) {
    throw new InferproofError('data', `expected ${count} scalars of 32 bytes, got ${scalars.length} bytes`);
  }
  if (count === 0) return [0n, 0n];
  return kernel.run(async (machine) => affine(await sumOf(machine, bases, scalars)), signal);
}
