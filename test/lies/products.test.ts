// Products read as the planner's adversary reads them: of any factors, at every corner of the inputs, in both arguments.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { addMaps, identityMap } from '#compiler/linear/maps.js';
import { point } from '#compiler/recipes/functions.js';
import { InferproofError } from '#verifier/errors.js';
import { curves, products, saturated } from '../compiler/circuits.js';
import { circuitOf, outputsOf, sketch, type Settings } from '../compiler/sketch.js';
import { clamps, withLookups } from '../lookup/solve.js';
import { allCorners, anyNumber, legal, matrix } from './ends.js';

/** What a factor is of x, y and the products so far. */
const FACTORS = ['x', 'y', 'affine', 'dense', 'last'] as const;
type Factor = (typeof FACTORS)[number];

interface Products {
  readonly ranges: Settings['ranges'];
  /** Of the affine factor, element by element, and all of those of the dense one; of x. */
  readonly weights: readonly number[];
  readonly bias: readonly number[];
  readonly factors: readonly (readonly [Factor, Factor])[];
  readonly bits: number;
}

/** Products of x, y and forms of x; a relu of what they add up to. */
function productNet({ ranges, weights, bias, factors, bits }: Products, rangeBits: number | null): Circuit {
  const n = bias.length;
  const one = sketch();
  const x = one.input('x', [1, n]);
  const rows = bias.map((_, o) => weights.slice(o * n, (o + 1) * n));
  const diagonal = rows.map((row, o) => row.map((w, i) => (i === o ? w : 0)));
  const affine = one.linear('affine', [1, n], matrix(x, diagonal, bias));
  const known = { x, affine, dense: one.linear('dense', [1, n], matrix(x, rows, bias)), y: one.input('y', [1, n]), last: x };
  const made = factors.map(([a, b], i) => (known.last = one.product(`p${i}`, known[a], known[b])));
  const sum = addMaps([x, ...made].map((id) => identityMap(id, n)));
  const r = one.table('r', one.linear('sum', [1, n], sum), point('relu'));
  return circuitOf(one, outputsOf(one, ...made, r), { ranges, bits, ...(rangeBits !== null && { rangeBits }) });
} // prettier-ignore

const anyRange = fc
  .tuple(anyNumber(-2, 2), anyNumber(-2, 2))
  .map(([a, b]) => [[Math.min(a, b), Math.max(a, b) + 1e-3] as const]);

const anyProducts: fc.Arbitrary<Products> = fc.integer({ min: 1, max: 3 }).chain((n) => {
  const numbers = (length: number): fc.Arbitrary<number[]> =>
    fc.array(fc.oneof(anyNumber(-2, 2), fc.constant(0)), { minLength: length, maxLength: length });
  const factor = fc.constantFrom(...FACTORS);
  return fc.record({
    ranges: fc.record({ x: anyRange, y: anyRange }),
    weights: numbers(n * n),
    bias: numbers(n),
    factors: fc.array(fc.tuple(factor, factor), { minLength: 1, maxLength: 3 }),
    bits: fc.integer({ min: 2, max: 12 }),
  });
});

describe.each([
  ['plain', null],
  ['lookup', 8],
] as const)('products in the %s argument', (_, rangeBits) => {
  it('of any factors are refused as unbounded, or legal and exact at every corner', () => {
    let [made, refused] = [0, 0];
    fc.assert(
      fc.property(anyProducts, (one) => {
        try {
          const circuit = productNet(one, rangeBits);
          legal(circuit, allCorners(circuit));
          made++;
        } catch (error) {
          if (!(error instanceof InferproofError && error.code === 'unbounded')) throw error;
          refused++;
        }
      }),
      { numRuns: 100 },
    );
    expect(made).toBeGreaterThan(25);
    expect(refused).toBeGreaterThan(0);
  });
});

describe('the circuits of the tests', () => {
  it.each([
    ['products', products()],
    ['products, look-ups', withLookups(products(), { rangeBits: 4, wide: [] })],
    ['products, wide', withLookups(products(), { rangeBits: 6, wide: clamps(products()) })],
    ['sigmoid and tanh', curves(8)],
    ['sigmoid and tanh, limbs', curves(3)],
    ['tanh between tails', withLookups(saturated(4), { rangeBits: 4, wide: [1] })],
  ])('%s: legal and exact at every corner', (_, circuit) => {
    legal(circuit, allCorners(circuit));
  });
});
