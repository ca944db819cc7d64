// Where onnxruntime is not what ONNX defines, or loses digits to float32: ours against the definition, written out here.
import { describe, expect, it } from 'vitest';
import { floats, modelBytes, runOutputs } from './onnx-models.js';

describe('norms of groups of nearly equal numbers', () => {
  const norm = (op: string, x: number[], dims: number[], channels: number, attributes = {}) =>
    runOutputs(
      modelBytes({
        inputs: { x: dims },
        nodes: [{ op, in: ['x', 'scale', 'bias'], attributes }],
        initializers: { scale: floats([channels], [2, -3, 0.5].slice(0, channels)), bias: floats([channels], [0.25, 1, -1].slice(0, channels)) }, // prettier-ignore
        opset: 21,
      }),
      { x: Float32Array.from(x) },
    )['y'].data;

  it('of one element each are the bias', () => {
    expect(norm('InstanceNormalization', [1.9, -1.7, 0.3], [1, 3, 1], 3)).toEqual([0.25, 1, -1]);
  });

  it('of two are their half distance over the root of its square and epsilon', () => {
    const [a, b] = [Math.fround(1.9), Math.fround(1.9001)];
    const half = (b - a) / 2;
    const y = half / Math.sqrt(half ** 2 + 1e-5);
    const ours = norm('GroupNormalization', [a, b], [1, 2, 1], 2, { num_groups: 1 });
    expect(ours[0]).toBeCloseTo(0.25 - 2 * y, 9);
    expect(ours[1]).toBeCloseTo(1 - 3 * y, 9);
  });
});

it('a set of a tree has its members and no others: onnxruntime finds -1.2 in one of -1', () => {
  const x = [-1.2, -1, -0.75, 0, 3, 3.5];
  const attributes = {
    tree_roots: [0],
    nodes_featureids: [0],
    nodes_splits: { tensor: floats([1], [0]) },
    nodes_modes: { tensor: { dims: [1n], dataType: 2, int32Data: [6] } },
    nodes_truenodeids: [0],
    nodes_trueleafs: [1],
    nodes_falsenodeids: [1],
    nodes_falseleafs: [1],
    leaf_targetids: [0, 0],
    leaf_weights: { tensor: floats([2], [1, 0]) },
    membership_values: { tensor: floats([3], [-1, 3, NaN]) },
    n_targets: 1,
    aggregate_function: 1,
    post_transform: 0,
  };
  const node = { op: 'TreeEnsemble', domain: 'ai.onnx.ml', in: ['x'], attributes };
  const bytes = modelBytes({ inputs: { x: [x.length, 1] }, nodes: [node], domains: { 'ai.onnx.ml': 5 } });
  expect(runOutputs(bytes, { x: Float32Array.from(x) })['y'].data).toEqual([0, 1, 0, 0, 1, 0]);
});

it('kernels of a vector that is far away are at most e^-12', () => {
  const attributes = { kernel_type: 'RBF', kernel_params: { floats: [1, 0, 0] }, n_supports: 2, support_vectors: { floats: [0, 9] }, coefficients: { floats: [1, -4] }, rho: { floats: [0.5] } }; // prettier-ignore
  const node = { op: 'SVMRegressor', domain: 'ai.onnx.ml', in: ['x'], attributes };
  const bytes = modelBytes({ inputs: { x: [1, 1] }, nodes: [node], domains: { 'ai.onnx.ml': 1 } });
  const [y] = runOutputs(bytes, { x: Float32Array.of(1) })['y'].data;
  expect(Math.abs(y - (0.5 + Math.exp(-1)))).toBeLessThan(4 * Math.exp(-12) + 1e-12);
});
