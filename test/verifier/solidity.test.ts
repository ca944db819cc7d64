// The contracts, compiled by solc and run in an EVM: the cases of verify.test.ts, gas, decode.
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeFunctionData, parseAbi } from 'viem';
import { fromBytesBE } from '#verifier/field.js';
import * as strict from '#verifier/solidity/index.js';
import { universalCalldata, verifyCalldata, type SolidityOptions } from '#verifier/solidity/index.js';
import { proofNumbers, serializeProof } from '#verifier/proof.js';
import { keyItems, vkDigest } from '#verifier/transcript.js';
import { packWords, unpackWords } from '#verifier/words.js';
import type { LookupKey } from '#verifier/key.js';
import { calldataGas, compile, decodeCall, deploy, selector, type Contract } from './evm.js';
import { CONTEXT, INTS, lookupFixture, manyWords, plainFixture, PUBLICS, R, scalar } from './simulator.js';
import { algebraicTwins, commonTwins, type Case } from './twins.js';

const WORDS = packWords(PUBLICS, INTS);
const lookup = lookupFixture();
const plain = plainFixture();

/** Lookup keys are development keys. */
const solidityVerifier = (key: unknown, options?: SolidityOptions): string =>
  strict.solidityVerifier(key, { allowInsecureKey: true, ...options });
const universalVerifier = (): string => strict.universalVerifier({ allowInsecureKey: true });

/** The call by viem's encoder, which takes numbers that no proof file may hold. */
const ABI = parseAbi([
  'function verify(bytes32 context, uint256[] words, uint256[10] proof) view returns (bool)',
  'function verify(bytes32 context, uint256[] words, uint256[8] proof) view returns (bool)',
  'function verify(bytes32 digest, uint256[23] key, bytes32 context, uint256[] words, uint256[10] proof) view returns (bool)',
]);
const callOf = ({ context, words, proof }: Case): `0x${string}` => {
  const args = [context, words, proof] as never;
  return encodeFunctionData({ abi: [ABI[proof.length === 10 ? 0 : 1]], args });
};
const universalCallOf = (key: LookupKey, c: Case, digest = vkDigest(key), items = keyItems(key)): `0x${string}` => {
  const hex = `0x${Buffer.from(digest).toString('hex')}`;
  return encodeFunctionData({ abi: [ABI[2]], args: [hex, items, c.context, c.words, c.proof] as never });
};
/** 'valid' or 'refused'; a revert is itself. */
const verdict = (answer: boolean | string): string =>
  answer === true ? 'valid' : answer === false ? 'refused' : answer;

const lookupCases = [
  ...commonTwins(lookup.simulate(WORDS, CONTEXT), WORDS, lookup.simulate(WORDS, CONTEXT, 'other')),
  ...algebraicTwins(lookup.key, lookup.secrets, lookup.simulate(WORDS, CONTEXT)),
  {
    ...commonTwins(lookup.simulate(WORDS, CONTEXT), [], lookup.simulate(WORDS))[0],
    name: 'free-standing',
    words: WORDS,
    context: `0x${'0'.repeat(64)}`,
    reason: 'pairing' as const,
  },
];
const plainCases = [
  ...commonTwins(plain.simulate(WORDS, CONTEXT), WORDS, plain.simulate(WORDS, CONTEXT, 'other')),
  {
    ...commonTwins(plain.simulate(WORDS, CONTEXT), [], plain.simulate(WORDS))[0],
    name: 'free-standing',
    words: WORDS,
    context: `0x${'0'.repeat(64)}`,
    reason: 'context' as const,
  },
];

/** All cases have the right answer, and none costs more than the valid proof. */
async function agrees(contract: Contract, cases: readonly Case[], encode: (c: Case) => `0x${string}`): Promise<void> {
  const good = (await contract.call(encode(cases[0]))).gas;
  for (const c of cases) {
    const { answer, gas } = await contract.call(encode(c));
    expect(`${c.name}: ${verdict(answer)}`).toBe(`${c.name}: ${c.reason === 'valid' ? 'valid' : 'refused'}`);
    expect(gas, c.name).toBeLessThanOrEqual(good);
  }
}

describe('the contract of a lookup key', () => {
  let contract: Contract;
  beforeAll(async () => {
    contract = await deploy(solidityVerifier(lookup.json));
  });
  it('answers as the library does', () => agrees(contract, lookupCases, callOf));
  it('takes the calldata that the library writes', () => {
    const { data, words, proof } = verifyCalldata(
      lookup.json,
      serializeProof(lookup.simulate(WORDS, CONTEXT)),
      CONTEXT,
    );
    expect(data).toBe(callOf(lookupCases[0]));
    expect([words, proof]).toEqual([WORDS.map(String), lookupCases[0].proof.map(String)]);
    expect(() => verifyCalldata(lookup.json, {})).toThrow(/malformed/);
  });
  it('refuses proofs of another key', async () => {
    const other = await deploy(solidityVerifier(lookupFixture({ label: 'another' }).json));
    expect((await other.call(callOf(lookupCases[0]))).answer).toBe(false);
  });
  it('reverts on calldata that is not the ABI encoding', async () => {
    const data = callOf(lookupCases[0]);
    expect((await contract.call(data.slice(0, -64) as `0x${string}`)).answer).toMatch(/^revert 0x$/);
  });
  it('the range check matters: without it word + r is accepted', async () => {
    const source = solidityVerifier(lookup.json);
    const toothless = source.replace('inField := and(inField, lt(w, r))', '');
    expect(toothless).not.toBe(source);
    // X hashes the word as it stands, so a prover makes the proof for word + r; F is the same as the word's
    const claim = WORDS.with(0, WORDS[0] + R);
    const forged = lookup.simulate(claim, CONTEXT);
    const call = callOf({
      ...lookupCases[0],
      words: claim,
      proof: [
        ...forged.A,
        ...[forged.B[0][1], forged.B[0][0], forged.B[1][1], forged.B[1][0]],
        ...forged.C,
        ...forged.D,
      ],
    });
    expect((await contract.call(call)).answer).toBe(false);
    expect((await (await deploy(toothless)).call(call)).answer).toBe(true);
  });
  it('costs at most 240,000 gas up to 26 words, 275,000 the transaction with 28, 650 a word more', async () => {
    const cost = async (n: number): Promise<{ execution: number; transaction: number; size: number }> => {
      const f = lookupFixture({ publics: manyWords(n) });
      const words = Array.from({ length: n }, (_, i) => scalar(`${i}`) >> 6n); // 31 bytes, none of them 0 as a rule
      const { data } = verifyCalldata(f.json, f.prove(words, CONTEXT), CONTEXT);
      const { call, size } = await deploy(solidityVerifier(f.json));
      const { answer, gas } = await call(data);
      expect(answer).toBe(true);
      return { execution: gas, transaction: 21000 + calldataGas(data) + gas, size };
    };
    const [a, b, c] = [await cost(26), await cost(28), await cost(60)];
    expect(a.execution).toBeLessThanOrEqual(240_000);
    expect(b.transaction).toBeLessThanOrEqual(275_000);
    expect((c.transaction - b.transaction) / 32).toBeLessThanOrEqual(650);
    expect(c.size).toBeLessThan(6000);
  });
});

describe('the contract of a plain key', () => {
  let contract: Contract;
  beforeAll(async () => {
    contract = await deploy(solidityVerifier(plain.json));
  });
  it('answers as the library does', () => agrees(contract, plainCases, callOf));
  it('takes free-standing proofs', async () => {
    const { data } = verifyCalldata(plain.json, plain.prove(WORDS));
    expect((await contract.call(data)).answer).toBe(true);
  });
  it('takes the calldata that the library writes', () => {
    expect(verifyCalldata(plain.json, serializeProof(plain.simulate(WORDS, CONTEXT)), CONTEXT).data).toBe(
      callOf(plainCases[0]),
    );
    expect(() => verifyCalldata(plain.json, serializeProof(plain.simulate(WORDS, CONTEXT)))).toThrow(/context/);
  });
  it('the range check matters: without it word + r is accepted', async () => {
    const source = solidityVerifier(plain.json);
    const toothless = source.replace(/if iszero\(lt\(s, R\)\) \{\s*reject\(\)\s*\}/, '');
    expect(toothless).not.toBe(source);
    const call = callOf({ ...plainCases[0], words: WORDS.with(1, WORDS[1] + R) });
    expect((await contract.call(call)).answer).toBe(false);
    expect((await (await deploy(toothless)).call(call)).answer).toBe(true);
  });
  it.each([{ runs: 1_000_000 }, { runs: undefined }, { runs: 1_000_000, viaIR: true }])(
    'fits a contract up to 220 words and is refused beyond: %o',
    (settings) => {
      const at = (n: number): string => solidityVerifier(plainFixture({ publics: manyWords(n) }).json);
      expect(compile(at(220), 'Verifier', settings).size).toBeLessThanOrEqual(24_576);
      expect(() => at(221)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    },
  );
});

describe('the universal contract', () => {
  let contract: Contract;
  const { key } = lookup;
  const valid = lookupCases[0];
  beforeAll(async () => {
    contract = await deploy(universalVerifier());
  });
  it('answers as the library does', () => agrees(contract, lookupCases, (c) => universalCallOf(key, c)));
  it('takes the calldata that the library writes', () => {
    const { data } = universalCalldata(lookup.json, serializeProof(lookup.simulate(WORDS, CONTEXT)), CONTEXT);
    expect(data).toBe(universalCallOf(key, valid));
  });
  it('serves every model', async () => {
    const f = lookupFixture({ label: 'another', publics: manyWords(2) });
    expect((await contract.call(universalCalldata(f.json, f.prove([5n, 6n])).data)).answer).toBe(true);
  });
  it('refuses a key that does not have the digest, in any of its items', async () => {
    const items = keyItems(key);
    for (let i = 0; i < items.length; i++)
      expect(
        (await contract.call(universalCallOf(key, valid, vkDigest(key), items.with(i, items[i] ^ 1n)))).answer,
      ).toBe(false);
    expect((await contract.call(universalCallOf(key, valid, new Uint8Array(32)))).answer).toBe(false);
  });
  it.each([
    { delta: 1n },
    { delta: -1n },
    { eta: 1n },
    { eta: -1n },
    { eta: 99n, delta: 99n },
    { eta: 99n, delta: -99n },
  ])('refuses a degenerate key, and the check matters: %o', async (secrets) => {
    const f = lookupFixture({ secrets });
    const call = universalCalldata(f.json, f.prove(WORDS)).data;
    expect((await contract.call(call)).answer).toBe(false);
    const toothless = universalVerifier()
      .replace(/if or\(\s*or\([\s\S]*?\) \{ reject\(\) \}/, '')
      .replace(/if or\(or\([\s\S]*?\) \{ reject\(\) \}/, '');
    expect(toothless).not.toBe(universalVerifier());
    expect((await (await deploy(toothless)).call(call)).answer).toBe(true);
  });
  it('takes a development key only when built to', async () => {
    const call = universalCalldata(lookup.json, lookup.prove(WORDS)).data;
    expect((await contract.call(call)).answer).toBe(true);
    expect((await (await deploy(strict.universalVerifier())).call(call)).answer).toBe(false);
    const toothless = strict.universalVerifier().replace(/if calldataload\(add\(key, 0\)\) \{ reject\(\) \}/, '');
    expect(toothless).not.toBe(strict.universalVerifier());
    expect((await (await deploy(toothless)).call(call)).answer).toBe(true);
  });
  it('takes the key of a ceremony, built either way', async () => {
    const ceremony = lookupFixture({ insecure: false });
    const call = universalCalldata(ceremony.json, ceremony.prove(WORDS)).data;
    for (const source of [strict.universalVerifier(), universalVerifier()])
      expect((await (await deploy(source)).call(call)).answer).toBe(true);
    const own = strict.solidityVerifier(ceremony.json);
    expect(own).toMatch(/INSECURE = false/);
    expect(own).toMatch(ceremony.json['transcript'] as string);
    expect(own).toMatch("that is its maker's word until inferproof audit has verified it");
  });
  it('refuses a key whose flag is no flag, and the check matters', async () => {
    // no parser reads such a key, but its maker proves under it, and the contract sees items and their digest alone
    const claim: LookupKey = { ...key, insecure: 2 as never };
    const proof = proofNumbers(lookup.simulate(WORDS, CONTEXT, 'proof', claim));
    const call = universalCallOf(claim, { ...valid, proof });
    expect((await contract.call(call)).answer).toBe(false);
    const toothless = universalVerifier().replace(/if gt\(calldataload\(add\(key, 0\)\), 1\) \{ reject\(\) \}/, '');
    expect(toothless).not.toBe(universalVerifier());
    expect((await (await deploy(toothless)).call(call)).answer).toBe(true);
  });
  it('costs at most 15,000 gas more', async () => {
    const one = await deploy(solidityVerifier(lookup.json));
    const cost = async (c: Contract, data: `0x${string}`): Promise<number> =>
      (await c.call(data)).gas + calldataGas(data);
    const more = (await cost(contract, universalCallOf(key, valid))) - (await cost(one, callOf(valid)));
    expect(more).toBeLessThanOrEqual(15_000);
  });
});

describe('decode', () => {
  const fixtures = [lookup, plain].map((f) => f.json);
  it('gives the integers of all tensors, and refuses words as the library does', async () => {
    for (const json of fixtures) {
      const contract = await deploy(solidityVerifier(json));
      const ints = async (words: readonly bigint[]): Promise<number[] | string> => {
        const { answer, returned } = await contract.call(decodeCall(words));
        if (typeof answer === 'string') return answer;
        const values = Array.from({ length: returned.length / 32 }, (_, i) =>
          BigInt.asIntN(256, fromBytesBE(returned.subarray(32 * i, 32 * i + 32))),
        );
        return values.slice(2).map(Number);
      };
      expect(await ints(WORDS)).toEqual(INTS.flat());
      const range = `revert ${selector('WordRange(uint256)')}`;
      const count = `revert ${selector('WordCount(uint256)')}`;
      const bad = [
        WORDS.with(0, 201n),
        WORDS.with(0, WORDS[0] | (1n << 248n)),
        WORDS.with(1, 1n << 72n),
        WORDS.with(2, WORDS[2] | (1n << 96n)),
        WORDS.with(2, 140001n),
        WORDS.with(0, 2n ** 256n - 1n),
      ];
      for (const words of bad) {
        expect(unpackWords(PUBLICS, words)).toBeNull();
        expect(await ints(words)).toBe(range);
      }
      for (const words of [[...WORDS, 0n], WORDS.slice(1)]) {
        expect(unpackWords(PUBLICS, words)).toBeNull();
        expect(await ints(words)).toBe(count);
      }
    }
  });
});

describe('the source', () => {
  it('refuses development keys unless allowed, and then says so in its source and name', () => {
    for (const dev of [lookup, plainFixture({ insecure: true })]) {
      expect(() => strict.solidityVerifier(dev.json)).toThrow(expect.objectContaining({ code: 'insecure' }));
      const source = strict.solidityVerifier(dev.json, { allowInsecureKey: true });
      expect(source).toMatch(/abstract contract InsecureDevelopmentKeyVerifier/);
      expect(source).toMatch(/INSECURE = true/);
      expect(compile(source).size).toBeGreaterThan(0);
    }
    expect(strict.solidityVerifier(plain.json)).not.toMatch(/insecure development/i);
    expect(strict.solidityVerifier(plain.json)).toMatch(/INSECURE = false/);
  });
  it('refuses degenerate keys always', () => {
    const { json } = lookupFixture({ secrets: { delta: 1n } });
    expect(() => solidityVerifier(json, { allowInsecureKey: true })).toThrow(
      expect.objectContaining({ code: 'insecure' }),
    );
  });
  it('has the name that was asked for, an MIT header, and compiles without warning, unoptimised too', () => {
    const source = solidityVerifier(lookup.json, { name: 'DigitVerifier' });
    expect(source.startsWith('// SPDX-License-Identifier: MIT\n')).toBe(true);
    expect(compile(source, 'DigitVerifier', { runs: undefined }).size).toBeGreaterThan(0);
    expect(compile(solidityVerifier(lookupFixture({ publics: [] }).json)).size).toBeGreaterThan(0);
    expect(() => solidityVerifier(lookup.json, { name: 'a b' })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
