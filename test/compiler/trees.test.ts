// Trees as whole circuits: floats that meet thresholds exactly and their neighbours, -0 and subnormals, against onnxruntime; what a
// proof says of them; rows; tables that are no trees.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, decodeCircuit, encodeCircuit, run, type Circuit } from '#compiler/index.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { integerOf } from '#compiler/primitives/index.js';
import { realOf } from '#compiler/recipes/index.js';
import { prove, setup } from '#prover/index.js';
import { FINITE, floatOf, orderOf } from '#verifier/ordered.js';
import { serializeVerificationKey, verify, type ProofJson } from '#verifier/index.js';
import { closeCurve, groth16Verify, type StockKey, type StockProof } from '../prover/stock.js';
import { generator } from './circuits.js';
import { errorOf, graphOf, modelBytes, type AttributeInit, type NodeInit } from './onnx-models.js';

afterAll(closeCurve);

const ML = { domains: { 'ai.onnx.ml': 3 } };
const FEATURES = 3;

interface Table {
  readonly trees: number[];
  readonly ids: number[];
  readonly features: number[];
  readonly modes: string[];
  readonly values: number[];
  readonly yes: number[];
  readonly no: number[];
}

const attributesOf = (t: Table, weights: (i: number) => number = (i) => i / 64 - 0.7): Record<string, AttributeInit> => {
  const leaves = t.modes.flatMap((mode, i) => (mode === 'LEAF' ? [i] : []));
  return {
    nodes_treeids: t.trees,
    nodes_nodeids: t.ids,
    nodes_featureids: t.features,
    nodes_modes: { strings: t.modes },
    nodes_values: { floats: t.values },
    nodes_truenodeids: t.yes,
    nodes_falsenodeids: t.no,
    target_treeids: leaves.map((i) => t.trees[i]),
    target_nodeids: leaves.map((i) => t.ids[i]),
    target_ids: leaves.map(() => 0),
    target_weights: { floats: leaves.map((_, k) => weights(k)) },
    n_targets: 1,
  };
}; // prettier-ignore

const regressor = (attributes: Record<string, AttributeInit>): NodeInit => ({
  op: 'TreeEnsembleRegressor',
  name: 'trees',
  domain: 'ai.onnx.ml',
  in: ['x'],
  attributes,
});
const modelOf = (table: Table, features = FEATURES): Uint8Array =>
  modelBytes({ inputs: { x: [1, features] }, nodes: [regressor(attributesOf(table))], ...ML });

/** Full trees of a depth. */
function grown(
  random: () => number,
  trees: number,
  depth: number,
  at: readonly number[],
  modes: readonly string[],
): Table {
  // prettier-ignore
  const t: Table = { trees: [], ids: [], features: [], modes: [], values: [], yes: [], no: [] };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const inner = 2 ** depth - 1;
  for (let tree = 0; tree < trees; tree++)
    for (let id = 0; id < 2 * inner + 1; id++) {
      t.trees.push(tree);
      t.ids.push(id);
      t.features.push(Math.floor(random() * FEATURES));
      t.modes.push(id < inner ? `BRANCH_${pick(modes)}` : 'LEAF');
      t.values.push(id < inner ? pick(at) : 0);
      t.yes.push(id < inner ? 2 * id + 1 : 0);
      t.no.push(id < inner ? 2 * id + 2 : 0);
    }
  return t;
}

const TINY = 2 ** -149;
const EDGES = [0, TINY, -TINY, 2 ** -126, -1.5, 1.5, 3.4028234663852886e38, -3.4028234663852886e38, 0.1].map(Math.fround); // prettier-ignore
/** Those and their neighbours in float32, and -0. */
const NEAR = [
  ...new Set(EDGES.flatMap((x) => [-1, 0, 1].map((by) => orderOf(x) + by))),
].filter((v) => v >= FINITE.least && v <= FINITE.most).map(floatOf); // prettier-ignore

describe('the order of float32 numbers', () => {
  it('is theirs, and each has one integer', () => {
    const sorted = NEAR.filter((x) => !Object.is(x, -0)).sort((a, b) => a - b);
    sorted.forEach((x, i) => {
      expect(floatOf(orderOf(x))).toBe(x + 0);
      if (i > 0) expect(orderOf(x)).toBeGreaterThan(orderOf(sorted[i - 1]));
    });
    expect(orderOf(-0)).toBe(2 ** 31);
    expect([FINITE.least, FINITE.most].map(floatOf)).toEqual([-3.4028234663852886e38, 3.4028234663852886e38]);
  });
});

describe('an ensemble', () => {
  it.each(['lookup', 'plain'] as const)(
    'has the leaves of onnxruntime at thresholds and beside them, %s',
    async (argument) => {
      const random = generator(argument === 'plain' ? 3 : 4);
      for (let k = 0; k < 8; k++) {
        const bytes = modelOf(grown(random, 3, 3, EDGES, ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ']));
        const { circuit } = await compile(bytes, { argument });
        const count = 650; // of 16 models: 10,400 rows
        const x = Float32Array.from({ length: count * FEATURES }, () => NEAR[Math.floor(random() * NEAR.length)]);
        const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
        const { outputs } = await run(circuit, { count, inputs: { x } });
        for (let i = 0; i < count; i++) {
          const row = x.slice(i * FEATURES, (i + 1) * FEATURES);
          const { y } = await session.run({ x: new Tensor('float32', row, [1, FEATURES]) });
          expect(Math.abs(outputs[i]['y'].floats[0] - Number(y.data[0])), Array.from(row).join()).toBeLessThan(1e-6);
        }
        await session.release();
      }
    },
  );

  it('asks every question about a feature in one gadget, and takes few rows a split', async () => {
    const random = generator(9);
    const thresholds = Array.from({ length: 20 }, () => Math.fround(random() * 8 - 4));
    const { circuit } = await compile(modelOf(grown(random, 50, 5, thresholds, ['LEQ'])));
    const uses = arrange(circuit).uses.flat();
    expect(circuit.steps.filter(({ kind }) => kind === 'locate')).toHaveLength(1);
    const rows = uses.reduce((sum, { gadget, count }) => sum + gadget.rows * count, 0);
    expect(rows / (50 * 31)).toBeLessThan(1);
    expect(circuit.publics[0]).toMatchObject({ encoding: 'float32', bits: 32, scale: 1, zero: 0 });
  });

  it('has a proof that says which floats went in, and no proof for a neighbour', async () => {
    const { circuit } = await compile(modelOf(grown(generator(1), 2, 2, EDGES, ['LEQ'])));
    const { provingKey, vkey } = await setup(circuit, { dev: true });
    const x = Float32Array.of(2 ** -149, -1.5, Math.fround(0.1));
    const { proof } = await prove(circuit, provingKey, vkey, { count: 1, inputs: { x } });
    const open = { allowInsecureKey: true };
    const answer = verify(vkey, proof, open);
    if (!answer.valid) throw new Error(answer.reason);
    expect(answer.inputs['x']).toMatchObject({ floats: Array.from(x), ints: Array.from(x, orderOf), encoding: 'float32' }); // prettier-ignore
    const { words, ...rest } = JSON.parse(JSON.stringify(proof)) as ProofJson & { words: string[] };
    for (const by of [1n, -1n]) {
      const moved = { ...rest, words: words.map((word, i) => (i === 0 ? String(BigInt(word) + by) : word)) };
      expect(verify(vkey, moved, open)).toMatchObject({ valid: false });
    }
  });

  it('is proved in the plain argument, and snarkjs takes the proof as it is', async () => {
    const { circuit } = await compile(modelOf(grown(generator(5), 2, 2, EDGES, ['LT'])), { argument: 'plain' });
    const { provingKey, vkey } = await setup(circuit, { dev: true });
    const x = Float32Array.of(-0, 2 ** -149, 1.5);
    const { proof } = await prove(circuit, provingKey, vkey, { count: 1, inputs: { x } });
    const { snarkjs: key } = serializeVerificationKey(vkey) as unknown as { snarkjs: StockKey };
    const { proof: points, publicSignals } = JSON.parse(JSON.stringify(proof)) as { proof: StockProof; publicSignals: string[] }; // prettier-ignore
    const publics = publicSignals.map(BigInt);
    expect(await groth16Verify(key, publics, points)).toBe(true);
    for (const i of publics.keys())
      expect(await groth16Verify(key, publics.with(i, publics[i] + 1n), points), `public ${i}`).toBe(false);
    const answer = verify(vkey, proof, { allowInsecureKey: true });
    expect(answer).toMatchObject({ valid: true, inputs: { x: { floats: [0, 2 ** -149, 1.5] } } });
  });

  it('leaves no element of an input without a range check', async () => {
    const { circuit } = await compile(modelOf(grown(generator(2), 2, 2, EDGES, ['LEQ'])));
    const [input] = circuit.steps;
    const left = integerOf(input).leaves?.(input) ?? [];
    expect(left.length).toBeGreaterThan(0);
    const text = encodeCircuit(circuit);
    const more = text.replace(/"own":\{"left":\[[\d,]+\]\}/, `"own":{"left":[0,1,2]}`);
    if (left.length === FEATURES) expect(more).toBe(text);
    const shorter = text.replace(/("starts":\[)\[[\d,]+\],?/, '$1');
    expect(() => decodeCircuit(shorter, 'circuit.json')).toThrow(expect.objectContaining({ code: 'format' }));
    const open: Circuit = { ...circuit, steps: circuit.steps.filter(({ kind }) => kind !== 'locate') };
    expect(() => encodeCircuit(open)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('has the label of onnxruntime where half of the votes are for either class', async () => {
    for (const trees of [3, 6, 10, 14]) {
      const random = generator(trees);
      const { n_targets: _, ...attributes } = attributesOf(grown(random, trees, 2, EDGES, ['LEQ']));
      const leaves = 4 * trees;
      const ofClasses = Object.entries(attributes).map(([name, list]) => [name.replace('target', 'class'), list]);
      const votes = {
        class_weights: { floats: Array.from({ length: leaves }, () => (random() < 0.5 ? 1 / trees : 0)) },
      };
      const node: NodeInit = { ...regressor({ ...Object.fromEntries(ofClasses), ...votes, classlabels_int64s: [0, 1] } as NodeInit['attributes'] & object), op: 'TreeEnsembleClassifier', out: ['y', 'p'] }; // prettier-ignore
      const bytes = modelBytes({ inputs: { x: [1, FEATURES] }, nodes: [node], outputType: 7, ...ML });
      const { circuit } = await compile(bytes);
      const x = Float32Array.from({ length: 200 * FEATURES }, () => NEAR[Math.floor(random() * NEAR.length)]);
      const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
      const { outputs } = await run(circuit, { count: 200, inputs: { x } });
      for (let i = 0; i < 200; i++) {
        const row = x.slice(i * FEATURES, (i + 1) * FEATURES);
        const { y } = await session.run({ x: new Tensor('float32', row, [1, FEATURES]) });
        expect(outputs[i]['y'].ints[0], `${trees} trees: ${row.join()}`).toBe(Number(y.data[0]));
      }
      await session.release();
    }
  });

  it('of leaves of mixed shares has the first of even classes, and says that onnxruntime may have another', async () => {
    // a stump for each feature; of every tree the shares of two classes, which add up to 1 / 3, below 0.5 and above
    const stumps: Table = { trees: [0, 0, 0, 1, 1, 1, 2, 2, 2], ids: [0, 1, 2, 0, 1, 2, 0, 1, 2], features: [0, 0, 0, 1, 0, 0, 2, 0, 0], modes: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'], values: [0.5, 0, 0, 0.5, 0, 0, 0.5, 0, 0], yes: [1, 0, 0, 1, 0, 0, 1, 0, 0], no: [2, 0, 0, 2, 0, 0, 2, 0, 0] }; // prettier-ignore
    const second = [1 / 3, 1 / 6, 1 / 4, 1 / 6, 1 / 3, 1 / 6]; // even above 0.5: 1 / 6 + 1 / 6 + 1 / 6 in float32 is 0.5 and a little more
    const { n_targets: _, ...attributes } = attributesOf(stumps);
    const ofClasses = Object.fromEntries(Object.entries(attributes).map(([of, list]) => [of.replace('target', 'class'), list])); // prettier-ignore
    for (const classes of [2, 3]) {
      const each = (list: unknown): number[] => Array.from({ length: classes - 1 }, () => list as number[]).flat();
      const own = { ...ofClasses, class_treeids: each(ofClasses['class_treeids']), class_nodeids: each(ofClasses['class_nodeids']) }; // prettier-ignore
      const weights = classes === 2 ? second : [...second.map((share) => 1 / 3 - share), ...second];
      const node: NodeInit = { ...regressor({ ...own, class_ids: weights.map((__, i) => (classes === 2 ? 0 : 1 + Math.floor(i / 6))), class_weights: { floats: weights }, classlabels_int64s: [...Array(classes).keys()], ...(classes === 3 && { base_values: { floats: [0, 0, 0] } }) }), op: 'TreeEnsembleClassifier', out: ['y', 'p'] }; // prettier-ignore
      const bytes = modelBytes({ inputs: { x: [1, FEATURES] }, nodes: [node], outputType: 7, ...ML });
      const { circuit, report } = await compile(bytes);
      expect(report.warnings.join()).toContain('the first is proved');
      const rows = Array.from({ length: 8 }, (__, i) => [i & 1, (i >> 1) & 1, i >> 2]);
      const { outputs } = await run(circuit, { count: 8, inputs: { x: Float32Array.from(rows.flat()) } });
      expect(outputs.map(({ y }) => y.ints[0] - (classes - 2))).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
    }
  });

  it('takes a child that several nodes share, as LightGBM writes a set of categories', async () => {
    // x0 in {1, 3, 5} ? (x1 <= 0 ? 0 : 1) : 2, the second question written once
    const table: Table = {
      trees: new Array<number>(7).fill(0),
      ids: [0, 1, 2, 3, 4, 5, 6],
      features: [0, 0, 0, 1, 0, 0, 0],
      modes: ['BRANCH_EQ', 'BRANCH_EQ', 'BRANCH_EQ', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'LEAF'],
      values: [1, 3, 5, 0, 0, 0, 0],
      yes: [3, 3, 3, 4, 0, 0, 0],
      no: [1, 2, 6, 5, 0, 0, 0],
    };
    const bytes = modelOf(table);
    const { circuit } = await compile(bytes);
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
    const rows = [0, 1, 2, 3, 4, 5, 6, 3.0000002384185791].flatMap((c) => [-1, 0, 1].map((x) => [c, x, 0]));
    const { outputs } = await run(circuit, { count: rows.length, inputs: { x: Float32Array.from(rows.flat()) } });
    for (const [i, row] of rows.entries()) {
      const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(row), [1, FEATURES]) });
      expect(Math.abs(outputs[i]['y'].floats[0] - Number(y.data[0])), row.join()).toBeLessThan(1e-6);
    }
    await session.release();
  });

  it('of several targets and many levels has intervals that are held', async () => {
    // a spine on the side that gets what is left of a path, with a split of its own beside each of its nodes
    const depth = 30;
    const t: Table = { trees: [], ids: [], features: [], modes: [], values: [], yes: [], no: [] };
    const node = (mode: string, feature: number, value: number, yes: number, no: number): void => {
      t.trees.push(0);
      t.ids.push(t.ids.length);
      t.modes.push(mode);
      t.features.push(feature);
      t.values.push(value);
      t.yes.push(yes);
      t.no.push(no);
    };
    for (let d = 0; d < depth; d++) {
      const first = 4 * d;
      node('BRANCH_LEQ', d % FEATURES, -d, first + 4, first + 1);
      node('BRANCH_LEQ', (d + 1) % FEATURES, -d, first + 2, first + 3);
      node('LEAF', 0, 0, 0, 0);
      node('LEAF', 0, 0, 0, 0);
    }
    node('LEAF', 0, 0, 0, 0);
    const leaves = 2 * depth + 1;
    const attributes = { ...attributesOf(t, (i) => Math.sin(i)), n_targets: 3, target_ids: Array.from({ length: leaves }, (_, i) => i % 3) }; // prettier-ignore
    const bytes = modelBytes({ inputs: { x: [1, FEATURES] }, nodes: [regressor(attributes)], ...ML });
    const { circuit, graph } = await compile(bytes);
    const x = Float32Array.of(-28.5, -29, -31, -9, -2.5, -30, 0, -3, -3, -100, -100, -100);
    const { outputs } = await run(circuit, { count: 4, inputs: { x } });
    outputs.forEach(({ y }, i) => {
      const [want] = realOf(graph.steps.at(-1)!).evaluate(graph.steps.at(-1)!.own, [Float64Array.from(x.slice(3 * i, 3 * i + 3))]); // prettier-ignore
      y.floats.forEach((v, k) => expect(v).toBeCloseTo(want[k], 6));
    });
  });

  it.each(['as they are', 'cast', 'scaled'])('of integers compares the float32 of each, %s', async (how) => {
    const random = generator(how.length);
    const spans = [2 ** 24, 2 ** 25, -(2 ** 26), 2 ** 40, -(2 ** 48)];
    const near = Array.from({ length: 600 }, (_, i) => spans[i % 5] + Math.floor(random() * 64 - 32) * Math.max(1, Math.abs(spans[i % 5]) / 2 ** 25)); // prettier-ignore
    const front: NodeInit[] =
      how === 'cast'
        ? [{ op: 'Cast', in: ['n'], out: ['x'], attributes: { to: 1 } }]
        : [{ op: 'Scaler', domain: 'ai.onnx.ml', in: ['n'], out: ['x'], attributes: { offset: { floats: [3.5, -1, 0] }, scale: { floats: [-0.3, 1.1, 7] } } }]; // prettier-ignore
    const [offset, scale] =
      how === 'scaled'
        ? [[3.5, -1, 0], [-0.3, 1.1, 7].map(Math.fround)]
        : [
            [0, 0, 0],
            [1, 1, 1],
          ];
    const seen = near.map((n, i) => Math.fround(Math.fround(n - offset[i % 3]) * scale[i % 3]));
    const table = grown(random, 4, 4, seen, ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ']);
    // onnxruntime has no regressor of integers
    const ofTargets = Object.entries(attributesOf(table, (i) => (i + 1) / 64)).filter(([of]) => of !== 'n_targets');
    const attributes = Object.fromEntries(ofTargets.map(([of, list]) => [of.replace('target', 'class'), list]));
    const ids = Array.from({ length: 64 }, (_, i) => i % 3);
    const trees = { ...regressor({ ...attributes, class_ids: ids, classlabels_int64s: [0, 1, 2] }), op: 'TreeEnsembleClassifier', out: ['label', 'y'] }; // prettier-ignore
    const nodes = [...(how === 'as they are' ? [] : front), trees];
    const name = how === 'as they are' ? 'x' : 'n';
    const bytes = modelBytes({ inputs: { [name]: [1, FEATURES] }, type: 7, nodes, ...ML });
    const { circuit } = await compile(bytes, { inputRanges: { '': [-(2 ** 48) - 2 ** 47, 2 ** 41] } });
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
    const { outputs } = await run(circuit, { count: 200, inputs: { [name]: Float64Array.from(near) } });
    for (let i = 0; i < 200; i++) {
      const row = near.slice(3 * i, 3 * i + 3);
      const { y } = await session.run({ [name]: new Tensor('int64', BigInt64Array.from(row, BigInt), [1, FEATURES]) });
      outputs[i]['y'].floats.forEach((v, k) => expect(Math.abs(v - Number(y.data[k])), row.join()).toBeLessThan(1e-6));
    }
    await session.release();
  });

  it('of integers compares them as they are, and of computed floats on their grid', async () => {
    const table: Table = { trees: [0, 0, 0], ids: [0, 1, 2], features: [0, 0, 0], modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'], values: [2.5, 0, 0], yes: [1, 0, 0], no: [2, 0, 0] }; // prettier-ignore
    const bytes = modelBytes({ inputs: { x: [1, 1] }, type: 7, nodes: [regressor(attributesOf(table, (i) => i))], ...ML }); // prettier-ignore
    const { circuit } = await compile(bytes, { inputRanges: { x: [-5, 9] } });
    const { outputs } = await run(circuit, { count: 4, inputs: { x: Float64Array.of(2, 3, -5, 9) } });
    expect(outputs.map(({ y }) => y.floats[0])).toEqual([0, 1, 0, 1]);
    expect(circuit.publics[0].encoding).toBeUndefined();
    const sum: NodeInit = { op: 'Add', in: ['a', 'b'], out: ['x'] };
    const mixed = modelBytes({ inputs: { a: [1, 1], b: [1, 1] }, nodes: [sum, regressor(attributesOf(table, (i) => i))], ...ML }); // prettier-ignore
    const of = await compile(mixed, { inputRanges: { '': [0, 4] } });
    const made = await run(of.circuit, { count: 2, inputs: { a: Float64Array.of(1, 2), b: Float64Array.of(1, 2) } });
    expect(made.outputs.map(({ y }) => y.floats[0])).toEqual([0, 1]);
  });
});

describe('weights of one leaf and target that repeat', () => {
  const stump: Table = { trees: [0, 0, 0, 1, 1, 1], ids: [0, 1, 2, 0, 1, 2], features: [0, 0, 0, 1, 0, 0], modes: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_GT', 'LEAF', 'LEAF'], values: [0, 0, 0, 0, 0, 0], yes: [1, 0, 0, 1, 0, 0], no: [2, 0, 0, 2, 0, 0] }; // prettier-ignore
  type Entry = readonly [tree: number, leaf: number, target: number, weight: number];
  const weighted = (entries: readonly Entry[], kind: 'class' | 'target', more: NodeInit['attributes'] & object) => {
    const nodes = Object.entries(attributesOf(stump)).filter(([name]) => name.startsWith('nodes'));
    const [treeids, nodeids, ids, weights] = [0, 1, 2, 3].map((k) => entries.map((entry) => entry[k]));
    const lists = Object.entries({ treeids, nodeids, ids, weights: { floats: weights } });
    return { ...Object.fromEntries([...nodes, ...lists.map(([name, list]) => [`${kind}_${name}`, list])]), ...more };
  };
  const bytesOf = (node: NodeInit): Uint8Array => modelBytes({ inputs: { x: [1, FEATURES] }, nodes: [node], ...(node.out && { outputs: node.out, graph: { output: node.out.map((name) => ({ name })) } }), ...ML }); // prettier-ignore
  const leaves = [0, 1].flatMap((tree) => [1, 2].map((leaf) => [tree, leaf] as const));
  const again = (weight: (k: number, target: number, turn: number) => number, targets: number): Entry[] =>
    [0, 1, 2].flatMap((turn) => leaves.flatMap(([tree, leaf], k) => Array.from({ length: targets }, (_, target): Entry => [tree, leaf, target, weight(k, target, turn)]))); // prettier-ignore

  const corners = [[-1, -1, 0], [-1, 1, 0], [1, -1, 0], [1, 1, 0]].map((row) => Float32Array.from(row)); // prettier-ignore
  /** The values of every output at the four corners: ours, and those of onnxruntime. */
  async function both(node: NodeInit, argument: 'lookup' | 'plain') {
    const bytes = bytesOf(node);
    const { circuit } = await compile(bytes, { argument });
    const x = Float32Array.from(corners.flatMap((row) => [...row]));
    const { outputs } = await run(circuit, { count: corners.length, inputs: { x } });
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
    const theirs = [];
    for (const row of corners) {
      const all = await session.run({ x: new Tensor('float32', row, [1, FEATURES]) });
      theirs.push(Array.from(all[node.out?.[1] ?? 'y'].data as Float32Array));
    }
    await session.release();
    return { ours: outputs.map((all) => all[node.out?.[1] ?? 'y'].floats), theirs, labels: outputs.map((all) => all['y'].ints[0]) }; // prettier-ignore
  }
  const expectEqual = (ours: readonly (readonly number[])[], theirs: readonly (readonly number[])[]): void =>
    ours.forEach((row, i) => row.forEach((v, k) => expect(v, `${i}, ${k}`).toBeCloseTo(theirs[i][k], 5)));

  describe.each(['lookup', 'plain'] as const)('%s', (argument) => {
    it.each(['SUM', 'AVERAGE', 'MIN', 'MAX'])('of one target count once: %s', async (aggregate_function) => {
      const node = regressor(weighted(again((k) => 3 + k, 1), 'target', { n_targets: 1, aggregate_function })); // prettier-ignore
      const { ours, theirs } = await both(node, argument);
      expectEqual(ours, theirs);
      const known = { SUM: 9, AVERAGE: 4.5, MIN: 3, MAX: 6 }[aggregate_function]!; // leaves of 3 and 6
      expect(ours[0][0]).toBeCloseTo(known, 5);
    });

    it.each(['SUM', 'AVERAGE', 'MIN', 'MAX'])('of two count each: %s', async (aggregate_function) => {
      const weight = (k: number, target: number, turn: number): number => 10 * k - 7 * target + (turn * 5) / 2;
      const { ours, theirs } = await both(regressor(weighted(again(weight, 2), 'target', { n_targets: 2, aggregate_function })), argument); // prettier-ignore
      expectEqual(ours, theirs);
      const known = { SUM: 105, AVERAGE: 52.5, MIN: 0, MAX: 35 }[aggregate_function]!; // 0, 2.5, 5 and 30, 32.5, 35
      expect(ours[0][0]).toBeCloseTo(known, 5);
    });

    it.each([2, 3])('of %d classes count each', async (classes) => {
      const weight = (k: number, target: number, turn: number): number => [[0.1, 0.3], [0.05, 0.02], [0.06, 0.04]][target][k % 2] / (turn + 1); // prettier-ignore
      const attributes = weighted(again(weight, classes === 2 ? 1 : 3), 'class', { classlabels_int64s: [...Array(classes).keys()] }); // prettier-ignore
      const { ours, theirs, labels } = await both({ ...regressor(attributes), op: 'TreeEnsembleClassifier', out: ['y', 'p'] }, argument); // prettier-ignore
      expectEqual(ours, theirs);
      expect(ours[0][classes === 2 ? 1 : 0]).toBeCloseTo((11 / 6) * 0.4, 5); // leaves of 0.1 and 0.3
      expect(labels).toEqual(theirs.map((row) => row.indexOf(Math.max(...row))));
    });
  });

  it('and are not the same are refused where there is one target', () => {
    const node = regressor(weighted([...again((k) => k, 1), [1, 2, 0, 4]], 'target', { n_targets: 1 }));
    const error = errorOf(() => graphOf(bytesOf(node)));
    expect([error.code, error.where]).toEqual(['unsupported', expect.stringContaining('trees')]);
    expect(error.message).toContain('expected one weight of leaf 2 of tree 1 for the only target, got 3 and 4');
    expect(error.hint).toContain('onnxruntime takes the first');
  });
});

describe('a table that is not a list of trees is refused', () => {
  const table = (): Table => ({
    trees: [0, 0, 0, 0, 0],
    ids: [0, 1, 2, 3, 4],
    features: [0, 1, 0, 0, 0],
    modes: ['BRANCH_LEQ', 'BRANCH_LT', 'LEAF', 'LEAF', 'LEAF'],
    values: [1, 2, 0, 0, 0],
    yes: [1, 3, 0, 0, 0],
    no: [2, 4, 0, 0, 0],
  });
  const refusalOf = (change: (t: Table) => void): string => {
    const t = table();
    change(t);
    const error = errorOf(() => graphOf(modelOf(t)));
    expect([error.code, error.where]).toEqual(['unsupported', expect.stringContaining('trees')]);
    return error.message;
  };
  it.each<[what: string, message: RegExp, change: (t: Table) => void]>([
    ['a circle', /node 1 is missing or its own ancestor/, (t) => Object.assign(t, { modes: ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_LEQ', 'LEAF', 'LEAF'], yes: [1, 1, 3, 0, 0], no: [2, 3, 4, 0, 0] })], // prettier-ignore
    ['a circle without an entrance', /a node 0 that no root leads to/, (t) => (t.no[1] = 0)],
    ['a child that is not there', /node 9 of tree 0, got none/, (t) => (t.yes[0] = 9)],
    ['a node that is there twice', /one node 1 of tree 0, got two/, (t) => (t.ids[2] = 1)],
    ['two roots', /one root of tree 0, got two/, (t) => (t.modes[1] = 'LEAF')],
    ['a feature that is not there', /features below 3, got 3/, (t) => (t.features[0] = 3)],
    ['a threshold that is not a number', /thresholds that are finite/, (t) => (t.values[0] = NaN)],
    ['another mode', /a mode of a branch or a leaf, got BRANCH_NEAR/, (t) => (t.modes[0] = 'BRANCH_NEAR')],
    ['lists of other lengths', /5 entries/, (t) => t.values.pop()],
  ])('%s', (_, message, change) => {
    expect(refusalOf(change)).toMatch(message);
  });

  const chain = (n: number): Uint8Array => {
    const list = Array.from({ length: n + 1 }, (_, i) => i);
    return modelOf({
      trees: list.map(() => 0),
      ids: list,
      features: list.map(() => 0),
      modes: list.map((i) => (i % 2 === 1 || i === n ? 'LEAF' : 'BRANCH_LEQ')),
      values: list,
      yes: list.map((i) => i + 1),
      no: list.map((i) => i + 2),
    });
  };

  it('more nodes than can be proved, or more of them behind one another', () => {
    expect(errorOf(() => graphOf(chain(2 ** 18 + 2))).message).toMatch(/at most 262144 nodes/);
    expect(errorOf(() => graphOf(chain(2000))).message).toMatch(/at most 512 splits behind one another/);
  });

  it('two weighted classes of two, whose label runtimes read in ways of their own', () => {
    const nodes = Object.fromEntries(
      Object.entries(attributesOf(table())).filter(([name]) => name.startsWith('nodes')),
    );
    const classes = { class_treeids: [0, 0, 0], class_nodeids: [2, 3, 4], class_ids: [0, 1, 0], class_weights: { floats: [1, 2, 3] }, classlabels_int64s: [0, 1] }; // prettier-ignore
    const node = { op: 'TreeEnsembleClassifier', domain: 'ai.onnx.ml', in: ['x'], out: ['y', 'p'], attributes: { ...nodes, ...classes } }; // prettier-ignore
    expect(errorOf(() => graphOf(modelBytes({ inputs: { x: [1, 3] }, nodes: [node], ...ML }))).message).toMatch(/weights of one class/); // prettier-ignore
  });
});
