// What yargs says about a command line, in our sentences.
import type { Options } from 'yargs';
import { didYouMean } from '../compiler/suggest.js';
import type { InferproofError } from '../verifier/errors.js';
import type { Command } from './command.js';
import { usageError } from './errors.js';
import { EVERYWHERE } from './options.js';

/** No command runs while yargs parses, so whatever it throws is about the arguments. */
export function asUsageError(thrown: unknown, command: Command | undefined): InferproofError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const help =
    command === undefined
      ? 'inferproof --help lists the commands'
      : `inferproof ${command.name} --help lists the flags`;
  const [, missing] = /^Missing required arguments?: (.+)$/.exec(message) ?? [];
  if (missing !== undefined) return usageError(`expected --${missing.split(', ').join(' and --')}, got none`, help);
  const [, flag, value, choices] = /Argument: (\S+), Given: (.+), Choices: (.+)$/.exec(message) ?? [];
  if (flag !== undefined)
    return usageError(
      `expected one of ${choices.replaceAll('"', '')}, got ${value.replaceAll('"', "'")}`,
      help,
      `--${flag}`,
    );
  const [, silent] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
  if (silent !== undefined) {
    const flag = silent.length === 1 ? `-${silent}` : `--${silent}`;
    return usageError(`expected a value of ${flag}, got none`, help, flag);
  }
  const [, got] = /^Not enough non-option arguments: got (\d+), need at least \d+$/.exec(message) ?? [];
  if (got !== undefined && command !== undefined) {
    const required = Object.entries(command.positionals).filter(([, says]) => typeof says === 'string');
    const names = required.map(([name]) => name.toUpperCase());
    const found = got === '0' ? 'none' : `${names.slice(0, Number(got)).join(' and ')} only`;
    return usageError(`expected ${names.join(' and ')}, got ${found}`, help);
  }
  const [, unknown] = /^Unknown arguments?: (.+)$/.exec(message) ?? [];
  if (unknown === undefined) return usageError(message.replace(/\s*\n\s*/g, '; '), help);
  const [first] = unknown.split(', ');
  const options: Readonly<Record<string, Options>> = { ...command?.options, ...EVERYWHERE, help: {}, version: {} };
  const flags = Object.keys(options).map((name) => `--${name}`);
  const hint = didYouMean(`--${first}`, flags, 'flags');
  return usageError(`expected known flags and arguments, got '${first}'`, hint.startsWith('did') ? hint : help);
}
