// A value against a constant that lies between two steps of its grid: at every point of the grid the decision is that of the numbers.
// An input of floats is the exception: its samples are rounded to the grid, and the constant is rounded as they are.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { compile } from '#compiler/index.js';
import { floatsOf } from '#compiler/measure/run.js';
import { compare } from '#compiler/primitives/compare.js';
import { floats, modelBytes, type NodeInit } from './onnx-models.js';

const ORDERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
};
const OPERATORS = { ...ORDERS, Equal: (a: number, b: number) => a === b };
const ASIDE = [-0.75, -0.5, -0.25, -0.01, 0, 0.01, 0.25, 0.5, 0.75];
const COUNT = 256;

interface Asked {
  readonly op: string;
  readonly left: boolean;
  readonly c: number;
  readonly range: readonly [number, number];
  readonly argument: 'lookup' | 'plain';
  /** Nodes that make f of x. */
  readonly before?: readonly NodeInit[];
  readonly type?: number;
  /** Nodes that make y of the boolean. */
  readonly behind?: readonly NodeInit[];
}

/** The reals of x and of y where x is each point of its grid, and those that the comparison reads. */
async function everyPoint({ op, left, c, range, argument, before, type = Type.FLOAT, behind }: Asked) {
  const of = before === undefined ? 'x' : 'f';
  const nodes = [
    ...(before ?? []),
    { op, in: left ? ['c', of] : [of, 'c'], out: ['b'] },
    ...(behind ?? [{ op: 'Cast', in: ['b'], out: ['y'], attributes: { to: Type.FLOAT } }]),
  ];
  const initializers = { c: floats([], [c]), two: floats([], [2]), seven: floats([], [7]), one: floats([], [1]) };
  const bytes = modelBytes({ inputs: { x: [1, COUNT] }, type, nodes, initializers });
  const { circuit } = await compile(bytes, { inputRanges: { x: range }, argument });
  const [{ tensor }] = circuit.inputs;
  const { lo, hi } = circuit.tensors[tensor];
  const stored = Float64Array.from({ length: COUNT }, (_, i) => Math.min(i, hi - lo));
  const values = evaluateCircuit(circuit, new Map([[tensor, stored]]));
  const [out] = circuit.outputs;
  const asked = circuit.steps.find(({ kind }) => kind === compare.kind)?.forms[0].map.parts[0].from ?? tensor;
  return {
    x: floatsOf(circuit, tensor, stored),
    y: floatsOf(circuit, out.tensor, values[out.tensor]),
    read: floatsOf(circuit, asked, values[asked]),
    step: circuit.tensors[tensor].scale as number,
  };
}

const CAST: NodeInit = { op: 'Cast', in: ['x'], out: ['f'], attributes: { to: Type.FLOAT } };
/** Integers, which are not rounded, and floats in steps of 1. */
const WHOLE = {
  'an integer': { type: Type.INT32, before: [CAST] },
  'a float of whole steps': {},
} as const;
const SIDES = [false, true];

describe.each(['lookup', 'plain'] as const)('%s', (argument) => {
  describe.each(Object.entries(WHOLE))('%s', (_, given) => {
    it.each(Object.entries(OPERATORS))('%s a constant, on either side, as the numbers are', async (op, holds) => {
      for (const left of SIDES)
        for (const c of [...[-3, 0, 5].flatMap((n) => ASIDE.map((d) => Math.fround(n + d))), 1e-30, -1e-30, 127.5, -128.5]) {
          const { x, y } = await everyPoint({ op, left, c, range: [-128, 127], argument, ...given });
          expect([...y], `${c}`).toEqual(Array.from(x, (v) => Number(left ? holds(c, v) : holds(v, c))));
        } // prettier-ignore
    });
  });

  it.each(Object.entries(OPERATORS))('%s of twice an integer', async (op, holds) => {
    const before = [
      { op: 'Cast', in: ['x'], out: ['h'], attributes: { to: Type.FLOAT } },
      { op: 'Mul', in: ['h', 'two'], out: ['f'] },
    ];
    for (const left of SIDES)
      for (const c of [-5, -4.5, 0.5, 1, 5, 5.25]) {
        const asked = { op, left, c, range: [-128, 127], argument, type: Type.INT32, before } as const;
        const { x, y } = await everyPoint(asked);
        expect([...y], `${c}`).toEqual(Array.from(x, (v) => Number(left ? holds(c, 2 * v) : holds(2 * v, c))));
      }
  });

  it.each(Object.entries(ORDERS))('%s as the condition of a Where', async (op, holds) => {
    const behind = [{ op: 'Where', in: ['b', 'seven', 'one'], out: ['y'] }];
    for (const c of [-3.5, 4.25]) {
      const { x, y } = await everyPoint({ op, left: false, c, range: [-128, 127], argument, behind });
      expect(Array.from(y, Math.round), `${c}`).toEqual(Array.from(x, (v) => (holds(v, c) ? 7 : 1)));
    }
  });

  it.each(Object.entries(ORDERS))('%s of what a layer gives, on the grid of that', async (op, holds) => {
    const before = [{ op: 'Relu', in: ['x'], out: ['f'] }];
    for (const left of SIDES)
      for (const c of [0.01, 0.5, 1.2345, 3.99]) {
        const { y, read } = await everyPoint({ op, left, c, range: [-3.21, 4.7], argument, before });
        expect([...y], `${c}`).toEqual(Array.from(read, (v) => Number(left ? holds(c, v) : holds(v, c))));
      }
  });

  it.each(Object.entries(OPERATORS))('%s of a float decides on samples as the constant is rounded with them', async (op, holds) => {
    for (const left of SIDES)
      for (const d of ASIDE) {
        const c = Math.fround(0.31 + d * 0.031);
        const { x, y, step } = await everyPoint({ op, left, c, range: [-3.21, 4.7], argument });
        const level = Math.round((c - x[0]) / step);
        expect([...y], `${c}`).toEqual(Array.from(x, (_, i) => Number(left ? holds(level, i) : holds(i, level))));
      }
  }); // prettier-ignore
});
