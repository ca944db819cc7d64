// A thread of the kernel in Node: a worker thread. An idle one does not keep the process alive.
import { Worker } from 'node:worker_threads';
import { threadBy, type Answer, type Thread, type ThreadSetup } from './threads.js';

export function startThread(script: URL, setup: ThreadSetup): Thread {
  // none of the process's flags: a thread refuses those of V8, and --input-type is not for files
  const worker = new Worker(script, { execArgv: [], workerData: setup });
  const { thread, busy, answered, died } = threadBy({
    send: (calls) => {
      worker.ref();
      worker.postMessage(calls);
    },
    rest: () => worker.unref(),
    terminate: () => worker.terminate(),
  });
  let cause: unknown;
  worker.on('online', () => {
    if (!busy()) worker.unref();
  });
  worker.on('message', (answer: Answer) => answered(answer));
  worker.on('error', (error: unknown) => (cause = error)); // 'exit' follows
  worker.on('exit', (code) => died(`exit code ${code}`, cause));
  return thread;
}
