// The ONNX project's own node tests, when they are at hand: onnx-cases.csv names each case, which of its inputs are constant, and
// whether the lowered graph gives its floats or is refused; onnx-circuits.csv which of those that pass are not proved, and why. A case
// that changes sides fails here; with UPDATE_ONNX_CASES set the tables are written anew first, for the author of an operator to read
// the difference. `npm run conformance` proves none of them but checks the circuits of all, and prints how many of each kind there are.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CASES, circuitOutcome, expectedCases, loweredOutcome, PASS, rowsOf, type ExpectedCase } from './onnx-node-cases.js'; // prettier-ignore
import { kindOf, REFUSED_KINDS } from './onnx-kinds.js';
import { readTarGz } from './onnx-models.js';

const vectors = join(import.meta.dirname, '../../../shared/vectors/onnx-node');
const circuits = join(import.meta.dirname, 'onnx-circuits.csv');
const hasCircuits = process.env['INFERPROOF_CIRCUITS'] === '1' || process.env['INFERPROOF_FULL'] === '1';
/** What stands for itself where the manifest names no weights: these are seldom of two live values. */
const WEIGHTED: Readonly<Record<string, readonly number[] | undefined>> = { Mul: [1], Div: [1], MatMul: [1], Mod: [1], Pow: [1], RoiAlign: [1, 2] }; // prettier-ignore
/** Of the cases that are of no refused kind, and of those of quantisation, the share that passes as circuits. */
const LEAST_SHARE = 0.95;
const isQuantised = ({ operator }: ExpectedCase): boolean => /quantize|Integer|^QLinear/i.test(operator);

describe.runIf(existsSync(vectors))('ONNX node tests', async () => {
  const files = existsSync(vectors) ? readTarGz(join(vectors, 'cases.tar.gz')) : new Map<string, Uint8Array>();

  if (process.env['UPDATE_ONNX_CASES'] !== undefined) {
    const lines = rowsOf(join(vectors, 'manifest.csv'), 11).map(([name, op, , , , , , , statics, weights]) => {
      const listed = `${statics} ${weights}`.split(' ').filter(Boolean).map(Number).sort();
      const constant = listed.length === 0 ? (WEIGHTED[op] ?? []) : listed;
      return { name, operator: op, constant, expected: loweredOutcome(files, { name, constant }) };
    });
    const text = lines.map((one) => `${one.name},${one.operator},${one.constant.join(' ')},${one.expected}\n`);
    writeFileSync(CASES, `case,operator,constant_inputs,expected\n${text.join('')}`);
    const unproved: string[] = [];
    for (const one of lines.filter(({ expected }) => expected === PASS)) {
      const outcome = await circuitOutcome(files, one);
      if (outcome !== PASS) unproved.push(`${one.name},${outcome}\n`);
    }
    writeFileSync(circuits, `case,reason\n${unproved.join('')}`);
  }

  const all = expectedCases();
  it.each(all.map((c): [string, ExpectedCase] => [c.name, c]))('%s', (_, c) => {
    expect(loweredOutcome(files, c)).toBe(c.expected);
  });

  it.each(REFUSED_KINDS.map((kind) => [kind.name, kind] as const))(
    'refuses by their kind: %s',
    (_, { cases, refusal }) => {
      const own = all.filter(({ name }) => cases.test(name));
      expect(own.length).toBeGreaterThan(0);
      for (const { name, expected } of own) expect(expected, name).toMatch(refusal);
    },
  );

  const passing = all.filter(({ expected }) => expected === PASS);
  const reasons = new Map(rowsOf(circuits, 2).map(([name, reason]) => [name, reason]));
  const counted = all.filter((c) => kindOf(c) === undefined);
  const isProved = ({ name, expected }: ExpectedCase): boolean => expected === PASS && !reasons.has(name);
  const parts = (
    [
      ['of all', () => true],
      ['of quantisation among them', isQuantised],
    ] as [what: string, isOf: (c: ExpectedCase) => boolean][]
  ).map(([what, isOf]) => {
    const own = counted.filter(isOf);
    const proved = own.filter(isProved).length;
    return { what, proved, of: own.length, share: proved / own.length };
  });

  it.each(parts)('passes most of those $what', ({ share }) => {
    expect(share).toBeGreaterThanOrEqual(LEAST_SHARE);
  });
  if (!hasCircuits) return;
  describe('as circuits', () => {
    it.each(passing.map((c): [string, ExpectedCase] => [c.name, c]))('%s', async (name, c) => {
      expect(await circuitOutcome(files, c)).toBe(reasons.get(name) ?? PASS);
    });
    afterAll(() => {
      console.log(
        [
          `${all.length} cases: ${passing.length - reasons.size} as circuits of 12 bits, ${reasons.size} in floats alone, ${all.length - passing.length} refused`,
          `without those of a kind that no circuit can pass (${all.length - counted.length}):`,
          ...parts.map(({ what, proved, of, share }) => `${proved} of ${of} ${what}, ${(100 * share).toFixed(1)} % (at least ${100 * LEAST_SHARE} %)`), // prettier-ignore
        ].join('\n'),
      );
    });
  });
});
