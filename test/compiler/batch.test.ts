// Several samples in one circuit: each is what it would be alone, reads nothing of another, and shares tables.
import { describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { batched } from '#compiler/circuit/batch.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { gadgetsOf } from '#compiler/circuit/uses.js';
import { compare, compile, decodeCircuit, encodeCircuit, publicWords, recompile, run } from '#compiler/index.js';
import { sizeOf } from '#compiler/tensor.js';
import { openProver } from '#prover/index.js';
import { verify } from '#verifier/index.js';
import { tiny } from '../lookup/tiny.js';
import { subject } from '../prover/opened.js';
import {
  attention,
  circuits,
  curves,
  exponentials,
  folded,
  generator,
  norms,
  sorted,
  storedInputs,
} from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

const all = [
  ...circuits,
  ['curves', () => curves(8)] as const,
  ['exponentials', () => exponentials(8)] as const,
  ['norms', () => norms(8)] as const,
  ['attention', () => attention(8)] as const,
  ['folded', () => folded(8)] as const,
  ['sorted', () => sorted(8)] as const,
  ['tiny', tiny] as const,
];
const COPIES = 3;
const many = (one: Circuit): Circuit => batched({ ...one, options: { ...one.options, batch: COPIES } });
const error = (code: string) => expect.objectContaining({ code }) as Error;

describe.each(all)('%s', (_, build) => {
  const one = build();
  const circuit = many(one);
  const samples = Array.from({ length: COPIES }, (__, k) => storedInputs(one, 2 + k));

  it('gives each sample what it has alone, and the words of all', () => {
    const alone = samples.map((stored) => evaluateCircuit(one, stored));
    const joined = (id: number, of: (sample: number) => Float64Array): Float64Array =>
      Float64Array.from({ length: COPIES * sizeOf(one.tensors[id].shape) }, (__, o) => {
        const size = sizeOf(one.tensors[id].shape);
        return of(Math.floor(o / size))[o % size];
      });
    const stored = new Map(one.inputs.map(({ tensor }) => [tensor, joined(tensor, (k) => samples[k].get(tensor)!)]));
    evaluateCircuit(circuit, stored).forEach((values, id) => expect(values).toEqual(joined(id, (k) => alone[k][id])));
  });

  it('reads in no sample an element of another one', () => {
    const mixed = circuit.steps.flatMap(({ kind, forms }) =>
      forms.flatMap(({ map }) =>
        Array.from({ length: map.size }, (__, o) => {
          const samples = map.parts.flatMap(({ from, base, pattern, patterns }) => {
            const size = sizeOf(one.tensors[from].shape);
            return Array.from(patterns[pattern[o]], (offset) => Math.floor((base[o] + offset) / size));
          });
          return new Set(samples).size > 1 ? [`${kind} ${o}`] : [];
        }).flat(),
      ),
    );
    expect(mixed).toEqual([]);
  });

  it('is a circuit like any other, with the samples along the first axis of what is public', () => {
    expect(decodeCircuit(encodeCircuit(circuit), 'circuit.json')).toEqual(circuit);
    for (const { shape } of circuit.publics) expect(shape[0]).toBe(COPIES);
    const rows = (of: Circuit): number => arrange(of).rows;
    expect(rows(circuit)).toBeLessThanOrEqual(COPIES * rows(one));
    expect(gadgetsOf(circuit).rows).toBeLessThanOrEqual(gadgetsOf(one, COPIES).rows);
  });
});

it('moves axes where a tensor has no first axis to spare', () => {
  const { tensors, outputs } = many(circuits.find(([name]) => name === 'channels')![1]());
  expect(tensors[0]).toMatchObject({ shape: [COPIES, 3, 2, 4], axis: 1 });
  expect(outputs[0].decision).toEqual({ rule: 'argmax', axis: 1 });
  expect(tensors[outputs[0].tensor].shape).toEqual([COPIES, 3]);
});

it('refuses a file whose samples are others than it says', () => {
  const text = encodeCircuit(many(tiny()));
  for (const batch of ['2', '4', '1', '0', '3.5', '"3"'])
    expect(() => decodeCircuit(text.replace('"batch":3', `"batch":${batch}`), 'circuit.json')).toThrow(error('format'));
  expect(() => decodeCircuit(text.replace(',"batch":3', ''), 'circuit.json')).not.toThrow(); // an ordinary circuit of three
});

describe('a model', () => {
  const random = generator(5);
  const model = modelBytes({
    inputs: { x: [1, 6] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'Gemm', in: ['r', 'v'] },
    ],
    initializers: {
      w: floats([6, 5], Array.from({ length: 30 }, () => random() - 0.5)),
      v: floats([5, 3], Array.from({ length: 15 }, () => random() - 0.5)),
    },
  }); // prettier-ignore
  const count = 30;
  const calibration = { count, inputs: { x: Float64Array.from({ length: 6 * count }, () => random()) } };
  const labels = Array.from({ length: count }, () => Math.floor(3 * random()));

  it('is measured sample by sample, on any number of them', async () => {
    const [alone, made] = await Promise.all([1, 4].map((batch) => compile(model, { calibration, labels, batch })));
    const { agreement, accuracy, decided } = made.report;
    expect(agreement).toBeGreaterThan(0.9);
    expect(decided?.decisions).toBe(count);
    expect(accuracy?.float).toBe(alone.report.accuracy?.float);
    expect(made.report.rows).toBeLessThan(4 * alone.report.rows);
    expect(made.circuit.options.batch).toBe(4);
    expect(recompile(model, made.circuit)?.circuit).toEqual(made.circuit);

    const samples = { count: 7, inputs: { x: calibration.inputs.x.subarray(0, 28 * 6) } };
    const result = await run(made.circuit, samples, { graph: made.graph });
    expect(result.outputs.length).toBe(7);
    expect(Object.values(result.outputs[0])[0]).toMatchObject({ shape: [4, 3] });
    expect(result.agreement).toBeGreaterThan(0.9);
    const { firstDivergence, nodes } = compare(made.circuit, made.graph, samples);
    expect(firstDivergence).toBeNull();
    expect(nodes.at(-1)!.maxError).toBeCloseTo(result.maxError!, 9);
  });

  it.each([0, 1.5, -2, 5000])('%s samples in a proof are refused', async (batch) => {
    await expect(compile(model, { calibration, batch })).rejects.toMatchObject({ code: 'usage', where: 'batch' });
  });
});

it('one proof of two samples says what each of them has, and nothing else', async () => {
  const one = tiny();
  const { circuit, vkey, provingKey, sample } = await subject(
    batched({ ...one, options: { ...one.options, batch: 2 } }),
  );
  const prover = await openProver(circuit, provingKey, vkey, { threads: 1 });
  try {
    const { proof } = await prover.prove(sample(1));
    const answer = verify(vkey, proof, { allowInsecureKey: true });
    const { outputs } = await run(circuit, sample(1));
    expect(answer).toMatchObject({ valid: true, outputs: outputs[0] });
    for (const tensor of Object.values(outputs[0])) expect(tensor.shape[0]).toBe(2);
    const { words } = proof as unknown as { readonly words: readonly string[] };
    expect(words.map(BigInt)).toEqual(publicWords(circuit, sample(1)));
    // words that say something else of an output of either sample, and those of both in the other order
    const first = words.length - 4;
    const lies = [first, first + 3].map((w) => words.with(w, String(BigInt(words[w]) ^ 1n)));
    for (const told of [...lies, words.toReversed()])
      expect(verify(vkey, { ...proof, words: told }, { allowInsecureKey: true }).valid).toBe(false);
  } finally {
    await prover.close();
  }
});
