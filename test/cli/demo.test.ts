import { describe, expect, it } from 'vitest';
import { relink } from '#cli/demo/contract.js';
import { drawDigit } from '#cli/demo/digit.js';
import { callContract } from '#cli/demo/evm.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const [one, two, three] = ['1a', '2b', '3c'].map((byte) => byte.repeat(32));
const source = (a: string, b: string, tail = '') =>
  `uint256 constant A = 0x${a}; // 32 bytes\nuint256 constant B = ${BigInt(`0x${b}`)};${tail}`;

describe('relink', () => {
  it('puts the constants of another key where those of the template stand, each as often as it stands', () => {
    const code = hex(`600a7f${one}7f${two}7f${one}00`);
    const small = '00'.repeat(31) + '05';
    expect(relink(code, source(one, two), source(three, small))).toEqual(hex(`600a7f${three}7f${small}7f${three}00`));
    expect(relink(code, source(one, two), source(two, one))).toEqual(hex(`600a7f${two}7f${one}7f${two}00`));
    expect(relink(code, source(one, two), source(one, two))).toEqual(code);
  });

  it('refuses contracts that differ elsewhere, short constants, and constants that the code does not hold', () => {
    const code = hex(`7f${one}7f${two}`);
    const internal = expect.objectContaining({ code: 'internal' }) as Error;
    expect(() => relink(code, source(one, two), source(one, two, ' // more'))).toThrow(internal);
    expect(() => relink(code, source(one, two, ' 32'), source(one, two, ' 33'))).toThrow(internal);
    expect(() => relink(hex(`7f${one}`), source(one, two), source(one, three))).toThrow(internal);
    expect(() => relink(code, source(one, one), source(two, three))).toThrow(internal);
  });
});

describe('callContract', () => {
  // PUSH1 0 CALLDATALOAD PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN: answers the first word of its data.
  const echo = hex('60003560005260206000f3');
  const word = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;

  it('accepts exactly the word 1, and counts base, data and execution', async () => {
    const results = await callContract(echo, [word(1), word(0), word(2), `0x01${'00'.repeat(30)}01`, '0x']);
    expect(results.map(({ accepted }) => accepted)).toEqual([true, false, false, false, false]);
    // 21000, 31 zero bytes and one other, six instructions and one word of memory of 3 gas each (RETURN is free).
    expect(results[0].gas).toBe(21_000 + 31 * 4 + 16 + 21);
  });

  it('takes a revert for a refusal', async () => {
    expect(await callContract(hex('60006000fd'), ['0x'])).toMatchObject([{ accepted: false }]);
  });
});

it('draws a digit in half blocks', () => {
  const pixels = new Float64Array(784);
  for (const at of [0, 28, 29 + 28, 2]) pixels[at] = 1;
  expect(drawDigit(pixels)).toEqual(['█ ▀', ' ▀']);
});
