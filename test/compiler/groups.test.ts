// Values of one role: one scale, what data showed of any of them, one table for functions that agree; and a tensor in fewer bits.
import { describe, expect, it } from 'vitest';
import { compile, run } from '#compiler/index.js';
import { decodeGraph, encodeGraph } from '#compiler/graph/json.js';
import type { Graph } from '#compiler/graph/graph.js';
import { identityMap, scaleMap } from '#compiler/linear/maps.js';
import type { IntegerFunction } from '#compiler/primitives/integer-functions.js';
import { withOneTable } from '#compiler/recipes/one-table.js';
import type { IntegerStep } from '#compiler/primitives/steps.js';
import type { ValueGroup } from '#compiler/recipes/values.js';
import { groupsOf, hulls } from '#compiler/quantize/groups.js';
import { plannerOf } from '#compiler/quantize/planner.js';
import { generator, rescaleOf } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';
import { floatOutputs } from './random-graphs/floats.js';

/** Three steps of a GRU of four units over two inputs. */
const gru = (): Uint8Array => {
  const random = generator(3);
  const w = (...shape: number[]) =>
    floats(
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b) }, () => 2 * random() - 1),
    );
  return modelBytes({
    inputs: { x: [3, 1, 2] },
    nodes: [{ op: 'GRU', in: ['x', 'w', 'r'], out: ['', 'y'], attributes: { hidden_size: 4 } }],
    initializers: { w: w(1, 12, 2), r: w(1, 12, 4) },
    outputs: ['y'],
    opset: 14,
  });
};

describe('a group of values', () => {
  const values = (...names: (string | null)[]) =>
    names.map((name) =>
      name === null ? {} : { group: { name, within: null, finer: 0 } },
    ) as unknown as Graph['values'];
  it('has the hull of what data showed of its members', () => {
    const groups = groupsOf({ values: values('a', null, 'a', 'b', 'a') });
    expect([...groups]).toEqual([['a', [0, 2, 4]], ['b', [3]]]); // prettier-ignore
    const seen = hulls(groups, [{ value: 0, lo: -1, hi: 2 }, { value: 1, lo: 5, hi: 6 }, { value: 4, lo: 0, hi: 3 }]); // prettier-ignore
    expect(seen.get(0)).toEqual({ lo: -1, hi: 3 });
    expect(seen.get(2)).toEqual({ lo: -1, hi: 3 });
    expect(seen.get(4)).toEqual({ lo: -1, hi: 3 });
    expect(seen.get(1)).toMatchObject({ lo: 5, hi: 6 });
    expect(seen.has(3)).toBe(false);
  });

  it('has one scale, and one table for its function', async () => {
    const { circuit, graph } = await compile(gru(), { inputRanges: { '': [-1, 1] } });
    const of = (name: string): (readonly [number, IntegerFunction])[] =>
      circuit.steps.flatMap((step) => {
        const { value, scale } = circuit.tensors[step.outs[0]];
        const own = rescaleOf(step);
        return own && value !== null && graph.values[value].group?.name.endsWith(` ${name}`) ? [[Number(scale), own.f]] : [];
      }); // prettier-ignore
    for (const [name, steps] of Object.entries({ z: 3, r: 2, h: 3 })) {
      // nothing is reset at the first step
      const found = of(name);
      expect(found.length, name).toBe(steps);
      expect(new Set(found.map(([scale]) => scale)).size, name).toBe(1);
    }
    const listed = of('z').map(([, f]) => f);
    expect(listed.every((f) => f === listed[0] && f.kind === 'values')).toBe(true);
  });

  it('stands in graph.json, and a bad one is refused with its place', async () => {
    const { graph } = await compile(gru(), { inputRanges: { '': [-1, 1] } });
    const text = encodeGraph(graph);
    expect(decodeGraph(text, 'graph.json').values).toEqual(graph.values);
    type File = { values: { group?: { -readonly [K in keyof ValueGroup]: unknown } }[] };
    const at = graph.values.findIndex(({ group }) => group?.within != null);
    for (const [place, change] of [
      ['finer', { finer: 9 }],
      ['finer', { finer: -1 }],
      ['finer', { finer: 0.5 }],
      ['name', { name: 3 }],
      ['within', { within: { lo: 1, hi: 0 } }],
      ['within', { within: { lo: 0, hi: 0 } }],
    ] as const) {
      const file = JSON.parse(text) as File;
      Object.assign(file.values[at].group!, change);
      const call = (): unknown => decodeGraph(`${JSON.stringify(file)}\n`, 'graph.json');
      expect(call, JSON.stringify(change)).toThrow(expect.objectContaining({ code: 'format', where: expect.stringContaining(`values[${at}].group.${place}`) })); // prettier-ignore
    }
  });
});

describe('one table', () => {
  const listed = (first: number, values: number[], accLo: number, accHi: number, shift = 0): IntegerStep => {
    const f: IntegerFunction = { kind: 'values', name: 'f', first, values: Float64Array.from(values) };
    return { kind: 'rescale', outs: [1], forms: [{ map: scaleMap(identityMap(0, 1), 1), accLo, accHi }], variant: null, own: { shift, f } }; // prettier-ignore
  };
  const lists = (...steps: IntegerStep[]): unknown[] =>
    withOneTable(steps).map((step) => {
      const { f } = step.own as { f: Extract<IntegerFunction, { kind: 'values' }> };
      return [f.first, [...f.values]];
    });
  it('is the union of lists that agree where both have floors', () => {
    const one = [-3, [4, 3, 1, 0, 7]];
    expect(lists(listed(-3, [4, 3, 1], -3, -1), listed(-1, [1, 0, 7], -1, 1))).toEqual([one, one]);
    expect(lists(listed(-1, [1, 0], -1, 0), listed(-3, [4, 3, 1, 0, 7], -3, 1))).toEqual([one, one]);
  });
  it('leaves lists that differ at a floor of both, or have none in common', () => {
    const apart = [listed(-3, [4, 3, 1], -3, -1), listed(-1, [2, 0, 7], -1, 1), listed(2, [7, 8], 2, 3)];
    expect(lists(...apart)).toEqual([[-3, [4, 3, 1]], [-1, [2, 0, 7]], [2, [7, 8]]]); // prettier-ignore
  });
  it('reads a list beyond its end as its last value', () => {
    // the second takes floors -2 .. 2, its list ends at 1
    const one = [-3, [9, 4, 3, 2]];
    expect(lists(listed(-3, [9, 4, 3], -3, -1), listed(-2, [4, 3, 2], -2, 2))).toEqual([one, one]);
  });
});

it('a primitive that emits a tensor of another size than its form is an error of ours', () => {
  const values = [{ name: 'x', shape: [2], dtype: 'float32', node: 'x', operator: 'input' }] as const;
  const graph: Graph = { values, steps: [], inputs: [], outputs: [], ops: {}, params: 0, macs: 0 };
  const shift = (): number => 1;
  const planner = plannerOf(graph, { bits: 8, ranges: { x: { axis: null, ends: [[0, 1]] } }, activations: null, rangeBits: null, shift }); // prettier-ignore
  const [x] = planner.emit({ kind: 'input', forms: [], own: {} }, [planner.input(0)]);
  const form = { map: identityMap(x, 2), accLo: 0, accHi: 255 };
  const emit = (shape: number[]): unknown =>
    planner.emit({ kind: 'rescale', forms: [form], own: { shift: 1, f: { kind: 'clamp' } } }, [
      { of: 0, shape, lo: 0, hi: 127, scale: 1, zero: 0 },
    ]);
  expect(() => emit([2])).not.toThrow();
  expect(() => emit([3])).toThrow(expect.objectContaining({ code: 'internal' }));
});

describe('a wide product in fewer bits', () => {
  it('keeps its shape, whoever reads it', async () => {
    const inputs = { x: [1, 2, 4] };
    const c = (...data: number[]) => floats([4, 3], data);
    const bytes = modelBytes({
      inputs,
      nodes: [
        { op: 'MatMul', in: ['x', 'c'], out: ['a'] },
        { op: 'Add', in: ['a', 'b'], out: ['s'] },
        { op: 'Mul', in: ['s', 'a'], out: ['p'] },
        { op: 'GlobalAveragePool', in: ['p'], out: ['m'] },
        { op: 'Mul', in: ['m', 'tenth'], out: ['t'] },
        { op: 'Max', in: ['m', 't'], out: ['y'] }, // 2 of a product of 6
      ],
      initializers: {
        c: c(0.17, 0.09, -0.04, 1.46, 0.5, 0.36, -1.46, 0.31, 0.85, -0.45, -0.91, -1.87),
        b: floats([3], [-0.011, -0.068, 0.727]),
        tenth: floats([1], [0.1]),
      },
      opset: 18,
    });
    const random = generator(5);
    const samples = { count: 8, inputs: { x: Float32Array.from({ length: 64 }, () => random()) } };
    const { circuit } = await compile(bytes, { calibration: samples });
    const [floatsOf] = await floatOutputs(bytes, inputs, [samples]);
    const want = floatsOf.get('y')!.data;
    const { outputs } = await run(circuit, samples);
    const ours = outputs.flatMap((sample) => sample['y'].floats);
    const width = Math.max(...want) - Math.min(...want);
    ours.forEach((v, i) => expect(Math.abs(v - want[i])).toBeLessThan(0.02 * width));
  });
});
