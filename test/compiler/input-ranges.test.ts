// Ranges of inputs: which get scales by column and along which axis, the room that calibrated columns have for other rows,
// declared ranges of inputs and of their columns, and that the ends of every range are inputs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, recompile, type CompileOptions, type Samples } from '#compiler/index.js';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { quantisationOf } from '#compiler/circuit/quantisation.js';
import { inputTensor, quantiseInputs } from '#compiler/quantize/inputs.js';
import { sizeOf } from '#compiler/tensor.js';
import { check } from '#prover/index.js';
import { publicValue } from '#verifier/tensors.js';
import { generator } from './circuits.js';
import { floats, ints, modelBytes } from './onnx-models.js';

/** Sums of twelve uniform numbers, less 6: near a normal distribution, within six of its deviations. */
const normal = (random: () => number): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);

/** Unit of each feature: two prices, a return, a volume, a share. */
const FEATURES = [
  { mean: 3000, deviation: 40 },
  { mean: 2990, deviation: 35 },
  { mean: 0, deviation: 0.001 },
  { mean: 1e6, deviation: 2e5 },
  { mean: 0.5, deviation: 0.02 },
];

/** Rows of a shape whose features run along an axis. */
function rows(shape: readonly number[], axis: number, count: number, seed: number): Samples {
  const random = generator(seed);
  const inner = sizeOf(shape.slice(axis + 1));
  const data = Float64Array.from({ length: count * sizeOf(shape) }, (_, i) => {
    const { mean, deviation } = FEATURES[Math.floor(i / inner) % shape[axis]];
    return mean + deviation * normal(random);
  });
  return { count, inputs: { x: data } };
}

/** (x - mean) / deviation by feature, then a perceptron of three results. */
function scalerAndPerceptron(shape: readonly number[], axis: number): Uint8Array {
  const random = generator(9);
  const ofFeature = shape.map((_, k) => (k === axis ? shape[axis] : 1));
  const size = sizeOf(shape);
  const weights = (n: number): number[] => Array.from({ length: n }, () => (random() - 0.5) / 2);
  return modelBytes({
    inputs: { x: [...shape] },
    nodes: [
      { op: 'Sub', in: ['x', 'mean'], out: ['centred'] },
      { op: 'Div', in: ['centred', 'deviation'], out: ['scaled'] },
      { op: 'Reshape', in: ['scaled', 'row'], out: ['flat'] },
      { op: 'Gemm', in: ['flat', 'w1'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'Gemm', in: ['r', 'w2'] },
    ],
    initializers: {
      row: ints(1, size),
      mean: floats(ofFeature, FEATURES.slice(0, shape[axis]).map(({ mean }) => mean)), // prettier-ignore
      deviation: floats(ofFeature, FEATURES.slice(0, shape[axis]).map(({ deviation }) => deviation)), // prettier-ignore
      w1: floats([size, 8], weights(size * 8)),
      w2: floats([8, 3], weights(24)),
    },
  });
}

/** y = W x over [1, n]. */
const dense = (n: number, weights: readonly number[]): Uint8Array =>
  modelBytes({
    inputs: { x: [1, n] },
    nodes: [{ op: 'Gemm', in: ['x', 'w'] }],
    initializers: { w: floats([n, weights.length / n], weights) },
  });

const rangeOf = async (bytes: Uint8Array, options: CompileOptions) =>
  (await compile(bytes, options)).circuit.options.ranges['x'];

/** A sample set of rows of n values. */
const samplesOf = (list: readonly (readonly number[])[]): Samples => ({
  count: list.length,
  inputs: { x: Float64Array.from(list.flat()) },
});

describe('columns in units of their own', () => {
  it.each([
    { name: 'a table', shape: [1, 5], axis: 1 },
    { name: 'a list', shape: [5], axis: 0 },
    { name: 'a window, features last', shape: [1, 6, 5], axis: 2 },
    { name: 'a window, features first', shape: [1, 5, 6], axis: 1 },
    { name: 'channels of a map', shape: [1, 5, 3, 2], axis: 1 },
    { name: 'as many steps as features', shape: [1, 5, 5], axis: 1 },
  ])('$name has a scale for each along axis $axis, and is as good as in floats', async ({ shape, axis }) => {
    const bytes = scalerAndPerceptron(shape, axis);
    const calibration = rows(shape, axis, 60, 1);
    for (const argument of ['lookup', 'plain'] as const) {
      const { circuit, report } = await compile(bytes, { argument, calibration });
      expect(circuit.options.ranges['x']).toMatchObject({ axis });
      expect(report.rangeError).toBeLessThan(0.01);
      expect(await check(circuit, { ...rows(shape, axis, 1, 2) })).toMatchObject({ satisfied: true });
      // every element is within half a step of its own column, as a verifier reads it
      const sample = rows(shape, axis, 1, 3);
      const id = circuit.inputs[0].tensor;
      const tensor = circuit.tensors[id];
      const stored = quantiseInputs(circuit, sample, 0, false).stored.get(id)!;
      const seen = publicValue(circuit.publics[0], [...stored.map((u) => u + tensor.lo)]);
      sample.inputs['x'].forEach((x, i) =>
        expect(Math.abs(seen.floats[i] - x)).toBeLessThanOrEqual(0.501 * quantisationOf(tensor)(i).scale),
      );
      const again = decodeCircuit(encodeCircuit(circuit), 'circuit.json');
      expect(encodeCircuit(recompile(bytes, again)!.circuit)).toBe(encodeCircuit(circuit));
    }
  });

  it('need not differ 256 times', async () => {
    const random = generator(4);
    const table = samplesOf(Array.from({ length: 80 }, () => [100 + 200 * random(), 1 + (random() < 0.5 ? 0 : 1), 5 * random()])); // prettier-ignore
    const range = await rangeOf(dense(3, [0.005, 1, 0.2]), { calibration: table });
    expect(range.axis).toBe(1);
    expect(range.ends[1]).toEqual([1, 2]);
  });

  it('keep one scale where the model reads them in one unit', async () => {
    const random = generator(5);
    const table = samplesOf(Array.from({ length: 80 }, () => [100 + 200 * random(), random(), 5 * random()]));
    expect(await rangeOf(dense(3, [1, 1, 1]), { calibration: table })).toMatchObject({ axis: null });
    expect(await rangeOf(dense(3, [0.01, 1, 0.2]), { calibration: table })).toMatchObject({ axis: 1 });
  });

  it('are found beside constant ones, which stay apart', async () => {
    const random = generator(6);
    const table = samplesOf(Array.from({ length: 40 }, () => [1e6, random(), -3, 0, 2 * random()]));
    const { axis, ends } = await rangeOf(dense(5, [1e-6, 1, 1, 1, 1]), { calibration: table });
    expect(axis).toBe(1);
    expect([ends[0], ends[2], ends[3]]).toEqual([[0, 1e6], [-3, 0], [0, 1]]); // prettier-ignore
    expect(ends[1][1]).toBeLessThan(2);
  });

  it('are found in very few samples', async () => {
    const calibration = rows([1, 5], 1, 3, 7);
    expect(await rangeOf(scalerAndPerceptron([1, 5], 1), { calibration })).toMatchObject({ axis: 1 });
  });
});

describe('columns of categories', () => {
  const whole = (type: number, ...shape: number[]) =>
    modelBytes({ inputs: { x: shape }, type, outputType: type, nodes: [{ op: 'Identity', in: ['x'] }] });
  const table = (count: number, seed: number, sizes: readonly number[]): Samples => {
    const random = generator(seed);
    return samplesOf(Array.from({ length: count }, () => sizes.map((size) => Math.floor(size * random()))));
  };

  it('have the ranges of their own data, along the axis on which they are narrowest', async () => {
    const calibration = table(200, 1, [3, 9, 2, 5]);
    const ends = [[0, 2], [0, 8], [0, 1], [0, 4]]; // prettier-ignore
    for (const type of [6, 7]) expect(await rangeOf(whole(type, 1, 4), { calibration })).toEqual({ axis: 1, ends });
    const steps = table(200, 2, [3, 9, 3, 9, 3, 9]);
    expect(await rangeOf(whole(7, 1, 3, 2), { calibration: steps })).toEqual({ axis: 2, ends: [[0, 2], [0, 8]] }); // prettier-ignore
  });

  it('keep one range where one is enough, where the halves of the data differ, and where a type has its own', async () => {
    const one = { axis: null, ends: [[0, 4]] };
    expect(await rangeOf(whole(7, 1, 4), { calibration: table(200, 1, [5, 5, 5, 5]) })).toEqual(one);
    // words of a long list at every place
    expect(await rangeOf(whole(7, 1, 6), { calibration: table(200, 3, [1, 5e4, 5e4, 5e4, 5e4, 5e4]) })).toMatchObject({ axis: null }); // prettier-ignore
    expect(await rangeOf(whole(7, 1, 2), { calibration: table(1, 3, [3, 900]) })).toMatchObject({ axis: null });
    // pixels, of which those at the border are dark
    expect(await rangeOf(whole(2, 1, 4), { calibration: table(200, 1, [2, 5, 5, 2]) })).toEqual(one);
  });
});

describe('one scale', () => {
  it('is that of a picture with quiet borders, however rarely they are lit', async () => {
    const random = generator(8);
    const n = 64;
    for (const count of [12, 60, 300]) {
      // most pixels reach 1, an eighth of them is lit in one of fifty pictures, some faintly
      const pictures = samplesOf(
        Array.from({ length: count }, () =>
          Array.from({ length: n }, (_, i) =>
            i % 8 === 0 ? (random() < 0.02 ? Math.ceil(255 * random() ** 4) / 255 : 0) : Math.min(1.2 * random(), 1),
          ),
        ),
      );
      for (const sharpened of [1, 8]) {
        const weights = Array.from({ length: n }, (_, i) => (i % 8 === 0 ? sharpened : 1) * (random() - 0.5));
        const range = await rangeOf(dense(n, weights), { calibration: pictures });
        expect(range, `${count} pictures, ${sharpened}`).toEqual({ axis: null, ends: [[0, 1]] });
      }
    }
  });

  it('is that of a sound with quiet ends', async () => {
    const random = generator(10);
    const n = 200;
    const sounds = samplesOf(
      Array.from({ length: 100 }, () => {
        const [at, wide, loud] = [60 + 80 * random(), 10 + 40 * random(), 10 ** (-2 * random())];
        return Array.from(
          { length: n },
          (_, i) => normal(random) * (loud * Math.exp(-(((i - at) / wide) ** 2)) + 1e-3),
        );
      }),
    );
    const weights = Array.from({ length: n }, () => random() - 0.5);
    expect(await rangeOf(dense(n, weights), { calibration: sounds })).toMatchObject({ axis: null });
  });

  it('has exactly the range of its data', async () => {
    const calibration = samplesOf([[0.25, 0.5], [-0.5, 1]]); // prettier-ignore
    expect(await rangeOf(dense(2, [1, 1]), { calibration })).toEqual({ axis: null, ends: [[-0.5, 1]] });
  });
});

describe('room for other rows', () => {
  it('lets 99 of 100 held-out rows be proved, heavy tails included', async () => {
    const random = generator(11);
    const units = Array.from({ length: 20 }, (_, c) => 10 ** ((c % 7) - 3));
    const row = (): number[] => units.map((unit) => unit * Math.exp(normal(random) * 0.35));
    const { circuit, margins } = await compile(dense(20, units.map((unit) => 1 / unit)), {
      calibration: samplesOf(Array.from({ length: 120 }, row)),
    }); // prettier-ignore
    let refused = 0;
    for (let k = 0; k < 500; k++)
      try {
        quantiseInputs(circuit, samplesOf([row()]), 0, false);
      } catch {
        refused++;
      }
    expect(refused).toBeLessThanOrEqual(5);
    expect(margins['x']).toBeGreaterThan(0.5);
    expect(margins['x']).toBeLessThanOrEqual(1);
  });

  it('is half a width, stops at 0, and is not given where many samples reach an end', async () => {
    const random = generator(12);
    const table = samplesOf(
      Array.from({ length: 50 }, (_, k) => [
        k === 0 ? -1 : k === 1 ? 1 : 1.8 * random() - 0.9, // either sign
        k === 0 ? 100 : k === 1 ? 500 : 101 + 398 * random(), // never below 0
        k === 0 ? -30 : k === 1 ? -10 : -29 + 18 * random(), // never above
        k % 3 === 0 ? 1 : 0, // a flag
        k % 2 === 0 ? 5000 : 5000 * random(), // clipped at 5000
      ]),
    );
    const { axis, ends } = await rangeOf(dense(5, [1, 1e-3, 1e-2, 1, 1e-4]), { calibration: table });
    expect(axis).toBe(1);
    expect(ends.slice(0, 4)).toEqual([[-2, 2], [0, 700], [-40, 0], [0, 1]]); // prettier-ignore
    expect(ends[4]).toEqual([0, 5000]);
  });

  it('is told with its cost; a declared range has none', async () => {
    const bytes = scalerAndPerceptron([1, 5], 1);
    const calibration = rows([1, 5], 1, 60, 1);
    const bits = (await compile(bytes, { calibration })).margins['x'];
    expect(bits).toBeGreaterThan(0.5);
    const ends = FEATURES.map(({ mean, deviation }): [number, number] => [mean - 6 * deviation, mean + 6 * deviation]);
    expect((await compile(bytes, { calibration, inputRanges: { x: ends } })).margins).toEqual({});
  });
});

describe('declared ranges', () => {
  const window = modelBytes({ inputs: { x: [1, 3, 4] }, nodes: [{ op: 'Relu', in: ['x'] }] });
  const pairs = (n: number) => Array.from({ length: n }, (_, i): [number, number] => [-1 - i, 1 + i]);

  it('are one for an input, or a pair for each index along the last axis that has as many', async () => {
    const ofPairs = (ends: [number, number][]) => rangeOf(window, { inputRanges: { x: ends } });
    expect(await ofPairs(pairs(4))).toEqual({ axis: 2, ends: pairs(4) });
    expect(await ofPairs(pairs(3))).toEqual({ axis: 1, ends: pairs(3) });
    expect(await ofPairs(pairs(1))).toEqual({ axis: null, ends: [[-1, 1]] });
    expect(await rangeOf(window, { inputRanges: { '': pairs(3) } })).toEqual({ axis: 1, ends: pairs(3) });
    await expect(ofPairs(pairs(5))).rejects.toMatchObject({
      code: 'usage',
      where: 'x',
      message: 'expected a range for each column, 3 along axis 1 or 4 along axis 2, got 5',
    });
  });

  it('are those of single columns on top of the rest', async () => {
    const x = [-2, 2] as const;
    const ends = [x, x, x, [0, 9]];
    expect(await rangeOf(window, { inputRanges: { x, 'x[3]': [0, 9] } })).toEqual({ axis: 2, ends });
    expect(await rangeOf(window, { inputRanges: { '': x, 'x[3]': [0, 9] } })).toEqual({ axis: 2, ends });
    const both = { x: pairs(3), 'x[2]': [7, 8] as const, 'x[0]': [5, 6] as const };
    expect(await rangeOf(window, { inputRanges: both })).toEqual({ axis: 1, ends: [[5, 6], [-2, 2], [7, 8]] }); // prettier-ignore
    const calibration = rows([1, 5, 6], 1, 40, 1);
    const shown = await rangeOf(scalerAndPerceptron([1, 5, 6], 1), { calibration });
    const given = await rangeOf(scalerAndPerceptron([1, 5, 6], 1), { calibration, inputRanges: { 'x[4]': [0, 1] } });
    expect(given).toEqual({ axis: 1, ends: [...shown.ends.slice(0, 4), [0, 1]] });
  });

  it('belong to an input of that very name before they belong to a column', async () => {
    const two = modelBytes({ inputs: { x: [1, 2], 'x[1]': [1, 2] }, nodes: [{ op: 'Add', in: ['x', 'x[1]'] }] });
    const { circuit } = await compile(two, { inputRanges: { x: [0, 1], 'x[1]': [5, 6], 'x[1][0]': [1, 9] } });
    expect(circuit.options.ranges).toEqual({
      x: { axis: null, ends: [[0, 1]] },
      'x[1]': { axis: 1, ends: [[1, 9], [5, 6]] }, // prettier-ignore
    });
  });

  it.each<[string, NonNullable<CompileOptions['inputRanges']>, string, string]>([
    ['unknown input', { z: [0, 1] }, 'input range', "expected the name of an input, got 'z'"],
    ['column of an unknown input', { 'z[1]': [0, 1] }, 'input range', "expected the name of an input, got 'z[1]'"],
    ['negative column', { x: [0, 1], 'x[-1]': [0, 1] }, 'input range', "expected the name of an input, got 'x[-1]'"],
    ['column that is not there', { x: [0, 1], 'x[4]': [0, 1] }, 'x[4]', 'expected a column below 4, the length of axis 2, got 4'], // prettier-ignore
    [
      'columns without the rest',
      { 'x[1]': [0, 1] },
      'x',
      'expected the range of the input, got ranges of some columns',
    ],
    ['upside down', { x: [1, 0] }, 'x', 'expected an input range LO,HI with LO < HI, got 1,0'],
    ['NaN', { x: [0, NaN] }, 'x', 'expected an input range LO,HI with LO < HI, got 0,NaN'],
    ['infinite', { x: [0, Infinity] }, 'x', 'expected an input range LO,HI with LO < HI, got 0,Infinity'],
    [
      'column upside down',
      { x: [0, 1], 'x[2]': [1, 1] },
      'x[2]',
      'expected an input range LO,HI with LO < HI, got 1,1',
    ],
    ['pair upside down', { x: [[0, 1], [2, 1], [0, 1]] }, 'x[1]', 'expected an input range LO,HI with LO < HI, got 2,1'], // prettier-ignore
    ['no pairs', { x: [] }, 'x', 'expected a range for each column, 3 along axis 1 or 4 along axis 2, got 0'],
    ['list of a column', { 'x[0]': [[0, 1], [0, 1]] }, 'x[0]', 'expected one range LO,HI of a column, got a list'], // prettier-ignore
    ['wider than float64', { x: [-1.7e308, 1.7e308] }, 'x', 'expected an input range of 255 steps that float64 tells apart, got -1.7e+308,1.7e+308'], // prettier-ignore
    ['narrower than float64', { x: [0, 5e-324] }, 'x', 'expected an input range of 255 steps that float64 tells apart, got 0,5e-324'], // prettier-ignore
    ['far from 0', { x: [2 ** 52, 2 ** 52 + 4] }, 'x', `expected an input range of 255 steps that float64 tells apart, got ${2 ** 52},${2 ** 52 + 4}`], // prettier-ignore
  ])('are refused: %s', async (_, inputRanges, where, message) => {
    await expect(compile(window, { inputRanges })).rejects.toMatchObject({ code: 'usage', where, message });
  });

  const whole = (type: number) =>
    modelBytes({ inputs: { x: [1, 3] }, type, outputType: type, nodes: [{ op: 'Identity', in: ['x'] }] });

  it('are those of columns for an input of integers, too', async () => {
    const [int32, uint8] = [whole(6), whole(2)];
    expect(await rangeOf(int32, { inputRanges: { x: [-5, 5] } })).toEqual({ axis: null, ends: [[-5, 5]] });
    expect(await rangeOf(int32, { inputRanges: { x: pairs(3) } })).toEqual({ axis: 1, ends: pairs(3) });
    const one = { axis: 1, ends: [[-5, 5], [0, 1], [-5, 5]] }; // prettier-ignore
    expect(await rangeOf(int32, { inputRanges: { x: [-5, 5], 'x[1]': [0, 1] } })).toEqual(one);
    expect(await rangeOf(uint8, { inputRanges: { 'x[2]': [3, 4.5] } })).toEqual({ axis: 1, ends: [[0, 255], [0, 255], [3, 4.5]] }); // prettier-ignore
    const tensor = async (inputRanges: NonNullable<CompileOptions['inputRanges']>) => {
      const { circuit } = await compile(int32, { inputRanges });
      const { lo, hi, scale, zero, axis, columns } = circuit.tensors[circuit.inputs[0].tensor];
      return { lo, hi, scale, zero, axis, columns };
    };
    const mixed = { x: [[-1.5, 4.5], [0, 9], [7, 7.5]] } as const; // prettier-ignore
    const columns = { axis: 1, ends: [[-1, 4], [0, 9], [7, 7]] }; // prettier-ignore
    expect(await tensor(mixed)).toEqual({ lo: -1, hi: 9, scale: 1, zero: 0, axis: null, columns });
    // integers that are the same in every column are one range
    expect(await tensor({ x: [[0, 9], [0, 9.5], [-0.5, 9]] })).toEqual({ lo: 0, hi: 9, scale: 1, zero: 0, axis: null }); // prettier-ignore
  });

  it.each<[string, number, NonNullable<CompileOptions['inputRanges']>, string, string]>([
    ['another number', 6, { x: pairs(4) }, 'x', 'expected a range for each column, 3 along axis 1, got 4'],
    ['a column that is not there', 6, { x: [0, 1], 'x[3]': [0, 1] }, 'x[3]', 'expected a column below 3, the length of axis 1, got 3'], // prettier-ignore
    ['no integer', 6, { x: [[0, 1], [0.2, 0.8], [0, 1]] }, 'x[1]', 'expected an input range with an integer in it and fewer than 2^50 of them, got 0.2,0.8'], // prettier-ignore
    ['others than the type', 2, { x: [0, 255], 'x[2]': [-1, 4] }, 'x[2]', 'expected an input range of uint8, in [0, 255], got -1,4'], // prettier-ignore
    ['columns too far apart', 7, { x: [[-(2 ** 49), 0], [0, 1], [0, 2 ** 49]] }, 'x', `expected an input range with an integer in it and fewer than 2^50 of them, got ${-(2 ** 49)},${2 ** 49}`], // prettier-ignore
    ['columns without the rest', 7, { 'x[0]': [0, 1], 'x[1]': [0, 1] }, 'x', 'expected the range of the input, got ranges of some columns'], // prettier-ignore
  ])('of integers are refused: %s', async (_, type, inputRanges, where, message) => {
    await expect(compile(whole(type), { inputRanges })).rejects.toMatchObject({ code: 'usage', where, message });
  });

  it('of every single column need no other', async () => {
    const inputRanges = { 'x[2]': [0, 3], 'x[0]': [0, 1], 'x[1]': [-2, 2] } as const;
    const ends = [[0, 1], [-2, 2], [0, 3]]; // prettier-ignore
    expect(await rangeOf(whole(7), { inputRanges })).toEqual({ axis: 1, ends });
    expect(await rangeOf(modelBytes({ inputs: { x: [1, 3] }, nodes: [{ op: 'Relu', in: ['x'] }] }), { inputRanges })).toEqual({ axis: 1, ends }); // prettier-ignore
  });

  it('that were edited into another axis are refused by a compilation from the recorded options', async () => {
    const { circuit } = await compile(window, { inputRanges: { x: pairs(3) } });
    const edited = (axis: number | null) => ({
      ...circuit,
      options: { ...circuit.options, ranges: { x: { axis, ends: pairs(3) } } },
    });
    expect(encodeCircuit(recompile(window, edited(1))!.circuit)).toBe(encodeCircuit(circuit));
    for (const axis of [0, 2, 3])
      expect(() => recompile(window, edited(axis)), `${axis}`).toThrow('ranges of the inputs');
    const text = encodeCircuit(circuit).replace('"ranges":{"x":{"axis":1,', '"ranges":{"x":{"axis":null,');
    expect(() => decodeCircuit(text, 'circuit.json')).toThrow('one pair where axis is null');
  });
});

describe('the ends of a range', () => {
  it('are inputs, whatever the offset, or the range is refused', () => {
    let [taken, refused] = [0, 0];
    const anyNumber = (most: number) => fc.tuple(fc.integer({ min: -60, max: most }), fc.double({ min: 1, max: 2, noNaN: true })).map(([e, m]) => m * 2 ** e); // prettier-ignore
    const anyRange = fc.tuple(anyNumber(60), anyNumber(20), fc.boolean());
    fc.assert(
      fc.property(anyRange, fc.constantFrom(2, 8, 12), ([offset, width, negative], bits) => {
        const lo = negative ? -offset : offset;
        const hi = lo + width;
        if (!(lo < hi)) return;
        const value = { name: 'x', shape: [1, 2], dtype: 'float32', node: 'x', operator: 'input' } as const;
        let tensor;
        try {
          tensor = inputTensor(value, { axis: null, ends: [[lo, hi]] }, bits);
        } catch {
          // only where float64 has not a sixteenth of a step left
          expect(Math.max(Math.abs(lo), Math.abs(hi)) / (hi - lo)).toBeGreaterThan(2 ** 35);
          refused++;
          return;
        }
        taken++;
        const id = { value: null, name: 'x', node: 'x', operator: 'input', shape: [1, 2] };
        const circuit = { inputs: [{ name: 'x', dtype: 'float32' as const, tensor: 0 }], tensors: [{ ...id, ...tensor }] }; // prettier-ignore
        const { stored } = quantiseInputs(circuit, samplesOf([[lo, hi]]), 0, false);
        expect([...stored.get(0)!]).toEqual([0, 2 ** bits - 1]);
      }),
      { numRuns: 2000, seed: 14 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });
});
