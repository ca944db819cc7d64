// What the cost model makes of the example models: rows that fit the domain it aimed at, exactly as many as the linker writes, and
// integers as good as those of the plain argument.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { countRows, layout } from '#compiler/circuit/layout.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { lowerModel } from '#compiler/compile.js';
import { compile } from '#compiler/index.js';
import { quantiseInputs } from '#compiler/quantize/inputs.js';
import { plan } from '#compiler/quantize/plan.js';
import { poolFirst } from '#compiler/lookup/pool-first.js';
import { floorsOf } from '#compiler/lookup/rescale.js';
import { lookupRows, lookupStructure } from '#compiler/lookup/structure.js';
import { linkCircuit } from '#prover/circom/link.js';
import { readSamples } from '#examples/samples.js';
import { convolutional, generator } from '../compiler/circuits.js';
import { tiny } from './tiny.js';

const cases = [
  { folder: 'mnist-mlp', domain: 2 ** 11, agreement: 0.995 },
  { folder: 'mnist-lenet', domain: 2 ** 15, agreement: 0.995 },
];

describe.each(cases)('$folder', ({ folder, domain, agreement }) => {
  const bytes = readFileSync(`examples/${folder}/model.onnx`);
  const calibration = readSamples(`examples/${folder}/calibration.npz`);

  it(`fits ${domain} rows at agreement ${agreement}`, async () => {
    const { circuit, report } = await compile(bytes, { argument: 'lookup', calibration });
    expect(report.domain).toBe(domain);
    expect(report.agreement).toBeGreaterThanOrEqual(agreement);
    const system = await linkCircuit(layout(circuit));
    expect([system.nRows, system.nCommitted]).toEqual([report.rows, report.committed]);
    expect(countRows(circuit) + 3).toBeLessThanOrEqual(domain);
  });

  it('has a quantised model that onnxruntime runs to the same integers', async () => {
    const { circuit, quantisedModel } = await compile(bytes, { argument: 'lookup', calibration });
    const session = await InferenceSession.create(quantisedModel, { logSeverityLevel: 3 });
    const [{ name, tensor: input }] = circuit.inputs;
    const [{ name: output, tensor }] = circuit.outputs;
    const size = calibration.inputs[name].length / calibration.count;
    for (let i = 0; i < 5; i++) {
      const data = Float32Array.from(calibration.inputs[name].subarray(i * size, (i + 1) * size));
      const results = await session.run({ [name]: new Tensor('float32', data, circuit.tensors[input].shape) });
      const values = evaluateCircuit(circuit, quantiseInputs(circuit, calibration, i, true).stored);
      const ints = Array.from(values[tensor], (u) => u + circuit.tensors[tensor].lo);
      expect(Array.from(results[`${output}_int`].data, Number)).toEqual(ints);
    }
  });

  it('has the floors of whole intervals in its tables, both ends', async () => {
    const { circuit } = await compile(bytes, { argument: 'lookup', calibration });
    const { uses } = lookupStructure(circuit, circuit.lookup!);
    circuit.steps.forEach((step, i) => {
      if (step.kind !== 'rescale') return;
      const [{ gadget }] = uses[i];
      const { table } = gadget.lookups![0];
      const { lo, hi } = floorsOf(step.form, step.shift);
      const size =
        gadget.template === 'LookupWide' ? circuit.tensors[step.out].hi - circuit.tensors[step.out].lo + 1 : 1;
      expect(table.first).toBeLessThanOrEqual(Math.floor(lo / size));
      expect(table.first + table.size - 1).toBeGreaterThanOrEqual(Math.floor(hi / size));
      expect(table.size).toBeLessThan(5000);
    });
  });
});

describe('maxima in front of their rescales', () => {
  const { graph } = lowerModel(readFileSync('examples/mnist-lenet/model.onnx'), {});
  const planned = plan(graph, { bits: 8, ranges: { input: [{ lo: 0, hi: 1 }] }, activations: null, shift: () => 12 });
  const moved = poolFirst(planned, 12);

  it('are the same integers with fewer rows', () => {
    const kinds = (steps: typeof planned.steps): string => steps.map(({ kind }) => kind).join(' ');
    expect(kinds(planned.steps)).toBe('input rescale max rescale max rescale rescale output');
    expect(kinds(moved.steps)).toBe('input max rescale max rescale rescale rescale output');
    const rows = [planned, moved].map((one) => lookupRows(lookupStructure(one, { rangeBits: 12, wide: [] })));
    expect(rows[1]).toBeLessThan(rows[0]);
    const random = generator(9);
    const input = planned.inputs[0].tensor;
    for (let sample = 0; sample < 3; sample++) {
      const stored = new Map([[input, Float64Array.from({ length: 784 }, () => Math.floor(256 * random() ** 3))]]);
      const [a, b] = [planned, moved].map((one) => evaluateCircuit(one, stored));
      for (const step of planned.steps)
        if (step.kind !== 'input' && step.kind !== 'rescale') expect(b[step.out]).toEqual(a[step.out]);
      // the maximum of accumulators as a real is the accumulator of the activation
      expect(b[moved.steps[1].out].length).toBe(1176);
    }
  });

  it('stay where another step reads the rescaled values, or where they cost more', () => {
    const circuit = convolutional();
    expect(poolFirst(circuit, 12).steps.map(({ kind }) => kind)).toEqual(circuit.steps.map(({ kind }) => kind));
    expect(poolFirst(planned, 3).steps).toEqual(planned.steps);
  });
});

describe('circuit.json of a lookup circuit', () => {
  it('is read back whole', () => {
    const circuit = tiny();
    const text = encodeCircuit(circuit);
    expect(encodeCircuit(decodeCircuit(text, 'circuit.json'))).toBe(text);
    expect(decodeCircuit(text, 'circuit.json').lookup).toEqual(circuit.lookup);
  });

  it.each([
    ['a plain circuit with a choice', { ...tiny(), options: { ...tiny().options, argument: 'plain' as const } }],
    ['a range of no bits', { ...tiny(), lookup: { rangeBits: 0, wide: [] } }],
    ['a wide step that is no rescale', { ...tiny(), lookup: { rangeBits: 4, wide: [0] } }],
    ['wide steps out of order', { ...tiny(), lookup: { rangeBits: 4, wide: [2, 1] } }],
  ])('refuses %s', (_, circuit) => {
    expect(() => encodeCircuit(circuit)).toThrow(/expected/);
  });

  it('refuses a lookup circuit without a choice', () => {
    const { lookup, ...rest } = tiny();
    expect(lookup).toBeDefined();
    expect(() => encodeCircuit(rest)).toThrow(/a choice of gadgets/);
  });
});
