// Pictures of another size: every element is a row of weights, the product of those of its axes.
import { greatest, least } from '../../extremes.js';
import { mapBuilder } from '../../linear/builder.js';
import { stridesOf } from '../../tensor.js';
import { axesOf, axisIndices } from '../indexing.js';
import { checkResampling, reachOf, rowsOf, type Axis, type Resampling, type Row } from '../resampling.js';
import type { Lowering, Operator, Result, Site } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx__Upsample.html : Resize as it was before opset 10. */
const Upsample: Lowering = (site) => {
  if (site.opset >= 10)
    site.refuse('expected Resize since opset 10, got Upsample', "rename it, with coordinate_transformation_mode 'asymmetric' and nearest_mode 'floor'"); // prettier-ignore
  const x = site.result(0);
  const given = site.opset < 9 ? site.attribute('scales') : [...site.constant(1, "'scales'").data];
  const scales = Array.isArray(given) ? given.map((v) => Math.fround(Number(v))) : [];
  if (scales.some((scale) => scale < 1)) site.refuse(`expected scales from 1, got [${scales.join(', ')}]`);
  return resized(site, x, simple(site), byScales(site, x.shape, [...x.shape.keys()], scales), 0);
};

/** Before the coordinates and the roundings had names. */
const simple = (site: Site): Resampling => ({
  mode: modeOf(site),
  coordinates: 'asymmetric',
  rounding: 'simple',
  a: -0.75,
  isAntialiased: false,
  excludesOutside: false,
});

const modeOf = (site: Site): Resampling['mode'] => site.string('mode', 'nearest') as Resampling['mode']; // checked with the others

/** https://onnx.ai/onnx/operators/onnx__Resize.html : by scales or to sizes, along some axes. */
const Resize: Lowering = (site) => {
  const x = site.result(0);
  if (site.opset < 11) {
    const scales = [...site.constant(1, "'scales'").data];
    return resized(site, x, simple(site), byScales(site, x.shape, [...x.shape.keys()], scales), 0);
  }
  const how: Resampling = {
    mode: modeOf(site),
    coordinates: site.string('coordinate_transformation_mode', 'half_pixel'),
    rounding: site.string('nearest_mode', 'round_prefer_floor'),
    a: site.float('cubic_coeff_a', -0.75),
    isAntialiased: site.int('antialias', 0) !== 0,
    excludesOutside: site.int('exclude_outside', 0) !== 0,
  };
  const axes = axesOf(site, site.ints('axes') ?? [...x.shape.keys()], x.shape.length);
  const list = (i: number, name: string): readonly number[] =>
    [...((site.opset < 13 && i < 3 ? site.constant(i, name) : site.optionalConstant(i, name))?.data ?? [])]; // prettier-ignore
  const [scales, sizes] = [list(2, "'scales'"), list(3, "'sizes'")];
  const policy = site.string('keep_aspect_ratio_policy', 'stretch');
  if ((scales.length === 0) === (sizes.length === 0)) site.refuse("expected 'scales' or 'sizes', got both or neither");
  const all = scales.length > 0 ? byScales(site, x.shape, axes, scales) : bySizes(site, x.shape, axes, sizes, policy);
  const byEnds = how.coordinates === 'align_corners' || how.coordinates === 'tf_crop_and_resize';
  if (byEnds && all.some(({ from, to, scale }) => Math.abs(scale * from - to) > 1e-4))
    site.refuse(
      `expected scales that give whole sizes under ${how.coordinates}, got [${scales.join(', ')}]`,
      "give 'sizes': runtimes disagree on where the last element lies",
    );
  const value = site.float('extrapolation_value', 0);
  if (how.coordinates !== 'tf_crop_and_resize') return resized(site, x, how, all, value);
  const roi = list(1, "'roi'");
  if (roi.length !== 2 * axes.length) site.refuse(`expected ${2 * axes.length} numbers of 'roi', got ${roi.length}`);
  const cropped = all.map((axis, a): Axis => {
    const i = axes.indexOf(a);
    return i === -1 ? axis : { ...axis, crop: [roi[i], roi[i + axes.length]] };
  });
  const isSame = cropped.every(({ from, to }) => from === to);
  if (cropped.some(({ scale, crop: [start, end] }) => (isSame || scale === 1) && (start !== 0 || end !== 1)))
    site.refuse('expected a crop of axes that change their size, got one that keeps it', 'crop it with Slice: onnxruntime leaves such an axis whole'); // prettier-ignore
  return resized(site, x, how, cropped, value);
};

const whole = (from: number): Axis => ({ from, to: from, scale: 1, crop: [0, 1] });

function byScales(site: Site, shape: readonly number[], axes: readonly number[], scales: readonly number[]): Axis[] {
  if (scales.length !== axes.length || !scales.every((scale) => scale > 0 && scale < Infinity))
    site.refuse(`expected ${axes.length} positive scales, got [${scales.join(', ')}]`);
  return shape.map((from, a) => {
    const scale = scales[axes.indexOf(a)] ?? 1;
    return { ...whole(from), scale, to: Math.floor(Math.fround(scale * from)) };
  });
}

/** To sizes; where the ratio is kept they are a box that the result fits into, or covers. */
function bySizes(
  site: Site,
  shape: readonly number[],
  axes: readonly number[],
  sizes: readonly number[],
  policy: string,
): Axis[] {
  if (sizes.length !== axes.length || sizes.some((size) => size < 1))
    site.refuse(`expected ${axes.length} sizes from 1, got [${sizes.join(', ')}]`);
  const ratios = axes.map((a, i) => Math.fround(sizes[i] / shape[a]));
  const kept: Readonly<Record<string, number | null>> = {
    stretch: null,
    not_larger: least(ratios),
    not_smaller: greatest(ratios),
  };
  if (!Object.hasOwn(kept, policy))
    site.refuse(`expected keep_aspect_ratio_policy ${Object.keys(kept).join(', ')}, got '${policy}'`);
  return shape.map((from, a) => {
    const i = axes.indexOf(a);
    if (i === -1) return whole(from);
    const scale = kept[policy] ?? ratios[i];
    return {
      ...whole(from),
      scale,
      to: kept[policy] === null ? sizes[i] : Math.floor(Math.fround(scale * from) + 0.5),
    };
  });
}

function resized(site: Site, x: Result, how: Resampling, axes: readonly Axis[], value: number): Result {
  checkResampling(site, how);
  const shape = axes.map(({ to }) => to);
  if (x.shape.some((dim) => dim === 0) || shape.some((dim) => dim < 1))
    site.refuse(`expected sizes from 1, got [${shape.join(', ')}]`);
  const isCrop = how.coordinates === 'tf_crop_and_resize';
  // as onnxruntime has it, whatever the scales: where no size changes, nothing does
  if (shape.join() === x.shape.join()) return site.move(x, null, shape);
  const size = site.size(shape);
  site.terms(4 * axes.reduce((sum, axis) => sum + axis.to * 2 * Math.min(reachOf(how, axis), axis.from), 0));
  const rows = axes.map((axis) => rowsOf(how, axis));
  if (how.mode === 'nearest') {
    const indices = axisIndices(x.shape, rows.map((row) => Int32Array.from(row, (one) => one?.at[0] ?? -1))); // prettier-ignore
    return isCrop ? site.gather(site.input(0), indices, shape, value) : site.move(x, indices, shape);
  }
  site.terms(8 * rows.reduce((n, row) => n * row.reduce((sum, one) => sum + (one?.at.length ?? 0), 0), 1));
  const builder = mapBuilder(size);
  const { id, dtype } = site.input(0);
  const part = builder.part(id);
  products(rows, stridesOf(x.shape)).forEach((row, o) => {
    if (row === null) builder.bias[o] = value;
    else part.row(o, row.at, row.weights);
  });
  return site.linear(builder.build(), shape, dtype);
}

/** For each element of the result, the rows of its coordinates multiplied. */
function products(rows: readonly (readonly Row[])[], strides: readonly number[]): Row[] {
  let all: Row[] = [{ at: [0], weights: [1] }];
  rows.forEach((axis, a) => {
    all = all.flatMap((one) =>
      axis.map((row): Row => {
        if (one === null || row === null) return null;
        return {
          at: one.at.flatMap((start) => row.at.map((i) => start + i * strides[a])),
          weights: one.weights.flatMap((weight) => row.weights.map((w) => weight * w)),
        };
      }),
    );
  });
  return all;
}

export const RESIZE: readonly Operator[] = [
  { op: 'Resize', since: 10, inputs: [2, 2], outputs: 1, lower: Resize },
  { op: 'Resize', since: 11, inputs: [3, 4], outputs: 1, lower: Resize },
  { op: 'Resize', since: 13, inputs: [1, 4], outputs: 1, lower: Resize },
  { op: 'Upsample', since: 7, inputs: [1, 1], outputs: 1, lower: Upsample },
  { op: 'Upsample', since: 9, inputs: [2, 2], outputs: 1, lower: Upsample },
];
