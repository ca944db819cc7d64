// Small models of tables, as people export them: a linear model or a perceptron, trained on standardised columns, the scaler
// folded into the first layer so that raw columns go in. Adam (Kingma and Ba, arXiv 1412.6980) over all rows at once.
import { readFileSync } from 'node:fs';
import type { Samples } from '#compiler/index.js';
import { generator } from '../../compiler/circuits.js';
import { floats, modelBytes, type NodeInit, type TensorInit } from '../../compiler/onnx-models.js';

export interface Table {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

/** All rows, in an order of their own, the first `share` of them and the rest. */
export function readTable(name: string, share: number): readonly [train: Table, heldOut: Table] {
  const [, ...lines] = readFileSync(`test/models/tables/${name}.csv`, 'utf8').trim().split('\n');
  const random = generator(7);
  const all = lines.map((line) => ({ line: line.split(',').map(Number), at: random() })).sort((a, b) => a.at - b.at);
  const table = (part: typeof all): Table => {
    return { rows: part.map(({ line }) => line.slice(0, -1)), targets: part.map(({ line }) => line.at(-1) ?? 0) };
  };
  const cut = Math.round(all.length * share);
  return [table(all.slice(0, cut)), table(all.slice(cut))];
}

export const samplesOf = ({ rows }: Table): Samples => {
  return { count: rows.length, inputs: { x: Float32Array.from(rows.flat()) } };
};

/** What is fitted: classes by their scores, two classes by the sign of one logit, or a number. */
export type Task = { readonly scores: number } | 'logit' | 'number';

interface Layer {
  /** One row an output. */
  readonly weights: Float64Array[];
  readonly bias: Float64Array;
}

interface Scaler {
  readonly mean: number;
  readonly deviation: number;
}

function scalerOf(values: readonly number[]): Scaler {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) || 1 };
}

const forward = ({ weights, bias }: Layer, x: Float64Array): Float64Array =>
  bias.map((b, o) => weights[o].reduce((sum, w, k) => sum + w * x[k], b));

/** Of the loss to the outputs. */
function gradient(task: Task, y: Float64Array, target: number): Float64Array {
  if (task === 'number') return y.map((v) => v - target);
  if (task === 'logit') return y.map((v) => 1 / (1 + Math.exp(-v)) - target);
  const most = Math.max(...y);
  const weights = y.map((v) => Math.exp(v - most));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w, c) => w / sum - Number(c === target));
}

const STEPS = 300;
const DECAY = 1e-3;

/** Trains layers of these sizes, ReLU between them, on rows that are scaled. */
function train(
  task: Task,
  sizes: readonly number[],
  rows: readonly Float64Array[],
  targets: readonly number[],
): Layer[] {
  const random = generator(11);
  const layers = sizes.slice(1).map((outputs, l): Layer => {
    const bound = Math.sqrt(6 / sizes[l]);
    const row = (): Float64Array => Float64Array.from({ length: sizes[l] }, () => (2 * random() - 1) * bound);
    return { weights: Array.from({ length: outputs }, row), bias: new Float64Array(outputs) };
  });
  const parameters = layers.flatMap(({ weights, bias }) => [...weights, bias]);
  const [first, second, slopes] = [0, 1, 2].map(() => parameters.map(({ length }) => new Float64Array(length)));
  for (let step = 1; step <= STEPS; step++) {
    slopes.forEach((list) => list.fill(0));
    rows.forEach((row, i) => {
      const values = [row];
      layers.forEach((layer, l) => {
        const y = forward(layer, values[l]);
        values.push(l === layers.length - 1 ? y : y.map((v) => Math.max(v, 0)));
      });
      let back = gradient(task, values[layers.length], targets[i]);
      let at = parameters.length;
      for (let l = layers.length - 1; l >= 0; l--) {
        const [{ weights }, x] = [layers[l], values[l]];
        at -= weights.length + 1;
        const before = new Float64Array(x.length);
        back.forEach((d, o) => {
          slopes[at + weights.length][o] += d / rows.length;
          for (let k = 0; k < x.length; k++) {
            slopes[at + o][k] += (d * x[k]) / rows.length;
            if (x[k] > 0) before[k] += d * weights[o][k];
          }
        });
        back = before;
      }
    });
    parameters.forEach((list, p) => {
      for (let k = 0; k < list.length; k++) {
        const slope = slopes[p][k] + DECAY * list[k];
        first[p][k] = 0.9 * first[p][k] + 0.1 * slope;
        second[p][k] = 0.999 * second[p][k] + 0.001 * slope ** 2;
        const [m, v] = [first[p][k] / (1 - 0.9 ** step), second[p][k] / (1 - 0.999 ** step)];
        list[k] -= (0.02 * m) / (Math.sqrt(v) + 1e-8);
      }
    });
  }
  return layers;
}

/** An ONNX model [1, columns] -> [1, outputs] that is fitted to the table: hidden layers of these sizes, ReLU between. */
export function fitted(task: Task, hidden: readonly number[], { rows, targets }: Table): Uint8Array {
  const columns = rows[0].length;
  const outputs = typeof task === 'object' ? task.scores : 1;
  const scalers = rows[0].map((_, c) => scalerOf(rows.map((row) => row[c])));
  const target = task === 'number' ? scalerOf(targets) : { mean: 0, deviation: 1 };
  const scaled = rows.map((row) => Float64Array.from(row, (v, c) => (v - scalers[c].mean) / scalers[c].deviation));
  const wanted = targets.map((t) => (t - target.mean) / target.deviation);
  const layers = train(task, [columns, ...hidden, outputs], scaled, wanted);

  const [{ weights, bias }] = layers;
  weights.forEach((row, o) =>
    scalers.forEach(({ mean, deviation }, c) => {
      row[c] /= deviation;
      bias[o] -= row[c] * mean;
    }),
  );
  const last = layers[layers.length - 1];
  last.weights.forEach((row) => row.forEach((w, k) => (row[k] = w * target.deviation)));
  last.bias.forEach((b, o) => (last.bias[o] = b * target.deviation + target.mean));

  const nodes: NodeInit[] = [];
  const initializers: Record<string, TensorInit> = {};
  let from = 'x';
  layers.forEach((layer, l) => {
    const isLast = l === layers.length - 1;
    initializers[`w${l}`] = floats([layer.bias.length, layer.weights[0].length], layer.weights.flatMap((row) => [...row])); // prettier-ignore
    initializers[`b${l}`] = floats([layer.bias.length], layer.bias);
    const y = isLast ? 'y' : `h${l}`;
    nodes.push({ op: 'Gemm', name: `layer ${l}`, in: [from, `w${l}`, `b${l}`], out: [y], attributes: { transB: 1 } });
    if (!isLast) nodes.push({ op: 'Relu', name: `relu ${l}`, in: [y], out: [(from = `r${l}`)] });
  });
  return modelBytes({ inputs: { x: [1, columns] }, nodes, initializers });
}
