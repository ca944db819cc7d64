// Models as their libraries export them against what onnxruntime answered: labels that are equal, and the mean error of every other output.
//
//   npm run bench:labels -- FILE.onnx …   beside each a FILE.json as test/models/pipelines/survey.py and ties.py write it
//
// Compiled with the data and no other flag, but that a loss is counted here and refuses nothing.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { compile, InferproofError, modelInputs, run } from 'inferproof/compiler';

interface Answers {
  readonly outs: readonly string[];
  readonly x: readonly number[];
  /** Of each row of the data, each output. */
  readonly rows: readonly (readonly (readonly (string | number)[])[])[];
}

const isLabel = (wanted: readonly (string | number)[]): boolean =>
  wanted.every((value) => typeof value === 'string' || (wanted.length === 1 && Number.isInteger(value)));

async function lineOf(file: string): Promise<string> {
  const answers = file.replace(/\.onnx$/, '.json');
  if (!existsSync(answers)) return 'no answers beside it: onnxruntime did not run it';
  const bytes = new Uint8Array(readFileSync(file));
  const { outs, x, rows } = JSON.parse(readFileSync(answers, 'utf8')) as Answers;
  const [{ name }] = modelInputs(bytes);
  const samples = { count: rows.length, inputs: { [name]: Float64Array.from(x) } };
  const { circuit, report } = await compile(bytes, { calibration: samples, allowLoss: true });
  const { outputs } = await run(circuit, samples);
  const figures = outs.flatMap((out, k) => {
    if (!circuit.outputs.some((one) => one.name === out)) return [];
    const got = outputs.map((row) => row[out].labels ?? row[out].read?.values ?? row[out].floats);
    const wanted = rows.map((row) => row[k]);
    if (wanted.every(isLabel)) return [`${out} ${wanted.filter((one, i) => one.join() === got[i].join()).length} of ${rows.length}`]; // prettier-ignore
    const errors = wanted.flatMap((one, i) => one.map((value, j) => Math.abs(Number(value) - Number(got[i][j]))));
    return [`${out} off by ${(errors.reduce((a, b) => a + b, 0) / errors.length).toPrecision(2)} on average`];
  });
  return `${report.rows} rows; ${figures.join('; ')}`;
}

for (const file of process.argv.slice(2)) {
  const line = await lineOf(file).catch((error: unknown) => {
    if (error instanceof InferproofError) return `refused: ${error.where ?? ''}: ${error.message}`;
    throw error;
  });
  process.stdout.write(`${basename(file, '.onnx')}: ${line}\n`);
}
