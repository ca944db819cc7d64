// Machines in a browser, on a page or in a worker of its own: web workers, and the compiled kernels from this code itself. So whatever
// bundles it needs to know nothing of workers and WebAssembly.
import { decodeBase64 } from '../../compiler/base64.js';
import { InferproofError } from '../../verifier/errors.js';
import { reason } from '../files/binfile.js';
import { machineOfOne, machineOfThreads, type ClosableMachine } from './machines.js';
import { startWebThreads } from './web-thread.js';

/** What of a browser is used here and TypeScript knows from its DOM library alone. */
const { navigator } = globalThis as unknown as { readonly navigator?: { readonly hardwareConcurrency?: number } };

export const cores = (): number => Math.min(64, navigator?.hardwareConcurrency ?? 1);

/** Throws 'resource' where memory cannot be obtained, or the browser lacks what the kernel needs. */
export async function threadMachine(threads: number): Promise<ClosableMachine> {
  const module = await compile((await import('./bytes-shared.js')).BYTES);
  const { start, release } = startWebThreads();
  const machine = await machineOfThreads(module, threads, start, turn);
  const close = async (): Promise<void> => {
    await machine.close();
    release();
  };
  return { ...machine, close };
}

export const singleMachine = async (): Promise<ClosableMachine> =>
  machineOfOne(await compile((await import('./bytes-single.js')).BYTES), turn);

/** @param text base64 of the deflated kernel */
async function compile(text: string): Promise<WebAssembly.Module> {
  try {
    const deflated = new Blob([decodeBase64(text)!]);
    const bytes = new Response(deflated.stream().pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer();
    return await WebAssembly.compile(new Uint8Array(await bytes));
  } catch (cause) {
    throw new InferproofError('resource', `expected a browser that has WebAssembly with SIMD, got one that refuses the kernel: ${reason(cause)}`, {
      hint: "Chrome 110, Firefox 115, Safari 16.4 have it; a Content-Security-Policy must allow 'wasm-unsafe-eval'",
      cause,
    }); // prettier-ignore
  }
}

/** A task of its own: timers would wait four milliseconds each. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    (port1 as unknown as { onmessage: () => void }).onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
