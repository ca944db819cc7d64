// What an operator is written in, one line each: real steps, and how they are planned in integers.
import { byKind } from '../primitives/index.js';
import type { RealStep } from './values.js';
import { addition } from './addition.js';
import { realArgmax } from './argmax.js';
import { realBitwise } from './bitwise.js';
import { division } from './division.js';
import { dynamic } from './dynamic.js';
import { ensemble } from './ensemble.js';
import { realInput } from './input.js';
import { linear } from './linear.js';
import { listed } from './listed.js';
import { logsum } from './logsum.js';
import { realMatmul } from './matmul.js';
import { realMax } from './max.js';
import { norm } from './norm.js';
import { realOnehot } from './onehot.js';
import { realCompare, realEqual } from './predicates.js';
import { realProduct } from './product.js';
import { quantise } from './quantise.js';
import { quotient } from './quotient.js';
import { requantise } from './requantise.js';
import { realSelect } from './select.js';
import { shares } from './shares.js';
import { softmax } from './softmax.js';
import { realSort } from './sort.js';
import { standardise } from './standardise.js';
import { table } from './table.js';
import { truncate } from './truncate.js';
import type { RealPrimitive } from './real.js';

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
  ensemble,
  realSort,
  requantise,
  addition,
  listed,
  quantise,
  dynamic,
  shares,
];

/** The record of a step. */
export const realOf: (step: Pick<RealStep, 'kind'>) => RealPrimitive = byKind(REAL);
