// Functions that a model writes out in several nodes: one table each, as near to the floats as the table of an operator of that name.
import { describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { buildCircuit } from '#compiler/build.js';
import { lowerModel } from '#compiler/lowered.js';
import { circuitOptions } from '#compiler/options.js';
import { compile, run, type CompileOptions } from '#compiler/index.js';
import { calibrate } from '#compiler/measure/calibrate.js';
import { decodeGraph, encodeGraph } from '#compiler/graph/json.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { realOf } from '#compiler/recipes/index.js';
import { floats, graphOf, ints, modelBytes, type NodeInit } from './onnx-models.js';

const { SQRT2, PI } = Math;
const CONSTANTS = { one: 1, half: 0.5, root2: SQRT2, three: 3, six: 6, zero: 0, cubic: 0.044715, rate: Math.sqrt(2 / PI), small: 0.25 }; // prettier-ignore

/** `op a b > y`, one node each. */
const nodesOf = (text: string): NodeInit[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [op, ...names] = line.trim().split(/\s+/);
      const at = names.indexOf('>');
      return { op, in: names.slice(0, at), out: names.slice(at + 1), name: `${op} of ${names.at(-1)}` };
    });

const written = (text: string, size = 16, outputs = ['y']): Uint8Array =>
  modelBytes({
    inputs: { x: [1, size] },
    nodes: nodesOf(text),
    initializers: Object.fromEntries(Object.entries(CONSTANTS).map(([name, value]) => [name, floats([], [value])])),
    outputs,
    opset: 20,
    ir: 9,
  });

const FORMULAS = {
  'GELU as PyTorch writes it': `
    Div x root2 > a
    Erf a > b
    Add b one > c
    Mul x c > d
    Mul d half > y`,
  'GELU with a tanh, its cube a power': `
    Pow x three > a
    Mul a cubic > b
    Add x b > c
    Mul c rate > d
    Tanh d > e
    Add e one > f
    Mul x half > g
    Mul g f > y`,
  SiLU: `
    Sigmoid x > s
    Mul x s > y`,
  'HardSwish by Clip': `
    Add x three > a
    Clip a zero six > b
    Mul x b > c
    Div c six > y`,
  'HardSwish by Max and Min': `
    Add x three > a
    Max a zero > b
    Min six b > c
    Mul c x > d
    Div d six > y`,
  Mish: `
    Softplus x > a
    Tanh a > b
    Mul x b > y`,
  'a sum of two curves': `
    Sin x > a
    Cos x > b
    Mul b small > c
    Add a c > y`,
  'a logarithm that is defined': `
    Exp x > a
    Add a one > b
    Log b > y`,
} as const;

const LINES: Readonly<Record<string, number>> = {
  'GELU as PyTorch writes it': 0.5,
  'HardSwish by Clip': 1 / 6,
  'HardSwish by Max and Min': 1 / 6,
};

const FLOATS: Readonly<Record<keyof typeof FORMULAS, (x: number) => number>> = {
  'GELU as PyTorch writes it': gelu,
  'GELU with a tanh, its cube a power': (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / PI) * (x + 0.044715 * x ** 3))),
  SiLU: (x) => x / (1 + Math.exp(-x)),
  'HardSwish by Clip': (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  'HardSwish by Max and Min': (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  Mish: (x) => x * Math.tanh(Math.log(1 + Math.exp(x))),
  'a sum of two curves': (x) => Math.sin(x) + Math.cos(x) / 4,
  'a logarithm that is defined': (x) => Math.log(1 + Math.exp(x)),
};

/** x / 2 (1 + erf(x / sqrt(2))), by the trapezoids of its integral. */
function gelu(x: number): number {
  const n = 4096;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp((-x * x * (i + 0.5) ** 2) / (2 * n * n));
  return 0.5 * x * (1 + (x * sum * Math.sqrt(2 / PI)) / n);
}

const over = (lo: number, hi: number, count = 1024): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => lo + ((hi - lo) * ((i * 619) % count)) / (count - 1));
const optionsOf = (size: number): CompileOptions => ({
  calibration: { count: 1024 / size, inputs: { x: over(-6, 6) } },
  inputRanges: { x: [-6, 6] },
  bits: 8,
});
const options = optionsOf(16);
const kindsOf = (bytes: Uint8Array): string[] => lowerModel(bytes, {}).graph.steps.map(({ kind }) => kind);
const functionsOf = (bytes: Uint8Array): string[] => kindsOf(bytes).filter((kind) => kind !== 'linear' && kind !== 'input'); // prettier-ignore

describe.each(Object.entries(FORMULAS))('%s', (name, text) => {
  const size = name.startsWith('HardSwish') ? 1024 : 16; // clips and products need no table: few elements do not pay for one
  const bytes = written(text, size);
  const f = FLOATS[name as keyof typeof FORMULAS];

  it('is one table, in float64 what the nodes are', () => {
    expect(functionsOf(bytes)).toEqual(['table']);
    const { graph } = lowerModel(bytes, {});
    const again = decodeGraph(encodeGraph(graph));
    expect(encodeGraph(again)).toBe(encodeGraph(graph));
    const x = over(-6, 6, size);
    const y = evaluateGraph(again, { x }).at(-1)!;
    const nodes = evaluateGraph(graphOf(bytes), { x }).at(-1)!;
    x.forEach((v, i) => {
      expect(y[i]).toBeCloseTo(f(v), 6); // constants of the file are float32
      expect(y[i]).toBeCloseTo(nodes[i], 12);
    });
  });

  it('is within half a step of its result, and of what half a step of the input and of a key and the rounding of weights do to it', async () => {
    const { circuit, report } = await compile(bytes, optionsOf(size));
    const table = circuit.tensors.find(({ operator }) => operator.includes('+'))!;
    const [scale, input] = [table.scale as number, circuit.tensors[0].scale as number];
    const values = over(-6, 6, 4096).map(f);
    const range = Math.max(...values) - Math.min(...values);
    const line = name in LINES ? LINES[name] : 1; // a line behind the last function takes no table of its own
    const steepest = Math.max(...values.map((_, i) => Math.abs(f(-6 + i / 341 + 1e-4) - f(-6 + i / 341)) / 1e-4));
    const most = (0.5 + 0.5 + 0.25) * scale * line + 0.5 * input * steepest;
    expect(report.maxError).toBeLessThan(most);
    expect(scale * line).toBeLessThan((range / 255) * 1.02);
  });

  it('takes fewer rows than its nodes', () => {
    const [nodes, fused] = rowsOf(bytes, size);
    expect(fused).toBeLessThan(nodes * 0.9);
  });
});

/** Rows of the circuit with every node by itself, and fused: of the same calibrated options. */
function rowsOf(bytes: Uint8Array, size: number): number[] {
  const given = optionsOf(size);
  return [graphOf(bytes), lowerModel(bytes, {}).graph].map((graph) => {
    const { activations } = calibrate(graph, given.calibration!);
    return arrange(buildCircuit(graph, '', circuitOptions(graph, given, activations))).rows;
  });
}

it('GELU written out for 128 elements takes these rows', () => {
  expect(rowsOf(written(FORMULAS['GELU as PyTorch writes it'], 128), 128)).toEqual([2155, 1351]);
});

describe('a formula', () => {
  it('gives the integers of the operator that it writes out', async () => {
    const [a, b] = await Promise.all(
      [written(FORMULAS['GELU as PyTorch writes it']), written('Gelu x > y')].map((bytes) => compile(bytes, options)), // prettier-ignore
    );
    expect(a.report.rows).toBe(b.report.rows);
    expect(Math.abs(a.report.maxError! - b.report.maxError!)).toBeLessThan(1e-6);
  });

  it('leaves a value that something else reads: it is proved in any case', () => {
    const text = 'Sigmoid x > s\nMul x s > y\nAdd s s > z';
    expect(functionsOf(written(text, 4, ['y', 'z']))).toEqual(['table', 'product']);
    expect(functionsOf(written('Sigmoid x > s\nExp s > e\nMul e s > y\nAdd e e > z', 4, ['y', 'z']))).toEqual(['table', 'table', 'product']); // prettier-ignore
  });

  it('leaves products alone, which are exact, one function, clips and lines, and values of two tensors', () => {
    expect(functionsOf(written('Mul x x > a\nMul a x > y'))).toEqual(['product', 'product']);
    expect(functionsOf(written('Tanh x > a\nAdd a x > y'))).toEqual(['table']);
    expect(functionsOf(written('Relu x > a\nAdd a one > b\nMin b six > y'))).toEqual(['table', 'table']);
    const two = modelBytes({ inputs: { x: [2], z: [2] }, nodes: nodesOf('Sigmoid x > s\nMul z s > y') });
    expect(functionsOf(two)).toEqual(['table', 'product']);
  });

  it('begins behind a slice: the first elements of a value are not that value', async () => {
    const model = modelBytes({
      inputs: { x: [1, 3] },
      nodes: nodesOf('Slice x from to axis > a\nSigmoid a > b\nMul a b > y'),
      initializers: { from: ints(0), to: ints(2), axis: ints(1) },
    });
    const { circuit } = await compile(model, { inputRanges: { x: [-6, 6] } });
    const { outputs } = await run(circuit, { count: 1, inputs: { x: Float32Array.of(1, -2, 3) } });
    const silu = (x: number): number => x / (1 + Math.exp(-x));
    outputs[0]['y'].floats.forEach((y, i) => expect(Math.abs(y - silu([1, -2][i]))).toBeLessThan(0.05));
  });

  it.each(['lookup', 'plain'] as const)('makes one clip of several: %s', (argument) => {
    const clipOf = (text: string): unknown => {
      const { steps } = lowerModel(written(text), { argument }).graph;
      const tables = steps.filter(({ kind }) => kind === 'table');
      expect(tables).toHaveLength(1);
      return realOf(tables[0]).codec.encode(tables[0].own);
    };
    expect(clipOf('Relu x > a\nMin a six > y')).toEqual({ name: 'clip', params: [0, 6] });
    expect(clipOf('Sub x half > a\nClip a half three > b\nRelu b > c\nMin c one > y')).toEqual({ name: 'clip', params: [0.5, 1] }); // prettier-ignore
    expect(clipOf('Relu x > a\nRelu a > y')).toEqual({ name: 'relu', params: [] });
    expect(clipOf('Clip x half > a\nRelu a > b\nClip b one > y')).toEqual({ name: 'clip', params: [1, 'Infinity'] });
  });

  it('stays in its nodes in the plain argument, where clips and products are proved', async () => {
    const made = compile(written(FORMULAS['HardSwish by Clip'], 4), { argument: 'plain', inputRanges: { x: [-6, 6] } });
    expect((await made).circuit.steps.map(({ kind }) => kind)).toContain('product');
  });

  it('names its nodes where it is refused, and its operators in the report', async () => {
    const { report } = await compile(written(FORMULAS.SiLU), options);
    expect(report.layers.map(({ name, operator }) => [name, operator])).toContainEqual(['Mul of y', 'Sigmoid+Mul']);
  });

  it.each([
    ['Log', 'Sin x > a\nAdd a half > b\nLog b > y', 'log'],
    ['Reciprocal', 'Cos x > a\nReciprocal a > y', 'reciprocal'],
    ['Sqrt', 'Sigmoid x > a\nSub a half > b\nSqrt b > y', 'sqrt'],
    ['a square that is 0 between two samples', 'Sub x small > a\nMul a a > b\nReciprocal b > y', 'reciprocal'],
  ])('%s of a value that can leave its domain is refused', async (_, text, name) => {
    const refused = compile(written(text), { inputRanges: { x: [-6, 6.1] } });
    await expect(refused).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(`^expected an interval on which .*${name}.* is defined, got`) as string,
      where: expect.stringContaining(' of y') as string,
    });
  });

  it('is defined where intervals prove it, however narrow, or samples do', async () => {
    for (const text of ['Mul x x > a\nAdd a small > b\nLog b > y', 'Sin x > a\nAdd a root2 > b\nSqrt b > y'])
      expect((await compile(written(text), options)).report.rangeError).toBeLessThan(0.01);
  });
});
