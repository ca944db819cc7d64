// A maximum changes places only with a function that never falls: max f(x) is f(max x) of no other.
import { expect, it } from 'vitest';
import { lowerModel } from '#compiler/lowered.js';
import type { IntegerFunction } from '#compiler/primitives/integer-functions.js';
import { isMonotone } from '#compiler/recipes/pool-first.js';
import type { RescaleOwn } from '#compiler/primitives/rescale.js';
import { swapped } from '#compiler/quantize/cost.js';
import { plan, type Plan } from '#compiler/quantize/plan.js';
import { generator } from './circuits.js';
import { floats, modelBytes } from './onnx-models.js';

const RANGE_BITS = 12;
const random = generator(3);
const bytes = modelBytes({
  inputs: { x: [1, 1, 12, 12] },
  nodes: [
    { op: 'Conv', in: ['x', 'w'], out: ['c'] },
    { op: 'Relu', in: ['c'], out: ['r'] },
    { op: 'MaxPool', in: ['r'], attributes: { kernel_shape: [4, 4], strides: [2, 2] } },
  ],
  initializers: {
    w: floats(
      [2, 1, 3, 3],
      Array.from({ length: 18 }, () => random() - 0.5),
    ),
  },
});

const planned = (): Plan =>
  plan(lowerModel(bytes, {}).graph, {
    bits: 8,
    ranges: { x: { axis: null, ends: [[0, 1]] } },
    activations: null,
    rangeBits: RANGE_BITS,
    shift: ({ least }) => least,
  });

/** The plan with another function in its rescale. */
const withFunction = (one: Plan, f: IntegerFunction): Plan => ({
  ...one,
  steps: one.steps.map((step) =>
    step.kind === 'rescale' ? { ...step, own: { ...(step.own as RescaleOwn), f } } : step,
  ),
});
const values = (...list: number[]): IntegerFunction => {
  return { kind: 'values', name: 'f', first: 0, values: Float64Array.from(list) };
};
const order = ({ steps }: Plan): string => steps.map(({ kind }) => kind).join(' ');

it.each<[what: string, f: IntegerFunction, moves: boolean]>([
  ['a clamp', { kind: 'clamp' }, true],
  ['a bend', { kind: 'leaky', at: 3, slope: 2, k: 3 }, true],
  ['values that rise', values(0, 0, 3, 9), true],
  ['values that fall once', values(0, 5, 4, 9), false],
  ['values that fall', values(9, 4, 0), false],
])('%s', (_, f, moves) => {
  const before = withFunction(planned(), f);
  expect(order(before)).toBe('input rescale max output');
  const after = swapped(before, RANGE_BITS);
  expect(order(after)).toBe(moves ? 'input max rescale output' : order(before));
  const rescale = before.steps[1];
  expect(isMonotone(rescale)).toBe(moves);
});

it('a rescale whose reach is known by balls stays in front: behind the maximum nothing would show that reach', () => {
  const before = planned();
  const { forms, ...rescale } = before.steps[1];
  const within = { lo: forms[0].accLo + 1, hi: forms[0].accHi - 1 };
  const known = { ...rescale, forms: [{ ...forms[0], within }] };
  const after = swapped({ ...before, steps: before.steps.with(1, known) }, RANGE_BITS);
  expect(order(after)).toBe('input rescale max output');
  expect(order(swapped(before, RANGE_BITS))).toBe('input max rescale output');
});
