// What the README of an example says that its program prints.
import { readFileSync } from 'node:fs';

/** Seconds differ by machine; gas by the zero bytes of a proof, which is fresh each time, as keys are. */
export const open = (text: string): string =>
  text
    .replace(/[\d.]+ s\b/g, '… s')
    .replace(/\d+ gas\b/g, '… gas')
    .replace(/0x[0-9a-f]{64}\b/g, '0x…');

/** The indented block after the command line of a run. */
export function expectedOutput(example: string, command: string): string {
  const readme = readFileSync(`examples/${example}/README.md`, 'utf8');
  const after = readme.slice(readme.indexOf(`    node ${command}\n`));
  const block = /Expected output[^]*?\n\n((?: {4}.*\n)+)/.exec(after);
  if (block === null) throw new Error(`expected a block of output after 'node ${command}' in the README`);
  return block[1].replace(/^ {4}/gm, '');
}
