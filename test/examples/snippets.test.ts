// The programs of the pages and the @example of every public function: each compiles under strict types against what the package
// exports, and is run in a folder that has what a reader of the README has.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile, modelInputs } from 'inferproof';
import { readFolder, readModel, readProof, readSamples } from 'inferproof/files';
import { closeCurve, newPowersOfTau } from '../prover/stock.js';
import { inferproof, writeGiven } from './pages.js';
import { compileErrors, DOORS, pagePrograms, publicFunctions, runProgram } from './programs.js';

/** What programs know. A program that names one of these itself has its own. */
const KNOWN = `import type { Circuit, Compilation, Graph, InputInfo, Samples } from 'inferproof/compiler';
import type { LookupKey, ProofJson } from 'inferproof/verifier';
declare const model: Uint8Array, modelBytes: Uint8Array, made: Compilation, circuit: Circuit, graph: Graph, inputs: InputInfo[];
declare const vkey: LookupKey, provingKey: Uint8Array, proof: ProofJson;
declare const samples: Samples, sample: Samples, pixels: Float32Array, digit: Float32Array, context: Uint8Array;
declare const signal: AbortSignal, show: (...values: unknown[]) => void, onProgress: () => void;
declare const act: (values: readonly number[]) => void;
declare const isShownAs: (value: unknown, text: string) => void;
`;
/** What wants a page or a chain: compiled alone. */
const ELSEWHERE = /\b(?:fetchKey|forgetKey|connect)\(/;

const functions = publicFunctions();
const programs = [...functions.flatMap(({ examples }) => examples), ...pagePrograms()];
const runnable = programs.filter(({ text }) => !ELSEWHERE.test(text));

let root = '';
const before = process.cwd();
const known: Record<string, unknown> = {
  imported: (door: string) => import(door),
  isShownAs: (value: unknown, text: string) => expect(inspect(value, { breakLength: Infinity })).toBe(text),
  show: () => undefined,
  act: () => undefined,
  console: { log: () => undefined },
  onProgress: () => undefined,
};
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-snippets-'));
  writeGiven(root);
  copyFileSync(join(root, 'linear.onnx'), join(root, 'model.onnx'));
  writeFileSync(join(root, 'ranges.json'), '[[-1, 1], [-1, 1], [-1, 1], [-1, 1]]');
  writeFileSync(join(root, 'labels.csv'), Array.from({ length: 40 }, (_, i) => `${i % 3}\n`).join(''));
  await inferproof('inferproof compile model.onnx -o out --calibrate data.npy --bits 2 --allow-loss', root);
  await inferproof('inferproof setup out --dev', root);
  await inferproof('inferproof prove out --input sample.npy', root);
  await newPowersOfTau(6, join(root, 'powers.ptau'));

  process.chdir(root);
  for (const door of DOORS) for (const [name, value] of Object.entries(await import(door) as object)) known[name] ??= value; // prettier-ignore
  const model = await readModel('model.onnx');
  const inputs = modelInputs(model);
  const samples = await readSamples('data.npy', inputs);
  const { circuit, graph, vkey } = await readFolder('out');
  Object.assign(known, { model, modelBytes: model, inputs, samples, circuit, graph, vkey });
  known['made'] = await compile(model, { calibration: samples });
  known['sample'] = await readSamples('sample.npy', inputs);
  known['provingKey'] = readFileSync('out/proving.key');
  known['proof'] = await readProof('out/proof.json');
  Object.assign(known, { pixels: new Float32Array(800).map((_, i) => Math.sin(i)), digit: new Float32Array(4) });
  Object.assign(known, { context: new Uint8Array(32), signal: new AbortController().signal });
});
afterAll(async () => {
  process.chdir(before);
  rmSync(root, { recursive: true, force: true });
  await closeCurve();
});

it('every public function has an example', () => {
  expect(functions.length).toBeGreaterThan(90);
  expect(functions.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
});

it('all compile', () => {
  expect(compileErrors(programs, KNOWN, functions)).toEqual([]);
});

it.each(runnable)('$place', (program) => runProgram(program, known));
