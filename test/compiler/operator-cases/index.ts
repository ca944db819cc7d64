// The cases of every operator, by its name.
import type { CaseOf } from './case.js';
import { ATTENTION } from './attention.js';
import { CONTROL } from './control.js';
import { ELEMENTWISE } from './elementwise.js';
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
import { NEWEST } from './older.js';
import { PLACES } from './places.js';
import { QUANTISED } from './quantised.js';
import { RECURRENT } from './recurrent.js';
import { REDUCTION } from './reduction.js';
import { REGIONS } from './regions.js';
import { RESIZE } from './resize.js';
import { SELECTION } from './selection.js';
import { STATEFUL } from './stateful.js';
import { SHAPE } from './shape.js';
import { SVM } from './svm.js';
import { TREES } from './trees.js';
import { SIGNAL } from './signal.js';

export const CASES: Readonly<Record<string, CaseOf>> = {
  ...ATTENTION,
  ...CONTROL,
  ...ELEMENTWISE,
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
  ...QUANTISED,
  ...RECURRENT,
  ...REDUCTION,
  ...REGIONS,
  ...RESIZE,
  ...SELECTION,
  ...SHAPE,
  ...SVM,
  ...TREES,
  ...STATEFUL,
  ...SIGNAL,
};

/** The last opset of operators that got another name, or of which onnxruntime has no later form. */
const LAST: Readonly<Record<string, number>> = { GlobalLpPool: 21, RoiAlign: 21, Scatter: 10, Upsample: 9 };

/** The opsets of operators of ai.onnx.ml: the first alone, or these. */
const OF_DOMAIN: Readonly<Record<string, readonly [number, number]>> = {
  ...Object.fromEntries([...Object.keys({ ...LINEAR_MODELS, ...SVM, ...FEATURES })].map((op) => [op, [1, 1] as const])),
  LabelEncoder: [2, 4],
  TreeEnsemble: [5, 5],
  TreeEnsembleClassifier: [1, 3],
  TreeEnsembleRegressor: [1, 3],
  ZipMap: [1, 3],
};

/** The opsets that cases of an operator are drawn from, both ends included. */
export const opsetsOf = (op: string, oldest: number): readonly [number, number] =>
  OF_DOMAIN[op] ?? [Math.max(oldest, 7), LAST[op] ?? Math.max(NEWEST, oldest)];
