// Pictures read at coordinates: where the coordinates are constant every element is a row of weights; where they are live the weight of
// a cell is a function of how far the coordinate is from it, and sums of products along one axis after the other give the element.
import { mapBuilder } from '../../linear/builder.js';
import { gatherMap, scaleMap } from '../../linear/maps.js';
import { sizeOf, stridesOf } from '../../tensor.js';
import { broadcastIndices, lattice } from '../indexing.js';
import { cellsOf, folded, kernelOf, modeOf, placed, rowAt, type Sampling } from '../sampling.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { contracted } from '../sums.js';

/** https://onnx.ai/onnx/operators/onnx__AffineGrid.html : the places of a grid from -1 to 1, each moved by the matrix of its picture. */
const AffineGrid: Lowering = (site) => {
  const theta = site.input(0);
  const [batch, , ...dims] = site.constant(1, "'size'").data;
  const rank = dims.length;
  if (rank < 2 || rank > 3 || dims.some((dim) => dim < 1) || theta.shape.join() !== [batch, rank, rank + 1].join())
    site.refuse(`expected matrices of shape [N, 2, 3] and a size of 4, or [N, 3, 4] and one of 5, got [${theta.shape.join(', ')}] and ${rank + 2}`); // prettier-ignore
  const isAligned = site.int('align_corners', 0) !== 0;
  const shape = [batch, ...dims, rank];
  const builder = mapBuilder(site.size(shape));
  site.terms((rank + 1) * builder.bias.length);
  const part = builder.part(theta.id);
  const strides = stridesOf(dims);
  const along = (axis: number, p: number): number => {
    const [dim, i] = [dims[axis], Math.floor(p / strides[axis]) % dims[axis]];
    return isAligned ? (dim === 1 ? -1 : -1 + (2 * i) / (dim - 1)) : -1 + (2 * i + 1) / dim;
  };
  const columns = Int32Array.from({ length: rank + 1 }, (_, k) => k);
  const points = sizeOf(dims);
  for (let p = 0; p < points; p++) {
    // the last axis is x, the first coordinate
    const { shift, pattern, kernel } = part.form(columns, [...dims.map((_, k) => along(rank - 1 - k, p)), 1]);
    for (let n = 0; n < batch; n++)
      for (let k = 0; k < rank; k++)
        part.set((n * points + p) * rank + k, (n * rank + k) * (rank + 1) + shift, pattern, kernel);
  }
  return site.linear(builder.build(), shape, theta.dtype);
};

/** Products of all points of a live grid, at most. */
const MOST_PRODUCTS = 2 ** 22;

/** https://onnx.ai/onnx/operators/onnx__GridSample.html : the picture at each place that the grid names, from -1 to 1 along each axis. */
const GridSample: Lowering = (site) => {
  const [x, grid] = [site.floats(0), site.floats(1)];
  const [batch, channels, ...dims] = x.shape;
  const [rank, points] = [dims.length, grid.shape.slice(1, -1)];
  if (rank < 1 || grid.shape[0] !== batch || points.length !== rank || grid.shape.at(-1) !== rank)
    site.refuse(`expected a grid of shape [${batch}, ${rank} axes, ${rank}], got [${grid.shape.join(', ')}]`);
  const isAligned = site.int('align_corners', 0) !== 0;
  const how: Sampling = {
    mode: modeOf(site, site.string('mode', site.opset < 20 ? 'bilinear' : 'linear')),
    padding: site.string('padding_mode', 'zeros'),
    isAligned,
  };
  if (!['zeros', 'border', 'reflection'].includes(how.padding))
    site.refuse(`expected padding_mode zeros, border or reflection, got '${how.padding}'`);
  if (how.mode === 'cubic' && rank !== 2) site.refuse(`expected pictures of two axes in mode cubic, got ${rank}`);
  if (isAligned && how.padding === 'reflection' && dims.includes(1))
    site.refuse('expected axes of more than one element to reflect at, got one', "use padding_mode 'border'");
  const shape = [batch, channels, ...points];
  const count = sizeOf(points);
  site.size(shape);
  if (grid.constant !== null) return gathered(site, how, x, grid.constant, shape);
  const products = dims.reduce((sum, _, a) => sum + sizeOf(dims.slice(0, a + 1)), 0) * batch * channels * count;
  if (products > MOST_PRODUCTS)
    site.refuse(`expected at most ${MOST_PRODUCTS} products for a grid that depends on the input, got ${products}`, 'use a smaller picture or grid, or fix the grid when exporting'); // prettier-ignore

  // the last axis of the picture first: [N, C, rest, l] becomes [N, C, P, rest]
  let [of, isFirst] = [x, true];
  for (let axis = rank - 1; axis >= 0; axis--) {
    const length = dims[axis];
    const component = Int32Array.from({ length: batch * count }, (_, p) => p * rank + rank - 1 - axis);
    const [scale, rest] = placed(length, isAligned);
    const at = site.linear(scaleMap(gatherMap(grid.id, component), scale, rest), [batch * count], x.dtype);
    const weights = weightsOf(site, how, at, length);
    const others = dims.slice(0, axis);
    const own = [batch, channels, count, ...others];
    const inner = sizeOf(others) * length;
    const picture = [channels * (isFirst ? 1 : count) * inner, (isFirst ? 1 : count) * inner, isFirst ? 0 : inner];
    of = contracted(
      site,
      { of, outer: lattice(own, [...picture, ...stridesOf([...others, length]).slice(0, -1)]), inner: lattice([length], [1]) }, // prettier-ignore
      { of: weights, outer: lattice(own, [count * length, 0, length, ...others.map(() => 0)]), inner: lattice([length], [1]) }, // prettier-ignore
      own,
    );
    isFirst = false;
  }
  return site.reshape(of, shape);
};

/** The weight of each cell of an axis at each coordinate. */
function weightsOf(site: Site, how: Sampling, at: Operand, length: number): Operand {
  const count = sizeOf(at.shape);
  const { cells, to } = cellsOf(how, length);
  const bent = folded(site, how, at, length);
  const shape = [count, cells.length];
  site.size(shape);
  const spread = gatherMap(bent.id, broadcastIndices([count, 1], shape));
  const offsets = Float64Array.from({ length: count * cells.length }, (_, o) => -cells[o % cells.length]);
  const kernels = site.table(site.linear({ ...spread, bias: offsets }, shape, at.dtype), kernelOf(how)); // prettier-ignore
  const builder = mapBuilder(count * length);
  const part = builder.part(kernels.id);
  for (let k = 0; k < length; k++) {
    const own = [...cells.keys()].filter((c) => to[c] === k);
    const { shift, pattern, kernel } = part.form(own, new Float64Array(own.length).fill(1));
    for (let p = 0; p < count; p++) part.set(p * length + k, p * cells.length + shift, pattern, kernel);
  }
  return site.linear(builder.build(), [count, length], at.dtype);
}

/** Rows of weights, for a constant grid. */
function gathered(site: Site, how: Sampling, x: Operand, grid: Float64Array, shape: readonly number[]): Operand {
  const [batch, channels, ...dims] = x.shape;
  const [rank, count, plane] = [dims.length, sizeOf(shape.slice(2)), sizeOf(dims)];
  const strides = stridesOf(dims);
  const builder = mapBuilder(sizeOf(shape));
  site.terms((8 + 4 ** rank) * builder.bias.length);
  const part = builder.part(x.id);
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < count; p++) {
      let row = [{ at: 0, weight: 1 }];
      dims.forEach((dim, axis) => {
        const [scale, rest] = placed(dim, how.isAligned);
        const own = rowAt(how, scale * grid[(n * count + p) * rank + rank - 1 - axis] + rest, dim);
        row = row.flatMap(({ at, weight }) => own.map((one) => ({ at: at + one.at * strides[axis], weight: weight * one.weight }))); // prettier-ignore
      });
      const { shift, pattern, kernel } = part.form(row.map(({ at }) => at), row.map(({ weight }) => weight)); // prettier-ignore
      for (let c = 0; c < channels; c++)
        part.set((n * channels + c) * count + p, (n * channels + c) * plane + shift, pattern, kernel);
    }
  return site.linear(builder.build(), shape, x.dtype);
}

export const GRID: readonly Operator[] = [
  { op: 'AffineGrid', since: 20, inputs: [2, 2], outputs: 1, lower: AffineGrid },
  { op: 'GridSample', since: 16, inputs: [2, 2], outputs: 1, lower: GridSample },
];
