// Small circuits by hand for the tests of everything behind the planner: each kind of step, of input and of rescale, with
// weights from a fixed generator. Also the naive meaning of a circuit, in bigint and without any shared code.
import type { Circuit, CircuitOptions, CircuitStep, TensorId } from '#compiler/circuit/circuit.js';
import { publicTensor, publicTensors } from '#compiler/circuit/publics.js';
import type { Graph, Step, Value } from '#compiler/graph/graph.js';
import { mapBuilder, type LinearMap } from '#compiler/primitives/linear.js';
import { plan } from '#compiler/quantize/plan.js';
import type { DType } from '#compiler/tensor.js';

/** Numbers of [0, 1), the same on every run (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

interface Built {
  readonly values: Value[];
  readonly steps: Step[];
}

function value(built: Built, name: string, shape: number[], operator = 'Op', dtype: DType = 'float32'): number {
  return built.values.push({ name, shape, dtype, node: `${operator}#${built.values.length}`, operator }) - 1;
}

/** Every output reads every input. */
export function dense(
  sources: readonly (readonly [from: number, n: number])[],
  out: number,
  random: () => number,
): LinearMap {
  const builder = mapBuilder(out);
  for (let o = 0; o < out; o++) {
    builder.bias[o] = random() - 0.5;
    for (const [from, n] of sources) {
      const indices = Array.from({ length: n }, (_, i) => i);
      const weights = indices.map(() => random() * 2 - 1);
      builder.part(from).row(o, indices, weights);
    }
  }
  return builder.build();
}

/** A 2-D convolution with a border of zeros, NCHW. */
export function convolution(
  [c, h, w]: readonly [number, number, number],
  channels: number,
  k: number,
  from: number,
  random: () => number,
): LinearMap {
  const builder = mapBuilder(channels * h * w);
  const part = builder.part(from);
  const pad = Math.floor(k / 2);
  for (let m = 0; m < channels; m++) {
    const weights = Array.from({ length: c * k * k }, () => random() * 2 - 1);
    const bias = random() - 0.5;
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const at: number[] = [];
        const by: number[] = [];
        for (let i = 0; i < c * k * k; i++) {
          const [ch, dy, dx] = [Math.floor(i / (k * k)), (Math.floor(i / k) % k) + y - pad, (i % k) + x - pad];
          if (dy < 0 || dx < 0 || dy >= h || dx >= w) continue;
          at.push((ch * h + dy) * w + dx);
          by.push(weights[i]);
        }
        builder.bias[(m * h + y) * w + x] = bias;
        part.row((m * h + y) * w + x, at, by);
      }
  }
  return builder.build();
}

export interface Sketch {
  readonly ranges: CircuitOptions['ranges'];
  readonly bits?: number;
  readonly public?: CircuitOptions['public'];
  readonly activations?: CircuitOptions['activations'];
}

export function circuitOf(built: Built, outputs: Graph['outputs'], sketch: Sketch): Circuit {
  const inputs = built.steps.flatMap((step) =>
    step.kind === 'input' ? [{ name: built.values[step.out].name, value: step.out }] : [],
  );
  const graph: Graph = { ...built, inputs, outputs, ops: {}, params: 0, macs: 0 };
  const { ranges, bits = 8, activations = null } = sketch;
  const intervals = Object.fromEntries(
    Object.entries(ranges).map(([name, list]) => [name, list.map(([lo, hi]) => ({ lo, hi }))]),
  );
  const options: CircuitOptions = {
    argument: 'plain',
    bits,
    public: sketch.public ?? 'input,output',
    shapes: {},
    ranges,
    activations,
  };
  const circuit: Circuit = {
    options,
    modelSha256: 'ab'.repeat(32),
    ...plan(graph, { bits, ranges: intervals, activations }),
    publics: [],
  };
  return { ...circuit, publics: publicTensors(circuit).map((id) => publicTensor(circuit, id)) };
}

/** input [1, 12] -> dense 5, relu -> dense 3, logits. */
export function perceptron(): Circuit {
  const random = generator(1);
  const built: Built = { values: [], steps: [] };
  const x = value(built, 'x', [1, 12], 'input');
  built.steps.push({ kind: 'input', out: x });
  const h = value(built, 'h', [1, 5], 'Gemm');
  built.steps.push({ kind: 'linear', out: h, map: dense([[x, 12]], 5, random) });
  const r = value(built, 'r', [1, 5], 'Relu');
  built.steps.push({ kind: 'table', out: r, x: h, f: { name: 'relu' } });
  const y = value(built, 'logits', [1, 3], 'Gemm');
  built.steps.push({ kind: 'linear', out: y, map: dense([[r, 5]], 3, random) });
  return circuitOf(built, [{ name: 'probabilities', value: y, softmax: { axis: 1 } }], { ranges: { x: [[0, 1]] } });
}

/** picture [1, 2, 4, 5] -> conv 3, leaky (saturating) -> max over groups of 1 to 4 -> clip of a residual sum, and an argmax and an argmax. */
export function convolutional(): Circuit {
  const random = generator(2);
  const built: Built = { values: [], steps: [] };
  const x = value(built, 'x', [1, 2, 4, 5], 'input');
  built.steps.push({ kind: 'input', out: x });
  const c = value(built, 'c', [1, 3, 4, 5], 'Conv');
  built.steps.push({ kind: 'linear', out: c, map: convolution([2, 4, 5], 3, 3, x, random) });
  const l = value(built, 'l', [1, 3, 4, 5], 'LeakyRelu');
  built.steps.push({ kind: 'table', out: l, x: c, f: { name: 'leakyRelu', alpha: 0.1 } });
  const m = value(built, 'm', [1, 24], 'MaxPool');
  const starts = Int32Array.from({ length: 25 }, (_, g) => (g / 4) * 10).map(Math.floor);
  built.steps.push({
    kind: 'max',
    out: m,
    x: l,
    starts,
    members: Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 60),
  });
  const s = value(built, 's', [1, 6], 'Add');
  built.steps.push({ kind: 'linear', out: s, map: dense([[m, 24], [l, 60]], 6, random) }); // prettier-ignore
  const k = value(built, 'k', [1, 6], 'Clip');
  built.steps.push({ kind: 'table', out: k, x: s, f: { name: 'clip', lo: -1.5, hi: 6 } });
  const a = value(built, 'a', [2], 'ArgMax', 'int64');
  built.steps.push({
    kind: 'argmax',
    out: a,
    x: m,
    starts: Int32Array.of(0, 9, 12),
    members: Int32Array.of(0, 2, 4, 6, 8, 10, 12, 14, 16, 3, 5, 7),
  });
  const outputs = [
    { name: 'class', value: a, softmax: null },
    { name: 'values', value: k, softmax: null },
    { name: 'pooled', value: m, softmax: null },
  ];
  return circuitOf(built, outputs, { ranges: { x: [[-1, 1]] }, activations: [{ value: l, lo: -0.3, hi: 1.1 }] });
}

/** A table by column, a byte and an odd-range integer input; an identity rescale between two linear maps; 6 bits. */
export function tabular(): Circuit {
  const random = generator(3);
  const built: Built = { values: [], steps: [] };
  const t = value(built, 'table', [1, 4], 'input');
  const b = value(built, 'byte', [3], 'input', 'uint8');
  const i = value(built, 'int', [2], 'input', 'int64');
  for (const out of [t, b, i]) built.steps.push({ kind: 'input', out });
  const h = value(built, 'h', [4], 'MatMul');
  built.steps.push({ kind: 'linear', out: h, map: dense([[t, 4], [b, 3], [i, 2]], 4, random) }); // prettier-ignore
  const y = value(built, 'y', [4], 'MatMul');
  built.steps.push({ kind: 'linear', out: y, map: dense([[h, 4], [t, 4]], 4, random) }); // prettier-ignore
  const ranges: CircuitOptions['ranges'] = {
    table: [[0, 1], [-5000, 2000], [0.001, 0.002], [-1, 0]], // prettier-ignore
    byte: [[0, 255]],
    int: [[-3, 9]],
  };
  return circuitOf(built, [{ name: 'y', value: y, softmax: null }], { ranges, bits: 6, public: 'output' });
}

export const circuits: readonly (readonly [name: string, build: () => Circuit])[] = [
  ['perceptron', perceptron],
  ['convolutional', convolutional],
  ['tabular', tabular],
];

/** Stored inputs: both ends and random ones. */
export function storedInputs(circuit: Circuit, seed: number): Map<TensorId, Float64Array> {
  const random = generator(seed);
  return new Map(
    circuit.inputs.map(({ tensor }) => {
      const { shape, lo, hi } = circuit.tensors[tensor];
      const pick = [() => 0, () => hi - lo, () => Math.floor(random() * (hi - lo + 1))][Math.min(seed, 2)];
      return [tensor, Float64Array.from({ length: size(shape) }, pick)];
    }),
  );
}

/** Stored values of every tensor, by the definitions in circuit.ts. */
export function naive(circuit: Circuit, inputs: ReadonlyMap<TensorId, Float64Array>): bigint[][] {
  const values: bigint[][] = [];
  for (const step of circuit.steps) values[step.out] = naiveStep(circuit, step, inputs, values);
  return values;
}

function naiveStep(
  circuit: Circuit,
  step: CircuitStep,
  inputs: ReadonlyMap<TensorId, Float64Array>,
  values: bigint[][],
): bigint[] {
  if (step.kind === 'input') return Array.from(inputs.get(step.out) ?? [], BigInt);
  const { map } = step.form;
  const acc = Array.from({ length: map.size }, (_, o) => {
    let sum = BigInt(map.bias[o]);
    for (const { from, base, pattern, kernel, patterns, kernels } of map.parts)
      for (let k = 0; k < kernels[kernel[o]].length; k++)
        sum += BigInt(kernels[kernel[o]][k]) * values[from][base[o] + patterns[pattern[o]][k]];
    return sum;
  });
  if (step.kind === 'output') return acc;
  if (step.kind === 'rescale') {
    const { shift, f } = step;
    const width = BigInt(circuit.tensors[step.out].hi - circuit.tensors[step.out].lo);
    return acc.map((a) => {
      let q = (a + (shift === 0 ? 0n : 1n << BigInt(shift - 1))) >> BigInt(shift); // >> of bigint is floor
      if (f.kind === 'leaky' && q < BigInt(f.at))
        q = BigInt(f.at) + ((BigInt(f.slope) * (q - BigInt(f.at)) + (1n << BigInt(f.k - 1))) >> BigInt(f.k));
      return q < 0n ? 0n : q > width ? width : q;
    });
  }
  const groups = Array.from({ length: step.starts.length - 1 }, (_, g) =>
    acc.slice(step.starts[g], step.starts[g + 1]),
  );
  return groups.map((group) => {
    const best = group.reduce((a, b) => (a > b ? a : b));
    return step.kind === 'max' ? best : BigInt(group.indexOf(best));
  });
}
