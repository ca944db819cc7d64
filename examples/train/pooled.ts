// PyTorch's own MNIST example as it stood for years (pytorch/examples, mnist/main.py, without its dropout): two convolutions, each
// pooled before its ReLU, and two fully connected layers: 21,840 parameters. Its log_softmax is left to the reader.
import * as tf from '@tensorflow/tfjs';
import { channelsFirst, conv, convInitializers, convolve, flatten, maxPool, pool, relu } from './convolution.js';
import { apply, dense, linearInitializers, type Network } from './network.js';
import { gemm } from './onnx.js';

export const pooled: Network = {
  folder: 'test/models/mnist_pool_relu',
  title: 'PyTorch MNIST example',
  inputShape: [1, 1, 28, 28],
  input: { mean: 0.1307, deviation: 0.3081 },
  seed: 3,
  epochs: 4,
  digitsAnEpoch: 20_000,
  create(random) {
    const conv1 = dense(25, 10, random);
    const conv2 = dense(250, 20, random);
    const fc1 = dense(320, 50, random);
    const fc2 = dense(50, 10, random);
    return {
      logits(x) {
        const batch = x.shape[0];
        const first = pool(convolve(conv1, x.reshape<tf.Tensor4D>([batch, 28, 28, 1]))).relu<tf.Tensor4D>();
        const features = pool(convolve(conv2, first)).relu().reshape<tf.Tensor2D>([batch, 320]);
        return apply(fc2, apply(fc1, features).relu());
      },
      onnx: () => ({
        inputShape: [1, 1, 28, 28],
        outputShape: [1, 10],
        initializers: [
          ...convInitializers('conv1', conv1),
          ...convInitializers('conv2', conv2),
          ...linearInitializers('fc1', channelsFirst(fc1, 4)),
          ...linearInitializers('fc2', fc2),
        ],
        nodes: [
          conv('conv1', 'input', '/conv1/Conv_output_0', 0),
          maxPool('/MaxPool', '/conv1/Conv_output_0'),
          relu('/Relu', '/MaxPool_output_0'),
          conv('conv2', '/Relu_output_0', '/conv2/Conv_output_0', 0),
          maxPool('/MaxPool_1', '/conv2/Conv_output_0'),
          relu('/Relu_1', '/MaxPool_1_output_0'),
          flatten('/Relu_1_output_0'),
          gemm('fc1', '/Flatten_output_0', '/fc1/Gemm_output_0'),
          relu('/Relu_2', '/fc1/Gemm_output_0'),
          gemm('fc2', '/Relu_2_output_0', 'output'),
        ],
      }),
    };
  },
};
