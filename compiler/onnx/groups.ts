// Groups of a quantised model: DequantizeLinear, a layer, QuantizeLinear, which a runtime computes in integers, are written as the one
// integer operator that it makes of them. What only moves elements, a MaxPool and a Relu may stand between.
import type { Tensor } from '../tensor.js';
import type { Model, ModelNode } from './decode.js';
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

type Fresh = (of: string, what: string) => string;
type Initializers = Model['initializers'];

const is = ({ op, domain }: ModelNode, ...ops: readonly string[]): boolean =>
  ops.includes(op) && (domain === '' || domain === MICROSOFT);
const isOf = (node: ModelNode | undefined, op: string): node is ModelNode => node !== undefined && is(node, op);

/** What is known of the tensors of a growing list of nodes. */
function index(initializers: Initializers) {
  const makers = new Map<string, ModelNode>();
  const constant = (name: string): Tensor | null => {
    const given = initializers.get(name) ?? makers.get(name)?.attributes.get('value');
    const isConstant = initializers.has(name) || makers.get(name)?.op === 'Constant';
    return isConstant && typeof given === 'object' && 'data' in given && 'dtype' in given ? given : null;
  };
  return {
    makers,
    constant,
    add(node: ModelNode): void {
      for (const name of node.outputs) if (name !== '') makers.set(name, node);
    },
    /** The DequantizeLinear of a whole tensor, or along an axis, that gives it. */
    dequantised(name: string): ModelNode | null {
      const node = makers.get(name);
      return isOf(node, 'DequantizeLinear') && constant(node.inputs[1]) !== null ? node : null;
    },
    isOne: (name: string): boolean => constant(name)?.data.length === 1,
  };
}

type Index = ReturnType<typeof index>;

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
    if (!is(node, 'QuantizeLinear') || !known.isOne(node.inputs[1] ?? '')) return [node];
    if (['output_dtype', 'precision'].some((name) => node.attributes.has(name))) return [node];
    const moved: ModelNode[] = [];
    let [base, relu] = [node.inputs[0], false];
    for (;;) {
      const maker = known.makers.get(base);
      if (maker === undefined || !isAlone(base) || maker.domain !== '') break;
      if (maker.op === 'Relu') relu = true;
      else if (MOVES.has(maker.op) && maker.outputs.length === 1) moved.push(maker);
      else break;
      base = maker.inputs[0];
    }
    const result = [node.inputs[1], (node.inputs[2] ?? '') === '' ? zero : node.inputs[2]];
    const group = layerOf(base, { known, isAlone, node, result });
    if (group === null && !relu && moved.length === 0) return [node];
    if (group === null && moved.length > 0 && known.makers.has(base)) return [node];
    const layer: ModelNode = {
      ...node,
      ...(group ?? { inputs: [base, ...node.inputs.slice(1)] }),
      marks: { ...group?.marks, ...(relu && { relu }) },
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

/** A node that is one of two, as another operator of the standard domain. */
const as = (
  node: ModelNode,
  op: string,
  opset: number,
  inputs: readonly string[],
  output: string,
  attributes: ModelNode['attributes'] = new Map(),
): ModelNode => {
  // prettier-ignore
  return { ...node, op, domain: '', opset, inputs, outputs: [output], attributes };
};

/**
 * The float layer of dequantised weights in place of one whose activations are rounded at run time: DynamicQuantizeLinear,
 * MatMulInteger or ConvInteger, Cast, Mul by both scales.
 */
function dynamic(node: ModelNode, known: Index, fresh: Fresh): ModelNode[] | null {
  const maker = (name: string | undefined): ModelNode | undefined => known.makers.get(name ?? '');
  for (const [sum, scales] of [node.inputs, node.inputs.toReversed()]) {
    const [cast, factors] = [maker(sum), maker(scales)];
    if (cast?.op !== 'Cast' || factors?.op !== 'Mul') continue;
    const integer = maker(cast.inputs[0]);
    if (!isOf(integer, 'MatMulInteger') && !isOf(integer, 'ConvInteger')) continue;
    const rounding = maker(integer.inputs[0]);
    if (!isOf(rounding, 'DynamicQuantizeLinear') || integer.inputs[2] !== rounding.outputs[2]) continue;
    const scale = factors.inputs.find((name) => name !== rounding.outputs[1]);
    if (scale === undefined || !factors.inputs.includes(rounding.outputs[1])) continue;
    const isConv = integer.op === 'ConvInteger';
    const { opset } = rounding;
    const layer = (of: string): ModelNode =>
      as(node, isConv ? 'Conv' : 'MatMul', opset, [rounding.inputs[0], of], node.outputs[0], integer.attributes);
    const [weights, second] = [known.constant(integer.inputs[1]), maker(integer.inputs[1])];
    if (isOf(second, 'DynamicQuantizeLinear') && scale === second.outputs[1] && integer.inputs[3] === second.outputs[2])
      return [layer(second.inputs[0])];
    if (weights === null || known.constant(scale) === null) continue;
    const float = fresh(integer.inputs[1], 'in floats');
    const axis = new Map([['axis', isConv ? 0 : weights.shape.length - 1]]);
    return [as(node, 'DequantizeLinear', opset, [integer.inputs[1], scale, integer.inputs[3] ?? ''], float, axis), layer(float)]; // prettier-ignore
  }
  return null;
}

/** The same of onnxruntime's own two operators for it. */
function fused(node: ModelNode, known: Index, fresh: Fresh): ModelNode[] | null {
  const isWhole = node.op === 'DynamicQuantizeMatMul';
  const rounding = isWhole ? null : known.makers.get(node.inputs[0]);
  if (!isWhole && !isOf(rounding ?? undefined, 'DynamicQuantizeLinear')) return null;
  const [x, weights] = [rounding?.inputs[0] ?? node.inputs[0], node.inputs[1]];
  const [scale, zero, bias] = isWhole ? node.inputs.slice(2) : [node.inputs[3], node.inputs[5], node.inputs[6]];
  const tensor = known.constant(weights);
  if (tensor === null || known.constant(scale) === null) return null;
  const [opset, float] = [13, fresh(weights, 'in floats')];
  const product = (bias ?? '') === '' ? node.outputs[0] : fresh(node.outputs[0], 'without bias');
  return [
    as(node, 'DequantizeLinear', opset, [weights, scale, zero ?? ''], float, new Map([['axis', tensor.shape.length - 1]])), // prettier-ignore
    as(node, 'MatMul', opset, [x, float], product),
    ...(product === node.outputs[0] ? [] : [as(node, 'Add', opset, [product, bias], node.outputs[0])]),
  ];
}
