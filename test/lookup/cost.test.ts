// What the cost model makes of the example models: rows that fit the domain it aimed at, exactly as many as the linker writes, and
// integers as good as those of the plain argument.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { gadgetsOf } from '#compiler/circuit/uses.js';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { lowerModel } from '#compiler/lowered.js';
import { compile, modelInputs } from '#compiler/index.js';
import { readSamples } from '#files/index.js';
import { quantiseInputs } from '#compiler/quantize/inputs.js';
import { floorsOf } from '#compiler/primitives/floors.js';
import { swapped } from '#compiler/quantize/cost.js';
import { plan } from '#compiler/quantize/plan.js';
import { linkCircuit } from '#prover/circom/link.js';
import { convolutional, generator, rescaleOf } from '../compiler/circuits.js';
import { tiny } from './tiny.js';

const cases = [
  { folder: 'mnist-mlp', domain: 1536, agreement: 0.995 },
  { folder: 'mnist-lenet', domain: 2 ** 15, agreement: 0.995 },
];

describe.each(cases)('$folder', async ({ folder, domain, agreement }) => {
  const bytes = readFileSync(`examples/${folder}/model.onnx`);
  const calibration = await readSamples(`examples/${folder}/calibration.npz`, modelInputs(bytes));

  it(`fits ${domain} rows at agreement ${agreement}`, async () => {
    const { circuit, report } = await compile(bytes, { argument: 'lookup', calibration });
    expect(report.domain).toBe(domain);
    expect(report.agreement).toBeGreaterThanOrEqual(agreement);
    const wires = arrange(circuit);
    const system = await linkCircuit(wires);
    expect([system.nRows, system.nCommitted]).toEqual([report.rows, report.committed]);
    expect(wires.rows).toBe(system.nRows);
    expect(wires.rows + 3).toBeLessThanOrEqual(domain);
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
    const { uses } = arrange(circuit);
    circuit.steps.forEach((step, i) => {
      const rescale = rescaleOf(step);
      if (!rescale) return;
      const [{ gadget }] = uses[i];
      const { table } = gadget.lookups![0];
      const { lo, hi } = floorsOf(step.forms[0], rescale.shift);
      const out = circuit.tensors[step.outs[0]];
      const size = gadget.template === 'LookupWide' ? out.hi - out.lo + 1 : 1;
      expect(table.first).toBeLessThanOrEqual(Math.floor(lo / size));
      expect(table.first + table.size - 1).toBeGreaterThanOrEqual(Math.floor(hi / size));
      expect(table.size).toBeLessThan(5000);
    });
  });
});

describe('maxima in front of their rescales', () => {
  const { graph } = lowerModel(readFileSync('examples/mnist-lenet/model.onnx'), {});
  const planned = plan(graph, {
    ...{ bits: 8, ranges: { input: { axis: null, ends: [[0, 1]] as const } }, activations: null },
    ...{ rangeBits: 12, shift: () => 12 },
  });
  const moved = swapped(planned, 12);

  it('are the same integers with fewer rows', () => {
    const kinds = (steps: typeof planned.steps): string => steps.map(({ kind }) => kind).join(' ');
    expect(kinds(planned.steps)).toBe('input rescale max rescale max rescale rescale output');
    expect(kinds(moved.steps)).toBe('input max rescale max rescale rescale rescale output');
    const rows = [planned, moved].map((one) => gadgetsOf(one).rows);
    expect(rows[1]).toBeLessThan(rows[0]);
    const random = generator(9);
    const input = planned.inputs[0].tensor;
    for (let sample = 0; sample < 3; sample++) {
      const stored = new Map([[input, Float64Array.from({ length: 784 }, () => Math.floor(256 * random() ** 3))]]);
      const [a, b] = [planned, moved].map((one) => evaluateCircuit(one, stored));
      for (const {
        kind,
        outs: [out],
      } of planned.steps)
        if (kind !== 'input' && kind !== 'rescale') expect(b[out]).toEqual(a[out]);
      // the maximum of accumulators as a real is the accumulator of the activation
      expect(b[moved.steps[1].outs[0]].length).toBe(1176);
    }
  });

  it('stay where another step reads the rescaled values, or where they cost more', () => {
    const circuit = convolutional();
    expect(swapped(circuit, 12).steps.map(({ kind }) => kind)).toEqual(circuit.steps.map(({ kind }) => kind));
    expect(swapped(planned, 3).steps).toEqual(planned.steps);
  });
});

describe('circuit.json of a lookup circuit', () => {
  const circuit = tiny();
  /** The circuit with another gadget named for one step. */
  const named = (step: number, variant: string | null): Circuit => ({
    ...circuit,
    steps: circuit.steps.with(step, { ...circuit.steps[step], variant }),
  });
  const numberOf = (variant: string): number => circuit.steps.findIndex((step) => step.variant === variant);

  it('is read back whole', () => {
    const text = encodeCircuit(circuit);
    const again = decodeCircuit(text, 'circuit.json');
    expect(encodeCircuit(again)).toBe(text);
    expect(again.rangeBits).toBe(circuit.rangeBits);
    expect(again.steps.map(({ variant }) => variant)).toEqual(circuit.steps.map(({ variant }) => variant));
    expect(new Set(circuit.steps.map(({ variant }) => variant))).toEqual(new Set([null, 'table', 'wide', 'floor']));
  });

  it.each([
    ['a plain circuit with a range', { ...circuit, options: { ...circuit.options, argument: 'plain' as const } }],
    ['a lookup circuit without a range', { ...circuit, rangeBits: null }],
    ['a range of no bits', { ...circuit, rangeBits: 0 }],
    ['a wide step that is no rescale', named(0, 'wide')],
    ['a rescale without a gadget', named(numberOf('wide'), null)],
    ['a gadget that is none', named(numberOf('wide'), 'narrow')],
    ['a table where no floor needs one', named(numberOf('floor'), 'table')],
    ['no table where a floor is outside', named(numberOf('table'), 'floor')],
  ])('refuses %s', (_, other) => {
    expect(() => encodeCircuit(other)).toThrow(/expected/);
  });

  it.each([0, 17, 1.5])('refuses a range of %d bits', (rangeBits) => {
    const text = encodeCircuit(circuit).replace('"rangeBits":4', `"rangeBits":${rangeBits}`);
    expect(() => decodeCircuit(text, 'circuit.json')).toThrow('expected an integer of [1, 16]');
  });
});
