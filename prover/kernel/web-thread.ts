// A thread of the kernel in a browser: a web worker. Its script is a text here, so that it needs no address of its own: a page's
// Content-Security-Policy must allow workers from blob:.
import { threadBy, type Answer, type Thread, type ThreadSetup } from './threads.js';

/** worker.ts in JavaScript: the first message is the setup, each later one a list of calls. */
const SCRIPT = `'use strict';
let stack, kernel;
onmessage = async ({ data }) => {
  if (kernel === undefined) {
    stack = data.stack;
    kernel = WebAssembly.instantiate(data.module, { env: { memory: data.memory } });
    return kernel.catch(() => {});
  }
  try {
    const { exports } = await kernel;
    exports.__stack_pointer.value = stack;
    postMessage({ ok: true, results: data.map(([name, ...args]) => exports[name](...args) ?? 0) });
  } catch (error) {
    postMessage({ ok: false, message: String(error) });
  }
};`;

/** What of a browser is used here and TypeScript knows from its DOM library alone. */
interface WebWorker {
  onmessage: (event: { readonly data: Answer }) => void;
  onerror: (event: { readonly message?: string }) => void;
  postMessage(message: unknown): void;
  terminate(): void;
}
const { Worker } = globalThis as unknown as { readonly Worker: new (script: string) => WebWorker };

/** Starts threads until `release`. */
export function startWebThreads(): { readonly start: (setup: ThreadSetup) => Thread; readonly release: () => void } {
  const script = URL.createObjectURL(new Blob([SCRIPT], { type: 'text/javascript' }));
  return { start: (setup) => startThread(script, setup), release: () => URL.revokeObjectURL(script) };
}

function startThread(script: string, setup: ThreadSetup): Thread {
  const worker = new Worker(script);
  const { thread, answered, died } = threadBy({
    send: (calls) => worker.postMessage(calls),
    rest: () => undefined,
    terminate: () => {
      worker.terminate();
      return Promise.resolve();
    },
  });
  worker.onmessage = ({ data }) => answered(data);
  worker.onerror = ({ message }) => died(message ?? 'a script that was refused');
  worker.postMessage(setup);
  return thread;
}
