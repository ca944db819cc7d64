// A small tree that reads two features on every way: x0 <= 1 ? (x1 <= 1 ? 1 : x1 <= 2 ? 2 : 7) : (x1 <= 2 ? 4 : 5).
import { FINITE, orderOf } from '#verifier/ordered.js';
import { modelBytes } from '../compiler/onnx-models.js';

export const treeModel = modelBytes({
  inputs: { x: [1, 2] },
  nodes: [
    {
      op: 'TreeEnsembleRegressor',
      domain: 'ai.onnx.ml',
      in: ['x'],
      attributes: {
        nodes_treeids: new Array<number>(9).fill(0),
        nodes_nodeids: [0, 1, 2, 3, 4, 5, 6, 7, 8],
        nodes_featureids: [0, 1, 0, 1, 0, 0, 1, 0, 0],
        nodes_modes: { strings: ['BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'] }, // prettier-ignore
        nodes_values: { floats: [1, 1, 0, 2, 0, 0, 2, 0, 0] },
        nodes_truenodeids: [1, 2, 0, 4, 0, 0, 7, 0, 0],
        nodes_falsenodeids: [6, 3, 0, 5, 0, 0, 8, 0, 0],
        target_treeids: [0, 0, 0, 0, 0],
        target_nodeids: [2, 4, 5, 7, 8],
        target_ids: [0, 0, 0, 0, 0],
        target_weights: { floats: [1, 2, 7, 4, 5] },
        n_targets: 1,
      },
    },
  ],
  domains: { 'ai.onnx.ml': 3 },
});

/** What the rows hold of its input. */
export const storedOf = (x: readonly number[]): Float64Array => Float64Array.from(x, (v) => orderOf(v) - FINITE.least);
