// Groups of a quantised model: DequantizeLinear, a layer, QuantizeLinear, which a runtime computes in integers, are written as the one
// integer operator that it makes of them. What only moves elements, a MaxPool and a Relu may stand between.
import { integerRange } from '../tensor.js';
import type { Model, ModelNode } from './model.js';
import { onGrid } from '../recipes/rounding.js';
import { dynamic, fused, recurrent } from './dynamic.js';
import { index, is, isOf, type Fresh, type Index, type Initializers } from './known.js';
import { everyNode, needed, readsOf } from './order.js';

/** Operators that give elements of their first input as they are: they commute with both. */
const MOVES = new Set('DepthToSpace Expand Flatten Gather GlobalMaxPool Identity MaxPool Reshape Slice SpaceToDepth Squeeze Tile Transpose Unsqueeze'.split(' ')); // prettier-ignore

/** The domain of an operator that no file has: a QLinearMatMul with a bias. Only nodes with marks are of it. */
export const OWN_DOMAIN = 'inferproof';

/** Operators without which there are no groups. */
const QUANTISED = /Quantize|IntegerToFloat/;

const MICROSOFT = 'com.microsoft';
/** What integer kernels read and write; runtimes compute layers of other integers in floats. */
const BYTES = new Set(['int4', 'uint4', 'int8', 'uint8']);
/** How far the scale of a bias may be from the product of those that it belongs to, as a share. */
const NEAR = 2 ** -16;

/** The model with its groups written as integer operators. */
export function withGroups(model: Model): Model {
  if (!model.nodes.some(({ op }) => QUANTISED.test(op))) return model;
  const ofNodes = everyNode(model.nodes).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  const names = new Set([...ofNodes, ...model.initializers.keys(), ...model.inputs.map(({ name }) => name)]);
  const fresh = (of: string, what: string): string => {
    let name = `${of} ${what}`;
    while (names.has(name)) name += "'";
    names.add(name);
    return name;
  };
  const zero = fresh('zero point', '0');
  const initializers = new Map(model.initializers).set(zero, { dtype: 'uint8', shape: [], data: Float64Array.of(0) });
  const outputs = model.outputs.map(({ name }) => name);
  const below = lowered(model.nodes, initializers, fresh);
  const nodes = raised(below, outputs, initializers, zero, fresh);
  return { ...model, initializers, nodes: needed(nodes, outputs) };
}

/** Each DequantizeLinear of one scale behind what only moves elements. */
function lowered(nodes: readonly ModelNode[], initializers: Initializers, fresh: Fresh): ModelNode[] {
  const known = index(initializers);
  return nodes.flatMap((node) => {
    const float = known.dequantised(node.inputs[0] ?? '');
    const moves = node.domain === '' && MOVES.has(node.op) && node.outputs.length === 1;
    const made = (): ModelNode[] => {
      if (float === null || !moves || !known.isOne(float.inputs[1]) || known.constant(float.inputs[0]) !== null)
        return [node];
      const ints = fresh(node.outputs[0], 'in integers');
      return [
        { ...node, inputs: [float.inputs[0], ...node.inputs.slice(1)], outputs: [ints] },
        { ...float, inputs: [ints, ...float.inputs.slice(1)], outputs: node.outputs },
      ];
    };
    const written = made();
    for (const one of written) known.add(one);
    return written;
  });
}

/** Each QuantizeLinear in front of what only moves elements, as the integer operator of the layer that it stands behind. */
function raised(
  nodes: readonly ModelNode[],
  outputs: readonly string[],
  initializers: Initializers,
  zero: string,
  fresh: Fresh,
): ModelNode[] {
  const known = index(initializers);
  const readers = new Map<string, number>();
  for (const name of [...nodes.flatMap(readsOf), ...outputs]) readers.set(name, (readers.get(name) ?? 0) + 1);
  const isAlone = (name: string): boolean => readers.get(name) === 1;
  for (const node of nodes) known.add(node);
  return nodes.flatMap((node) => {
    if (node.op === 'Mul' && node.domain === '') return dynamic(node, known, fresh) ?? [node];
    if (is(node, 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat')) return fused(node, known, fresh) ?? [node];
    if (is(node, 'DynamicQuantizeLSTM')) return recurrent(node, known, fresh) ?? [node];
    if (!is(node, 'QuantizeLinear') || !known.isOne(node.inputs[1] ?? '')) return [node];
    if (['output_dtype', 'precision'].some((name) => node.attributes.has(name))) return [node];
    const result = [node.inputs[1], (node.inputs[2] ?? '') === '' ? zero : node.inputs[2]];
    const moved: ModelNode[] = [];
    let [base, ends] = [node.inputs[0], WHOLE];
    for (;;) {
      const maker = known.makers.get(base);
      if (maker === undefined || !isAlone(base) || maker.domain !== '') break;
      const clip = clipOf(maker, known);
      if (clip !== null) ends = [clampTo(clip[0], ends), clampTo(clip[1], ends)];
      else if (MOVES.has(maker.op) && maker.outputs.length === 1) moved.push(maker);
      else break;
      base = maker.inputs[0];
    }
    const isClipped = ends !== WHOLE;
    const group = layerOf(base, { known, isAlone, node, result });
    if (group === null && !isClipped && moved.length === 0) return [node];
    if (group === null && moved.length > 0 && known.makers.has(base)) return [node];
    const steps = isClipped ? stepsBetween(ends, result, known) : undefined;
    if (steps === null) return [node];
    const layer: ModelNode = {
      ...node,
      ...(group ?? { inputs: [base, ...node.inputs.slice(1)] }),
      // rounding never falls: what is clipped before it is clipped behind
      marks: { ...group?.marks, ...(steps && { ends: steps }) }, // prettier-ignore
    };
    let last = moved.length === 0 ? node.outputs[0] : fresh(base, 'in integers');
    const written: ModelNode[] = [{ ...layer, outputs: [last] }];
    for (const [k, mover] of moved.toReversed().entries()) {
      const name = k === moved.length - 1 ? node.outputs[0] : fresh(mover.outputs[0], 'in integers');
      written.push({ ...mover, inputs: [last, ...mover.inputs.slice(1)], outputs: [name] });
      last = name;
    }
    return written;
  });
}

const WHOLE: Ends = [-Infinity, Infinity];
type Ends = readonly [least: number, most: number];
const clampTo = (x: number, [lo, hi]: Ends): number => Math.min(Math.max(x, lo), hi);

/** Ends as integers of a result, inside its type; null where these are not known, or only one is left. */
function stepsBetween(ends: Ends, [scale, zero]: readonly string[], known: Index): Ends | null {
  const [of, from] = [known.constant(scale), known.constant(zero)];
  const range = from && integerRange(from.dtype);
  if (of === null || !range) return null;
  const grid = { scale: of.data[0], zero: from.data[0], ...range };
  const [least, most] = ends.map((end) => onGrid(grid, end));
  return least < most ? [least, most] : null;
}

/** The floats that a Relu or a Clip leaves; null for another node, and for ends that are live. */
function clipOf({ op, inputs, attributes }: ModelNode, known: Index): Ends | null {
  if (op === 'Relu') return [0, Infinity];
  if (op !== 'Clip') return null;
  const ends = (['min', 'max'] as const).map((key, k) => {
    const name = inputs[k + 1] ?? '';
    const given = name === '' ? (attributes.get(key) ?? WHOLE[k]) : known.constant(name)?.data[0];
    return typeof given === 'number' ? given : NaN;
  });
  return ends[0] <= ends[1] ? [ends[0], ends[1]] : null;
}

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
function layerOf(base: string, { known, isAlone, node, result }: Around): Layer | null {
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
