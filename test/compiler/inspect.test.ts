// inspect: a model that cannot be proved is an answer, not an error.
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { compile, type Inspection, inspect, InferproofError, modelInputs } from '#compiler/index.js';
import { readSamples } from '#files/index.js';
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

const rowsOf = ({ estimate }: Inspection): number => estimate.rows ?? NaN;

describe('the rows of an estimate', () => {
  const scores = modelBytes({
    inputs: { x: [1, 8] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'Gemm', in: ['r', 'v'] },
    ],
    initializers: {
      w: floats(
        [8, 16],
        Array.from({ length: 128 }, (_, i) => Math.sin(i)),
      ),
      v: floats(
        [16, 3],
        Array.from({ length: 48 }, (_, i) => Math.cos(i)),
      ),
    },
  });

  it('are those of compile under the same flags', async () => {
    const calibration = { count: 4, inputs: { x: Float64Array.from({ length: 32 }, (_, i) => Math.sin(3 * i)) } };
    const searched = { calibration, maxError: 0.0005, allowLoss: true };
    for (const argument of ['lookup', 'plain'] as const)
      for (const options of [{ calibration }, searched, { inputRanges: { x: [-3, 5] as const } }]) {
        const { report } = await compile(scores, { argument, ...options });
        const { estimate, shares } = inspect(scores, { argument, ...options });
        expect(estimate.rows).toBe(report.rows);
        expect(shares.reduce((sum, { rows }) => sum + rows, 0)).toBe(report.rows);
        const tables = report.tables.reduce((sum, { rows }) => sum + rows, 0);
        expect(shares.find(({ of }) => of === 'tables')?.rows ?? 0).toBe(tables);
        for (const { operator } of report.layers) {
          const own = report.layers.filter((layer) => layer.operator === operator);
          expect(shares.find(({ of }) => of === operator)?.rows ?? 0).toBe(own.reduce((sum, { rows }) => sum + rows, 0)); // prettier-ignore
        }
      }
  });

  it('of an integer input are those of its type: nothing is assumed', async () => {
    const bytes = modelBytes({ inputs: { x: [1, 3] }, type: 2, nodes: [{ op: 'Cast', in: ['x'], out: ['f'], attributes: { to: 1 } }, { op: 'Relu', in: ['f'] }] }); // prettier-ignore
    const { assumedRanges, estimate } = inspect(bytes);
    expect(assumedRanges).toEqual([]);
    expect(estimate.rows).toBe((await compile(bytes)).report.rows);
  });

  it.each(['mnist_mlp_784_56_10', 'mnist_lenet5', 'mnist_cnn_bn_gap'])(
    'without data are within 3 % of those with it, at 8 bits: %s',
    async (name) => {
      const bytes = readFileSync(`test/models/${name}/model.onnx`);
      const calibration = await readSamples(`test/models/${name}/data.npz`, modelInputs(bytes));
      const [wanted, seen] = [inspect(bytes, { calibration, bits: 8 }), inspect(bytes)];
      expect(Math.abs(rowsOf(seen) / rowsOf(wanted) - 1)).toBeLessThan(0.03);
      for (const { of, rows } of wanted.shares) {
        const estimated = seen.shares.find((share) => share.of === of)?.rows ?? 0;
        expect(Math.abs(estimated - rows) / rowsOf(wanted), of).toBeLessThan(0.05);
      }
    },
  );
});
