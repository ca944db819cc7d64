// Small circuits with keys and samples, and the worker threads that this process starts.
import type { Worker } from 'node:worker_threads';
import type { Circuit } from '#compiler/circuit/circuit.js';
import type { Samples } from '#compiler/index.js';
import { setup, type SetupResult } from '#prover/index.js';
import { generator } from '../compiler/circuits.js';

export interface Subject extends Pick<SetupResult, 'provingKey' | 'vkey'> {
  readonly circuit: Circuit;
  /** One sample inside the ranges, another one for each seed. */
  readonly sample: (seed: number) => Samples;
}

export async function subject(circuit: Circuit): Promise<Subject> {
  const { provingKey, vkey } = await setup(circuit, { dev: true });
  const sample = (seed: number): Samples => {
    const random = generator(seed);
    const values = circuit.inputs.map(({ name, tensor }) => {
      const [[lo, hi]] = circuit.options.ranges[name].ends;
      const size = circuit.tensors[tensor].shape.reduce((a, b) => a * b, 1);
      return [name, Float64Array.from({ length: size }, () => lo + random() * (hi - lo))] as const;
    });
    return { count: 1, inputs: Object.fromEntries(values) };
  };
  return { circuit, provingKey, vkey, sample };
}

/** Every worker thread that the process starts from now on. */
export function startedWorkers(): Worker[] {
  const workers: Worker[] = [];
  process.on('worker', (worker) => workers.push(worker));
  return workers;
}
