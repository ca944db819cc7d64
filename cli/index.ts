// For packages that bring commands of their own (inferproof-network): how a command is declared, and the readers that every command
// shares. What a person sees is then the same everywhere: flags, --json, notes, errors, exit codes.
export { defineCommand, type Command } from './command.js';
export { DONE, NEGATIVE, naming, USAGE, usageError, type ExitCode } from './errors.js';
export { readReadingFlags } from './data.js';
export { CLAMP, CONTEXT, given, INPUT, parseDecimal, readContext, readNumber, repeated, text } from './options.js';
export type { Output } from './output.js';
export { inOrder, tensorLines } from './tensors.js';
export { bytes, count, duration, facts, plural, table } from './text.js';
export { drawDigit } from './demo/digit.js';

/** The model and the digit that the package carries. */
export const demoAssets = async () => (await import('./demo/assets.js')).readAssets();
