// Every operator that can be lowered. A new one is a function in its family's file, and a line in the family's list with the
// first opset whose form the function knows.
import type { Operator } from '../site.js';
import { ACTIVATIONS } from './activations.js';
import { ATTENTION } from './attention.js';
import { CONSTANTS } from './constants.js';
import { CONTROL } from './control.js';
import { EINSUM } from './einsum.js';
import { ELEMENTWISE } from './elementwise.js';
import { ENCODERS } from './encoders.js';
import { FEATURES } from './features.js';
import { FUNCTIONS } from './functions.js';
import { GRID } from './grid.js';
import { INTEGERS } from './integers.js';
import { LAYOUT } from './layout.js';
import { LINEAR_MODELS } from './linear-models.js';
import { LISTED } from './listed.js';
import { LOGIC } from './logic.js';
import { MAPS } from './maps.js';
import { MATRIX } from './matrix.js';
import { NORMALISATION } from './normalisation.js';
import { PLACES } from './places.js';
import { POWERS } from './powers.js';
import { QUANTISED } from './quantised.js';
import { QUANTISED_BYTES } from './quantised-bytes.js';
import { RECURRENT } from './recurrent.js';
import { REDUCTION } from './reduction.js';
import { REGIONS } from './regions.js';
import { RESIZE } from './resize.js';
import { SELECTION } from './selection.js';
import { SHAPE } from './shape.js';
import { SVM } from './svm.js';
import { TREES } from './trees.js';
import { SIGNAL } from './signal.js';
import { STATEFUL } from './stateful.js';
import { TRANSPOSED } from './transposed.js';

/** The newest opset whose operators were read; a later one may give an operator another meaning. */
export const NEWEST_OPSET = 28;

export const OPERATORS: readonly Operator[] = [
  ...ACTIVATIONS,
  ...ATTENTION,
  ...CONSTANTS,
  ...CONTROL,
  ...EINSUM,
  ...ELEMENTWISE,
  ...ENCODERS,
  ...FEATURES,
  ...FUNCTIONS,
  ...GRID,
  ...INTEGERS,
  ...LAYOUT,
  ...LINEAR_MODELS,
  ...LISTED,
  ...LOGIC,
  ...MAPS,
  ...MATRIX,
  ...NORMALISATION,
  ...PLACES,
  ...POWERS,
  ...QUANTISED,
  ...QUANTISED_BYTES,
  ...RECURRENT,
  ...REDUCTION,
  ...REGIONS,
  ...RESIZE,
  ...SELECTION,
  ...SHAPE,
  ...SIGNAL,
  ...STATEFUL,
  ...SVM,
  ...TRANSPOSED,
  ...TREES,
];
