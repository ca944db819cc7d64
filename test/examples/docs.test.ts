// What the pages promise and the code must keep.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('docs/verifying.md explains every reason of a refusal, and no other', () => {
  const declared = /export type Reason =([^;]*);/.exec(readFileSync('verifier/reason.ts', 'utf8'))?.[1] ?? '';
  const listed = readFileSync('docs/verifying.md', 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm);
  const reasons = Array.from(declared.matchAll(/\| '([a-z-]+)'/g), (match) => match[1]);
  expect(reasons.length).toBeGreaterThan(0);
  expect(Array.from(listed, (match) => match[1])).toEqual(reasons);
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
