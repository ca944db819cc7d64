// Small circuits with keys and samples, and the worker threads that this process starts.
import type { Worker } from 'node:worker_threads';
import { arrange } from '#compiler/circuit/arrange.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { domainOf } from '#compiler/circuit/domain.js';
import { circuitDigest } from '#compiler/circuit/json.js';
import { compile, type Samples } from '#compiler/index.js';
import { linkCircuit } from '#prover/circom/link.js';
import { binBytes } from '#prover/files/binfile.js';
import { keyPoints } from '#prover/files/key.js';
import { setup, type SetupResult } from '#prover/index.js';
import { devSetup } from '#prover/setup/dev.js';
import { parseVerificationKey, serializeVerificationKey } from '#verifier/index.js';
import { generator } from '../compiler/circuits.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

export interface Subject extends Pick<SetupResult, 'provingKey' | 'vkey'> {
  readonly circuit: Circuit;
  /** One sample inside the ranges, another one for each seed. */
  readonly sample: (seed: number) => Samples;
}

/** @param size of the domain of a lookup key; absent for what `setup` takes */
export async function subject(circuit: Circuit, size?: number): Promise<Subject> {
  const { provingKey, vkey } = size === undefined ? await setup(circuit, { dev: true }) : await keysOn(circuit, size);
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

/** The keys of a lookup circuit on a domain of that size: snarkjs proves on 2^k rows alone. */
async function keysOn(circuit: Circuit, size: number): Promise<Pick<SetupResult, 'provingKey' | 'vkey'>> {
  const wires = arrange(circuit);
  const domain = domainOf(size);
  const { file, insecure, contributions } = await devSetup(await linkCircuit(wires), { argument: 'lookup', domain });
  const { eta, ...points } = keyPoints(file);
  const common = { insecure, contributions, circuit: circuitDigest(circuit), publics: circuit.publics };
  const fields = { argument: 'lookup', committed: wires.nCommitted, ...common, ...points, eta: eta! } as const;
  return { provingKey: binBytes(file), vkey: parseVerificationKey(serializeVerificationKey(fields)) };
}

const layer = modelBytes({
  inputs: { x: [1, 2] },
  nodes: [
    { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
    { op: 'Relu', in: ['h'] },
  ],
  initializers: { w: floats([2, 2], [1, -2, 0.5, 3]) },
});

/** One layer with keys, on a domain of 2^9 rows in lookup, and a sample for it. */
export async function smallLayer(argument: 'plain' | 'lookup') {
  const { circuit } = await compile(layer, { argument, bits: 4, inputRanges: { '': [-1, 1] } });
  return subject(circuit, argument === 'lookup' ? 512 : undefined);
}
export const layerSamples: Samples = { count: 1, inputs: { x: Float64Array.of(0.5, -0.25) } };

/** Every worker thread that the process starts from now on. */
export function startedWorkers(): Worker[] {
  const workers: Worker[] = [];
  process.on('worker', (worker) => workers.push(worker));
  return workers;
}
