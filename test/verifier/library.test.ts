// The library of a key's words against packWords and unpackWords, and what contracts are told of a key.
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import { beforeAll, describe, expect, it } from 'vitest';
import { toBytesBE, toHex } from '#verifier/field.js';
import { inputWordCount, keyItems, packWords, unpackWords, vkDigest, type PublicTensor } from '#verifier/index.js';
import { keccak256 } from '#verifier/keccak.js';
import { FINITE, floatOf, orderOf } from '#verifier/ordered.js';
import { solidityLibrary } from '#verifier/solidity/index.js';
import { keyTag } from '#verifier/transcript.js';
import { chain, compile, selector, type Contract } from './evm.js';
import { INTS, lookupFixture, plainFixture, PUBLICS, tensor } from './simulator.js';

const ABI = parseAbi([
  'function encode(int256[] inputs) pure returns (uint256[])',
  'function decode(uint256[] words) pure returns (int256[])',
  'function told() pure returns (bytes32, uint256, uint256, bool)',
]);
/** The library, and a contract that shows it. */
const shown = (json: unknown): string => `${solidityLibrary(json, { name: 'Digits' })}
contract Shown {
  function encode(int256[] calldata inputs) external pure returns (uint256[] memory) { return Digits.encode(inputs); }
  function decode(uint256[] calldata words) external pure returns (int256[] memory) { return Digits.decode(words); }
  function told() external pure returns (bytes32, uint256, uint256, bool) {
    return (Digits.MODEL_ID, Digits.INPUT_WORDS, Digits.OUTPUT_WORDS, Digits.INSECURE);
  }
}`;

type Name = 'encode' | 'decode';
/** What a call gives, or the error that it reverts with. */
async function ask(contract: Contract, functionName: Name, list: readonly (number | bigint)[]) {
  const data = encodeFunctionData({ abi: ABI, functionName, args: [list.map(BigInt)] });
  const { answer, returned } = await contract.call(data);
  if (typeof answer === 'string') return `${answer} ${BigInt(toHex(returned.subarray(4)))}`;
  return decodeFunctionResult({ abi: ABI, functionName, data: toHex(returned) });
}
const revert = (error: string, value: number): string => `revert ${selector(`${error}(uint256)`)} ${value}`;

const EVIL = 'x */ contract\n@param \u202e\u2028"\\ 💥';
const ENDS = Number.MAX_SAFE_INTEGER;
/** Every form: full words and a rest, columns, float32 numbers, both ends of what a key may hold, a scalar, one integer alone. */
const LAYOUT: readonly PublicTensor[] = [
  tensor({ name: EVIL, shape: [33, 2], lo: -100, hi: 155, scale: [0.5, 0.25], zero: [1, -1], axis: 1 }),
  tensor({ name: 'float', shape: [9], lo: FINITE.least, hi: FINITE.most, bits: 32, encoding: 'float32' }),
  tensor({ name: 'wide', shape: [20], lo: -100, hi: 155, scale: Array.from({ length: 20 }, () => 1), zero: Array.from({ length: 20 }, () => 0), axis: 0 }), // prettier-ignore
  tensor({ name: 'most', shape: [5], lo: -ENDS, hi: ENDS, bits: 56, role: 'output' }),
  tensor({ name: 'scalar', shape: [], lo: 7, hi: 7, bits: 248, role: 'output' }),
];
const key = lookupFixture({ publics: LAYOUT });
const floats = [0, -0, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38, 2 ** -149, -(2 ** -149), Math.fround(0.1)];
const inputs = [
  Array.from({ length: 66 }, (_, i) => ((i * 37) % 256) - 100),
  floats.map(orderOf),
  [-100, 155, ...Array.from({ length: 18 }, (_, i) => i)],
];
const outputs = [[-ENDS, ENDS, 0, -1, 1], [7]];
const [inputTensors, outputTensors] = [LAYOUT.slice(0, 3), LAYOUT.slice(3)];

describe('the library of a key', () => {
  let contract: Contract;
  beforeAll(async () => {
    contract = await (await chain()).deploy(shown(key.json), { runs: undefined }, 'Shown');
  });

  it('encodes integers as packWords does, and decodes as unpackWords', async () => {
    const words = packWords(inputTensors, inputs);
    expect(await ask(contract, 'encode', inputs.flat())).toEqual(words);
    expect(unpackWords(inputTensors, words)![1].map(floatOf)).toEqual(floats.map((x) => x + 0));
    expect(await ask(contract, 'decode', packWords(outputTensors, outputs))).toEqual(outputs.flat().map(BigInt));
  });

  it('refuses integers outside their ranges by place, at both ends of every tensor, and any other number of them', async () => {
    const all = inputs.flat();
    let at = 0;
    for (const { lo, hi, shape } of inputTensors) {
      const last = at + shape.reduce((n, d) => n * d, 1) - 1;
      for (const place of [at, last])
        for (const lie of [BigInt(lo) - 1n, BigInt(hi) + 1n, -(2n ** 255n), 2n ** 255n - 1n])
          expect(await ask(contract, 'encode', (all as (number | bigint)[]).with(place, lie)), `${place}: ${lie}`).toBe(
            revert('ValueRange', place),
          );
      at = last + 1;
    }
    for (const list of [all.slice(1), [...all, 0], []])
      expect(await ask(contract, 'encode', list)).toBe(revert('ValueCount', 95));
  });

  it('refuses integers outside their columns by place, and takes what packWords does', async () => {
    const columns = { axis: 1, ends: [[0, 9], [-3, 4], [2, 3]] } as const; // prettier-ignore
    const tables: PublicTensor[] = [
      tensor({ name: 'before', shape: [2], hi: 1 }),
      tensor({ name: 'table', shape: [2, 3, 2], lo: -3, hi: 9, columns }),
      tensor({ name: 'y', shape: [1], hi: 1, role: 'output' }),
    ];
    const own = await (
      await chain()
    ).deploy(shown(lookupFixture({ publics: tables }).json), { runs: undefined }, 'Shown');
    const ints = [1, 0, 0, 9, -3, 4, 2, 3, 9, 0, 4, -3, 3, 2];
    expect(await ask(own, 'encode', ints)).toEqual(packWords(tables.slice(0, 2), [ints.slice(0, 2), ints.slice(2)]));
    for (let place = 2; place < ints.length; place++) {
      const [lo, hi] = columns.ends[Math.floor((place - 2) / 2) % 3];
      for (const lie of [lo - 1, hi + 1])
        expect(await ask(own, 'encode', ints.with(place, lie)), `${place}: ${lie}`).toBe(revert('ValueRange', place));
    }
  });

  it('refuses words that no proof has', async () => {
    const words = packWords(outputTensors, outputs);
    for (const list of [words.slice(1), [...words, 0n]])
      expect(await ask(contract, 'decode', list)).toBe(revert('WordCount', 3));
    expect(await ask(contract, 'decode', words.with(0, words[0] + (1n << 224n)))).toBe(revert('WordRange', 0));
    expect(await ask(contract, 'decode', words.with(1, words[1] + (1n << 255n)))).toBe(revert('WordRange', 1));
    expect(await ask(contract, 'decode', words.with(2, 1n))).toBe(revert('WordRange', 2));
  });

  it('says which model it is of, and how many words', async () => {
    const { returned } = await contract.call(encodeFunctionData({ abi: ABI, functionName: 'told' }));
    const told = decodeFunctionResult({ abi: ABI, functionName: 'told', data: toHex(returned) });
    expect(told).toEqual([toHex(vkDigest(key.key)), 6n, 3n, true]);
  });

  it('compiles clean under the settings that people choose', () => {
    for (const settings of [
      { runs: 1_000_000, evmVersion: 'cancun' },
      { runs: 200, viaIR: true },
    ])
      compile(shown(lookupFixture().json), 'Shown', settings);
  });

  it('shows how to read the integers, and a name as text alone', () => {
    const source = solidityLibrary(key.json);
    expect(source).toContain('//   input "x */ contract\\n@param \\u202e\\u2028\\"\\\\ \\ud83d\\udca5", shape [33,2]');
    expect(source).toContain('scale [0.5,0.25], zero [1,-1] along axis 1');
    expect(source).toContain('scale of 20 in vkey.json');
    expect(source).toContain('bits + 2^31 where x >= 0');
    expect(source).toContain('INSECURE DEVELOPMENT KEY');
    expect(source).toMatch(/^library Model \{$/m);
    expect(source).toMatch(/^[ -~\n]*$/);
  });

  it('is of a look-up key, under a name of Solidity', () => {
    expect(() => solidityLibrary(plainFixture().json)).toThrow(expect.objectContaining({ code: 'format' }));
    expect(() => solidityLibrary(key.json, { name: '9 digits' })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('what contracts are told of a key', () => {
  const { json, key: parsed } = lookupFixture();
  it('is the 23 numbers of its digest', () => {
    expect(keyItems(json)).toEqual(keyItems(parsed));
    expect(keyItems(json)).toHaveLength(23);
    expect(keccak256([keyTag(), ...keyItems(json).map(toBytesBE)])).toEqual(vkDigest(parsed));
    expect(keyItems(json).slice(0, 2)).toEqual([1n, 3n]);
    expect(() => keyItems(plainFixture().json)).toThrow(expect.objectContaining({ code: 'format' }));
    expect(() => keyItems({ ...json, alpha: ['1', '1'] })).toThrow(expect.objectContaining({ code: 'format' }));
  });
  it('and how many words stand for the inputs', () => {
    const of = packWords(PUBLICS.slice(0, 1), INTS.slice(0, 1)).length;
    for (const vkey of [json, parsed, plainFixture().json]) expect(inputWordCount(vkey)).toBe(of);
    expect(inputWordCount(lookupFixture({ publics: PUBLICS.slice(1) }).json)).toBe(0);
  });
});
