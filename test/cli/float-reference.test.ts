// onnxruntime accepts models that it fails on when it runs: the lowered graph takes its place, and both are said.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatReference } from '#cli/onnxruntime.js';
import type { Output } from '#cli/output.js';
import { compile, modelInputs, run, withoutMaps } from '#compiler/index.js';
import { floats, modelBytes, type ModelInit } from '../compiler/onnx-models.js';

const dir = mkdtempSync(join(tmpdir(), 'inferproof-reference-'));
const calibration = { count: 2, inputs: { x: Float64Array.of(1, -2, 0.5, 4) } };

async function compiled(init: ModelInit) {
  const model = modelBytes(init);
  const path = join(dir, 'model.onnx');
  writeFileSync(path, model);
  const said: string[] = [];
  const output = { detail: () => undefined, warn: (line: string) => void said.push(line) } as unknown as Output;
  const reference = await floatReference(path, modelInputs(model), output, withoutMaps(model));
  if (reference === undefined) throw new Error('onnxruntime refuses the model');
  const { circuit, graph, report } = await compile(model, { calibration, reference });
  const { outputs } = await run(circuit, calibration, { graph, reference });
  return { report, outputs, said };
}

describe('a float reference that fails when it runs', () => {
  it.each([
    // https://github.com/microsoft/onnxruntime/issues/22035
    ['an axes input without a name', { inputs: { x: [1, 2] }, nodes: [{ op: 'Squeeze', in: ['x', ''] }] }, 'y'],
    [
      'an output that its binding cannot name',
      { inputs: { x: [1, 2] }, nodes: [{ op: 'Neg', in: ['x'], out: ['__proto__'] }], outputs: ['__proto__'] },
      '__proto__',
    ],
  ])('%s', async (_, init: ModelInit, name) => {
    const { report, outputs, said } = await compiled(init);
    expect(report.floatSource).toBe('the lowered graph in float64');
    expect(report.rangeError).toBeLessThan(0.005); // null, not measured, is no number below it
    expect(Math.abs(Object.entries(outputs[0]).find(([own]) => own === name)![1].floats[1])).toBeCloseTo(2, 1);
    const [line, ...more] = new Set(said);
    expect(line).toMatch(
      /^float reference: onnxruntime [\d.]+ failed, the lowered graph in float64 takes its place: .+/,
    );
    expect(more).toEqual([]);
  });

  it('is named where it does not', async () => {
    const init = {
      inputs: { x: [1, 2] },
      nodes: [{ op: 'Add', in: ['x', 'c'] }],
      initializers: { c: floats([1], [1]) },
    };
    const { report, said } = await compiled(init);
    expect(report.floatSource).toMatch(/^onnxruntime/);
    expect(said).toEqual([]);
  });

  it('gives labels that are strings, and the scores of a map', async () => {
    const names = { classlabels_strings: { strings: ['cat', 'dog'] } };
    const tree = {
      nodes_treeids: [0, 0, 0], nodes_nodeids: [0, 1, 2], nodes_featureids: [0, 0, 0], nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
      nodes_values: { floats: [0, 0, 0] }, nodes_truenodeids: [1, 0, 0], nodes_falsenodeids: [2, 0, 0],
      class_treeids: [0, 0], class_nodeids: [1, 2], class_ids: [0, 0], class_weights: { floats: [0.25, 0.75] }, ...names,
    }; // prettier-ignore
    const ml = 'ai.onnx.ml';
    const graph = { output: ['label', 'p'].map((name) => ({ name })) };
    const nodes = [
      { op: 'TreeEnsembleClassifier', domain: ml, in: ['x'], out: ['label', 'scores'], attributes: tree },
      { op: 'ZipMap', domain: ml, in: ['scores'], out: ['p'], attributes: names },
    ];
    const { report, outputs, said } = await compiled({ inputs: { x: [1, 2] }, nodes, domains: { [ml]: 3 }, outputs: ['label', 'p'], graph }); // prettier-ignore
    expect(report.floatSource).toMatch(/^onnxruntime/);
    expect([report.agreement, said]).toEqual([1, []]);
    expect(outputs.map(({ label }) => label.labels)).toEqual([['dog'], ['dog']]);
    expect(report.maxError).toBeLessThan(1e-6);
  });

  it('is not named where it gives nothing: the logits in front of a Softmax', async () => {
    const { report } = await compiled({ inputs: { x: [1, 2] }, nodes: [{ op: 'Softmax', in: ['x'] }] });
    expect(report.floatSource).toBe('the lowered graph in float64');
  });
});
