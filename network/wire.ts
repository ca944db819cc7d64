// What travels as JSON between clients and nodes: words as 32 bytes of hex, wei as decimal strings, counts and seconds as numbers. Nothing
// is guessed, and an unknown field is an error.
import { getAddress, toHex, type Hex } from 'viem';
import * as v from 'valibot';
import type { Receipt } from './chain/typed-data.js';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const MAX_WEI = 2n ** 96n - 1n;

/** An address, in the one form with checksum. */
export const address = v.pipe(
  v.string(),
  v.regex(ADDRESS, 'expected an address: 0x and 40 hex digits'),
  v.transform((text) => getAddress(text.toLowerCase())),
);

/** Wei as a decimal string, below 2^96. */
export const wei = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,28})$/, 'expected wei as a decimal string'),
  v.transform((value) => BigInt(value)),
  v.maxValue(MAX_WEI, 'expected less than 2^96 wei'),
);

export const bytes32 = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{64}$/, 'expected 32 bytes: 0x and 64 hex digits'),
  v.transform((text) => text.toLowerCase() as Hex),
);

export const bytes = v.pipe(
  v.string(),
  v.regex(/^0x([0-9a-fA-F]{2})*$/, 'expected bytes: 0x and hex digits'),
  v.transform((text) => text as Hex),
);

export const word = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{1,64}$/, 'expected a word: 0x and up to 64 hex digits'),
  v.transform((value) => BigInt(value)),
);

const seconds = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.transform((value) => BigInt(value)),
);

export const receipt = v.strictObject({
  node: address,
  client: address,
  modelId: bytes32,
  inputHash: bytes32,
  outputHash: bytes32,
  inputWords: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  bond: wei,
  until: seconds,
});

export const wordsJson = (words: readonly bigint[]): Hex[] => words.map((one) => toHex(one, { size: 32 }));

export const receiptJson = ({ bond, until, ...rest }: Receipt) => ({
  ...rest,
  bond: bond.toString(),
  until: Number(until),
});

/** x402's name of a payment by a channel of the market. */
export const SCHEME = 'inferproof-channel';
