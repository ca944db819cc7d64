// Commands of the package inferproof-network, which needs this one: they are here where it is installed beside it.
import type { Command } from './command.js';
import { usageError } from './errors.js';

/** In a variable: the toolkit depends on nothing of the network, for a compiler neither. */
const PACKAGE = 'inferproof-network';

interface Commands {
  readonly COMMANDS: Readonly<Record<string, (() => Promise<Command>) | undefined>>;
}

/** @throws InferproofError 'usage' where the package is not installed, or is too old to have the command */
export async function networkCommand(name: string): Promise<Command> {
  const { COMMANDS } = await (import(`${PACKAGE}/commands`) as Promise<Commands>).catch((cause: unknown) => {
    throw isMissing(cause) ? missing(name, 'none') : cause;
  });
  const load = COMMANDS[name];
  if (load === undefined) throw missing(name, 'one that does not have it');
  return load();
}

const missing = (name: string, got: string) =>
  usageError(`expected the package ${PACKAGE} for '${name}', got ${got}`, `npm install ${PACKAGE}`);

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${PACKAGE}'`);
