// Trains the example models and writes what stands in examples/mnist-*: model.onnx, calibration.npz, labels.npy, digit.json; and
// the model.onnx of test/models/mnist_pool_relu. From the repository's root, after `npm run build:examples`:
//
//   node dist/examples/train/main.js [mnist-mlp | mnist-lenet | mnist_pool_relu]...
//
// About 1.5 minutes for the MLP and 3.5 for each of the others on one core. The seed is fixed and one thread computes, so a run on the
// same machine gives the same files.
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeNpy, encodeNpz } from './arrays.js';
import { lenet } from './lenet.js';
import { mlp } from './mlp.js';
import { type Digits, normalise, pick, PIXELS, PROVED, readDigits } from './mnist.js';
import { fit, type Network, predict } from './network.js';
import { encodeOnnx } from './onnx.js';
import { pooled } from './pooled.js';
import { seededRandom } from './random.js';

/** Test digits 0, 50, 100 … calibrate; the digit that is proved (PROVED) is not one of them. */
const CALIBRATION = Array.from({ length: 200 }, (_, i) => 50 * i);

/** Place of the largest of 10 logits, for each digit; the first of equals. */
function answers(logits: Float32Array): number[] {
  return Array.from({ length: logits.length / 10 }, (_, n) => {
    const row = logits.subarray(10 * n, 10 * n + 10);
    return row.indexOf(Math.max(...row));
  });
}

function accuracy(logits: Float32Array, labels: Uint8Array): number {
  return answers(logits).filter((digit, n) => digit === labels[n]).length / labels.length;
}

/** Logits of the written file in onnxruntime, digit by digit. */
async function runOnnx(model: Uint8Array, network: Network, digits: Digits): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const logits = new Float32Array(digits.count * 10);
  const inputs = normalise(digits, network.input);
  for (let n = 0; n < digits.count; n++) {
    const x = new Tensor('float32', inputs.slice(n * PIXELS, (n + 1) * PIXELS), network.inputShape);
    const { output } = await session.run({ input: x });
    if (!(output.data instanceof Float32Array)) throw new Error(`expected float32 logits, got ${output.type}`);
    logits.set(output.data, 10 * n);
  }
  await session.release();
  return logits;
}

async function train(network: Network): Promise<void> {
  const started = performance.now();
  const random = seededRandom(network.seed);
  const test = readDigits('t10k');
  console.log(`${network.title}, seed ${network.seed}`);
  const classifier = fit(network, readDigits('train'), random, (epoch, loss) =>
    console.log(`  epoch ${epoch} of ${network.epochs}: loss ${loss.toFixed(4)}, ${seconds(started)} s`),
  );

  const model = encodeOnnx(classifier.onnx());
  const expected = predict(network, classifier, test);
  const got = await runOnnx(model, network, test);
  const difference = got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0);
  if (difference > 1e-3)
    throw new Error(`expected onnxruntime to agree with TensorFlow.js, got a difference of ${difference}`);

  writeFileSync(`${network.folder}/model.onnx`, model);
  console.log(
    `  model.onnx: ${model.length} bytes; onnxruntime differs from TensorFlow.js by at most ${difference.toExponential(1)}`,
  );
  console.log(`  test accuracy ${accuracy(got, test.labels)} of ${test.count}`);
  if (network.folder.startsWith('examples/')) writeDigits(network, test);
  console.log(`  ${seconds(started)} s`);
}

/** Digits to calibrate with, their labels, and the one to prove. */
function writeDigits({ folder, input, inputShape }: Network, test: Digits): void {
  const calibration = pick(test, CALIBRATION);
  const digit = normalise(pick(test, [PROVED]), input);
  const shape = [calibration.count, ...inputShape.slice(1)];
  writeFileSync(`${folder}/calibration.npz`, encodeNpz('input', normalise(calibration, input), shape));
  writeFileSync(`${folder}/labels.npy`, encodeNpy(calibration.labels, [calibration.count]));
  writeFileSync(`${folder}/digit.json`, `${JSON.stringify({ input_data: [Array.from(digit, shortest)] })}\n`);
}

/** The shortest decimal that is read back as the same float32. */
function shortest(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000);
}

setThreadsCount(1);
await tf.setBackend('wasm');
for (const network of [mlp, lenet, pooled])
  if (process.argv.length === 2 || process.argv.includes(basename(network.folder))) await train(network);
