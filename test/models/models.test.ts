// Four trained models with their data, start to finish, where they are at hand (a folder `shared/models` beside the
// checkout): fidelity against onnxruntime on the whole data set, row ceilings, the quantised ONNX file bit for bit, the
// constraint system on real inputs, a proof that stock snarkjs takes. INFERPROOF_FULL=1 checks and proves all of them.
import { existsSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, modelInputs, run, type Compilation, type Samples } from '#compiler/index.js';
import { check, prove, setup } from '#prover/index.js';
import { serializeVerificationKey } from '#verifier/key.js';
import { verify } from '#verifier/index.js';
import { readNpy } from '../compiler/onnx-models.js';
import { closeCurve, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';

const MODELS = '../shared/models';
const FULL = process.env['INFERPROOF_FULL'] === '1';
const BIT_EXACT = 50;

/** `rows`: ceilings; `checked`: samples whose witness is checked on every run; `proved`: on every run, or in the full one. */
const models = [
  { name: 'mnist_mlp_784_56_10', rows: 10_000, checked: 20, proved: true },
  { name: 'mnist_lenet5', rows: 220_000, checked: 2, proved: FULL },
  { name: 'mnist_cnn_bn_gap', rows: 210_000, checked: 2, proved: FULL },
  { name: 'ad01_autoencoder', rows: 36_000, checked: 20, proved: FULL },
] as const;

interface Data {
  readonly samples: Samples;
  readonly input: string;
  /** Of one sample, as the model declares it. */
  readonly shape: readonly number[];
  readonly size: number;
}

/** The data set as the model takes it: float32, pixels normalised as meta.json says. */
function readData(folder: string): Data {
  const meta = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8'));
  const raw = readNpy(`${folder}/${meta.normalisation?.file ?? 'inputs.npy'}`);
  const { scale = 1, bias = 0 } = meta.normalisation ?? {};
  const shape: number[] = meta.input?.shape ?? meta.input_shape;
  const size = shape.reduce((n, d) => n * d, 1);
  const values = Float64Array.from(raw.data, (x) =>
    Math.fround(Math.fround(x * Math.fround(scale)) + Math.fround(bias)),
  );
  return { input: '', shape, size, samples: { count: values.length / size, inputs: { '': values } } };
}

/** Outputs of an ONNX file on every sample, one after the other, by name. */
async function runOnnx(
  bytes: Uint8Array,
  { samples, input, shape, size }: Data,
): Promise<Record<string, Float64Array>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const results: Record<string, Float64Array> = {};
  for (let i = 0; i < samples.count; i++) {
    const data = Float32Array.from(samples.inputs[input].subarray(i * size, (i + 1) * size));
    for (const [name, tensor] of Object.entries(await session.run({ [input]: new Tensor('float32', data, shape) }))) {
      const values = Float64Array.from(tensor.data as ArrayLike<number | bigint>, Number);
      results[name] ??= new Float64Array(values.length * samples.count);
      results[name].set(values, i * values.length);
    }
  }
  await session.release();
  return results;
}

/** The first `count` samples. */
const first = (data: Data, count: number): Data => {
  const values = data.samples.inputs[data.input].subarray(0, count * data.size);
  return { ...data, samples: { count, inputs: { [data.input]: values } } };
};

describe.runIf(existsSync(MODELS)).each(models)('$name', ({ name, rows, checked, proved }) => {
  const folder = `${MODELS}/${name}`;
  let data: Data;
  let made: Compilation;
  beforeAll(async () => {
    const bytes = new Uint8Array(readFileSync(`${folder}/model.onnx`));
    const { inputNames } = await InferenceSession.create(bytes);
    const { samples, ...rest } = readData(folder);
    data = { ...rest, input: inputNames[0], samples: { ...samples, inputs: { [inputNames[0]]: samples.inputs[''] } } };
    made = await compile(bytes, {
      argument: 'plain',
      calibration: data.samples,
      reference: { name: 'onnxruntime', run: () => runOnnx(bytes, data) },
    });
  });
  afterAll(closeCurve);

  it('is as good as in floats, within its rows', () => {
    const { agreement, rangeError, rows: counted, floatSource } = made.report;
    expect(floatSource).toBe('onnxruntime');
    if (name === 'ad01_autoencoder') expect(rangeError).toBeLessThan(0.01);
    else expect(agreement).toBeGreaterThanOrEqual(Math.min(0.995, 1 - 1 / data.samples.count));
    expect(counted).toBeLessThanOrEqual(rows);
  });

  it('is computed to the very integers by onnxruntime on model.quant.onnx', async () => {
    const some = first(data, Math.min(BIT_EXACT, data.samples.count));
    const { outputs } = await run(made.circuit, some.samples);
    const theirs = await runOnnx(made.quantisedModel, some);
    for (const output of made.circuit.outputs.map((o) => o.name)) {
      expect(theirs[`${output}_int`]).toEqual(Float64Array.from(outputs.flatMap((o) => o[output].ints.map(Number))));
      expect(theirs[output]).toEqual(Float64Array.from(outputs.flatMap((o) => o[output].floats.map(Math.fround))));
    }
  });

  const samples = FULL ? 20 : checked;
  it(`satisfies every constraint on ${samples} samples`, async () => {
    const answer = await check(made.circuit, first(data, samples).samples);
    expect(answer).toEqual({ satisfied: true, rows: made.report.rows, violations: 0 });
  });

  if (proved) {
    it('is proved, for us and for stock snarkjs', async () => {
      const { provingKey, vkey } = await setup(made.circuit, { dev: true });
      const { proof } = await prove(made.circuit, provingKey, vkey, data.samples, { index: 1 });
      const { outputs } = await run(made.circuit, first(data, 2).samples);
      expect(verify(vkey, proof, { allowInsecureKey: true })).toMatchObject({ valid: true, outputs: outputs[1] });
      const stock = proof as { proof: StockProof; publicSignals: string[] };
      const key = serializeVerificationKey(vkey)['snarkjs'] as StockKey;
      const publics = stock.publicSignals.map(BigInt);
      expect(await groth16Verify(key, publics, stock.proof)).toBe(true);
      for (const at of [0, 1, publics.length - 1]) {
        const lie = publics.map((v, i) => (i === at ? v + 1n : v));
        expect(await groth16Verify(key, lie, stock.proof), `public ${at}`).toBe(false);
        const lying = { ...stock, publicSignals: lie.map(String) };
        expect(verify(vkey, lying, { allowInsecureKey: true }).valid, `public ${at}`).toBe(false);
      }
    }, 600_000);
  }
});

/** Row ceilings of the lookup argument, and the least share of equal decisions. */
const lookups = [
  { name: 'mnist_mlp_784_56_10', rows: 2_048, agreement: 0.995 },
  { name: 'mnist_lenet5', rows: 32_768, agreement: 0.995 },
  { name: 'mnist_cnn_bn_gap', rows: 32_768, agreement: 0.995 },
  { name: 'resnet8_cifar10', rows: 262_144, agreement: 31 / 32 },
] as const;

describe.runIf(existsSync(MODELS)).each(lookups)('$name with look-ups', ({ name, rows, agreement }) => {
  it('is small, decides as the float model, and satisfies every constraint', async () => {
    const folder = `${MODELS}/${name}`;
    const data = readData(folder);
    const bytes = readFileSync(`${folder}/model.onnx`);
    const [input] = modelInputs(bytes);
    const samples = { count: data.samples.count, inputs: { [input.name]: data.samples.inputs[''] } };
    const { circuit, report } = await compile(bytes, { argument: 'lookup', calibration: samples });
    expect(report.rows).toBeLessThanOrEqual(rows);
    expect(report.domain).toBe(2 ** Math.ceil(Math.log2(rows)));
    expect(report.agreement).toBeGreaterThanOrEqual(agreement);
    const one = { count: 1, inputs: { [input.name]: samples.inputs[input.name].subarray(0, data.size) } };
    expect(await check(circuit, one)).toEqual({ satisfied: true, rows: report.rows, violations: 0 });
  });
});
