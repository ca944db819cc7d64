// The command line as a user meets it: usage errors, files that are missing or cannot be written, help, and who hears what.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '#cli/commands/index.js';
import { commandLine, type Heard } from './in-process.js';

const MAIN = resolve('dist/cli/main.js');
let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'inferproof-cli-'));
  writeFileSync(join(cwd, 'file'), 'not a model');
  mkdirSync(join(cwd, 'empty'));
});

/** Runs the program in this process; what only a process shows is asked of the executable. */
const inferproof = (...args: readonly string[]): Promise<Heard> => commandLine(args, cwd);

function executable(...args: readonly string[]): Heard {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8' });
  return { status: status ?? NaN, stdout, stderr };
}

/** A failure with nothing on stdout, no stack, and these words. */
async function failure(exit: number, args: readonly string[], ...words: readonly string[]): Promise<void> {
  failed(await inferproof(...args), exit, words);
}
function failed({ status, stdout, stderr }: Heard, exit: number, words: readonly string[]): void {
  expect({ status, stdout }, stderr).toEqual({ status: exit, stdout: '' });
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/\n\s+at .*\.js:\d/);
  for (const word of words) expect(stderr).toContain(word);
}

describe('usage', () => {
  it('names the near command and the near flag', async () => {
    failed(executable('compil', 'm.onnx'), 2, ["got 'compil'", "did you mean 'compile'?"]);
    await failure(2, ['xyzzy'], 'commands: inspect, compile');
    await failure(2, ['compile', 'm.onnx', '-o', 'd', '--calibrat', 'x.npy'], "did you mean '--calibrate'?");
    await failure(2, [], 'expected a command');
  });

  it('wants every argument, once, with a value', async () => {
    await failure(2, ['inspect'], 'expected MODEL, got none', 'inferproof inspect --help');
    for (const command of ['verify', 'calldata'])
      await failure(2, [command, 'file'], 'expected KEY and PROOF, got KEY only', 'DIR/proof.json');
    for (const command of ['verify', 'calldata']) await failure(2, [command, 'nosuch'], 'nosuch', 'got nothing there');
    await failure(2, ['verify', 'empty'], 'a verification key');
    await failure(2, ['inspect', 'a', 'b'], "got 'b'");
    await failure(2, ['compile', 'm.onnx'], 'expected --output, got none');
    await failure(2, ['run', 'empty'], 'expected --input, got none');
    await failure(2, ['run', 'empty', '--input'], 'expected a value of --input, got none');
    await failure(2, ['compile', 'm.onnx', '-o'], 'expected a value of -o, got none');
    await failure(2, ['run', 'empty', '--input', 'a', '--input', 'b'], 'expected --input once');
    await failure(
      2,
      ['compile', 'm.onnx', '-o', 'd', '--argument', 'magic'],
      "expected one of lookup, plain, got 'magic'",
      '--argument',
    );
    expect(await inferproof('inspect', 'file', '--quiet', '--verbose')).toMatchObject({ status: 2, stdout: '' });
  });

  it('refuses values of flags before it reads a file', async () => {
    await failure(2, ['compile', 'none', '-o', 'd', '--input-range', '1,0'], '--input-range');
    await failure(2, ['compile', 'none', '-o', 'd', '--bits', 'eight'], '--bits');
    await failure(2, ['compile', 'none', '-o', 'd', '--min-agreement', '0.9'], 'expected --calibrate');
    await failure(2, ['compile', 'none', '-o', 'd', '--shape', 'n=zero'], '--shape');
    await failure(2, ['verify', 'none', 'none', '--context', '0x12'], '--context');
    await failure(2, ['prove', 'none', '--input', 'x', '--index', '-1'], '--index');
  });

  it('takes a range that begins with a minus, and several', async () => {
    await failure(
      2,
      ['inspect', 'none', '--input-range', '-1,1', '--input-range', 'x=-2,2'],
      'got no such file',
      'none',
    );
  });

  it('wants one of --dev and --ptau', async () => {
    await failure(2, ['setup', 'empty'], '--dev', '--ptau', 'neither');
    await failure(2, ['setup', 'empty', '--dev', '--ptau', 'x.ptau'], 'both');
  });
});

describe('files', () => {
  it('names a file that is missing or something else', async () => {
    await failure(2, ['inspect', 'none.onnx'], 'an ONNX model', 'none.onnx');
    await failure(2, ['inspect', 'empty'], 'a folder');
    await failure(2, ['run', 'nowhere', '--input', 'x.npy'], 'the folder of a compiled model', 'inferproof compile');
    await failure(2, ['run', 'empty', '--input', 'x.npy'], 'a compiled circuit');
    await failure(2, ['verify', 'empty', 'proof.json'], 'a verification key', 'inferproof setup');
    await failure(2, ['verify', 'file', 'proof.json'], 'a verification key');
  });
});

describe('output', () => {
  it('prints one JSON object for a failure, and nothing else under --quiet', async () => {
    const { status, stdout, stderr } = executable('setup', 'empty', '--json', '--quiet');
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage', where: null } });
    expect(JSON.parse((await inferproof('--json', 'nothing')).stdout)).toMatchObject({ error: { code: 'usage' } });
  });

  it('ends as it would where nobody hears the talk', { skip: process.platform !== 'linux' }, () => {
    const deaf = openSync('/dev/full', 'w');
    const { status } = spawnSync(process.execPath, [MAIN, 'inspect', 'none'], { cwd, stdio: ['ignore', 'pipe', deaf] });
    closeSync(deaf);
    expect(status).toBe(2);
  });

  it('prints the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(executable('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists every command, and every flag of each', async () => {
    const all = executable('--help');
    expect(await inferproof('--help')).toEqual(all);
    expect({ status: all.status, stderr: all.stderr }).toEqual({ status: 0, stderr: '' });
    for (const [name, { words, load }] of Object.entries(COMMANDS)) {
      const { options, positionals } = await load();
      const shown = Object.entries(positionals).map(([word, says]) =>
        typeof says === 'string' ? `<${word}>` : `[${word}]`,
      );
      expect(words).toBe(shown.join(' '));
      expect(all.stdout).toContain(`inferproof ${name} ${words}`.trim());
      const help = await inferproof(name, '--help');
      expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: '' });
      for (const flag of [...Object.keys(options), 'json', 'quiet', 'verbose', 'help']) {
        expect(help.stdout, name).toContain(`--${flag}`);
      }
    }
  });

  it('shows numbers as numbers, and what may be left out', async () => {
    const help = (await inferproof('compile', '--help')).stdout;
    for (const flag of ['min-agreement', 'max-error', 'bits'])
      expect(help).toMatch(new RegExp(`--${flag} [^-]*\\[number\\]`));
    expect(help).toMatch(/--labels [^-]*\[string\]/);
    expect((await inferproof('prove', '--help')).stdout).toMatch(/--index [^-]*\[number\]/);
    for (const command of ['verify', 'calldata'])
      expect((await inferproof(command, '--help')).stdout).toMatch(/<key> \[proof\][^]*default DIR\/proof\.json/);
  });

  it('completes commands, and prints the script that does so', () => {
    expect(executable('completion').stdout).toContain('inferproof --get-yargs-completions');
    expect(executable('--get-yargs-completions', 'inferproof', 'comp').stdout.split('\n')).toEqual(
      expect.arrayContaining(['compile', 'compare']),
    );
    expect(executable('--get-yargs-completions', 'inferproof', 'setup', '--p').stdout).toContain('--ptau');
  });

  it('leaves nothing behind when a place cannot be written', async () => {
    const before = readdirSync(cwd).sort();
    for (const place of ['file/dir', '.', 'file']) {
      expect((await inferproof('compile', 'file', '-o', place, '--input-range', '0,1')).status, place).toBe(2);
    }
    expect(readdirSync(cwd).sort()).toEqual(before);
  });
});
