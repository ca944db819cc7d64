// The proving kernel's door. The kernel is our own code for what a proof spends its time on (quotient.c, sums.c), in WebAssembly with
// SIMD; `backend` says what it runs on here. One computation runs at a time, later ones wait.
//
// A proof or a sum is not checked here: who makes proofs verifies each before it goes out (prove.ts).
import { availableParallelism } from 'node:os';
import { FIELD_BYTES } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import type { BinFile } from '../binfile.js';
import { groupEqual } from '../group.js';
import { AFFINE, fixedBase as fixedBaseFallback, windowFor, type GroupName } from '../points.js';
import { randomScalar } from '../random.js';
import { keyShape, type G1Point } from '../setup/key.js';
import { groth16Prove, multiExp, type Groth16Proof } from '../snarkjs.js';
import { fixedBaseWindow as multiplesWindow, multiples } from './fixed-base.js';
import { affine, prove, sumG1 } from './groth16.js';
import { lagrangeBasis as basisBy, lagrangeBasisOfBigints, type BasisInput } from './lagrange.js';
import type { Machine } from './machine.js';
import { singleMachine, threadMachine, type ClosableMachine } from './node.js';
import { MIN_DOMAIN } from './quotient.js';

/**
 * threads   worker threads over one shared memory
 * single    the calling thread, where memory cannot be shared
 * snarkjs   where there is no SIMD, and for a domain of 2: snarkjs and ffjavascript, with equal scalars added up first
 */
export type Backend = 'threads' | 'single' | 'snarkjs';

export interface KernelOptions {
  /** Default: what this engine has. */
  readonly backend?: Backend;
  /** Worker threads, default one a core. */
  readonly threads?: number;
}

export interface Groth16Options extends KernelOptions {
  /** The proof's randomness, in [0, r); drawn from the system where absent. Fresh for every proof, or the witness leaks. */
  readonly r?: bigint;
  readonly s?: bigint;
}

/** A module with one instruction of SIMD. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11); // prettier-ignore

/** What the kernel runs on here if nothing else is asked for. */
export function defaultBackend(): Backend {
  if (!WebAssembly.validate(SIMD)) return 'snarkjs';
  return typeof SharedArrayBuffer === 'undefined' ? 'single' : 'threads';
}

/**
 * A Groth16 proof. No row is checked: a witness that breaks one gives a proof that does not verify.
 * @param witness 32 bytes little-endian a wire, wire 0 first
 * @throws 'mismatch' for a witness of another circuit, 'format' for a damaged key, 'data' for a wire that is not below r,
 *   'resource' where memory or a thread could not be had, 'usage' for r or s with the backend snarkjs, which draws its own
 */
export async function groth16(key: BinFile, witness: Uint8Array, options: Groth16Options = {}): Promise<Groth16Proof> {
  const { nWires, domain } = keyShape(key);
  if (witness.length !== nWires * FIELD_BYTES) {
    throw new InferproofError(
      'mismatch',
      `expected a witness of ${nWires} wires, got ${witness.length / FIELD_BYTES}: the key belongs to another circuit`,
      { hint: 'run setup again' },
    );
  }
  const { r, s } = options;
  const backend = domain < MIN_DOMAIN ? 'snarkjs' : (options.backend ?? defaultBackend());
  if (backend !== 'snarkjs') {
    return withMachine(backend, options.threads, (machine) => {
      return prove(machine, key, witness, r ?? randomScalar(), s ?? randomScalar());
    });
  }
  if (r !== undefined || s !== undefined) {
    throw new InferproofError('usage', 'expected no r and s with the backend snarkjs, which draws its own');
  }
  const small = await groupEqual(key, witness);
  return groth16Prove(small.key, small.witness);
}

/**
 * sum of scalar_i * base_i in G1, affine; (0, 0) for infinity.
 * @param bases affine times 2^256, 64 bytes each, (0, 0) for infinity
 * @param scalars 32 bytes little-endian each
 * @throws 'data' for another number of scalars or one that is not below r, 'resource'
 */
export async function multiExpG1(
  bases: Uint8Array,
  scalars: Uint8Array,
  { backend = defaultBackend(), threads }: KernelOptions = {},
): Promise<G1Point> {
  const count = bases.length / AFFINE.G1;
  if (!Number.isInteger(count) || scalars.length !== count * FIELD_BYTES) {
    throw new InferproofError('data', `expected ${count} scalars of 32 bytes, got ${scalars.length} bytes`);
  }
  if (count === 0) return [0n, 0n];
  if (backend === 'snarkjs') return multiExp(bases, scalars);
  return withMachine(backend, threads, async (machine) => affine(await sumG1(machine, bases, scalars)));
}

/** The window of `fixedBase` for that many scalars in all. */
export const fixedBaseWindow = (group: GroupName, count: number): number =>
  defaultBackend() === 'snarkjs' ? windowFor(count) : multiplesWindow(group, count);

/**
 * scalar_i * generator, affine times 2^256, 64 (G1) or 128 (G2) bytes each, zeros for infinity.
 * @param scalars 32 bytes little-endian each, below r
 * @param window from `fixedBaseWindow`; the same for a run of calls, so that the table is kept
 * @param onDone told how many scalars were finished, several times
 */
export function fixedBase(
  group: GroupName,
  scalars: Uint8Array,
  window: number,
  onDone: (count: number) => void = () => undefined,
): Promise<Uint8Array> {
  const backend = defaultBackend();
  if (backend === 'snarkjs') return fixedBaseFallback(group, scalars, window, onDone);
  return withMachine(backend, undefined, (machine) => multiples(machine, group, scalars, window, onDone));
}

/** factor * x / (tau - x) over a coset of roots of unity, 32 bytes little-endian each. */
export async function lagrangeBasis(input: BasisInput): Promise<Uint8Array> {
  const backend = defaultBackend();
  if (backend === 'snarkjs') return lagrangeBasisOfBigints(input);
  return withMachine(backend, undefined, (machine) => basisBy(machine, input));
}

// ---- one machine, one computation at a time

let current: { readonly name: string; readonly machine: ClosableMachine } | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Starts what the next proof runs on, while its witness is made; a failure is the proof's to tell. */
export function startKernel({ backend = defaultBackend(), threads }: KernelOptions): void {
  if (backend !== 'snarkjs') withMachine(backend, threads, () => Promise.resolve()).catch(() => undefined);
}

/** Ends the kernel's threads and frees its memory, when what runs is done; the next call starts them again. */
export function closeKernel(): Promise<void> {
  return queued(close);
}

async function close(): Promise<void> {
  const closing = current;
  current = undefined;
  await closing?.machine.close();
}

function queued<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}

function withMachine<T>(
  backend: 'threads' | 'single',
  threads = availableParallelism(),
  work: (machine: Machine) => Promise<T>,
): Promise<T> {
  return queued(async () => {
    const name = backend === 'threads' ? `threads ${threads}` : backend;
    if (current?.name !== name) {
      await close();
      current = { name, machine: await (backend === 'threads' ? threadMachine(threads) : singleMachine()) };
    }
    const { machine } = current;
    const mark = machine.mark();
    try {
      const result = await work(machine);
      machine.release(mark);
      return result;
    } catch (error) {
      await close(); // a memory that refused, or a thread that ended: nothing of it is used again
      throw error;
    }
  });
}
