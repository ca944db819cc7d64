// Quantised models, whole: their own integers against onnxruntime, in both arguments.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { compile, type Compilation } from '#compiler/index.js';
import { quantisedOutputs } from '#compiler/measure/run.js';
import { prove } from '#prover/prove.js';
import { setup } from '#prover/keys.js';
import { serializeVerificationKey, verify } from '#verifier/index.js';
import { closeCurve, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';
import { generator } from './circuits.js';
import { integersOf } from './operator-cases/case.js';
import { floats, graphOf, modelBytes, type ModelInit, type TensorInit } from './onnx-models.js';

const random = generator(31);
const whole = (lo: number, hi: number): number => lo + Math.floor(random() * (hi - lo + 1));
const bytes = (shape: number[], lo = -60, hi = 60): TensorInit => integersOf(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => whole(lo, hi)), 'int8'); // prettier-ignore
const int32s = (values: number[]): TensorInit => integersOf([values.length], values, 'int32');
const byte = (value: number): TensorInit => integersOf([], [value], 'int8');
const shorts = (shape: number[], values: number[]): TensorInit => ({ dims: shape.map(BigInt), dataType: Type.INT16, int32Data: values }); // prettier-ignore
const scale = (value: number): TensorInit => floats([], [value]);
const COUNT = 40;

/** The outputs of both on the same floats of [-3, 3], beyond what the first scale holds. */
async function both(
  init: ModelInit,
  argument: 'lookup' | 'plain',
  level: 'all' | 'disabled' = 'disabled',
): Promise<{ readonly made: Compilation; readonly want: number[]; readonly got: number[] }> {
  const model = modelBytes(init);
  const made = await compile(model, { argument });
  const [[name, shape]] = Object.entries(init.inputs) as [string, number[]][];
  const size = shape.reduce((a, b) => a * b, 1);
  const x = Float32Array.from({ length: COUNT * size }, () => 6 * random() - 3);
  const [got] = quantisedOutputs(made.circuit, { count: COUNT, inputs: { [name]: x } }, () => undefined, false);
  const session = await InferenceSession.create(model, { graphOptimizationLevel: level, logSeverityLevel: 4 });
  const want: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const result = await session.run({ [name]: new Tensor('float32', x.slice(i * size, (i + 1) * size), shape) });
    want.push(...Array.from(result['y'].data as ArrayLike<number>, Number));
  }
  await session.release();
  return { made, want, got: Array.from(got, Math.fround) };
}

/** QuantizeLinear, two QGemm, the first with a scale for each channel, DequantizeLinear. */
const perceptron: ModelInit = {
  inputs: { x: [1, 8] },
  nodes: [
    { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
    { op: 'QGemm', domain: 'com.microsoft', in: ['q', 'sx', 'zx', 'w', 'sw', 'zw', 'b', 'sh', 'zh'], out: ['h'] },
    { op: 'QGemm', domain: 'com.microsoft', in: ['h', 'sh', 'zh', 'v', 'sv', 'zero', 'c', 'sy', 'zy'], out: ['o'] },
    { op: 'DequantizeLinear', in: ['o', 'sy', 'zy'] },
  ],
  initializers: {
    ...{ sx: scale(0.02), zx: byte(-5), zero: byte(0), sh: scale(0.05), zh: byte(-128), sy: scale(0.04), zy: byte(3) },
    ...{ w: bytes([8, 6]), sw: floats([6], [0.01, 0.012, 0.009, 0.02, 0.015, 0.011]), zw: integersOf([6], [0, 0, 0, 0, 0, 0], 'int8') }, // prettier-ignore
    ...{ b: int32s([10, -400, 0, 300, 77, -9]), v: bytes([6, 3]), sv: scale(0.008), c: int32s([50, -60, 0]) },
  },
};

/**
 * Layers between DequantizeLinear and QuantizeLinear, a Relu, a MaxPool, a Transpose and a Flatten among them. No product of these
 * scales is near a tie: onnxruntime computes such a group in float, where a half falls on either side.
 */
const picture: ModelInit = {
  inputs: { x: [1, 4, 4, 2] },
  nodes: [
    { op: 'Transpose', in: ['x'], out: ['t'], attributes: { perm: [0, 3, 1, 2] } },
    { op: 'QuantizeLinear', in: ['t', 'sx', 'zx'], out: ['q'] },
    { op: 'DequantizeLinear', in: ['q', 'sx', 'zx'], out: ['d'] },
    { op: 'DequantizeLinear', in: ['w', 'sw'], out: ['dw'], attributes: { axis: 0 } },
    { op: 'DequantizeLinear', in: ['b', 'sb'], out: ['db'], attributes: { axis: 0 } },
    { op: 'Conv', in: ['d', 'dw', 'db'], out: ['conv'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'Relu', in: ['conv'], out: ['relu'] },
    { op: 'QuantizeLinear', in: ['relu', 'sh', 'zh'], out: ['qh'] },
    { op: 'DequantizeLinear', in: ['qh', 'sh', 'zh'], out: ['dh'] },
    { op: 'MaxPool', in: ['dh'], out: ['pool'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { op: 'QuantizeLinear', in: ['pool', 'sh', 'zh'], out: ['qp'] },
    { op: 'DequantizeLinear', in: ['qp', 'sh', 'zh'], out: ['dp'] },
    { op: 'Flatten', in: ['dp'], out: ['flat'] },
    { op: 'DequantizeLinear', in: ['v', 'sv'], out: ['dv'] },
    { op: 'MatMul', in: ['flat', 'dv'], out: ['sum'] },
    { op: 'QuantizeLinear', in: ['sum', 'sy', 'zy'] },
  ],
  initializers: {
    ...{ sx: scale(0.02131), zx: byte(4), sh: scale(0.05317), zh: byte(-100), sy: scale(0.07129), zy: byte(-1) },
    ...{ w: bytes([3, 2, 3, 3]), sw: floats([3], [0.01037, 0.01319, 0.02083]), b: int32s([100, -200, 5]) },
    ...{
      sb: floats([3], [0.02131 * 0.01037, 0.02131 * 0.01319, 0.02131 * 0.02083]),
      v: bytes([12, 3]),
      sv: scale(0.01009),
    },
  },
  outputType: Type.INT8,
};

describe.each(['lookup', 'plain'] as const)('in %s', (argument) => {
  it('a perceptron of integer operators has the integers of onnxruntime, and is checked in', async () => {
    const { made, want, got } = await both(perceptron, argument);
    expect(got).toEqual(want);
    expect(new Set(got).size).toBeGreaterThan(20);
    expect(made.circuit.inputs[0]).toMatchObject({ rounding: 'even' });
    expect(made.circuit.tensors[made.circuit.inputs[0].tensor]).toMatchObject({ lo: -128, hi: 127, zero: -5 });
    expect(made.report.notes.join()).toContain('exact sums in int32');
  });

  it('channels of which one asks for a longer shift than another has room for have one each', async () => {
    const [rows, columns] = [96, 2];
    const w = Array.from({ length: rows * columns }, (_, i) => ((37 * (i >> 1) + 101 * (i & 1)) % 121) - 60);
    const { made, want, got } = await both(
      {
        ...perceptron,
        inputs: { x: [1, rows] },
        nodes: [perceptron.nodes[0], { ...perceptron.nodes[1], out: ['o'] }, { op: 'DequantizeLinear', in: ['o', 'sh', 'zh'] }], // prettier-ignore
        initializers: { ...perceptron.initializers, w: integersOf([rows, columns], w, 'int8'), sw: floats([columns], [0.00033, 0.06]), zw: integersOf([columns], [0, 0], 'int8'), b: int32s([2000, -70]), zh: byte(5) }, // prettier-ignore
      },
      argument,
    );
    expect(got).toEqual(want);
    expect(new Set(got).size).toBeGreaterThan(20);
    expect(made.circuit.steps.filter(({ kind }) => kind === 'rescale')).toHaveLength(2);
  });

  it('groups between DequantizeLinear and QuantizeLinear have them too', async () => {
    const { made, want, got } = await both(picture, argument);
    expect(got).toEqual(want);
    expect(made.circuit.steps.map(({ kind }) => kind).filter((kind) => kind === 'rescale')).toHaveLength(2);
    // integers, but scores: what they decide is counted, not how many are equal
    expect(made.circuit.outputs[0].decision).toEqual({ rule: 'argmax', axis: 1 });
  });
});

it('a declared range of an input that the model quantises is not used, and the report says so', async () => {
  const { circuit, report } = await compile(modelBytes(perceptron), { inputRanges: { x: [0, 1] } });
  const { circuit: same, report: silent } = await compile(modelBytes(perceptron));
  expect(circuit).toEqual(same);
  const warned = report.warnings.filter((line) => line.includes("'x' is not used"));
  expect(warned.join()).toContain('saturates at [-2.46, 2.64]'); // -123 and 132 steps of 0.02
  expect(silent.warnings).toEqual(report.warnings.filter((line) => !warned.includes(line)));
  const others = compile(modelBytes(perceptron), { inputRanges: { x: [1, 0] } });
  await expect(others).rejects.toMatchObject({ code: 'usage', where: 'x' });
});

describe('what groups are marked with', () => {
  const inputs = ['q', 'sx', 'zx', 'w', 'sw', 'zw', 'sh', 'zh', 'b'];
  type Node = ModelInit['nodes'][number];
  const made = (node: Node): Promise<Compilation> =>
    compile(
      modelBytes({
        ...perceptron,
        nodes: [perceptron.nodes[0], { ...node, out: ['h'] }, { op: 'DequantizeLinear', in: ['h', 'sh', 'zh'] }],
      }),
    );

  it('is refused as an attribute of a file', async () => {
    const [x, w] = [inputs.slice(0, 3), inputs.slice(3, 6)];
    const nodes: readonly (readonly [string, Node])[] = [
      ['inferproof.relu', { op: 'QLinearMatMul', in: inputs.slice(0, 8) }],
      ['inferproof.unsigned', { op: 'QLinearAdd', domain: 'com.microsoft', in: [...x, ...x, 'sh', 'zh'] }],
      ['marks', { op: 'QGemm', domain: 'com.microsoft', in: [...x, ...w, 'b', 'sh', 'zh'] }],
    ];
    for (const [name, node] of nodes)
      await expect(made({ ...node, attributes: { [name]: 1 } })).rejects.toMatchObject({ message: expect.stringContaining(`expected no attribute '${name}'`) }); // prettier-ignore
  });

  it('is no operator of a file: a QLinearMatMul with a bias', async () => {
    for (const [domain, message] of [
      ['inferproof', 'expected a supported operator, got inferproof.QLinearMatMul'],
      ['', 'expected 8 inputs of QLinearMatMul'],
    ])
      await expect(made({ op: 'QLinearMatMul', domain, in: inputs })).rejects.toMatchObject({ message: expect.stringContaining(message) }); // prettier-ignore
    await expect(made({ op: 'QLinearMatMul', in: inputs.slice(0, 8) })).resolves.toBeDefined();
  });
});

/** Nodes from 'd', integers of steps of 0.0231 dequantised, to 't', which is quantised in steps of `step` from `zero`. */
interface Between {
  readonly nodes: ModelInit['nodes'];
  readonly step: number;
  readonly zero?: number;
  readonly initializers?: ModelInit['initializers'];
}

const others = (n: number, from = -1): number[] => Array.from({ length: n }, (_, i) => from + ((0.37 * i) % 2));

/** What onnxruntime computes between a DequantizeLinear and a QuantizeLinear, by a kernel of its own or in floats. */
const BETWEEN: Readonly<Record<string, Between>> = {
  Tanh: { nodes: [{ op: 'Tanh', in: ['d'], out: ['t'] }], step: 1 / 127 },
  'x sigmoid(x)': {
    nodes: [
      { op: 'Sigmoid', in: ['d'], out: ['s'] },
      { op: 'Mul', in: ['d', 's'], out: ['t'] },
    ],
    step: 0.0123,
  },
  HardSwish: { nodes: [{ op: 'HardSwish', in: ['d'], out: ['t'] }], step: 0.0123 },
  Clip: { nodes: [{ op: 'Clip', in: ['d', 'lo', 'hi'], out: ['t'] }], step: 0.0301, initializers: { lo: scale(0), hi: scale(1.7) } }, // prettier-ignore
  'a layer with two clips': {
    nodes: [
      { op: 'DequantizeLinear', in: ['w', 'sw'], out: ['dw'] },
      { op: 'MatMul', in: ['d', 'dw'], out: ['sum'] },
      { op: 'Clip', in: ['sum', 'low', 'top'], out: ['c'] },
      { op: 'Clip', in: ['c', 'lo', 'hi'], out: ['t'] },
    ],
    step: 0.0301,
    initializers: { w: bytes([6, 4]), sw: scale(0.0093), low: scale(-2.3), top: scale(1.1), lo: scale(-0.7), hi: scale(1.7) }, // prettier-ignore
  },
  'a softmax': { nodes: [{ op: 'Softmax', in: ['d'], out: ['t'], attributes: { axis: -1 } }], step: 1 / 256, zero: -128 }, // prettier-ignore
  'a softmax along another axis': { nodes: [{ op: 'Softmax', in: ['d'], out: ['t'], attributes: { axis: 1 } }], step: 1 / 256, zero: -128 }, // prettier-ignore
  'a constant for each element': { nodes: [{ op: 'Add', in: ['d', 'k'], out: ['t'] }], step: 0.0411, initializers: { k: floats([2, 6], others(12)) } }, // prettier-ignore
  'a quantised constant': {
    nodes: [
      { op: 'DequantizeLinear', in: ['ki', 'ks', 'kz'], out: ['k'] },
      { op: 'Add', in: ['k', 'd'], out: ['t'] },
    ],
    step: 0.0411,
    initializers: { ki: bytes([2, 6]), ks: scale(0.0123), kz: byte(7) },
  },
  'a sum of tensors of three scales': {
    nodes: [
      { op: 'Tanh', in: ['d'], out: ['a'] },
      { op: 'QuantizeLinear', in: ['a', 'as', 'kz'], out: ['aq'] },
      { op: 'DequantizeLinear', in: ['aq', 'as', 'kz'], out: ['ad'] },
      { op: 'QuantizeLinear', in: ['d', 'ks', 'kz'], out: ['kq'] },
      { op: 'DequantizeLinear', in: ['kq', 'ks', 'kz'], out: ['k'] },
      { op: 'Sum', in: ['d', 'ad', 'k'], out: ['t'] },
    ],
    step: 0.061337,
    initializers: { as: scale(0.0083), ks: scale(0.0317), kz: byte(7) },
  },
};

describe('between DequantizeLinear and QuantizeLinear', () => {
  it.each(Object.entries(BETWEEN))('%s has the integers of onnxruntime', async (_, { nodes, step, zero = 0, initializers }) => {
    const { want, got } = await both(
      {
        inputs: { x: [2, 6] },
        nodes: [
          { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
          { op: 'DequantizeLinear', in: ['q', 'sx', 'zx'], out: ['d'] },
          ...nodes,
          { op: 'QuantizeLinear', in: ['t', 'sy', 'zy'] },
        ],
        initializers: { sx: scale(0.0231), zx: byte(3), sy: scale(step), zy: byte(zero), ...initializers },
        outputType: Type.INT8,
      },
      'lookup',
      'all',
    );
    expect(got).toEqual(want);
    expect(new Set(got).size).toBeGreaterThan(20);
  }); // prettier-ignore

  it.each([24, 56])('a softmax of %i equal integers has them: a half goes to the even one', async (n) => {
    const { want, got } = await both(
      {
        inputs: { x: [1, n] },
        nodes: [
          { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
          { op: 'DequantizeLinear', in: ['q', 'sx', 'zx'], out: ['d'] },
          { op: 'Softmax', in: ['d'], out: ['t'], attributes: { axis: -1 } },
          { op: 'QuantizeLinear', in: ['t', 'sy', 'zy'] },
        ],
        initializers: { sx: scale(100), zx: byte(0), sy: scale(1 / 252), zy: byte(-128) },
        outputType: Type.INT8,
      },
      'lookup',
      'all',
    );
    expect(got).toEqual(want);
    expect(got[0]).toBe(2 * Math.round(252 / n / 2) - 128); // 10.5 and 4.5
  });

  it('layers of 16-bit integers and weights of 4 bits have them, but for a step of 16 bits', async () => {
    for (const [type, lo, hi, step] of [
      ['int8', -8, 7, 0.05],
      ['int16', -500, 500, 0.0005],
    ] as const) {
      const zero = type === 'int8' ? byte(0) : shorts([], [0]);
      const { want, got } = await both(
        {
          opset: 21,
          ir: 10,
          inputs: { x: [1, 8] },
          nodes: [
            { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
            { op: 'DequantizeLinear', in: ['q', 'sx', 'zx'], out: ['d'] },
            { op: 'DequantizeLinear', in: ['w', 'sw'], out: ['dw'], attributes: { axis: 1 } },
            { op: 'MatMul', in: ['d', 'dw'], out: ['t'] },
            { op: 'Relu', in: ['t'], out: ['r'] },
            { op: 'QuantizeLinear', in: ['r', 'sy', 'zx'] },
          ],
          initializers: {
            ...{ sx: scale(type === 'int8' ? 0.0231 : 0.0001), zx: zero, sy: scale(step) },
            ...(type === 'int8'
              ? { w: { dims: [8n, 3n], dataType: Type.INT4, rawData: Uint8Array.from({ length: 12 }, () => whole(0, 255)) } } // prettier-ignore
              : {
                  w: shorts(
                    [8, 3],
                    Array.from({ length: 24 }, () => whole(lo, hi)),
                  ),
                }),
            sw: floats(
              [3],
              [0.0731, 0.0557, 0.0913].map((s) => (type === 'int8' ? s : s / 60)),
            ),
          },
          outputType: type === 'int8' ? Type.INT8 : Type.INT16,
        },
        'lookup',
        'all',
      );
      const apart = got.filter((y, i) => y !== want[i]).length;
      expect(Math.max(...got.map((y, i) => Math.abs(y - want[i])))).toBeLessThanOrEqual(type === 'int8' ? 0 : 1);
      expect(apart).toBeLessThanOrEqual(type === 'int8' ? 0 : 4);
      expect(new Set(got).size).toBeGreaterThan(20);
    }
  });

  it('integers of 16 bits are refused by operators of bytes', async () => {
    const wide = { sh: scale(0.05), zh: shorts([], [0]) };
    const nodes = [perceptron.nodes[0], { ...perceptron.nodes[1], out: ['y'] }];
    const made = compile(modelBytes({ ...perceptron, nodes, initializers: { ...perceptron.initializers, ...wide }, outputType: Type.INT16 })); // prettier-ignore
    await expect(made).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('at most 8 bits, got int16') }); // prettier-ignore
  });
});

afterAll(closeCurve);

it('a perceptron of integer operators is proved in plain, for the library and for snarkjs', async () => {
  const { circuit } = await compile(modelBytes(perceptron), { argument: 'plain' });
  const { provingKey, vkey } = await setup(circuit, { dev: true });
  const x = Float64Array.of(0.5, -1, 2, 0.02, -2.5, 1.7, 0, -0.3);
  const { proof } = await prove(circuit, provingKey, vkey, { count: 1, inputs: { x } });
  expect(verify(vkey, proof, { allowInsecureKey: true })).toMatchObject({ valid: true });
  const { snarkjs } = serializeVerificationKey(vkey) as unknown as { readonly snarkjs: StockKey };
  const signals = (proof['publicSignals'] as string[]).map(BigInt);
  expect(await groth16Verify(snarkjs, signals, proof['proof'] as StockProof)).toBe(true);
});

it('layers whose activations are rounded at run time are proved as floats, and the report says so', async () => {
  const dynamic = (x: string, n: number): ModelInit['nodes'][number] => ({ op: 'DynamicQuantizeLinear', in: [x], out: [`q${n}`, `s${n}`, `z${n}`] }); // prettier-ignore
  const behind = (scales: readonly string[]): ModelInit['nodes'] => [
    { op: 'Cast', in: ['i'], out: ['f'], attributes: { to: Type.FLOAT } },
    { op: 'Mul', in: [...scales], out: ['m'] },
    { op: 'Mul', in: ['f', 'm'] },
  ];
  const inputRanges = { '': [-1, 1] } as const;
  const weighted = [
    dynamic('x', 0),
    { op: 'MatMulInteger', in: ['q0', 'w', 'z0'], out: ['i'] },
    ...behind(['s0', 'sw']),
  ];
  const constants = { w: bytes([4, 2]), sw: scale(0.01) };
  const one = await compile(modelBytes({ inputs: { x: [1, 4] }, nodes: weighted, initializers: constants }), { inputRanges }); // prettier-ignore
  // the scores of an attention: both of its factors are rounded at run time
  const live = [dynamic('x', 0), dynamic('k', 1), { op: 'MatMulInteger', in: ['q0', 'q1', 'z0', 'z1'], out: ['i'] }, ...behind(['s0', 's1'])]; // prettier-ignore
  const inputs = { x: [1, 4], k: [4, 2] };
  const both = await compile(modelBytes({ inputs, nodes: live }), { inputRanges });
  const float = await compile(modelBytes({ inputs, nodes: [{ op: 'MatMul', in: ['x', 'k'] }] }), { inputRanges });
  for (const { report } of [one, both]) expect(report.warnings.join()).toContain('dynamic quantisation');
  expect(both.circuit.steps).toEqual(float.circuit.steps);
  // with a reader of its own it is rounded, as its definition says
  const graph = { output: ['y', 's0', 'z0'].map((name) => ({ name })) };
  const nodes = [dynamic('x', 0), { op: 'Identity', in: ['q0'] }];
  const alone = await compile(modelBytes({ inputs: { x: [1, 4] }, nodes, graph }), { inputRanges });
  expect(alone.report.warnings.join()).toContain('its definition, exactly');
  expect(alone.report.warnings.join()).not.toContain('dynamic quantisation');
});

it.each([['forward', 1], ['bidirectional', 2]] as const)('an LSTM of such weights, %s, is near what onnxruntime makes of it', async (direction, dirs) => {
  const [steps, inputs, hidden] = [3, 4, 5];
  // of 7 bits: where a processor multiplies bytes in pairs (AVX2 without VNNI), onnxruntime clips the sum of two products to 16 bits
  const [w, r] = [inputs, hidden].map((rows) => bytes([dirs, rows, 4 * hidden], -64, 63));
  const scales = (dims: number[]): TensorInit => floats(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.002 + 0.006 * random())); // prettier-ignore
  const zeros = (dims: number[]): TensorInit => integersOf(dims, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(0), 'int8'); // prettier-ignore
  const each = [[dirs], [dirs, 4 * hidden]];
  for (const [ofW, ofR] of [each, each.toReversed()]) {
    const model = modelBytes({
      inputs: { x: [steps, 1, inputs] },
      nodes: [{ op: 'DynamicQuantizeLSTM', domain: 'com.microsoft', in: ['x', 'w', 'r', 'b', '', '', '', '', 'sw', 'zw', 'sr', 'zr'], out: ['y'], attributes: { hidden_size: hidden, direction } }], // prettier-ignore
      initializers: { w, r, b: scales([dirs, 8 * hidden]), sw: scales(ofW), zw: zeros(ofW), sr: scales(ofR), zr: zeros(ofR) },
    });
    const graph = graphOf(model);
    const x = Float32Array.from({ length: steps * inputs }, () => 4 * random() - 2);
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    const { y } = await session.run({ x: new Tensor('float32', x, [steps, 1, inputs]) });
    await session.release();
    const got = evaluateGraph(graph, { x: Float64Array.from(x) })[graph.outputs[0].value];
    expect(got).toHaveLength(y.data.length);
    got.forEach((v, i) => expect(Math.abs(v - Number(y.data[i])), `${i}`).toBeLessThan(0.01));
  }
}); // prettier-ignore
