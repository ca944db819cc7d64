// Every integer primitive, one line each. Whatever handles a step asks the record of its kind; nothing outside this folder and the
// recipes above it compares kinds.
import { InferproofError } from '../../verifier/errors.js';
import { argmax } from './argmax.js';
import { bitwise } from './bitwise.js';
import { compare } from './compare.js';
import { divide } from './divide.js';
import { equal } from './equal.js';
import { input } from './input.js';
import type { IntegerPrimitive } from './integer.js';
import { locate } from './locate.js';
import { max } from './max.js';
import { normalise } from './normalise.js';
import { onehot } from './onehot.js';
import { output } from './output.js';
import { packed } from './matmul.js';
import { product } from './product.js';
import { remainder } from './remainder.js';
import { rescale } from './rescale.js';
import { select } from './select.js';
import { sort } from './sort.js';
import type { IntegerStep } from './steps.js';

/** What circuits are made of. */
export const INTEGER: readonly IntegerPrimitive[] = [
  input,
  rescale,
  max,
  argmax,
  onehot,
  locate,
  product,
  packed,
  compare,
  equal,
  select,
  normalise,
  remainder,
  divide,
  bitwise,
  sort,
  output,
];

/** The record of a kind, among those of a list. */
export const byKind = <T extends { readonly kind: string }>(
  list: readonly T[],
): ((step: { readonly kind: string }) => T) => {
  const records = new Map(list.map((record) => [record.kind, record]));
  return ({ kind }) => {
    const record = records.get(kind);
    if (record === undefined) throw new InferproofError('internal', `expected a known primitive, got '${kind}'`);
    return record;
  };
};

/** The record of a step. */
export const integerOf: (step: Pick<IntegerStep, 'kind'>) => IntegerPrimitive = byKind(INTEGER);
