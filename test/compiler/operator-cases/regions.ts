// Random nodes that read regions of pictures.
import { maybe, type CaseOf } from './case.js';

const RoiAlign: CaseOf = (c) => {
  const [batch, height, width, count] = [c.random.int(1, 2), c.random.int(3, 6), c.random.int(3, 6), c.random.int(1, 3)]; // prettier-ignore
  const rois = Array.from({ length: count }, () => {
    const [left, top] = [c.random.between(0, width / 2), c.random.between(0, height / 2)];
    return [left, top, left + c.random.between(0.5, width / 2), top + c.random.between(0.5, height / 2)];
  });
  const pictures = Array.from({ length: count }, () => c.random.int(0, batch - 1));
  const modes = ['half_pixel', 'output_half_pixel'];
  return {
    in: [c.live([batch, c.random.int(1, 2), height, width]), c.constant([count, 4], rois.flat()), c.integers(pictures)],
    attributes: {
      mode: maybe(c, () => c.random.pick(['avg', 'max'])),
      output_height: maybe(c, () => c.random.int(1, 3)),
      output_width: maybe(c, () => c.random.int(1, 3)),
      sampling_ratio: maybe(c, () => c.random.int(0, 2)),
      spatial_scale: maybe(c, () => ({ float: c.random.pick([0.5, 1]) })),
      coordinate_transformation_mode: c.opset < 16 ? undefined : maybe(c, () => c.random.pick(modes)),
    },
  };
};

export const REGIONS: Readonly<Record<string, CaseOf>> = { RoiAlign };
