// Models as their libraries export them (shipped/, trained on the tables beside it): every row of the table has the label and the scores
// that onnxruntime gives, and what a model costs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { prove, setup } from '#prover/index.js';
import { serializeVerificationKey, verify } from '#verifier/index.js';
import { closeCurve, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';
import { readTable, samplesOf } from './tables/fit.js';

/** Rows for each split: those of the ensemble's own gadgets, and all of the circuit with inputs, words and tables. */
const models: [name: string, table: string, splits: number, own: number, whole: number, most: number][] = [
  ['breast_cancer_xgb', 'breast_cancer', 169, 3, 4, 1e-6],
  ['wine_random_forest', 'wine', 166, 3, 4, 1e-6],
  ['breast_cancer_logreg', 'breast_cancer', 0, 0, 0, 0.01],
];

it.each(models)('%s', async (name, table, splits, own, whole, most) => {
  const bytes = readFileSync(join(import.meta.dirname, 'shipped', `${name}.onnx`));
  const [data] = readTable(table, 1);
  const { count, inputs } = samplesOf(data);
  const x = inputs['x'] as Float32Array;
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const [input] = session.inputNames;
  const samples = { count, inputs: { [input]: x } };
  const { circuit, report } = await compile(bytes, splits === 0 ? { calibration: samples, bits: 10 } : {});
  if (splits > 0) {
    const gadgets = arrange(circuit).uses.flatMap((uses, s) => (circuit.steps[s].kind === 'input' ? [] : uses));
    const rows = gadgets.reduce((sum, { gadget, count: n }) => sum + gadget.rows * n, 0);
    expect(rows / splits).toBeLessThan(own);
    expect(report.rows / splits).toBeLessThan(whole);
  }
  expect(report.rows).toBeLessThan(1024);
  const columns = x.length / count;
  const { outputs } = await run(circuit, samples);
  for (let i = 0; i < count; i++) {
    const row = x.slice(i * columns, (i + 1) * columns);
    const wanted = await session.run({ [input]: new Tensor('float32', row, [1, columns]) });
    const { label, probabilities } = outputs[i];
    expect(label.ints, `row ${i}`).toEqual(Array.from(wanted['label'].data as BigInt64Array, Number));
    const values = probabilities.read?.values ?? probabilities.floats;
    values.forEach((v, k) => expect(Math.abs(v - Number(wanted['probabilities'].data[k]))).toBeLessThan(most));
  }
  await session.release();
});

afterAll(closeCurve);

it.each(['breast_cancer_xgb', 'wine_random_forest'])('%s is proved in plain, and snarkjs takes the proof as it is', async (name) => {
  const bytes = readFileSync(join(import.meta.dirname, 'shipped', `${name}.onnx`));
  const { circuit } = await compile(bytes, { argument: 'plain' });
  const { provingKey, vkey } = await setup(circuit, { dev: true });
  const [table] = models.flatMap(([model, of]) => (model === name ? readTable(of, 1) : []));
  const { inputs, count } = samplesOf(table);
  const x = inputs['x'].subarray(0, inputs['x'].length / count);
  const { proof } = await prove(circuit, provingKey, vkey, { count: 1, inputs: { [circuit.inputs[0].name]: x } });
  const answer = verify(vkey, proof, { allowInsecureKey: true });
  if (!answer.valid) throw new Error(answer.reason);
  expect(answer.inputs[circuit.inputs[0].name].floats).toEqual(Array.from(x));
  const { snarkjs: key } = serializeVerificationKey(vkey) as unknown as { snarkjs: StockKey };
  const { proof: points, publicSignals } = JSON.parse(JSON.stringify(proof)) as { proof: StockProof; publicSignals: string[] }; // prettier-ignore
  const publics = publicSignals.map(BigInt);
  expect(await groth16Verify(key, publics, points)).toBe(true);
  expect(await groth16Verify(key, publics.with(1, publics[1] + 1n), points)).toBe(false);
}); // prettier-ignore
