// Quantised models, whole: their own integers against onnxruntime, in both arguments.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, type Compilation } from '#compiler/index.js';
import { quantisedOutputs } from '#compiler/measure/run.js';
import { prove } from '#prover/prove.js';
import { setup } from '#prover/keys.js';
import { serializeVerificationKey, verify } from '#verifier/index.js';
import { closeCurve, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';
import { generator } from './circuits.js';
import { integersOf } from './operator-cases/case.js';
import { floats, modelBytes, type ModelInit, type TensorInit } from './onnx-models.js';

const random = generator(31);
const whole = (lo: number, hi: number): number => lo + Math.floor(random() * (hi - lo + 1));
const bytes = (shape: number[], lo = -60, hi = 60): TensorInit => integersOf(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => whole(lo, hi)), 'int8'); // prettier-ignore
const int32s = (values: number[]): TensorInit => integersOf([values.length], values, 'int32');
const byte = (value: number): TensorInit => integersOf([], [value], 'int8');
const scale = (value: number): TensorInit => floats([], [value]);
const COUNT = 40;

/** The outputs of both on the same floats of [-3, 3], beyond what the first scale holds. */
async function both(
  init: ModelInit,
  argument: 'lookup' | 'plain',
): Promise<{ readonly made: Compilation; readonly want: number[]; readonly got: number[] }> {
  const model = modelBytes(init);
  const made = await compile(model, { argument });
  const [[name, shape]] = Object.entries(init.inputs) as [string, number[]][];
  const size = shape.reduce((a, b) => a * b, 1);
  const x = Float32Array.from({ length: COUNT * size }, () => 6 * random() - 3);
  const [got] = quantisedOutputs(made.circuit, { count: COUNT, inputs: { [name]: x } }, () => undefined, false);
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
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

  it('groups between DequantizeLinear and QuantizeLinear have them too', async () => {
    const { made, want, got } = await both(picture, argument);
    expect(got).toEqual(want);
    expect(made.circuit.steps.map(({ kind }) => kind).filter((kind) => kind === 'rescale')).toHaveLength(2);
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
  const nodes: ModelInit['nodes'] = [
    { op: 'DynamicQuantizeLinear', in: ['x'], out: ['q', 's', 'z'] },
    { op: 'MatMulInteger', in: ['q', 'w', 'z'], out: ['i'] },
    { op: 'Cast', in: ['i'], out: ['f'], attributes: { to: Type.FLOAT } },
    { op: 'Mul', in: ['s', 'sw'], out: ['m'] },
    { op: 'Mul', in: ['f', 'm'] },
  ];
  const model = modelBytes({ inputs: { x: [1, 4] }, nodes, initializers: { w: bytes([4, 2]), sw: scale(0.01) } });
  const made = await compile(model, { inputRanges: { x: [-1, 1] } });
  expect(made.report.warnings.join()).toContain('dynamic quantisation');
});
