// B = O takes A out of the equation. Only who knows the key's secrets can answer it, so it is no attack; but what the library refuses the
// contracts refuse too. The sum of the public values may be O: its pairing is 1.
import { expect, it } from 'vitest';
import { inverse, mod } from '#verifier/field.js';
import { proofNumbers, type Proof } from '#verifier/proof.js';
import { solidityVerifier, universalVerifier } from '#verifier/solidity/index.js';
import { challenge, contextSignal, fingerprint, keyItems, vkDigest } from '#verifier/transcript.js';
import { concat, toBytesBE, toHex } from '#verifier/field.js';
import { verify } from '#verifier/index.js';
import { packWords } from '#verifier/words.js';
import { deploy, selector } from './evm.js';
import { INTS, lookupFixture, plainFixture, PUBLICS, scalar, toG1 } from './simulator.js';
import { toJson } from './twins.js';

const WORDS = packWords(PUBLICS, INTS);
const O = [[0n, 0n], [0n, 0n]] as const; // prettier-ignore
const lookup = lookupFixture();
const plain = plainFixture();
/** Lookup keys are development keys. */
const dev = { allowInsecureKey: true };

/** Proofs of the words with B = O, from the secrets. */
function lookupProof(): Proof {
  const { alpha, beta, delta, eta, ic } = lookup.secrets;
  const d = scalar('infinity d');
  const X = challenge(lookup.key, WORDS, toG1(d));
  const sum = ic[0] + X * ic[1] + fingerprint(WORDS, X) * ic[2];
  const c = mod(-(alpha * beta + sum + eta * d)) * inverse(delta);
  return { argument: 'lookup', A: toG1(scalar('a')), B: O, C: toG1(c), D: toG1(d), words: WORDS };
}
function plainProof(): Proof {
  const { alpha, beta, delta, ic } = plain.secrets;
  const signals = [contextSignal(), ...WORDS];
  const sum = signals.reduce((total, v, i) => total + v * ic[i + 1], ic[0]);
  const c = mod(-(alpha * beta + sum)) * inverse(delta);
  return { argument: 'plain', A: toG1(scalar('a')), B: O, C: toG1(c), signals };
}

/** The call with the words behind the proof; `before` is what stands in front of the words' offset. */
function call(signature: string, before: readonly Uint8Array[], proof: readonly bigint[]): `0x${string}` {
  const head = Uint8Array.from(Buffer.from(selector(signature).slice(2), 'hex'));
  const offset = BigInt(32 * (before.length + 1 + proof.length));
  return toHex(concat([head, ...before, ...[offset, ...proof, BigInt(WORDS.length), ...WORDS].map(toBytesBE)]));
}

const none = new Uint8Array(32);
const universal = 'verify(bytes32,uint256[23],bytes32,uint256[],uint256[10])';
it.each([
  [
    'lookup',
    lookup.json,
    solidityVerifier(lookup.json, dev),
    lookupProof(),
    'verify(bytes32,uint256[],uint256[10])',
    [none],
  ],
  ['plain', plain.json, solidityVerifier(plain.json), plainProof(), 'verify(bytes32,uint256[],uint256[8])', [none]],
  [
    'universal',
    lookup.json,
    universalVerifier(dev),
    lookupProof(),
    universal,
    [vkDigest(lookup.key), ...keyItems(lookup.key).map(toBytesBE), none],
  ],
] as const)('%s: B at infinity in an equation that holds', async (_, key, source, proof, signature, before) => {
  const numbers = proofNumbers(proof);
  const file = toJson(
    { name: '', words: WORDS, proof: numbers, context: '', reason: 'infinity' },
    proof.argument === 'plain' ? 0n : undefined,
  );
  expect(verify(key, file, dev)).toEqual({ valid: false, reason: 'infinity' });
  const data = call(signature, before, numbers);
  expect((await (await deploy(source)).call(data)).answer).toBe(false);
  const toothless = source.replace(
    /if iszero\(or\(\s*or\(calldataload\(add\(proof, 64\)\)[\s\S]*?\{ reject\(\) \}/,
    '',
  );
  expect((await (await deploy(toothless)).call(data)).answer).toBe(true);
});

it('takes a proof of public values whose sum is infinity', async () => {
  const { ic } = plain.secrets;
  const rest = WORDS.reduce((sum, word, i) => sum + word * ic[i + 2], 0n); // the context's signal is 0
  const key = plainFixture({ secrets: { ic: [mod(-rest), ...ic.slice(1)] } });
  const proof = key.simulate(WORDS);
  expect(verify(key.json, key.prove(WORDS)).valid).toBe(true);
  const data = call('verify(bytes32,uint256[],uint256[8])', [none], proofNumbers(proof));
  expect((await (await deploy(solidityVerifier(key.json))).call(data)).answer).toBe(true);
});
