// The ONNX project's own node tests, when they are at hand: onnx-cases.csv names each case, which of its inputs are constant, and
// whether the lowered graph gives its floats or is refused; onnx-circuits.csv which of those that pass are not proved, and why. A case
// that changes sides fails here; with UPDATE_ONNX_CASES set the tables are written anew first, for the author of an operator to read
// the difference. `npm run conformance` proves none of them but checks the circuits of all, and prints how many of each kind there are.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { circuitOutcome, loweredOutcome, PASS, type NodeCase } from './onnx-node-cases.js';
import { readTarGz } from './onnx-models.js';

const vectors = join(import.meta.dirname, '../../../shared/vectors/onnx-node');
const [cases, circuits] = ['onnx-cases.csv', 'onnx-circuits.csv'].map((name) => join(import.meta.dirname, name));
const hasCircuits = process.env['INFERPROOF_CIRCUITS'] === '1' || process.env['INFERPROOF_FULL'] === '1';
/** What stands for itself where the manifest names no weights: these are seldom of two live values. */
const WEIGHTED = ['Mul', 'Div', 'MatMul', 'Pow'];

interface Expected extends NodeCase {
  /** 'pass', or the sentence of the refusal. */
  readonly expected: string;
}

const rowsOf = (file: string, columns: number): string[][] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const fields = line.split(',');
      return [...fields.slice(0, columns - 1), fields.slice(columns - 1).join(',')];
    });

const readCases = (): Expected[] =>
  rowsOf(cases, 3).map(([name, constant, expected]) => {
    return { name, constant: constant.split(' ').filter(Boolean).map(Number), expected };
  });

describe.runIf(existsSync(vectors))('ONNX node tests', async () => {
  const files = existsSync(vectors) ? readTarGz(join(vectors, 'cases.tar.gz')) : new Map<string, Uint8Array>();

  if (process.env['UPDATE_ONNX_CASES'] !== undefined) {
    const lines = rowsOf(join(vectors, 'manifest.csv'), 11).map(([name, op, , , , , , , statics, weights]) => {
      const listed = `${statics} ${weights}`.split(' ').filter(Boolean).map(Number).sort();
      const constant = listed.length === 0 && WEIGHTED.includes(op) ? [1] : listed;
      return { name, constant, expected: loweredOutcome(files, { name, constant }) };
    });
    const text = lines.map(({ name, constant, expected }) => `${name},${constant.join(' ')},${expected}\n`);
    writeFileSync(cases, `case,constant_inputs,expected\n${text.join('')}`);
    const unproved: string[] = [];
    for (const one of lines.filter(({ expected }) => expected === PASS)) {
      const outcome = await circuitOutcome(files, one);
      if (outcome !== PASS) unproved.push(`${one.name},${outcome}\n`);
    }
    writeFileSync(circuits, `case,reason\n${unproved.join('')}`);
  }

  const all = readCases();
  it.each(all.map((c): [string, Expected] => [c.name, c]))('%s', (_, c) => {
    expect(loweredOutcome(files, c)).toBe(c.expected);
  });

  const passing = all.filter(({ expected }) => expected === PASS);
  const reasons = new Map(rowsOf(circuits, 2).map(([name, reason]) => [name, reason]));
  describe.runIf(hasCircuits)('as circuits', () => {
    it.each(passing.map((c): [string, Expected] => [c.name, c]))('%s', async (name, c) => {
      expect(await circuitOutcome(files, c)).toBe(reasons.get(name) ?? PASS);
    });
    afterAll(() => {
      const proved = passing.length - reasons.size;
      console.log(
        `${all.length} cases: ${proved} as circuits of 12 bits, ${reasons.size} in floats alone, ${all.length - passing.length} refused`,
      );
    });
  });
});
