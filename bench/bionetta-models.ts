// The four models of Bionetta's benchmarks (arXiv 2510.06784, tables 4 to 6; layers by its SDK's examples), their weights drawn as
// training begins: MNIST-2M, LeNet-5 with average pools, ResNet-18 for 32 x 32 pictures, MobileNetV2 for 32 x 32 with ReLU, as which it
// is priced there.
//
//   node dist/bench/bionetta-models.js DIR     writes DIR/NAME.onnx and DIR/NAME.json, random samples
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

const SAMPLES = 24;

/** A model while it is written: each layer takes the name of a tensor and gives that of its result. */
function network(seed: number) {
  const normal = normalFrom(seededRandom(seed));
  const initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  const nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  const floats = (dims: readonly number[], of: () => number): string => {
    const name = `w${initializers.length}`;
    const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, of);
    initializers.push({ name, dims: dims.map(BigInt), dataType: DataType.FLOAT, rawData: new Uint8Array(values.buffer) }); // prettier-ignore
    return name;
  };
  const node = (op: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string => {
    const name = `${op}_${nodes.length}`;
    nodes.push({ name, opType: op, input: [...input], output: [name], attribute: attributesOf(attributes) });
    return name;
  }; // prettier-ignore
  /** He's deviation, which keeps activations as wide as they are. */
  const weights = (dims: readonly number[], fanIn: number): string => {
    const deviation = Math.sqrt(2 / fanIn);
    return floats(dims, () => deviation * normal());
  };
  return {
    relu: (x: string) => node('Relu', [x]),
    add: (x: string, y: string) => node('Add', [x, y]),
    averagePool: (x: string) => node('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
    mean: (x: string) => node('Flatten', [node('GlobalAveragePool', [x])]),
    flatten: (x: string) => node('Flatten', [x]),
    dense: (x: string, from: number, to: number) =>
      node('Gemm', [x, weights([from, to], from), floats([to], () => 0.01 * normal())]),
    /** Without a bias; `group` 1, or as many as there are channels. */
    conv(x: string, from: number, to: number, k: number, { stride = 1, pad = (k - 1) >> 1, group = 1 } = {}): string {
      const attributes = { kernel_shape: [k, k], strides: [stride, stride], pads: [pad, pad, pad, pad], group };
      return node('Conv', [x, weights([to, from / group, k, k], (k * k * from) / group)], attributes);
    },
    norm: (x: string, channels: number) =>
      node('BatchNormalization', [
        x,
        ...[1, 0, 0].map((mean, i) => floats([channels], () => mean + (i < 2 ? 0.05 : 0.02) * normal())),
        floats([channels], () => 1),
      ]),
    bytes(output: string, input: readonly number[], classes: number): Uint8Array {
      const graph = { name: 'g', node: nodes, initializer: initializers, input: [declared('x', DataType.FLOAT, input)], output: [declared(output, DataType.FLOAT, [1, classes])] }; // prettier-ignore
      const model = create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 17n }], graph });
      return toBinary(ModelProtoSchema, model);
    },
  };
}
type Network = ReturnType<typeof network>;

interface Model {
  readonly input: readonly number[];
  readonly build: (net: Network) => string;
}

function mnist2M(net: Network): string {
  const widths = [784, 2000, 60, 4000];
  const hidden = widths.slice(1).reduce((x, to, i) => net.relu(net.dense(x, widths[i], to)), 'x');
  return net.dense(hidden, 4000, 10);
}

function lenet5(net: Network): string {
  const first = net.averagePool(net.relu(net.conv('x', 1, 6, 5)));
  const second = net.averagePool(net.relu(net.conv(first, 6, 16, 5, { pad: 0 })));
  const hidden = net.relu(net.dense(net.flatten(second), 400, 120));
  return net.dense(net.relu(net.dense(hidden, 120, 84)), 84, 10);
}

function resnet18(net: Network): string {
  const block = (x: string, from: number, to: number, stride: number): string => {
    const inner = net.relu(net.norm(net.conv(x, from, to, 3, { stride }), to));
    const y = net.norm(net.conv(inner, to, to, 3), to);
    return net.relu(net.add(y, from === to ? x : net.norm(net.conv(x, from, to, 1, { stride }), to)));
  };
  let x = net.averagePool(net.relu(net.norm(net.conv('x', 3, 64, 7, { stride: 2 }), 64)));
  let from = 64;
  for (const to of [64, 64, 128, 128, 256, 256, 512, 512]) {
    x = block(x, from, to, from === to ? 1 : 2);
    from = to;
  }
  return net.dense(net.mean(x), 512, 10);
}

function mobilenetV2(net: Network): string {
  let x = net.relu(net.norm(net.conv('x', 1, 32, 3, { stride: 2 }), 32));
  let from = 32;
  /** Expansion, channels, blocks, stride of the first. */
  const stages = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]; // prettier-ignore
  for (const [expansion, to, blocks, first] of stages)
    for (let n = 0; n < blocks; n++) {
      const [wide, stride] = [from * expansion, n === 0 ? first : 1];
      const expanded = expansion === 1 ? x : net.relu(net.norm(net.conv(x, from, wide, 1), wide));
      const deep = net.relu(net.norm(net.conv(expanded, wide, wide, 3, { stride, group: wide }), wide));
      const y = net.norm(net.conv(deep, wide, to, 1), to);
      x = stride === 1 && from === to ? net.add(x, y) : y;
      from = to;
    }
  return net.dense(net.mean(net.relu(net.norm(net.conv(x, 320, 1280, 1), 1280))), 1280, 10);
}

const MODELS: Readonly<Record<string, Model>> = {
  'MNIST-2M': { input: [1, 784], build: mnist2M },
  'LeNet-5': { input: [1, 1, 28, 28], build: lenet5 },
  'ResNet-18': { input: [1, 3, 32, 32], build: resnet18 },
  MobileNetV2: { input: [1, 1, 32, 32], build: mobilenetV2 },
};

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const [i, [name, { input, build }]] of Object.entries(MODELS).entries()) {
  const net = network(i + 1);
  writeFileSync(`${folder}/${name}.onnx`, net.bytes(build(net), input, 10));
  const random = seededRandom(100 + i);
  const size = input.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: SAMPLES * size }, () => Math.round(1000 * random()) / 1000);
  writeFileSync(`${folder}/${name}.json`, JSON.stringify({ input_data: [values] }));
}
