// Integers beside scores: what the graph makes otherwise than the file shows in no figure of the contract, so it is held against the file's.
import { describe, expect, it } from 'vitest';
import { compile, type CompileOptions } from '#compiler/index.js';
import { floats, modelBytes } from './onnx-models.js';
import { generator } from './circuits.js';

/** Scores, and the place of the greatest. */
const model = modelBytes({
  inputs: { x: [1, 4] },
  nodes: [
    { op: 'Mul', in: ['x', 'c'], out: ['y'] },
    { op: 'ArgMax', in: ['y'], out: ['label'], attributes: { axis: 1, keepdims: 0 } },
  ],
  initializers: { c: floats([1], [2]) },
  outputs: ['y', 'label'],
  graph: { output: ['y', 'label'].map((name) => ({ name })) },
});

const COUNT = 100;
const random = generator(12);
const x = Float64Array.from({ length: 4 * COUNT }, () => Math.fround(random() * 8 - 4));
const label = Float64Array.from({ length: COUNT }, (_, i) => {
  const scores = x.slice(4 * i, 4 * i + 4);
  return scores.indexOf(Math.max(...scores));
});

/** Compiled beside a file whose labels are other ones on the first samples, and its scores there those of `change`. */
function compiled(lost: number, options: CompileOptions = {}, change = (scores: Float64Array) => scores) {
  const y = x.map((v) => 2 * v);
  for (let i = 0; i < lost; i++) y.set(change(y.slice(4 * i, 4 * i + 4)), 4 * i);
  const reference = { name: 'the file', run: () => Promise.resolve({ y, label: label.map((v, i) => (i < lost ? (v + 1) % 4 : v)) }) }; // prettier-ignore
  return compile(model, {
    calibration: { count: COUNT, inputs: { x } },
    bits: 12,
    decision: 'argmax',
    reference,
    ...options,
  });
}
const said = async (...args: Parameters<typeof compiled>): Promise<string[]> => (await compiled(...args)).report.warnings.filter((line) => line.includes('integers')); // prettier-ignore

describe('integers beside scores that decide', () => {
  it("that are not the file's are refused, where the agreement of the scores says nothing", async () => {
    const error = await compiled(8).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'accuracy',
      message: expect.stringContaining(`8 of its 100 integers are not those of the file: ${label[0]} for ${(label[0] + 1) % 4}`), // prettier-ignore
      where: "output 'label', sample 0",
      hint: expect.stringContaining('--allow-loss'),
    });
    const { report } = await compiled(8, { allowLoss: true });
    expect(report.agreement).toBe(1);
    expect(report.warnings.join()).toContain("output 'label', sample 0: 8 of its 100 integers");
  });

  it('are a warning above the floor, and nothing where they are equal', async () => {
    expect(await said(5)).toEqual([expect.stringContaining('5 of its 100 integers')]);
    expect(await said(0)).toEqual([]);
    await expect(compiled(1, { minAgreement: 1 })).rejects.toMatchObject({ code: 'accuracy' });
  });

  it('may be either label where the scores of the file are even', async () => {
    const even = (scores: Float64Array): Float64Array => scores.fill(Math.max(...scores)).map((v, i) => v + (i === 1 ? 1e-7 : 0)); // prettier-ignore
    expect(await said(8, { maxError: 10, allowLoss: true }, even)).toEqual([]);
  });

  it('are the agreement itself where the scores decide nothing', async () => {
    const { report } = await compiled(4, { decision: 'none' });
    expect(report.agreement).toBe(0.96);
    expect(await said(4, { decision: 'none' })).toEqual([]);
  });
});
