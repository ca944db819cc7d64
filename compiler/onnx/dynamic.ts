// Layers whose activations a runtime rounds as it runs: the float layers of their dequantised weights are written in their place.
import type { ModelNode } from './model.js';
import { isOf, type Fresh, type Index } from './known.js';

/** Of ONNX's element types. */
const FLOAT = 1;

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
export function dynamic(node: ModelNode, known: Index, fresh: Fresh): ModelNode[] | null {
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
export function fused(node: ModelNode, known: Index, fresh: Fresh): ModelNode[] | null {
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

/**
 * The LSTM of dequantised weights in place of DynamicQuantizeLSTM, whose weights stand [directions, inputs, gates], with a scale and a zero
 * point for each direction, or each gate of it.
 */
export function recurrent(node: ModelNode, known: Index, fresh: Fresh): ModelNode[] | null {
  const [x, , , ...others] = node.inputs; // bias, lengths, states, peepholes
  const own = [node.inputs.slice(8, 10), node.inputs.slice(10, 12)];
  const made = own.map(([scale, zero], k): ModelNode[] | null => {
    const weights = node.inputs[1 + k];
    const tensors = [weights, scale, zero].map((name) => known.constant(name));
    if (tensors.includes(null)) return null;
    const axes = new Map([['axes', tensors[1]?.shape.length === 1 ? [1, 2] : [1]]]);
    const [float, zeros, each, scales, less, whole] = ['as floats', 'of zeros', 'zeros', 'scales', 'less zeros', 'in floats'].map((what) => fresh(weights, what)); // prettier-ignore
    const to = new Map([['to', FLOAT]]);
    return [
      as(node, 'Cast', 13, [weights], float, to),
      as(node, 'Cast', 13, [zero], zeros, to),
      as(node, 'Unsqueeze', 11, [zeros], each, axes),
      as(node, 'Unsqueeze', 11, [scale], scales, axes),
      as(node, 'Sub', 14, [float, each], less),
      as(node, 'Mul', 14, [less, scales], whole),
      as(node, 'Transpose', 13, [whole], fresh(weights, 'by gates'), new Map([['perm', [0, 2, 1]]])),
    ];
  });
  const [w, r] = made;
  if (!w || !r) return null;
  const layer = as(node, 'LSTM', 14, [x, w.at(-1)!.outputs[0], r.at(-1)!.outputs[0], ...others.slice(0, 5)], '', node.attributes); // prettier-ignore
  return [...w, ...r, { ...layer, outputs: node.outputs }];
}
