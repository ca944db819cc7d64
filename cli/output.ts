// What goes where: stdout carries the result and nothing else, stderr carries the rest.
//
//               stdout                   stderr
//   (nothing)   the result, as text      progress, notes, warnings, errors
//   --json      one JSON object          the same
//   --quiet     the result, as text      errors only
//   both        one JSON object          nothing
//   --verbose                            details as well, and the stack of an error
import colors from 'picocolors';
import { toJson } from '../files/index.js';
import { asInferproofError, errorJson } from './errors.js';
import { barProgress, lineProgress, silent, type OnProgress } from './progress.js';

export interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** What a command speaks to; a test passes its own. */
export interface Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export interface Output extends Manner {
  /** The result, once per command: `value` under --json, else the text. */
  readonly result: (value: object, text: () => string) => void;
  readonly note: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly detail: (line: string) => void;
  readonly progress: OnProgress;
  readonly fail: (thrown: unknown) => void;
  /** Ends an open progress bar. */
  readonly end: () => void;
}

/** Colour only where a terminal shows it: https://no-color.org, FORCE_COLOR wins over a pipe. */
function hasColour(stream: Stream, env: Terminal['env']): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export function createOutput({ stdout, stderr, env }: Terminal, { json, quiet, verbose }: Manner): Output {
  const colour = colors.createColors(hasColour(stderr, env));
  const say = (line: string) => void stderr.write(`${line}\n`);
  const progress = quiet ? silent : stderr.isTTY === true ? barProgress(stderr) : lineProgress(say);
  const talk = (line: string) => {
    progress.end();
    say(line);
  };
  return Object.freeze<Output>({
    json,
    quiet,
    verbose,
    result: (value, text) => {
      progress.end();
      stdout.write(`${json ? toJson(value) : text()}\n`);
    },
    note: (line) => (quiet ? undefined : talk(line)),
    warn: (line) => (quiet ? undefined : talk(`${colour.yellow('warning:')} ${line}`)),
    detail: (line) => (verbose ? talk(colour.dim(line)) : undefined),
    progress: progress.report,
    end: progress.end,
    fail: (thrown) => {
      const error = asInferproofError(thrown);
      progress.end();
      if (json) stdout.write(`${toJson(errorJson(error))}\n`);
      if (json && quiet) return;
      say(`${colour.red('error:')} ${error.message}`);
      if (error.where !== undefined) say(`  ${colour.dim('at')}   ${error.where}`);
      error.hint?.split('\n').forEach((line, i) => say(`  ${i === 0 ? colour.dim('hint') : '    '} ${line}`));
      if (!verbose) return;
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) say(colour.dim(cause.stack ?? ''));
    },
  });
}
