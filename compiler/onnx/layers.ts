// A layer between DequantizeLinear and QuantizeLinear as the integer operator that a runtime makes of it.
import { isOf, type Index } from './known.js';
import type { ModelNode } from './model.js';

/** The domain of an operator that no file has: a QLinearMatMul with a bias. Only nodes with marks are of it. */
export const OWN_DOMAIN = 'inferproof';

const MICROSOFT = 'com.microsoft';
/** What integer kernels read and write; runtimes compute layers of other integers in floats. */
const BYTES = new Set(['int4', 'uint4', 'int8', 'uint8']);
/** How far the scale of a bias may be from the product of those that it belongs to, as a share. */
const NEAR = 2 ** -16;

interface Around {
  readonly known: Index;
  readonly isAlone: (name: string) => boolean;
  /** The QuantizeLinear. */
  readonly node: ModelNode;
  /** Names of scale and zero point of the result. */
  readonly result: readonly string[];
}

type Layer = Pick<ModelNode, 'op' | 'name' | 'domain' | 'opset' | 'inputs' | 'attributes' | 'marks'>;

/** The integer operator of the layer that gives a float; null where there is none. */
export function layerOf(base: string, { known, isAlone, node, result }: Around): Layer | null {
  const maker = known.makers.get(base);
  if (maker === undefined || maker.domain !== '' || (maker.op !== 'DequantizeLinear' && !isAlone(base))) return null;
  const { name, op, opset, attributes } = maker;
  const isByte = ([, , zero]: readonly string[]): boolean => BYTES.has(known.constant(zero)?.dtype ?? 'uint8');
  if (!isByte(['', ...result])) return null;
  const one = (input: string | undefined): readonly string[] | null => {
    const float = known.dequantised(input ?? '');
    return float === null || !known.isOne(float.inputs[1]) || !isByte(float.inputs) ? null : stepsOf(float);
  };
  const onnx = (op: string, inputs: readonly string[], own = attributes): Layer => ({ name, op, domain: '', opset, inputs, attributes: own }); // prettier-ignore
  const own = (op: string, inputs: readonly string[]): Layer => ({ name, op, domain: MICROSOFT, opset: 1, inputs, attributes }); // prettier-ignore
  const [first, second] = [one(maker.inputs[0]), one(maker.inputs[1])];
  switch (op) {
    case 'Conv':
    case 'MatMul':
    case 'Gemm': {
      if (first === null) return null;
      const attribute = (key: string, fallback: number): unknown => attributes.get(key) ?? fallback;
      if (op === 'Gemm' && (attribute('alpha', 1) !== 1 || attribute('beta', 1) !== 1 || attribute('transA', 0) !== 0)) return null; // prettier-ignore
      const axis = op === 'Conv' || attribute('transB', 0) === 1 ? 0 : -1;
      const weights = op === 'MatMul' && second !== null ? second : weightsOf(known, maker.inputs[1], axis);
      if (weights === null || (op !== 'MatMul' && known.constant(weights[0]) === null)) return null;
      const bias = (maker.inputs[2] ?? '') === '' ? '' : biasOf(known, maker.inputs[2], first[1], weights[1]);
      if (bias === null) return null;
      if (op === 'Gemm') {
        const sum = own('QGemm', [...first, ...weights, bias, ...result]);
        return { ...sum, attributes: new Map([['transB', axis === 0 ? 1 : 0]]) };
      }
      const inputs = [...first, ...weights, ...result];
      return onnx(op === 'Conv' ? 'QLinearConv' : 'QLinearMatMul', bias === '' ? inputs : [...inputs, bias]);
    }
    case 'Add': {
      if (first !== null && second !== null) {
        const sum = own('QLinearAdd', [...first, ...second, ...result]);
        return { ...sum, marks: { unsigned: true } };
      }
      return biased(maker, { known, isAlone, node, result });
    }
    case 'Mul':
      return first !== null && second !== null ? own('QLinearMul', [...first, ...second, ...result]) : null;
    case 'AveragePool':
      return first === null ? null : own('QLinearAveragePool', [...first, ...result]);
    case 'GlobalAveragePool':
      return first === null ? null : own('QLinearGlobalAveragePool', [...first, ...result]);
    case 'Sigmoid':
      return first === null ? null : own('QLinearSigmoid', [...first, ...result]);
    case 'LeakyRelu':
      return first === null ? null : own('QLinearLeakyRelu', [...first, ...result]);
    case 'Softmax': {
      if (first === null) return null;
      const axis = attributes.get('axis') ?? (opset < 13 ? 1 : -1);
      return { ...own('QLinearSoftmax', [...first, ...result]), attributes: new Map([['axis', axis], ['opset', opset]]) }; // prettier-ignore
    }
    case 'Concat': {
      const parts = maker.inputs.map(one);
      return parts.every((part) => part !== null) ? own('QLinearConcat', [...result, ...parts.flat()]) : null;
    }
    case 'DequantizeLinear': {
      const same = one(base);
      if (same === null || known.constant(same[0]) !== null) return null;
      return { ...own('QLinearConcat', [...result, ...same]), attributes: new Map([['axis', 0]]) };
    }
    default:
      return null;
  }
}

/** Integers, scale and zero point that a DequantizeLinear reads. */
const stepsOf = ({ inputs }: ModelNode): readonly string[] => [inputs[0], inputs[1], inputs[2] ?? ''];

/** Those of constant weights, with a scale for all or for each index along an axis. */
function weightsOf(known: Index, input: string, axis: number): readonly string[] | null {
  const float = known.dequantised(input);
  if (float === null || float.attributes.has('block_size')) return null;
  const [weights, scales] = [known.constant(float.inputs[0]), known.constant(float.inputs[1])];
  if (weights === null || scales === null) return null;
  const rank = weights.shape.length;
  const declared = float.attributes.get('axis') ?? 1;
  const isAlong = typeof declared === 'number' && (declared + rank) % rank === (axis + rank) % rank;
  return scales.data.length === 1 || isAlong ? stepsOf(float) : null;
}

/** The constant integers of a bias whose scale is that of the products; null for another. */
function biasOf(known: Index, input: string, x: string, w: string): string | null {
  const float = known.dequantised(input);
  const [scales, left, right] = [float?.inputs[1] ?? '', x, w].map((name) => known.constant(name)?.data ?? null);
  if (float === null || scales === null || left === null || right === null) return null;
  if (known.constant(float.inputs[0]) === null) return null;
  if (known.constant(float.inputs[2] ?? '')?.data.some((z) => z !== 0)) return null;
  const at = (list: Float64Array, k: number): number => list[list.length === 1 ? 0 : k];
  const count = Math.max(scales.length, right.length);
  for (let k = 0; k < count; k++) {
    const product = left[0] * at(right, k);
    if (!(Math.abs(at(scales, k) - product) <= NEAR * product)) return null;
  }
  return float.inputs[0];
}

/** A matrix product with a bias behind it, as exporters write a dense layer. */
function biased({ inputs, opset, name }: ModelNode, { known, isAlone, result }: Around): Layer | null {
  for (const [product, bias] of [inputs, inputs.toReversed()]) {
    const maker = known.makers.get(product);
    if (!isOf(maker, 'MatMul') || !isAlone(product)) continue;
    const x = known.dequantised(maker.inputs[0]);
    const w = weightsOf(known, maker.inputs[1], -1);
    if (x === null || w === null || !known.isOne(x.inputs[1])) continue;
    const ints = biasOf(known, bias, x.inputs[1], w[1]);
    if (ints === null) continue;
    return { name, op: 'QLinearMatMul', domain: OWN_DOMAIN, opset, inputs: [...stepsOf(x), ...w, ...result, ints], attributes: new Map(), marks: {} }; // prettier-ignore
  }
  return null;
}
