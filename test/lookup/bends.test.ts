// A bend of few elements is a line and a Relu, a x + (1 - a) relu(x): it takes about the rows of a Relu, where a table of its floors takes
// several times as many, and is as near to the floats. Of many elements it stays a table.
import { describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { compile, type Compilation } from '#compiler/index.js';
import { linkCircuit } from '#prover/circom/link.js';
import { generator, rescaleOf } from '../compiler/circuits.js';
import { floats, modelBytes, type NodeInit } from '../compiler/onnx-models.js';
import { legal, someCorners } from '../lies/ends.js';

const INPUTS = 8;
const COUNT = 150;

/** Linear 8 -> `hidden`, the activation, Linear -> 4. */
async function compiled(activation: Omit<NodeInit, 'in'> & { in?: string[] }, hidden = 16): Promise<Compilation> {
  const random = generator(7);
  const drawn = (n: number, reach: number): Float32Array => Float32Array.from({ length: n }, () => reach * (2 * random() - 1)); // prettier-ignore
  const model = modelBytes({
    inputs: { x: [1, INPUTS] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w', 'b'], out: ['h'] },
      { ...activation, in: ['h', ...(activation.in ?? [])], out: ['s'] },
      { op: 'MatMul', in: ['s', 'v'] },
    ],
    initializers: {
      w: floats([INPUTS, hidden], drawn(INPUTS * hidden, 0.6)),
      b: floats([hidden], drawn(hidden, 0.2)),
      v: floats([hidden, 4], drawn(4 * hidden, 0.6)),
      slope: floats([1], [0.25]),
    },
  });
  const calibration = { count: COUNT, inputs: { x: drawn(COUNT * INPUTS, 1) } };
  return compile(model, { argument: 'lookup', bits: 8, calibration });
}

const functionsOf = ({ circuit }: Compilation): (string | undefined)[] =>
  circuit.steps.map((step) => rescaleOf(step)?.f.kind);
const leaky = (alpha: number) => ({ op: 'LeakyRelu', attributes: { alpha: { float: alpha } } });

describe('a bend of few elements', async () => {
  const relu = await compiled({ op: 'Relu' });

  // what tables of their floors gave: rows and range error of commit c0a271c
  it.each([
    ['LeakyRelu', leaky(0.01), 1127, 0.00081],
    ['LeakyRelu', leaky(0.2), 964, 0.00089],
    ['PRelu of one slope', { op: 'PRelu', in: ['slope'] }, 931, 0.001],
    ['LeakyRelu above 1', leaky(1.5), Infinity, 0.001],
  ] as const)('%s takes about the rows of a Relu, and is no farther from the floats', async (_, node, rows, error) => {
    const found = await compiled({ ...node, in: [...('in' in node ? node.in : [])] });
    expect(functionsOf(found)).not.toContain('leaky');
    expect(found.report.rows).toBeLessThan(Math.min(1.1 * relu.report.rows, rows));
    expect(found.report.rangeError).toBeLessThanOrEqual(error);
    expect((await linkCircuit(arrange(found.circuit))).nRows).toBe(found.report.rows);
    legal(found.circuit, someCorners(found.circuit, 1));
  });
});

it('of many elements stays a table', async () => {
  const found = await compiled(leaky(0.2), 512);
  expect(functionsOf(found)).toContain('leaky');
});
