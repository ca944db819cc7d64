// Real graphs by hand, and the circuits that they are planned to.
import type { Circuit, CircuitOptions, Ends, InputRange } from '#compiler/circuit/circuit.js';
import { publicTensor, publicTensors } from '#compiler/circuit/publics.js';
import type { Graph } from '#compiler/graph/graph.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import { positioned, type LinearMap } from '#compiler/linear/map.js';
import type { PointFunction } from '#compiler/recipes/functions.js';
import type { RealStep, Value, ValueId } from '#compiler/recipes/values.js';
import { plan, planPlain } from '#compiler/quantize/plan.js';
import type { DType } from '#compiler/tensor.js';

/** A real graph while it is written: each method adds a step and returns the value that it defines. */
export interface Sketch {
  readonly values: readonly Value[];
  readonly steps: readonly RealStep[];
  input(name: string, shape: readonly number[], dtype?: DType): ValueId;
  /** @param map over values */
  linear(name: string, shape: readonly number[], map: LinearMap, operator?: string, dtype?: DType): ValueId;
  /** f of every element, in the shape of x. */
  table(name: string, x: ValueId, f: PointFunction, operator?: string): ValueId;
  /** Members starts[g] .. starts[g + 1] - 1 of x are group g. */
  groups(name: string, shape: readonly number[], x: ValueId, kind: 'max' | 'argmax', starts: readonly number[], members: readonly number[]): ValueId; // prettier-ignore
  /** Element by element, in the shape of x. */
  product(name: string, x: ValueId, y: ValueId): ValueId;
  /** Of a primitive that has no method here. */
  step(
    name: string,
    shape: readonly number[],
    kind: string,
    sources: readonly ValueId[],
    own: unknown,
    dtype?: DType,
  ): ValueId;
  /** The first of each group of so many members in descending order, and their positions. */
  sorted(name: string, x: ValueId, of: number, first: number, members: readonly number[]): readonly [ValueId, ValueId];
  /** Which of so many places each index names. */
  onehot(name: string, x: ValueId, places: number): ValueId;
  /** [x >= 0] or [x = 0] of every element, in the shape of x. */
  ask(name: string, kind: 'compare' | 'equal', x: ValueId): ValueId;
  /** a where c, else b. */
  select(name: string, c: ValueId, a: ValueId, b: ValueId): ValueId;
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
    linear(name, shape, overValues, operator = 'Gemm', dtype = 'float32') {
      const { sources, map } = positioned(overValues);
      return write({ name, shape, operator }, { kind: 'linear', sources, own: { map } }, dtype);
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
    step: (name, shape, kind, sources, own, dtype) =>
      write({ name, shape, operator: kind }, { kind, sources, own }, dtype),
    sorted(name, x, of, first, members) {
      const node = `TopK#${values.length + 1}`;
      const shape = [members.length / of, first];
      const [out, at] = (
        [
          ['', 'float32'],
          [' at', 'int64'],
        ] as const
      ).map(([part, dtype]) => values.push({ name: name + part, shape, dtype, operator: 'TopK', node }) - 1);
      steps.push({
        kind: 'sort',
        sources: [x],
        outs: [out, at],
        own: { of, first, members: Int32Array.from(members) },
      });
      return [out, at];
    },
    onehot: (name, x, places) =>
      write(
        { name, shape: [...values[x].shape, places], operator: 'OneHot' },
        { kind: 'onehot', sources: [x], own: { places } },
        'int64',
      ),
    ask: (name, kind, x) =>
      write(
        { name, shape: values[x].shape, operator: kind === 'compare' ? 'GreaterOrEqual' : 'Equal' },
        { kind, sources: [x], own: {} },
        'bool',
      ),
    select: (name, c, a, b) =>
      write(
        { name, shape: values[a].shape, operator: 'Where' },
        { kind: 'select', sources: [c, a, b], own: {} },
        values[a].dtype,
      ),
  };
}

/** Values of a sketch as outputs of the same names. */
export const outputsOf = ({ values }: Pick<Sketch, 'values'>, ...ids: readonly ValueId[]): Graph['outputs'] =>
  ids.map((id) => ({ name: values[id].name, value: id, read: null }));

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
  /** One pair for an input, a pair for each index along its last axis, or along the axis that is named. */
  readonly ranges: Readonly<Record<string, readonly Ends[] | InputRange>>;
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
  const { bits = 8, activations = null, rangeBits = null } = settings;
  const ranges = Object.fromEntries(
    Object.entries(settings.ranges).map(([name, range]): [string, InputRange] => {
      if ('ends' in range) return [name, range];
      const { shape } = values[inputs.find((input) => input.name === name)!.value];
      return [name, { axis: range.length === 1 ? null : shape.length - 1, ends: range }];
    }),
  );
  const options: CircuitOptions = {
    argument: rangeBits === null ? 'plain' : 'lookup',
    bits,
    bitsOf: [],
    decision: null,
    public: settings.public ?? 'input,output',
    shapes: {},
    outputs: null,
    ranges,
    activations,
  };
  const wanted = { bits, ranges, activations };
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
