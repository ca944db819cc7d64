// A file of a kilobyte is answered in seconds and within a gigabyte, whatever it asks for: work is counted before it is done.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { budgetOf } from '#compiler/budget.js';
import { compile, inspect } from '#compiler/index.js';
import { decode } from '#compiler/onnx/decode.js';
import { lower } from '#compiler/onnx/lower.js';
import { fuse } from '#compiler/graph/fuse.js';
import { WORK } from '#compiler/limits.js';
import { InferproofError } from '#verifier/errors.js';
import { readTrained } from '../models/trained.js';
import { bombsOf, hostileFiles } from './hostile.js';
import { floats, modelBytes } from './onnx-models.js';

const SEED = 9;
/** Of processor time, which other processes do not add to. */
const MOST_SECONDS = 5;

const seconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** What becomes of a call: 'done', or the code of its error. Nothing but the error class is thrown. */
async function outcome(what: string, call: () => unknown): Promise<string> {
  const start = seconds();
  let code = 'done';
  try {
    await call();
  } catch (error) {
    expect(error, what).toBeInstanceOf(InferproofError);
    ({ code } = error as InferproofError);
  }
  expect(code, what).not.toBe('internal');
  expect(seconds() - start, what).toBeLessThan(MOST_SECONDS);
  return code;
}

describe('hostile files', () => {
  it(`are answered, a hundred from seed ${SEED}`, async () => {
    const outcomes = new Map<string, number>();
    const files = hostileFiles(SEED, 100);
    expect(files.length).toBe(100);
    for (const { what, bytes } of files) {
      const answers = [
        await outcome(`inspect: ${what}`, () => inspect(bytes)),
        await outcome(`compile: ${what}`, () => compile(bytes, { inputRanges: { '': [0, 1] } })),
      ];
      for (const answer of answers) outcomes.set(answer, (outcomes.get(answer) ?? 0) + 1);
    }
    expect(process.resourceUsage().maxRSS).toBeLessThan(2 ** 20); // kB
    for (const code of ['done', 'unsupported', 'format']) expect(outcomes.get(code)).toBeGreaterThan(10);
  });

  it('at the command line, in a gigabyte', () => {
    const dir = mkdtempSync(join(tmpdir(), 'inferproof-hostile-'));
    const path = join(dir, 'model.onnx');
    const chosen = /^(a MatMul of large matrices|a large mean|a product of constants|Conv after Conv)/;
    for (const { what, bytes } of bombsOf(4096).filter((bomb) => chosen.test(bomb.what))) {
      writeFileSync(path, bytes);
      const args = ['--max-old-space-size=1024', resolve('dist/cli/main.js'), 'inspect', path, '--json'];
      const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
      expect({ what, status }).toEqual({ what, status: 3 });
      expect(stdout).toContain('of work from a model of');
    }
  });
});

describe('the budget', () => {
  it('names the node, the number and the limit, in compile and inspect', async () => {
    const [{ bytes }] = bombsOf(512).filter(({ what }) => what.startsWith('a product of constants'));
    const message = new RegExp(
      `at most ${WORK.least} terms of work from a model of ${bytes.length} bytes, got \\d{8,}`,
    );
    await expect(compile(bytes)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(message) as string,
      where: "node 'MatMul#1' (MatMul, opset 17)",
      hint: expect.any(String) as string,
    });
    expect(inspect(bytes).unsupported).toEqual([
      { node: 'MatMul#1', op: 'MatMul', reason: expect.stringMatching(message) as string },
    ]);
  });

  it('counts what composition multiplies', () => {
    const bytes = modelBytes({
      inputs: { x: [1, 1, 64, 64] },
      initializers: { w: floats([1, 1, 9, 9], new Array<number>(81).fill(0.1)) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['c'], name: 'conv' },
        { op: 'MaxPool', in: ['c'], name: 'pool', attributes: { kernel_shape: [9, 9] } },
      ],
    });
    expect(inspect(bytes).unsupported).toMatchObject([{ node: 'pool', op: 'MaxPool' }]); // 48^2 maxima of 81 sums of 81
  });

  it('grows with the file', () => {
    expect(budgetOf(100).affords(WORK.least)).toBe(true);
    expect(budgetOf(100).affords(WORK.least + 1)).toBe(false);
    expect(budgetOf(5000).affords(5 * WORK.least)).toBe(true);
    expect(budgetOf(10 ** 9).affords(WORK.most + 1)).toBe(false);
  });

  it('is a hundred times what ResNet-8 takes', async () => {
    const { bytes } = await readTrained('resnet8_cifar10');
    const budget = budgetOf(bytes.length);
    fuse(lower(decode(bytes), {}, budget), budget);
    expect(budget.affords(0.99 * WORK.most)).toBe(true);
  });
});

describe('numbers that overflow', () => {
  it.each([
    ['where maps are composed', ['z', 'c'], ['x', 'c'], 1e170],
    ['where constants are folded', ['x', 'z'], ['c', 'c'], 1.7e308],
  ])('%s are refused at their node', async (_, last, first, value) => {
    const op = value === 1e170 ? 'Mul' : 'Add';
    const bytes = modelBytes({
      inputs: { x: [1, 3] },
      type: 11,
      initializers: { c: { dims: [], dataType: 11, doubleData: [value] } },
      nodes: [
        { op, in: first, out: ['z'], name: 'first' },
        { op, in: last, name: 'last' },
      ],
    });
    await expect(compile(bytes, { inputRanges: { '': [0, 1] } })).rejects.toMatchObject({
      code: 'unsupported',
      where: expect.stringContaining('last') as string,
    });
    expect(inspect(bytes).unsupported).toMatchObject([{ node: 'last', op }]);
  });
});

describe('a picture of 224 x 224 x 3', () => {
  it('is calibrated', async () => {
    const size = 3 * 224 * 224;
    const bytes = modelBytes({ inputs: { x: [1, 3, 224, 224] }, nodes: [{ op: 'GlobalAveragePool', in: ['x'] }] });
    const data = Float64Array.from({ length: size }, (_, i) => (i % 256) / 255 - 0.5);
    const made = await compile(bytes, { calibration: { count: 1, inputs: { x: data } } });
    expect(made.circuit.options.ranges).toMatchObject({ x: { axis: null } });
    expect(made.report.rows).toBeGreaterThan(size);
  });
});
