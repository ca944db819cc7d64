import { batched } from '#compiler/circuit/batch.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { quantisationOf } from '#compiler/circuit/quantisation.js';
import { gatherGroups } from '#compiler/emit/gather-groups.js';
import { emitQuantisedOnnx } from '#compiler/emit/onnx.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import { quantiseInputs } from '#compiler/quantize/inputs.js';
import { isFloat, sizeOf } from '#compiler/tensor.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import {
  attention,
  channels,
  circuits,
  curves,
  decisions,
  exponentials,
  folded,
  forest,
  generator,
  norms,
  roots,
  perceptron,
  saturated,
  sorted,
  tabular,
} from '../circuits.js';
import { readNaively } from '../onnx-models.js';

/** Real inputs of one sample: inside the range, at its ends, outside it, and on the halves between two steps. */
function sample(circuit: Circuit, seed: number): Record<string, Float64Array> {
  const random = generator(seed);
  return Object.fromEntries(
    circuit.inputs.map(({ name, tensor, dtype }) => {
      const { shape, lo, hi } = circuit.tensors[tensor];
      const of = quantisationOf(circuit.tensors[tensor]);
      const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
        const { scale, zero } = of(i);
        const width = hi - lo;
        const int = [random() * width + lo, Math.floor(random() * width) + lo + 0.5, (random() * 3 - 1) * width + lo][
          seed % 3
        ];
        return isFloat(dtype) ? Math.fround(scale * (int - zero)) : Math.min(Math.max(Math.floor(int), lo), hi);
      });
      return [name, data];
    }),
  );
}

function feed(circuit: Circuit, values: Record<string, Float64Array>): Record<string, Tensor> {
  return Object.fromEntries(
    circuit.inputs.map(({ name, tensor, dtype }): [string, Tensor] => {
      const dims = circuit.tensors[tensor].shape;
      const data = values[name];
      if (dtype === 'uint8') return [name, new Tensor('uint8', Uint8Array.from(data), dims)];
      if (dtype === 'bool') return [name, new Tensor('bool', Uint8Array.from(data), dims)];
      if (dtype === 'int64') return [name, new Tensor('int64', BigInt64Array.from(data, BigInt), dims)];
      return [name, new Tensor('float32', Float32Array.from(data), dims)];
    }),
  );
}

const twice = (one: Circuit): Circuit => batched({ ...one, options: { ...one.options, batch: 2 } });

describe.each([
  ...circuits,
  ['sigmoid and tanh', () => curves(8)] as const,
  ['exponentials', () => exponentials(8)] as const,
  ['norms', () => norms(8)] as const,
  ['roots', () => roots(8)] as const,
  ['attention', () => attention(8)] as const,
  ['folded', () => folded(8)] as const,
  ['sorted', () => sorted(8)] as const,
  ['tanh between tails', () => saturated(8)] as const,
  ['two samples of channels', () => twice(channels())] as const,
  ['two samples of attention', () => twice(attention(8))] as const,
  ['two samples of decisions', () => twice(decisions())] as const,
  ['two samples of forest', () => twice(forest())] as const,
])('%s', (_, build) => {
  test('onnxruntime computes the integers of the circuit', async () => {
    const circuit = build();
    const session = await InferenceSession.create(emitQuantisedOnnx(circuit), { logSeverityLevel: 3 });
    for (let seed = 0; seed < 30; seed++) {
      const inputs = sample(circuit, seed);
      const { stored } = quantiseInputs(circuit, { count: 1, inputs }, 0, true);
      const values = evaluateCircuit(circuit, stored);
      const results = await session.run(feed(circuit, inputs));
      for (const { name, tensor, read } of circuit.outputs) {
        const { lo, scale, zero, shape } = circuit.tensors[tensor];
        const ints = Array.from(values[tensor], (u) => u + lo);
        expect(results[`${name}_int`].dims).toEqual(shape);
        expect(Array.from(results[`${name}_int`].data, Number)).toEqual(ints);
        const reals = ints.map((int) => Number(scale) * (int - Number(zero)));
        expect(Array.from(results[name].data, Number)).toEqual(reals.map(Math.fround));
        if (read === null) continue;
        const own = Array.from(results[`${name}_${read.function}`].data, Number);
        readNaively(read, reals, shape).forEach((v, i) => expect(own[i]).toBeCloseTo(v, 5));
      }
    }
  });
});

test.each([
  ['logSoftmax', 1],
  ['sigmoid', null],
  ['tanh', null],
] as const)('a %s at the end is beside what is proved', async (name, axis) => {
  const circuit = perceptron();
  const changed = { ...circuit, outputs: circuit.outputs.map((o) => ({ ...o, read: { function: name, axis } })) };
  const session = await InferenceSession.create(emitQuantisedOnnx(changed), { logSeverityLevel: 3 });
  const results = await session.run(feed(circuit, sample(circuit, 3)));
  const proved = Array.from(results['probabilities'].data, Number);
  const own = Array.from(results[`probabilities_${name}`].data, Number);
  readNaively({ function: name, axis }, proved, [1, 3]).forEach((v, i) => expect(own[i]).toBeCloseTo(v, 5));
});

test('rounding of inputs is that of quantiseInputs at the numbers next to a half', async () => {
  const circuit = tabular();
  // steps = x / 1 + 0 on the whole range of a float64 input
  const tensors = circuit.tensors.map((tensor, id) =>
    id === 0 ? { ...tensor, scale: 1, zero: 0, axis: null } : tensor,
  );
  const inputs = circuit.inputs.map((input, i) => (i === 0 ? { ...input, dtype: 'float64' as const } : input));
  const changed: Circuit = {
    ...circuit,
    tensors,
    inputs,
    steps: [...circuit.steps, identityOutput(tensors.length)],
    outputs: [{ name: 'echo', tensor: tensors.length, read: null, decision: { rule: 'none', axis: null } }],
  };
  const echo: Circuit = { ...changed, tensors: [...tensors, { ...tensors[0], name: 'echo', node: 'echo' }] };
  const session = await InferenceSession.create(emitQuantisedOnnx(echo), { logSeverityLevel: 3 });
  const x = [
    0.49999999999999994, 0.5, -0.5, -0.49999999999999994, 1.5, 2.5, 62.499999999999993, 1e300, -1e300,
    0.5000000000000001, 12.5, 3,
  ];
  for (let i = 0; i < x.length; i += 4) {
    const values = { table: Float64Array.from(x.slice(i, i + 4)), byte: new Float64Array(3), int: new Float64Array(2) };
    const { stored } = quantiseInputs(echo, { count: 1, inputs: values }, 0, true);
    const results = await session.run({ ...feed(echo, values), table: new Tensor('float64', values.table, [1, 4]) });
    expect(Array.from(results.echo_int.data, Number)).toEqual(Array.from(stored.get(0) ?? []));
  }
});

/** u of tensor 0 as it is. */
function identityOutput(out: number): Circuit['steps'][number] {
  const map = mapBuilder(4);
  for (let o = 0; o < 4; o++) map.part(0).row(o, [o], [1]);
  return { kind: 'output', outs: [out], forms: [{ map: map.build(), accLo: 0, accHi: 63 }], variant: null, own: {} };
}

describe('groups of a linear map', () => {
  const builder = mapBuilder(9);
  const part = builder.part(0);
  part.row(0, [0, 1, 2], [1, 2, 3]);
  part.row(1, [0, 1, 2], [4, 5, 6]); // the same patch as 0
  part.row(2, [3, 4, 5], [1, 2, 3]);
  part.row(3, [3, 4, 5], [4, 5, 6]); // the same kernels on another patch
  part.row(4, [7], [9]);
  part.row(6, [1, 7], [1, -1]); // 5 has no terms
  part.row(7, [2, 6], [1, -1]); // another pattern under the same kernel
  part.row(8, [8], [-9]);
  const { groups, order } = gatherGroups(part.build());

  test('patches that share kernels are one product, the rest stands together by its number of terms', () => {
    expect(groups.map(({ size, fanIn, channels }) => ({ size, fanIn, channels }))).toEqual([
      { size: 4, fanIn: 3, channels: 2 },
      { size: 2, fanIn: 1, channels: null },
      { size: 2, fanIn: 2, channels: 1 },
    ]);
    expect([...order]).toEqual([0, 1, 2, 3, 4, -1, 6, 7, 5]);
  });

  test('the first group has the positions and weights of its patches', () => {
    expect([...groups[0].positions]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...groups[0].weights]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});
