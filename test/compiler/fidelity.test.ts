// The figures of the accuracy contract on values by hand: what an output decides, along which axis, and whose range an error
// is held against.
import { describe, expect, it } from 'vitest';
import { decisionsOf, type Decision, type DecisionRule } from '#compiler/graph/decision.js';
import type { Graph } from '#compiler/graph/graph.js';
import { accuracy, fidelity, type OutputPair } from '#compiler/measure/fidelity.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '#compiler/linear/maps.js';
import type { ValueId } from '#compiler/recipes/values.js';
import type { DType } from '#compiler/tensor.js';
import type { Read } from '#verifier/functions.js';
import { outputsOf, sketch } from './sketch.js';

const along = (rule: DecisionRule, axis: number | null): Decision => ({ rule, axis });

function pair(
  shape: readonly number[],
  decision: Decision,
  float: number[],
  quantised: number[],
  more = {},
): OutputPair {
  const values = { float: Float64Array.from(float), quantised: Float64Array.from(quantised) };
  return { name: 'y', dtype: 'float32', shape, decision, read: null, byColumn: shape.length <= 2, ...values, ...more };
}

describe('agreement', () => {
  const scores = [[1, 2, 3, /**/ 3, 2, 1], [1, 3, 2, /**/ 3, 1, 2]] as const; // prettier-ignore
  it.each([
    ['argmax', 0.5], // 2, 0 and 1, 0
    ['argmin', 0.5], // 0, 2 and 0, 1
    ['sign', 1],
    ['none', null],
  ] as const)('by %s: %d', (rule, expected) => {
    const axis = rule.startsWith('arg') ? 1 : null;
    expect(fidelity([pair([1, 3], along(rule, axis), [...scores[0]], [...scores[1]])]).agreement).toBe(expected);
  });

  it('lets every value that the float model finds equally great be chosen, and no value that is nearly so', () => {
    const of = (rule: DecisionRule, float: number[], quantised: number[]) => fidelity([pair([1, 3], along(rule, 1), float, quantised)]).agreement; // prettier-ignore
    expect(of('argmax', [2, 2, 1], [2 - 1e-9, 2, 1])).toBe(1);
    expect(of('argmin', [2, 1, 1], [2, 1 + 1e-9, 1])).toBe(1);
    expect(of('argmax', [2, 2 - 1e-9, 1], [2 - 1e-9, 2, 1])).toBe(0);
    expect(of('argmax', [2, 2, 1], [1, 1, 2])).toBe(0);
    expect(of('argmax', [NaN, NaN, 1], [2, 1, 1])).toBe(0);
  });

  it('is a share of pixels for a segmentation, along the classes and not along the last axis', () => {
    // 2 classes of 2 x 2 pixels: class 1 wins in the first pixel only
    const float = [0, 5, 5, 5, /**/ 1, 0, 0, 0];
    const quantised = [0, 5, 5, 0, /**/ 1, 0, 0, 1];
    const { agreement, decisions } = fidelity([pair([1, 2, 2, 2], along('argmax', 1), float, quantised)]);
    expect({ agreement, decisions }).toEqual({ agreement: 0.75, decisions: 4 });
  });

  it('is a share of rows for a batch, and of elements for integers', () => {
    expect(fidelity([pair([2, 2], along('argmax', 1), [0, 1, 0, 1], [0, 1, 1, 0])]).agreement).toBe(0.5);
    const ints = pair([1, 4], along('none', null), [1, 2, 3, 4], [1, 2, 3, 5], { dtype: 'int64' });
    expect(fidelity([ints])).toMatchObject({ agreement: 0.75, maxError: null, rangeError: null });
  });

  it('of scores in steps of a scale is of their order, and their errors are counted', () => {
    const [float, quantised] = [[-128, 90, 3, /**/ 17, -128, 4], [-128, 88, 3, /**/ 17, -127, 4]]; // prettier-ignore
    const scores = pair([1, 3], along('argmax', 1), float, quantised, { dtype: 'int8' });
    expect(fidelity([scores])).toMatchObject({ agreement: 1, decisions: 2, maxError: 2, meanError: 0.5 });
  });

  it('is that of integers where the scores decide nothing, or there are none', () => {
    const values = pair([1, 2], along('none', null), [3, 1], [3, 2]);
    const places = pair([1, 2], along('none', null), [0, 4], [0, 1], { dtype: 'int64' });
    const one = pair([1, 1], along('none', null), [3], [2]);
    expect(fidelity([values, places]).agreement).toBe(0.5);
    expect(fidelity([one, places]).agreement).toBe(0.5);
    expect(fidelity([{ ...values, decision: along('argmax', 1) }, places]).agreement).toBe(1);
  });

  it('is that of a boolean output where it agrees less than the scores', () => {
    const scores = pair([1, 2], along('argmax', 1), [0, 1, 0, 1], [0, 1, 0, 2]);
    const flips = pair([1, 2], along('none', null), [1, 0, 1, 1], [1, 0, 0, 1], { dtype: 'bool' });
    expect(fidelity([scores, flips])).toMatchObject({ agreement: 0.75, decisions: 4 });
    expect(fidelity([flips, flips])).toMatchObject({ agreement: 0.75, decisions: 4 });
    expect(fidelity([scores, pair([1, 1], along('none', null), [1, 1], [1, 1], { dtype: 'bool' })]).agreement).toBe(1);
  });

  it('is 1 for a sign that an error does not change', () => {
    expect(fidelity([pair([1, 1], along('sign', null), [-1, 2, 3], [-3, 1, -1])]).agreement).toBeCloseTo(2 / 3);
  });

  it('has no agreement in what is not finite, on either side or on both', () => {
    const [nan, inf] = [[NaN, 1], [Infinity, 1]]; // prettier-ignore
    for (const [a, b] of [
      [nan, [0, 1]],
      [[0, 1], nan],
      [nan, nan],
      [inf, inf],
    ]) {
      const { agreement, maxError, rangeError } = fidelity([pair([1, 2], along('argmax', 1), a, b)]);
      expect({ agreement, maxError, rangeError }).toEqual({ agreement: 0, maxError: Infinity, rangeError: Infinity });
    }
  });
});

describe('range error', () => {
  const targets = (n: number): number[] => Array.from({ length: n }, (_, i) => [1e6 * (i % 7), 1e-3 * (i % 5)]).flat();

  it('of one target in the range of that target', () => {
    const float = targets(20);
    const lost = float.map((y, i) => (i % 2 === 0 ? y : 0)); // the second target is a constant
    const [output] = fidelity([pair([1, 2], along('none', null), float, lost)]).perOutput;
    expect(output.worst?.column).toBe(1);
    expect(output.worst?.rangeError).toBeCloseTo(0.5);
    // one figure for all of them does not see it
    expect(fidelity([pair([1, 2], along('none', null), float, lost)]).rangeError).toBeLessThan(1e-9);
    const together = pair([1, 2], along('none', null), float, lost, { byColumn: false });
    expect(fidelity([together]).perOutput[0].worst).toBeNull();
  });

  it('of one output in the range of that output', () => {
    const large = pair([1], along('none', null), targets(10), targets(10), { name: 'large' });
    const small = pair([1], along('none', null), [1, 2, 3, 4, 5, 6, 7, 8], [4, 4, 4, 4, 4, 4, 4, 4], { name: 'small' });
    const { rangeError, perOutput } = fidelity([large, small]);
    expect(rangeError).toBeLessThan(1e-6);
    expect(perOutput.map((one) => one.rangeError)).toEqual([0, 2 / 8]);
  });

  it('is not known of few values, nor of a constant 0', () => {
    const few = fidelity([pair([1, 1], along('none', null), [1e-9, 1e-9], [1, 1])]);
    expect(few.perOutput[0].rangeError).toBeNull();
    const zeros = new Array<number>(20).fill(0);
    expect(fidelity([pair([1], along('none', null), zeros, zeros)]).perOutput[0].rangeError).toBe(0);
    expect(fidelity([pair([1], along('none', null), zeros, zeros.with(0, 1))])).toMatchObject({ maxError: 1, perOutput: [{ rangeError: null }] }); // prettier-ignore
  });
});

it('accuracy is for outputs that decide once for each sample', () => {
  const scores = Float64Array.of(1, 2, 3, 3, 2, 1);
  expect(accuracy(pair([1, 3], along('argmax', 1), [], []), scores, [2, 1])).toBe(0.5);
  expect(accuracy(pair([1, 3], along('argmin', 1), [], []), scores, [0, 2])).toBe(1);
  expect(accuracy(pair([1, 1], along('sign', null), [], []), Float64Array.of(-1, 2), [0, 1])).toBe(1);
  expect(accuracy(pair([1, 3], along('none', null), [], []), scores, [2, 1])).toBeNull();
  expect(accuracy(pair([1, 3, 2], along('argmax', 1), [], []), Float64Array.of(1, 2, 3, 3, 2, 1), [0])).toBeNull();
});

describe('what an output decides where nobody says it', () => {
  const graph = (input: number[], output: number[], read: Read | null = null, dtype: DType = 'float32'): Graph => ({
    values: [input, output].map((shape, i) => ({ name: 'v', shape, dtype: i === 0 ? 'float32' : dtype, node: 'n', operator: 'Op' })),
    steps: [],
    inputs: [{ name: 'x', value: 0 }],
    outputs: [{ name: 'y', value: 1, read }],
    ops: {},
    params: 0,
    macs: 0,
  }); // prettier-ignore
  const NONE = along('none', null);

  it.each([
    ['scores', [1, 4], [1, 3], along('argmax', 1)],
    ['scores without a batch', [4], [3], along('argmax', 0)],
    ['a segmentation', [1, 3, 8, 8], [1, 21, 8, 8], along('argmax', 1)],
    ['tokens', [1, 16], [1, 16, 9], along('argmax', 2)],
    ['one value', [1, 4], [1, 1], NONE],
    ['a mask or a depth', [1, 3, 8, 8], [1, 1, 8, 8], NONE],
    ['a scalar', [1, 4], [], NONE],
    ['the shape of the input', [1, 640], [1, 640], NONE],
  ] as const)('%s', (_, input, output, expected) => {
    expect(decisionsOf(graph([...input], [...output]), null)).toEqual([expected]);
  });

  it('a function that stands last says it, integers are compared as they are', () => {
    const softmax = (axis: number): Read => ({ function: 'softmax', axis });
    const sigmoid: Read = { function: 'sigmoid', axis: null };
    expect(decisionsOf(graph([1, 4], [1, 4], softmax(1)), null)).toEqual([along('argmax', 1)]);
    expect(decisionsOf(graph([1, 8, 8, 3], [1, 8, 8, 5], softmax(3)), null)).toEqual([along('argmax', 3)]);
    expect(decisionsOf(graph([1, 1], [1, 1], sigmoid), null)).toEqual([along('sign', null)]);
    expect(decisionsOf(graph([1, 3, 8, 8], [1, 1, 8, 8], sigmoid), null)).toEqual([along('sign', null)]);
    expect(decisionsOf(graph([1, 784], [1, 784], sigmoid), null)).toEqual([NONE]);
    expect(decisionsOf(graph([1, 4], [1, 3], sigmoid), null)).toEqual([along('argmax', 1)]);
    expect(decisionsOf(graph([1, 4], [1, 3], null, 'int64'), null)).toEqual([NONE]);
  });

  it('values in order decide nothing, whichever way they run: their places are compared', () => {
    const net = sketch();
    const [values, places] = net.sorted('s', net.input('x', [1, 5]), 5, 3, [0, 1, 2, 3, 4]);
    const back = net.linear('back', [1, 3], scaleMap(gatherMap(values, Int32Array.of(2, 1, 0)), -1));
    const mixed = net.linear('mixed', [1, 3], addMaps([identityMap(values, 3), identityMap(places, 3)]));
    const of = (value: ValueId): Decision[] =>
      decisionsOf({ values: net.values, steps: net.steps, inputs: [], outputs: outputsOf(net, value, places) }, null);
    expect([of(values), of(back)]).toEqual([[NONE, NONE], [NONE, NONE]]); // prettier-ignore
    expect(of(mixed)).toEqual([along('argmax', 1), NONE]);
  });

  it('what is said counts, where there is something to choose from', () => {
    expect(decisionsOf(graph([1, 4], [1, 3]), 'argmin')).toEqual([along('argmin', 1)]);
    expect(decisionsOf(graph([1, 640], [1, 640]), 'argmax')).toEqual([along('argmax', 1)]);
    expect(decisionsOf(graph([1, 4], [1, 1]), 'sign')).toEqual([along('sign', null)]);
    expect(decisionsOf(graph([1, 4], [1, 3]), 'none')).toEqual([NONE]);
    expect(() => decisionsOf(graph([1, 4], [1, 1]), 'argmin')).toThrow('values to choose from, got shape [1, 1]');
  });
});
