// The command line as a whole: arguments to a command, its failures to one error, the error to an exit code. yargs is loaded for
// help, for completion, and for lines that are not plain.
import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { plainArguments } from './arguments.js';
import type { Command } from './command.js';
import { COMMANDS } from './commands/index.js';
import { asInferproofError, DONE, exitCode, usageError } from './errors.js';
import { EVERYWHERE, REPEATED, shown } from './options.js';
import { createOutput, type Terminal } from './output.js';

const commandNames: readonly string[] = Object.keys(COMMANDS);

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
    const { didYouMean } = await import('../compiler/suggest.js');
    throw usageError(`expected a command, got '${named}'`, didYouMean(named, names, 'commands'));
  }
  const command = known ? await COMMANDS[named].load() : undefined;
  const plain = command && argv[0] === named ? plainArguments(argv.slice(1), command) : undefined;
  const choice = command && plain ? { command, args: plain } : await byYargs(argv, terminal, command, completing);
  if (choice === undefined) return undefined;
  refuseRepeated(choice);
  if (choice.args['quiet'] === true && choice.args['verbose'] === true)
    throw usageError('expected one of --quiet and --verbose, got both');
  return choice;
}

/** @param command the one that is named; without one, help and errors are about all */
export async function byYargs(
  argv: readonly string[],
  terminal: Terminal,
  command: Command | undefined,
  completing: boolean,
): Promise<Choice | undefined> {
  const [{ default: yargs }, { asUsageError }] = await Promise.all([import('yargs'), import('./usage.js')]);
  let choice: Choice | undefined;
  const names = command && !completing ? [command.name] : commandNames;
  const loaded = completing ? await installed(names) : command ? [command] : [];
  const parser = configured(yargs());
  for (const name of names) {
    const found = loaded.find((one) => one.name === name);
    addCommand(parser, name, found, argv.includes('--help'), (args) => {
      if (found !== undefined) choice = { command: found, args };
    });
  }
  try {
    await parser.parseAsync([...argv], {}, (_error: unknown, _args: unknown, text: string) => {
      if (text !== '') terminal.stdout.write(`${text}\n`);
    });
  } catch (thrown) {
    throw asUsageError(thrown, command);
  }
  return choice;
}

/** Those whose package is there. */
async function installed(names: readonly string[]): Promise<Command[]> {
  const found = await Promise.allSettled(names.map((name) => COMMANDS[name].load()));
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

const configured = (parser: Argv): Argv =>
  parser
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
    .epilogue(
      'Exit codes: 0 done, 1 the answer is no, 2 usage or data, 3 the model is refused, 70 our bug.\n(network): of the package inferproof-network.',
    )
    .fail((message: string, error: Error | undefined) => {
      throw error ?? new Error(message);
    });

/**
 * @param command undefined where only its line in the overview is asked for
 * @param help whether it is set up to print help
 */
function addCommand(
  parser: Argv,
  name: string,
  command: Command | undefined,
  help: boolean,
  choose: (args: Choice['args']) => void,
): void {
  const { words, describe } = COMMANDS[name];
  parser.command(
    `${name} ${words}`.trim(),
    describe,
    (builder) => {
      if (command === undefined) return builder;
      for (const [word, says] of Object.entries(command.positionals))
        builder.positional(word, { type: 'string', describe: typeof says === 'string' ? says : says.optional });
      return builder
        .options(help ? shown(command.options) : command.options)
        .group(Object.keys(command.options), 'Flags:');
    },
    choose,
  );
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
