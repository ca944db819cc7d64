// Machines in Node: worker threads over one shared memory, or the calling thread alone.
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { InferproofError } from '../../verifier/errors.js';
import { reason } from '../binfile.js';
import { workerPool } from '../pool.js';
import { arena, instantiate, MAX_PAGES, type Machine } from './machine.js';

export interface ClosableMachine extends Machine {
  /** Ends the threads; the memory goes with the last reference to the machine. */
  readonly close: () => Promise<void>;
}

const STACK = 1 << 17; // a thread's: the deepest call is 28 levels of a transform
const INITIAL_PAGES = 64;

// the compiled kernels lie beside their sources, outside dist
const compile = async (name: string): Promise<WebAssembly.Module> =>
  WebAssembly.compile(new Uint8Array(await readFile(new URL(`../../../prover/kernel/${name}`, import.meta.url))));

function newMemory(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared });
  } catch (cause) {
    throw new InferproofError('resource', `expected 4 GiB of address space for the kernel, got: ${reason(cause)}`, {
      hint: 'raise the limit of address space (ulimit -v), or use a machine with more memory',
      cause,
    });
  }
}

/**
 * Throws 'resource' where memory cannot be had; rejects with whatever compiling gives where there is no SIMD.
 * @param script the worker's, for tests
 */
export async function threadMachine(
  threads: number,
  script = new URL('./worker.js', import.meta.url),
): Promise<ClosableMachine> {
  const module = await compile('kernel.wasm');
  const memory = newMemory(true);
  const { heapBase } = await instantiate(module, memory); // also writes the constants, once for all threads
  const space = arena(memory, heapBase);
  const stacks = Array.from({ length: threads }, () => space.alloc(STACK) + STACK);
  const pool = workerPool(script, threads);
  for (const stack of stacks) pool.run('kernel', { module, memory, stack, calls: [] }).catch(() => undefined); // starts a thread
  return {
    ...space,
    threads,
    run: async (jobs) => {
      const results = new Array<number[]>(jobs.length);
      const errors: unknown[] = [];
      let next = 0;
      const lane = async (slot: number): Promise<void> => {
        while (next < jobs.length && errors.length === 0) {
          const i = next++;
          try {
            const args = { module, memory, stack: stacks[slot], calls: jobs[i](slot) };
            results[i] = [...new Uint32Array((await pool.run('kernel', args)).buffer)];
          } catch (error) {
            errors.push(error);
          }
        }
      };
      await Promise.all(stacks.map((_, slot) => lane(slot)));
      if (errors.length > 0) throw errors[0];
      return results;
    },
    turn: () => setImmediate(),
    close: () => pool.close(),
  };
}

/** The same on the calling thread, without shared memory. */
export async function singleMachine(): Promise<ClosableMachine> {
  const memory = newMemory(false);
  const kernel = await instantiate(await compile('kernel-single.wasm'), memory);
  return {
    ...arena(memory, kernel.heapBase),
    threads: 1,
    run: (jobs) => Promise.resolve(jobs.map((job) => job(0).map(kernel.call))),
    turn: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
