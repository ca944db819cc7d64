// Pipelines of scikit-learn as skl2onnx writes them (pipelines/make.py): 100 samples that were held out come out as onnxruntime has
// them, every label, and the rows of one are satisfied.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { check } from '#prover/index.js';

const folder = join(import.meta.dirname, 'pipelines');

interface Expected {
  readonly table: string;
  readonly labels: readonly (string | number)[];
  readonly scores: readonly (readonly number[])[];
}

const known = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Expected | number[]>;
const COUNT = 100;
const COLUMNS = 5;

/** Bits: 8 as usual, more where these round inputs too far for every label. Mean error of a score: a vote, a leaf or a neighbour is a step. */
const pipelines: [name: string, bits: number, most: number, options: { outputs?: string[] }][] = [
  ['scaler_svc', 8, 0.02, {}],
  ['scaler_svc_poly', 8, 0, { outputs: ['output_label'] }],
  ['imputer_forest', 8, 1e-6, {}],
  ['missing_forest', 8, 1e-6, {}],
  ['onehot_boosting', 8, 1e-6, {}],
  ['pca_logistic', 10, 0.01, {}],
  ['scaler_kmeans', 8, 0.02, {}],
  ['scaler_knn', 8, 0.01, {}],
  ['scaler_mlp', 8, 0.01, {}],
  ['columns_forest', 8, 1e-6, {}],
  ['gaussian_nb', 8, 0.01, {}],
  ['qda', 8, 0.01, {}],
];

it.each(pipelines)('%s', async (name, bits, most, options) => {
  const { table, labels, scores } = known[name] as Expected;
  const input = Float32Array.from(known[table] as number[]);
  const samples = { count: COUNT, inputs: { input } };
  const bytes = readFileSync(join(folder, `${name}.onnx`));
  const { circuit } = await compile(bytes, { bits, calibration: samples, ...options });
  const { outputs } = await run(circuit, samples);
  const [label, score] = circuit.outputs.map((output) => output.name) as [string, string | undefined];
  expect(outputs.map((row) => row[label].labels?.[0] ?? row[label].ints[0])).toEqual(labels);
  if (score !== undefined) {
    const errors = outputs.flatMap((row, i) => {
      const values = row[score].read?.values ?? row[score].floats;
      return scores[i].map((want, k) => Math.abs(values[k] - want));
    });
    expect(errors.reduce((sum, e) => sum + e, 0) / errors.length).toBeLessThan(most);
  }
  const one = { count: 1, inputs: { input: input.subarray(0, COLUMNS) } };
  expect(await check(circuit, one)).toMatchObject({ satisfied: true, violations: 0 });
});
