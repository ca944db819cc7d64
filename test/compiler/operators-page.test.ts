// OPERATORS.md says what the operators are made of, what they cost, and how many of ONNX's own cases pass: it is written from the list
// of operators, the random nodes of operator-cases and onnx-cases.csv. UPDATE_OPERATORS writes it anew; rows are held against it in
// the full tests.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { NEWEST_OPSET, OPERATORS } from '#compiler/onnx/operators/index.js';
import { sizeOf } from '#compiler/tensor.js';
import { InferproofError } from '#verifier/errors.js';
import { modelOf } from './operator-cases/case.js';
import { CASES, opsetsOf } from './operator-cases/index.js';
import { graphOf, modelBytes } from './onnx-models.js';
import { expectedCases, PASS } from './onnx-node-cases.js';
import { randomOf } from './random-graphs/draft.js';

const PAGE = join(import.meta.dirname, '../../OPERATORS.md');
const NODES = 20;
const isUpdate = process.env['UPDATE_OPERATORS'] !== undefined;
const hasRows = isUpdate || process.env['INFERPROOF_FULL'] === '1';

const HEAD = `# Operators

What inferproof lowers of ONNX up to opset ${NEWEST_OPSET}. "Made of" names the primitives of ARCHITECTURE.md that a random node of the operator can
be made of; linear maps are not named, they cost no rows. "Rows" are those of the cheapest and the dearest of ${NODES} random nodes per element
of its outputs, at 8 bits in the lookup argument, without data. "Cases" are those of the ONNX project's own node tests that give
ONNX's numbers (\`npm run conformance\`), and why others are refused. This page is written by a test.

| operator | since | made of | rows | cases | refused there |
|---|---|---|---|---|---|
`;

/** Random nodes of an operator that can be lowered: what they are made of. */
function kindsOf(op: string): readonly string[] {
  const kinds = new Set<string>();
  for (const bytes of nodesOf(op)) {
    try {
      for (const { kind } of graphOf(bytes).steps) kinds.add(kind);
    } catch (error) {
      if (!(error instanceof InferproofError)) throw error;
    }
  }
  kinds.delete('input');
  kinds.delete('linear');
  return [...kinds].sort();
}

async function rowsOf(op: string): Promise<string> {
  const found: number[] = [];
  for (const bytes of nodesOf(op)) {
    try {
      const { report, circuit } = await compile(bytes, { bits: 8, inputRanges: { '': [-2, 2] } });
      const rows = report.layers.reduce((sum, layer) => sum + (layer.operator === 'input' ? 0 : layer.rows), 0);
      found.push(rows / circuit.outputs.reduce((sum, { tensor }) => sum + sizeOf(circuit.tensors[tensor].shape), 0));
    } catch (error) {
      if (!(error instanceof InferproofError)) throw error;
    }
  }
  const [least, most] = [Math.min(...found), Math.max(...found)].map((rows) => String(Number(rows.toPrecision(2))));
  return found.length === 0 ? '' : least === most ? least : `${least} to ${most}`;
}

function nodesOf(op: string): Uint8Array[] {
  const { since } = OPERATORS.find((form) => form.op === op)!;
  return Array.from({ length: NODES }, (_, i) => {
    const seed = i + 3e6;
    const init = modelOf(op, CASES[op], seed, randomOf(seed).int(...opsetsOf(op, since)));
    return init === null ? [] : [modelBytes(init)];
  }).flat();
}

/** Sentences of refusals, each once, without the numbers of the case. */
function reasonsOf(expected: readonly string[]): string {
  const sentences = expected.map((reason) => reason.replaceAll('|', '\\|').replace(/, got .*/, ''));
  return [...new Set(sentences)].sort().join('; ');
}

it('OPERATORS.md is what the operators are', { timeout: 900_000 }, async () => {
  const cases = expectedCases();
  const lines: string[] = [];
  for (const op of [...new Set(OPERATORS.map((form) => form.op))].sort()) {
    const { since } = OPERATORS.find((form) => form.op === op)!;
    const own = cases.filter(({ operator }) => operator === op);
    const refused = own.filter(({ expected }) => expected !== PASS).map(({ expected }) => expected);
    const passed = own.length === 0 ? '' : `${own.length - refused.length} of ${own.length}`;
    const rows = hasRows ? await rowsOf(op) : '';
    lines.push(`| ${[op, since, kindsOf(op).join(', '), rows, passed, reasonsOf(refused)].join(' | ')} |\n`);
  }
  if (isUpdate) writeFileSync(PAGE, HEAD + lines.join(''));
  const withoutRows = (text: string): string => text.replace(/^((?:\|[^|]*){3})\|[^|]*/gm, '$1|');
  const [have, want] = [readFileSync(PAGE, 'utf8'), HEAD + lines.join('')];
  expect(hasRows ? have : withoutRows(have)).toBe(hasRows ? want : withoutRows(want));
});
