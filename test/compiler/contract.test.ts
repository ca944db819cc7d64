// The accuracy contract of `compile`: a floor by default, what is said below it and above it, and what a user may change.
import { describe, expect, it } from 'vitest';
import { compile, encodeCircuit, type CompileOptions, type FloatReference, type Samples } from '#compiler/index.js';
import { calibrate } from '#compiler/measure/calibrate.js';
import { floorOf, goalOf, isEnough, missed } from '#compiler/measure/contract.js';
import type { Fidelity } from '#compiler/measure/fidelity.js';
import { generator } from './circuits.js';
import { floats, graphOf, modelBytes, type NodeInit } from './onnx-models.js';

const random = generator(4);
const values = (n: number): number[] => Array.from({ length: n }, () => random() * 2 - 1);
const gemm = (name: string, x: string, out?: string): NodeInit => ({ op: 'Gemm', name, in: [x, name], ...(out && { out: [out] }) }); // prettier-ignore

/** x [1, 6] -> 8, ReLU -> 4 scores */
const classifier = modelBytes({
  inputs: { x: [1, 6] },
  nodes: [gemm('hidden', 'x', 'h'), { op: 'Relu', name: 'relu', in: ['h'], out: ['r'] }, gemm('scores', 'r')],
  initializers: { hidden: floats([6, 8], values(48)), scores: floats([8, 4], values(32)) },
});
const data = (count: number): Samples => ({ count, inputs: { x: Float64Array.from(values(6 * count)) } });

const [data64, data100] = [data(64), data(100)];

/** Floats that are not this model's: its own, some samples of which are changed. */
const otherwise = (changed: (sample: number) => boolean, change: (scores: Float64Array) => Float64Array): FloatReference => ({
  name: 'another model',
  async run(samples) {
    const floats = calibrate(graphOf(classifier), samples).outputs.y.slice();
    for (let i = 0; i < samples.count; i++)
      if (changed(i)) floats.set(change(floats.slice(4 * i, 4 * i + 4)), 4 * i);
    return Promise.resolve({ y: floats });
  },
}); // prettier-ignore

/** The other scores win. */
const reversed = (scores: Float64Array): Float64Array => scores.map((x) => -x);

const refusal = async (options: CompileOptions): Promise<Record<string, string>> => {
  const error: unknown = await compile(classifier, options).then(() => null, (thrown: unknown) => thrown); // prettier-ignore
  if (error === null) throw new Error('it was compiled');
  return error as Record<string, string>;
};

describe('by default', () => {
  it('a loss of decisions is refused, with the layer and what to do', async () => {
    const calibration = data(100);
    const options = { calibration, reference: otherwise((i) => i < 8, reversed) };
    const { code, message, where, hint } = await refusal(options);
    expect({ code, message }).toEqual({
      code: 'accuracy',
      message: 'expected an agreement of at least 0.95, got 0.92',
    });
    expect(where).toMatch(/^most is lost in \w+ \((Gemm|Relu|input)\), with an error of [\d.]+ % of its range$/);
    expect(hint).toMatch(/^no bits up to 12 meet it: .*--argument plain.*--allow-loss$/);
    expect((await refusal({ ...options, bits: 8 })).hint).toContain('leave --bits out');
    const { report } = await compile(classifier, { ...options, allowLoss: true });
    expect(report.warnings[0]).toMatch(/^ACCURACY IS LOST.*at least 0.99, got 0.92, most of it lost in /);
    expect(report.search.length).toBeGreaterThan(1);
  });

  it('a loss above the floor is a warning', async () => {
    const { report } = await compile(classifier, { calibration: data(100), reference: otherwise((i) => i < 3, reversed) }); // prettier-ignore
    expect(report.agreement).toBe(0.97);
    expect(report.warnings.join()).toMatch(/^expected an agreement of at least 0.99, got 0.97, most of it lost/);
  });

  it('one lost decision of a few is a warning, two are a refusal', async () => {
    const few = (lost: number) => ({ calibration: data(5), bits: 10, maxError: 10, reference: otherwise((i) => i < lost, reversed) }); // prettier-ignore
    const { report } = await compile(classifier, few(1));
    expect(report.agreement).toBe(0.8);
    expect(report.warnings.join()).toContain('got 0.8');
    expect(await refusal(few(2))).toMatchObject({ code: 'accuracy', message: expect.stringContaining('got 0.6') });
    // who gives a number means it
    expect(await refusal({ ...few(1), minAgreement: 0.9 })).toMatchObject({ code: 'accuracy' });
  });

  it('labels that the float model contradicts are a warning, and another order of classes is named', async () => {
    const calibration = data(60);
    const { y } = calibrate(graphOf(classifier), calibration).outputs;
    const own = Array.from({ length: 60 }, (_, i) => {
      const scores = [...y.subarray(4 * i, 4 * i + 4)];
      return scores.indexOf(Math.max(...scores));
    });
    const warned = async (labels: readonly number[]) => (await compile(classifier, { calibration, labels, bits: 10 })).report.warnings.join(); // prettier-ignore
    expect(await warned(own)).not.toMatch(/LABELS/);
    const turned = await warned(own.map((label) => (label + 1) % 4));
    expect(turned).toMatch(/^THE LABELS ARE NUMBERED IN ANOTHER ORDER.*right in 0 % of them, and in 100 % with class/);
    for (const label of new Set(own)) expect(turned).toContain(`${label} for label ${(label + 1) % 4}`);
    expect(await warned(own.map((_, i) => i % 4))).toMatch(
      /^THE FLOAT MODEL IS WRONG ABOUT THE LABELS: right in [\d.]+ %/,
    );
  });

  it('a target that is lost is a refusal that names it', async () => {
    const lost = (scores: Float64Array): Float64Array => scores.with(2, scores[2] / 2);
    const { code, message } = await refusal({ calibration: data(40), decision: 'none', bits: 8, reference: otherwise(() => true, lost) }); // prettier-ignore
    expect(code).toBe('accuracy');
    expect(message).toMatch(/^expected a range error of at most 0.03, got 0\.\d+ in column 2 of output 'y'$/);
  });

  it('what is near is compiled without a word, at the usual bits', async () => {
    const { report } = await compile(classifier, { calibration: data(60) });
    expect(report).toMatchObject({ bits: 8, search: [], exceptions: [] });
    expect(report.warnings).toEqual([]);
    expect(report.outputs).toEqual([
      {
        name: 'y',
        decision: { rule: 'argmax', axis: 1 },
        rangeError: expect.any(Number),
        worst: { column: expect.any(Number), rangeError: expect.any(Number) },
      },
    ]);
  });

  it('without data it says that nothing was measured', async () => {
    const { report } = await compile(classifier, { inputRanges: { x: [-1, 1] } });
    expect(report.warnings.join()).toMatch(/^nothing was measured/);
    expect(report.outputs).toEqual([{ name: 'y', decision: { rule: 'argmax', axis: 1 }, rangeError: null, worst: null }]); // prettier-ignore
  });
});

describe('a goal of the user', () => {
  const scored = (calibration: Samples, options: CompileOptions = {}) =>
    compile(classifier, { calibration, decision: 'none', ...options });

  it('that fewer bits meet is met by these, the same ones again', async () => {
    const [once, again] = await Promise.all([1, 2].map(() => scored(data64, { maxError: 0.02 })));
    const { report, circuit } = once;
    expect(report.gain).toMatchObject({ before: { bits: 8 }, isCut: false, samples: 32, heldOut: 32 });
    expect(report.rows).toBeLessThan(report.gain!.before!.rows);
    expect(report.gain!.after).toEqual({ rows: report.rows, domain: report.domain });
    expect(report.outputs[0].worst!.rangeError).toBeLessThanOrEqual(0.02);
    expect(report.parts.map(({ operator, values }) => [operator, values]).sort()).toEqual([['Relu', 1], ['input', 1]]); // prettier-ignore
    expect(Math.max(...report.parts.map(({ bits }) => bits))).toBe(report.bits);
    expect(report.bits).toBeLessThan(8);
    expect(encodeCircuit(again.circuit)).toBe(encodeCircuit(circuit));
    // who gives bits, and who gives no goal, gets what was there before
    for (const options of [{ maxError: 0.02, bits: 8 }, {}])
      expect((await scored(data64, options)).report).toMatchObject({ bits: 8, gain: null, search: [] });
  });

  it('takes no bits away where the data are too few to show it', async () => {
    expect((await scored(data(31), { maxError: 0.02 })).report).toMatchObject({ bits: 8, gain: null });
    // a share of 0.98 of 49 samples allows for none to be lost; nor does all of any number
    const decided = { decision: 'argmax', maxError: 0.1 } as const;
    expect((await scored(data(49), { ...decided, minAgreement: 0.98 })).report).toMatchObject({ bits: 8, gain: null });
    expect((await scored(data64, { ...decided, minAgreement: 1 })).report).toMatchObject({ bits: 8, gain: null });
    expect((await scored(data(50), { ...decided, minAgreement: 0.98 })).report.gain).not.toBeNull();
  });

  it('is met on the samples that were held out, too', async () => {
    // 4 of 100 are lost at any bits: 96 % of all. Every second sample is searched on, and of the others 8 % are lost
    const options = { decision: 'argmax', minAgreement: 0.95, maxError: 0.2 } as const;
    const lost = (places: (sample: number) => boolean) => ({ ...options, reference: otherwise(places, reversed) });
    const even = await scored(data100, lost((i) => i < 8 && i % 4 < 2)); // prettier-ignore
    expect(even.report).toMatchObject({ agreement: 0.96, gain: { heldOut: 50 } });
    expect(even.report.bits).toBeLessThan(8);
    const odd = await scored(data100, lost((i) => i < 8 && i % 2 === 1)); // prettier-ignore
    expect(odd.report).toMatchObject({ agreement: 0.96, bits: 8, exceptions: [] });
    expect(odd.report.search.length).toBeGreaterThan(1);
  });

  it('that no bits meet is refused with the nearest figures', async () => {
    const { message, hint } = await refusal({ calibration: data64, decision: 'none', maxError: 1e-6 });
    const [, got] = /^expected a range error of at most 0\.000001, got ([\d.e-]+)$/.exec(message)!;
    expect(hint).toMatch(new RegExp(`^no bits up to 12 meet it: the nearest, 12 bits, has a range error of ${got}; `));
    const { report } = await compile(classifier, { calibration: data64, decision: 'none', bits: 12 });
    expect(Number(got)).toBeCloseTo(report.rangeError!, 7);
  });
});

describe('what cannot be compared is refused, a loss allowed or not', () => {
  it.each([NaN, Infinity])('%d', async (bad) => {
    const reference = otherwise((i) => i === 3, (scores) => scores.with(1, bad)); // prettier-ignore
    const { code, message, where } = await refusal({ calibration: data(50), reference, allowLoss: true });
    expect({ code, where }).toEqual({ code: 'accuracy', where: "output 'y', sample 3" });
    expect(message).toBe(`expected finite values to compare, got ${bad} from another model`);
  });

  it('floats of another shape', async () => {
    const reference = { name: 'another', run: () => Promise.resolve({ y: new Float64Array(3) }) };
    expect(await refusal({ calibration: data(2), reference, allowLoss: true })).toMatchObject({
      code: 'accuracy',
      message: 'expected 8 floats, got 3',
    });
  });
});

it('a score that decides with others fails where it is lost, a target above each number', () => {
  const of = (decides: boolean, rangeError: number) => ({
    ...{ agreement: decides ? 1 : null, decisions: 100, maxError: 1, meanError: 0.1, rangeError: 0.001 },
    perOutput: [{ name: 'y', decides, rangeError: 0.001, worst: { column: 1, rangeError } }],
  });
  expect(missed(of(true, 0.19), goalOf({}))).toEqual([]);
  expect(missed(of(true, 0.19), floorOf({ maxError: 0.005 }))).toEqual([]);
  expect(missed(of(true, 0.25), floorOf({}))).toEqual(["expected a range error of at most 0.2, got 0.25 in column 1 of output 'y'"]); // prettier-ignore
  expect(missed(of(false, 0.02), goalOf({}))).toEqual(["expected a range error of at most 0.01, got 0.02 in column 1 of output 'y'"]); // prettier-ignore
});

it('numbers of the user stand in for those of the contract', () => {
  const figures = { agreement: 0.97, decisions: 1000, maxError: 1, meanError: 0.1, rangeError: 0.02, perOutput: [] };
  expect(missed(figures, floorOf({}))).toEqual([]);
  expect(missed(figures, goalOf({}))).toEqual(['expected an agreement of at least 0.99, got 0.97']);
  expect(missed(figures, goalOf({ minAgreement: 0.96, maxError: 0.01 }))).toEqual(['expected a range error of at most 0.01, got 0.02']); // prettier-ignore
  expect(missed({ ...figures, agreement: null }, floorOf({}))).toEqual([]);
  expect(missed({ ...figures, agreement: null }, floorOf({ minAgreement: 0 }))).toEqual(['expected an agreement of at least 0, got nothing to compare']); // prettier-ignore
});

it('what an output decides is said to whoever verifies', async () => {
  const decisionOf = async (options: CompileOptions) => (await compile(classifier, { inputRanges: { x: [-1, 1] }, ...options })).circuit.publics; // prettier-ignore
  expect(await decisionOf({})).toMatchObject([{ role: 'input' }, { decision: { rule: 'argmax', axis: 1 } }]);
  expect(await decisionOf({ decision: 'argmin' })).toMatchObject([{}, { decision: { rule: 'argmin', axis: 1 } }]);
  expect(await decisionOf({ decision: 'none' })).toMatchObject([{}, { decision: { rule: 'none', axis: null } }]);
  expect((await decisionOf({}))[0]).not.toHaveProperty('decision');
});

it('a few values are enough where the largest error is: too few for a range, they are nothing to warn of', () => {
  const few = (maxError: number, rangeError: number | null, agreement: number | null = null): Fidelity => ({
    ...{ agreement, decisions: 0, maxError, meanError: 0.01, rangeError: 0.01 },
    perOutput: [{ name: 'y', decides: false, rangeError, worst: null }],
  });
  expect(missed(few(0.03, null), goalOf({}))).toEqual([]);
  expect(isEnough(few(0.03, null), goalOf({}))).toBe(false);
  expect(isEnough(few(0.02, null), goalOf({}))).toBe(true);
  expect(isEnough(few(0.03, 0.01), goalOf({}))).toBe(true); // many
  expect(isEnough(few(0.03, null, 1), goalOf({}))).toBe(true); // they decide
});
