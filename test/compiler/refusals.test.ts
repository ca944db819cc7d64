// What a refused model says: one line for each operator and reason, a way out that works, and nothing overlooked behind the
// first node that cannot be proved.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FunctionProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, inspect, InferproofError } from '#compiler/index.js';
import { hintFor, HINTS } from '#compiler/onnx/hints.js';
import { OPERATORS } from '#compiler/onnx/operators/index.js';
import { commandLine } from '../cli/in-process.js';
import { floats, ints, modelBytes, runModel, valueInfo, type ModelInit, type NodeInit } from './onnx-models.js';

const weights = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(i + 1));
const unsupported = (model: ModelInit) => inspect(modelBytes(model)).unsupported.map(({ node }) => node);

/** x [1, 4] -> Gemm "first", then 38 times one of two operators, then Sign "last". */
const deep: ModelInit = {
  inputs: { x: [1, 4] },
  nodes: [
    { op: 'Gemm', name: 'first', in: ['x', 'w'], out: ['t0'] },
    ...Array.from({ length: 38 }, (_, i) => ({ op: i % 2 ? 'RandomUniformLike' : 'RandomNormalLike', name: `n${i}`, in: [`t${i}`], out: [`t${i + 1}`] })), // prettier-ignore
    { op: 'Bernoulli', name: 'last', in: ['t38'], out: ['e'] },
    { op: 'Neg', name: 'good', in: ['e'] },
  ],
  initializers: { w: floats([4, 4], weights(16)) },
};

describe('a model of 39 nodes that cannot be proved', () => {
  it('is listed node by node and grouped by operator and reason', () => {
    const seen = inspect(modelBytes(deep));
    expect(seen.unsupported).toHaveLength(39);
    expect(seen.refusals.map(({ op, nodes }) => [op, nodes.length, nodes[0]])).toEqual([
      ['RandomNormalLike', 19, 'n0'],
      ['RandomUniformLike', 19, 'n1'],
      ['Bernoulli', 1, 'last'],
    ]);
    expect(seen).toMatchObject({ cut: ['t0'], unseen: 0 });
    expect(seen.unsupported[0].reason).toMatch(/evaluation mode.*; or cut the model before it: --outputs t0$/);
    expect(seen.unsupported[1].reason).not.toContain('cut the model'); // what it reads cannot be proved either
  });

  it('is one error of compile, with a line for each operator', async () => {
    const error = (await compile(modelBytes(deep), { inputRanges: { x: [0, 1] } }).catch((thrown: unknown) => thrown)) as InferproofError; // prettier-ignore
    expect([error.code, error.where]).toEqual(['unsupported', "node 'n0' (RandomNormalLike, opset 17)"]);
    expect(error.message).toBe(
      'expected nodes that can be proved, got 39 that cannot: RandomNormalLike, RandomUniformLike, Bernoulli',
    );
    const lines = error.hint?.split('\n') ?? [];
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('RandomNormalLike (19 nodes, n0, n2, n4 and 16 more): expected a supported operator, got RandomNormalLike of opset 17: export'); // prettier-ignore
    expect(lines[3]).toBe('cut the model before the first of them: --outputs t0');
  });

  it('is a table of three lines on the command line, and the fixed fields under --json', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inferproof-refusals-'));
    writeFileSync(join(folder, 'm.onnx'), modelBytes(deep));
    const { status, stdout } = await commandLine(['inspect', 'm.onnx'], folder);
    expect(status).toBe(3);
    expect(stdout).toContain('39 nodes cannot be proved');
    expect(stdout).toMatch(/^operator +nodes +where +reason\nRandomNormalLike +19 {2}n0, n2, n4 and 16 more +expected .*\nRandomUniformLike .*\nBernoulli .*\n\nwhat to do\n/m); // prettier-ignore
    expect(stdout).toMatch(/^or +cut the model before the first of them: --outputs t0$/m);
    const { unsupported: listed } = JSON.parse((await commandLine(['inspect', 'm.onnx', '--json'], folder)).stdout);
    expect(listed).toHaveLength(39);
    expect(Object.keys(listed[0])).toEqual(['node', 'op', 'reason']);
    rmSync(folder, { recursive: true });
  });

  it('is cut at names that a shell and the flag take', () => {
    const nodes = deep.nodes.slice(0, 2).map((node) => ({ ...node, in: node.in.map((name) => name.replace('t0', "it's a,b")) })); // prettier-ignore
    const seen = inspect(
      modelBytes({ ...deep, nodes: [{ ...nodes[0], out: ["it's a,b"] }, nodes[1]], outputs: ['t1'] }),
    );
    expect(seen.unsupported[0].reason).toMatch(/: --outputs 'it'\\''s a,,b'$/);
  });

  it('is not cut in front of the first layer, where nothing was computed', () => {
    const nodes = [
      { op: 'Transpose', in: ['x'], out: ['t'] },
      { op: 'Bernoulli', name: 'odd', in: ['t'] },
    ];
    expect(inspect(modelBytes({ inputs: { x: [1, 4] }, nodes }))).toMatchObject({ cut: [], unsupported: [{ node: 'odd' }] }); // prettier-ignore
  });
});

describe('behind a refused node', () => {
  /** x -> `op` -> a [1, 4], which the file may declare -> Reshape to a shape that does not fit */
  const behind = (op: string, graph: ModelInit['graph'] = {}, type?: number): ModelInit => ({
    inputs: { x: [1, 4] },
    ...(type === undefined ? {} : { type }),
    nodes: [
      { op, name: 'odd', in: ['x'], out: ['a'] },
      { op: 'Reshape', name: 'wrong', in: ['a', 's'] },
    ],
    initializers: { s: ints(1, 5) },
    graph,
  });

  it('nodes are judged by the shapes that the file declares, or that the operator keeps', () => {
    expect(unsupported(behind('NoSuch'))).toEqual(['odd']);
    expect(inspect(modelBytes(behind('NoSuch'))).unseen).toBe(1);
    const declared = { valueInfo: [valueInfo('a', [1, 4])] };
    expect(unsupported(behind('NoSuch', declared))).toEqual(['odd', 'wrong']);
    expect(inspect(modelBytes(behind('NoSuch', declared))).unseen).toBe(0);
    expect(unsupported(behind('NoSuch', { valueInfo: [valueInfo('a', ['n', 4])] }))).toEqual(['odd']);
    expect(unsupported(behind('Bernoulli'))).toEqual(['odd', 'wrong']);
  });

  it('takes nothing for an input that a constant was: shapes that are computed are no refusal', () => {
    const shapes: ModelInit = {
      inputs: { x: [1, 4] },
      nodes: [
        { op: 'NoSuch', name: 'odd', in: ['x'], out: ['o'] },
        { op: 'Size', name: 'size', in: ['o'], out: ['n'] },
        { op: 'Multinomial', name: 'product', in: ['dims'], out: ['m'] },
        { op: 'Cast', in: ['m'], out: ['f'], attributes: { to: 1 } },
        { op: 'Div', name: 'mean', in: ['x', 'f'], out: ['d'] },
        { op: 'Expand', name: 'wide', in: ['d', 'n'] },
      ],
      initializers: { dims: ints(1, 4) },
      graph: {
        valueInfo: [valueInfo('n', [1], 7), valueInfo('m', [1], 7), valueInfo('f', [1]), valueInfo('d', [1, 4])],
      },
    };
    expect(unsupported(shapes)).toEqual(['odd', 'product']);
  });
});

describe('hints', () => {
  const supported = new Set(OPERATORS.map(({ op }) => op));

  it('are for operators that are not supported, and name operators that are', () => {
    for (const [operators, hint] of HINTS) {
      const own = operators.split(' ');
      expect(
        own.filter((op) => supported.has(op)),
        hint,
      ).toEqual([]);
      // a word with a capital is an operator of ONNX, but for names of torch and of scikit-learn
      const named =
        hint.replace(/\{.*?\}|\w+=\w+|MLP\w+|AdaptiveAvgPool2d|torch\.[\w.]+|GELU/g, '').match(/\b[A-Z][A-Za-z]+\b/g) ??
        [];
      expect(
        named.filter((word) => !supported.has(word)),
        hint,
      ).toEqual([]);
    }
  });

  it('name the exporter that wrote the operator', () => {
    const hint = (op: string, domain = '') => hintFor({ op, domain }, false);
    expect(hint('QAttention', 'com.microsoft')).toContain('give the float model');
    expect(hint('QuickGelu', 'com.microsoft')).toContain('Sigmoid');
    expect(hint('FusedConv', 'com.microsoft')).toContain('as the exporter wrote it');
    expect(hint('SequenceAt')).toContain('Split');
  });

  it('tells the file to write out the functions that it defines', () => {
    const message = fromBinary(ModelProtoSchema, modelBytes({ inputs: { x: [2] }, nodes: [{ op: 'Mine', domain: 'here', in: ['x'] }] })); // prettier-ignore
    message.functions = [create(FunctionProtoSchema, { name: 'Mine', domain: 'here' })];
    expect(inspect(toBinary(ModelProtoSchema, message)).unsupported[0].reason).toContain('inline_local_functions');
  });
});

describe('the ways out that hints show', () => {
  const x = [-4, -1.5, -0.2, 0, 0.3, 1, 2.5, 6];
  const node = (op: string, reads: string, out: string, attributes: NodeInit['attributes'] = {}): NodeInit => ({ op, in: reads.split(' '), out: [out], attributes }); // prettier-ignore
  const scalar = (v: number) => floats([], [v]);
  const ways: Readonly<
    Record<
      string,
      readonly [nodes: NodeInit[], want: (v: number) => number, off: number, initializers?: ModelInit['initializers']]
    >
  > = {
    QuickGelu: [
      [node('Mul', 'x k', 'a'), node('Sigmoid', 'a', 's'), node('Mul', 'x s', 'y')],
      (v) => v / (1 + Math.exp(-1.702 * v)),
      1e-6,
      { k: scalar(1.702) },
    ],
  };

  it.each(Object.keys(ways))('%s: the numbers that were promised', (name) => {
    const [nodes, want, off, initializers = {}] = ways[name];
    const { data } = runModel(modelBytes({ inputs: { x: [1, 8] }, nodes, initializers }), { x });
    x.forEach((v, i) => expect(Math.abs(data[i] - want(v))).toBeLessThanOrEqual(off));
    expect(inspect(modelBytes({ inputs: { x: [1, 8] }, nodes, initializers }), { inputRanges: { x: [-4, 6] } }).unsupported).toEqual([]); // prettier-ignore
  });

  it('ReduceMax, Tile, DepthToSpace, Resize: the same elements', () => {
    const squares = Array.from({ length: 8 }, (_, i) => i * i - 9);
    const reads = { inputs: { x: [1, 2, 2, 2] } };
    const pool = [node('Reshape', 'x s', 'r'), node('GlobalMaxPool', 'r', 'y')];
    expect(runModel(modelBytes({ ...reads, nodes: pool, initializers: { s: ints(1, 1, 8) } }), { x: squares }).data).toEqual([40]); // prettier-ignore
    const nearest = [node('Reshape', 'x s', 'u'), node('Expand', 'u e', 'w'), node('Reshape', 'w t', 'y')];
    const initializers = { s: ints(1, 2, 2, 1, 2, 1), e: ints(1, 2, 2, 2, 2, 2), t: ints(1, 2, 4, 4) };
    const { data } = runModel(modelBytes({ ...reads, nodes: nearest, initializers }), { x: squares });
    expect(data.slice(0, 8)).toEqual([-9, -9, -8, -8, -9, -9, -8, -8]);
    const depth = [node('Reshape', 'x s', 'a'), node('Transpose', 'a', 'b', { perm: [0, 2, 1] }), node('Reshape', 'b t', 'y')]; // prettier-ignore
    const shuffled = runModel(modelBytes({ ...reads, nodes: depth, initializers: { s: ints(1, 2, 4), t: ints(1, 8) } }), { x: squares }); // prettier-ignore
    expect(shuffled.data).toEqual([-9, 7, -8, 16, -5, 27, 0, 40]);
  });
});
