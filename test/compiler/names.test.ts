// Tensors of a model may have any name, those of Object.prototype too: they are found by their own entries alone.
import { describe, expect, it } from 'vitest';
import { compile, decodeCircuit, encodeCircuit, inspect, run } from '#compiler/index.js';
import { bindSamples } from '#files/samples.js';
import { floats, modelBytes } from './onnx-models.js';

describe.each(['constructor', '__proto__', 'toString'])('a tensor called %s', (name) => {
  const w = floats([2, 1], [1, 2]);
  const model = modelBytes({ inputs: Object.fromEntries([[name, [1, 2]]]), nodes: [{ op: 'Gemm', in: [name, 'w'], out: ['valueOf'] }], outputs: ['valueOf'], initializers: { w } }); // prettier-ignore
  const array = { shape: [1, 2], data: Float64Array.of(0.5, -0.25) };
  const samples = bindSamples(
    new Map([[name, array]]),
    [{ name, dtype: 'float32', shape: [1, 2], elements: 2 }],
    'data',
  );

  it('has a range and data like any other', async () => {
    const declared = await compile(model, { inputRanges: { '': [-1, 1] } });
    expect(Object.entries(declared.circuit.options.ranges)).toEqual([[name, { axis: null, ends: [[-1, 1]] }]]);
    const { circuit } = await compile(model, { calibration: samples });
    const again = decodeCircuit(encodeCircuit(circuit), 'circuit.json');
    expect((await run(again, samples)).outputs[0]['valueOf'].floats[0]).toBeCloseTo(0, 1);
    expect(inspect(model).assumedRanges).toEqual([name]);
  });

  it('is missed where it is missing', async () => {
    await expect(compile(model)).rejects.toMatchObject({ code: 'usage', message: /neither a declared range nor data/ });
    await expect(compile(model, { calibration: { count: 1, inputs: {} } })).rejects.toMatchObject({ code: 'data', where: name }); // prettier-ignore
  });
});
