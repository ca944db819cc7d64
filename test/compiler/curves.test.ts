// Functions of one value as tables: as near as their bits allow, refused where they have poles and where there are no tables.
import { describe, expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { floats, modelBytes, type NodeInit } from './onnx-models.js';

/** Node, interval of its input. */
const CURVES: Readonly<Record<string, readonly [node: Partial<NodeInit>, lo: number, hi: number]>> = {
  Acos: [{}, -0.99, 0.99],
  Acosh: [{}, 1.05, 9],
  Asin: [{}, -0.99, 0.99],
  Asinh: [{}, -20, 20],
  Atan: [{}, -9, 9],
  Atanh: [{}, -0.95, 0.95],
  Celu: [{ attributes: { alpha: { float: 0.5 } } }, -6, 4],
  Cos: [{}, -7, 7],
  Cosh: [{}, -3, 4],
  Elu: [{}, -6, 4],
  Erf: [{}, -4, 4],
  Exp: [{}, -8, 3],
  Gelu: [{}, -6, 6],
  HardSwish: [{}, -6, 6],
  Log: [{}, 0.05, 20],
  Mish: [{}, -6, 6],
  Pow: [{ in: ['x', 'three'] }, -2, 2],
  Reciprocal: [{}, 0.2, 9],
  Selu: [{}, -6, 4],
  Sin: [{}, -7, 7],
  Sinh: [{}, -3, 4],
  Softplus: [{}, -6, 6],
  Softsign: [{}, -9, 9],
  Sqrt: [{}, 0.05, 20],
  Swish: [{}, -6, 6],
  Tan: [{}, -1.3, 1.3],
};

const model = (op: string, node: Partial<NodeInit> = {}): Uint8Array =>
  modelBytes({
    inputs: { x: [1, 16] },
    nodes: [{ op, in: ['x'], ...node }],
    initializers: { three: floats([], [3]) },
    opset: op === 'Swish' ? 24 : 20,
    ir: 9,
  });

/** 64 samples over the interval, its ends among them. */
const over = (lo: number, hi: number): Float64Array =>
  Float64Array.from({ length: 1024 }, (_, i) => lo + ((hi - lo) * ((i * 619) % 1024)) / 1023);

describe('curves in the lookup argument', () => {
  it.each(Object.entries(CURVES))('%s is near its floats', async (op, [node, lo, hi]) => {
    const calibration = { count: 64, inputs: { x: over(lo, hi) } };
    const made = await compile(model(op, node), { calibration, bits: 6, inputRanges: { x: [lo, hi] } });
    // a mean of half a step of the result, and of what half a step of the input and of a key do to it; a key that was eight steps
    // of the result wide would take most of them above
    const most = hi - lo > 13 && /^(Sin|Cos)$/.test(op) ? 0.022 : 0.0095;
    expect(made.report.rangeError).toBeLessThan(most);
    expect(made.report.maxError).toBeGreaterThan(0);
  });

  it.each([
    ['Log', 0, 1],
    ['Log', -1, 1],
    ['Sqrt', -1, 1],
    ['Reciprocal', -1, 1],
    ['Tan', 1, 2],
    ['Acos', -2, 1],
    ['Asin', 0, 1.1],
    ['Acosh', 0.5, 2],
    ['Atanh', -1, 0],
  ])('%s is refused over [%d, %d], where it has a pole or no value', async (op, lo, hi) => {
    const refused = await compile(model(op), { inputRanges: { x: [lo, hi] } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unsupported', where: expect.stringContaining(`(${op})`) as string });
    expect((refused as Error).message).toMatch(/^expected an interval on which \w+ is defined, got \[/);
  });

  it('a value that float64 does not hold is refused at its node', async () => {
    const refused = await compile(model('Exp'), { inputRanges: { x: [0, 1000] } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unbounded', where: expect.stringContaining('(Exp)') as string });
    expect((refused as Error).message).toMatch(/^expected a value of exp below 2\^51, it can reach Infinity$/);
  });
});

it.each(Object.keys(CURVES))('%s needs tables: refused in the plain argument', async (op) => {
  const [node, lo, hi] = CURVES[op];
  const refused = compile(model(op, node), { argument: 'plain', inputRanges: { x: [lo, hi] } });
  await expect(refused).rejects.toMatchObject({
    code: 'unsupported',
    hint: expect.stringContaining('lookup') as string,
  });
});
