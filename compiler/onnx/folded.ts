// Functions of two constants, element by element.
import { exact } from './arithmetic.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import type { Operand, Site } from './site.js';

/** f of two constants, element by element; null where one is live. */
export function folded(site: Site, a: Operand, b: Operand, f: (x: number, y: number) => number): Operand | null {
  const [x, y] = [a.constant, b.constant];
  if (x === null || y === null) return null;
  [a, b].forEach(({ dtype }, i) => exact({ dtype, data: [x, y][i] }));
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.size(shape);
  const [atA, atB] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
  return site.computed(
    a.dtype,
    shape,
    Float64Array.from(atA, (i, o) => f(x[i], y[atB[o]])),
  );
}
