// What is signed, hashed here with types and domain computed once: the same digests as viem's, which computes them anew.
import fc from 'fast-check';
import { encodePacked, getAddress, hashTypedData, keccak256, toHex, type Hex } from 'viem';
import { expect, it } from 'vitest';
import {
  digest,
  typedData,
  wordsHash,
  type Place,
  type Receipt,
  type Request,
  type Voucher,
} from '#network/chain/typed-data.js';

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value): Hex => toHex(value));
const address = hex(20).map((text) => getAddress(text));
const place: fc.Arbitrary<Place> = fc.record({ chainId: fc.integer({ min: 1, max: 2 ** 40 }), market: address });
const request: fc.Arbitrary<Request> = fc.record({
  ...{ client: address, modelId: hex(32), inputHash: hex(32), inputWords: fc.integer({ min: 0, max: 65_535 }) },
  ...{ node: address, payment: uint(96), deadline: uint(64) },
  ...{ callbackGas: fc.integer({ min: 0, max: 2 ** 32 - 1 }), nonce: uint(256) },
});
const receipt: fc.Arbitrary<Receipt> = fc.record({
  ...{ node: address, client: address, modelId: hex(32), inputHash: hex(32), outputHash: hex(32) },
  ...{ inputWords: fc.integer({ min: 0, max: 65_535 }), bond: uint(96), until: uint(64) },
});
const voucher: fc.Arbitrary<Voucher> = fc.record({ client: address, node: address, total: uint(96) });

it('digests are those of EIP-712, as viem computes them', () => {
  fc.assert(
    fc.property(place, request, receipt, voucher, (where, r, p, v) => {
      expect(digest(where, 'Request', r)).toBe(hashTypedData(typedData(where, 'Request', r)));
      expect(digest(where, 'Receipt', p)).toBe(hashTypedData(typedData(where, 'Receipt', p)));
      expect(digest(where, 'Voucher', v)).toBe(hashTypedData(typedData(where, 'Voucher', v)));
    }),
    { numRuns: 60 },
  );
});

it('of another place every digest is another, also right after one of this', () => {
  const [client, node, market, other] = ['11', '22', '33', '44'].map((two) => getAddress(`0x${two.repeat(20)}`));
  const v = { client, node, total: 5n };
  const places = [{ chainId: 31_337, market }, { chainId: 1, market }, { chainId: 31_337, market: other }]; // prettier-ignore
  const digests = places.map((one) => digest(one, 'Voucher', v));
  expect(new Set(digests).size).toBe(3);
  expect(places.map((one) => digest(one, 'Voucher', v))).toEqual(digests);
});

it.each([
  ['an address that is too short', { client: '0x12' }, 'client'],
  ['an address that is too long', { client: `0x${'11'.repeat(21)}` }, 'client'],
  ['more wei than fit', { total: 2n ** 96n }, 'total'],
  ['less than nothing', { total: -1n }, 'total'],
  ['a number that is none', { total: 0.5 }, 'total'],
  ['nothing', { total: undefined }, 'total'],
])('%s is not signed', (_, wrong, where) => {
  const market = getAddress(`0x${'33'.repeat(20)}`);
  const v = { client: market, node: market, total: 1n, ...wrong } as Voucher;
  expect(() => digest({ chainId: 1, market }, 'Voucher', v)).toThrow(expect.objectContaining({ code: 'data', where }));
});

it('words are hashed as 32 bytes each', () => {
  const words = [0n, 1n, 2n ** 248n - 1n, 2n ** 256n - 1n];
  expect(wordsHash(words)).toBe(keccak256(encodePacked(['uint256[]'], [words])));
  expect(wordsHash([])).toBe(keccak256('0x'));
  expect(() => wordsHash([2n ** 256n])).toThrow(expect.objectContaining({ code: 'data' }));
});
