// Whole graphs: what fusing leaves, graph.json, the invariants, and real trained models against their float outputs.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { InferproofError } from '#verifier/errors.js';
import { checkGraph } from '#compiler/graph/check.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { decodeGraph, encodeGraph } from '#compiler/graph/json.js';
import type { Graph } from '#compiler/graph/graph.js';
import { decode } from '#compiler/onnx/decode.js';
import { fuse } from '#compiler/graph/fuse.js';
import { lower } from '#compiler/onnx/lower.js';
import { termsOf } from '#compiler/linear/map.js';
import type { LinearOwn } from '#compiler/recipes/linear.js';
import type { RealStep } from '#compiler/recipes/values.js';
import { isHere, pick, readTrained } from '../models/trained.js';
import { floats, graphOf, modelBytes, readNaively } from './onnx-models.js';

const list = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i + 1) + 0.1);

/** Conv, BatchNormalization, a residual sum, Clip, MaxPool, LeakyRelu, Gemm, ArgMax. */
const residual = (): Uint8Array =>
  modelBytes({
    inputs: { x: [1, 2, 4, 4] },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['c'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'BatchNormalization', in: ['c', 's', 's', 's', 'v'], out: ['n'] },
      { op: 'Add', in: ['n', 'x'], out: ['sum'] },
      { op: 'Clip', in: ['sum', 'lo'], out: ['k'] },
      { op: 'MaxPool', in: ['k'], out: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: 'LeakyRelu', in: ['p'], out: ['l'] },
      { op: 'Flatten', in: ['l'], out: ['f'] },
      { op: 'Gemm', in: ['f', 'g'], out: ['scores'] },
      { op: 'Neg', in: ['scores'], out: ['dead'] },
      { op: 'ArgMax', in: ['scores'], out: ['y'], attributes: { axis: 1 } },
    ],
    initializers: {
      w: floats([2, 2, 3, 3], list(36)),
      b: floats([2], list(2)),
      s: floats([2], list(2)),
      v: floats([2], [1, 2]),
      lo: floats([], [-0.25]),
      g: floats([8, 3], list(24)),
    },
    outputs: ['scores', 'y'],
  });

describe('fuse', () => {
  const unfused = lower(decode(residual()));
  const fused = fuse(unfused);

  it('leaves linear steps that read inputs and non-linear values only, and nothing dead', () => {
    const linear = new Set(fused.steps.filter(({ kind }) => kind === 'linear').flatMap(({ outs }) => outs));
    for (const step of fused.steps) {
      if (step.kind === 'linear') expect(step.sources.some((from) => linear.has(from))).toBe(false);
    }
    expect(fused.steps.map(({ kind }) => kind)).toEqual([
      'input',
      'linear',
      'table',
      'max',
      'table',
      'linear',
      'argmax',
    ]);
    expect(fused.values.map(({ name }) => name)).toEqual(['x', 'sum', 'k', 'p', 'l', 'scores', 'y']);
  });

  it('keeps every value that stays', () => {
    const x = Float64Array.from(list(32));
    const [before, after] = [evaluateGraph(unfused, { x }), evaluateGraph(fused, { x })];
    fused.values.forEach(({ name }, id) => {
      const original = before[unfused.values.findIndex((value) => value.name === name)];
      after[id].forEach((v, i) => expect(v).toBeCloseTo(original[i], 9));
    });
  });

  it('does not compose where the terms would multiply', () => {
    // Two sums between 400 inputs and 400 outputs: 800 terms on either side, 160,000 in one.
    const n = 400;
    const bytes = modelBytes({
      inputs: { x: [1, n] },
      nodes: [
        { op: 'Gemm', in: ['x', 'a'], out: ['narrow'] },
        { op: 'Gemm', in: ['narrow', 'b'] },
      ],
      initializers: { a: floats([n, 2], list(2 * n)), b: floats([2, n], list(2 * n)) },
    });
    const steps = graphOf(bytes).steps.filter((step) => step.kind === 'linear');
    expect(steps.map(({ own }) => termsOf((own as LinearOwn).map))).toEqual([2 * n, 2 * n]);
  });

  it('counts operators, parameters and MACs of what the outputs need', () => {
    expect(fused.ops).toEqual({
      Conv: 1,
      BatchNormalization: 1,
      Add: 1,
      Clip: 1,
      MaxPool: 1,
      LeakyRelu: 1,
      Flatten: 1,
      Gemm: 1,
      ArgMax: 1,
    });
    expect(fused.params).toBe(36 + 2 + 2 + 2 + 1 + 24);
    expect(fused.macs).toBe(2 * 16 * 18 + 24);
  });
});

describe('graph.json', () => {
  const graph = graphOf(residual());
  const text = encodeGraph(graph);

  it('gives the same graph back', () => {
    expect(decodeGraph(text)).toEqual(graph);
    expect(encodeGraph(decodeGraph(text))).toBe(text);
  });

  const edited = (edit: (file: Record<string, never>) => void): string => {
    const file = JSON.parse(text) as Record<string, never>;
    edit(file);
    return JSON.stringify(file);
  };
  type Editable = {
    steps: { own: Record<string, unknown>; [key: string]: unknown }[];
    values: Record<string, unknown>[];
    outputs: unknown[];
    [key: string]: unknown;
  };
  const edits: Record<string, (file: Editable) => void> = {
    'another format': (f) => (f['format'] = 'inferproof-circuit'),
    'another version': (f) => (f['version'] = 4),
    'an unknown field': (f) => (f['extra'] = 1),
    'a missing field': (f) => delete f['macs'],
    'no outputs': (f) => (f.outputs = []),
    'a step twice': (f) => f.steps.push(f.steps[1]),
    'a step missing': (f) => f.steps.pop(),
    'steps out of order': (f) => f.steps.reverse(),
    'another shape': (f) => (f.values[1]['shape'] = [1, 2, 4, 5]),
    'an empty shape': (f) => (f.values[1]['shape'] = [0]),
    'an absurd shape': (f) => (f.values[0]['shape'] = [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1]),
    'an unknown type': (f) => (f.values[0]['dtype'] = 'float8'),
    'an unknown step': (f) => (f.steps[1]['kind'] = 'quadratic'),
    'an unknown function': (f) => (f.steps[2]['own'] = { name: 'nosuch', params: [] }),
    'bounds the wrong way round': (f) => (f.steps[2]['own'] = { name: 'clip', params: [1, 0] }),
    'a source that is not there': (f) => (f.steps[2]['sources'] = [99]),
    'a member outside its source': (f) => (f.steps[3].own['members'] = f.steps[3].own['starts']),
    'numbers that are none': (f) => (f.steps[1].own['bias'] = 'f64:AAA'),
  };
  it.each(Object.keys(edits))('refuses %s', (name) => {
    const hostile = edited(edits[name] as never);
    expect(() => decodeGraph(hostile)).toThrow(expect.objectContaining({ code: 'format' }));
  });
  it('refuses every truncation', () => {
    for (let length = 0; length < text.length - 1; length += 97) {
      expect(() => decodeGraph(text.slice(0, length))).toThrow(InferproofError);
    }
  });
});

describe('invariants', () => {
  const graph = graphOf(residual());
  const linear = graph.steps[1];
  const { map } = linear.own as LinearOwn;
  const [part] = map.parts;
  const withStep = (step: RealStep): Graph => ({ ...graph, steps: graph.steps.with(1, step) });
  const withMap = (changes: Partial<typeof map>): Graph =>
    withStep({ ...linear, own: { map: { ...map, ...changes } } });
  const withPart = (changes: Partial<typeof part>): Graph => withMap({ parts: [{ ...part, ...changes }] });
  const broken: Record<string, Graph> = {
    'an index outside its source': withPart({ base: part.base.map((b, o) => (o === 5 ? 31 : b)) }),
    'a negative index': withPart({ base: part.base.map((b, o) => (o === 5 ? -1 : b)) }),
    'a coefficient of 0': withPart({ kernels: part.kernels.map((k) => k.map((v, i) => (i === 0 ? 0 : v))) }),
    'a coefficient that is not finite': withPart({
      kernels: part.kernels.map((k) => k.map((v, i) => (i === 0 ? NaN : v))),
    }),
    'a kernel that is not there': withPart({ kernel: part.kernel.map(() => 99) }),
    'two offsets that are one': withPart({ patterns: part.patterns.map((p) => p.map(() => 0)) }),
    'two parts of one source': withStep({
      ...linear,
      sources: [0, 0],
      own: { map: { ...map, parts: [part, part] } },
    }),
    'two parts of two positions of one source': withStep({
      ...linear,
      sources: [0, 0],
      own: { map: { ...map, parts: [part, { ...part, from: 1 }] } },
    }),
    'a part without a source': withStep({ ...linear, sources: [] }),
    'a source without a part': withStep({ ...linear, sources: [0, 0] }),
    'a bias that is not finite': withMap({ bias: map.bias.map(() => Infinity) }),
    'an input that is no step': { ...graph, inputs: [] },
    'a softmax over no axis': {
      ...graph,
      outputs: [{ ...graph.outputs[0], read: { function: 'softmax' as const, axis: 7 } }],
    },
  };
  it('hold', () => {
    expect(() => checkGraph(graph)).not.toThrow();
  });
  it.each(Object.keys(broken))('refuse %s', (name) => {
    expect(() => checkGraph(broken[name])).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});

describe('evaluate', () => {
  it('refuses an input that is missing or of another length', () => {
    const graph = graphOf(residual());
    expect(() => evaluateGraph(graph, {})).toThrow("expected 32 numbers for input 'x', got none");
    expect(() => evaluateGraph(graph, { x: new Float64Array(31) })).toThrow(expect.objectContaining({ code: 'data' }));
  });
});

const trained: [name: string, params: number, macs: number, count: number][] = [
  ['mnist_mlp_784_56_10', 44_530, 44_464, 20],
  ['mnist_lenet5', 61_706, 416_520, 20],
  ['mnist_cnn_bn_gap', 5_466, 279_424, 20],
  ['ad01_autoencoder', 267_928, 264_192, 10],
  ['resnet8_cifar10', 77_706, 12_501_632, 3],
];
describe('trained models against onnxruntime', () => {
  for (const [name, params, macs, count] of trained)
    it.runIf(isHere(name))(name, async () => {
      const model = await readTrained(name);
      const graph = decodeGraph(encodeGraph(graphOf(model.bytes)));
      expect([graph.params, graph.macs]).toEqual([params, macs]);
      const [output] = graph.outputs;
      const session = await InferenceSession.create(model.bytes);
      for (let s = 0; s < count; s++) {
        const x = pick(model, 1, s).inputs[model.input.name];
        const tensor = new Tensor('float32', Float32Array.from(x), model.input.shape);
        const run = await session.run({ [model.input.name]: tensor });
        const expected = run[output.name].data as Float32Array;
        expect(graph.values[output.value].shape).toEqual(run[output.name].dims);
        const scores = evaluateGraph(graph, { [model.input.name]: Float64Array.from(x) })[output.value];
        const { shape } = graph.values[output.value];
        const got = output.read === null ? [...scores] : readNaively(output.read, [...scores], shape);
        got.forEach((v, i) => expect(Math.abs(v - expected[i])).toBeLessThan(1e-3));
      }
    });
});
