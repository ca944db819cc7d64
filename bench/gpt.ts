// A GPT as PyTorch exports nanoGPT (https://github.com/karpathy/nanoGPT, model.py), its weights drawn as training begins: token and
// position embeddings, blocks of causal attention and a perceptron, each behind a LayerNormalization, GELU by Tanh, no biases. The
// defaults are those of ezkl's example: 4 layers of 4 heads, 64 dimensions, 64 tokens of a vocabulary of 65.
//
//   node dist/bench/gpt.js DIR [LAYERS [TOKENS]]     writes DIR/model.onnx and DIR/tokens.json, sequences of random tokens
//   npm run bench:nanogpt -- DIR                     what it costs (nanogpt.ts)
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  ModelProtoSchema,
  TensorProto_DataType as DataType,
  type NodeProtoSchema,
  type TensorProtoSchema,
} from 'onnx-buf';
import { seededRandom } from '#examples/train/random.js';
import { attributesOf, declared, normalFrom, type Attribute } from './onnx.js';

const [HEADS, DIMS, VOCABULARY, SEQUENCES] = [4, 64, 65, 8];
const [folder, layers = 4, tokens = 64] = [process.argv[2], ...process.argv.slice(3, 5).map(Number)] as [string, number?, number?]; // prettier-ignore

const random = seededRandom(7);
const normal = normalFrom(random);

const initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
const nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];

function tensor(
  name: string,
  dataType: DataType,
  dims: readonly number[],
  values: { readonly buffer: ArrayBuffer },
): string {
  initializers.push({ name, dims: dims.map(BigInt), dataType, rawData: new Uint8Array(values.buffer) });
  return name;
}
const floats = (name: string, dims: readonly number[], of: (i: number) => number): string =>
  tensor(
    name,
    DataType.FLOAT,
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => of(i)),
  );
const ints = (name: string, ...values: number[]): string =>
  tensor(name, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt));
const weights = (name: string, rows: number, columns: number, deviation = 0.02): string =>
  floats(name, [rows, columns], () => deviation * normal());
const scalar = (name: string, value: number): string => floats(name, [], () => value);

/** Returns the names of its outputs. */
function nodeOf(
  name: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
  outputs: readonly string[],
): void {
  nodes.push({
    name,
    opType: name.replace(/^.*\//, '').replace(/_\d+$/, ''),
    input: [...inputs],
    output: [...outputs],
    attribute: attributesOf(attributes),
  });
}
function node(name: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
  nodeOf(name, inputs, attributes, [`${name}_output_0`]);
  return `${name}_output_0`;
}

const shapeOfHeads = ints('heads', 1, tokens, HEADS, DIMS / HEADS);
const shapeOfTokens = ints('joined', 1, tokens, DIMS);
const thirds = ints('thirds', DIMS, DIMS, DIMS);
const hidden = tensor('hidden', DataType.BOOL, [1, 1, tokens, tokens], Uint8Array.from({ length: tokens * tokens }, (_, i) => Number(i % tokens > Math.floor(i / tokens)))); // prettier-ignore
const minusInfinity = scalar('-inf', -Infinity);
const norm = (at: string, x: string): string =>
  node(`${at}/LayerNormalization`, [x, floats(`${at}.weight`, [DIMS], () => 1)], { axis: -1 });

function attention(at: string, x: string): string {
  const parts = ['q', 'k', 'v'].map((part) => `${at}/${part}`);
  const all = node(`${at}/MatMul`, [x, weights(`${at}.c_attn`, DIMS, 3 * DIMS)]);
  nodeOf(`${at}/Split`, [all, thirds], { axis: 2 }, parts);
  const [q, k, v] = parts.map(
    (part, i) =>
    node(`${at}/Transpose_${i}`, [node(`${at}/Reshape_${i}`, [part, shapeOfHeads])], { perm: i === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] }), // prettier-ignore
  );
  const scores = node(`${at}/Mul`, [node(`${at}/MatMul_1`, [q, k]), scalar(`${at}.scale`, Math.sqrt(HEADS / DIMS))]);
  const shares = node(`${at}/Softmax`, [node(`${at}/Where`, [hidden, minusInfinity, scores])], { axis: -1 });
  const weighed = node(`${at}/Transpose_3`, [node(`${at}/MatMul_2`, [shares, v])], { perm: [0, 2, 1, 3] });
  const out = weights(`${at}.c_proj`, DIMS, DIMS, 0.02 / Math.sqrt(2 * layers));
  return node(`${at}/MatMul_3`, [node(`${at}/Reshape_3`, [weighed, shapeOfTokens]), out]);
}

/** GELU as nanoGPT wrote it out. */
function gelu(at: string, x: string): string {
  const cube = node(`${at}/Mul`, [node(`${at}/Pow`, [x, scalar(`${at}.3`, 3)]), scalar(`${at}.cubic`, 0.044715)]);
  const inner = node(`${at}/Mul_1`, [node(`${at}/Add`, [x, cube]), scalar(`${at}.root`, Math.sqrt(2 / Math.PI))]);
  const bent = node(`${at}/Add_1`, [node(`${at}/Tanh`, [inner]), scalar(`${at}.1`, 1)]);
  return node(`${at}/Mul_3`, [node(`${at}/Mul_2`, [x, scalar(`${at}.half`, 0.5)]), bent]);
}

function perceptron(at: string, x: string): string {
  const wide = node(`${at}/MatMul`, [x, weights(`${at}.c_fc`, DIMS, 4 * DIMS)]);
  const out = weights(`${at}.c_proj`, 4 * DIMS, DIMS, 0.02 / Math.sqrt(2 * layers));
  return node(`${at}/MatMul_1`, [gelu(`${at}/gelu`, wide), out]);
}

const embedding = node('/wte/Gather', [weights('wte', VOCABULARY, DIMS), 'idx'], { axis: 0 });
let x = node('/Add', [embedding, weights('wpe', tokens, DIMS)]);
for (let i = 0; i < layers; i++) {
  x = node(`/h.${i}/Add`, [x, attention(`/h.${i}/attn`, norm(`/h.${i}/ln_1`, x))]);
  x = node(`/h.${i}/Add_1`, [x, perceptron(`/h.${i}/mlp`, norm(`/h.${i}/ln_2`, x))]);
}
nodeOf('/lm_head/MatMul', [norm('/ln_f', x), weights('lm_head', DIMS, VOCABULARY)], {}, ['logits']);

const model = create(ModelProtoSchema, {
  irVersion: 8n,
  producerName: 'inferproof bench',
  opsetImport: [{ domain: '', version: 17n }],
  graph: {
    name: 'main_graph',
    node: nodes,
    initializer: initializers,
    input: [declared('idx', DataType.INT64, [1, tokens])],
    output: [declared('logits', DataType.FLOAT, [1, tokens, VOCABULARY])],
  },
});
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/model.onnx`, toBinary(ModelProtoSchema, model));
const idx = Array.from({ length: SEQUENCES }, () =>
  Array.from({ length: tokens }, () => Math.floor(VOCABULARY * random())),
);
writeFileSync(`${folder}/tokens.json`, JSON.stringify({ idx }));
