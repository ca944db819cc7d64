// What the report says beyond rows and errors: how errors are spread, what saturated, which decisions flipped, what each layer reads.
import { describe, expect, it } from 'vitest';
import { compile, encodeReport, run } from '#compiler/index.js';
import { calibrate } from '#compiler/measure/calibrate.js';
import { layerErrors } from '#compiler/measure/layers.js';
import { quantisedOutputs } from '#compiler/measure/run.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

const random = generator(3);
const uniform = (n: number): number[] => Array.from({ length: n }, () => 2 * random() - 1);
const COUNT = 120;
const bytes = modelBytes({
  inputs: { x: [1, 6] },
  nodes: [
    { op: 'Gemm', name: 'hidden', in: ['x', 'w'], out: ['h'] },
    { op: 'Relu', name: 'relu', in: ['h'], out: ['r'] },
    { op: 'Gemm', name: 'scores', in: ['r', 'v'], out: ['y'] },
  ],
  initializers: { w: floats([6, 8], uniform(48)), v: floats([8, 3], uniform(24)) },
  outputs: ['y'],
});
const calibration = { count: COUNT, inputs: { x: Float64Array.from(uniform(6 * COUNT)) } };
const made = await compile(bytes, { calibration, bits: 2, allowLoss: true });

it('the decisions that flipped are those of the integers that are not those of the floats', async () => {
  const { decided, agreement } = made.report;
  const argmax = (values: ArrayLike<number>): number => Array.from(values).indexOf(Math.max(...Array.from(values)));
  const integers = (await run(made.circuit, calibration)).outputs.map(({ y }) => argmax(y.floats));
  const scores = Array.from({ length: COUNT }, (_, i) => calibrate(made.graph, calibration).outputs['y'].slice(3 * i, 3 * i + 3)); // prettier-ignore
  const own = scores.map(argmax);
  const flips = own.flatMap((float, sample) => {
    const integer = integers[sample];
    const margin = scores[sample][float] - scores[sample][integer];
    return float === integer ? [] : [{ sample, position: 0, float, integer, margin }];
  });
  expect(flips.length).toBeGreaterThan(3);
  expect(decided).toMatchObject({ output: 'y', decisions: COUNT, flipped: flips.length, flips });
  expect(agreement).toBe(1 - flips.length / COUNT);
  const cells = decided!.cells;
  for (const [float, integer, times] of cells)
    expect(times).toBe(own.filter((one, i) => one === float && integers[i] === integer).length);
  expect(cells.reduce((sum, [, , times]) => sum + times, 0)).toBe(COUNT);
});

it('errors are counted once each, in the half octave of their size', () => {
  const relu = made.report.layers.find(({ operator }) => operator === 'Relu')!;
  const { errors, maxError } = relu;
  expect(errors!.counts.reduce((sum, n) => sum + n, errors!.exact)).toBe(32 * 8);
  const last = errors!.first + errors!.counts.length - 1;
  expect(2 ** (last / 2)).toBeLessThanOrEqual(maxError!);
  expect(2 ** ((last + 1) / 2)).toBeGreaterThan(maxError!);
  expect(errors!.range).toBeGreaterThan(maxError!);
});

describe('saturation', async () => {
  const fine = await compile(bytes, { calibration, bits: 8 });
  const measured = (scale: number) => {
    const samples = { count: 10, inputs: { x: calibration.inputs.x.slice(0, 60).map((x) => Math.sign(x) * scale) } };
    const layers = layerErrors(fine.circuit, fine.graph, samples);
    quantisedOutputs(fine.circuit, samples, layers.onSample);
    const at = fine.circuit.tensors.findIndex(({ operator }) => operator === 'Relu');
    return layers.errors()[at]!;
  };

  it('is what lies beyond the ends, and its share of the error', () => {
    const { saturated, errors } = measured(1);
    const values = errors.counts.reduce((sum, n) => sum + n, errors.exact);
    expect(saturated.values).toBeGreaterThan(0);
    expect(saturated.values).toBeLessThan(values / 2);
    expect(saturated.share).toBeGreaterThan(0.5);
    expect(saturated.share).toBeLessThanOrEqual(1);
  });

  it('is nothing inside the range of the data', () => {
    expect(measured(0.1).saturated).toEqual({ values: 0, share: 0 });
    for (const { saturated } of made.report.layers) expect(saturated?.values ?? 0).toBe(0);
  });
});

it('a layer names what it reads, and the operators on the way that have no layer', () => {
  const layers = made.report.layers.map(({ operator, primitive, reads, through, terms }) => [operator, primitive, reads, through, terms]); // prettier-ignore
  expect(layers).toEqual([
    ['input', 'input', [], [], 0],
    ['Relu', 'rescale', [0], ['Gemm'], 48],
    ['Gemm', 'output', [1], [], 24],
  ]);
});

it('the text of a report has a list of numbers on a line, and is the same value', () => {
  const report = { ...made.report, warnings: ['[\n1,\n2\n]', '[ 1, 2 ]'] };
  const text = encodeReport(report);
  expect(text).toMatch(/^ +"counts": \[\d+(, \d+)*\]$/m);
  expect(text).not.toMatch(/\n\s+\d+,?\n/);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(report)));
});
