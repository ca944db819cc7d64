// What the pages promise and the code must keep.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exitCode } from '#cli/errors.js';
import { InferproofError, type ErrorCode } from '#verifier/errors.js';

test('docs/verifying.md explains every reason of a refusal, and no other', () => {
  const declared = /export type Reason =([^;]*);/.exec(readFileSync('verifier/reason.ts', 'utf8'))?.[1] ?? '';
  const listed = readFileSync('docs/verifying.md', 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm);
  const reasons = Array.from(declared.matchAll(/\| '([a-z-]+)'/g), (match) => match[1]);
  expect(reasons.length).toBeGreaterThan(0);
  expect(Array.from(listed, (match) => match[1])).toEqual(reasons);
});

test('docs/errors.md has every code of an error, with its exit code, and no other', () => {
  const codes = Array.from(
    readFileSync('verifier/errors.ts', 'utf8').matchAll(/^ {2}\| '([a-z]+)'/gm),
    (match) => match[1],
  );
  const listed = readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([a-z]+)` \| (\d+) \|/gm);
  expect(codes.length).toBeGreaterThan(10);
  const told = Array.from(listed, ([, code, exit]) => [code, Number(exit)]);
  expect(new Map(told as [string, number][])).toEqual(new Map(codes.map((code) => [code, exitCode(new InferproofError(code as ErrorCode, ''))]))); // prettier-ignore
  expect(told).toHaveLength(codes.length);
});

test('docs/proof-system.md names tests that exist', () => {
  const page = readFileSync('docs/proof-system.md', 'utf8');
  const files: Readonly<Record<string, string>> = {
    protocol: 'test/lookup/protocol.test.ts',
    proof: 'test/lookup/proof.test.ts',
    mutations: 'test/lookup/mutations.test.ts',
    lies: 'test/lookup/lies.test.ts',
    small: 'test/lookup/small-field.test.ts',
    verify: 'test/verifier/verify.test.ts',
    solidity: 'test/verifier/solidity.test.ts',
    gas: 'test/verifier/gas.test.ts',
    infinity: 'test/verifier/infinity.test.ts',
    twins: 'test/verifier/twins.ts',
    plain: 'test/engine/prove.test.ts',
    climb: 'test/engine/climb.ts',
    fields: 'test/lies/small-field.test.ts',
    circuits: 'test/lies/circuits.test.ts',
    key: 'test/prover/lookup-key.test.ts',
    steps: 'test/prover/ceremony/steps.test.ts',
    ceremony: 'test/prover/ceremony/ceremony.test.ts',
    sections: 'test/prover/ceremony/key.test.ts',
    audit: 'test/prover/audit.test.ts',
    ptau: 'test/prover/ptau.test.ts',
    first: 'test/prover/first-key.test.ts',
    json: 'test/compiler/circuit-json.test.ts',
    flow: 'test/cli/flow.test.ts',
  };
  const named = Array.from(
    page.matchAll(new RegExp(`\`(${Object.keys(files).join('|')}): ([^\`]+)\``, 'g')),
    ([, file, title]) => ({ file, title: title.replace(/\s+/g, ' ') }),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ file, title }) => !readFileSync(files[file], 'utf8').includes(title))).toEqual([]);
});
