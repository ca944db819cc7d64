// A model of booleans, from its file to proofs in both arguments: a boolean input, and outputs that are booleans, integers and floats.
import { describe, expect, it } from 'vitest';
import { compile, run, type Samples } from '#compiler/index.js';
import { prove } from '#prover/prove.js';
import { check } from '#prover/check.js';
import { setup } from '#prover/keys.js';
import { verify } from '#verifier/index.js';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { floats, modelBytes, valueInfo } from '../compiler/onnx-models.js';

/** loan: is the score above the level and the customer known, or the sum below 0.1; what the rate is then. */
const model = modelBytes({
  inputs: { x: [1, 3], known: [1, 1] },
  initializers: {
    W: floats([3, 1], [0.5, -0.25, 1]),
    level: floats([], [0.3]),
    small: floats([], [0.1]),
    low: floats([], [0.02]),
  },
  nodes: [
    { op: 'MatMul', in: ['x', 'W'], out: ['score'] },
    { op: 'Greater', in: ['score', 'level'], out: ['good'] },
    { op: 'And', in: ['good', 'known'], out: ['safe'] },
    { op: 'ReduceSum', in: ['x'], out: ['sum'], attributes: { keepdims: 1 } },
    { op: 'LessOrEqual', in: ['sum', 'small'], out: ['tiny'] },
    { op: 'Or', in: ['safe', 'tiny'], out: ['yes'] },
    { op: 'Where', in: ['yes', 'low', 'score'], out: ['rate'] },
    { op: 'Cast', in: ['yes'], out: ['count'], attributes: { to: Type.INT64 } },
  ],
  outputs: ['yes', 'rate', 'count'],
  opset: 13,
  graph: {
    input: [valueInfo('x', [1, 3]), valueInfo('known', [1, 1], Type.BOOL)],
    output: [valueInfo('yes', [1, 1], Type.BOOL), valueInfo('rate', [1, 1]), valueInfo('count', [1, 1], Type.INT64)],
  },
});

const samples: Samples = {
  count: 4,
  inputs: {
    x: Float32Array.of(0.9, 0.1, 0.8, 0.9, 0.1, 0.8, 0.3, 0.9, 0.05, 0.01, 0.02, 0.03),
    known: Float32Array.of(1, 0, 1, 0),
  },
};
const yes = [1, 0, 0, 1];

describe.each(['plain', 'lookup'] as const)('decisions, %s', (argument) => {
  it('compile, decide as the floats do, prove and verify', async () => {
    const { circuit, report } = await compile(model, {
      argument,
      bits: 8,
      calibration: samples,
      inputRanges: { x: [0, 1] },
    });
    expect(report.agreement).toBe(1);
    const { outputs } = await run(circuit, samples, { clamp: false });
    expect(outputs.map((sample) => sample['yes'].floats)).toEqual(yes.map((v) => [v]));
    expect(outputs.map((sample) => sample['count'].floats)).toEqual(yes.map((v) => [v]));
    expect(outputs[0]['rate'].floats[0]).toBeCloseTo(0.02, 3);
    const { provingKey, vkey } = await setup(circuit, { dev: true });
    for (const at of [0, 1]) {
      const one: Samples = {
        count: 1,
        inputs: { x: samples.inputs['x'].slice(3 * at, 3 * at + 3), known: samples.inputs['known'].slice(at, at + 1) },
      };
      expect(await check(circuit, one)).toMatchObject({ satisfied: true });
      const { proof } = await prove(circuit, provingKey, vkey, one, {});
      const answer = verify(vkey, proof, { allowInsecureKey: true });
      expect(answer).toMatchObject({ valid: true });
      if (!answer.valid) continue;
      for (const name of ['yes', 'rate', 'count'])
        expect(answer.outputs[name].floats, name).toEqual(outputs[at][name].floats);
    }
  });
});
