// What onnxruntime's float32 may lose of an element, beyond 1e-5, where a node magnifies the rounding of what it computes with: derived for
// each kind of node, and computed for a case only where its numbers differ by more than 1e-5.
import { TensorProto_DataType } from 'onnx-buf';
import { modelBytes, runOutputs, type ModelInit, type TensorInit } from '../onnx-models.js';
import { randomOf } from '../random-graphs/draft.js';

type Data = Readonly<Record<string, Float32Array>>;
type Numbers = Readonly<Record<string, { readonly data: readonly number[] }>>;
/** By the names of outputs, an allowance for each element; Infinity: none of its digits are right. */
export type Rounding = Readonly<Record<string, readonly number[]>>;

/** Half the distance of float32 numbers at 1. */
const U = 2 ** -24;

const largest = (values: ArrayLike<number>): number => Array.from(values, Math.abs).reduce((a, b) => Math.max(a, b), 0);
const floatsOf = ({ rawData }: TensorInit): Float32Array => new Float32Array(rawData!.slice().buffer);

/**
 * InstanceNormalization and GroupNormalization of groups of nearly equal numbers: n of them, X the largest magnitude, s that of the scales,
 * sd = sqrt(var + epsilon). InstanceNormalization is x a + (b - mean a) with a = s / sd in onnxruntime. Its mean is off by n U X at most; two
 * products and a sum of magnitude X a, each rounded, and what the deviations lose in the variance (U X of each), are 6 U X a more.
 * GroupNormalization is ONNX's own function: its variance, mean(x^2) - mean(x)^2, is off by 2 (n + 3) U X^2, half of which over sd^2
 * is the relative error of 1 / sd.
 */
function ofNorm(model: ModelInit, data: Data): Rounding {
  const { op, in: names, attributes = {}, out } = model.nodes.at(-1)!;
  const isGroups = op === 'GroupNormalization';
  const [batch, channels] = model.inputs[names[0]] as number[];
  const x = data[names[0]];
  const epsilon = (attributes['epsilon'] as { readonly float: number } | undefined)?.float ?? 1e-5;
  const n = x.length / (batch * (isGroups ? (attributes['num_groups'] as number) : channels));
  const s = largest(floatsOf(model.initializers![names[1]]));
  const allowed = Array.from(x, (_, at) => {
    const group = Array.from(x.subarray(at - (at % n), at - (at % n) + n));
    const mean = group.reduce((a, b) => a + b, 0) / n;
    const deviations = group.map((v) => v - mean);
    const sd = Math.sqrt(deviations.reduce((sum, d) => sum + d * d, 0) / n + epsilon);
    const ratio = largest(group) / sd;
    const ofVariance = isGroups ? ((n + 3) * U * ratio ** 2 * s * largest(deviations)) / sd : 0;
    return (n + 6) * U * s * ratio + ofVariance;
  });
  return { [out![0]]: allowed };
}

const DRAWS = 16;

/**
 * Recurrent nodes without bounds, whose state is multiplied with itself at each step. A sum of n products in float32 is that of
 * factors which are off by n U each (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), so the node computes what it
 * would of such weights and inputs: the most that sixteen draws of them change. The exp of a Softplus overflows
 * from 88.7 on: where onnxruntime then has NaN or more than 2^64, nothing that reads it is right.
 */
function ofRecurrence(model: ModelInit, data: Data, want: Numbers): Rounding {
  const { in: names, attributes = {} } = model.nodes.at(-1)!;
  const exact = runOutputs(modelBytes(model), data);
  const random = randomOf(1);
  const n = (model.inputs[names[0]] as number[]).at(-1)! + (attributes['hidden_size'] as number) + 6; // biases, gates, activation
  const off = (values: Float32Array): number[] => Array.from(values, (v) => v * (1 + n * U * random.between(-1, 1)));
  const changes = Object.fromEntries(Object.entries(exact).map(([name, { data: y }]) => [name, y.map(() => 0)]));
  for (let draw = 0; draw < DRAWS; draw++) {
    const initializers = Object.fromEntries(
      Object.entries(model.initializers!).map(([name, tensor]) => [
        name,
        tensor.rawData
          ? { dims: tensor.dims!, dataType: TensorProto_DataType.DOUBLE, doubleData: off(floatsOf(tensor)) }
          : tensor,
      ]),
    );
    const inputs = Object.fromEntries(Object.entries(data).map(([name, values]) => [name, off(values)]));
    for (const [name, { data: y }] of Object.entries(runOutputs(modelBytes({ ...model, initializers }), inputs)))
      y.forEach((v, i) => (changes[name][i] = Math.max(changes[name][i], Math.abs(v - exact[name].data[i]))));
  }
  const { strings = [] } = (attributes['activations'] ?? {}) as { readonly strings?: readonly string[] };
  const isLarge = strings.includes('Softplus') && Object.values(exact).some(({ data: y }) => largest(y) > 88.7);
  const overflows = isLarge && Object.values(want).some(({ data: y }) => y.some((v) => !(Math.abs(v) < 2 ** 64)));
  return overflows ? Object.fromEntries(Object.entries(changes).map(([name, y]) => [name, y.map(() => Infinity)])) : changes; // prettier-ignore
}

/** Kernels of vectors that are far away end at e^-12, less than a step of what is proved: what that adds to a sum of them. */
function ofKernels(model: ModelInit, want: Numbers): Rounding {
  const { attributes = {} } = model.nodes.at(-1)!;
  const { floats } = attributes['coefficients'] as { readonly floats: readonly number[] };
  const most = Math.exp(-12) * floats.reduce((sum, w) => sum + Math.abs(w), 0);
  const scores = model.outputs!.at(-1)!;
  return { [scores]: want[scores].data.map(() => most) };
}

/** @param want what onnxruntime gives */
export function roundingOf(model: ModelInit, data: Data, want: Numbers): Rounding {
  const { op, attributes = {} } = model.nodes.at(-1)!;
  if (attributes['kernel_type'] === 'RBF' && attributes['one_class'] !== 1) return ofKernels(model, want);
  if (/^(Instance|Group)Normalization$/.test(op)) return ofNorm(model, data);
  return /^(GRU|LSTM|RNN)$/.test(op) ? ofRecurrence(model, data, want) : {};
}
