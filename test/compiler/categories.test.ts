// Integers whose columns are categories of their own: embeddings by column, one table behind offsets, OneHot, Equal, arithmetic. Every
// row that the ranges allow, against onnxruntime; what the circuit, the words of the key and a proof say of a category too many.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { compile, publicWords, recompile, run, type Samples } from '#compiler/index.js';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { check } from '#prover/index.js';
import { setup } from '#prover/keys.js';
import { prove } from '#prover/prove.js';
import {
  inputWords,
  packWords,
  parseVerificationKey,
  serializeVerificationKey,
  unpackWords,
  verify,
} from '#verifier/index.js';
import { legal, someCorners } from '../lies/ends.js';
import { generator } from './circuits.js';
import { floats, ints, modelBytes, type ModelInit } from './onnx-models.js';

const { INT64 } = TensorProto_DataType;
const random = generator(3);
const weights = (...dims: number[]) => floats(dims, Array.from({ length: dims.reduce((a, b) => a * b) }, () => random() - 0.5)); // prettier-ignore

/** Categories of each column. */
const SIZES = [4, 7, 3];
const column = (k: number) => ({ op: 'Gather', in: ['x', `c${k}`], out: [`x${k}`], attributes: { axis: 1 } });
const of = (init: Pick<ModelInit, 'nodes' | 'initializers'>): Uint8Array =>
  modelBytes({ inputs: { x: [1, 3] }, type: INT64, ...init });
const scalar = (value: number) => ({ ...ints(value), dims: [] });
const columns = { c0: scalar(0), c1: scalar(1), c2: scalar(2) };

const embeddings = of({
  nodes: [
    ...SIZES.flatMap((_, k) => [column(k), { op: 'Gather', in: [`t${k}`, `x${k}`], out: [`e${k}`] }]),
    { op: 'Concat', in: ['e0', 'e1', 'e2'], out: ['e'], attributes: { axis: 1 } },
    { op: 'Gemm', in: ['e', 'w1'], out: ['h'] },
    { op: 'Relu', in: ['h'], out: ['r'] },
    { op: 'Gemm', in: ['r', 'w2'] },
  ],
  initializers: { ...columns, t0: weights(4, 2), t1: weights(7, 3), t2: weights(3, 2), w1: weights(7, 5), w2: weights(5, 2) },
}); // prettier-ignore

const offsets = of({
  nodes: [
    { op: 'Add', in: ['x', 'first'], out: ['row'] },
    { op: 'Gather', in: ['table', 'row'], out: ['e'] },
    { op: 'Reshape', in: ['e', 'flat'], out: ['all'] },
    { op: 'Gemm', in: ['all', 'w'] },
  ],
  initializers: { first: ints(0, 4, 11), table: weights(14, 3), flat: ints(1, 9), w: weights(9, 2) },
});

const onehot = of({
  nodes: [
    column(1),
    { op: 'OneHot', in: ['x1', 'depth', 'values'], out: ['hot'] },
    { op: 'Equal', in: ['x', 'asked'], out: ['same'] },
    { op: 'Cast', in: ['same'], out: ['wide'], attributes: { to: 1 } },
    { op: 'Concat', in: ['hot', 'wide'], out: ['all'], attributes: { axis: 1 } },
    { op: 'Gemm', in: ['all', 'w'] },
  ],
  initializers: { ...columns, depth: scalar(7), values: floats([2], [0, 1]), asked: ints(3, 6, 1), w: weights(10, 2) },
});

const models = { embeddings, offsets, onehot };
const pairs = SIZES.map((size): [number, number] => [0, size - 1]);

/** Every row. */
const rows = Array.from({ length: SIZES[0] * SIZES[1] * SIZES[2] }, (_, i) => [i % 4, Math.floor(i / 4) % 7, Math.floor(i / 28)]); // prettier-ignore
const samplesOf = (list: readonly (readonly number[])[]): Samples => ({
  count: list.length,
  inputs: { x: Float64Array.from(list.flat()) },
});

async function reference(bytes: Uint8Array): Promise<number[][]> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const all: number[][] = [];
  for (const row of rows) {
    const answer = await session.run({ x: new Tensor('int64', BigInt64Array.from(row, BigInt), [1, 3]) });
    all.push(Array.from(Object.values(answer)[0].data as Float32Array));
  }
  await session.release();
  return all;
}

describe.each(Object.entries(models))('%s', (_, bytes) => {
  it.each(['lookup', 'plain'] as const)('is as onnxruntime has it for every row, in %s', async (argument) => {
    const { circuit } = await compile(bytes, { argument, bits: 10, inputRanges: { x: pairs } });
    expect(circuit.tensors[circuit.inputs[0].tensor].columns).toEqual({ axis: 1, ends: pairs });
    expect(circuit.publics[0]).toMatchObject({ lo: 0, hi: 6, bits: 8, scale: 1, zero: 0, columns: { axis: 1, ends: pairs } }); // prettier-ignore
    const { outputs } = await run(circuit, samplesOf(rows));
    const want = await reference(bytes);
    outputs.forEach((out, i) => {
      const { floats: got } = Object.values(out)[0];
      got.forEach((v, o) => expect(Math.abs(v - want[i][o]), `${rows[i].join()}: ${o}`).toBeLessThan(4e-3));
    });
    expect(await check(circuit, samplesOf(rows.slice(-1)))).toMatchObject({ satisfied: true });
    for (const seed of [1, 2]) legal(circuit, someCorners(circuit, seed));
    const again = decodeCircuit(encodeCircuit(circuit), 'circuit.json');
    expect(encodeCircuit(recompile(bytes, again)!.circuit)).toBe(encodeCircuit(circuit));
  });
});

describe('a category too many', () => {
  const options = { bits: 8, inputRanges: { x: pairs } };

  it('is one error that names row and column; with clamp it is the nearest', async () => {
    const { circuit } = await compile(embeddings, options);
    const bad = samplesOf([[3, 6, 2], [0, 5, 3]]); // prettier-ignore
    const refusal = { code: 'range', message: 'expected a value in [0, 2], got 3', where: 'x[2] of sample 1' };
    expect(() => publicWords(circuit, bad, { index: 1 })).toThrow(expect.objectContaining(refusal));
    const clamped = publicWords(circuit, bad, { index: 1, clamp: true });
    expect(clamped).toEqual(publicWords(circuit, samplesOf([[0, 5, 2]])));
    // whoever has the key alone is told so, too
    expect(() => inputWords(circuit, { x: [0, 5, 3] })).toThrow('expected a value in [0, 2], got 3');
    expect(() => inputWords(circuit, { x: [0, 5, 1.5] })).toThrow('expected an integer, got 1.5');
    expect(inputWords(circuit, { x: [0, 5, 3] }, { clamp: true })).toEqual(clamped.slice(0, 1));
  });

  it('has no words: the key says the range of each column', async () => {
    const { circuit } = await compile(embeddings, options);
    const [input] = circuit.publics;
    expect(packWords([input], [[3, 6, 2]])).toEqual([0x020603n]);
    expect(() => packWords([input], [[3, 6, 3]])).toThrow('x[2]: expected an integer in [0, 2], got 3');
    expect(unpackWords([input], [0x020603n])).toEqual([[3, 6, 2]]);
    for (const word of [0x030603n, 0x020604n, 0x020703n]) {
      expect(unpackWords([input], [word])).toBeNull();
      expect(() => publicWords(circuit, { words: [word] })).toThrow('expected words in the layout of this input');
    }
  });

  it('in a range that leaves a table is refused by node, with what to do', async () => {
    const compiled = compile(embeddings, { inputRanges: { x: [0, 3], 'x[1]': [0, 6] } });
    await expect(compiled).rejects.toMatchObject({
      code: 'unsupported',
      message: 'expected indices of [-3, 2], the proven interval is [0, 3]',
      hint: expect.stringContaining("'NAME[i]=LO,HI' for a column") as string,
    });
  });
});

describe('ranges from data', () => {
  it('are those of the columns', async () => {
    for (const bytes of [embeddings, offsets]) {
      const { circuit, margins, report } = await compile(bytes, { bits: 10, calibration: samplesOf(rows) });
      expect(circuit.options.ranges).toEqual({ x: { axis: 1, ends: pairs } });
      expect(margins).toEqual({});
      expect(report.agreement).toBe(1);
    }
    // whatever the halves of it show, where one range leaves a table: every other row is another one
    const few = [[0, 0, 0], [3, 4, 0], [1, 0, 1], [2, 6, 2]]; // prettier-ignore
    const { circuit } = await compile(embeddings, { calibration: samplesOf(few) });
    expect(circuit.options.ranges['x'].ends).toEqual(pairs);
    const alike = few.map(([a, , b]) => [a, b, a % 3]);
    expect((await compile(embeddings, { calibration: samplesOf(alike) })).circuit.options.ranges['x']).toEqual({ axis: 1, ends: [[0, 3], [0, 2], [0, 2]] }); // prettier-ignore
  });

  it('give way to the ranges of columns that are declared', async () => {
    const calibration = samplesOf(rows.filter(([category]) => category > 0));
    const { circuit } = await compile(offsets, {
      bits: 10,
      calibration,
      inputRanges: { 'x[2]': [0, 1.5] },
      allowLoss: true,
    });
    expect(circuit.options.ranges['x'].ends).toEqual([[1, 3], [0, 6], [0, 1.5]]); // prettier-ignore
  });
});

describe.each(['lookup', 'plain'] as const)('a proof in %s', (argument) => {
  it('says the integers of each column to library and contract', async () => {
    for (const bytes of [embeddings, offsets]) {
      const { circuit } = await compile(bytes, { argument, bits: 6, inputRanges: { x: pairs } });
      const { provingKey, vkey } = await setup(circuit, { dev: true });
      const { proof } = await prove(circuit, provingKey, vkey, samplesOf([[2, 6, 1]]), {});
      const json = parseVerificationKey(JSON.parse(JSON.stringify(serializeVerificationKey(vkey))));
      expect(json.publics).toEqual(circuit.publics);
      const answer = verify(json, proof, { allowInsecureKey: true });
      expect(answer).toMatchObject({ valid: true, inputs: { x: { ints: [2, 6, 1], floats: [2, 6, 1] } } });
    }
  });
});

describe('several samples in one proof', () => {
  it('have the ranges of columns each', async () => {
    const { circuit } = await compile(offsets, { bits: 6, batch: 3, inputRanges: { x: [[0, 3], [0, 6], [1, 2]] } }); // prettier-ignore
    const { shape, columns } = circuit.tensors[circuit.inputs[0].tensor];
    expect([shape, columns]).toEqual([[3, 3], { axis: 1, ends: [[0, 3], [0, 6], [1, 2]] }]); // prettier-ignore
    const good = samplesOf([[3, 6, 2, 0, 0, 1, 1, 2, 1]]); // prettier-ignore
    expect(await check(circuit, good)).toMatchObject({ satisfied: true });
    const bad = samplesOf([[3, 6, 2, 0, 0, 0, 1, 2, 1]]); // prettier-ignore
    await expect(check(circuit, bad)).rejects.toMatchObject({ code: 'range', where: 'x[5]' });
  });
});
