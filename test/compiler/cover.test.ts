// A wiring that leaves an element of a tensor to no gadget, or to two, is not arranged: nothing would bound it, or two would
// disagree about it.
import { afterEach, expect, it, vi } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { integerOf } from '#compiler/primitives/index.js';
import type { Use } from '#compiler/primitives/integer.js';
import { perceptron } from './circuits.js';

const { plain } = integerOf({ kind: 'rescale' });
const honest = plain.uses.bind(plain);
afterEach(() => vi.restoreAllMocks());

it.each<[what: string, spread: (i: number) => number, count: (n: number) => number]>([
  ['one element short', (i) => i, (n) => n - 1],
  ['an output of its own for one element', (i) => (i === 0 ? -1 : i), (n) => n],
  ['one element twice', (i) => Math.max(i, 1), (n) => n],
])('%s', (_, spread, count) => {
  vi.spyOn(plain, 'uses').mockImplementation((step, outs) =>
    honest(step, outs).map((use): Use => {
      const n = count(use.count);
      return { ...use, count: n, outputs: [{ tensor: 0, at: Int32Array.from({ length: n }, (__, i) => spread(i)) }] };
    }),
  );
  expect(() => arrange(perceptron())).toThrow(/one gadget for each element/);
});

it('an input whose range nobody proves', () => {
  vi.spyOn(integerOf({ kind: 'input' }).plain, 'uses').mockImplementation(() => []);
  expect(() => arrange(perceptron())).toThrow(/one gadget for each element/);
});
