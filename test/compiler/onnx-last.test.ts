// What stands last in a model: the values in front of a Softmax, LogSoftmax, Sigmoid or Tanh are proved and the function is
// read beside them, whatever only moves elements behind it. Every chain against onnxruntime, through the whole compiler.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType } from 'onnx-buf';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { compile } from '#compiler/compile.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { run } from '#compiler/measure/run.js';
import { decode } from '#compiler/onnx/decode.js';
import { obstacles } from '#compiler/onnx/lower.js';
import type { Samples } from '#compiler/quantize/inputs.js';
import type { ReadFunction } from '#verifier/functions.js';
import { floats, graphOf, ints, modelBytes, readNaively, type NodeInit } from './onnx-models.js';

const { FLOAT, INT64 } = TensorProto_DataType;
const random = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * seed) * 1.5);

/** x [1, 4] -> h [1, 2, 3] -> the nodes; outputs by name and type. */
const model = (nodes: NodeInit[], outputs: Record<string, number>): Uint8Array =>
  modelBytes({
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w', 'b'], out: ['g'] },
      { op: 'Reshape', in: ['g', 'cube'], out: ['h'] },
      ...nodes,
    ],
    initializers: {
      w: floats([4, 6], random(24, 0.7)),
      b: floats([6], random(6, 1.3)),
      cube: ints(1, 2, 3),
      flat: ints(1, -1),
      cut: ints(3, 2),
      zero: ints(0),
      first: ints(1),
      one: { dims: [], dataType: INT64, int64Data: [1n] },
    },
    graph: {
      output: Object.entries(outputs).map(([name, elemType]) => ({
        name,
        type: { value: { case: 'tensorType', value: { elemType } } },
      })),
    },
  });

const data = Float64Array.from(random(160, 2.1), Math.fround);
const samples: Samples = { count: 40, inputs: { x: data } };

const sessionOf = (bytes: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { logSeverityLevel: 3 });

async function reference(session: InferenceSession, index: number) {
  const x = Float32Array.from(data.subarray(4 * index, 4 * index + 4));
  return await session.run({ x: new Tensor('float32', x, [1, 4]) });
}

type Chain = readonly [
  nodes: NodeInit[],
  expected: Record<string, { function: ReadFunction; axis: number | null } | null>,
];
const at = (axis: number): NodeInit['attributes'] & object => ({ axis });
const read = (name: ReadFunction, axis: number | null = null) => ({ function: name, axis });

const chains: Record<string, Chain> = {
  Softmax: [[{ op: 'Softmax', in: ['h'] }], { y: read('softmax', 2) }],
  'Softmax over classes in the middle': [[{ op: 'Softmax', in: ['h'], attributes: at(1) }], { y: read('softmax', 1) }],
  LogSoftmax: [[{ op: 'LogSoftmax', in: ['h'] }], { y: read('logSoftmax', 2) }],
  Sigmoid: [[{ op: 'Sigmoid', in: ['h'] }], { y: read('sigmoid') }],
  Tanh: [[{ op: 'Tanh', in: ['h'] }], { y: read('tanh') }],
  'Softmax, Identity, Dropout, Cast': [
    [
      { op: 'Softmax', in: ['h'], out: ['s'] },
      { op: 'Identity', in: ['s'], out: ['i'] },
      { op: 'Dropout', in: ['i'], out: ['d'] },
      { op: 'Cast', in: ['d'], attributes: { to: FLOAT } },
    ],
    { y: read('softmax', 2) },
  ],
  'Softmax, Unsqueeze, Transpose, Squeeze': [
    [
      { op: 'Softmax', in: ['h'], attributes: at(1), out: ['s'] },
      { op: 'Unsqueeze', in: ['s', 'zero'], out: ['u'] },
      { op: 'Transpose', in: ['u'], attributes: { perm: [2, 0, 1, 3] }, out: ['t'] },
      { op: 'Squeeze', in: ['t'] },
    ],
    { y: read('softmax', 0) },
  ],
  'LogSoftmax, Flatten that keeps its axis': [
    [
      { op: 'LogSoftmax', in: ['h'], out: ['s'] },
      { op: 'Flatten', in: ['s'], attributes: at(2) },
    ],
    { y: read('logSoftmax', 1) },
  ],
  'Softmax, one row of it': [
    [
      { op: 'Softmax', in: ['h'], out: ['s'] },
      { op: 'Gather', in: ['s', 'one'], attributes: at(1) },
    ],
    { y: read('softmax', 1) },
  ],
  'Sigmoid, in a shape asked of itself': [
    [
      { op: 'Sigmoid', in: ['h'], out: ['s'] },
      { op: 'Shape', in: ['s'], out: ['shape'] },
      { op: 'Reshape', in: ['s', 'flat'], out: ['f'] },
      { op: 'Reshape', in: ['f', 'shape'] },
    ],
    { y: read('sigmoid') },
  ],
  'Sigmoid, Reshape that would cut lines, the column of one class': [
    [
      { op: 'Sigmoid', in: ['h'], out: ['s'] },
      { op: 'Reshape', in: ['s', 'cut'], out: ['c'] },
      { op: 'Gather', in: ['c', 'one'], attributes: at(1) },
    ],
    { y: read('sigmoid') },
  ],
  'Softmax, ArgMax': [
    [
      { op: 'Softmax', in: ['h'], out: ['s'] },
      { op: 'ArgMax', in: ['s'], attributes: at(-1) },
    ],
    { y: null },
  ],
  'LogSoftmax, Transpose, ArgMin': [
    [
      { op: 'LogSoftmax', in: ['h'], out: ['s'] },
      { op: 'Transpose', in: ['s'], attributes: { perm: [2, 1, 0] }, out: ['t'] },
      { op: 'ArgMin', in: ['t'], attributes: at(0) },
    ],
    { y: null },
  ],
  'Sigmoid, ArgMax over any axis': [
    [
      { op: 'Sigmoid', in: ['h'], out: ['s'] },
      { op: 'ArgMax', in: ['s'], attributes: { axis: 1, keepdims: 0 } },
    ],
    { y: null },
  ],
  'Softmax, the position that TopK gives': [
    [
      { op: 'Softmax', in: ['h'], out: ['s'] },
      { op: 'TopK', in: ['s', 'first'], attributes: { largest: 0 }, out: ['least', 'y'] },
    ],
    { y: null },
  ],
  'Softmax and its ArgMax and the logits, all outputs': [
    [
      { op: 'Softmax', in: ['h'], out: ['p'] },
      { op: 'ArgMax', in: ['p'], attributes: { axis: 2, keepdims: 0 }, out: ['y'] },
      { op: 'Identity', in: ['h'], out: ['logits'] },
    ],
    { p: read('softmax', 2), y: null, logits: null },
  ],
};
const integer = (nodes: readonly NodeInit[], name: string): boolean =>
  nodes.some(({ op, out = ['y'] }) => out[op === 'TopK' ? 1 : 0] === name && /^Arg|TopK/.test(op));
const typed = ([nodes, expected]: Chain): Uint8Array =>
  model(nodes, Object.fromEntries(Object.keys(expected).map((name) => [name, integer(nodes, name) ? INT64 : FLOAT])));

describe.each(Object.keys(chains))('%s', (name) => {
  const [nodes, expected] = chains[name];
  const bytes = typed(chains[name]);
  let session: InferenceSession;
  beforeAll(async () => {
    session = await sessionOf(bytes);
  });

  it('is the model of onnxruntime over the reals', async () => {
    const graph = graphOf(bytes);
    expect(Object.fromEntries(graph.outputs.map((output) => [output.name, output.read]))).toEqual(expected);
    for (let i = 0; i < 8; i++) {
      const results = await reference(session, i);
      const values = evaluateGraph(graph, { x: data.slice(4 * i, 4 * i + 4) });
      for (const output of graph.outputs) {
        const { shape } = graph.values[output.value];
        expect([...shape]).toEqual([...results[output.name].dims]);
        const proved = [...values[output.value]];
        const own = output.read === null ? proved : readNaively(output.read, proved, shape);
        const wanted = Array.from(results[output.name].data as ArrayLike<number | bigint>, Number);
        own.forEach((v, o) => expect(Math.abs(v - wanted[o])).toBeLessThan(1e-5));
      }
    }
  });

  it.each(['plain', 'lookup'] as const)(
    'is proved in front of the function and read behind it: %s',
    async (argument) => {
      const { circuit, report } = await compile(bytes, { argument, bits: 10, calibration: samples });
      // no table stands for a function: the only gadgets are those of the input's range and of an argmax
      expect(report.layers.map(({ operator }) => operator).filter((op) => /Softmax|Sigmoid|Tanh/.test(op))).toEqual([]);
      const { outputs } = await run(circuit, samples);
      let decisions = 0;
      for (let i = 0; i < 8; i++) {
        const results = await reference(session, i);
        for (const [output, { shape, ints: whole, floats: proved, read: own, softmax }] of Object.entries(outputs[i])) {
          const wanted = Array.from(results[output].data as ArrayLike<number | bigint>, Number);
          if (integer(nodes, output)) decisions += Number(wanted.every((v, o) => v === whole[o]));
          const function_ = expected[output];
          if (function_ === null) {
            expect([own, softmax]).toEqual([undefined, undefined]);
            continue;
          }
          expect(own?.function).toBe(function_.function);
          readNaively(function_, proved, shape).forEach((v, o) =>
            expect(Math.abs(v - (own?.values[o] ?? NaN))).toBeLessThan(1e-6),
          );
          own?.values.forEach((v, o) => expect(Math.abs(v - wanted[o])).toBeLessThan(0.05));
          expect(softmax).toEqual(function_.function === 'softmax' ? own?.values : undefined);
        }
      }
      if (Object.keys(expected).some((output) => integer(nodes, output))) expect(decisions).toBe(8);
    },
  );
});

describe('errors of a function of one value', () => {
  // scores beyond 100: what 3 bits lose of a score is nothing of a tanh that is flat there
  const steep = (op: string): Uint8Array =>
    modelBytes({
      inputs: { x: [1, 4] },
      nodes: [
        { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
        { op, in: ['h'] },
      ],
      initializers: { w: floats([4, 2], [90, 80, 0, 0, 0, 0, 0, 0]) },
    });
  const few = { count: 2, inputs: { x: Float64Array.of(1.42, 0, 0, 0, -1.42, 0, 0, 0) } };

  it('are those of what it gives; decisions are those of the scores', async () => {
    const range = { inputRanges: { x: [-2, 2] as const }, bits: 3 };
    const scores = await compile(steep('Identity'), { ...range, calibration: few });
    const tanh = await compile(steep('Tanh'), { ...range, calibration: few });
    expect(scores.report.maxError).toBeGreaterThan(0.5);
    expect(tanh.report.maxError).toBeLessThan(1e-9);
    // in float64 both tanh are 1: the greater one is still known
    expect([scores.report.agreement, tanh.report.agreement]).toEqual([1, 1]);
  });
});

describe('a function that a node computes with', () => {
  const gate: NodeInit[] = [
    { op: 'Sigmoid', in: ['h'], out: ['s'] },
    { op: 'Reshape', in: ['s', 'cut'], out: ['r'] },
    { op: 'Mul', in: ['s', 'h'], out: ['y'] },
    { op: 'Add', in: ['r', 'r'], out: ['z'] },
  ];

  it('is a table, one for all its readers, and what an output gives, too', async () => {
    const graph = graphOf(model(gate, { y: FLOAT, z: FLOAT, r: FLOAT, s: FLOAT }));
    expect(graph.steps.filter(({ kind }) => kind === 'table')).toHaveLength(1);
    expect(graph.outputs.map((output) => output.read)).toEqual([null, null, null, null]);
    const bytes = model(gate, { y: FLOAT, z: FLOAT, r: FLOAT, s: FLOAT });
    const [results, values] = [
      await reference(await sessionOf(bytes), 3),
      evaluateGraph(graph, { x: data.slice(12, 16) }),
    ];
    for (const { name, value } of graph.outputs)
      values[value].forEach((v, o) => expect(v).toBeCloseTo((results[name].data as Float32Array)[o], 5));
  });

  it('is a constant where the softmax is over one class, as of attention to one token', async () => {
    const nodes: NodeInit[] = [
      { op: 'Unsqueeze', in: ['h', 'zero'], out: ['u'] },
      { op: 'Softmax', in: ['u'], attributes: { axis: 0 }, out: ['s'] },
      { op: 'Mul', in: ['s', 'u'] },
    ];
    const bytes = model(nodes, { y: FLOAT });
    const graph = graphOf(bytes);
    expect(graph.steps.map(({ kind }) => kind)).toEqual(['input', 'linear']);
    const values = evaluateGraph(graph, { x: data.slice(0, 4) });
    const { y } = await reference(await sessionOf(bytes), 0);
    values[graph.outputs[0].value].forEach((v, o) => expect(v).toBeCloseTo((y.data as Float32Array)[o], 5));
  });

  it('is still read where only another branch has the values', () => {
    const nodes: NodeInit[] = [
      { op: 'Tanh', in: ['h'], out: ['t'] },
      { op: 'Tanh', in: ['t'], out: ['y'] },
    ];
    const graph = graphOf(model(nodes, { y: FLOAT }));
    expect(graph.steps.filter(({ kind }) => kind === 'table')).toHaveLength(1);
    expect(graph.outputs[0].read).toEqual({ function: 'tanh', axis: null });
  });

  const softmax: NodeInit = { op: 'Softmax', name: 'attention', in: ['h'], out: ['s'] };
  test.each<[string, NodeInit[]]>([
    [
      'products',
      [
        softmax,
        { op: 'Mul', in: ['s', 's'], name: 'first' },
        { op: 'Add', in: ['s', 'y'], out: ['z'], name: 'second' },
      ],
    ],
    ['a shape that cuts its axis', [softmax, { op: 'Reshape', in: ['s', 'cut'] }]],
    ['one class of it', [softmax, { op: 'Gather', in: ['s', 'one'], attributes: { axis: 2 } }]],
    ['an ArgMax along another axis', [softmax, { op: 'ArgMax', in: ['s'], attributes: { axis: 1 } }]],
    ['another softmax', [softmax, { op: 'LogSoftmax', in: ['s'], out: ['t'] }, { op: 'Neg', in: ['t'] }]],
  ])('is a softmax of its own step: %s', async (_, nodes) => {
    const bytes = model(nodes, { y: nodes.at(-1)!.op === 'ArgMax' ? INT64 : FLOAT });
    const graph = graphOf(bytes);
    expect(graph.steps.filter(({ kind }) => kind === 'softmax')).toHaveLength(1);
    expect(obstacles(decode(bytes)).refusals).toEqual([]);
    const values = evaluateGraph(graph, { x: data.slice(4, 8) });
    const { y } = await reference(await sessionOf(bytes), 1);
    values[graph.outputs[0].value].forEach((v, o) => expect(v).toBeCloseTo(Number(y.data[o]), 5));
  });
});
