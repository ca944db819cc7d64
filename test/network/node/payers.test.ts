// Signatures of payers whose keys are known are taken exactly where recovering the signer takes them.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { toHex, type Address, type Hex } from 'viem';
import { expect, it } from 'vitest';
import { signerOf } from '#network/chain/signature.js';
import { openPayers, type Payers } from '#network/node/payers.js';
import { account } from '../world.js';

const [payer, other] = [account('payer'), account('other')];
const { ORDER } = secp256k1.Point.Fn;
const word = (value: bigint): string => value.toString(16).padStart(64, '0');
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): Hex => toHex(bytes));
const [rOf, sOf] = [(sig: Hex) => BigInt(sig.slice(0, 66)), (sig: Hex) => BigInt(`0x${sig.slice(66, 130)}`)];

/** What a cheat would send in place of a signature. */
const LIES: readonly ((own: Hex, digest: Hex, others: Hex) => Hex)[] = [
  (own) => own,
  (_own, _digest, others) => others,
  (own) => `${own.slice(0, -2)}${own.endsWith('1b') ? '1c' : '1b'}` as Hex,
  (own) => `${own.slice(0, -2)}${own.endsWith('1b') ? '1d' : '1e'}` as Hex,
  (own) => `${own.slice(0, 66)}${word(ORDER - sOf(own))}${own.endsWith('1b') ? '1c' : '1b'}` as Hex, // high s
  (own) => `0x${word(rOf(own))}${word(sOf(own) + 1n)}${own.slice(-2)}`,
  (own) => `0x${word(rOf(own) + 1n)}${own.slice(66)}`,
  (own) => `0x${word(0n)}${own.slice(66)}`,
  (own) => `0x${word(ORDER)}${own.slice(66)}`,
  (own) => `${own.slice(0, 66)}${word(0n)}${own.slice(-2)}` as Hex,
  (own) => own.slice(0, -2) as Hex,
  (own) => `${own}00`,
  (own, digest) => `${digest}${own.slice(66)}`,
];

/** Whether it was signed, and then paid. */
async function pays(payers: Payers, client: Address, digest: Hex, signature: Hex): Promise<boolean> {
  const paid = await payers.signed(client, digest, signature);
  paid?.();
  return paid !== null;
}

/** As they are after that many signatures of a payer; multiples of the key are made at `often`. */
async function knowing(times: number, often = 3) {
  const payers = openPayers(4, often);
  for (let i = 0; i < times; i++) {
    const digest = toHex(BigInt(i + 1), { size: 32 });
    expect(await pays(payers, payer.address, digest, await payer.sign({ hash: digest }))).toBe(true);
  }
  return payers;
}
const [unmultiplied, multiplied] = [knowing(1, Infinity), knowing(3)];

it.each([
  ['recovered', () => knowing(0)],
  ['known', () => unmultiplied],
  ['known, with multiples', () => multiplied],
])('a signer whose key is %s', async (_, make) => {
  let [taken, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(hash, hash, fc.nat({ max: LIES.length - 1 }), async (digest, elsewhere, which) => {
      const payers = await make();
      const sent = LIES[which](await payer.sign({ hash: digest }), digest, await other.sign({ hash: digest }));
      for (const asked of [elsewhere, digest]) {
        const expected = (await signerOf(asked, sent)) === payer.address;
        expect(await pays(payers, payer.address, asked, sent)).toBe(expected);
        if (expected) taken++;
        else refused++;
      }
    }),
    { numRuns: 30, examples: LIES.map((_, which): [Hex, Hex, number] => [toHex(7n, { size: 32 }), toHex(8n, { size: 32 }), which]) }, // prettier-ignore
  );
  expect(taken).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(LIES.length);
});

it('a signature of one client is none of another, whoever is known', async () => {
  const payers = await knowing(5);
  const digest = toHex(1n, { size: 32 });
  const own = await payer.sign({ hash: digest });
  expect(await pays(payers, other.address, digest, own)).toBe(false);
  expect(await pays(payers, other.address, digest, await other.sign({ hash: digest }))).toBe(true);
  expect(await pays(payers, payer.address, digest, await other.sign({ hash: digest }))).toBe(false);
  expect(await pays(payers, payer.address, digest, own)).toBe(true);
});

it('whoever was forgotten for others is taken as before', async () => {
  const payers = await knowing(5);
  const digest = toHex(2n, { size: 32 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const one = account(name);
    expect(await pays(payers, one.address, digest, await one.sign({ hash: digest }))).toBe(true);
  }
  expect(await pays(payers, payer.address, digest, await payer.sign({ hash: digest }))).toBe(true);
  expect(await pays(payers, payer.address, digest, await other.sign({ hash: digest }))).toBe(false);
});

it('whoever signs and does not pay is not kept, and pushes nobody out', async () => {
  const digest = toHex(3n, { size: 32 });
  const payers = await knowing(2);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const one = account(name);
    expect(await payers.signed(one.address, digest, await one.sign({ hash: digest }))).not.toBeNull();
  }
  expect(payers.knows(payer.address)).toBe(true);
  expect(['a', 'f'].map((name) => payers.knows(account(name).address))).toEqual([false, false]);
});
