// What a circuit is must not depend on the engine that compiles it: the language leaves the last bits of Math.exp and its kin
// open, so functions come from compiler/maths.ts. Math.log2 counts bits: it is rounded, or weighs one plan against another.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../compiler');
const OPEN = /\bMath\.(a?(sin|cos|tan)h?|atan2|cbrt|exp|expm1|hypot|log|log10|log1p|pow)\b/g;

const found = (text: string): string[] =>
  [...text.replace(/\/\/.*|\/\*[^]*?\*\//g, '').matchAll(OPEN)].map(([name]) => name);

it('compiler/ computes no function that engines give differently', () => {
  expect(found('Math.exp(1) + Math.log2(8) + Math.sqrt(2) + Math.atan2(1, 2); // Math.sin')).toEqual([
    'Math.exp',
    'Math.atan2',
  ]);
  const uses = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.ts$/.test(name))
    .flatMap((name) => found(readFileSync(join(root, name), 'utf8')).map((use) => `${name}: ${use}`));
  expect(uses).toEqual([]);
});
