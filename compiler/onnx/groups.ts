// Groups of a quantised model: DequantizeLinear, a layer, QuantizeLinear, which a runtime computes in integers, are written as the one
// integer operator that it makes of them. What only moves elements, a MaxPool and a Relu may stand between.
import { integerRange } from '../tensor.js';
import type { Model, ModelNode } from './model.js';
import { onGrid } from '../recipes/rounding.js';
import { dynamic, fused, recurrent } from './dynamic.js';
import { freshNames, index, is, type Fresh, type Index, type Initializers } from './known.js';
import { layerOf } from './layers.js';
import { needed, readsOf } from './order.js';

/** Operators that give elements of their first input as they are: they commute with both. */
const MOVES = new Set('DepthToSpace Expand Flatten Gather GlobalMaxPool Identity MaxPool Reshape Slice SpaceToDepth Squeeze Tile Transpose Unsqueeze'.split(' ')); // prettier-ignore

/** Operators without which there are no groups. */
const QUANTISED = /Quantize|IntegerToFloat/;

/** The model with its groups written as integer operators. */
export function withGroups(model: Model): Model {
  if (!model.nodes.some(({ op }) => QUANTISED.test(op))) return model;
  const fresh = freshNames(model);
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
