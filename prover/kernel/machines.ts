// Machines, whatever their threads are: several over one shared memory, or the calling one alone.
import { InferproofError } from '../../verifier/errors.js';
import { reason } from '../files/binfile.js';
import { instantiate } from './instance.js';
import { arena, MAX_PAGES, type Machine } from './machine.js';
import type { Thread, ThreadSetup } from './threads.js';

export interface ClosableMachine extends Machine {
  /** Whether a thread has ended: then nothing of the machine is used again. */
  readonly lost: () => boolean;
  /** Ends the threads and the job that each has; the memory is freed with the last reference to the machine. */
  readonly close: () => Promise<void>;
}

const STACK = 1 << 17; // a thread's: the deepest call is 28 levels of a transform
const INITIAL_PAGES = 64;

/** Address space for 4 GiB, or for less where that is refused, as small devices do. */
function newMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared });
    } catch (cause) {
      if (maximum > MAX_PAGES / 8) continue;
      throw new InferproofError('resource', `expected 512 MiB of address space for the kernel, got: ${reason(cause)}`, {
        hint: 'raise the limit of address space (ulimit -v), or use a machine with more memory',
        cause,
      });
    }
  }
}

/**
 * Throws 'resource' where memory cannot be obtained.
 * @param start starts a thread
 * @param turn lets others have a turn
 */
export async function machineOfThreads(
  module: WebAssembly.Module,
  threads: number,
  start: (setup: ThreadSetup) => Thread,
  turn: () => Promise<void>,
): Promise<ClosableMachine> {
  const memory = newMemory(true);
  const { heapBase } = await instantiate(module, memory); // also writes the constants, once for all threads
  const space = arena(memory, heapBase);
  const workers = Array.from({ length: threads }, () => start({ module, memory, stack: space.alloc(STACK) + STACK }));
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
            results[i] = await workers[slot].make(jobs[i](slot));
          } catch (error) {
            errors.push(error);
          }
        }
      };
      await Promise.all(workers.map((_, slot) => lane(slot)));
      if (errors.length > 0) throw errors[0];
      return results;
    },
    turn,
    lost: () => workers.some((worker) => worker.ended()),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}

/** The same on the calling thread, without shared memory; others have a turn between two jobs. */
export async function machineOfOne(module: WebAssembly.Module, turn: () => Promise<void>): Promise<ClosableMachine> {
  const memory = newMemory(false);
  const kernel = await instantiate(module, memory);
  let closed = false;
  return {
    ...arena(memory, kernel.heapBase),
    threads: 1,
    run: async (jobs) => {
      const results: number[][] = [];
      for (const job of jobs) {
        await turn();
        if (closed) throw new InferproofError('internal', 'expected an open machine, got one that was closed');
        results.push(job(0).map(kernel.call));
      }
      return results;
    },
    turn,
    lost: () => closed,
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}
