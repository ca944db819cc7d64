// Models as their libraries export them (shipped/, trained on the tables beside it): every row of the table has the label and the scores
// that onnxruntime gives, and what a model costs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { arrange } from '#compiler/circuit/arrange.js';
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
