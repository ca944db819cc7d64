// What is proved of operators that no number alone describes, such as the integers of a quantised model: sentences for the report.
import type { Graph } from '../graph/graph.js';
import type { RealStep } from '../recipes/values.js';
import { ensembleIn, isDynamic } from '../recipes/known.js';

const LINEAR = ['QLinearConv', 'QLinearMatMul', 'QGemm'];

/** Operators of the file, and what is proved of them. */
const MEANINGS: readonly (readonly [operators: readonly string[], meaning: string])[] = [
  [
    [...LINEAR, 'QuantizeLinear'],
    'linear layers between DequantizeLinear and QuantizeLinear, QLinearConv, QLinearMatMul and QGemm: exact sums in int32, then f32(f32(sum) f32(f32(sx sw) / sy)), a half to the even integer; without VNNI onnxruntime itself may saturate pairs of products in 16 bits',
  ],
  [['QLinearAdd', 'QuantizeLinear'], 'sums of two quantised tensors: the two fused float32 steps of onnxruntime'],
  [
    ['QLinearMul', 'QLinearAveragePool', 'QLinearGlobalAveragePool', 'QLinearConcat', 'QLinearSigmoid', 'QLinearLeakyRelu', 'QuantizeLinear'], // prettier-ignore
    'other operators between integers: the float32 steps of the kernels of onnxruntime, a half to the even integer; layers of 16-bit integers and others without a kernel: their real value, rounded; onnxruntime adds up an average over windows in float32, so that at a tie an integer may be one off',
  ],
  [
    ['QLinearSoftmax', 'QuantizeLinear'],
    'a softmax between integers: the table of exponentials of onnxruntime, in whole numbers, and rint(c e / sum), c the whole steps to 1; a half, as of equal integers, goes to the even one. A share of 1 is the last integer of int8, where that of onnxruntime wraps round',
  ],
  [['Imputer'], 'an Imputer of NaN changes nothing: no input of a proof is NaN'],
  [['OneHotEncoder'], 'a category that is unknown to a OneHotEncoder gives zeros, also where onnxruntime would stop'],
  [['ZipMap'], 'the sequence of maps: the tensor of scores that it is made of, its columns named by the keys'],
];

const ROUNDING = 'DynamicQuantizeLinear';
const DYNAMIC = ['DynamicQuantizeLSTM', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat'];

const isAmong = (operators: readonly string[], ops: Readonly<Record<string, number>>): boolean =>
  operators.some((op) => Object.hasOwn(ops, op));

/** The meanings that a model's operators ask for. */
export const meaningsOf = (ops: Readonly<Record<string, number>>): string[] =>
  MEANINGS.flatMap(([operators, meaning]) => (isAmong(operators, ops) ? [meaning] : []));

/** Whether trees have shares of several sizes in their leaves: how even sums of them round is no rule's. */
function isMixed(step: RealStep): boolean {
  const trees = ensembleIn(step);
  if (trees === null) return false;
  const { leaves, roots } = trees;
  const shares = new Set(leaves.filter((weight) => weight !== 0));
  return roots.length > 1 && shares.size > 1 && leaves.every((weight) => weight >= 0);
}

/** Where what is proved is not what the file computes. */
export const deviationsOf = ({ ops, steps }: Pick<Graph, 'ops' | 'steps'>): string[] => [
  ...(steps.some(isDynamic)
    ? [`${ROUNDING} with a reader of its own: its definition, exactly, of the integers of its input, 0 rounded to a 512th of their step at most; onnxruntime rounds scale and steps in float32, so that an integer next to a tie may be one off, and its scale of zeros is 1 where 0 is proved`] // prettier-ignore
    : []),
  ...(isAmong(['TreeEnsembleClassifier'], ops) && steps.some(isMixed)
    ? ['where two classes of a forest have the same share, the first is proved; onnxruntime decides by how the float32 sums of its leaves round, which may be otherwise, and differs from itself with batches and threads'] // prettier-ignore
    : []),
  ...(isAmong(DYNAMIC, ops) || steps.filter(isDynamic).length < Number(Object.hasOwn(ops, ROUNDING) && ops[ROUNDING])
    ? ['the rounding of activations at run time (dynamic quantisation) is not reproduced: the proof is of the float layers of the dequantised weights'] // prettier-ignore
    : []),
];
