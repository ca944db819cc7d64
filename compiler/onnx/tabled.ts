// Operators that are a function of one value and nothing else.
import { point, type FunctionName } from '../recipes/functions.js';
import type { Operator } from './site.js';

/** The line of an operator without attributes. */
export const tabled = (op: string, since: number, name: FunctionName): Operator => ({
  op,
  since,
  inputs: [1, 1],
  outputs: 1,
  lower: (site) => site.table(site.input(0), point(name)),
});
