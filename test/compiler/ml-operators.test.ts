// Operators of ai.onnx.ml beside trees, as circuits: labels at every kernel, features as the very float32 numbers that they are, rows of
// zeros; and what is refused, by name. Their nodes against onnxruntime are in operator-cases.
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { compile, run } from '#compiler/index.js';
import { floatOf, orderOf } from '#verifier/ordered.js';
import { legal, someCorners } from '../lies/ends.js';
import { generator } from './circuits.js';
import { errorOf, floats, graphOf, ints, modelBytes, type AttributeInit, type NodeInit } from './onnx-models.js';

const DOMAIN = 'ai.onnx.ml';
type Attributes = Record<string, AttributeInit>;

const node = (op: string, attributes: Attributes, reads = 'x', out = ['y']): NodeInit => {
  return { op, domain: DOMAIN, name: 'tried', in: [reads], out, attributes };
};
const alone = (op: string, attributes: Attributes, shape = [1, 2], outs = ['y'], type = 1): Uint8Array =>
  modelBytes({ inputs: { x: shape }, type, nodes: [node(op, attributes, 'x', outs)], outputs: outs, domains: { [DOMAIN]: 1 } }); // prettier-ignore

const random = generator(7);
const draw = (count: number, width = 2): number[] => Array.from({ length: count }, () => width * (random() - 0.5));

describe('a support vector machine', () => {
  const features = 3;
  const supports = 6;
  const machine = (kernel: string): Attributes => ({
    kernel_type: kernel,
    kernel_params: { floats: [0.5, 0.25, 3] },
    vectors_per_class: [2, 2, 2],
    support_vectors: { floats: draw(supports * features) },
    coefficients: { floats: draw(2 * supports) },
    rho: { floats: draw(3, 0.2) },
    classlabels_ints: [4, 2, 9],
  });

  it.each(['LINEAR', 'POLY', 'RBF', 'SIGMOID'])('has the labels of its floats: %s', async (kernel) => {
    const count = 60;
    const x = Float32Array.from(draw(count * features));
    const bytes = alone('SVMClassifier', machine(kernel), [1, features], ['label', 'scores']);
    const samples = { count, inputs: { x } };
    const { circuit, graph } = await compile(bytes, { calibration: samples, bits: 10 });
    const { outputs } = await run(circuit, samples);
    const [label, scores] = graph.outputs.map(({ value }) => value);
    let [clear, same] = [0, 0];
    for (let i = 0; i < count; i++) {
      const values = evaluateGraph(graph, { x: Float64Array.from(x.subarray(i * features, (i + 1) * features)) });
      if (values[scores].some((s) => Math.abs(s) < 0.02)) continue; // a vote that rounding may turn
      clear++;
      if (outputs[i]['label'].ints[0] === values[label][0]) same++;
    }
    expect(same).toBe(clear);
    expect(clear).toBeGreaterThan(count / 2);
    legal(circuit, someCorners(circuit, 1));
  });

  it('with probabilities has a label, and a refusal of the probabilities that names the node', async () => {
    const own = { ...machine('RBF'), prob_a: { floats: [-1, -2, -3] }, prob_b: { floats: [0, 0, 0] } };
    const bytes = alone('SVMClassifier', own, [1, features], ['label', 'scores']);
    const refused = errorOf(() => graphOf(bytes));
    expect(refused).toMatchObject({ code: 'unsupported', where: expect.stringContaining('tried') as string });
    expect(refused.hint).toBe('the label is proved, probabilities are the end of an iteration: leave out what needs it with --outputs label'); // prettier-ignore
    const { circuit } = await compile(bytes, { outputs: ['label'], inputRanges: { x: [-1, 1] } });
    expect(circuit.outputs.map(({ name }) => name)).toEqual(['label']);
  });
});

describe('a feature that is looked up', () => {
  it('is the very float32 that it is, behind a Cast too', async () => {
    const cats = [0, 3, -2, 7];
    const nodes: NodeInit[] = [{ op: 'Cast', in: ['x'], out: ['i'], attributes: { to: 7 } }, node('OneHotEncoder', { cats_int64s: cats, zeros: 1 }, 'i')]; // prettier-ignore
    const { circuit } = await compile(modelBytes({ inputs: { x: [1, 1] }, nodes, domains: { [DOMAIN]: 1 } }));
    expect(circuit.publics[0].encoding).toBe('float32');
    const near = [0, 1, -1, 3, 4, -2, -3, 7, 8, 2 ** -149, 1e30, -0].flatMap((v) =>
      [-1, 0, 1].map((by) => floatOf(orderOf(v) + by)),
    );
    const { outputs } = await run(circuit, { count: near.length, inputs: { x: Float32Array.from(near) } });
    near.forEach((v, i) =>
      expect([...outputs[i]['y'].floats], String(v)).toEqual(cats.map((c) => Number(Math.trunc(v) === c))),
    );
  });

  it('beside a key is none of them', async () => {
    const keys = [0.1, -3, 2.5].map(Math.fround);
    const encoder = { keys_floats: { floats: keys }, values_int64s: [5, 6, 7], default_int64: -4 };
    const bytes = modelBytes({ inputs: { x: [1, 1] }, nodes: [node('LabelEncoder', encoder)], domains: { [DOMAIN]: 2 } }); // prettier-ignore
    const { circuit } = await compile(bytes);
    const near = keys.flatMap((v) => [-1, 0, 1].map((by) => floatOf(orderOf(v) + by)));
    const { outputs } = await run(circuit, { count: near.length, inputs: { x: Float32Array.from(near) } });
    expect(outputs.map(({ y }) => y.floats[0])).toEqual([-4, 5, -4, -4, 6, -4, -4, 7, -4]);
  });
});

describe('strings', () => {
  const through = async (nodes: NodeInit[], x: readonly number[], range: [number, number], initializers = {}) => {
    const bytes = modelBytes({ inputs: { x: [1, x.length] }, type: 7, nodes, initializers, domains: { [DOMAIN]: 2 } });
    const { circuit } = await compile(bytes, { inputRanges: { x: range } });
    const [{ y }] = (await run(circuit, { count: 1, inputs: { x: Float64Array.from(x) } })).outputs;
    return y.labels ?? [...y.floats];
  };
  const named = { keys_int64s: [4, -1, 4, 2], values_strings: { strings: ['four', 'below', 'never', 'two'] }, default_string: 'none' }; // prettier-ignore

  it('are the values of keys, and keys of values', async () => {
    expect(await through([node('LabelEncoder', named)], [-1, 4, 0, 2, 4], [-5, 5])).toEqual(['below', 'four', 'none', 'two', 'four']); // prettier-ignore
    const back = node('LabelEncoder', { keys_strings: { strings: ['two', 'four'] }, values_floats: { floats: [2, 4.5] } }, 's'); // prettier-ignore
    expect(await through([node('LabelEncoder', named, 'x', ['s']), back], [-1, 4, 0, 2], [-5, 5])).toEqual([-0, 4.5, -0, 2].map((v) => v + 0)); // prettier-ignore
    const hot = node('OneHotEncoder', { cats_strings: { strings: ['none', 'unknown', 'two'] } }, 's');
    expect(await through([node('LabelEncoder', named, 'x', ['s']), hot], [2, 3], [-5, 5])).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('are chosen by a live index', async () => {
    const list = { dims: [3n], dataType: 8, stringData: ['a', 'b', 'c'].map((text) => new TextEncoder().encode(text)) };
    const extractor = { op: 'ArrayFeatureExtractor', domain: DOMAIN, in: ['list', 'x'], out: ['y'] };
    expect(await through([extractor], [2, 0, 1], [0, 2], { list })).toEqual(['c', 'a', 'b']);
  });
});

describe('a Normalizer', () => {
  it('leaves a row of zeros, and is near its floats elsewhere', async () => {
    const x = Float32Array.from([0, 0, 0, 3, 0, 1, 0.5, 2, 0.25, 0, 0, 4]);
    const samples = { count: 4, inputs: { x } };
    const { circuit } = await compile(alone('Normalizer', { norm: 'L1' }, [1, 3]), { inputRanges: { x: [0, 4] }, bits: 8 }); // prettier-ignore
    const { outputs } = await run(circuit, samples);
    outputs.forEach(({ y }, i) => {
      const row = [...x.subarray(3 * i, 3 * i + 3)];
      const sum = row.reduce((a, b) => a + b, 0);
      row.forEach((v, k) => expect(Math.abs(y.floats[k] - (sum === 0 ? 0 : v / sum))).toBeLessThan(0.02));
    });
    legal(circuit, someCorners(circuit, 2));
  });

  it('of the shares of a classifier takes no step', () => {
    const classifier = node('LinearClassifier', { coefficients: { floats: draw(6) }, intercepts: { floats: draw(3) }, classlabels_ints: [0, 1, 2], post_transform: 'SOFTMAX' }, 'x', ['label', 'p']); // prettier-ignore
    const nodes = [classifier, { ...node('Normalizer', { norm: 'L1' }, 'p'), name: 'n' }];
    const graph = graphOf(modelBytes({ inputs: { x: [1, 2] }, nodes, domains: { [DOMAIN]: 1 } }));
    expect(graph.outputs[0].read).toEqual({ function: 'softmax', axis: 1 });
  });

  it('of two scores and their opposites takes its steps: they are no shares of two classes', () => {
    const kindsOf = (half: readonly number[]): string[] => {
      const both = (list: readonly number[]) => ({ floats: [...list, ...list.map((v) => -v)] });
      const classes = [...half, ...half].map((_, k) => k);
      const attributes = { coefficients: both(half.flatMap((v) => [v, v + 1])), intercepts: both(half), classlabels_ints: classes, post_transform: 'LOGISTIC' }; // prettier-ignore
      const nodes = [node('LinearClassifier', attributes, 'x', ['label', 'p']), { ...node('Normalizer', { norm: 'L1' }, 'p'), name: 'n' }]; // prettier-ignore
      return graphOf(modelBytes({ inputs: { x: [1, 2] }, nodes, domains: { [DOMAIN]: 1 } })).steps.map(({ kind }) => kind); // prettier-ignore
    };
    expect(kindsOf([0.5])).not.toContain('quotient');
    expect(kindsOf([0.5, 0.25])).toContain('quotient');
  });
});

describe('x / (k (|x| + 1))', () => {
  const nodesOf = (base = 'x'): NodeInit[] => [
    { op: 'Abs', in: [base], out: ['a'] },
    { op: 'Add', in: ['a', 'one'], out: ['b'] },
    { op: 'Mul', in: ['b', 'three'], out: ['c'] },
    { op: 'Div', in: ['x', 'c'], out: ['y'] },
  ];
  const kinds = (one: number, base?: string): string[] => {
    const initializers = { one: floats([], [one]), three: floats([], [3]), other: floats([2], [1, 2]) };
    return graphOf(modelBytes({ inputs: { x: [2] }, nodes: nodesOf(base), initializers })).steps.map(({ kind }) => kind); // prettier-ignore
  };
  it('is a softsign, and nothing else is', () => {
    expect(kinds(1)).toContain('table');
    expect(kinds(1)).not.toContain('quotient');
    expect(kinds(2)).toContain('quotient');
    expect(kinds(1, 'other')).not.toContain('table');
  });
});

describe('a / (1 + e^z)', () => {
  const divisor: NodeInit[] = [
    { op: 'Exp', in: ['x'], out: ['e'] },
    { op: 'Add', in: ['one', 'e'], out: ['d'] },
  ];
  const initializers = { one: floats([1], [1]), three: floats([1], [3]) };
  const modelOf = (nodes: NodeInit[]): Parameters<typeof modelBytes>[0] => ({ inputs: { x: [1, 2] }, nodes, initializers }); // prettier-ignore
  const last: Readonly<Record<string, [NodeInit, (x: number) => number]>> = {
    'one over it': [{ op: 'Div', in: ['one', 'd'], out: ['y'] }, (x) => 1 / (1 + Math.exp(x))],
    'its reciprocal': [{ op: 'Reciprocal', in: ['d'], out: ['y'] }, (x) => 1 / (1 + Math.exp(x))],
    'three over it': [{ op: 'Div', in: ['three', 'd'], out: ['y'] }, (x) => 3 / (1 + Math.exp(x))],
    'x over it': [{ op: 'Div', in: ['x', 'd'], out: ['y'] }, (x) => x / (1 + Math.exp(x))],
  };

  it.each(Object.entries(last))('is a sigmoid, however far its exponent reaches: %s', async (_, [node, f]) => {
    const nodes = [...divisor, node, { op: 'Identity', in: ['y'], out: ['z'] }];
    const bytes = modelBytes({ ...modelOf(nodes), outputs: ['y'] });
    expect(graphOf(bytes).steps.map(({ kind }) => kind)).not.toContain('quotient');
    const x = Float64Array.from({ length: 80 }, (__, i) => (i - 40) * 2);
    const { circuit } = await compile(bytes, { calibration: { count: 40, inputs: { x } }, decision: 'none', bits: 12 });
    const { outputs } = await run(circuit, { count: 40, inputs: { x } });
    const width = Math.max(...Array.from(x, (v) => Math.abs(f(v))));
    outputs.forEach(({ y }, i) =>
      (y.read?.values ?? y.floats).forEach((v, k) => expect(Math.abs(v - f(x[2 * i + k])) / width).toBeLessThan(0.01)),
    );
    legal(circuit, someCorners(circuit, 3));
  });

  it('is one behind a Constant of a number too, whatever inputs are called', () => {
    const one: NodeInit = { op: 'Constant', in: [], out: ['one'], attributes: { value_float: { float: 1 } } };
    const inputs = { x: [1, 2], 'y opposite': [1] };
    const nodes = [one, ...divisor, last['its reciprocal'][0]];
    expect(graphOf(modelBytes({ inputs, nodes, outputs: ['y'] })).steps.map(({ kind }) => kind)).not.toContain('quotient'); // prettier-ignore
  });

  it('keeps the axis that a number of two axes gives', () => {
    const nodes = [...divisor, last['its reciprocal'][0]];
    const graph = graphOf(modelBytes({ inputs: { x: [4] }, nodes, initializers: { one: floats([1, 1], [1]) }, outputs: ['y'] })); // prettier-ignore
    expect(graph.values[graph.outputs[0].value].shape).toEqual([1, 4]);
  });

  it('with another number than 1 is what it was', () => {
    const nodes: NodeInit[] = [divisor[0], { op: 'Add', in: ['three', 'e'], out: ['d'] }, last['one over it'][0]];
    expect(graphOf(modelBytes(modelOf(nodes))).steps.map(({ kind }) => kind)).toContain('quotient');
  });
});

describe('what is refused, with the name of its node', () => {
  const svm = { kernel_type: 'RBF', kernel_params: { floats: [1, 0, 3] }, vectors_per_class: [1, 1], support_vectors: { floats: [0, 1, 2, 3] }, coefficients: { floats: [1, -1] }, rho: { floats: [0] }, classlabels_ints: [0, 1] }; // prettier-ignore
  const linear = { coefficients: { floats: [1, 2, 3, 4] }, intercepts: { floats: [0, 0] }, classlabels_ints: [0, 1] };
  it.each<[op: string, attributes: Attributes, message: RegExp, shape?: number[]]>([
    ['LinearClassifier', { ...linear, coefficients: { floats: [1] } }, /expected 2 x 2 coefficients, got 1/],
    ['LinearClassifier', { ...linear, coefficients: { floats: [1, 2, NaN, 4] } }, /finite numbers in 'coefficients'/],
    ['LinearClassifier', { ...linear, classlabels_ints: [0, 1, 2] }, /expected 2 labels, got 3/],
    ['LinearClassifier', { ...linear, post_transform: 'SOFTMAX_ZERO' }, /got SOFTMAX_ZERO/],
    ['LinearRegressor', { coefficients: { floats: [1] }, targets: 2 ** 40 }, /at most|expected/],
    ['Scaler', { scale: { floats: [1, 2, 3] }, offset: { floats: [1, 2, 3] } }, /for each of 2 features, got 3 and 3/],
    ['SVMClassifier', { ...svm, kernel_type: 'COSINE' }, /got COSINE/],
    ['SVMClassifier', { ...svm, kernel_params: { floats: [1] } }, /gamma, coef0 and a degree/],
    ['SVMClassifier', { ...svm, vectors_per_class: [2 ** 40, 1] }, /support vectors of each class/],
    ['SVMClassifier', { ...svm, vectors_per_class: [3, -1] }, /support vectors of each class/],
    ['SVMClassifier', { ...svm, rho: { floats: [] } }, /rho of 2 classes/],
    ['SVMClassifier', { ...svm, support_vectors: { floats: [0] } }, /2 support vectors of 2 features, got 1 numbers/],
    ['SVMRegressor', { ...svm, n_supports: 2 ** 40 }, /at most|expected no attribute/],
    ['SVMRegressor', { coefficients: { floats: [1, 1] }, rho: { floats: [0] }, n_supports: -1 }, /number of support/],
    ['Binarizer', { threshold: { float: NaN } }, /finite threshold/],
    ['OneHotEncoder', { cats_int64s: [1, 1] }, /distinct categories/],
    ['OneHotEncoder', { cats_strings: { strings: ['a'] } }, /categories of the type of the input/],
    ['OneHotEncoder', { cats_int64s: Array.from({ length: 5000 }, (_, i) => i) }, /1 to 4096 categories/],
    ['Imputer', { imputed_value_int64s: [1] }, /imputed values of float32, got none/],
    ['Normalizer', { norm: 'L3' }, /norm MAX, L1 or L2, got L3/],
    ['FeatureVectorizer', { inputdimensions: [1, 2] }, /of each of 1 inputs, got 2/],
    ['Scaler', { scale: { floats: [1] }, offset: { floats: [1] } }, /rows of features, got rank 3/, [1, 2, 2]],
  ])('%s %o', (op, attributes, message, shape) => {
    const outs = /Classifier/.test(op) ? ['y', 'z'] : ['y'];
    const error = errorOf(() => graphOf(alone(op, attributes, shape, outs)));
    expect([error.code, error.where]).toEqual(['unsupported', expect.stringContaining('tried')]);
    expect(error.message).toMatch(message);
  });

  it('indices outside, and doubles that are compared', () => {
    const extractor = { op: 'ArrayFeatureExtractor', domain: DOMAIN, name: 'tried', in: ['x', 'i'] };
    const bytes = modelBytes({ inputs: { x: [1, 2] }, nodes: [extractor], initializers: { i: ints(2) }, domains: { [DOMAIN]: 1 } }); // prettier-ignore
    expect(errorOf(() => graphOf(bytes)).message).toMatch(/indices of \[0, 2\), got 2/);
    expect(errorOf(() => graphOf(alone('OneHotEncoder', { cats_int64s: [1] }, [1, 2], ['y'], 11))).message).toMatch(/float32, got float64/); // prettier-ignore
  });
});
