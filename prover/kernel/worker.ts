// A worker thread of the kernel: instantiates it in the shared memory once and makes the calls that it is sent. Speaks the protocol
// of pool.ts; answers with the return values, 4 bytes each.
import { parentPort } from 'node:worker_threads';
import type { Answer } from '../pool.js';
import { instantiate, type Call, type Callee } from './machine.js';

export interface ThreadArgs {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where this job's stack begins; it grows down. */
  readonly stack: number;
  readonly calls: readonly Call[];
}

if (parentPort !== null) {
  const port = parentPort;
  let callee: Callee | undefined; // a worker serves one memory
  const make = async ({ module, memory, stack, calls }: ThreadArgs): Promise<Answer> => {
    try {
      const kernel = (callee ??= await instantiate(module, memory));
      kernel.setStack(stack);
      return { ok: true, out: new Uint8Array(Uint32Array.from(calls, (call) => kernel.call(call)).buffer) };
    } catch (error) {
      return { ok: false, message: String(error) };
    }
  };
  port.on('message', ({ args }: { args: ThreadArgs }) => {
    void make(args).then((answer) => {
      port.postMessage(answer);
    });
  });
}
