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
