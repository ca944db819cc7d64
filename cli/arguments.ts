// Command lines as most are written, read without yargs, whose loading takes longer than checking a proof: `--flag`, `--name value`,
// `--name=value`, `-o value` and words, each flag once. Of any other line nothing is said here: yargs reads it, refuses it or helps.
import type { Options } from 'yargs';
import type { Command } from './command.js';
import { EVERYWHERE } from './options.js';

/**
 * What yargs would make of the arguments behind the name of a command, by the names of its flags and words.
 * @returns undefined for a line that is not plain, whether it is right or wrong
 */
export function plainArguments(argv: readonly string[], command: Command): Record<string, unknown> | undefined {
  const options: Readonly<Record<string, Options>> = { ...command.options, ...EVERYWHERE };
  const words: string[] = [];
  const given = new Map<string, string | true>();
  for (let i = 0; i < argv.length; i++) {
    const [, flag, behind] = /^(--[a-z-]+|-[a-z])(?:=(.*))?$/.exec(argv[i]) ?? [];
    if (flag === undefined) {
      if (!isPlain(argv[i])) return undefined;
      words.push(argv[i]);
      continue;
    }
    const [name, option] =
      Object.entries(options).find(([long, { alias }]) => flag === `--${long}` || flag === `-${String(alias)}`) ?? [];
    if (name === undefined || option === undefined || given.has(name) || option.coerce !== undefined) return undefined;
    if (option.type === 'boolean') {
      if (behind !== undefined) return undefined;
      given.set(name, true);
      continue;
    }
    const value = behind ?? argv[++i];
    if (!isPlain(value) || option.choices?.includes(value) === false) return undefined;
    given.set(name, value);
  }
  const positionals = Object.entries(command.positionals);
  const needed = positionals.filter(([, says]) => typeof says === 'string').length;
  if (words.length < needed || words.length > positionals.length) return undefined;
  if (Object.entries(options).some(([name, { demandOption }]) => demandOption === true && !given.has(name)))
    return undefined;
  const defaults = Object.entries(options).filter(([, option]) => option.default !== undefined);
  return {
    ...Object.fromEntries(defaults.map(([name, option]) => [name, option.default as unknown])),
    ...Object.fromEntries(given),
    ...Object.fromEntries(words.map((word, i) => [positionals[i][0], word])),
  };
}

/** Neither a flag, nor empty, nor with the quotes that yargs takes off. */
const isPlain = (text: string | undefined): text is string => text !== undefined && /^[^-'"`][^'"`]*$/.test(text);
