// LeNet-5 as PyTorch tutorials write it (LeCun et al. 1998, with ReLU and max pooling): 61,706 parameters.
//
// The WebAssembly backend has no gradient of a convolution, so a convolution is written as a matrix product over patches:
// slices, concatenations and pads have gradients. Tensors are [batch, height, width, channels] here and
// [batch, channels, height, width] in ONNX; `onnx` reorders the weights.
import * as tf from '@tensorflow/tfjs';
import { apply, dense, type Dense, linearInitializers, type Network } from './network.js';
import { gemm, type Initializer } from './onnx.js';

const KERNEL = 5;

/** Every 5 x 5 patch as a row, in the order (dy, dx, channel): [batch * (h - 4) * (w - 4), 25 * channels]. */
function patches(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const [h, w] = [height - KERNEL + 1, width - KERNEL + 1];
  const shifts = [0, 1, 2, 3, 4];
  const across = tf.concat(
    shifts.map((dx) => x.slice([0, 0, dx, 0], [batch, height, w, channels])),
    3,
  );
  const down = tf.concat(
    shifts.map((dy) => across.slice([0, dy, 0, 0], [batch, h, w, KERNEL * channels])),
    3,
  );
  return down.reshape([batch * h * w, KERNEL * KERNEL * channels]);
}

/** ReLU of a valid 5 x 5 convolution. */
function convolve(layer: Dense, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const shape: [number, number, number, number] = [batch, height - 4, width - 4, layer.weight.shape[1]];
  return apply(layer, patches(x)).relu().reshape(shape);
}

/** Maximum over 2 x 2 squares: first of neighbouring rows, then of neighbouring columns. */
function pool(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const half = (pairs: tf.Tensor3D): tf.Tensor =>
    tf.maximum(pairs.slice([0, 0, 0], [-1, 1, -1]), pairs.slice([0, 1, 0], [-1, 1, -1]));
  const rows = half(x.reshape([(batch * height) / 2, 2, width * channels]));
  const columns = half(rows.reshape([(batch * height * width) / 4, 2, channels]));
  return columns.reshape([batch, height / 2, width / 2, channels]);
}

/** Weights [25 * channels, outputs] as torch.nn.Conv2d stores them: [outputs, channels, 5, 5]. */
function convInitializers(name: string, { weight, bias }: Dense): Initializer[] {
  const outputs = weight.shape[1];
  const channels = weight.shape[0] / KERNEL ** 2;
  const data = tf.tidy(() =>
    weight.reshape<tf.Tensor4D>([KERNEL, KERNEL, channels, outputs]).transpose([3, 2, 0, 1]).dataSync<'float32'>(),
  );
  return [
    { name: `${name}.weight`, dims: [outputs, channels, KERNEL, KERNEL], data },
    { name: `${name}.bias`, dims: [outputs], data: bias.dataSync<'float32'>() },
  ];
}

/** The first fully connected layer reads 5 x 5 x 16 here and 16 x 5 x 5 in ONNX. */
function channelsFirst({ weight, bias }: Dense): Dense {
  const [inputs, outputs] = weight.shape;
  const moved = weight.reshape<tf.Tensor4D>([5, 5, inputs / 25, outputs]).transpose([2, 0, 1, 3]);
  return { weight: tf.variable(moved.reshape<tf.Tensor2D>([inputs, outputs]), false), bias };
}

const conv = (name: string, input: string, output: string, pad: number) => ({
  name: `/${name}/Conv`,
  op: 'Conv',
  inputs: [input, `${name}.weight`, `${name}.bias`],
  output,
  attributes: {
    dilations: [1, 1],
    group: 1,
    kernel_shape: [KERNEL, KERNEL],
    pads: [pad, pad, pad, pad],
    strides: [1, 1],
  },
});

const relu = (name: string, input: string) => ({ name, op: 'Relu', inputs: [input], output: `${name}_output_0` });

const maxPool = (name: string, input: string) => ({
  name,
  op: 'MaxPool',
  inputs: [input],
  output: `${name}_output_0`,
  attributes: { ceil_mode: 0, dilations: [1, 1], kernel_shape: [2, 2], pads: [0, 0, 0, 0], strides: [2, 2] },
});

export const lenet: Network = {
  folder: 'mnist-lenet',
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
        const features = pool(convolve(conv2, pool(convolve(conv1, padded)))).reshape<tf.Tensor2D>([batch, 400]);
        return apply(fc3, apply(fc2, apply(fc1, features).relu()).relu());
      },
      onnx: () => ({
        inputShape: [1, 1, 28, 28],
        outputShape: [1, 10],
        initializers: [
          ...convInitializers('conv1', conv1),
          ...convInitializers('conv2', conv2),
          ...linearInitializers('fc1', channelsFirst(fc1)),
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
          {
            name: '/Flatten',
            op: 'Flatten',
            inputs: ['/pool_1/MaxPool_output_0'],
            output: '/Flatten_output_0',
            attributes: { axis: 1 },
          },
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
