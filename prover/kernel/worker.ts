// A worker thread of the kernel, from its own side: instantiates it in the shared memory and makes the calls that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import { instantiate, type Call } from './instance.js';
import type { Answer, ThreadSetup } from './threads.js';

if (parentPort !== null) {
  const port = parentPort;
  const { module, memory, stack } = workerData as ThreadSetup;
  const kernel = instantiate(module, memory);
  const answer = async (calls: readonly Call[]): Promise<Answer> => {
    try {
      const { call, setStack } = await kernel;
      setStack(stack); // a call that trapped may have left it anywhere
      return { ok: true, results: calls.map(call) };
    } catch (error) {
      return { ok: false, message: String(error) };
    }
  };
  kernel.catch(() => undefined); // reported to the first call
  port.on('message', (calls: readonly Call[]) => {
    void answer(calls).then((message) => port.postMessage(message));
  });
}
