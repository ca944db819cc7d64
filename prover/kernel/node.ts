// Machines in Node: worker threads, and the compiled kernels from their files. web.ts is the same for browsers: `imports` of
// package.json says who gets which.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { machineOfOne, machineOfThreads, type ClosableMachine } from './machines.js';
import { startThread } from './thread.js';

export const cores = availableParallelism;

// the compiled kernels lie beside their sources, outside dist
const compile = async (name: string): Promise<WebAssembly.Module> =>
  WebAssembly.compile(new Uint8Array(await readFile(new URL(`../../../prover/kernel/${name}`, import.meta.url))));

/**
 * Throws 'resource' where memory cannot be obtained.
 * @param script the worker's, for tests
 */
export const threadMachine = async (
  threads: number,
  script = new URL('./worker.js', import.meta.url),
): Promise<ClosableMachine> =>
  machineOfThreads(
    await compile('kernel.wasm'),
    threads,
    (setup) => startThread(script, setup),
    () => setImmediate(),
  );

export const singleMachine = async (): Promise<ClosableMachine> =>
  machineOfOne(await compile('kernel-single.wasm'), () => setImmediate());
