// A function that jumps answers at every point of its input's grid what onnxruntime answers for the float32 that the point is, whatever
// float32 makes of the constants in front of it: 0.7 / 0.1 is 7 there, and 6.9999998 in reals.
import fc from 'fast-check';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { compile } from '#compiler/index.js';
import { floatsOf } from '#compiler/measure/run.js';
import { rescaleOf } from './circuits.js';
import { floats, modelBytes, type NodeInit } from './onnx-models.js';
import { floatOutputs } from './random-graphs/floats.js';

const BITS = 6;
const SIZE = 2 ** BITS;
const JUMPS = {
  Floor: { op: 'Floor', in: [] },
  Ceil: { op: 'Ceil', in: [] },
  Round: { op: 'Round', in: [] },
  Sign: { op: 'Sign', in: [] },
  Cast: { op: 'Cast', in: [], attributes: { to: Type.INT32 } },
  fmod: { op: 'Mod', in: ['d'], attributes: { fmod: 1 } },
  Shrink: { op: 'Shrink', in: [], attributes: { lambd: { float: 0.3 }, bias: { float: 0.1 } } },
  ThresholdedRelu: { op: 'ThresholdedRelu', in: [], attributes: { alpha: { float: 0.3 } } },
} as const satisfies Record<string, NodeInit>;
type Jump = keyof typeof JUMPS;
/** Their values are no integers: they are in steps of their own, one of which a value may be off, but for what a jump is high. */
const IN_STEPS: readonly Jump[] = ['fmod', 'Shrink', 'ThresholdedRelu'];

interface Case {
  readonly jump: Jump;
  readonly before: readonly { readonly op: 'Add' | 'Sub' | 'Mul' | 'Div'; readonly by: number; readonly isLeft: boolean }[];
  readonly divisor: number;
  readonly range: readonly [number, number];
} // prettier-ignore

function modelOf({ jump, before, divisor }: Case): Uint8Array {
  const nodes: NodeInit[] = before.map(({ op, isLeft }, i) => {
    const [x, c] = [i === 0 ? 'x' : `v${i - 1}`, `c${i}`];
    return { op, in: isLeft && op !== 'Div' ? [c, x] : [x, c], out: [`v${i}`] };
  });
  const last = before.length === 0 ? 'x' : `v${before.length - 1}`;
  const node = JUMPS[jump];
  return modelBytes({
    inputs: { x: [1, SIZE] },
    nodes: [...nodes, { ...node, in: [last, ...node.in] }],
    initializers: {
      d: floats([], [divisor]),
      ...Object.fromEntries(before.map(({ by }, i) => [`c${i}`, floats([], [by])])),
    },
    outputType: jump === 'Cast' ? Type.INT32 : Type.FLOAT,
    opset: 20,
    ir: 9,
  });
}

/** Where x is each of its 64 integers: the floats of x, ours and onnxruntime's of y, and a step of y. */
async function answers(one: Case) {
  const bytes = modelOf(one);
  const { circuit } = await compile(bytes, { inputRanges: { x: one.range }, bits: BITS });
  const x = Float32Array.from(realsOf(circuit));
  const [found] = await floatOutputs(bytes, { x: [1, SIZE] }, [{ count: 1, inputs: { x } }]);
  const out = circuit.outputs[0].tensor;
  const stored = Float64Array.from({ length: SIZE }, (_, i) => i);
  const ours = floatsOf(circuit, out, evaluateCircuit(circuit, new Map([[circuit.inputs[0].tensor, stored]]))[out]);
  const step = circuit.steps.find((one) => rescaleOf(one)?.f.kind === 'values');
  const scale = step === undefined ? 1 : (circuit.tensors[step.outs[0]].scale as number);
  return { x, ours, wanted: found.get('y')!.data, scale };
}

/** What float64 adds to a point of a grid is none of it: it may make a number of 0. */
const realsOf = (circuit: Circuit): Float64Array => {
  const stored = Float64Array.from({ length: SIZE }, (_, i) => i);
  return floatsOf(circuit, circuit.inputs[0].tensor, stored).map((v) => (Math.abs(v) < 1e-9 ? 0 : v));
};

/** The points at which ours is another answer. */
async function missed(one: Case): Promise<string[]> {
  const { x, ours, wanted, scale } = await answers(one);
  const most = IN_STEPS.includes(one.jump) ? scale : 1e-9;
  return Array.from(x).flatMap((v, i) =>
    Math.abs(ours[i] - wanted[i]) <= most ? [] : [`${one.jump} of ${v}: ${ours[i]}, not ${wanted[i]}`],
  );
}

const RANGES = [[-3, 3.3], [-6.3, 0], [-1, 1], [0, 0.63]] as const; // prettier-ignore

describe('at every point of the grid a function that jumps is that of the runtime', () => {
  const tenth = [0.1, 0.2, 0.3, 1 / 3, 0.7, -0.3];

  it.each(Object.keys(JUMPS) as Jump[])('%s of what is divided, multiplied and moved by constants', async (jump) => {
    for (const by of [0.1, 0.7, -0.3])
      for (const op of ['Div', 'Mul', 'Sub'] as const) {
        const one: Case = { jump, before: [{ op, by, isLeft: false }], divisor: 0.3, range: [-3, 3.3] };
        expect(await missed(one), `${op} ${by}`).toEqual([]);
      }
  });

  it('of random constants, one behind the other', async () => {
    const constant = fc.oneof(
      fc.constantFrom(...tenth),
      fc.integer({ min: 1, max: 4000 }).map((k) => k / 1000),
    );
    const before = fc.record({ op: fc.constantFrom('Add', 'Sub', 'Mul', 'Div'), by: constant, isLeft: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          jump: fc.constantFrom(...(Object.keys(JUMPS) as Jump[])),
          before: fc.array(before as fc.Arbitrary<Case['before'][number]>, { maxLength: 3 }),
          divisor: constant,
          range: fc.constantFrom(...RANGES),
        }),
        async (one) => {
          expect(await missed(one)).toEqual([]);
        },
      ),
      { numRuns: 40, seed: 20 },
    );
  });

  it('behind functions, one of which is an output too', async () => {
    for (const f of ['Relu', 'Abs', 'Tanh']) {
      const bytes = modelBytes({
        inputs: { x: [1, SIZE] },
        nodes: [
          { op: f, in: ['x'], out: ['r'] },
          { op: 'Tanh', in: ['r'], out: ['t'] },
          { op: 'Mul', in: ['t', 'ten'], out: ['m'] },
          { op: 'Round', in: ['m'], out: ['y'] },
        ],
        initializers: { ten: floats([], [10]) },
        outputs: ['y', 'r'],
      });
      const { circuit } = await compile(bytes, { inputRanges: { x: [-3, 3.3] }, bits: BITS });
      const x = Float32Array.from(realsOf(circuit));
      const [found] = await floatOutputs(bytes, { x: [1, SIZE] }, [{ count: 1, inputs: { x } }]);
      const stored = Float64Array.from({ length: SIZE }, (_, i) => i);
      const values = evaluateCircuit(circuit, new Map([[circuit.inputs[0].tensor, stored]]));
      const [{ tensor }] = circuit.outputs;
      expect(Array.from(floatsOf(circuit, tensor, values[tensor])), f).toEqual(
        Array.from(found.get('y')!.data, Number),
      );
    }
  });

  it('a Cast of whole multiples of whole numbers is the line that it was', async () => {
    const rows = async (nodes: NodeInit[]): Promise<number> => {
      const initializers = { two: floats([], [2]), one: floats([], [1]) };
      const model = { inputs: { x: [1, SIZE] }, nodes, initializers, outputType: Type.FLOAT };
      const { circuit, report } = await compile(modelBytes(model), { inputRanges: { x: [0, SIZE - 1] }, bits: BITS });
      const stored = Float64Array.from({ length: SIZE }, (_, i) => i);
      const values = evaluateCircuit(circuit, new Map([[circuit.inputs[0].tensor, stored]]));
      const [{ tensor }] = circuit.outputs;
      expect(Array.from(floatsOf(circuit, tensor, values[tensor]))).toEqual(Array.from(stored, (v) => 2 * v - 1));
      return report.rows;
    };
    const line: NodeInit[] = [
      { op: 'Mul', in: ['x', 'two'], out: ['a'] },
      { op: 'Sub', in: ['a', 'one'], out: ['b'] },
    ];
    const whole: NodeInit[] = [
      { op: 'Cast', in: ['b'], out: ['c'], attributes: { to: Type.INT32 } },
      { op: 'Cast', in: ['c'], out: ['y'], attributes: { to: Type.FLOAT } },
    ];
    expect(await rows([...line, ...whole])).toBe(await rows([...line, { op: 'Identity', in: ['b'], out: ['y'] }]));
  });
});
