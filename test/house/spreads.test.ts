// A call takes its arguments on the stack, so an array that is spread into one fails from some 120,000 elements: every picture of
// 224 x 224 x 3 has more. Lists of any length go through compiler/extremes.ts, or a loop.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Spreads of a few elements whatever the model, and why. */
const SHORT: Readonly<Record<string, string>> = {
  'compiler/circuit/r1cs.ts: bytes.subarray(0, 4)': 'four bytes',
  "compiler/onnx/operators/constants.ts: unusable(value as Opaque, 'its value')": 'a message and a hint',
  'compiler/recipes/functions.ts: params': 'the parameters of a function',
  'files/png.ts: bytes.subarray(at + 4, at + 8)': 'the four letters of a chunk',
  'prover/files/binfile.ts: bytes.subarray(0, 4)': 'four bytes',
  'prover/kernel/instance.ts: args': 'the arguments of an export',
  'prover/snarkjs/child.ts: args': 'the arguments of a function',
  'verifier/public-tensor.ts: DECISION_RULES': 'a constant of four names',
  'verifier/public-tensor.ts: functions': 'a constant of five names',
};

/** The spread arguments of calls in a source, and the arrays that `apply` makes arguments of. */
function spreadsIn(text: string): string[] {
  if (!/[(,]\s*\.\.\.|\.apply\(/.test(text)) return []; // most files need no parser
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      for (const argument of node.arguments ?? [])
        if (ts.isSpreadElement(argument)) found.push(argument.expression.getText(source));
      const called = node.expression;
      if (ts.isPropertyAccessExpression(called) && called.name.text === 'apply' && node.arguments?.length === 2)
        found.push(node.arguments[1].getText(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('arrays in the arguments of a call', () => {
  it('are found', () => {
    expect(spreadsIn('f(...xs); new F(1, ...of(ys)); Math.max.apply(null, zs); const a = [...b];')).toEqual([
      'xs',
      'of(ys)',
      'zs',
    ]);
    expect(spreadsIn("functionKind(name).apply(x, params, 0); g({ ...h }, (...rest) => rest); '...s';")).toEqual([]);
  });

  it('are short', () => {
    const found = ['compiler', 'files', 'report', 'cli', 'page', 'prover', 'verifier'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /(?<!\.d)\.ts$/.test(name))
        .flatMap((name) => {
          const path = `${folder}/${name.replaceAll('\\', '/')}`;
          return spreadsIn(readFileSync(join(root, path), 'utf8')).map((spread) => `${path}: ${spread}`);
        }),
    );
    expect(found.sort()).toEqual(Object.keys(SHORT).sort());
  });
});
