// Norms and divisions by live values inside a model, against onnxruntime: also written out in nodes, as exporters do.
import { describe, expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { floats, ints, modelBytes, type NodeInit } from './onnx-models.js';
import { modelOf, tried, worst } from './tried.js';

const WIDTH = 12;
const weights = (first: number): number[] => Array.from({ length: WIDTH }, (_, i) => first + 0.1 * i);
const affine = { scale: floats([WIDTH], weights(0.5)), bias: floats([WIDTH], weights(-0.5)) };
const layer: NodeInit = { op: 'LayerNormalization', name: 'norm', in: ['x', 'scale', 'bias'], out: ['s'] };

/** As exporters write it that do not know LayerNormalization. */
const written: NodeInit[] = [
  { op: 'ReduceMean', in: ['x'], out: ['mean'], attributes: { axes: [-1] } },
  { op: 'Sub', in: ['x', 'mean'], out: ['d'] },
  { op: 'Pow', in: ['d', 'two'], out: ['squares'] },
  { op: 'ReduceMean', in: ['squares'], out: ['variance'], attributes: { axes: [-1] } },
  { op: 'Add', in: ['variance', 'epsilon'], out: ['sum'] },
  { op: 'Sqrt', in: ['sum'], out: ['root'] },
  { op: 'Div', in: ['d', 'root'], out: ['normal'] },
  { op: 'Mul', in: ['normal', 'scale'], out: ['scaled'] },
  { op: 'Add', in: ['scaled', 'bias'], out: ['s'] },
];

describe('a layer normalisation', () => {
  // two steps of 8 bits of a result of some 5 units, times the scale and the factor of the model
  it.each([0.01, 1, 50])('is near onnxruntime for inputs up to %d', async (reach) => {
    expect(worst(await tried(modelOf([4, WIDTH], [layer], affine), reach))).toBeLessThan(0.15);
  });

  it.each([0.3, 1, 50])('is so written out in nodes, for inputs up to %d', async (reach) => {
    const model = modelOf([4, WIDTH], written, { ...affine, epsilon: floats([1], [1e-5]) });
    const { ours, want, circuit } = await tried(model, reach);
    expect(worst({ ours, want })).toBeLessThan(0.25);
    expect(circuit.steps.filter(({ kind }) => kind === 'normalise')).toHaveLength(1);
  });

  it.each([0.01, 1, 50])(
    'of many elements takes fewer rows by shorter inverses, and is as near, for inputs up to %d',
    async (reach) => {
      const [rows, width] = [8, 64];
      const model = modelOf([rows, width], [{ op: 'LayerNormalization', in: ['x', 'scale'], out: ['s'] }], { scale: floats([width], new Array<number>(width).fill(1)) }); // prettier-ignore
      const { ours, want, circuit } = await tried(model, reach);
      expect(circuit.tensors.some(({ name }) => name.endsWith('short inverses'))).toBe(true);
      expect(worst({ ours, want })).toBeLessThan(0.04);
    },
  );

  it('is more precise with more bits', async () => {
    expect(worst(await tried(modelOf([4, WIDTH], [layer], affine), 1, 12))).toBeLessThan(0.01);
  });

  it('needs look-ups, and says so', async () => {
    const samples = { count: 2, inputs: { x: Float32Array.from({ length: 2 * WIDTH }, (_, i) => i % 5) } };
    const bytes = modelBytes(modelOf([1, WIDTH], [layer], affine));
    await expect(compile(bytes, { argument: 'plain', calibration: samples })).rejects.toMatchObject({
      code: 'unsupported',
      where: 'norm (LayerNormalization)',
      hint: 'use --argument lookup',
    });
  });
});

describe('an RMS normalisation written out in nodes', () => {
  const root: NodeInit[] = [
    { op: 'Pow', in: ['x', 'two'], out: ['squares'] },
    { op: 'ReduceMean', in: ['squares'], out: ['mean'], attributes: { axes: [-1] } },
    { op: 'Add', in: ['mean', 'epsilon'], out: ['sum'] },
    { op: 'Sqrt', in: ['sum'], out: ['root'] },
  ];
  const inverse = (op: 'Reciprocal' | 'Div'): NodeInit[] => [
    { op, in: op === 'Div' ? ['one', 'root'] : ['root'], out: ['inverse'] },
    { op: 'Mul', in: ['x', 'inverse'], out: ['normal'] },
  ];

  it.each<[string, NodeInit[]]>([
    ['x / root', [{ op: 'Div', in: ['x', 'root'], out: ['normal'] }]],
    ['x times Reciprocal', inverse('Reciprocal')],
    ['x times 1 / root', inverse('Div')],
  ])('is one step: %s', async (_, end) => {
    const nodes: NodeInit[] = [...root, ...end, { op: 'Mul', in: ['normal', 'scale'], out: ['s'] }];
    const constants = { ...affine, epsilon: floats([1], [1e-5]), one: floats([1], [1]) };
    const { ours, want, circuit } = await tried(modelOf([4, WIDTH], nodes, constants), 3);
    expect(worst({ ours, want })).toBeLessThan(0.15);
    expect(circuit.tensors.some(({ ball }) => ball !== undefined)).toBe(true);
  });

  it('is none where the root is that of another row, or of another value', async () => {
    const other: NodeInit[] = [
      { op: 'Slice', in: ['root', 'first', 'last', 'axis'], out: ['row'] },
      { op: 'Div', in: ['x', 'row'], out: ['s'] },
    ];
    const scaled: NodeInit[] = [{ op: 'Mul', in: ['x', 'scale'], out: ['z'] }, { op: 'Div', in: ['z', 'root'], out: ['s'] }]; // prettier-ignore
    const constants = { ...affine, epsilon: floats([1], [0.1]), first: ints(1), last: ints(2), axis: ints(0) };
    for (const end of [other, scaled]) {
      const { ours, want, circuit } = await tried(modelOf([4, WIDTH], [...root, ...end], constants), 3);
      expect(worst({ ours, want })).toBeLessThan(0.3);
      expect(circuit.tensors.every(({ ball }) => ball === undefined)).toBe(true);
    }
  });
});

describe('a division by a live value', () => {
  it('shares the reciprocals of what is above 0', async () => {
    const nodes: NodeInit[] = [
      { op: 'ReduceMax', in: ['x'], out: ['most'], attributes: { axes: [-1] } },
      { op: 'Exp', in: ['most'], out: ['positive'] },
      { op: 'Div', in: ['x', 'positive'], out: ['s'] },
    ];
    const { ours, want, circuit } = await tried(modelOf([3, 5], nodes), 2);
    expect(worst({ ours, want })).toBeLessThan(0.08);
    const [normalise] = circuit.steps.filter(({ kind }) => kind === 'normalise');
    expect(normalise.forms[0].map.size).toBe(3);
  });

  it('is refused where the divisor can be 0, with its interval', async () => {
    const nodes: NodeInit[] = [{ op: 'Div', name: 'ratio', in: ['x', 'x'], out: ['s'] }];
    await expect(tried(modelOf([1, 3], nodes), 2)).rejects.toMatchObject({
      code: 'unsupported',
      where: 'ratio (Div)',
      message: expect.stringContaining('expected a divisor that is above 0 whatever the input is') as unknown,
    });
  });
});

it.each(['ReduceLogSumExp', 'ReduceL2'])('%s is near onnxruntime', async (op) => {
  const nodes: NodeInit[] = [{ op, in: ['x'], out: ['s'], attributes: { axes: [-1] } }];
  expect(worst(await tried(modelOf([3, 6], nodes), 2))).toBeLessThan(0.05);
});
