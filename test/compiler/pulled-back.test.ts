// Trees behind scalers, casts, arithmetic and imputers: each float of an input has the leaf that onnxruntime gives it, at thresholds
// pulled back and beside them, and the input stays the float that it is.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { FINITE, floatOf, orderOf } from '#verifier/ordered.js';
import { generator } from './circuits.js';
import { floats, ints, modelBytes, type NodeInit, type TensorInit } from './onnx-models.js';

const FEATURES = 3;
const COUNT = 600;
type Random = () => number;

const { fround } = Math;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)];
/** Of any size, mostly near 1. */
const real = (random: Random): number =>
  fround((random() * 4 - 2) * 2 ** (random() < 0.8 ? 0 : Math.floor(random() * 60) - 30));
const unlike0 = (random: Random): number => real(random) || 1;

/** Nodes between the input and the trees, and what they compute of one number of a column as onnxruntime does. */
interface Front {
  readonly nodes: NodeInit[];
  readonly initializers: Record<string, TensorInit>;
  readonly of: (x: number, column: number) => number;
}
type Stage = (random: Random, input: string, output: string) => Front;

const list = (random: Random, one: (random: Random) => number): number[] => Array.from({ length: FEATURES }, () => one(random)); // prettier-ignore
const binary =
  (op: string, one: (random: Random) => number, of: (x: number, c: number) => number, isFirst = false): Stage =>
  (random, input, output) => {
    const constants = list(random, one);
    const name = `${output} constant`;
    return {
      nodes: [{ op, in: isFirst ? [name, input] : [input, name], out: [output] }],
      initializers: { [name]: floats([FEATURES], constants) },
      of: (x, column) => fround(of(x, constants[column])),
    };
  };
const ml = (op: string, input: string, output: string, attributes: NodeInit['attributes']): NodeInit[] => [
  { op, domain: 'ai.onnx.ml', in: [input], out: [output], attributes: attributes ?? {} },
];

const stages: Record<string, Stage> = {
  Scaler(random, input, output) {
    const [offset, scale] = [list(random, real), list(random, unlike0)];
    return {
      nodes: ml('Scaler', input, output, { offset: { floats: offset }, scale: { floats: scale } }),
      initializers: {},
      of: (x, c) => fround(fround(x - offset[c]) * scale[c]),
    };
  },
  Imputer(random, input, output) {
    const values = list(random, real);
    const replaced = pick(random, [0, 1, -1]);
    return {
      nodes: ml('Imputer', input, output, { imputed_value_floats: { floats: values }, replaced_value_float: { float: replaced } }), // prettier-ignore
      initializers: {},
      of: (x, c) => (x === replaced ? values[c] : x),
    };
  },
  Add: binary('Add', real, (x, c) => x + c),
  Sub: binary('Sub', real, (x, c) => x - c),
  'Sub from': binary('Sub', real, (x, c) => c - x, true),
  Mul: binary('Mul', unlike0, (x, c) => x * c),
  Div: binary('Div', unlike0, (x, c) => x / c),
  Neg: (_, input, output) => ({ nodes: [{ op: 'Neg', in: [input], out: [output] }], initializers: {}, of: (x) => -x }),
  'to half and back': (_, input, output) => ({
    nodes: [
      { op: 'Cast', in: [input], out: [`${output} half`], attributes: { to: 10 } },
      { op: 'Cast', in: [`${output} half`], out: [output], attributes: { to: 1 } },
    ],
    initializers: {},
    of: halved,
  }),
  'columns in another order': (_, input, output) => ({
    nodes: [
      { op: 'Gather', in: [input, `${output} places`], out: [`${output} others`], attributes: { axis: 1 } },
      { op: 'ArrayFeatureExtractor', domain: 'ai.onnx.ml', in: [input, `${output} last`], out: [`${output} first`] },
      { op: 'Concat', in: [`${output} first`, `${output} others`], out: [output], attributes: { axis: 1 } },
    ],
    initializers: { [`${output} places`]: ints(1, 2), [`${output} last`]: ints(0) },
    of: (x) => x,
  }),
};

/** The nearest number of 11 bits, subnormals and infinities as float16 has them. */
function halved(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
  const below = Math.floor(x / step);
  const rest = x / step - below;
  const near = (below + Number(rest > 0.5 || (rest === 0.5 && below % 2 !== 0))) * step;
  return Math.abs(near) > 65504 ? Math.sign(near) * Infinity : near;
}

/** Full trees of depth 3, one number of [0, 1, 2, ...] for each leaf, so that a sum says which. */
function trees(random: Random, at: readonly (readonly number[])[]): NodeInit {
  const inner = 7;
  const nodes = Array.from({ length: 2 * (2 * inner + 1) }, (_, i) => ({ tree: Math.floor(i / 15), id: i % 15, feature: Math.floor(random() * FEATURES) })); // prettier-ignore
  const leaves = nodes.filter(({ id }) => id >= inner);
  const values = nodes.map(({ id, feature }) => (id < inner ? pick(random, at[feature]) : 0));
  return {
    op: 'TreeEnsembleRegressor',
    name: 'trees',
    domain: 'ai.onnx.ml',
    in: ['front'],
    attributes: {
      nodes_treeids: nodes.map(({ tree }) => tree),
      nodes_nodeids: nodes.map(({ id }) => id),
      nodes_featureids: nodes.map(({ feature }) => feature),
      nodes_modes: { strings: nodes.map(({ id }) => (id < inner ? `BRANCH_${pick(random, ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ'])}` : 'LEAF')) }, // prettier-ignore
      nodes_values: { floats: values },
      nodes_truenodeids: nodes.map(({ id }) => (id < inner ? 2 * id + 1 : 0)),
      nodes_falsenodeids: nodes.map(({ id }) => (id < inner ? 2 * id + 2 : 0)),
      target_treeids: leaves.map(({ tree }) => tree),
      target_nodeids: leaves.map(({ id }) => id),
      target_ids: leaves.map(() => 0),
      target_weights: { floats: leaves.map((_, k) => (k < 8 ? k : 8 * (k - 8))) },
      n_targets: 1,
    },
  };
}

const TINY = 2 ** -149;
const MOST = floatOf(FINITE.most);
const EDGES = [0, TINY, 2 ** -126, 1, MOST].flatMap((x) => [x, -x]);
const inside = (order: number): number => Math.min(Math.max(order, FINITE.least), FINITE.most);

/** A model, and numbers of which many are at thresholds as its trees see them. */
function drawn(random: Random, names: readonly string[], rows: number | string) {
  const fronts = names.map((name, k) =>
    stages[name](random, k === 0 ? 'x' : `f${k - 1}`, k === names.length - 1 ? 'front' : `f${k}`),
  );
  const seen = (x: number, column: number): number => fronts.reduce((v, { of }) => of(v, column), x);
  const centres = Array.from({ length: FEATURES }, () => [...EDGES, ...Array.from({ length: 8 }, () => real(random))]);
  const at = centres.map((list, c) => list.map((x) => seen(x, c)).filter(Number.isFinite));
  const x = Float32Array.from({ length: COUNT * FEATURES }, (_, i) =>
    floatOf(inside(orderOf(pick(random, centres[i % FEATURES])) + Math.floor(random() * 7) - 3)),
  );
  for (let i = 0; i < 9; i++) x[i] = -0;
  const nodes = [...fronts.flatMap((one) => one.nodes), trees(random, at)];
  const initializers = Object.assign({}, ...fronts.map((one) => one.initializers)) as Record<string, TensorInit>;
  const bytes = (batch: number | string): Uint8Array =>
    modelBytes({ inputs: { x: [batch, FEATURES] }, nodes, initializers, domains: { 'ai.onnx.ml': 3 } });
  return { circuit: bytes(rows), batch: bytes(COUNT), x };
}

async function compared(random: Random, names: readonly string[], argument: 'lookup' | 'plain' = 'lookup') {
  const model = drawn(random, names, 1);
  const { circuit } = await compile(model.circuit, { argument });
  expect(circuit.publics[0], names.join()).toMatchObject({ encoding: 'float32' });
  const session = await InferenceSession.create(model.batch, { logSeverityLevel: 4 });
  const { y } = await session.run({ x: new Tensor('float32', model.x, [COUNT, FEATURES]) });
  await session.release();
  const { outputs } = await run(circuit, { count: COUNT, inputs: { x: model.x } });
  outputs.forEach((output, i) => {
    const row = Array.from(model.x.subarray(i * FEATURES, (i + 1) * FEATURES));
    expect(output['y'].floats[0], `${names.join()}: ${row.join()}`).toBe(Number(y.data[i]));
  });
}

describe('a tree behind', () => {
  it.each(Object.keys(stages))('%s has the leaves of onnxruntime', async (name) => {
    const random = generator(name.length);
    for (let k = 0; k < 2; k++) await compared(random, [name]);
  });

  it('several of them, in either argument', async () => {
    const random = generator(12);
    for (let k = 0; k < 8; k++) {
      const names = Array.from({ length: 2 + (k % 3) }, () => pick(random, Object.keys(stages)));
      await compared(random, names.filter((name, i) => name !== 'Imputer' || names.indexOf(name) === i), k % 4 === 0 ? 'plain' : 'lookup'); // prettier-ignore
    }
  });
});
