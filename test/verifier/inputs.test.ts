// inputWords: real values as the words that a prover makes of them, by the key alone.
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, publicWords, type Circuit } from '#compiler/index.js';
import { decodeWords, inputWords } from '#verifier/index.js';
import { forest, generator, perceptron } from '../compiler/circuits.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

const circuits = new Map<string, Circuit>([
  ['one range', perceptron()],
  ['numbers that are compared, and integers', forest()],
]);
beforeAll(async () => {
  const model = modelBytes({ inputs: { x: [1, 2, 3] }, nodes: [{ op: 'MatMul', in: ['x', 'w'] }], initializers: { w: floats([3, 1], [1, 0.7, -1]) } }); // prettier-ignore
  const { circuit } = await compile(model, { inputRanges: { x: [[-1, 1], [0, 1000], [-5, -4]] } }); // prettier-ignore
  circuits.set('a range of each column', circuit);
});

/** Values of an input, between and beyond its ends, and halfway between steps. */
function valuesOf(circuit: Circuit, seed: number, beyond: number) {
  const random = generator(seed);
  return Object.fromEntries(
    circuit.publics
      .filter(({ role }) => role === 'input')
      .map(({ name, shape, lo, hi, scale, zero, encoding }) => {
        const n = shape.reduce((a, b) => a * b, 1);
        const pick = (v: number | readonly number[], i: number) => (typeof v === 'number' ? v : v[i % v.length]);
        const half = (i: number) => Math.floor((lo - beyond + random() * (hi - lo + 2 * beyond)) * 2) / 2 - pick(zero, i); // prettier-ignore
        const isWhole = scale === 1 && !encoding;
        return [name, Float64Array.from({ length: n }, (_, i) => (encoding ? (random() - 0.5) * 1e6 : isWhole ? Math.round(half(i)) : pick(scale, i) * half(i)))]; // prettier-ignore
      }),
  );
}

describe.each(['one range', 'numbers that are compared, and integers', 'a range of each column'])('%s', (name) => {
  it('as a prover packs them, in their range and moved into it', () => {
    const circuit = circuits.get(name)!;
    for (let seed = 1; seed <= 20; seed++) {
      const clamp = seed > 10;
      const inputs = valuesOf(circuit, seed, clamp ? 5 : 0);
      const all = publicWords(circuit, { count: 1, inputs }, { clamp });
      const words = inputWords(circuit, inputs, { clamp });
      expect(words).toEqual(all.slice(0, words.length));
      expect(Object.keys(decodeWords(circuit, all)!.inputs)).toEqual(Object.keys(inputs));
    }
  });
});

it('what does not fit is refused where a prover refuses it', () => {
  const circuit = perceptron();
  const inputs = valuesOf(circuit, 1, 0);
  const [name] = Object.keys(inputs);
  const refusal = (values: Record<string, ArrayLike<number>>, of: Circuit = circuit): unknown => {
    try {
      return inputWords(of, values);
    } catch (error) {
      const { code, where } = error as { code: string; where: string };
      return [code, where];
    }
  };
  expect(refusal({ [name]: inputs[name].with(0, 1e9) })).toEqual(['range', `${name}[0]`]);
  expect(refusal({ [name]: inputs[name].with(1, NaN) })).toEqual(['data', `${name}[1]`]);
  expect(refusal({ [name]: inputs[name].slice(1) })).toEqual(['data', name]);
  expect(refusal({})).toEqual(['data', name]);
  expect(refusal({ ...inputs, z: [1] })).toEqual(['data', 'z']);
  expect(refusal(inputs, { ...circuit, publics: circuit.publics.filter(({ role }) => role === 'output') })).toEqual(['usage', undefined]); // prettier-ignore
  const trees = forest();
  const fitting = valuesOf(trees, 1, 0);
  expect(refusal({ ...fitting, i: fitting['i'].map((v) => v + 0.5) }, trees)).toEqual(['data', 'i[0]']);
  expect(decodeWords(circuit, [])).toBeNull();
});
