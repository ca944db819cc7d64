// The trained models of README's table with their data, start to finish: fidelity against onnxruntime on the whole data set,
// row ceilings, the quantised ONNX file bit for bit, the constraint system on real inputs, a proof that stock snarkjs takes.
// INFERPROOF_FULL=1 checks and proves all of them.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, run, type Compilation, type InputInfo, type Samples } from '#compiler/index.js';
import { check, prove, setup } from '#prover/index.js';
import { reportPage } from '#report/index.js';
import { serializeVerificationKey } from '#verifier/key.js';
import { verify } from '#verifier/index.js';
import { closeCurve, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';
import { isHere, pick, readTrained, type Trained } from './trained.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const BIT_EXACT = 50;

/** `rows`: ceilings; `checked`: samples whose witness is checked on every run; `proved`: on every run, or in the full one. */
const models = [
  { name: 'mnist_mlp_784_56_10', rows: 10_000, checked: 20, proved: true },
  { name: 'mnist_lenet5', rows: 220_000, checked: 2, proved: FULL },
  { name: 'mnist_cnn_bn_gap', rows: 210_000, checked: 2, proved: FULL },
  { name: 'ad01_autoencoder', rows: 36_000, checked: 20, proved: FULL },
] as const;

/** Outputs of an ONNX file on every sample, one after the other, by name. */
async function runOnnx(
  bytes: Uint8Array,
  { name, shape, elements }: InputInfo,
  { count, inputs }: Samples,
): Promise<Record<string, Float64Array>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const results: Record<string, Float64Array> = {};
  for (let i = 0; i < count; i++) {
    const data = Float32Array.from(inputs[name].subarray(i * elements, (i + 1) * elements));
    for (const [output, tensor] of Object.entries(await session.run({ [name]: new Tensor('float32', data, shape) }))) {
      const values = Float64Array.from(tensor.data as ArrayLike<number | bigint>, Number);
      results[output] ??= new Float64Array(values.length * count);
      results[output].set(values, i * values.length);
    }
  }
  await session.release();
  return results;
}

for (const { name, rows, checked, proved } of models)
  describe.runIf(isHere(name))(name, () => {
    let trained: Trained;
    let made: Compilation;
    beforeAll(async () => {
      trained = await readTrained(name);
      const { bytes, samples } = trained;
      made = await compile(bytes, {
        argument: 'plain',
        calibration: samples,
        reference: { name: 'onnxruntime', run: () => runOnnx(bytes, trained.input, samples) },
      });
    });
    afterAll(closeCurve);

    it('is as good as in floats, within its rows', () => {
      const { agreement, rangeError, rows: counted, floatSource } = made.report;
      expect(floatSource).toBe('onnxruntime');
      if (name === 'ad01_autoencoder') expect(rangeError).toBeLessThan(0.01);
      else expect(agreement).toBeGreaterThanOrEqual(Math.min(0.995, 1 - 1 / trained.samples.count));
      expect(counted).toBeLessThanOrEqual(rows);
    });

    it('is computed to the very integers by onnxruntime on model.quant.onnx', async () => {
      const some = pick(trained, Math.min(BIT_EXACT, trained.samples.count));
      const { outputs } = await run(made.circuit, some);
      const theirs = await runOnnx(made.quantisedModel, trained.input, some);
      for (const output of made.circuit.outputs.map((o) => o.name)) {
        expect(theirs[`${output}_int`]).toEqual(Float64Array.from(outputs.flatMap((o) => o[output].ints.map(Number))));
        expect(theirs[output]).toEqual(Float64Array.from(outputs.flatMap((o) => o[output].floats.map(Math.fround))));
      }
    });

    const samples = FULL ? 20 : checked;
    it(`satisfies every constraint on ${samples} samples`, async () => {
      const answer = await check(made.circuit, pick(trained, samples));
      expect(answer).toEqual({ satisfied: true, rows: made.report.rows, violations: 0 });
    });

    if (proved) {
      it('is proved, for us and for stock snarkjs', async () => {
        const { provingKey, vkey } = await setup(made.circuit, { dev: true });
        const { proof } = await prove(made.circuit, provingKey, vkey, trained.samples, { index: 1 });
        const { outputs } = await run(made.circuit, pick(trained, 2));
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

/** Domains of the lookup argument, and the least share of equal decisions. */
const lookups = [
  { name: 'mnist_mlp_784_56_10', domain: 1_536, agreement: 0.995 },
  { name: 'mnist_lenet5', domain: 32_768, agreement: 0.995 },
  { name: 'mnist_cnn_bn_gap', domain: 32_768, agreement: 0.995 },
  { name: 'resnet8_cifar10', domain: 262_144, agreement: 31 / 32 },
] as const;

describe.each(lookups)('$name with look-ups', ({ name, domain, agreement }) => {
  it('is small, decides as the float model, and satisfies every constraint', async () => {
    const trained = await readTrained(name);
    const { circuit, report } = await compile(trained.bytes, { argument: 'lookup', calibration: trained.samples });
    expect(report.rows + report.reserved).toBeLessThanOrEqual(domain);
    expect(report.domain).toBe(domain);
    expect(report.agreement).toBeGreaterThanOrEqual(agreement);
    expect(reportPage(name, report).length).toBeLessThan(200_000);
    expect(await check(circuit, pick(trained, 1))).toEqual({ satisfied: true, rows: report.rows, violations: 0 });
  });
});
