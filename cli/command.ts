// What a command is: its words, its flags, and a function that does it. The type of the flags follows from their declaration.
import type { InferredOptionTypes, Options } from 'yargs';
import type { ExitCode } from './errors.js';
import type { Output } from './output.js';

/** What help says of a word; one that may be left out says so, and comes after those that may not. */
type Positionals = Readonly<Record<string, string | { readonly optional: string }>>;
type Flags = Readonly<Record<string, Options>>;

export interface Command {
  readonly name: string;
  /** In order. */
  readonly positionals: Positionals;
  readonly options: Flags;
  /** Parses what yargs left as text, calls the API, prints. */
  readonly run: (args: Readonly<Record<string, unknown>>, output: Output) => Promise<ExitCode>;
}

export interface Declaration<P extends Positionals, O extends Flags> {
  readonly name: string;
  readonly positionals: P;
  readonly options: O;
  readonly run: (
    args: Readonly<{ [K in keyof P]: P[K] extends string ? string : string | undefined } & InferredOptionTypes<O>>,
    output: Output,
  ) => Promise<ExitCode>;
}

/** yargs has checked the arguments against the declaration by the time `run` is called. */
export const defineCommand = <P extends Positionals, O extends Flags>(declaration: Declaration<P, O>): Command =>
  Object.freeze<Command>({
    ...declaration,
    run: (args, output) => declaration.run(args as Parameters<typeof declaration.run>[0], output),
  });
