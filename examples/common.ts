// What the example programs share.
import type { Argument } from 'inferproof/compiler';

/** Place of the largest value, the first of equals: the digit that ten scores stand for. */
export function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** The argument that a run is asked to prove with: `node run.js [lookup|plain]`. */
export const chosenArgument = (): Argument => (process.argv[2] === 'plain' ? 'plain' : 'lookup');
