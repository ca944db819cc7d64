// The command line as a whole: arguments to a command by yargs, its failures to one error, the error to an exit code.
import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { didYouMean } from '../compiler/index.js';
import type { Command } from './command.js';
import { asInferproofError, DONE, exitCode, usageError } from './errors.js';
import { EVERYWHERE, REPEATED, shown } from './options.js';
import { createOutput, type Terminal } from './output.js';
import { asUsageError } from './usage.js';

/** In the order of the path of the data: the order of the help. Loaded on demand, so that a command starts fast. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  inspect: async () => (await import('./commands/inspect.js')).inspectCommand,
  compile: async () => (await import('./commands/compile.js')).compileCommand,
  run: async () => (await import('./commands/run.js')).runCommand,
  check: async () => (await import('./commands/check.js')).checkCommand,
  setup: async () => (await import('./commands/setup.js')).setupCommand,
  ceremony: async () => (await import('./commands/ceremony.js')).ceremonyCommand,
  prove: async () => (await import('./commands/prove.js')).proveCommand,
  verify: async () => (await import('./commands/verify.js')).verifyCommand,
  'export-solidity': async () => (await import('./commands/export-solidity.js')).exportSolidityCommand,
  calldata: async () => (await import('./commands/calldata.js')).calldataCommand,
  compare: async () => (await import('./commands/compare.js')).compareCommand,
  audit: async () => (await import('./commands/audit.js')).auditCommand,
  demo: async () => (await import('./commands/demo.js')).demoCommand,
};

export const commandNames: readonly string[] = Object.keys(COMMANDS);

export const loadCommands = (names: readonly string[] = commandNames): Promise<Command[]> =>
  Promise.all(names.map((name) => COMMANDS[name]()));

interface Choice {
  readonly command: Command;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Runs one command line; whatever happens is reported on the terminal and answered with an exit code. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const output = createOutput(terminal, {
    json: flags.includes('--json'),
    quiet: flags.includes('--quiet'),
    verbose: flags.includes('--verbose'),
  });
  try {
    const choice = await parse(argv, terminal);
    return choice === undefined ? DONE : await choice.command.run(choice.args, output);
  } catch (thrown) {
    output.fail(thrown);
    return exitCode(asInferproofError(thrown));
  } finally {
    output.end();
  }
}

/** The chosen command and its arguments; undefined when help, version or completion was asked for, and printed. */
async function parse(argv: readonly string[], terminal: Terminal): Promise<Choice | undefined> {
  const named = argv.find((arg) => !arg.startsWith('-'));
  const completing = argv.includes('--get-yargs-completions');
  const known = named !== undefined && commandNames.includes(named);
  if (named !== undefined && !known && named !== 'completion' && !completing) {
    const names = [...commandNames, 'completion'];
    throw usageError(`expected a command, got '${named}'`, didYouMean(named, names, 'commands'));
  }
  let choice: Choice | undefined;
  const commands = await loadCommands(known && !completing ? [named] : commandNames);
  const parser = createParser(commands, argv.includes('--help'), (chosen) => (choice = chosen));
  try {
    await parser.parseAsync([...argv], {}, (_error: unknown, _args: unknown, text: string) => {
      if (text !== '') terminal.stdout.write(`${text}\n`);
    });
  } catch (thrown) {
    throw asUsageError(thrown, known ? commands[0] : undefined);
  }
  if (choice === undefined) return undefined;
  refuseRepeated(choice);
  if (choice.args['quiet'] === true && choice.args['verbose'] === true)
    throw usageError('expected one of --quiet and --verbose, got both');
  return choice;
}

/** @param help whether it is set up to print help */
function createParser(commands: readonly Command[], help: boolean, choose: (choice: Choice) => void): Argv {
  const parser = yargs()
    .scriptName('inferproof')
    .usage('$0 COMMAND\n\nProve the inference of ONNX models with Groth16.')
    .locale('en')
    .parserConfiguration({
      'dot-notation': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'parse-positional-numbers': false,
    })
    .options(EVERYWHERE)
    .group([...Object.keys(EVERYWHERE), 'help', 'version'], 'Everywhere:')
    .version(packageVersion())
    .completion('completion', 'print a script that completes commands and flags in bash and zsh')
    .demandCommand(1, 'expected a command, got none')
    .strict()
    .exitProcess(false)
    .wrap(Math.min(120, process.stdout.columns || 100))
    .epilogue('Exit codes: 0 done, 1 the answer is no, 2 usage or data, 3 the model is refused, 70 our bug.')
    .fail((message: string, error: Error | undefined) => {
      throw error ?? new Error(message);
    });
  for (const command of commands) {
    const positionals = Object.entries(command.positionals).map(([name, says]) =>
      typeof says === 'string'
        ? { name, describe: says, word: `<${name}>` }
        : { name, describe: says.optional, word: `[${name}]` },
    );
    const words = [command.name, ...positionals.map(({ word }) => word)].join(' ');
    parser.command(
      words,
      command.describe,
      (builder) => {
        for (const { name, describe } of positionals) builder.positional(name, { type: 'string', describe });
        return builder
          .options(help ? shown(command.options) : command.options)
          .group(Object.keys(command.options), 'Flags:');
      },
      (args) => choose({ command, args }),
    );
  }
  return parser;
}

/** yargs makes a list of a flag that is given twice. */
function refuseRepeated({ command, args }: Choice): void {
  for (const name of Object.keys({ ...command.options, ...EVERYWHERE })) {
    const value = args[name];
    if (!REPEATED.has(name) && Array.isArray(value))
      throw usageError(`expected --${name} once, got it ${value.length} times`);
  }
}

function packageVersion(): string {
  // dist/cli/program.js -> package.json
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
