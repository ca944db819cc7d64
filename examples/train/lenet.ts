// LeNet-5 as PyTorch tutorials write it (LeCun et al. 1998, with ReLU and max pooling): 61,706 parameters.
import * as tf from '@tensorflow/tfjs';
import { channelsFirst, conv, convInitializers, convolve, flatten, maxPool, pool, relu } from './convolution.js';
import { apply, dense, linearInitializers, type Network } from './network.js';
import { gemm } from './onnx.js';

export const lenet: Network = {
  folder: 'examples/mnist-lenet',
  title: 'LeNet-5',
  inputShape: [1, 1, 28, 28],
  input: { mean: 0.1307, deviation: 0.3081 },
  seed: 2,
  epochs: 4,
  digitsAnEpoch: 20_000,
  create(random) {
    const conv1 = dense(25, 6, random);
    const conv2 = dense(150, 16, random);
    const fc1 = dense(400, 120, random);
    const fc2 = dense(120, 84, random);
    const fc3 = dense(84, 10, random);
    return {
      logits(x) {
        const batch = x.shape[0];
        const image = x.reshape<tf.Tensor4D>([batch, 28, 28, 1]);
        const padded = tf.pad4d(image, [
          [0, 0],
          [2, 2],
          [2, 2],
          [0, 0],
        ]);
        const first = pool(convolve(conv1, padded).relu());
        const features = pool(convolve(conv2, first).relu()).reshape<tf.Tensor2D>([batch, 400]);
        return apply(fc3, apply(fc2, apply(fc1, features).relu()).relu());
      },
      onnx: () => ({
        inputShape: [1, 1, 28, 28],
        outputShape: [1, 10],
        initializers: [
          ...convInitializers('conv1', conv1),
          ...convInitializers('conv2', conv2),
          ...linearInitializers('fc1', channelsFirst(fc1, 5)),
          ...linearInitializers('fc2', fc2),
          ...linearInitializers('fc3', fc3),
        ],
        nodes: [
          conv('conv1', 'input', '/conv1/Conv_output_0', 2),
          relu('/Relu', '/conv1/Conv_output_0'),
          maxPool('/pool/MaxPool', '/Relu_output_0'),
          conv('conv2', '/pool/MaxPool_output_0', '/conv2/Conv_output_0', 0),
          relu('/Relu_1', '/conv2/Conv_output_0'),
          maxPool('/pool_1/MaxPool', '/Relu_1_output_0'),
          flatten('/pool_1/MaxPool_output_0'),
          gemm('fc1', '/Flatten_output_0', '/fc1/Gemm_output_0'),
          relu('/Relu_2', '/fc1/Gemm_output_0'),
          gemm('fc2', '/Relu_2_output_0', '/fc2/Gemm_output_0'),
          relu('/Relu_3', '/fc2/Gemm_output_0'),
          gemm('fc3', '/Relu_3_output_0', 'output'),
        ],
      }),
    };
  },
};
