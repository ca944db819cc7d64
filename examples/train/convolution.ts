// Convolutions and pools of the networks that have them, and how PyTorch's exporter writes both.
//
// The WebAssembly backend has no gradient of a convolution, so a convolution is written as a matrix product over patches:
// slices, concatenations and pads have gradients. Tensors are [batch, height, width, channels] here and
// [batch, channels, height, width] in ONNX; `convInitializers` and `channelsFirst` reorder the weights.
import * as tf from '@tensorflow/tfjs';
import { apply, type Dense } from './network.js';
import type { Initializer, OnnxNode } from './onnx.js';

export const KERNEL = 5;

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

/** A valid 5 x 5 convolution. */
export function convolve(layer: Dense, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const shape: [number, number, number, number] = [batch, height - 4, width - 4, layer.weight.shape[1]];
  return apply(layer, patches(x)).reshape(shape);
}

/** Maximum over 2 x 2 squares: first of neighbouring rows, then of neighbouring columns. */
export function pool(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const half = (pairs: tf.Tensor3D): tf.Tensor =>
    tf.maximum(pairs.slice([0, 0, 0], [-1, 1, -1]), pairs.slice([0, 1, 0], [-1, 1, -1]));
  const rows = half(x.reshape([(batch * height) / 2, 2, width * channels]));
  const columns = half(rows.reshape([(batch * height * width) / 4, 2, channels]));
  return columns.reshape([batch, height / 2, width / 2, channels]);
}

/** Weights [25 * channels, outputs] as torch.nn.Conv2d stores them: [outputs, channels, 5, 5]. */
export function convInitializers(name: string, { weight, bias }: Dense): Initializer[] {
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

/** A fully connected layer over pictures: it reads side x side x channels here and channels x side x side in ONNX. */
export function channelsFirst({ weight, bias }: Dense, side: number): Dense {
  const [inputs, outputs] = weight.shape;
  const moved = weight.reshape<tf.Tensor4D>([side, side, inputs / side ** 2, outputs]).transpose([2, 0, 1, 3]);
  return { weight: tf.variable(moved.reshape<tf.Tensor2D>([inputs, outputs]), false), bias };
}

export const conv = (name: string, input: string, output: string, pad: number): OnnxNode => ({
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

export const relu = (name: string, input: string): OnnxNode => {
  return { name, op: 'Relu', inputs: [input], output: `${name}_output_0` };
};

export const maxPool = (name: string, input: string): OnnxNode => ({
  name,
  op: 'MaxPool',
  inputs: [input],
  output: `${name}_output_0`,
  attributes: { ceil_mode: 0, dilations: [1, 1], kernel_shape: [2, 2], pads: [0, 0, 0, 0], strides: [2, 2] },
});

export const flatten = (input: string): OnnxNode => {
  return { name: '/Flatten', op: 'Flatten', inputs: [input], output: '/Flatten_output_0', attributes: { axis: 1 } };
};
