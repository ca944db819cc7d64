// Operators that make one value of many by magnitudes, squares and products.
import { mapBuilder } from '../../linear/builder.js';
import { point } from '../../recipes/functions.js';
import type { GroupsOwn } from '../../recipes/groups.js';
import { norm } from '../../recipes/norm.js';
import { isFloat, sizeOf } from '../../tensor.js';
import { magnitude } from '../extremum.js';
import { axisOf, groupsAlong } from '../indexing.js';
import { poolGroups } from '../pooled.js';
import { groupsOf, reduced, summed, type Reduction } from '../reduced.js';
import { withSquares } from '../radicands.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { contracted, product, times, weightedSum } from '../sums.js';

/** https://onnx.ai/onnx/operators/onnx__ReduceL1.html : the sum of magnitudes over some axes. */
const ReduceL1: Lowering = (site) => {
  const of = reduced(site, 18);
  return summed(site, { ...of, x: magnitude(site, of.x) }, 1);
};

/** https://onnx.ai/onnx/operators/onnx__ReduceSumSquare.html : the sum of squares over some axes. */
const ReduceSumSquare: Lowering = (site) => withSquares(squared(site, reduced(site, 18)));

/** https://onnx.ai/onnx/operators/onnx__ReduceL2.html : the root of the sum of squares over some axes. */
const ReduceL2: Lowering = (site) => {
  const of = { ...reduced(site, 18), x: site.floats(0) };
  if (of.length === 0) return site.tensor(of.x.dtype, of.shape, new Float64Array(site.size(of.shape)));
  if (of.length === 1) return site.gather(magnitude(site, of.x), of.starts, of.shape);
  site.gadgets(2 * sizeOf(of.x.shape));
  return site.step(norm, [of.x], groupsOf(of.starts, of.offsets), of.shape, of.x.dtype);
};

function squared(site: Site, { x, shape, starts, offsets, length }: Reduction): Operand {
  if (length === 0) return site.tensor(x.dtype, shape, new Float64Array(site.size(shape)));
  const reads = { of: x, outer: starts, inner: offsets };
  return contracted(site, reads, reads, shape);
}

/** https://onnx.ai/onnx/operators/onnx__LpPool.html : the norm of each window: the sum of its magnitudes to the p, to the 1 / p. */
const LpPool: Lowering = (site) => {
  const x = site.floats(0);
  const { groups, shape } = poolGroups(site, x);
  return normed(site, x, groups, shape);
};

/** https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html : the norm of each channel. */
const GlobalLpPool: Lowering = (site) => {
  const x = site.floats(0);
  if (x.shape.length < 3) site.refuse(`expected a rank from 3, got ${x.shape.length}`);
  const [batch, channels] = x.shape;
  site.gadgets(site.size(x.shape));
  const groups = groupsAlong([batch * channels, sizeOf(x.shape.slice(2))], 1);
  return normed(site, x, groups, [batch, channels, ...x.shape.slice(2).map(() => 1)]);
};

function normed(site: Site, x: Operand, groups: GroupsOwn, shape: readonly number[]): Operand {
  const p = site.int('p', 2);
  if (p < 1) site.refuse(`expected attribute 'p' from 1, got ${p}`, 'the node is not valid ONNX');
  if (p > 2) {
    // the norm of |x|^(p / 2), which is precise where it is small, to the 2 / p
    const bent = site.table(p % 2 === 0 ? x : magnitude(site, x), point('power', p / 2));
    return site.table(site.step(norm, [bent], groups, shape, x.dtype), point('power', 2 / p));
  }
  if (p === 2) return site.step(norm, [x], groups, shape, x.dtype);
  const { starts, members } = groups;
  site.terms(members.length);
  const builder = mapBuilder(starts.length - 1);
  const sizes = magnitude(site, x);
  const part = builder.part(sizes.id);
  for (let g = 0; g + 1 < starts.length; g++)
    part.row(g, members.subarray(starts[g], starts[g + 1]), new Float64Array(starts[g + 1] - starts[g]).fill(1));
  return site.linear(builder.build(), shape, x.dtype);
}

/** https://onnx.ai/onnx/operators/onnx__LRN.html : X / (bias + alpha / size Σ X²)^beta, the sum over channels beside each. */
const LRN: Lowering = (site) => {
  const x = site.floats(0);
  const [alpha, beta, bias] = [site.float('alpha', 1e-4), site.float('beta', 0.75), site.float('bias', 1)];
  const size = site.int('size', 0);
  if (x.shape.length < 2 || !(size >= 1)) site.refuse(`expected a rank from 2 and a size from 1, got ${x.shape.length} and ${size}`); // prettier-ignore
  const [channels, plane] = [x.shape[1], sizeOf(x.shape.slice(2))];
  const squares = product(site, x, x);
  const builder = mapBuilder(site.size(x.shape));
  site.terms(builder.bias.length * Math.min(size, channels));
  const part = builder.part(squares.id);
  for (let o = 0; o < builder.bias.length; o++) {
    const c = Math.floor(o / plane) % channels;
    const from = Math.max(c - Math.floor((size - 1) / 2), 0);
    const to = Math.min(c + Math.ceil((size - 1) / 2), channels - 1);
    const near = Int32Array.from({ length: to - from + 1 }, (_, k) => o + (from + k - c) * plane);
    part.row(o, near, new Float64Array(near.length).fill(alpha / size));
    builder.bias[o] = bias;
  }
  const base = site.linear(builder.build(), x.shape, x.dtype);
  return product(site, x, site.table(base, point('power', -beta)));
};

/** https://onnx.ai/onnx/operators/onnx__ReduceProd.html : the product over some axes. */
const ReduceProd: Lowering = (site) => {
  const { x, shape, starts, offsets, length } = reduced(site, 18);
  if (length === 0) return site.tensor(x.dtype, shape, new Float64Array(site.size(shape)).fill(1));
  site.size([starts.length, length]);
  const factors = Array.from(offsets, (offset) => site.gather(x, starts.map((start) => start + offset), shape)); // prettier-ignore
  return productOf(site, factors);
};

/**
 * https://onnx.ai/onnx/operators/onnx__CumProd.html : products of the elements up to each along an axis, from either end. Each one is
 * the one before it times an element.
 */
const CumProd: Lowering = (site) => {
  const x = site.input(0);
  const given = site.constant(1, "'axis'").data;
  if (given.length !== 1) site.refuse(`expected one 'axis', got ${given.length}`);
  const axis = axisOf(site, given[0], x.shape.length);
  const [isExclusive, isReversed] = [site.int('exclusive', 0) !== 0, site.int('reverse', 0) !== 0];
  const [length, inner] = [x.shape[axis], sizeOf(x.shape.slice(axis + 1))];
  const lines = site.size(x.shape) / length;
  const at = (k: number): Int32Array => Int32Array.from({ length: lines }, (_, l) => (Math.floor(l / inner) * length + k) * inner + (l % inner)); // prettier-ignore
  const part = (k: number): Operand => site.gather(x, at(isReversed ? length - 1 - k : k), [lines]);
  let last = isExclusive ? site.tensor(x.dtype, [lines], new Float64Array(lines).fill(1)) : part(0);
  const products = [last];
  for (let k = 1; k < length; k++) {
    const next = times(site, last, part(isExclusive ? k - 1 : k));
    products.push(next);
    last = k % LEVELS === 0 && k + 1 < length ? rounded(site, next, String(k)) : next;
  }
  if (isReversed) products.reverse();
  const builder = mapBuilder(lines * length);
  products.forEach((of, k) => {
    const from = builder.part(of.id);
    const [pattern, kernel] = [from.pattern(Int32Array.of(0)), from.kernel(Float64Array.of(1))];
    at(k).forEach((o, l) => from.set(o, l, pattern, kernel));
  });
  return site.linear(builder.build(), x.shape, x.dtype);
};

/** Levels of products that no rounding is needed between: four factors of the usual bits are below what is exact. */
const LEVELS = 2;
/** Bits of what is rounded between them, beyond the usual ones. */
const FINER = 2;

/** Of tensors of one shape, pair by pair. Floats are rounded to what data shows of them after every second level. */
function productOf(site: Site, factors: readonly Operand[]): Operand {
  let level = factors;
  for (let depth = 1; level.length > 1; depth++) {
    const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => level.slice(2 * i, 2 * i + 2));
    const rounds = depth % LEVELS === 0 && pairs.length > 1;
    level = pairs.map((pair, i) => {
      if (pair.length === 1) return pair[0];
      const whole = times(site, pair[0], pair[1]);
      return rounds ? rounded(site, whole, `${depth}.${i}`) : whole;
    });
  }
  return level[0];
}

/** The same number; floats in steps of their own. Integers stay exact. */
const rounded = (site: Site, x: Operand, name: string): Operand =>
  isFloat(x.dtype) && x.constant === null
    ? site.inGroup({ name: `product ${name}`, within: null, finer: FINER }).table(x, point('identity'))
    : x;

/** Rows of a determinant that is written out, at most. */
const MOST_ROWS = 4;

/** https://onnx.ai/onnx/operators/onnx__Det.html : of matrices of up to 4 rows, by their minors. */
const Det: Lowering = (site) => {
  const x = site.input(0);
  const [rows, columns] = x.shape.slice(-2);
  if (x.shape.length < 2 || rows !== columns || rows > MOST_ROWS)
    site.refuse(`expected square matrices of at most ${MOST_ROWS} rows, got [${x.shape.join(', ')}]`, 'compute it outside the proof'); // prettier-ignore
  const shape = x.shape.slice(0, -2);
  const count = site.size(shape);
  const element = (i: number, j: number): Operand => site.gather(x, Int32Array.from({ length: count }, (_, n) => (n * rows + i) * rows + j), shape); // prettier-ignore
  const known = new Map<string, Operand>();
  /** Of the last rows and some columns: expanded along the first of these rows. */
  const minor = (left: readonly number[]): Operand => {
    const made = known.get(left.join());
    if (made !== undefined) return made;
    const row = rows - left.length;
    const terms = left.map((j, k) =>
      left.length === 1 ? element(row, j) : times(site, element(row, j), minor(left.toSpliced(k, 1))),
    );
    const sum = weightedSum(site, terms, terms.map((_, k) => (k % 2 === 0 ? 1 : -1))); // prettier-ignore
    known.set(left.join(), sum);
    return sum;
  };
  return minor([...Array(rows).keys()]);
};

const single = (op: string, lower: Lowering): readonly Operator[] => [
  { op, since: 1, inputs: [1, 1], outputs: 1, lower },
  { op, since: 18, inputs: [1, 2], outputs: 1, lower },
];

export const POWERS: readonly Operator[] = [
  { op: 'CumProd', since: 26, inputs: [2, 2], outputs: 1, lower: CumProd },
  { op: 'Det', since: 11, inputs: [1, 1], outputs: 1, lower: Det },
  { op: 'GlobalLpPool', since: 2, inputs: [1, 1], outputs: 1, lower: GlobalLpPool },
  { op: 'LRN', since: 1, inputs: [1, 1], outputs: 1, lower: LRN },
  { op: 'LpPool', since: 2, inputs: [1, 1], outputs: 1, lower: LpPool },
  ...single('ReduceL1', ReduceL1),
  ...single('ReduceL2', ReduceL2),
  ...single('ReduceProd', ReduceProd),
  ...single('ReduceSumSquare', ReduceSumSquare),
];
