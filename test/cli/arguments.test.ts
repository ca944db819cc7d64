// Plain command lines are read without yargs, and as yargs reads them; whatever else is left to it.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { plainArguments } from '#cli/arguments.js';
import { COMMANDS } from '#cli/commands/index.js';
import { byYargs } from '#cli/program.js';
import { generator } from '../compiler/circuits.js';

const names = ['prove', 'verify', 'compile', 'setup', 'export-solidity'];
const commands = await Promise.all(names.map((name) => COMMANDS[name].load()));
const [prove, verify] = commands;
const silent = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/** What yargs makes of a line, by the names of the command's flags and words; undefined where it refuses or prints. */
async function yargsReads(name: string, line: readonly string[]): Promise<Record<string, unknown> | undefined> {
  const command = commands[names.indexOf(name)];
  const choice = await byYargs([name, ...line], { stdout: silent(), stderr: silent(), env: {} }, command, false).catch(
    () => undefined,
  );
  if (choice === undefined) return undefined;
  const known = [...Object.keys({ ...command.options, ...command.positionals }), 'json', 'quiet', 'verbose'];
  return Object.fromEntries(known.map((key) => [key, choice.args[key]]).filter(([, value]) => value !== undefined));
}

describe('a plain line', () => {
  it('is read as yargs reads it, whatever it is made of', async () => {
    const random = generator(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
    const values = [
      'x',
      'a=b',
      '0',
      '-1',
      '',
      "'q'",
      'kernel',
      'snarkjs',
      'lookup',
      '1e3',
      '--',
      '-',
      'true',
      'a b',
      '=',
      '0x10',
    ];
    let plain = 0;
    for (let round = 0; round < 400; round++) {
      const command = pick(commands);
      const flags = [...Object.keys(command.options), 'json', 'quiet', 'help', 'nonsense', 'no-clamp'].map(
        (f) => `--${f}`,
      );
      const token = (): string[] => {
        const flag = pick([...flags, '-o', '-x', '-ofile']);
        return pick([[pick(values)], [pick(values)], [flag], [flag, pick(values)], [`${flag}=${pick(values)}`]]);
      };
      const line = ['dir', ...Array.from({ length: Math.floor(random() * 4) }, token).flat()];
      const read = plainArguments(line, command);
      if (read === undefined) continue;
      plain++;
      expect(read, `${command.name} ${line.join(' ')}`).toEqual(await yargsReads(command.name, line));
    }
    expect(plain).toBeGreaterThan(40);
  });

  it.each([
    [
      ['dir', '--input', 'x.npy', '--index=3', '-o', 'p.json', '--clamp', '--json'],
      {
        dir: 'dir',
        input: 'x.npy',
        index: '3',
        output: 'p.json',
        all: false,
        clamp: true,
        json: true,
        prover: 'kernel',
      },
    ],
    [['--input=a=b', 'dir'], { dir: 'dir', input: 'a=b', all: false, clamp: false, prover: 'kernel' }],
  ])('%s', (line, read) => {
    expect(plainArguments(line, prove)).toEqual(read);
  });

  it.each([
    ['no word', []],
    ['a word too many', ['a', 'b', 'c']],
    ['help', ['a', '--help']],
    ['version', ['a', '--version']],
    ['an unknown flag', ['a', '--nonsense']],
    ['a flag twice', ['a', '--json', '--json']],
    ['no value', ['a', '--context']],
    ['a flag for a value', ['a', '--context', '--json']],
    ['an empty value', ['a', '--context=']],
    ['a value for a switch', ['a', '--json=false']],
    ['the end of flags', ['a', '--', 'b']],
    ['a negation', ['a', '--no-json']],
    ['quotes', ['a', "'b'"]],
  ])('is not one with %s', (_, line) => {
    expect(plainArguments(line, verify)).toBeUndefined();
  });

  it.each([
    ['a flag that is needed', ['dir']],
    ['a choice of the list', ['dir', '--input', 'x', '--prover', 'none']],
  ])('is not one without %s', (_, line) => {
    expect(plainArguments(line, prove)).toBeUndefined();
  });
});
