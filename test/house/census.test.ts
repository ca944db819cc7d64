// A primitive is known inside compiler/primitives, compiler/nodes and compiler/recipes alone: everybody else asks the record of a step's kind. And what stands once
// per primitive or per template stands there: no file is missing and none is left over.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inOnnx } from '#compiler/nodes/index.js';
import { INTEGER } from '#compiler/primitives/index.js';
import { REAL } from '#compiler/recipes/index.js';

const root = resolve(import.meta.dirname, '../..');

/** Files of a folder that end so, as paths inside it with slashes. */
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();

const KINDS = [...new Set([...REAL, ...INTEGER].map(({ kind }) => kind))];
/** What the functions of a rescale are told apart by. */
const FUNCTIONS = ['clamp', 'leaky', 'values'];

const name = `['"\`](?:${[...KINDS, ...FUNCTIONS].join('|')})['"\`]`;
const other = String.raw`(?!\s*['"\`=])`; // no literal: a variable, whatever it holds
const kind = String.raw`(?:\?\.|\.|\b)kind\b(?!\s*\()`;
const equal = String.raw`\s*[!=]==?\s*`;
/** Ways to tell one kind of step, or of function, from another. */
const FORBIDDEN = [
  `${kind}${equal}(?:${name}|${other})`,
  String.raw`(?:${name}|[\w)\]])${equal}[\w.?!()[\]]*${kind}`,
  String.raw`switch\s*\([^)]*${kind}`,
  String.raw`\bcase\s+${name}\s*:`,
  String.raw`\bkind:\s*${name}`,
  String.raw`\.(?:includes|has|get|startsWith)\([\w.?!]*${kind}`,
  String.raw`[\w)\]}]\[[\w.?!]*${kind}\s*\]`,
].map((source) => new RegExp(source));

/** The statements of a source that tell kinds apart; comments do not. */
const comparisons = (source: string): string[] =>
  source
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '')
    .split('\n')
    .filter((line) => FORBIDDEN.some((pattern) => pattern.test(line)))
    .map((line) => line.trim());

describe('kinds of steps', () => {
  it.each([
    "if (step.kind === 'rescale') return;",
    "const own = kind !== 'max' ? 1 : 2;",
    'steps.filter((step) => step.kind === wanted)',
    "if ('argmax' === step.kind) return;",
    'if (wanted === steps[0].kind) return;',
    'switch (step.kind) {',
    'switch (kind) {',
    "    case 'product':",
    "steps.push({ kind: 'rescale', out });",
    "if (['max', 'argmax'].includes(step.kind)) return;",
    'if (special.has(kind)) return;',
    'return handlers[step.kind](step);',
    "if (own.f.kind === 'clamp') return;",
  ])('are told apart by %s', (line) => {
    expect(comparisons(line)).toEqual([line.trim()]);
  });

  it.each([
    'integerOf(step).plain.uses(step, outs)',
    'const kind = choiceOf(f.kind, KINDS);',
    '  kind: step.kind,',
    'const { kind, sources } = step;',
    "// if (step.kind === 'rescale')",
    "if (role === 'input') return;",
    "operator: 'input',",
    "if (port.kind === 'X') return;", // of another union
    'comment(`Step ${s}: ${step.kind}`)',
    'checkCover(step.kind, sizes, uses[index])',
  ])('are not by %s', (line) => {
    expect(comparisons(line)).toEqual([]);
  });

  it('are told apart nowhere but in compiler/primitives, compiler/nodes and compiler/recipes', () => {
    const isInside = (path: string): boolean => /^compiler\/(primitives|nodes|recipes)\//.test(path);
    const read = ['compiler', 'prover', 'cli', 'verifier', 'files', 'report'].flatMap((folder) =>
      filesIn(folder, '.ts').map((path) => `${folder}/${path}`),
    );
    const outside = read.filter((path) => !isInside(path));
    expect(outside.length).toBeGreaterThan(100);
    const found = outside.flatMap((path) =>
      comparisons(readFileSync(join(root, path), 'utf8')).map((line) => `${path}: ${line}`),
    );
    expect(found).toEqual([]);
    // the reader reads: inside they are
    const inside = read.filter(isInside);
    expect(inside.flatMap((path) => comparisons(readFileSync(join(root, path), 'utf8'))).length).toBeGreaterThan(5);
  });
});

describe('files', () => {
  const texts = (folder: string, ending: string): string[] =>
    filesIn(folder, ending).map((path) => readFileSync(join(root, folder, path), 'utf8'));
  const described = texts('compiler/primitives', '.ts').join('\n');
  const found = (pattern: RegExp, text: string): Set<string> =>
    new Set([...text.matchAll(pattern)].map(([, name]) => name));

  it('of circuits/ are those that gadgets name, no more and no fewer', () => {
    const files = filesIn('circuits', '.circom').map((path) => path.replace(/\.circom$/, ''));
    expect(found(/\bfile: '([^']*)'/g, described)).toEqual(new Set(files));
  });

  it('of templates are described whole', () => {
    const written = texts('circuits', '.circom').flatMap((text) => [...found(/^template (\w+)\(/gm, text)]);
    expect(new Set(written).size).toBe(written.length);
    for (const template of written) expect(described).toContain(`'${template}'`);
    for (const template of found(/\btemplate: '(\w+)'/g, described)) expect(written).toContain(template);
  });

  it('of primitives stand in compiler/primitives and in test/primitives under their kinds, and each is written in ONNX', () => {
    for (const { kind } of INTEGER) expect(filesIn('compiler/primitives', '.ts')).toContain(`${kind}.ts`);
    for (const record of INTEGER) expect(inOnnx(record).of).toBe(record);
    const rest = ['index.ts', 'primitive.ts'];
    expect(filesIn('test/primitives', '.ts').filter((path) => !rest.includes(path))).toEqual(
      INTEGER.map((record) => `${record.kind}.ts`).sort(),
    );
  });
});
