// What the agreement does not count is said: a second head that decides otherwise, labels beside scores, a flag that no sample raises. And a
// mask in front of a last softmax is no range of its logits.
import { describe, expect, it } from 'vitest';
import { compile, type Samples } from '#compiler/index.js';
import { generator } from './circuits.js';
import { floats, modelBytes, valueInfo, type NodeInit } from './onnx-models.js';

const COUNT = 400;
const node = (op: string, from: string[], out: string, attributes: NodeInit['attributes'] = {}): NodeInit => ({ op, in: from, out: [out], attributes }); // prettier-ignore
const waves = (dims: number[], of: (i: number) => number) => floats(dims, Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => of(i))); // prettier-ignore

const initializers = {
  w: waves([8, 4], (i) => Math.sin(i + 1)),
  u: waves([8, 8], (i) => Math.sin(3 * i + 3)),
  // columns that are nearly equal: their greatest is easily another one
  v: waves([8, 10], (i) => Math.sin(Math.floor(i / 10) + 1) + 0.05 * Math.sin(7 * i + 1)),
};
const clear = node('MatMul', ['x', 'w'], 'clear');
const near = [node('MatMul', ['x', 'u'], 'm'), node('Relu', ['m'], 'r'), node('MatMul', ['r', 'v'], 'near')];

function data(): Samples {
  const random = generator(7);
  return { count: COUNT, inputs: { x: Float32Array.from({ length: 8 * COUNT }, () => 2 * random() - 1) } };
}

async function reportOf(nodes: readonly NodeInit[], outputs: readonly string[]) {
  const graph = { input: [valueInfo('x', [1, 8])], output: outputs.map((name) => valueInfo(name, null)) };
  const bytes = modelBytes({ inputs: {}, nodes: [...nodes], initializers, graph });
  return (await compile(bytes, { calibration: data(), bits: 8 })).report;
}

describe('beside scores that decide', () => {
  it('a second head whose greatest is another one is warned of', async () => {
    const { agreement, warnings } = await reportOf([clear, ...near], ['clear', 'near']);
    expect(agreement).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^output 'near': .* \d+ of 400 choices in this one are not those of the floats/)]); // prettier-ignore
  });

  it('so are labels of other values', async () => {
    const label = node('ArgMax', ['near'], 'label', { axis: -1, keepdims: 0 });
    const { agreement, warnings } = await reportOf([clear, ...near, label], ['clear', 'label']);
    expect(agreement).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^output 'label': \d+ of its 400 integers are not those of the floats/)]); // prettier-ignore
  });

  it('nothing is said of a head and labels that stay', async () => {
    const label = node('ArgMax', ['clear'], 'label', { axis: -1, keepdims: 0 });
    const half = node('Tanh', ['clear'], 'half');
    expect((await reportOf([clear, label, half], ['clear', 'half', 'label'])).warnings).toEqual([]);
  });
});

it('an output that is 0 in all floats, and not in the integers, is warned of', async () => {
  const nodes = [node('Equal', ['x', 'c'], 'is'), node('Cast', ['is'], 'y', { to: 1 })];
  const bytes = modelBytes({ inputs: { x: [1] }, nodes, initializers: { c: floats([], [500]) } });
  const x = Float32Array.from({ length: 200 }, (_, i) => 5 * i + (i === 100 ? 1 : 0));
  const { report } = await compile(bytes, { calibration: { count: 200, inputs: { x } }, bits: 8 });
  expect(report.maxError).toBe(1);
  expect(report.warnings).toEqual([expect.stringContaining("output 'y': the floats are 0 in all of the data")]);
});

it('scores that a mask hides are no range of the others', async () => {
  const constants = { ...initializers, v: waves([8, 8], (i) => Math.sin(Math.floor(i / 8) + 1) + 0.05 * Math.sin(7 * i + 1)), zero: floats([], [0]), far: floats([], [-1e9]) }; // prettier-ignore
  const mask = [node('Greater', ['x', 'zero'], 'live'), node('Where', ['live', 'near', 'far'], 's')];
  const of = async (bits: number, isMasked: boolean): Promise<number> => {
    const nodes = [...near, ...(isMasked ? mask : []), node('Softmax', [isMasked ? 's' : 'near'], 'y', { axis: -1 })];
    const bytes = modelBytes({ inputs: { x: [1, 8] }, nodes, initializers: constants });
    const { report } = await compile(bytes, { calibration: data(), bits, allowLoss: true });
    return report.rangeError ?? 0;
  };
  expect(await of(4, true)).toBeGreaterThan(0.5 * (await of(4, false)));
});
