// A multi-layer perceptron 784-32-10 with ReLU: 25,450 parameters.
import type { Network } from './network.js';
import { apply, dense, linearInitializers } from './network.js';
import { gemm } from './onnx.js';

const HIDDEN = 32;

export const mlp: Network = {
  folder: 'examples/mnist-mlp',
  title: 'MLP 784-32-10',
  inputShape: [1, 784],
  input: { mean: 0, deviation: 1 },
  seed: 1,
  epochs: 12,
  digitsAnEpoch: 60_000,
  create(random) {
    const fc1 = dense(784, HIDDEN, random);
    const fc2 = dense(HIDDEN, 10, random);
    return {
      logits: (x) => apply(fc2, apply(fc1, x).relu()),
      onnx: () => ({
        inputShape: [1, 784],
        outputShape: [1, 10],
        initializers: [...linearInitializers('fc1', fc1), ...linearInitializers('fc2', fc2)],
        nodes: [
          gemm('fc1', 'input', '/fc1/Gemm_output_0'),
          { name: '/Relu', op: 'Relu', inputs: ['/fc1/Gemm_output_0'], output: '/Relu_output_0' },
          gemm('fc2', '/Relu_output_0', 'output'),
        ],
      }),
    };
  },
};
