// PyTorch's own MNIST example pools before it rectifies: maxima of whole accumulators are 26 bits wide and more, and the two weights
// that read them must not round away at any width, in either argument. Calibrated on training digits, tried on test digits.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, run, type Samples } from '#compiler/index.js';
import { normalise, pick, PIXELS, readDigits, type Digits } from '#examples/train/mnist.js';

const CALIBRATED = 50;
const HELD_OUT = 200;
const SHAPE = [1, 1, 28, 28];
/** As PyTorch's example normalises its digits. */
const INPUT = { mean: 0.1307, deviation: 0.3081 };

const bytes = readFileSync('test/models/mnist_pool_relu/model.onnx');

/** `count` digits from all over a split. */
function some(split: 'train' | 't10k', count: number): Digits {
  const all = readDigits(split);
  return pick(
    all,
    Array.from({ length: count }, (_, i) => Math.floor((i * all.count) / count)),
  );
}

const samplesOf = (digits: Digits): Samples => ({ count: digits.count, inputs: { input: normalise(digits, INPUT) } });

async function logits({ count, inputs }: Samples): Promise<Float64Array> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const all = new Float64Array(10 * count);
  for (let i = 0; i < count; i++) {
    const x = Float32Array.from(inputs['input'].subarray(i * PIXELS, (i + 1) * PIXELS));
    const { output } = await session.run({ input: new Tensor('float32', x, SHAPE) });
    all.set(output.data as Float32Array, 10 * i);
  }
  await session.release();
  return all;
}

const answers = (scores: Float64Array): number[] =>
  Array.from({ length: scores.length / 10 }, (_, i) => {
    const row = scores.subarray(10 * i, 10 * i + 10);
    return row.indexOf(Math.max(...row));
  });

describe.each(['lookup', 'plain'] as const)('%s', (argument) => {
  const [calibration, digits] = [samplesOf(some('train', CALIBRATED)), some('t10k', HELD_OUT)];
  let floats: Float64Array;
  beforeAll(async () => void (floats = await logits(samplesOf(digits))));

  it('reads the digits', () => {
    const right = answers(floats).filter((digit, i) => digit === digits.labels[i]).length;
    expect(right / HELD_OUT).toBeGreaterThan(0.97);
  });

  it.each([8, 10, 12])('decides as in floats at %i bits', async (bits) => {
    const { circuit, graph } = await compile(bytes, { argument, bits, calibration });
    const reference = { name: 'onnxruntime', run: () => Promise.resolve({ output: floats }) };
    const { agreement, rangeError } = await run(circuit, samplesOf(digits), { graph, reference });
    expect(agreement).toBeGreaterThanOrEqual(0.995);
    expect(rangeError).toBeLessThan(0.01);
  });
});
