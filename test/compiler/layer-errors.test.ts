// Every tensor is compared with the value that it stands for, however many steps its operator is written in.
import { describe, expect, it } from 'vitest';
import { compare, compile, decodeCircuit, decodeGraph, encodeCircuit, encodeGraph } from '#compiler/index.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

const SAMPLES = 20;
const samples = (size: number, names: readonly string[]) => {
  const random = generator(size);
  const data = (): Float64Array => Float64Array.from({ length: SAMPLES * size }, () => 2 * random() - 1);
  return { count: SAMPLES, inputs: Object.fromEntries(names.map((name) => [name, data()])) };
};

describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
  it('Min, which is three steps, is as near to the floats as it is', async () => {
    const bytes = modelBytes({ inputs: { a: [1, 6], b: [1, 6] }, nodes: [{ op: 'Min', in: ['a', 'b'] }] });
    const calibration = samples(6, ['a', 'b']);
    const { circuit, graph, report } = await compile(bytes, { argument, calibration });
    const min = report.layers.filter(({ operator }) => operator === 'Min');
    expect(min.length).toBeGreaterThan(0);
    for (const { maxError } of min) expect(maxError).toBeLessThan(0.02);
    // as a program that holds the files only
    const again = [decodeCircuit(encodeCircuit(circuit), 'circuit.json'), decodeGraph(encodeGraph(graph))] as const;
    const { firstDivergence, nodes } = compare(...again, calibration);
    expect(firstDivergence).toBeNull();
    for (const { maxError } of nodes) expect(maxError).toBeLessThan(0.02);
  });

  it('a product, whose tensor is not its value, has no error of its own; its reader has', async () => {
    const bytes = modelBytes({
      inputs: { a: [1, 4], b: [1, 4] },
      nodes: [
        { op: 'Mul', in: ['a', 'b'], out: ['p'] },
        { op: 'Relu', in: ['p'] },
      ],
    });
    const { report } = await compile(bytes, { argument, calibration: samples(4, ['a', 'b']) });
    const errors = Object.fromEntries(report.layers.map(({ operator, maxError }) => [operator, maxError]));
    expect(errors['Mul']).toBeNull();
    expect(errors['Relu']).toBeGreaterThan(0);
    expect(errors['Relu']).toBeLessThan(0.02);
  });
});

it('a maximum in front of its rescale has no value to be compared with', async () => {
  const random = generator(9);
  const w = Array.from({ length: 6 * 25 }, () => random() - 0.5);
  const bytes = modelBytes({
    inputs: { x: [1, 1, 20, 20] },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
      { op: 'Relu', in: ['c'], out: ['r'] },
      { op: 'MaxPool', in: ['r'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    ],
    initializers: { w: floats([6, 1, 5, 5], w) },
  });
  const calibration = samples(400, ['x']);
  const { circuit, report } = await compile(bytes, { calibration });
  circuit.steps.forEach((step, s) => {
    const { value } = circuit.tensors[step.outs[0]];
    expect(report.layers[s].maxError === null).toBe(value === null);
  });
  for (const { maxError, scale } of report.layers)
    if (maxError !== null) expect(maxError).toBeLessThan(4 * Math.max(Number(scale), 0.01));
});
