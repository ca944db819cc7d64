// Small circuits by hand for the tests of everything behind the planner: each kind of step, of input and of rescale, with
// weights from a fixed generator. Also the naive meaning of a circuit, in bigint and without any shared code.
import type { Circuit, CircuitOptions, IntegerForm, IntegerStep, TensorId } from '#compiler/circuit/circuit.js';
import { publicTensor, publicTensors } from '#compiler/circuit/publics.js';
import type { Graph } from '#compiler/graph/graph.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import { positioned, type LinearMap } from '#compiler/linear/map.js';
import { gatherMap, identityMap, scaleMap } from '#compiler/linear/maps.js';
import { point, type PointFunction } from '#compiler/primitives/functions.js';
import type { RealStep, Value, ValueId } from '#compiler/primitives/steps.js';
import type { RescaleOwn } from '#compiler/primitives/rescale.js';
import { plan, planPlain } from '#compiler/quantize/plan.js';
import type { DType } from '#compiler/tensor.js';
import { meaningOf } from '../primitives/index.js';

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

/** A real graph while it is written: each method adds a step and returns the value that it defines. */
export interface Sketch {
  readonly values: readonly Value[];
  readonly steps: readonly RealStep[];
  input(name: string, shape: readonly number[], dtype?: DType): ValueId;
  /** @param map over values */
  linear(name: string, shape: readonly number[], map: LinearMap, operator?: string): ValueId;
  /** f of every element, in the shape of x. */
  table(name: string, x: ValueId, f: PointFunction, operator?: string): ValueId;
  /** Members starts[g] .. starts[g + 1] - 1 of x are group g. */
  groups(name: string, shape: readonly number[], x: ValueId, kind: 'max' | 'argmax', starts: readonly number[], members: readonly number[]): ValueId; // prettier-ignore
  /** Element by element, in the shape of x. */
  product(name: string, x: ValueId, y: ValueId): ValueId;
}

export function sketch(): Sketch {
  const values: Value[] = [];
  const steps: RealStep[] = [];
  const write = (value: Pick<Value, 'name' | 'shape' | 'operator'>, step: Omit<RealStep, 'outs'>, dtype: DType = 'float32') => {
    const out = values.push({ ...value, dtype, node: `${value.operator}#${values.length}` }) - 1;
    steps.push({ ...step, outs: [out] });
    return out;
  }; // prettier-ignore
  return {
    values,
    steps,
    input: (name, shape, dtype) =>
      write({ name, shape, operator: 'input' }, { kind: 'input', sources: [], own: {} }, dtype),
    linear(name, shape, overValues, operator = 'Gemm') {
      const { sources, map } = positioned(overValues);
      return write({ name, shape, operator }, { kind: 'linear', sources, own: { map } });
    },
    table: (name, x, f, operator = 'Table') =>
      write({ name, shape: values[x].shape, operator }, { kind: 'table', sources: [x], own: { f } }),
    groups(name, shape, x, kind, starts, members) {
      const own = { starts: Int32Array.from(starts), members: Int32Array.from(members) };
      const step = { kind, sources: [x], own };
      return write({ name, shape, operator: kind === 'max' ? 'MaxPool' : 'ArgMax' }, step, kind === 'max' ? 'float32' : 'int64');
    }, // prettier-ignore
    product: (name, x, y) =>
      write({ name, shape: values[x].shape, operator: 'Mul' }, { kind: 'product', sources: [x, y], own: {} }),
  };
}

/** Values of a sketch as outputs of the same names. */
export const outputsOf = ({ values }: Pick<Sketch, 'values'>, ...ids: readonly ValueId[]): Graph['outputs'] =>
  ids.map((id) => ({ name: values[id].name, value: id, softmax: null }));

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

export interface Settings {
  readonly ranges: CircuitOptions['ranges'];
  readonly bits?: number;
  readonly public?: CircuitOptions['public'];
  readonly activations?: CircuitOptions['activations'];
  /** Given: planned for the lookup argument, with shifts of one limb. */
  readonly rangeBits?: number;
}

export function circuitOf(
  { values, steps }: Pick<Sketch, 'values' | 'steps'>,
  outputs: Graph['outputs'],
  settings: Settings,
): Circuit {
  const inputs = steps.flatMap(({ kind, outs: [value] }) =>
    kind === 'input' ? [{ name: values[value].name, value }] : [],
  );
  const graph: Graph = { values, steps, inputs, outputs, ops: {}, params: 0, macs: 0 };
  const { ranges, bits = 8, activations = null, rangeBits = null } = settings;
  const intervals = Object.fromEntries(
    Object.entries(ranges).map(([name, list]) => [name, list.map(([lo, hi]) => ({ lo, hi }))]),
  );
  const options: CircuitOptions = {
    argument: rangeBits === null ? 'plain' : 'lookup',
    bits,
    public: settings.public ?? 'input,output',
    shapes: {},
    ranges,
    activations,
  };
  const wanted = { bits, ranges: intervals, activations };
  const circuit: Circuit = {
    options,
    modelSha256: 'ab'.repeat(32),
    ...(rangeBits === null
      ? planPlain(graph, wanted)
      : plan(graph, { ...wanted, rangeBits, shift: ({ room }) => Math.max(Math.min(rangeBits, room), 1) })),
    publics: [],
  };
  return { ...circuit, publics: publicTensors(circuit).map((id) => publicTensor(circuit, id)) };
}

/** input [1, 12] -> dense 5, relu -> dense 3, logits. */
export function perceptron(): Circuit {
  const random = generator(1);
  const net = sketch();
  const x = net.input('x', [1, 12]);
  const h = net.linear('h', [1, 5], dense([[x, 12]], 5, random));
  const r = net.table('r', h, point('relu'), 'Relu');
  const y = net.linear('logits', [1, 3], dense([[r, 5]], 3, random));
  const outputs = [{ name: 'probabilities', value: y, softmax: { axis: 1 } }];
  return circuitOf(net, outputs, { ranges: { x: [[0, 1]] } });
}

/** picture [1, 2, 4, 5] -> conv 3, leaky (saturating) -> max over groups of 1 to 4 -> clip of a residual sum, and an argmax and an argmax. */
export function convolutional(): Circuit {
  const random = generator(2);
  const net = sketch();
  const x = net.input('x', [1, 2, 4, 5]);
  const c = net.linear('c', [1, 3, 4, 5], convolution([2, 4, 5], 3, 3, x, random), 'Conv');
  const l = net.table('l', c, point('leakyRelu', 0.1), 'LeakyRelu');
  const starts = Array.from({ length: 25 }, (_, g) => Math.floor((g / 4) * 10));
  const m = net.groups('m', [1, 24], l, 'max', starts, Array.from({ length: 60 }, (_, i) => (i * 7) % 60)); // prettier-ignore
  const s = net.linear('s', [1, 6], dense([[m, 24], [l, 60]], 6, random), 'Add'); // prettier-ignore
  const k = net.table('k', s, point('clip', -1.5, 6), 'Clip');
  const a = net.groups('a', [2], m, 'argmax', [0, 9, 12], [0, 2, 4, 6, 8, 10, 12, 14, 16, 3, 5, 7]);
  const outputs = [
    { name: 'class', value: a, softmax: null },
    { name: 'values', value: k, softmax: null },
    { name: 'pooled', value: m, softmax: null },
  ];
  return circuitOf(net, outputs, { ranges: { x: [[-1, 1]] }, activations: [{ value: l, lo: -0.3, hi: 1.1 }] });
}

/** A table by column, a byte and an odd-range integer input; an identity rescale between two linear maps; 6 bits. */
export function tabular(): Circuit {
  const random = generator(3);
  const net = sketch();
  const t = net.input('table', [1, 4]);
  const b = net.input('byte', [3], 'uint8');
  const i = net.input('int', [2], 'int64');
  const h = net.linear('h', [4], dense([[t, 4], [b, 3], [i, 2]], 4, random), 'MatMul'); // prettier-ignore
  const y = net.linear('y', [4], dense([[h, 4], [t, 4]], 4, random), 'MatMul'); // prettier-ignore
  const ranges: CircuitOptions['ranges'] = {
    table: [[0, 1], [-5000, 2000], [0.001, 0.002], [-1, 0]], // prettier-ignore
    byte: [[0, 255]],
    int: [[-3, 9]],
  };
  return circuitOf(net, outputsOf(net, y), { ranges, bits: 6, public: 'output' });
}

/**
 * x and y, neither of whose zeros is an integer -> p = x reversed times y, s = x x, a = (2x + 1) y, d = (a dense form of x) y, which
 * is rounded first; relu of a dense form of all of them, and all of them exact.
 */
export function products(): Circuit {
  const random = generator(4);
  const net = sketch();
  const [x, y] = [net.input('x', [1, 4]), net.input('y', [1, 4])];
  const p = net.product('p', net.linear('back', [1, 4], gatherMap(x, Int32Array.of(3, 2, 1, 0)), 'Slice'), y);
  const s = net.product('s', x, x);
  const a = net.product('a', net.linear('affine', [1, 4], scaleMap(identityMap(x, 4), 2, 1), 'Add'), y);
  const d = net.product('d', net.linear('h', [1, 4], dense([[x, 4]], 4, random)), y);
  const all = dense([p, s, a, d].map((id) => [id, 4] as const), 3, random); // prettier-ignore
  const r = net.table('r', net.linear('sum', [1, 3], all), point('relu'), 'Relu');
  return circuitOf(net, outputsOf(net, p, s, a, d, r), { ranges: { x: [[-1, 2.3]], y: [[-0.6, 1]] }, bits: 6 });
}

/** x -> dense, sigmoid -> dense, tanh, a product of the two: functions that only look-ups prove. Without `rangeBits` it is refused. */
export function curves(rangeBits?: number): Circuit {
  const random = generator(6);
  const net = sketch();
  const x = net.input('x', [1, 5]);
  const f = net.table('f', net.linear('h', [1, 3], dense([[x, 5]], 3, random)), point('sigmoid'), 'Sigmoid');
  const t = net.table('t', net.linear('k', [1, 3], dense([[f, 3], [x, 5]], 3, random)), point('tanh'), 'Tanh'); // prettier-ignore
  const g = net.product('g', f, t);
  const y = net.linear('y', [1, 2], dense([[g, 3], [x, 5]], 2, random)); // prettier-ignore
  const settings = { ranges: { x: [[-2, 2.5]] as const }, bits: 6, ...(rangeBits !== undefined && { rangeBits }) };
  return circuitOf(net, outputsOf(net, f, t, y), settings);
}

export const circuits: readonly (readonly [name: string, build: () => Circuit])[] = [
  ['perceptron', perceptron],
  ['convolutional', convolutional],
  ['tabular', tabular],
  ['products', products],
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

/** Shift and function of a rescale; null for a step of another kind. */
export const rescaleOf = ({ kind, own }: IntegerStep): RescaleOwn | null => (kind === 'rescale' ? (own as RescaleOwn) : null);

/** Stored values of every tensor, by the definitions in test/primitives. */
export function naive(
  { steps, tensors }: Pick<Circuit, 'steps' | 'tensors'>,
  inputs: ReadonlyMap<TensorId, Float64Array>,
): bigint[][] {
  const values: bigint[][] = [];
  for (const step of steps) {
    const acc = step.forms.map((form) => naiveForm(form, values));
    const given = step.outs.map((out) => Array.from(inputs.get(out) ?? [], BigInt));
    const meant = meaningOf(step).naive(step.own, acc, step.outs.map((out) => tensors[out]), given); // prettier-ignore
    step.outs.forEach((out, k) => (values[out] = meant[k]));
  }
  return values;
}

const naiveForm = ({ map }: IntegerForm, values: readonly bigint[][]): bigint[] =>
  Array.from({ length: map.size }, (_, o) => {
    let sum = BigInt(map.bias[o]);
    for (const { from, base, pattern, kernel, patterns, kernels } of map.parts)
      for (let k = 0; k < kernels[kernel[o]].length; k++)
        sum += BigInt(kernels[kernel[o]][k]) * values[from][base[o] + patterns[pattern[o]][k]];
    return sum;
  });
