// Every command that a page tells its reader to type: those of inferproof are run, in the order of the page and in one folder a page;
// npm's and node's are ones that exist, and are run by tests of their own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMANDS } from '#cli/commands/index.js';
import { closeCurve, newPowersOfTau } from '../prover/stock.js';
import { blocksOf, inferproof, PAGES, writeGiven, type Block } from './pages.js';

const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => language === 'sh');
const linesOf = ({ text }: Block): string[] =>
  text.replaceAll('\\\n', ' ').split('\n').map((line) => line.replace(/(^|\s+)#.*$/, '')).filter((line) => line !== ''); // prettier-ignore
const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: Readonly<Record<string, string>> }).scripts; // prettier-ignore

/** What stands on the ceremony's page for whatever the reader has. */
const NAMES = { CEREMONY: 'ceremony', DIR: 'out', FILE: 'tau.ptau', HEX: 'c0ffee', 'MODEL.onnx': 'linear.onnx' };
/** The smallest circuit of it, for the sake of time. */
const SMALL = ' --bits 2 --allow-loss';
const SMALL_POWER = 6;

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-pages-'));
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await closeCurve();
});

const runnable = ({ text }: Block): boolean => /^(npx )?inferproof /m.test(text);
const pages = [...new Set(blocks.filter(runnable).map(({ page }) => page))];

it('there are pages with commands', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/ceremony.md', 'docs/data.md', 'docs/verifying.md']));
});

it.each(pages)('%s: every line of inferproof does what it says', async (page) => {
  const folder = mkdtempSync(join(root, 'page-'));
  writeGiven(folder);
  const ceremony = page === 'docs/ceremony.md';
  const compile = ceremony ? `compile linear.onnx${SMALL}` : 'compile model.onnx';
  if (page !== 'README.md') {
    await inferproof(`inferproof ${compile} -o out --calibrate data.npy`, folder);
    await inferproof('inferproof setup out --dev', folder);
    await inferproof('inferproof prove out --input sample.npy', folder);
  }
  if (ceremony) {
    await inferproof(`inferproof ${compile} -o plain --calibrate data.npy --argument plain`, folder);
    await newPowersOfTau(SMALL_POWER, join(folder, NAMES.FILE));
  }
  for (const block of blocks.filter((one) => one.page === page && runnable(one)))
    for (const line of linesOf(block)) {
      const names = block.text.includes('snarkjs') ? { ...NAMES, DIR: 'plain' } : NAMES;
      const typed = ceremony ? line.replace(/\b(CEREMONY|DIR|FILE|HEX|MODEL\.onnx)\b/g, (name) => names[name as keyof typeof names]) : line; // prettier-ignore
      const cwd = block.text.includes('photo') ? join(folder, 'pictures') : folder;
      if (/^(npx )?inferproof /.test(typed)) await inferproof(typed, cwd);
      else if (typed.startsWith('npx snarkjs ')) {
        const stock = resolve('node_modules/snarkjs/build/cli.cjs');
        const { status, stdout, stderr } = spawnSync(process.execPath, [stock, ...typed.split(' ').slice(2)], { cwd, encoding: 'utf8', input: 'dice\n' }); // prettier-ignore
        expect(status, `${typed}\n${stdout}${stderr}`).toBe(0);
      } else expect.unreachable(`${page}:${block.line}: ${line}`);
    }
}, 600_000); // prettier-ignore

it('scripts of npm and files that are named exist', () => {
  for (const block of blocks.filter((one) => !runnable(one)))
    for (const command of linesOf(block).flatMap((line) => line.split(' && '))) {
      const [, script] = /^npm run ([\w:]+)/.exec(command) ?? [];
      const [, file] = /^(?:INFERPROOF_FULL=1 )?npx vitest run (\S+)/.exec(command) ?? [];
      if (script !== undefined) expect(scripts, command).toHaveProperty([script]);
      else if (file !== undefined) expect(existsSync(file), command).toBe(true);
      else expect(command, `${block.page}:${block.line}`).toMatch(/^(npm (ci|test|install inferproof)|cd inferproof)$/);
    }
});

it('commands and flags that the prose names exist', async () => {
  const flags = new Set(['json', 'quiet', 'verbose', 'help', 'version']);
  for (const { load } of Object.values(COMMANDS))
    for (const name of Object.keys((await load()).options)) flags.add(name);
  for (const page of PAGES) {
    const prose = readFileSync(page, 'utf8').replace(/^```\w+\n[^]*?^```$/gm, '');
    for (const [, code] of prose.matchAll(/`([^`\n]+)`/g)) {
      const [, command] = /^(?:npx )?inferproof ([a-z-]+)\b/.exec(code) ?? [];
      if (command !== undefined) expect(Object.keys(COMMANDS), `${page}: ${code}`).toContain(command);
      if (/^(?:(?:npx )?inferproof |compile |setup |prove )/.test(code))
        for (const [, flag] of code.matchAll(/(?<=^| )--([a-z-]+)/g))
          expect([...flags], `${page}: ${code}`).toContain(flag);
    }
  }
});
