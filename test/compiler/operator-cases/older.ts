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

/** Onnxruntime has had them under another name. */
const ofRuntime: Rewrite = (node) => ({ nodes: [{ ...node, domain: 'com.microsoft' }] });

/** softmax(scale Q K' + what its graphs add or multiply) V, each graph one node. */
const FlexAttention: Rewrite = ({ in: [q, k, v], out, attributes = {} }, { inputs }) => {
  const scale = attributes['scale'] as { readonly float: number } | undefined;
  const changed = (name: string, x: string): NodeInit[] => {
    const attribute = attributes[name] as { readonly body: { readonly nodes: readonly NodeInit[] } } | undefined;
    return attribute === undefined
      ? [{ op: 'Identity', in: [x], out: [name] }]
      : attribute.body.nodes.map((node) => ({ ...node, in: [x, node.in[1]], out: [name] }));
  };
  return {
    nodes: [
      { op: 'Transpose', in: [k], out: ['turned'], attributes: { perm: [0, 1, 3, 2] } },
      { op: 'MatMul', in: [q, 'turned'], out: ['products'] },
      { op: 'Mul', in: ['products', 'scale'], out: ['scores'] },
      ...changed('score_mod', 'scores'),
      { op: 'Softmax', in: ['score_mod'], out: ['shares'], attributes: { axis: 3 } },
      ...changed('prob_mod', 'shares'),
      { op: 'MatMul', in: ['prob_mod', v], out: out! },
    ],
    initializers: { scale: floats([], [scale?.float ?? 1 / Math.sqrt(Number(inputs[q].at(-1)))]) },
  };
};

const REWRITES: Readonly<Record<string, Rewrite>> = {
  BitCast,
  CausalConvWithState: ofRuntime,
  CumProd,
  FlexAttention,
  LinearAttention: ofRuntime,
  SwiGLU,
};

/** The model as onnxruntime can run it. */
export function older(model: ModelInit): ModelInit {
  const node = model.nodes.at(-1)!;
  const rewrite = REWRITES[node.op];
  if (rewrite === undefined || ((model.opset ?? 0) <= NEWEST && (node.domain ?? '') === '')) return model;
  const { nodes, initializers } = rewrite(node, model);
  return { ...model, opset: Math.min(model.opset ?? NEWEST, NEWEST), nodes: [...model.nodes.slice(0, -1), ...nodes], initializers: { ...model.initializers, ...initializers } }; // prettier-ignore
}
