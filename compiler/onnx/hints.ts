// What to do about an operator that cannot be proved: the exporter's switch, or how to write it in operators that can. Only what
// works today stands here; a test holds the operators that a hint names against those that are supported.
import type { ModelNode } from './model.js';

/** Operators, and what to do about each of them. */
export const HINTS: readonly (readonly [operators: string, hint: string])[] = [
  ['QuickGelu', 'write it as x * Sigmoid(1.702 * x): the same numbers'],
  ['FastGelu', "write it as Gelu with approximate 'tanh'"],
  ['SplitToSequence', 'write the parts as outputs of Split, or each one as a Slice'],
  [
    'SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap ConcatFromSequence',
    'a circuit has tensors and no lists of them: write the parts as outputs of Split, and join them with Concat',
  ],
  [
    'Optional OptionalGetElement OptionalHasElement',
    'a circuit has tensors and no absent ones: export the model for inputs that are always there',
  ],
  [
    'SkipLayerNormalization',
    'train with BatchNormalization instead: it folds into the layer before it and costs no rows',
  ],
  [
    'RandomNormal RandomNormalLike RandomUniform RandomUniformLike Bernoulli Multinomial',
    'export the model in evaluation mode: a proof has no random numbers',
  ],
  ['NonMaxSuppression', 'compute it outside the proof: its shape depends on the data, and a circuit has one shape'],
  ['CategoryMapper CastMap DictVectorizer', 'prepare the data outside the proof, and convert the steps after it'],
];

const BY_OPERATOR: ReadonlyMap<string, string> = new Map(
  HINTS.flatMap(([operators, hint]) => operators.split(' ').map((op) => [op, hint] as const)),
);

/** Quantised operators that are left. */
const QUANTISED = /^(Q[A-Z]|QLinear|DynamicQuantize)|IntegerToFloat$|NBits$/;

/**
 * What to do about a node whose operator is not supported.
 * @param isFunction whether the file itself defines the operator
 */
export function hintFor({ op, domain }: Pick<ModelNode, 'op' | 'domain'>, isFunction: boolean): string {
  if (isFunction) return 'write its functions out: onnx.inliner.inline_local_functions(model)';
  const known = BY_OPERATOR.get(op);
  if (known !== undefined) return known;
  if (QUANTISED.test(op))
    return 'give the float model, which compile quantises, or one with scales of its own: quantize_static of onnxruntime';
  return domain === '' || domain.startsWith('ai.onnx')
    ? 'replace it in the model'
    : `give the model as the exporter wrote it, not optimised for one runtime: ${domain} is not an ONNX domain`;
}

/** Operators that a refused node of gives the shape of its first input to its output. */
export const KEEPS_SHAPE: ReadonlySet<string> = new Set(
  'Bernoulli LayerNormalization LogSoftmax LpNormalization RMSNormalization RandomNormalLike RandomUniformLike Softmax'.split(' '), // prettier-ignore
);
