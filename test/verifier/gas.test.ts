// No gas limit makes a contract answer false for a valid proof, whoever compiled it: sweeps over gas limits, of the contracts as
// they are and without the check at their start, whose estimate nothing may rest on. What a valid proof costs stands in
// docs/gas.md. INFERPROOF_FULL=1 tries every number of words under every setting and compares the page;
//   INFERPROOF_FULL=1 npx vitest run test/verifier/gas.test.ts -u
// writes it anew.
import { readFileSync } from 'node:fs';
import { encodeFunctionData, parseAbi } from 'viem';
import { describe, expect, it } from 'vitest';
import { fromBytesBE, toHex } from '#verifier/field.js';
import { solidityVerifier, universalCalldata, universalVerifier, verifyCalldata } from '#verifier/solidity/index.js';
import { chain, deploy, selector, type Contract, type Settings } from './evm.js';
import { CONTEXT, lookupFixture, manyWords, plainFixture, scalar } from './simulator.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const SETTINGS: Readonly<Record<string, Settings>> = {
  'runs 1': { runs: 1 },
  'runs 200': { runs: 200 },
  'runs 1,000,000': { runs: 1_000_000 },
  'optimizer off': { runs: undefined },
  'runs 200, viaIR': { runs: 200, viaIR: true },
};
const WORDS = [0, 1, 28, 200, 600];
const KINDS = ['lookup', 'universal', 'plain'] as const;
type Kind = (typeof KINDS)[number];

/** A contract of n words and the call of a valid proof. */
function subject(kind: Kind, n: number): { source: string; data: `0x${string}` } {
  const publics = manyWords(n);
  const words = Array.from({ length: n }, (_, i) => scalar(`${i}`) >> 8n);
  const f = kind === 'plain' ? plainFixture({ publics }) : lookupFixture({ publics });
  const dev = { allowInsecureKey: true };
  const source = kind === 'universal' ? universalVerifier(dev) : solidityVerifier(f.json, dev);
  const calldata = kind === 'universal' ? universalCalldata : verifyCalldata;
  return { source, data: calldata(f.json, f.prove(words, CONTEXT), CONTEXT).data };
}

function without(source: string, part: RegExp, instead = ''): string {
  const rest = source.replaceAll(part, instead);
  expect(rest).not.toBe(source);
  return rest;
}
const withoutEstimate = (source: string): string =>
  without(source, /if \(gasleft\(\) < (\w+)\) revert/g, 'if ($1 == 0) revert');

const [COARSE, FINE, AROUND] = FULL ? [499, 13, 64] : [1999, 149, 12];

/**
 * Gas limits from 0 to more than enough, in coarse steps, and all those near what is used, asked for, and enough. The gap in
 * which a multiplication starves and enough is left to answer is 2,200 wide.
 */
function limits(used: number, asked: number, enough: number): number[] {
  const all = new Set<number>();
  for (let gas = 0; gas < enough + 5000; gas += Math.max(COARSE, Math.ceil(enough / 1000))) all.add(gas);
  for (let gas = enough - 6000; gas < enough; gas += FINE) all.add(gas);
  for (const edge of [used, asked, enough]) for (let gas = edge - AROUND; gas < edge + AROUND; gas++) all.add(gas);
  return [...all];
}

interface Sweep {
  readonly used: number;
  readonly tried: number;
  /** Limits under which the answer was false. */
  readonly wrong: readonly number[];
}

async function sweep({ call }: Contract, data: `0x${string}`): Promise<Sweep> {
  const at = async (gas: number) => call(data, BigInt(gas));
  const plenty = await at(30_000_000);
  expect(plenty.answer).toBe(true);
  const low = await at(20_000);
  const tooLow = low.answer === `revert ${selector('GasTooLow(uint256)')}`;
  const asked = tooLow ? Number(fromBytesBE(low.returned.subarray(4))) : plenty.gas;
  let [not, enough] = [plenty.gas - 1, Math.max(asked, plenty.gas) * 2];
  while (enough - not > 1) {
    const middle = (not + enough) >> 1;
    if ((await at(middle)).answer === true) enough = middle;
    else not = middle;
  }
  // the estimate holds: what it asks for is enough, but for what was spent before it is made
  expect(enough - asked).toBeLessThan(tooLow ? 1200 : Infinity);
  const wrong: number[] = [];
  const tried = limits(plenty.gas, asked, enough);
  for (const gas of tried) if ((await at(gas)).answer === false) wrong.push(gas);
  return { used: plenty.gas, tried: tried.length, wrong };
}

const PAGE = '../../docs/gas.md';
const count = (n: number): string => n.toLocaleString('en-US');
/** A cell of the page's table. */
function onPage(kind: Kind, setting: string, n: number): string | undefined {
  const page = readFileSync(new URL(PAGE, import.meta.url), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith(`| ${kind} | ${setting} |`));
  return row?.split('|')[3 + WORDS.indexOf(n)]?.trim();
}

/** Each contract, setting and number of words once or more. */
const SOME: readonly (readonly [Kind, string, number])[] = [
  ['lookup', 'runs 200', 28],
  ['lookup', 'runs 1', 600],
  ['lookup', 'optimizer off', 0],
  ['lookup', 'runs 200, viaIR', 200],
  ['universal', 'runs 200', 200],
  ['universal', 'runs 1,000,000', 1],
  ['universal', 'runs 200, viaIR', 28],
  ['plain', 'runs 200', 28],
  ['plain', 'optimizer off', 1],
  ['plain', 'runs 1', 0],
];
/** A plain contract of more than 220 words is not written. */
const exists = (kind: Kind, n: number): boolean => kind !== 'plain' || n <= 220;
const GRID = KINDS.flatMap((kind) =>
  Object.keys(SETTINGS).flatMap((setting) =>
    WORDS.filter((n) => exists(kind, n)).map((n) => [kind, setting, n] as const),
  ),
);
const seen = new Map<string, number>();
let calls = 0;

it.each(FULL ? GRID : SOME)(
  'no gas limit makes it answer false for a valid proof: %s, %s, %i words',
  async (kind, setting, n) => {
    const { source, data } = subject(kind, n);
    const asWritten = await sweep(await deploy(source, SETTINGS[setting]), data);
    const bare = await sweep(await deploy(withoutEstimate(source), SETTINGS[setting]), data);
    expect({ asWritten: asWritten.wrong, bare: bare.wrong }).toEqual({ asWritten: [], bare: [] });
    seen.set(`${kind} ${setting} ${n}`, asWritten.used);
    calls += asWritten.tried + bare.tried;
    if (!FULL) expect(count(asWritten.used)).toBe(onPage(kind, setting, n));
  },
  600_000,
);

it.runIf(FULL)('docs/gas.md says what was measured', async () => {
  const rows = KINDS.flatMap((kind) =>
    Object.keys(SETTINGS).map((setting) => {
      const cells = WORDS.map((n) => count(seen.get(`${kind} ${setting} ${n}`) ?? NaN));
      return `| ${kind} | ${setting} | ${cells.join(' | ').replaceAll('NaN', '-')} |`;
    }),
  );
  const page = `# Gas of the contracts

What a call of \`verify\` uses for a valid proof, without calldata and the 21,000 of a transaction, by public words and by
how solc compiled the contract (evmVersion paris). A plain contract holds 220 words at most.

| contract | compiled with | ${WORDS.map((n) => (n === 1 ? '1 word' : `${n} words`)).join(' | ')} |
|---|---|${WORDS.map(() => '---').join('|')}|
${rows.join('\n')}

No gas limit makes one of them answer false for a valid proof. Each was called under limits from 0 to more than enough, in steps of
499 (or of a thousandth, if that is more), and under all those around what is used, asked for and enough; once as it is and once
without the estimate at its start: ${count(calls)} calls, each true or a revert. [proof-system.md](proof-system.md#contracts) says why it is so for every limit.

\`\`\`sh
INFERPROOF_FULL=1 npx vitest run test/verifier/gas.test.ts -u
\`\`\`

writes this page; \`npm run test:full\` compares it, and \`npm test\` some of its cells.
`;
  await expect(page).toMatchFileSnapshot(PAGE);
});

/** Punishes the prover for a proof that is false, and lets whoever asks choose the gas. */
const BOND = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bond {
  /// @return 1 where the prover is paid, 2 where he is punished, 0 where there is no answer
  function settle(address verifier, bytes calldata call) external view returns (uint256) {
    (bool answered, bytes memory answer) = verifier.staticcall(call);
    if (!answered) return 0;
    return abi.decode(answer, (bool)) ? 1 : 2;
  }
}`;
const settle = (verifier: Uint8Array, data: `0x${string}`): `0x${string}` =>
  encodeFunctionData({
    abi: parseAbi(['function settle(address verifier, bytes call) view returns (uint256)']),
    args: [toHex(verifier), data],
  });

it.each(KINDS)('nobody gets an honest prover punished by the gas of a transaction: %s', async (kind) => {
  const { source, data } = subject(kind, 28);
  for (const text of [source, withoutEstimate(source)]) {
    const { deploy } = await chain();
    const bond = await deploy(BOND, SETTINGS['runs 200'], 'Bond');
    const { address } = await deploy(text, SETTINGS['runs 200']);
    const verdicts = new Set<number>();
    const at = async (gas: number): Promise<void> => {
      const { answer, returned } = await bond.call(settle(address, data), BigInt(gas));
      if (answer === false)
        verdicts.add(returned[31]); // 0 or 2; true is 1
      else verdicts.add(answer === true ? 1 : -1);
    };
    const most = 1.2 * (await bond.call(settle(address, data))).gas;
    for (let gas = 1000; gas < most; gas += FULL ? 97 : 2999) await at(gas);
    expect([...verdicts].sort()).toEqual([-1, 0, 1]);
  }
});

describe('the checks after calls matter', () => {
  const { source, data } = subject('lookup', 1);
  it.each([
    ['of a multiplication', /if lt\(gas\(\), starvedBelow\) \{ revert\(0, 0\) \}/g],
    ['of the pairings', /if lt\(gas\(\), mul\(iszero\(ok\), \d+\)\) \{ revert\(0, 0\) \}/g],
  ])('%s', async (_, check) => {
    const { wrong } = await sweep(await deploy(without(withoutEstimate(source), check), SETTINGS['runs 200']), data);
    expect(wrong.length).toBeGreaterThan(0);
  });
});
