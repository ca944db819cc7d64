// Every primitive, one line each. Whatever handles a step asks the record of its kind; nothing outside this folder
// compares kinds.
import { InferproofError } from '../../verifier/errors.js';
import { argmax, realArgmax } from './argmax.js';
import { bitwise, realBitwise } from './bitwise.js';
import { compare, realCompare } from './compare.js';
import { divide } from './divide.js';
import { division } from './division.js';
import { equal, realEqual } from './equal.js';
import { input, realInput } from './input.js';
import type { IntegerPrimitive } from './integer.js';
import type { IntegerStep, RealStep } from './steps.js';
import { locate } from './locate.js';
import { linear } from './linear.js';
import { logsum } from './logsum.js';
import { realMatmul } from './matmul.js';
import { max, realMax } from './max.js';
import { norm } from './norm.js';
import { normalise } from './normalise.js';
import { onehot, realOnehot } from './onehot.js';
import { output } from './output.js';
import { product, realProduct } from './product.js';
import { quotient } from './quotient.js';
import type { RealPrimitive } from './real.js';
import { remainder } from './remainder.js';
import { rescale } from './rescale.js';
import { realSelect, select } from './select.js';
import { softmax } from './softmax.js';
import { standardise } from './standardise.js';
import { table } from './table.js';
import { truncate } from './truncate.js';

/** What the lowered graph is made of. */
export const REAL: readonly RealPrimitive[] = [
  realInput,
  linear,
  table,
  realMax,
  realArgmax,
  realOnehot,
  realProduct,
  realMatmul,
  realCompare,
  realEqual,
  realSelect,
  softmax,
  logsum,
  standardise,
  quotient,
  norm,
  division,
  truncate,
  realBitwise,
];

/** What circuits are made of. */
export const INTEGER: readonly IntegerPrimitive[] = [
  input,
  rescale,
  max,
  argmax,
  onehot,
  locate,
  product,
  compare,
  equal,
  select,
  normalise,
  remainder,
  divide,
  bitwise,
  output,
];

const byKind = <T extends { readonly kind: string }>(list: readonly T[]): ((step: { readonly kind: string }) => T) => {
  const records = new Map(list.map((record) => [record.kind, record]));
  return ({ kind }) => {
    const record = records.get(kind);
    if (record === undefined) throw new InferproofError('internal', `expected a known primitive, got '${kind}'`);
    return record;
  };
};

/** The record of a step. */
export const realOf: (step: Pick<RealStep, 'kind'>) => RealPrimitive = byKind(REAL);
export const integerOf: (step: Pick<IntegerStep, 'kind'>) => IntegerPrimitive = byKind(INTEGER);
