// The code of the pages: blocks in fences, with their language; and the folder in which they are run.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { commandLine } from '../cli/in-process.js';
import { floats as tensor, modelBytes } from '../compiler/onnx-models.js';
import { floats, zip } from '../files/arrays.js';

export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Pages whose code is in fences. Those of the network have a test of their own: test/network/docs.test.ts. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md') && !name.startsWith('network'))
    .map((name) => `docs/${name}`),
];

export const blocksOf = (page: string): Block[] =>
  Array.from(readFileSync(page, 'utf8').matchAll(/^```(\w+)\n([^]*?)^```$/gm), ({ 1: language, 2: text, index, input }) => ({
    ...{ page, language, text },
    line: input.slice(0, index).split('\n').length,
  })); // prettier-ignore

/** 40 samples of four columns in [-1, 1]; a sample's class is the place of the greatest of its first three. */
const COUNT = 40;
const rows = Array.from({ length: COUNT }, (_, i) => Array.from({ length: 4 }, (_, k) => Math.sin(1 + 5 * i + 3 * k)));
const classOf = (row: readonly number[]): string => ['setosa', 'versicolor', 'virginica'][row.indexOf(Math.max(...row.slice(0, 3)))]; // prettier-ignore

/** What a reader of the pages has: a model with four inputs and three scores, data for it, and one that reads pictures. */
export function writeGiven(folder: string): void {
  const write = (name: string, content: Uint8Array | string) => writeFileSync(join(folder, name), content);
  const w = tensor([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
  write('model.onnx', modelBytes({ inputs: { input: [1, 4] }, nodes: [{ op: 'Relu', in: ['input'], out: ['h'] }, { op: 'Gemm', in: ['h', 'w'], out: ['output'] }], initializers: { w }, outputs: ['output'] })); // prettier-ignore
  write('linear.onnx', modelBytes({ inputs: { input: [1, 4] }, nodes: [{ op: 'Gemm', in: ['input', 'w'], out: ['output'] }], outputs: ['output'], initializers: { w: tensor([4, 1], [1, -1, 0, 0]) } })); // prettier-ignore
  write('data.npy', floats(rows.flat(), `(${COUNT}, 4)`));
  write('data.npz', zip([{ name: 'input.npy', content: floats(rows.flat(), `(${COUNT}, 4)`) }]));
  write('sample.npy', floats(rows[3], '(1, 4)'));
  write('iris.csv', ['a,b,c,d,species', ...rows.map((row) => [...row, classOf(row)].join(','))].join('\n'));

  mkdirSync(join(folder, 'pictures', 'photos'), { recursive: true });
  write('pictures/model.onnx', modelBytes({ inputs: { input: [1, 3, 8, 8] }, nodes: [{ op: 'GlobalAveragePool', in: ['input'] }] })); // prettier-ignore
  for (let i = 0; i < 8; i++) {
    const picture = new PNG({ width: 8, height: 8 });
    picture.data.set(Uint8Array.from({ length: 256 }, (_, k) => (k % 4 === 3 ? 255 : (37 * i + 11 * k) % 256)));
    for (const name of i === 0 ? ['photos/0.png', 'photo.jpg'] : [`photos/${i}.png`])
      write(`pictures/${name}`, PNG.sync.write(picture));
  }
}

/** Runs one line of a page, `inferproof …`, in this process. */
export async function inferproof(line: string, folder: string): Promise<string> {
  const words = Array.from(line.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word);
  const { status, stdout, stderr } = await commandLine(words.slice(words.indexOf('inferproof') + 1), folder);
  if (status !== 0) throw new Error(`expected ${line} to succeed, got exit code ${status}\n${stderr}`);
  return stdout;
}
