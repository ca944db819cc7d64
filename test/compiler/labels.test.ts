// Outputs of strings: what is proved is a place in a list of names, and whoever reads it sees the name.
import { TensorProto_DataType } from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile, decodeCircuit, encodeCircuit, run, withoutMaps } from '#compiler/index.js';
import { decodeGraph, encodeGraph } from '#compiler/graph/json.js';
import { prove, setup } from '#prover/index.js';
import { parseVerificationKey, serializeVerificationKey, verify } from '#verifier/index.js';
import { solidityVerifier } from '#verifier/solidity/index.js';
import {
  errorOf,
  graphOf,
  modelBytes,
  valueInfo,
  type AttributeInit,
  type NodeInit,
  type TensorInit,
} from './onnx-models.js';

const { STRING, INT64, FLOAT } = TensorProto_DataType;
const NAMES = ['setosa', 'versicolor', 'virginica'];
const ML = { domains: { 'ai.onnx.ml': 3 } };

/** One tree that gives class k for k < x <= k + 1. */
const tree = (labels: Record<string, AttributeInit>): NodeInit => ({
  op: 'TreeEnsembleClassifier',
  name: 'trees',
  domain: 'ai.onnx.ml',
  in: ['x'],
  out: ['label', 'scores'],
  attributes: {
    nodes_treeids: [0, 0, 0, 0, 0],
    nodes_nodeids: [0, 1, 2, 3, 4],
    nodes_featureids: [0, 0, 0, 0, 0],
    nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'] },
    nodes_values: { floats: [1, 0, 2, 0, 0] },
    nodes_truenodeids: [1, 0, 3, 0, 0],
    nodes_falsenodeids: [2, 0, 4, 0, 0],
    class_treeids: [0, 0, 0],
    class_nodeids: [1, 3, 4],
    class_ids: [0, 1, 2],
    class_weights: { floats: [1, 1, 1] },
    ...labels,
  },
});
const strings = (...values: string[]): TensorInit => ({
  dims: [BigInt(values.length)],
  dataType: STRING,
  stringData: values.map((text) => new TextEncoder().encode(text)),
});
const modelOf = (nodes: NodeInit[], outputs: string[], initializers: Record<string, TensorInit> = {}): Uint8Array =>
  modelBytes({ inputs: { x: [1, 1] }, nodes, outputs, outputType: STRING, initializers, opset: 21, ...ML });
const classifier = tree({ classlabels_strings: { strings: NAMES } });
/** What an exporter writes around a label. */
const moved: NodeInit[] = [
  classifier,
  { op: 'Cast', in: ['label'], out: ['c'], attributes: { to: STRING } },
  { op: 'Unsqueeze', in: ['c', 'axes'], out: ['u'] },
  { op: 'Reshape', in: ['u', 'shape'], out: ['r'] },
  { op: 'Identity', in: ['r'], out: ['y'] },
];
const shapes = (): Record<string, TensorInit> => ({
  axes: { dims: [1n], dataType: INT64, int64Data: [0n] },
  shape: { dims: [1n], dataType: INT64, int64Data: [-1n] },
});
const SAMPLES = { count: 3, inputs: { x: Float64Array.of(0.5, 1.5, 2.5) } };

describe('an output of strings', () => {
  it.each<[what: string, nodes: NodeInit[], initializers: Record<string, TensorInit>]>([
    ['the label of a classifier', moved, shapes()],
    [
      'names at the place of the greatest score',
      [
        tree({ classlabels_int64s: [0, 1, 2] }),
        { op: 'ArgMax', in: ['scores'], out: ['at'], attributes: { axis: 1, keepdims: 0 } },
        { op: 'Gather', in: ['names', 'at'] },
      ],
      { names: strings(...NAMES) },
    ],
  ])('has those of onnxruntime: %s', async (_, nodes, initializers) => {
    const bytes = modelOf(nodes, ['y'], initializers);
    const { circuit, graph } = await compile(bytes);
    const { outputs } = await run(circuit, SAMPLES);
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
    for (const [i, { y }] of outputs.entries()) {
      const { y: wanted } = await session.run({ x: new Tensor('float32', [i + 0.5], [1, 1]) });
      expect(y.labels).toEqual(wanted.data);
      expect(y.ints).toEqual([i]);
    }
    await session.release();
    const again = decodeCircuit(encodeCircuit(circuit), 'circuit.json');
    expect(again.outputs).toEqual(circuit.outputs);
    expect(decodeGraph(encodeGraph(graph)).outputs).toEqual(graph.outputs);
  });

  it('agrees with a reference that gives strings, and with no string that it does not know', async () => {
    const bytes = modelOf([classifier, { op: 'Identity', in: ['label'] }], ['y']);
    const { circuit, graph } = await compile(bytes);
    const agreement = async (...y: string[]) =>
      (await run(circuit, SAMPLES, { graph, reference: { name: 'given', run: () => Promise.resolve({ y }) } }))
        .agreement;
    expect(await agreement(...NAMES)).toBe(1);
    expect(await agreement(NAMES[0], NAMES[0], 'tulip')).toBeCloseTo(1 / 3);
  });

  it('is a place in the list of the key, and the key is another one with another list', async () => {
    const { circuit } = await compile(modelOf([classifier, { op: 'Identity', in: ['label'] }], ['y']));
    const { provingKey, vkey } = await setup(circuit, { dev: true });
    const { proof } = await prove(circuit, provingKey, vkey, { count: 1, inputs: { x: Float64Array.of(1.5) } });
    const open = { allowInsecureKey: true };
    expect(verify(vkey, proof, open)).toMatchObject({
      valid: true,
      outputs: { y: { ints: [1], labels: ['versicolor'] } },
    });
    const file = JSON.stringify(serializeVerificationKey(vkey));
    const other = parseVerificationKey(JSON.parse(file.replace('versicolor', 'virginicb')));
    expect(verify(other, proof, open)).toEqual({ valid: false, reason: 'pairing' });
    const wrong = (labels: unknown) => () => parseVerificationKey(JSON.parse(file, (name, v: unknown) => (name === 'labels' ? labels : v))); // prettier-ignore
    for (const labels of [
      { names: [], axis: null },
      { names: ['a', 'b'], axis: 0 },
      { names: ['a'], axis: 3 },
      { names: [1], axis: null },
      { names: ['\ud800'], axis: null },
      [],
    ])
      // prettier-ignore
      expect(wrong(labels)).toThrow(expect.objectContaining({ code: 'format' }));
    expect(solidityVerifier(vkey, open)).toContain('tensor 1 (from 0) are places in the list of labels');
    expect(solidityVerifier(vkey, open)).not.toContain('versicolor');
  });

  it('of a circuit has names for its places', async () => {
    const { circuit } = await compile(modelOf([classifier, { op: 'Identity', in: ['label'] }], ['y']));
    const text = encodeCircuit(circuit);
    const [found] = /"labels":\{.*?\}/.exec(text)!;
    for (const labels of ['{"names":[],"axis":null}', '{"names":["a","b"],"axis":0}', '{"names":["a"],"axis":1}'])
      expect(() => decodeCircuit(text.replace(found, `"labels":${labels}`), 'circuit.json')).toThrow(expect.objectContaining({ code: 'format' })); // prettier-ignore
  });

  it('is no number: what computes with it is refused', () => {
    const behind = (node: NodeInit) => errorOf(() => graphOf(modelOf([classifier, node], ['y'])));
    for (const node of [
      { op: 'Cast', in: ['label'], attributes: { to: INT64 } },
      { op: 'Add', in: ['label', 'label'] },
      { op: 'ArgMax', in: ['label'], attributes: { axis: 0 } },
      { op: 'Equal', in: ['label', 'label'] },
    ])
      expect(behind({ ...node, name: 'reader' })).toMatchObject({
        code: 'unsupported',
        message: 'expected numbers, got strings',
        where: expect.stringContaining("'reader'") as string,
      });
    const number: NodeInit = { op: 'Cast', in: ['scores'], name: 'reader', attributes: { to: STRING } };
    expect(behind(number).message).toBe('expected strings that stay strings, got numbers');
  });
});

describe('a map at the end', () => {
  const zip = (keys: Record<string, AttributeInit>, from = 'scores'): NodeInit => ({ op: 'ZipMap', name: 'zip', domain: 'ai.onnx.ml', in: [from], out: ['p'], attributes: keys }); // prettier-ignore
  const keys = { classlabels_strings: { strings: NAMES } };
  /** The type that skl2onnx declares. */
  const graph = {
    output: [
      { ...valueInfo('label', ['n'], STRING) },
      {
        name: 'p',
        type: {
          value: {
            case: 'sequenceType' as const,
            value: {
              elemType: {
                value: {
                  case: 'mapType' as const,
                  value: {
                    keyType: STRING,
                    valueType: { value: { case: 'tensorType' as const, value: { elemType: FLOAT } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  };
  const zipped = (post: string): Uint8Array =>
    modelBytes({
      inputs: { x: [1, 1] },
      nodes: [tree({ ...keys, post_transform: post }), zip(keys)],
      graph,
      ...ML,
    });

  it.each(['NONE', 'SOFTMAX'])('is the scores with the names of their columns, post_transform %s', async (post) => {
    const bytes = zipped(post);
    const { circuit, graph, report } = await compile(bytes);
    expect(report.notes.join()).toContain('columns named by the keys');
    expect(report.outputs[1].labels).toEqual({ names: NAMES, axis: 1 });
    const { outputs } = await run(circuit, SAMPLES, { graph });
    const session = await InferenceSession.create(withoutMaps(bytes)!, { logSeverityLevel: 4 });
    for (const [i, { label, p }] of outputs.entries()) {
      const wanted = await session.run({ x: new Tensor('float32', [i + 0.5], [1, 1]) });
      expect(label.labels).toEqual(wanted['label'].data);
      expect(p.names).toEqual({ axis: 1, names: NAMES });
      (p.read?.values ?? p.floats).forEach((v, k) => expect(v).toBeCloseTo(Number(wanted['p'].data[k]), 6));
      expect(p.read?.function).toBe(post === 'NONE' ? undefined : 'softmax');
    }
    await session.release();
    expect(decodeCircuit(encodeCircuit(circuit), 'circuit.json').publics).toEqual(circuit.publics);
  });

  it('has whole numbers as keys, too, and another count of them is refused', () => {
    const outputs = (attributes: Record<string, AttributeInit>, from?: string) =>
      graphOf(modelOf([classifier, zip(attributes, from)], ['p'])).outputs[0].labels;
    expect(outputs({ classlabels_int64s: [4, -5, 6] })?.names).toEqual(['4', '-5', '6']);
    expect(errorOf(() => outputs({ classlabels_int64s: [4, 5] })).message).toBe('expected 2 scores in a row, got 3');
    expect(errorOf(() => outputs(keys, 'label')).message).toBe('expected scores, got strings');
  });

  it('is no tensor: what reads it is refused', () => {
    const error = errorOf(() => graphOf(modelOf([classifier, zip(keys), { op: 'Relu', in: ['p'] }], ['y'])));
    expect(error).toMatchObject({ message: 'expected ZipMap last in the model, got a node that reads it' });
    expect(errorOf(() => graphOf(modelOf([classifier, zip(keys), { op: 'Flatten', in: ['p'] }], ['y']))).message).toBe(
      error.message,
    );
  });

  it('is left out of a file for a runtime that has none, and no other file is touched', () => {
    expect(withoutMaps(modelOf([classifier], ['label']))).toBeNull();
    expect(withoutMaps(Uint8Array.of(255, 255, 1))).toBeNull();
  });
});

describe('labels that are numbers', () => {
  it.each([[[7, -3, 2 ** 40]], [[0, 1, 2]], [[2, 1, 0]]])('come out as themselves: %s', async (labels) => {
    const node = tree({ classlabels_int64s: labels });
    const bytes = modelBytes({ inputs: { x: [1, 1] }, nodes: [node, { op: 'Identity', in: ['label'] }], outputType: INT64, ...ML }); // prettier-ignore
    const { circuit } = await compile(bytes);
    const { outputs } = await run(circuit, SAMPLES);
    expect(outputs.map(({ y }) => y.ints)).toEqual(labels.map((label) => [label]));
    expect(circuit.publics[1].labels).toBeUndefined();
  });
});
