// The search for bits, on figures by hand and on networks whose decisions are close.
import { describe, expect, it } from 'vitest';
import { compile, encodeCircuit, recompile, type Samples } from '#compiler/index.js';
import { goalOf, isEnough, strain } from '#compiler/measure/contract.js';
import type { Fidelity } from '#compiler/measure/fidelity.js';
import { searchBits, type Precision } from '#compiler/measure/search.js';
import { generator } from './circuits.js';
import { pick, readTrained } from '../models/trained.js';
import { floats, modelBytes, type NodeInit, type TensorInit } from './onnx-models.js';

/** An agreement that `met` says of a precision. */
const figures = (met: boolean): Fidelity => {
  const agreement = met ? 1 : 0.9;
  return { agreement, decisions: 1000, maxError: 0, meanError: 0, rangeError: 0, perOutput: [] };
};

interface Model {
  /** Bits that a part needs. */
  readonly needs: readonly number[];
  /** Rows of one bit of it. */
  readonly costs: readonly number[];
  /** What is thought of what it needs. */
  readonly weights?: readonly number[];
  /** No circuit has more bits than these. */
  readonly bounded?: number;
  readonly least?: number;
  readonly most?: number;
}

/** Searches for a model of independent parts; the bits of each in the best trial, and how many circuits were made. */
function searched({ needs, costs, weights = needs, bounded = 12, least = 8, most = 24 }: Model) {
  const bitsOf = ({ bits, bitsOf: exceptions }: Precision): number[] =>
    needs.map((_, value) => exceptions.find((one) => one.value === value)?.bits ?? bits);
  const candidate = (precision: Precision) => {
    const rows = bitsOf(precision).reduce((sum, bits, value) => sum + bits * costs[value], 0);
    return { ...precision, rows, domain: rows, made: null };
  };
  const measure = (one: Precision): Fidelity => figures(bitsOf(one).every((bits, value) => bits >= needs[value]));
  const usual = candidate({ bits: 8, bitsOf: [] });
  const greatest = Math.max(...weights);
  const { trials, made, isCut } = searchBits({
    first: { ...usual, fidelity: measure(usual) },
    isEnough: (fidelity) => isEnough(fidelity, goalOf({})),
    strain: (fidelity) => strain(fidelity, goalOf({})),
    parts: needs.map((_, value) => ({ values: [value], elements: 1, weight: weights[value] - greatest })),
    least,
    most,
    make: (precision) => (precision.bits > bounded ? null : candidate(precision)),
    measure,
  });
  return { bits: bitsOf(trials[0]), met: trials[0].fidelity.agreement === 1, made, isCut };
}

describe('on independent parts', () => {
  it.each([9, 10, 11, 12])('%i bits are found', (bits) => {
    expect(searched({ needs: [bits, bits], costs: [1, 1] })).toMatchObject({ bits: [bits, bits], met: true });
  });

  it.each([
    [
      [10, 8, 8, 8],
      [5, 100, 50, 10],
    ],
    [
      [8, 8, 11, 8, 8, 8],
      [1, 1, 1, 1, 1, 1],
    ],
    [
      [12, 8],
      [1000, 1],
    ],
  ])('%j: what does not need them does without', (needs, costs) => {
    expect(searched({ needs, costs }).bits).toEqual(needs);
    // whatever is thought of the parts
    expect(searched({ needs, costs, weights: needs.map(() => 0), most: 200 }).bits).toEqual(needs);
  });

  it.each([[[5, 5, 5]], [[3, 8, 5, 7]], [[2, 2]], [[9, 4, 6]]])('%j: fewer than usual, where they may be', (needs) => {
    const model = { needs, costs: needs.map(() => 1000) };
    expect(searched({ ...model, least: 2 }).bits).toEqual(needs);
    expect(searched(model).bits).toEqual(needs.map((bits) => Math.max(bits, 8)));
  });

  it('a precision that cannot be bounded is passed by', () => {
    expect(searched({ needs: [10], costs: [1], bounded: 10 })).toMatchObject({ bits: [10], met: true });
    expect(searched({ needs: [11], costs: [1], bounded: 10 })).toMatchObject({ met: false });
  });

  it('ends after as many circuits as it may make, and says so', () => {
    const needs = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 12 : 8));
    const model = { needs, costs: needs.map((_, i) => 1 + i), weights: needs.map((_, i) => i % 3) };
    expect(searched({ ...model, most: 12 })).toMatchObject({ met: true, made: 12, isCut: true });
    expect(searched({ needs: [13], costs: [1] })).toMatchObject({ met: false, isCut: false });
    expect(searched({ needs: [13], costs: [1] }).made).toBeLessThanOrEqual(3);
  });
});

/** 5 inputs in [-0.5, 0.5], six layers of 50 with ReLU, 5 scores that lie close together: the form of ACAS Xu. */
function advisories(seed: number): Uint8Array {
  const random = generator(seed);
  const sizes = [5, 50, 50, 50, 50, 50, 50, 5];
  const uniform = (n: number, bound: number) => Float64Array.from({ length: n }, () => (2 * random() - 1) * bound);
  const initializers: Record<string, TensorInit> = {};
  const nodes: NodeInit[] = [];
  for (let i = 1; i < sizes.length; i++) {
    const [n, m] = [sizes[i - 1], sizes[i]];
    const last = i === sizes.length - 1;
    const w = uniform(n * m, Math.sqrt(6 / n) * (last ? 0.02 : 1));
    const common = uniform(n, last ? Math.sqrt(6 / n) : 0);
    initializers[`w${i}`] = floats([n, m], w.map((x, k) => x + common[Math.floor(k / m)])); // prettier-ignore
    initializers[`b${i}`] = floats([m], uniform(m, last ? 0.01 : 0.1));
    nodes.push({ op: 'Gemm', in: [i === 1 ? 'x' : `r${i - 1}`, `w${i}`, `b${i}`], out: [last ? 'y' : `h${i}`] });
    if (!last) nodes.push({ op: 'Relu', in: [`h${i}`], out: [`r${i}`] });
  }
  return modelBytes({ inputs: { x: [1, 5] }, nodes, initializers });
}

function points(count: number, seed: number): Samples {
  const random = generator(seed);
  return { count, inputs: { x: Float64Array.from({ length: count * 5 }, () => random() - 0.5) } };
}

describe.each(['lookup', 'plain'] as const)('close decisions, %s', (argument) => {
  const options = { argument, decision: 'argmin', calibration: points(200, 7) } as const;

  it.each([3, 6])('network %i keeps them, at bits that 8 were too few for', async (seed) => {
    const bytes = advisories(seed);
    const { circuit, report } = await compile(bytes, options);
    expect(report.agreement).toBeGreaterThanOrEqual(0.99);
    expect(report.warnings).toEqual([]);
    expect(report.bits).toBeGreaterThan(8);
    expect(report.search.length).toBeGreaterThan(1);
    const usual = report.search.find(({ bits, exceptions }) => bits === 8 && exceptions === 0);
    const uniform = report.search.find(({ bits, exceptions }) => bits === report.bits && exceptions === 0);
    expect(usual?.agreement).toBeLessThan(0.99);
    expect(report.rows).toBeLessThanOrEqual(uniform?.rows ?? 0);
    // the bits of every value are recorded, so the circuit can be made again
    const again = recompile(bytes, circuit);
    expect(again && encodeCircuit(again.circuit)).toBe(encodeCircuit(circuit));
  });

  it('bits that were asked for are what is used', async () => {
    const { report } = await compile(advisories(6), { ...options, bits: 8 });
    expect(report).toMatchObject({ bits: 8, search: [], exceptions: [] });
    expect(report.warnings.join()).toContain('expected an agreement of at least 0.99, got 0.9');
  });
});

it('a goal that 8 bits miss and 9 for all meet on a larger domain is met on the smaller one, with fewer rows', async () => {
  const MOST = 0.0045;
  const trained = await readTrained('mnist_cnn_bn_gap');
  const { report, circuit } = await compile(trained.bytes, { calibration: pick(trained, 120), maxError: MOST });
  expect(report.rangeError).toBeLessThanOrEqual(MOST);
  expect(report.search.find(({ bits, exceptions }) => bits === 8 && exceptions === 0)?.rangeError).toBeGreaterThan(MOST); // prettier-ignore
  expect(report.gain).toMatchObject({ before: { bits: 9, domain: 49_152 }, after: { domain: 32_768 } });
  expect(report.rows).toBeLessThan(0.85 * report.gain!.before!.rows);
  const again = recompile(trained.bytes, circuit);
  expect(again && encodeCircuit(again.circuit)).toBe(encodeCircuit(circuit));
});

describe('data whose searched samples, every fifth of them, are easier than the others', () => {
  const bytes = modelBytes({
    inputs: { x: [1, 3] },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
      { op: 'Tanh', in: ['h'], out: ['t'] },
      { op: 'MatMul', in: ['t', 'v'], out: ['y'] },
    ],
    initializers: { w: floats([3, 2], [1, -1, -1, 1, 0.3, 0.3]), v: floats([2, 2], [1, 0.1, 0.1, 1]) },
  });
  /** The decision is the sign of x0 - x1, which is near 0 in a share of them. */
  const hardly = (share: number): Samples => {
    const random = generator(3);
    const samples = Array.from({ length: 1000 }, (_, i) => {
      const middle = random() - 0.5;
      const isHard = i % 5 !== 0 && random() < share;
      const apart = (random() < 0.5 ? -1 : 1) * (isHard ? 0.002 + 0.004 * random() : 0.3 + 0.3 * random());
      return [middle + apart / 2, middle - apart / 2, 2 * random() - 1];
    });
    return { count: 1000, inputs: { x: Float32Array.from(samples.flat()) } };
  };

  it.each([
    [0.6, {}],
    [0.15, { minAgreement: 0.99 }],
  ])(
    '%d of the others hard, %j: bits that meet the goal on all are taken, and compared with bits that do',
    async (share, goal) => {
      const options = { calibration: hardly(share), decision: 'argmax', ...goal } as const;
      const { report } = await compile(bytes, options);
      expect(report.agreement).toBeGreaterThanOrEqual(0.99);
      expect(report.warnings).toEqual([]);
      const { bits, rows } = report.gain!.before!;
      expect(report.rows).toBeLessThanOrEqual(rows);
      const alike = await compile(bytes, { ...options, bits });
      expect(alike.report.agreement).toBeGreaterThanOrEqual(0.99);
    },
  );
});
