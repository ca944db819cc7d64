// Operators that came after the installed onnxruntime, written in those that it has: what their cases are held against.
import { floats, ints, type ModelInit, type NodeInit, type TensorInit } from '../onnx-models.js';

/** The newest opset of the installed onnxruntime. */
export const NEWEST = 24;

type Rewrite = (node: NodeInit, model: ModelInit) => Pick<ModelInit, 'nodes' | 'initializers'>;

/** Products of the slices up to each place, one after the other. */
const CumProd: Rewrite = ({ in: [x, axisName], out, attributes = {} }, { inputs, initializers }) => {
  const rank = inputs[x].length;
  const axis = (Number(initializers![axisName].int64Data![0]) + rank) % rank;
  const length = Number(inputs[x][axis]);
  const constants: Record<string, TensorInit> = { axes: ints(axis), zero: floats([], [0]) };
  const [exclusive, reverse] = [attributes['exclusive'] === 1, attributes['reverse'] === 1];
  const parts = Array.from({ length }, (_, k): NodeInit[] => {
    const [from, to] = reverse ? [exclusive ? k + 1 : k, length] : [0, exclusive ? k : k + 1];
    const isNone = from === to;
    constants[`from${k}`] = ints(isNone ? k : from);
    constants[`to${k}`] = ints(isNone ? k + 1 : to);
    const slice: NodeInit = { op: 'Slice', in: [x, `from${k}`, `to${k}`, 'axes'], out: [`s${k}`] };
    if (!isNone) return [slice, { op: 'ReduceProd', in: [`s${k}`, 'axes'], out: [`p${k}`] }];
    return [slice, { op: 'Mul', in: [`s${k}`, 'zero'], out: [`z${k}`] }, { op: 'Exp', in: [`z${k}`], out: [`p${k}`] }];
  });
  const joined: NodeInit = { op: 'Concat', in: parts.map((_, k) => `p${k}`), out: out!, attributes: { axis } };
  return { nodes: [...parts.flat(), joined], initializers: constants };
};

/** Of integers of one width the same bits are what is left when they wrap around. */
const BitCast: Rewrite = ({ in: inputs, out, attributes }) => ({
  nodes: [{ op: 'Cast', in: inputs, out: out!, attributes: attributes! }],
});

/** a sigmoid(alpha a) b */
const SwiGLU: Rewrite = ({ in: [a, b], out, attributes = {} }) => {
  const alpha = attributes['alpha'] as { readonly float: number } | undefined;
  return {
    nodes: [
      { op: 'Mul', in: [a, 'alpha'], out: ['bent'] },
      { op: 'Sigmoid', in: ['bent'], out: ['gate'] },
      { op: 'Mul', in: [a, 'gate'], out: ['swish'] },
      { op: 'Mul', in: ['swish', b], out: out! },
    ],
    initializers: { alpha: floats([], [alpha?.float ?? 1]) },
  };
};

const REWRITES: Readonly<Record<string, Rewrite>> = { BitCast, CumProd, SwiGLU };

/** The model as onnxruntime can run it. */
export function older(model: ModelInit): ModelInit {
  const node = model.nodes.at(-1)!;
  const rewrite = REWRITES[node.op];
  if (rewrite === undefined || (model.opset ?? 0) <= NEWEST) return model;
  const { nodes, initializers } = rewrite(node, model);
  return { ...model, opset: NEWEST, nodes: [...model.nodes.slice(0, -1), ...nodes], initializers: { ...model.initializers, ...initializers } }; // prettier-ignore
}
