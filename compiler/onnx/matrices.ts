// Products of matrices, a constant one or two live ones: every element is one row of a linear map, or a sum of products.
import { mapBuilder, type RowForm } from '../linear/builder.js';
import type { LinearMap } from '../linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import { broadcastIndices, broadcastShape, lattice } from './indexing.js';
import type { Operand, Site } from './site.js';
import { contracted, type Reads } from './sums.js';

/** alpha A' B' + beta C, any of them live; whether A and B are turned is read from the node. */
export function gemmOf(site: Site, a: Operand, b: Operand, c: Operand | null, alpha: number, beta: number): Operand {
  const [transA, transB] = [site.int('transA', 0) !== 0, site.int('transB', 0) !== 0];
  if (a.shape.length !== 2 || b.shape.length !== 2)
    site.refuse(`expected two matrices, got ranks ${a.shape.length} and ${b.shape.length}`);
  const [rows, depth] = transA ? a.shape.toReversed() : a.shape;
  const [depthB, columns] = transB ? b.shape.toReversed() : b.shape;
  if (depth !== depthB) site.refuse(`expected ${depth} rows of 'B', got ${depthB}`);
  const shape = [rows, columns];
  const product = multiplied(site, shape, {
    a: { of: a, starts: Int32Array.of(0), row: transA ? 1 : depth, column: transA ? rows : 1 },
    b: { of: b, starts: Int32Array.of(0), row: transB ? 1 : columns, column: transB ? depth : 1 },
    depth,
    alpha,
  });
  if (c === null) return product;
  if (broadcastShape(site, [c.shape, shape]).join() !== shape.join())
    site.refuse(`expected 'C' to broadcast to [${shape.join(', ')}], got [${c.shape.join(', ')}]`);
  const bias = scaleMap(gatherMap(c.id, broadcastIndices(c.shape, shape)), beta);
  return site.linear(addMaps([identityMap(product.id, bias.size), bias]), shape, a.dtype);
}

/** numpy.matmul, either of them live or both. */
export function matmulOf(site: Site, a: Operand, b: Operand): Operand {
  if (a.shape.length === 0 || b.shape.length === 0) site.refuse('expected vectors or matrices, got a scalar');
  const shapeA = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const shapeB = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [rows, depth] = shapeA.slice(-2);
  const [depthB, columns] = shapeB.slice(-2);
  if (depth !== depthB) site.refuse(`expected inner dimensions that agree, got ${depth} and ${depthB}`);
  const batch = broadcastShape(site, [shapeA.slice(0, -2), shapeB.slice(0, -2)]);
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [rows]), ...(b.shape.length === 1 ? [] : [columns])];
  const starts = (own: readonly number[]): Int32Array =>
    broadcastIndices(own.slice(0, -2), batch).map((s) => s * sizeOf(own.slice(-2)));
  const product = multiplied(site, [...batch, rows, columns], {
    a: { of: a, starts: starts(shapeA), row: depth, column: 1 },
    b: { of: b, starts: starts(shapeB), row: columns, column: 1 },
    depth,
    alpha: 1,
  });
  return site.reshape(product, shape);
}

/** Matrices inside a tensor: where each begins, and how far its rows and its columns are apart. */
interface Matrices {
  readonly of: Operand;
  readonly starts: Int32Array;
  readonly row: number;
  readonly column: number;
}

interface Factors {
  readonly a: Matrices;
  readonly b: Matrices;
  readonly depth: number;
  readonly alpha: number;
}

/** alpha A B */
function multiplied(site: Site, shape: readonly number[], factors: Factors): Operand {
  const { a, b, depth, alpha } = factors;
  if (a.of.constant !== null || b.of.constant !== null)
    return site.linear(weighted(site, shape, factors), shape, a.of.dtype);
  const [rows, columns] = shape.slice(-2);
  const reads = ({ of, starts }: Matrices, step: number, strides: readonly number[]): Reads => ({
    of,
    outer: Int32Array.from(Array.from(starts, (start) => Array.from(lattice([rows, columns], strides), (i) => start + i)).flat()), // prettier-ignore
    inner: lattice([depth], [step]),
  });
  const product = contracted(site, reads(a, a.column, [a.row, 0]), reads(b, b.row, [0, b.column]), shape);
  return alpha === 1
    ? product
    : site.linear(scaleMap(identityMap(product.id, sizeOf(shape)), alpha), shape, a.of.dtype);
}

/** alpha A B, one of them constant. */
function weighted(site: Site, shape: readonly number[], { a, b, depth, alpha }: Factors): LinearMap {
  const [rows, columns] = shape.slice(-2);
  const builder = mapBuilder(site.size(shape));
  site.terms(2 * builder.bias.length * depth);
  // The live side is x; the other one gives a form for each of its rows (or columns), whatever the place in x.
  const isLeft = b.of.constant !== null;
  const x = isLeft ? a : b;
  const weights = (isLeft ? b.of : a.of).constant ?? [];
  const step = isLeft ? b.row : a.column;
  const part = builder.part(x.of.id);
  const offsets = Int32Array.from({ length: depth }, (_, k) => k * (isLeft ? a.column : b.row));
  const forms = new Map<number, RowForm>();
  const formAt = (start: number): RowForm => {
    const known = forms.get(start);
    if (known !== undefined) return known;
    const form = part.form(
      offsets,
      Float64Array.from({ length: depth }, (_, k) => alpha * weights[start + k * step]),
    );
    forms.set(start, form);
    return form;
  };
  for (let s = 0, o = 0; s < a.starts.length; s++)
    for (let m = 0; m < rows; m++)
      for (let n = 0; n < columns; n++, o++) {
        const [inA, inB] = [a.starts[s] + m * a.row, b.starts[s] + n * b.column];
        const { shift, pattern, kernel } = formAt(isLeft ? inB : inA);
        part.set(o, (isLeft ? inA : inB) + shift, pattern, kernel);
      }
  site.macs(builder.bias.length * depth);
  return builder.build();
}
