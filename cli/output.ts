// What goes where: stdout carries the result and nothing else, stderr carries the rest.
//
//               stdout                   stderr
//   (nothing)   the result, as text      progress, notes, warnings, errors
//   --json      one JSON object          the same
//   --quiet     the result, as text      errors only
//   both        one JSON object          nothing
//   --verbose                            details as well, and the stack of an error
//
// Everything is written as lines here and nowhere else, and no line holds what a terminal would obey: names in it come from strangers.
import colors from 'picocolors';
import { toJson } from '../files/json-text.js';
import { asInferproofError, errorJson } from './errors.js';
import { printable, printableJson } from './printable.js';
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
  /** The result, once per command: `value` under --json, else the lines. */
  readonly result: (value: object, lines: () => readonly string[]) => void;
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
  const say = (line: string, before = '', paint = (text: string) => text) =>
    void stderr.write(`${before}${paint(printable(line))}\n`);
  const progress = quiet ? silent : stderr.isTTY === true ? barProgress(stderr) : lineProgress((line) => say(line));
  const talk: typeof say = (line, before, paint) => {
    progress.end();
    say(line, before, paint);
  };
  const jsonLine = (value: unknown) => `${printableJson(toJson(value))}\n`;
  return Object.freeze<Output>({
    json,
    quiet,
    verbose,
    result: (value, lines) => {
      progress.end();
      stdout.write(json ? jsonLine(value) : `${lines().map(printable).join('\n')}\n`);
    },
    note: (line) => (quiet ? undefined : talk(line)),
    warn: (line) => (quiet ? undefined : talk(line, `${colour.yellow('warning:')} `)),
    detail: (line) => (verbose ? talk(line, '', colour.dim) : undefined),
    progress: progress.report,
    end: progress.end,
    fail: (thrown) => {
      const error = asInferproofError(thrown);
      progress.end();
      if (json) stdout.write(jsonLine(errorJson(error)));
      if (json && quiet) return;
      say(error.message, `${colour.red('error:')} `);
      if (error.where !== undefined) say(error.where, `  ${colour.dim('at')}   `);
      error.hint?.split('\n').forEach((line, i) => say(line, `  ${i === 0 ? colour.dim('hint') : '    '} `));
      if (!verbose) return;
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
        for (const line of stackOf(cause)) say(line, '', colour.dim);
    },
  });
}

/** The lines of a stack; the message that stands in front of it is one of them. */
function stackOf({ stack = '', message }: Error): string[] {
  return stack.replace(message, () => printable(message)).split('\n');
}
