// A development key, proofs from the library, and what verifiers say of them and of their corrupted twins, in Node and in an EVM.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldBytes } from '#compiler/circuit/field.js';
import { quantiseInputs, type Samples } from '#compiler/quantize/inputs.js';
import { parseBin } from '#prover/files/binfile.js';
import { commit } from '#prover/commit.js';
import { sumOfFew } from '#prover/few.js';
import { check, prove, setup, type SetupResult } from '#prover/index.js';
import { commitmentKey } from '#prover/files/key.js';
import { mod } from '#verifier/field.js';
import { challenge, serializeProof, serializeVerificationKey, verify } from '#verifier/index.js';
import type { LookupKey, LookupProof, ProofJson } from '#verifier/index.js';
import { parseLookupProof } from '#verifier/proof.js';
import { publicWordCount } from '#verifier/key.js';
import { solidityVerifier, verifyCalldata } from '#verifier/solidity/index.js';
import { basisSum, closeCurve, groth16Prove } from '../prover/stock.js';
import { deploy } from '../verifier/evm.js';
import { CONTEXT } from '../verifier/simulator.js';
import { commonTwins, toJson } from '../verifier/twins.js';
import { broken, honest, linked, solve, type Linked } from './solve.js';
import { tiny } from './tiny.js';

const circuit = tiny();
const samples: Samples = { count: 1, inputs: { x: Float64Array.of(0.9, -0.4, 0.1, -1, 1, 0.3) } };
const open = { allowInsecureKey: true, context: CONTEXT };
let keys: SetupResult;
let key: LookupKey;
let proofs: ProofJson[];

beforeAll(async () => {
  keys = await setup(circuit, { dev: true });
  if (keys.vkey.argument !== 'lookup') throw new Error('expected a lookup key');
  key = keys.vkey;
  proofs = [];
  for (let i = 0; i < 2; i++)
    proofs.push((await prove(circuit, keys.provingKey, key, samples, { context: CONTEXT })).proof);
});
afterAll(closeCurve);

const parsed = (proof: ProofJson): LookupProof => parseLookupProof(proof, publicWordCount(key));

describe('a lookup proof', () => {
  it('is of a satisfied circuit, whose rows the key counts', async () => {
    const answer = await check(circuit, samples);
    expect(answer).toEqual({ satisfied: true, rows: keys.rows, violations: 0 });
    expect(keys).toMatchObject({ insecure: true, contributions: 0, domain: 384 });
  });

  it('verifies, for its context alone, with the outputs of the circuit', () => {
    const answer = verify(serializeVerificationKey(key), proofs[0], open);
    expect(answer).toMatchObject({ valid: true, outputs: { a: { shape: [1] }, y: { shape: [1, 2] } } });
    expect(verify(key, proofs[0], { allowInsecureKey: true })).toMatchObject({ valid: false, reason: 'pairing' });
    expect(verify(key, proofs[0], { context: CONTEXT })).toMatchObject({ valid: false, reason: 'insecure-key' });
  });

  it('shares no element with another proof of the same statement', () => {
    const [one, two] = proofs.map(parsed);
    for (const name of ['A', 'B', 'C', 'D'] as const) expect(one[name]).not.toEqual(two[name]);
    expect(one.words).toEqual(two.words);
  });

  it('is refused in every corrupted twin, with the reason', () => {
    const [one, two] = proofs.map(parsed);
    for (const twin of commonTwins(one, one.words, two)) {
      const answer = verify(key, toJson(twin), { ...open, context: twin.context });
      expect(`${twin.name}: ${answer.valid ? 'valid' : answer.reason}`).toBe(`${twin.name}: ${twin.reason}`);
    }
  });

  it('is accepted by the contract, and refused there for another word, element or context', async () => {
    const vkey = serializeVerificationKey(key);
    const contract = await deploy(solidityVerifier(vkey, { allowInsecureKey: true }));
    expect((await contract.call(verifyCalldata(vkey, proofs[0], CONTEXT).data)).answer).toBe(true);
    expect((await contract.call(verifyCalldata(vkey, proofs[0]).data)).answer).toBe(false);
    const [one, two] = proofs.map(parsed);
    const twins: LookupProof[] = [
      { ...one, words: one.words.map((w, i) => (i === 0 ? w + 1n : w)) },
      { ...one, D: two.D },
      { ...one, C: two.C, D: two.D },
    ];
    for (const twin of twins) {
      const { answer } = await contract.call(verifyCalldata(vkey, serializeProof(twin), CONTEXT).data);
      expect(answer).toBe(false);
    }
  });

  it('has 320 bytes', async () => {
    const { proofBytes } = await prove(circuit, keys.provingKey, key, samples);
    expect(proofBytes).toBe(320);
  });
});

describe('a prover that lies', () => {
  let l: Linked;
  let committed: bigint[];
  beforeAll(async () => {
    l = await linked(circuit);
    const { stored } = quantiseInputs(circuit, samples, 0, false);
    committed = honest(l, stored, 12345n ** 20n).slice(1, 1 + l.system.nCommitted);
  });

  /** The proof for committed values, and for others that take their place once X is known. */
  async function forge(
    values: readonly bigint[],
    later: (values: readonly bigint[], X: bigint) => readonly bigint[] = (same) => same,
  ): Promise<{ readonly answer: string; readonly rows: number }> {
    const file = parseBin(keys.provingKey, 'ifpk');
    const { D, unmask } = await commit(commitmentKey(file), fieldBytes(values.map(mod)), basisSum(file), sumOfFew);
    const { words } = parsed(proofs[0]);
    const X = challenge(key, words, D);
    const wires = solve(l, later(values, X), X);
    const points = await unmask(await groth16Prove(file, fieldBytes(wires)));
    const answer = verify(key, serializeProof({ argument: 'lookup', ...points, words }), { allowInsecureKey: true });
    return { answer: answer.valid ? 'valid' : answer.reason, rows: broken(l.system, wires, 10).length };
  }

  /** One more for the first output of the table gadget that nothing but the outputs reads, its multiplicity taken back. */
  function lie(): bigint[] {
    const group = l.wires.instances.find(({ gadget }) => gadget.template === 'LookupRescale')!;
    return committed.map((v, i) => (i + 1 === group.wire(0, 1) ? v + 1n : v));
  }

  it('passes with the truth, and not with a lie', async () => {
    expect(commitmentKey(parseBin(keys.provingKey, 'ifpk')).owners).toHaveLength(l.system.nCommitted);
    expect(await forge(committed)).toEqual({ answer: 'valid', rows: 0 });
    expect((await forge(lie())).answer).toBe('pairing');
  });

  it('gains nothing from wires that are chosen after the challenge: D was hashed with the others', async () => {
    // the multiplicities of the last table, moved together so that its sum still closes
    const { table, m } = l.wires.challenge!.tables.at(-1)!;
    const key = (X: bigint, i: number): bigint => mod(X - BigInt(table.first + i));
    const answer = await forge(committed, (values, X) =>
      values.map((v, w) => (w + 1 === m ? v + key(X, 0) : w + 1 === m + 1 ? v - key(X, 1) : v)),
    );
    expect(answer).toEqual({ answer: 'pairing', rows: 0 });
  });
});
