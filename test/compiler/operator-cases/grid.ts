// Random nodes that read pictures at coordinates.
import { maybe, shapeOf, type CaseOf } from './case.js';

const AffineGrid: CaseOf = (c) => {
  const [batch, rank] = [c.random.int(1, 2), c.random.int(2, 3)];
  const size = [batch, c.random.int(1, 2), ...shapeOf(c, rank, rank).map((dim) => dim + 1)];
  return { in: [c.live([batch, rank, rank + 1]), c.integers(size)], attributes: { align_corners: maybe(c, () => c.random.int(0, 1)) } }; // prettier-ignore
};

const GridSample: CaseOf = (c) => {
  const rank = c.opset >= 20 && c.random.chance(0.3) ? 3 : 2;
  const names = c.opset < 20 ? ['bilinear', 'nearest', 'bicubic'] : rank === 3 ? ['linear', 'nearest'] : ['linear', 'nearest', 'cubic']; // prettier-ignore
  const shape = [c.random.int(1, 2), c.random.int(1, 2), ...shapeOf(c, rank, rank).map((dim) => dim + 1)];
  return {
    in: [c.either(shape), c.either([shape[0], ...shapeOf(c, rank, rank, 3), rank])],
    attributes: {
      align_corners: maybe(c, () => c.random.int(0, 1)),
      mode: maybe(c, () => c.random.pick(names)),
      padding_mode: maybe(c, () => c.random.pick(['zeros', 'border', 'reflection'])),
    },
  };
};

export const GRID: Readonly<Record<string, CaseOf>> = { AffineGrid, GridSample };
