// Models of PyTorch and Keras by the lines of docs/frameworks.md (frameworks/make.py): what is proved is what the framework computes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compile, modelInputs, run } from '#compiler/index.js';
import { externalDataReader, readModel } from '#files/index.js';
import { check } from '#prover/index.js';
import { blocksOf } from '../examples/pages.js';

const folder = join(import.meta.dirname, 'frameworks');
const read = (...names: readonly string[]): unknown => JSON.parse(readFileSync(join(folder, ...names), 'utf8'));
const COUNT = 40;
const CLASSES = 3;
const best = (row: ArrayLike<number>): number => Array.from(row).indexOf(Math.max(...Array.from(row)));

it("the models were made by the page's Python", () => {
  const python = blocksOf('docs/frameworks.md').filter(({ language }) => language === 'python');
  expect(read('lines.json')).toEqual(python.map(({ text }) => text));
});

const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name); // prettier-ignore
it.each(names)('%s', async (name) => {
  const { x, y } = read(name, 'expected.json') as { readonly x: readonly number[]; readonly y: readonly number[] };
  const path = join(folder, name, 'model.onnx');
  const [model, externalData] = [await readModel(path), externalDataReader(path)];
  const [{ name: input, elements }] = modelInputs(model, { externalData });
  expect(x.length).toBe(COUNT * elements);
  const calibration = { count: COUNT, inputs: { [input]: Float64Array.from(x) } };
  const { circuit, report } = await compile(model, { calibration, externalData });
  const { outputs } = await run(circuit, calibration);
  const scores = outputs.map((row) => Object.values(row)[0]).map(({ read, floats }) => read?.values ?? floats);
  const errors = scores.flatMap((row, i) => Array.from(row, (value, k) => Math.abs(value - y[CLASSES * i + k])));
  const range = Math.max(...y) - Math.min(...y);
  expect(errors.reduce((sum, error) => sum + error, 0) / errors.length / range).toBeLessThan(0.01);
  expect(Math.max(...errors) / range).toBeLessThan(0.05);
  const same = scores.filter((row, i) => best(row) === best(y.slice(CLASSES * i, CLASSES * i + CLASSES))).length;
  expect(same / COUNT).toBeGreaterThanOrEqual(0.95);
  expect(report.agreement).toBeGreaterThanOrEqual(0.95);
  const one = { count: 1, inputs: { [input]: calibration.inputs[input].subarray(0, elements) } };
  expect(await check(circuit, one)).toMatchObject({ satisfied: true, violations: 0 });
});
