// A model compiled with look-ups and run on the samples that calibrated it, beside onnxruntime.
import { compile, run, type Samples } from '#compiler/index.js';
import { legal, someCorners } from '../lies/ends.js';
import { generator } from './circuits.js';
import { floats, modelBytes, type ModelInit, type NodeInit, type TensorInit } from './onnx-models.js';
import { floatOutputs } from './random-graphs/floats.js';

const COUNT = 12;

/** Behind `nodes`, which give s, stands a node that computes with it, so that no reader is left to compute the function. */
export function modelOf(shape: number[], nodes: NodeInit[], initializers: Record<string, TensorInit> = {}): ModelInit {
  return {
    inputs: { x: shape },
    nodes: [...nodes, { op: 'Mul', in: ['s', 'two'], out: ['y'] }],
    initializers: { two: floats([1], [2]), ...initializers },
    opset: 17,
  };
}

/** The error of every element, and ours. */
export async function tried(init: ModelInit, reach: number, bits = 8) {
  const random = generator(7);
  const shape = init.inputs['x'] as number[];
  const size = COUNT * shape.reduce((a, b) => a * b, 1);
  const samples: Samples = {
    count: COUNT,
    inputs: { x: Float32Array.from({ length: size }, () => reach * (2 * random() - 1)) },
  };
  const bytes = modelBytes(init);
  const { circuit } = await compile(bytes, { argument: 'lookup', bits, calibration: samples });
  legal(circuit, someCorners(circuit, 1));
  const [want] = await floatOutputs(bytes, { x: shape }, [samples]);
  const { outputs } = await run(circuit, samples, { clamp: false });
  const ours = outputs.flatMap((sample) => sample['y'].floats);
  return { ours, want: want.get('y')!.data, circuit };
}

export const worst = ({ ours, want }: { readonly ours: readonly number[]; readonly want: Float64Array }): number =>
  ours.reduce((most, v, i) => Math.max(most, Math.abs(v - want[i])), 0);
