// docs/vectors: our verifier, the contracts and a verifier written from the page give the verdicts that the files state.
import { bytesToHex } from '@noble/hashes/utils.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeProof, encodeProof, parseVerificationKey, verify, type LookupKey } from '#verifier/index.js';
import { challenge, contextSignal, fingerprint, serializeProof, vkDigest } from '#verifier/index.js';
import { parseLookupProof } from '#verifier/proof.js';
import { solidityVerifier, universalVerifier, universalCalldata, verifyCalldata } from '#verifier/solidity/index.js';
import { deploy } from '../verifier/evm.js';
import { accepts, decode, transcript } from './from-the-page.js';

interface Case {
  readonly name: string;
  readonly proof: Record<string, unknown>;
  readonly context: string;
  readonly allowInsecureKey: boolean;
  readonly change?: Record<string, unknown>;
  readonly verdict: string;
}
interface Vectors {
  readonly vkey: Record<string, unknown>;
  readonly context: string;
  readonly proof: Record<string, unknown>;
  readonly bytes: string;
  readonly transcript: Record<string, string>;
  readonly ints: Record<string, number[]>;
  readonly cases: readonly Case[];
}
const read = (name: string): Vectors => JSON.parse(readFileSync(`docs/vectors/${name}.json`, 'utf8'));
const [lookup, plain] = [read('lookup'), read('plain')];

describe.each([
  ['lookup', lookup],
  ['plain', plain],
])('%s', (_, { vkey, context, proof, bytes, ints, cases }) => {
  it.each(cases)('$name: $verdict', ({ proof, context, allowInsecureKey, change, verdict }) => {
    const key = { ...vkey, ...change };
    const ask = () => verify(key, proof, { context, allowInsecureKey });
    if (verdict === 'format') expect(ask).toThrow(expect.objectContaining({ code: 'format' }));
    else expect(ask()).toMatchObject(verdict === 'valid' ? { valid: true } : { valid: false, reason: verdict });
    expect(accepts(key, proof, context, allowInsecureKey)).toBe(verdict === 'valid');
  });

  it('holds both verdicts and the reasons that a proof can have', () => {
    const verdicts = new Set(cases.map(({ verdict }) => verdict));
    for (const reason of ['valid', 'pairing', 'malformed', 'public-count', 'not-in-field', 'infinity', 'insecure-key'])
      expect(verdicts).toContain(reason);
  });

  it('the contract gives the same verdicts', async () => {
    const contract = await deploy(solidityVerifier(vkey, { allowInsecureKey: true }));
    const universal = vkey.argument === 'lookup' ? await deploy(universalVerifier({ allowInsecureKey: true })) : null;
    for (const { name, proof, context, change, verdict } of cases) {
      if (change || !['valid', 'pairing', 'not-on-curve', 'wrong-subgroup', 'infinity'].includes(verdict)) continue;
      const { answer } = await contract.call(verifyCalldata(vkey, proof, context).data);
      expect(answer, name).toBe(verdict === 'valid');
      if (!universal) continue;
      expect((await universal.call(universalCalldata(vkey, proof, context).data)).answer, name).toBe(answer);
    }
  });

  it('the binary form and the integers', () => {
    const { words, publicSignals } = proof as Record<string, string[] | undefined>;
    const publics = (words ?? publicSignals ?? []).map(BigInt);
    const decoded = decodeProof(Uint8Array.from(Buffer.from(bytes, 'hex')), publics);
    expect(serializeProof(decoded)).toEqual(proof);
    expect(bytesToHex(encodeProof(decoded))).toBe(bytes);
    const answer = verify(vkey, proof, { context, allowInsecureKey: true });
    if (!answer.valid) throw new Error(answer.reason);
    const { inputs, outputs } = answer;
    expect(Object.entries({ ...inputs, ...outputs }).map(([name, { ints }]) => [name, ints])).toEqual(
      Object.entries(ints),
    );
    expect(decode(vkey.publics, publics.slice(words ? 0 : 1))).toEqual(ints);
  });
});

it('the transcript of lookup, by the library and by the page', () => {
  const { vkey, context, proof, transcript: values } = lookup;
  const key = parseVerificationKey(vkey);
  if (key.argument !== 'lookup') throw new Error('expected a lookup key');
  const { words, D } = parseLookupProof(proof, (proof.words as string[]).length);
  const X = challenge(key, words, D, context);
  expect({
    vkDigest: bytesToHex(vkDigest(key)),
    X: `${X}`,
    F: `${fingerprint(words, X)}`,
  }).toEqual({ vkDigest: values.vkDigest, X: values.X, F: values.F });
  const be = (v: bigint): Uint8Array => Uint8Array.from(Buffer.from(v.toString(16).padStart(64, '0'), 'hex'));
  const page = transcript(vkey, context, [...words], D.map(be));
  expect({
    publicsText: page.publicsText,
    publicsDigest: bytesToHex(page.publicsDigest),
    vkDigest: bytesToHex(page.vkDigest),
    seed: bytesToHex(page.seed),
    X: `${page.X}`,
    F: `${page.F}`,
  }).toEqual(values);
});

it('fields that an output may have are in the digest, by the library as by the page', () => {
  const publics = lookup.vkey['publics'] as readonly object[];
  const digests = [
    {},
    { decision: { rule: 'argmin', axis: 1 } },
    { read: { function: 'sigmoid', axis: null } },
    { read: { function: 'sigmoid', axis: null }, decision: { rule: 'sign', axis: null } },
  ].map((more) => {
    const vkey = { ...lookup.vkey, publics: [...publics.slice(0, -1), { ...publics.at(-1), ...more }] };
    const digest = bytesToHex(vkDigest(parseVerificationKey(vkey) as LookupKey));
    return [digest, vkey] as const;
  });
  expect(digests[0][0]).toBe(lookup.transcript['vkDigest']);
  expect(new Set(digests.map(([digest]) => digest)).size).toBe(digests.length);
  const words = (lookup.proof['words'] as string[]).map(BigInt);
  for (const [digest, vkey] of digests) {
    expect(bytesToHex(transcript(vkey, lookup.context, words, []).vkDigest)).toBe(digest);
  }
});

it('the context signal of plain', () => {
  expect(plain.transcript).toEqual({ contextSignal: `${contextSignal(plain.context)}` });
  expect((plain.proof.publicSignals as string[])[0]).toBe(plain.transcript.contextSignal);
});
