// publicWords without keys, and proofs of input words: both say what a proof of the real values says.
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { publicWords, type Samples } from '#compiler/index.js';
import { openProver, prove } from '#prover/index.js';
import { inputWordCount, packWords, verify, wordCount, type ProofJson } from '#verifier/index.js';
import { circuits, forest, perceptron, storedInputs } from '../compiler/circuits.js';
import { tiny } from '../lookup/tiny.js';
import { subject, type Subject } from './opened.js';

const subjects = new Map<string, Subject>();
beforeAll(async () => {
  subjects.set('plain', await subject(perceptron()));
  subjects.set('lookup', await subject(tiny()));
  const trees = await subject(forest());
  const whole = ({ count, inputs }: Samples): Samples => ({ count, inputs: { ...inputs, i: inputs['i'].map(Math.round) } }); // prettier-ignore
  subjects.set('float32 inputs', { ...trees, sample: (seed) => whole(trees.sample(seed)) });
});
/** The public words of a proof. */
const wordsOf = (proof: ProofJson): bigint[] => {
  const { words, publicSignals } = proof as { readonly words?: string[]; readonly publicSignals?: string[] };
  return (words ?? publicSignals!.slice(1)).map(BigInt);
};
const failing = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe.each(['plain', 'lookup', 'float32 inputs'])('%s', (name) => {
  it('the words of a proof, from real values and from input words, and the proof of these words', async () => {
    const { circuit, provingKey, vkey, sample } = subjects.get(name)!;
    const said = publicWords(circuit, sample(1));
    const words = said.slice(0, inputWordCount(vkey));
    expect(publicWords(circuit, { words })).toEqual(said);
    const prover = await openProver(circuit, provingKey, vkey, { threads: 1 });
    try {
      expect(wordsOf((await prover.prove(sample(1))).proof)).toEqual(said);
      const { proof } = await prover.prove({ words }, { context: '5a'.repeat(32) });
      expect(wordsOf(proof)).toEqual(said);
      expect(verify(vkey, proof, { allowInsecureKey: true, context: '5a'.repeat(32) }).valid).toBe(true);
      await expect(prover.prove({ words: words.slice(1) })).rejects.toMatchObject({ code: 'data' });
    } finally {
      await prover.close();
    }
  });

  it('words outside the layout are refused, each by name', () => {
    const { circuit, vkey, sample } = subjects.get(name)!;
    const words = publicWords(circuit, sample(2)).slice(0, inputWordCount(vkey));
    const [{ lo, hi, bits }] = circuit.publics;
    const lies: readonly (readonly [what: string, words: unknown])[] = [
      ['one more', [...words, 0n]],
      ['one fewer', words.slice(1)],
      ['none', []],
      ['no list', undefined],
      ...(hi - lo + 1 < 2 ** bits ? [['a chunk above hi - lo', words.with(0, BigInt(hi - lo) + 1n)] as const] : []),
      ['a bit beyond the last chunk', words.with(-1, words.at(-1)! + (1n << 255n))],
      ['beyond the field', words.with(0, 2n ** 256n - 1n)],
      ['below 0', words.with(0, -1n)],
      ['a number', [Number(words[0] & 0xffn), ...words.slice(1)]],
      ['a string', ['0x1', ...words.slice(1)]],
      ['too long', words.with(0, 1n << 100_000n)],
    ];
    for (const [what, given] of lies)
      expect(
        failing(() => publicWords(circuit, { words: given as bigint[] })),
        what,
      ).toBe('data');
  });
});

const open = circuits.filter(([name]) => name !== 'tabular'); // which hides its inputs
it.each(open)('%s: input words, and behind them the words of what the circuit makes of them', (_, build) => {
  const circuit = build();
  const ids = [...circuit.inputs, ...circuit.outputs].map(({ tensor }) => tensor);
  for (const seed of [0, 1, 2]) {
    const values = evaluateCircuit(circuit, storedInputs(circuit, seed));
    const all = packWords(circuit.publics, ids.map((id, i) => values[id].map((u) => u + circuit.publics[i].lo))); // prettier-ignore
    const words = all.slice(
      0,
      circuit.publics.reduce((n, t) => n + (t.role === 'input' ? wordCount(t) : 0), 0),
    );
    expect(publicWords(circuit, { words })).toEqual(all);
  }
});

it('words of hidden inputs, an index outside the data and values outside their range are refused', () => {
  const { circuit, sample } = subjects.get('lookup')!;
  const hidden = {
    ...circuit,
    options: { ...circuit.options, public: 'output' as const },
    publics: circuit.publics.slice(1),
  };
  expect(failing(() => publicWords(hidden, { words: [] }))).toBe('usage');
  const said = publicWords(circuit, sample(1));
  expect(publicWords(hidden, sample(1))).toEqual(said.slice(1));
  const two = { count: 2, inputs: { x: new Float64Array(12) } };
  expect(failing(() => publicWords(circuit, two))).toBe('usage');
  expect(failing(() => publicWords(circuit, two, { index: 2 }))).toBe('usage');
  expect(failing(() => publicWords(circuit, two, { index: 1 }))).toEqual(publicWords(circuit, { count: 1, inputs: { x: new Float64Array(6) } })); // prettier-ignore
  const far = { count: 1, inputs: { x: new Float64Array(6).fill(5) } };
  expect(failing(() => publicWords(circuit, far))).toBe('range');
  expect(failing(() => publicWords(circuit, far, { clamp: true }))).toHaveLength(said.length);
});

it('prove takes words too', async () => {
  const { circuit, provingKey, vkey, sample } = subjects.get('lookup')!;
  const said = publicWords(circuit, sample(3));
  const { proof } = await prove(
    circuit,
    provingKey,
    vkey,
    { words: said.slice(0, inputWordCount(vkey)) },
    { threads: 1 },
  );
  expect(wordsOf(proof)).toEqual(said);
});
