// Regions of pictures: where they are constant, each element of a region is a row of weights, or a maximum.
import { mapBuilder } from '../../linear/builder.js';
import type { GroupsOwn } from '../../recipes/groups.js';
import { realMax } from '../../recipes/max.js';
import { sizeOf } from '../../tensor.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';

interface Region {
  readonly picture: number;
  /** Its ends, as floats of the file: left, top, right, bottom. */
  readonly ends: readonly number[];
}

function regionsOf(
  site: Site,
  i: number,
  columns: number,
  pictures: (r: number, row: readonly number[]) => number,
  batch: number,
): Region[] {
  // prettier-ignore
  const { shape, data } = site.constant(i, "the regions 'rois'");
  if (shape.length !== 2 || shape[1] !== columns) site.refuse(`expected regions of ${columns} numbers, got [${shape.join(', ')}]`); // prettier-ignore
  return Array.from({ length: shape[0] }, (_, r) => {
    const row = [...data.subarray(r * columns, (r + 1) * columns)];
    const picture = pictures(r, row);
    if (!Number.isInteger(picture) || picture < 0 || picture >= batch)
      site.refuse(`expected a region of one of ${batch} pictures, got ${picture}`);
    return { picture, ends: row.slice(-4) };
  });
}

/** A place of a picture as four of its elements, each with its weight; none where it lies outside. */
function corners(
  y: number,
  x: number,
  height: number,
  width: number,
): { readonly at: number; readonly weight: number }[] {
  if (y < -1 || y > height || x < -1 || x > width) return [];
  const along = (v: number, size: number): { readonly i: number; readonly weight: number }[] => {
    const inside = Math.min(Math.max(v, 0), size - 1);
    const low = Math.min(Math.floor(inside), size - 1);
    return [
      { i: low, weight: 1 - (inside - low) },
      { i: Math.min(low + 1, size - 1), weight: inside - low },
    ];
  };
  return along(y, height).flatMap((a) => along(x, width).map((b) => ({ at: a.i * width + b.i, weight: a.weight * b.weight }))); // prettier-ignore
}

/** https://onnx.ai/onnx/operators/onnx__RoiAlign.html : the average of samples of each part of a region, or the largest of what they are made of. */
const RoiAlign: Lowering = (site) => {
  const x = site.floats(0);
  const indices = site.constant(2, "'batch_indices'").data;
  const [batch, channels, height, width] = x.shape;
  if (x.shape.length !== 4) site.refuse(`expected pictures of rank 4, got ${x.shape.length}`);
  const regions = regionsOf(site, 1, 4, (r) => indices[r], batch);
  const mode = site.string('mode', 'avg');
  if (mode !== 'avg' && mode !== 'max') site.refuse(`expected mode avg or max, got '${mode}'`);
  const [rows, columns, ratio] = [site.int('output_height', 1), site.int('output_width', 1), site.int('sampling_ratio', 0)]; // prettier-ignore
  const coordinates =
    site.opset < 16 ? 'output_half_pixel' : site.string('coordinate_transformation_mode', 'half_pixel');
  if (coordinates !== 'half_pixel' && coordinates !== 'output_half_pixel')
    site.refuse(`expected coordinate_transformation_mode half_pixel or output_half_pixel, got '${coordinates}'`);
  if (!(rows >= 1 && columns >= 1 && ratio >= 0)) site.refuse(`expected parts from 1, got ${rows} by ${columns} of ${ratio} samples`); // prettier-ignore
  const [scale, isHalf] = [site.float('spatial_scale', 1), coordinates === 'half_pixel'];
  const shape = [regions.length, channels, rows, columns];
  const parts = regions.flatMap(({ picture, ends }) => {
    const [left, top, right, bottom] = ends.map((end) => end * scale - (isHalf ? 0.5 : 0));
    const [wide, high] = [right - left, bottom - top].map((size) => (isHalf ? size : Math.max(size, 1)));
    const [down, across] = [high / rows, wide / columns];
    const [samplesY, samplesX] = [down, across].map((size) => (ratio > 0 ? ratio : Math.max(Math.ceil(size), 0)));
    site.size([rows, columns, samplesY, samplesX]);
    site.terms(32 * rows * columns * samplesY * samplesX * channels);
    return Array.from({ length: rows * columns }, (_, p) => {
      const [i, j] = [Math.floor(p / columns), p % columns];
      const samples = Array.from({ length: samplesY * samplesX }, (__, s) => {
        const y = top + i * down + ((Math.floor(s / samplesX) + 0.5) * down) / samplesY;
        return corners(y, left + j * across + (((s % samplesX) + 0.5) * across) / samplesX, height, width);
      });
      return { picture, samples };
    });
  });
  site.size(shape);
  return mode === 'avg' ? averages(site, x, parts, shape) : largest(site, x, parts, shape);
};

interface Part {
  readonly picture: number;
  readonly samples: readonly (readonly { readonly at: number; readonly weight: number }[])[];
}

/** The parts of each region, for every channel: its number among all elements, and where its plane begins. */
function each(
  parts: readonly Part[],
  [, channels, rows, columns]: readonly number[],
  plane: number,
  f: (part: Part, o: number, start: number) => void,
): void {
  // prettier-ignore
  parts.forEach((part, k) => {
    const [region, p] = [Math.floor(k / rows / columns), k % (rows * columns)];
    for (let c = 0; c < channels; c++) f(part, (region * channels + c) * rows * columns + p, (part.picture * channels + c) * plane); // prettier-ignore
  });
}

function averages(site: Site, x: Operand, parts: readonly Part[], shape: readonly number[]): Operand {
  const builder = mapBuilder(sizeOf(shape));
  const own = builder.part(x.id);
  each(parts, shape, sizeOf(x.shape.slice(2)), ({ samples }, o, start) => {
    const all = samples.flat();
    own.row(o, all.map(({ at }) => start + at), all.map(({ weight }) => weight / samples.length)); // prettier-ignore
  });
  return site.linear(builder.build(), shape, x.dtype);
}

/** As onnxruntime has it: of each sample the largest of its four terms. */
function largest(site: Site, x: Operand, parts: readonly Part[], shape: readonly number[]): Operand {
  if (parts.some(({ samples }) => samples.length === 0 || samples.some((sample) => sample.length === 0)))
    site.refuse('expected regions inside their picture in mode max, got one that is not', "use mode 'avg'");
  const lists: { readonly o: number; readonly terms: readonly { readonly at: number; readonly weight: number }[] }[] = []; // prettier-ignore
  each(parts, shape, sizeOf(x.shape.slice(2)), ({ samples }, o, start) =>
    lists.push({ o, terms: samples.flat().map(({ at, weight }) => ({ at: start + at, weight })) }),
  );
  lists.sort((a, b) => a.o - b.o);
  const total = lists.reduce((sum, { terms }) => sum + terms.length, 0);
  site.gadgets(site.size([total]));
  const builder = mapBuilder(total);
  const own = builder.part(x.id);
  const starts = new Int32Array(lists.length + 1);
  let m = 0;
  lists.forEach(({ terms }, g) => {
    terms.forEach(({ at, weight }) => own.row(m++, [at], [weight]));
    starts[g + 1] = m;
  });
  const terms = site.linear(builder.build(), [total], x.dtype);
  const groups: GroupsOwn = { starts, members: Int32Array.from({ length: total }, (_, i) => i) };
  return site.step(realMax, [terms], groups, shape, x.dtype);
}

export const REGIONS: readonly Operator[] = [
  { op: 'RoiAlign', since: 10, inputs: [3, 3], outputs: 1, lower: RoiAlign },
];
