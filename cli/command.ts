// What a command is: its words, its flags, and a function that does it. The type of the flags follows from their declaration.
import type { InferredOptionTypes, Options } from 'yargs';
import type { ExitCode } from './errors.js';
import type { Output } from './output.js';

type Words = Readonly<Record<string, string>>;
type Flags = Readonly<Record<string, Options>>;

export interface Command {
  readonly name: string;
  readonly describe: string;
  /** In order; each is required. */
  readonly positionals: Words;
  /** After them; each may be left out. */
  readonly optionals?: Words;
  readonly options: Flags;
  /** Parses what yargs left as text, calls the API, prints. */
  readonly run: (args: Readonly<Record<string, unknown>>, output: Output) => Promise<ExitCode>;
}

export interface Declaration<P extends Words, Q extends Words, O extends Flags> {
  readonly name: string;
  readonly describe: string;
  readonly positionals: P;
  readonly optionals?: Q;
  readonly options: O;
  readonly run: (
    args: Readonly<{ [K in keyof P]: string } & { [K in keyof Q]: string | undefined } & InferredOptionTypes<O>>,
    output: Output,
  ) => Promise<ExitCode>;
}

/** yargs has checked the arguments against the declaration by the time `run` is called. */
export const defineCommand = <P extends Words, O extends Flags, Q extends Words = Readonly<Record<never, string>>>(
  declaration: Declaration<P, Q, O>,
): Command =>
  Object.freeze<Command>({
    ...declaration,
    run: (args, output) => declaration.run(args as Parameters<typeof declaration.run>[0], output),
  });
