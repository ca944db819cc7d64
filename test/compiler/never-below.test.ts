// What is never below 0, or below a constant, and has a logarithm, a root or a reciprocal for that: magnitudes, maxima with a constant,
// squares and sums of exponentials, as models write them out in nodes.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { checkCircuit } from '#compiler/circuit/invariants.js';
import { compile, run, type Circuit } from '#compiler/index.js';
import { shownLeast } from '#compiler/linear/least.js';
import { constantMap } from '#compiler/linear/map.js';
import { addMaps, gatherMap, scaleMap } from '#compiler/linear/maps.js';
import { max } from '#compiler/primitives/max.js';
import type { IntegerForm } from '#compiler/primitives/steps.js';
import { floats, ints, modelBytes, type NodeInit } from './onnx-models.js';
import { modelOf, tried, worst } from './tried.js';

const node = (op: string, from: string[], out: string, attributes: NodeInit['attributes'] = {}): NodeInit => ({ op, in: from, out: [out], attributes }); // prettier-ignore
const last = { axes: [-1] };
const ofLine = (op: string, from: string, out: string): NodeInit => node(op, op === 'ReduceSum' ? [from, 'axis'] : [from], out, op === 'ReduceSum' ? {} : last); // prettier-ignore
const constants = {
  axis: ints(-1),
  one: floats([], [1]),
  half: floats([], [0.5]),
  quarters: floats([], [0.75]),
  minusHalf: floats([], [-0.5]),
  thousandth: floats([], [1e-3]),
  tiny: floats([], [1e-12]),
};
const magnitude = node('Abs', ['x'], 'a');
const distance = [node('Sub', ['x', 'half'], 'd'), node('Mul', ['d', 'd'], 'q'), ofLine('ReduceSum', 'q', 'v')];
const squares = [node('Mul', ['x', 'x'], 'q'), ofLine('ReduceSum', 'q', 'v')];
const exponentials = [
  ofLine('ReduceMax', 'x', 'most'),
  node('Sub', ['x', 'most'], 'd'),
  node('Exp', ['d'], 'e'),
  ofLine('ReduceSum', 'e', 'v'),
  node('Log', ['v'], 'log'),
];

/** Nodes that give s, and the share of its range that it may be off. */
const written: Readonly<Record<string, readonly [share: number, nodes: readonly NodeInit[]]>> = {
  'log(|x| + 1)': [0.015, [magnitude, node('Add', ['a', 'one'], 'b'), node('Log', ['b'], 's')]],
  'sign(x) sqrt|x|': [0.015, [magnitude, node('Sqrt', ['a'], 'r'), node('Sign', ['x'], 'g'), node('Mul', ['g', 'r'], 's')]], // prettier-ignore
  '|x| to the 0.75': [0.02, [magnitude, node('Pow', ['a', 'quarters'], 's')]],
  'x / (sum of |x| + 1)': [0.01, [magnitude, ofLine('ReduceSum', 'a', 'v'), node('Add', ['v', 'one'], 'b'), node('Div', ['x', 'b'], 's')]], // prettier-ignore
  'log of the largest of three': [0.02, [node('Sub', ['one', 'x'], 't'), node('Max', ['x', 't', 'half'], 'b'), node('Log', ['b'], 's')]], // prettier-ignore
  '1 / (1 + squared distance)': [0.01, [...distance, node('Add', ['v', 'one'], 'b'), node('Reciprocal', ['b'], 's')]],
  'e to minus a distance': [0.01, [...distance, node('Sqrt', ['v'], 'r'), node('Neg', ['r'], 'n'), node('Exp', ['n'], 's')]], // prettier-ignore
  'log of a power': [0.01, [...squares, node('Add', ['v', 'thousandth'], 'b'), node('Log', ['b'], 's')]],
  'sqrt(x^2)': [0.01, [node('Mul', ['x', 'x'], 'q'), node('Sqrt', ['q'], 's')]],
  'sqrt(x^2 + 0.001)': [0.01, [node('Mul', ['x', 'x'], 'q'), node('Add', ['q', 'thousandth'], 'b'), node('Sqrt', ['b'], 's')]], // prettier-ignore
  'x / max(sqrt(sum of x^2), 1e-12)': [0.01, [...squares, node('Sqrt', ['v'], 'r'), node('Max', ['r', 'tiny'], 'b'), node('Div', ['x', 'b'], 's')]], // prettier-ignore
  'x (mean of x^2 + 0.001)^-0.5': [0.01, [node('Mul', ['x', 'x'], 'q'), ofLine('ReduceMean', 'q', 'v'), node('Add', ['v', 'thousandth'], 'b'), node('Pow', ['b', 'minusHalf'], 'i'), node('Mul', ['x', 'i'], 's')]], // prettier-ignore
  'log of a sum of e^x': [0.01, [node('Exp', ['x'], 'e'), ofLine('ReduceSum', 'e', 'v'), node('Log', ['v'], 's')]],
  'the same below its maximum': [0.01, [...exponentials, node('Add', ['log', 'most'], 's')]],
  'log of a softmax': [0.01, [node('Softmax', ['x'], 'p', { axis: -1 }), node('Log', ['p'], 's')]],
  'log-softmax': [0.01, [...exponentials, node('Sub', ['d', 'log'], 's')]],
};

describe.each(Object.entries(written))('%s', (_, [share, nodes]) => {
  it.each([1, 8])('is near onnxruntime for inputs up to %d', async (reach) => {
    const { ours, want } = await tried(modelOf([4, 12], [...nodes], constants), reach);
    const range = Math.max(...want) - Math.min(...want);
    expect(worst({ ours, want })).toBeLessThan(share * Math.max(range, 2 ** -20));
  });
});

it('an index that is clipped stays inside its table, whatever comes in', async () => {
  const nodes: NodeInit[] = [
    node('Max', ['x', 'first'], 'low'),
    node('Min', ['low', 'end'], 'at'),
    node('Gather', ['table', 'at'], 'y'),
  ];
  const initializers = { first: ints(0), end: ints(4), table: floats([5], [3, 1, 4, 1, 5]) };
  const bytes = modelBytes({ inputs: { x: [6] }, type: Type.INT64, nodes, initializers });
  const { circuit } = await compile(bytes, { inputRanges: { x: [-100, 100] } });
  const x = BigInt64Array.from([-100n, -1n, 0n, 2n, 4n, 100n]);
  const { outputs } = await run(circuit, { count: 1, inputs: { x: Float64Array.from(x, Number) } });
  expect(outputs[0]['y'].floats.map(Math.round)).toEqual([3, 3, 3, 4, 5, 5]);
});

describe('what the first two of a group show', () => {
  const stacked = (factor: number, offset: number) =>
    addMaps([
      gatherMap(0, Int32Array.from([0, -1, 1, -1])),
      scaleMap(gatherMap(0, Int32Array.from([-1, 0, -1, 1])), factor, Float64Array.of(0, offset, 0, offset)),
    ]);
  const starts = Int32Array.of(0, 2, 4);

  it('is a constant among them', () => {
    expect(shownLeast(stacked(0, 5), starts)).toBe(5);
    expect(shownLeast(constantMap(Float64Array.of(1, 2, 7, -3)), starts)).toBe(2);
  });

  it('is the middle of opposites, rounded up', () => {
    expect(shownLeast(stacked(-1, 0), starts)).toBe(0);
    expect(shownLeast(stacked(-1, 5), starts)).toBe(3);
  });

  it('is nothing for others', () => {
    expect(shownLeast(stacked(1, 0), starts)).toBe(-Infinity);
    expect(shownLeast(stacked(-2, 0), starts)).toBe(-Infinity);
    expect(shownLeast(stacked(-1, 0), Int32Array.of(0, 1, 2, 4))).toBe(-Infinity);
    const other = addMaps([gatherMap(0, Int32Array.from([0, -1])), scaleMap(gatherMap(0, Int32Array.from([-1, 1])), -1)]); // prettier-ignore
    expect(shownLeast(other, Int32Array.of(0, 2))).toBe(-Infinity);
    const others = addMaps([gatherMap(0, Int32Array.from([0, -1])), scaleMap(gatherMap(1, Int32Array.from([-1, 0])), -1)]); // prettier-ignore
    expect(shownLeast(others, Int32Array.of(0, 2))).toBe(-Infinity);
  });
});

describe('a circuit', () => {
  const [, nodes] = written['log(|x| + 1)'];
  const refusal = (circuit: Circuit): string[] => {
    const said: string[] = [];
    checkCircuit(circuit, (path, expected) => {
      said.push(`${path}: ${expected}`);
      throw new Error(path);
    });
    return said;
  };
  const changed = (circuit: Circuit, change: (form: IntegerForm) => IntegerForm): Circuit => ({
    ...circuit,
    steps: circuit.steps.map((step) => (step.kind === max.kind ? { ...step, forms: step.forms.map(change) } : step)),
  });

  it('whose maximum could be below 0 is refused', async () => {
    const { circuit } = await tried(modelOf([2, 3], [...nodes], constants), 8);
    const step = circuit.steps.find(({ kind }) => kind === max.kind)!;
    expect(step.forms[0].accLo).toBeLessThan(0);
    expect(refusal(circuit)).toEqual([]);
    // each lower by one: the pair shows -1
    const lower = changed(circuit, ({ map, accLo, accHi }) => ({ map: { ...map, bias: map.bias.map((b) => b - 1) }, accLo: accLo - 1, accHi })); // prettier-ignore
    expect(() => refusal(lower)).toThrow('forms[0].accLo');
    // twice the second: no pair of opposites any more
    const twice = changed(circuit, ({ map, accLo, accHi }) => ({ map: scaleMap(map, Float64Array.from(map.bias, (_, i) => 1 + (i % 2))), accLo: 2 * accLo, accHi: 2 * accHi })); // prettier-ignore
    expect(() => refusal(twice)).toThrow('forms[0].accLo');
  });
});
