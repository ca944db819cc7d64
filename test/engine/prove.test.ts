// The last rungs, with keys: whole circuits proved and checked by the library, by snarkjs and by the contract in an EVM;
// then every public value, every number of the proof and every point of the key made another, and a witness that lies.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { witness } from '#compiler/circuit/witness.js';
import { quantiseInputs, type Samples } from '#compiler/quantize/inputs.js';
import { prove } from '#prover/prove.js';
import { setup } from '#prover/keys.js';
import { mod, R, toHex } from '#verifier/field.js';
import {
  contextSignal,
  parseVerificationKey,
  serializeProof,
  serializeVerificationKey,
  unpackWords,
  verify,
  type Proof,
  type ProofJson,
  wordCount,
} from '#verifier/index.js';
import { parsePlainProof, type PlainProof } from '#verifier/proof.js';
import { solidityVerifier, verifyCalldata } from '#verifier/solidity/index.js';
import { circuits, generator, naive, perceptron } from '../compiler/circuits.js';
import { closeCurve, groth16Prove, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';
import { deploy } from '../verifier/evm.js';

const CONTEXT = toHex(new Uint8Array(32).fill(7));
const build = new Map(circuits);

/** Every circuit in the full run, those of few rows otherwise. */
const proved =
  process.env['INFERPROOF_FULL'] === '1' ? [...build.keys()] : ['perceptron', 'tabular', 'products', 'channels'];

/** One sample of reals inside the ranges. */
function sampleOf({ inputs, tensors, options }: Circuit): Samples {
  const random = generator(5);
  const values = inputs.map(({ name, tensor, dtype }) => {
    const { axis, ends } = options.ranges[name];
    const { shape } = tensors[tensor];
    const n = shape.reduce((a, b) => a * b, 1);
    const stride = shape.slice((axis ?? 0) + 1).reduce((a, b) => a * b, 1);
    const value = (i: number): number => {
      const [lo, hi] = ends[Math.floor(i / stride) % ends.length];
      const x = lo + random() * (hi - lo);
      return dtype.startsWith('float') ? x : Math.round(x);
    };
    return [name, Float64Array.from({ length: n }, (_, i) => value(i))] as const;
  });
  return { count: 1, inputs: Object.fromEntries(values) };
}

const wordsOf = ({ publics }: Circuit): number => publics.reduce((n, tensor) => n + wordCount(tensor), 0);

interface Stock {
  readonly snarkjs: StockKey;
}

afterAll(closeCurve);

describe.each(proved)('%s', (name) => {
  let circuit: Circuit;
  let samples: Samples;
  let provingKey: Uint8Array;
  let key: ReturnType<typeof parseVerificationKey>;
  let proof: PlainProof;
  beforeAll(async () => {
    circuit = build.get(name)?.() ?? perceptron();
    samples = sampleOf(circuit);
    const made = await setup(circuit, { dev: true });
    [provingKey, key] = [made.provingKey, made.vkey];
    const result = await prove(circuit, provingKey, key, samples, { context: CONTEXT });
    proof = parsePlainProof(result.proof, 1 + wordsOf(circuit));
  });

  const stockKey = (vkey: unknown): StockKey => (vkey as Stock).snarkjs;
  const stockProof = (json: ProofJson): StockProof => json['proof'] as StockProof;
  const ours = (vkey: unknown, json: unknown): ReturnType<typeof verify> =>
    verify(vkey, json, { context: CONTEXT, allowInsecureKey: true });
  /** snarkjs answers false, or throws where it cannot read a point. */
  const theirs = (vkey: unknown, json: ProofJson): Promise<boolean> =>
    groth16Verify(stockKey(vkey), (json['publicSignals'] as string[]).map(BigInt), stockProof(json)).catch(() => false);

  it('is accepted by the library and by snarkjs, with the outputs that the circuit means', async () => {
    const json = serializeProof(proof);
    expect(ours(key, json)).toMatchObject({ valid: true });
    expect(await theirs(serializeVerificationKey(key), json)).toBe(true);
    const { stored } = quantiseInputs(circuit, samples, 0, false);
    const meaning = naive(circuit, stored);
    const ids = circuit.options.public === 'output' ? circuit.outputs : [...circuit.inputs, ...circuit.outputs];
    const expected = ids.map(({ tensor }) => meaning[tensor].map((u) => Number(u) + circuit.tensors[tensor].lo));
    expect(unpackWords(key.publics, proof.signals.slice(1))).toEqual(expected);
  });

  it('is refused by both with any public value changed', async () => {
    for (let i = 0; i < proof.signals.length; i++) {
      for (const by of [1n, R - 1n, 1n << 40n]) {
        const signals = proof.signals.map((v, j) => (j === i ? mod(v + by) : v));
        const json = serializeProof({ ...proof, signals });
        expect(ours(key, json), `signal ${i}`).toEqual({ valid: false, reason: i === 0 ? 'context' : 'pairing' });
        if (by === 1n) expect(await theirs(serializeVerificationKey(key), json), `signal ${i}`).toBe(false);
      }
      const over = serializeProof({ ...proof, signals: proof.signals.map((v, j) => (j === i ? v + R : v)) });
      expect(ours(key, over)).toEqual({ valid: false, reason: 'not-in-field' });
    }
    // the context is in no row, but its signal is in the key: nobody moves a proof to another request
    const other = toHex(new Uint8Array(32).fill(8));
    const moved = serializeProof({ ...proof, signals: [contextSignal(other), ...proof.signals.slice(1)] });
    expect(verify(key, moved, { context: other, allowInsecureKey: true })).toEqual({ valid: false, reason: 'pairing' });
    for (const signals of [proof.signals.slice(1), [...proof.signals, 0n]]) {
      expect(ours(key, serializeProof({ ...proof, signals }))).toEqual({ valid: false, reason: 'public-count' });
    }
  });

  it('is refused by both with any number of the proof changed, or a point exchanged', async () => {
    const { A, B, C } = proof;
    const swapped: Proof[] = [
      { ...proof, A: [A[0] + 1n, A[1]] },
      { ...proof, A: [A[0], A[1] + 1n] },
      { ...proof, B: [[B[0][0] + 1n, B[0][1]], B[1]] },
      { ...proof, B: [[B[0][0], B[0][1] + 1n], B[1]] },
      { ...proof, B: [B[0], [B[1][0] + 1n, B[1][1]]] },
      { ...proof, B: [B[0], [B[1][0], B[1][1] + 1n]] },
      { ...proof, C: [C[0] + 1n, C[1]] },
      { ...proof, C: [C[0], C[1] + 1n] },
      { ...proof, A: C },
      { ...proof, C: A },
      { ...proof, A: C, C: A },
    ];
    for (const [i, wrong] of swapped.entries()) {
      const json = serializeProof(wrong);
      expect(ours(key, json), `change ${i}`).toEqual({ valid: false, reason: i < 8 ? 'not-on-curve' : 'pairing' });
      expect(await theirs(serializeVerificationKey(key), json), `change ${i}`).toBe(false);
    }
  });

  it('is refused by both under a key with any point exchanged for another one', async () => {
    const whole = serializeVerificationKey(key) as unknown as { snarkjs: Record<string, unknown> & { IC: unknown[] } };
    const stock = whole.snarkjs;
    const { IC } = stock;
    const used = [...proof.signals.keys()].filter((i) => proof.signals[i] !== 0n).map((i) => i + 1);
    const exchanged = [
      { vk_alpha_1: IC[0] },
      { vk_beta_2: stock['vk_delta_2'] },
      { vk_delta_2: stock['vk_beta_2'] },
      ...[0, ...used].map((i) => ({ IC: IC.map((point, j) => (j === i ? stock['vk_alpha_1'] : point)) })),
    ];
    const json = serializeProof(proof);
    for (const other of exchanged) {
      const wrong = { ...whole, snarkjs: { ...stock, ...other } };
      expect(ours(wrong, json), Object.keys(other).join()).toEqual({ valid: false, reason: 'pairing' });
      expect(await theirs(wrong, json), Object.keys(other).join()).toBe(false);
    }
    expect(verify(key, json, { context: CONTEXT })).toEqual({ valid: false, reason: 'insecure-key' });
  });

  it('has no proof for a witness that lies, true words or false ones', async () => {
    const wires = arrange(circuit);
    const { stored } = quantiseInputs(circuit, samples, 0, false);
    const honest = witness(wires, (id) => stored.get(id) ?? [], proof.signals[0]).witness.bytes;
    for (const wire of [1 + wires.nPublic - 1, 1 + wires.nPublic, wires.nWires - 1]) {
      const bytes = honest.slice();
      bytes[32 * wire] ^= 1;
      const points = await groth16Prove(provingKey, bytes);
      const signals = proof.signals.map((v, i) => (1 + i === wire ? v ^ 1n : v));
      const json = serializeProof({ argument: 'plain', ...points, signals });
      expect(ours(key, json), `wire ${wire}`).toEqual({ valid: false, reason: 'pairing' });
      expect(await theirs(serializeVerificationKey(key), json)).toBe(false);
    }
  });

  it('is accepted by its contract, and refused with a word, a number of the proof or the context changed', async () => {
    const { call } = await deploy(solidityVerifier(key, { allowInsecureKey: true }));
    const { data } = verifyCalldata(key, serializeProof(proof), CONTEXT);
    expect((await call(data)).answer).toBe(true);
    // selector, then 32-byte items: context, offset of the words, 8 numbers, count, words
    const items = (data.length - 10) / 64;
    const flipped = (item: number): `0x${string}` => {
      const at = 10 + 64 * item + 63;
      return `0x${data.slice(2, at)}${(parseInt(data[at], 16) ^ 1).toString(16)}${data.slice(at + 1)}`;
    };
    for (const item of [...Array(items).keys()].filter((i) => i !== 1)) {
      expect((await call(flipped(item))).answer, `item ${item}`).not.toBe(true);
    }
  });
});
