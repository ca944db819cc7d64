// Training of a small classifier with TensorFlow.js: Adam on the softmax cross-entropy, batches of 64.
import * as tf from '@tensorflow/tfjs';
import { type Digits, jitter, normalise, pick } from './mnist.js';
import type { Initializer, OnnxGraph } from './onnx.js';
import { permutation, type Random } from './random.js';

const BATCH = 64;

/** The weights of one layer: weight [inputs, outputs], bias [outputs]. */
export interface Dense {
  readonly weight: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

export interface Network {
  /** Folder of the model. One under examples/ also gets digits to run it on. */
  readonly folder: string;
  readonly title: string;
  /** Shape of the ONNX input, batch dimension included. */
  readonly inputShape: readonly number[];
  /** Pixels are fed as (pixel / 255 - mean) / deviation. */
  readonly input: { readonly mean: number; readonly deviation: number };
  readonly seed: number;
  readonly epochs: number;
  /** Training digits that an epoch takes; another random choice each time. */
  readonly digitsAnEpoch: number;
  create(random: Random): Classifier;
}

export interface Classifier {
  /** Logits [batch, 10] of x [batch, 784]. */
  logits(x: tf.Tensor2D): tf.Tensor2D;
  onnx(): OnnxGraph;
}

/** A layer with weights uniform in ±√(6 / inputs) (He et al., arXiv 1502.01852, in its uniform form) and bias 0. */
export function dense(inputs: number, outputs: number, random: Random): Dense {
  const bound = Math.sqrt(6 / inputs);
  const values = Float32Array.from({ length: inputs * outputs }, () => (2 * random() - 1) * bound);
  return {
    weight: tf.variable(tf.tensor2d(values, [inputs, outputs])),
    bias: tf.variable(tf.zeros<tf.Rank.R1>([outputs])),
  };
}

export function apply({ weight, bias }: Dense, x: tf.Tensor2D): tf.Tensor2D {
  return x.matMul(weight).add(bias);
}

/** The layer as torch.nn.Linear stores it: weight [outputs, inputs]. */
export function linearInitializers(name: string, { weight, bias }: Dense): Initializer[] {
  const [inputs, outputs] = weight.shape;
  const transposed = tf.tidy(() => weight.transpose().dataSync<'float32'>());
  return [
    { name: `${name}.weight`, dims: [outputs, inputs], data: transposed },
    { name: `${name}.bias`, dims: [outputs], data: bias.dataSync<'float32'>() },
  ];
}

/** Trains for the network's epochs; `onEpoch` hears the mean loss of each. */
export function fit(
  network: Network,
  digits: Digits,
  random: Random,
  onEpoch: (epoch: number, loss: number) => void,
): Classifier {
  const classifier = network.create(random);
  const optimizer = tf.train.adam(1e-3);
  for (let epoch = 1; epoch <= network.epochs; epoch++) {
    const order = permutation(digits.count, random).subarray(0, network.digitsAnEpoch);
    let total = 0;
    for (let at = 0; at < order.length; at += BATCH) {
      const batch = jitter(pick(digits, order.subarray(at, at + BATCH)), random);
      total += tf.tidy(() => {
        const x = tf.tensor2d(normalise(batch, network.input), [batch.count, batch.pixels.length / batch.count]);
        const wanted = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), 10);
        const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(wanted, classifier.logits(x)), true);
        return loss === null ? 0 : loss.dataSync()[0] * batch.count;
      });
    }
    onEpoch(epoch, total / order.length);
  }
  optimizer.dispose();
  return classifier;
}

/** Logits of all digits, count x 10. */
export function predict(network: Network, classifier: Classifier, digits: Digits): Float32Array {
  const logits = new Float32Array(digits.count * 10);
  const inputs = normalise(digits, network.input);
  const elements = inputs.length / digits.count;
  for (let at = 0; at < digits.count; at += 200) {
    const count = Math.min(200, digits.count - at);
    const x = inputs.subarray(at * elements, (at + count) * elements);
    logits.set(
      tf.tidy(() => classifier.logits(tf.tensor2d(x, [count, elements])).dataSync<'float32'>()),
      at * 10,
    );
  }
  return logits;
}
