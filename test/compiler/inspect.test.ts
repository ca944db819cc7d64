// inspect: a model that cannot be proved is an answer, not an error.
import { describe, expect, it } from 'vitest';
import { compile, inspect, InferproofError } from '#compiler/index.js';
import { floats, ints, modelBytes, type ModelInit } from './onnx-models.js';

/** x [1, 2] -> Gemm "scores" */
const model: ModelInit = {
  inputs: { x: [1, 2] },
  nodes: [{ op: 'Gemm', name: 'scores', in: ['x', 'w'] }],
  initializers: { w: floats([2, 3], [1, 2, 3, 4, 5, 6]) },
};

describe('a refused model', () => {
  it('of a dynamic shape: the input, and what to do', () => {
    const seen = inspect(modelBytes({ ...model, inputs: { x: ['N', 'width'] } }));
    expect(seen).toMatchObject({ nodes: 1, params: 6, macs: 0, operators: { Gemm: 1 } });
    expect(seen.estimate).toEqual({ rows: null, memoryBytes: null, proveSeconds: null });
    expect(seen.unsupported).toEqual([{ node: 'x', op: 'input', reason: expect.stringContaining('--shape width=N') }]);
    expect(inspect(modelBytes({ ...model, inputs: { x: ['N', 'width'] } }), { shapes: { width: 2 } }).unsupported).toEqual([]); // prettier-ignore
  });

  it('with weights that are no numbers: the node that reads them', () => {
    const bytes = modelBytes({ ...model, initializers: { w: floats([2, 3], [1, NaN, 3, 4, 5, 6]) } });
    const { params, unsupported } = inspect(bytes);
    expect(params).toBe(6);
    expect(unsupported).toEqual([{ node: 'scores', op: 'Gemm', reason: expect.stringContaining("NaN at element 1") }]); // prettier-ignore
  });

  it('that cannot be bounded: the node, as compile names it', async () => {
    const nodes = [{ op: 'Mul', name: 'times', in: ['x', 'w'] }];
    const bytes = modelBytes({ inputs: { x: [1, 2] }, type: 7, outputType: 7, nodes, initializers: { w: ints(1000) } });
    for (const argument of ['lookup', 'plain'] as const) {
      const options = { argument, inputRanges: { x: [-(2 ** 49) + 1, 2 ** 49 - 1] as const } };
      const refused = await compile(bytes, options).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(InferproofError);
      const { code, message, where } = refused as InferproofError;
      expect(code).toBe('unbounded');
      const { estimate, unsupported } = inspect(bytes, options);
      expect(estimate.rows).toBeNull();
      expect(unsupported).toHaveLength(1);
      expect(unsupported[0].reason).toContain(message);
      expect(`${unsupported[0].node} (${unsupported[0].op})`).toBe(where);
    }
  });
});
