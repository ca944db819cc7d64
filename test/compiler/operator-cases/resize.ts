// Random nodes that make pictures of another size, in the forms that onnxruntime has.
import { floats } from '../onnx-models.js';
import { maybe, type Case, type CaseOf } from './case.js';

const scaleOf = (c: Case): number => c.random.pick([0.3, 0.5, 0.6, 0.75, 1, 1.3, 1.5, 2, 2.6, 3]);

/** A picture whose first axes keep their sizes, and the shape of what is resized. */
function picture(c: Case, mode: string): { shape: number[]; first: number } {
  const rank = mode === 'nearest' ? c.random.int(1, 4) : 2;
  const sides = Array.from({ length: rank }, () => c.random.int(1, 7));
  const first = mode === 'nearest' ? (rank < 4 ? c.random.int(0, 1) : 0) : c.random.pick([0, 2]);
  return { shape: [...Array.from({ length: first }, () => c.random.int(1, 2)), ...sides], first };
}

const Upsample: CaseOf = (c) => {
  const mode = c.random.pick([undefined, 'nearest', 'linear']);
  const { shape, first } = picture(c, mode ?? 'nearest');
  const scales = shape.map((_, axis) => (axis < first ? 1 : Math.max(scaleOf(c), 1)));
  const x = c.live(shape);
  if (c.opset < 9) return { in: [x], attributes: { mode, scales: { floats: scales } } };
  return { in: [x, c.add('s', floats([scales.length], scales))], attributes: { mode } };
};

const Resize: CaseOf = (c) => {
  const mode = c.random.pick(['nearest', 'nearest', 'linear', ...(c.opset >= 11 ? ['cubic'] : [])]);
  const { shape, first } = picture(c, mode);
  const x = c.live(shape);
  const scales = shape.map((_, axis) => (axis < first ? 1 : scaleOf(c)));
  const given = (list: readonly number[]): string => c.add('s', floats([list.length], [...list]));
  if (c.opset < 11) return { in: [x, given(scales)], attributes: { mode } };
  const coordinates = maybe(c, () => c.random.pick(['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'tf_crop_and_resize', ...(c.opset >= 19 ? ['half_pixel_symmetric'] : []), ...(c.opset < 13 ? ['tf_half_pixel_for_nn'] : [])])); // prettier-ignore
  const isCrop = coordinates === 'tf_crop_and_resize';
  const isAntialiased = c.opset >= 18 && mode !== 'nearest' && !isCrop && c.random.chance(0.4);
  const axes = c.opset >= 18 && c.random.chance(0.4) ? shape.flatMap((_, axis) => (axis < first ? [] : [axis])) : null;
  const some = <T>(list: readonly T[]): T[] => (axes === null ? [...list] : axes.map((axis) => list[axis]));
  const corner = (): number[] => some(shape.map((_, axis) => (axis < first ? 0 : c.random.pick([-0.2, 0, 0.3]))));
  const far = (): number[] => some(shape.map((_, axis) => (axis < first ? 1 : c.random.pick([0.6, 1, 1.3]))));
  const empty = c.opset < 13 ? given([]) : ''; // has to be there
  const roi = isCrop ? given([...corner(), ...far()]) : empty;
  const bySize = c.random.chance(0.5);
  const sizes = some(shape.map((dim, axis) => (axis < first ? dim : c.random.int(1, 9))));
  const policy = c.opset >= 18 && bySize && (axes !== null || first === 0) ? maybe(c, () => c.random.pick(['stretch', 'not_larger', 'not_smaller'])) : undefined; // prettier-ignore
  return {
    in: bySize ? [x, roi, empty, c.integers(sizes)] : [x, roi, given(some(scales))],
    attributes: {
      mode,
      coordinate_transformation_mode: coordinates,
      nearest_mode: mode === 'nearest' ? maybe(c, () => c.random.pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'])) : undefined, // prettier-ignore
      cubic_coeff_a: mode === 'cubic' ? maybe(c, () => ({ float: -0.5 })) : undefined,
      exclude_outside: mode === 'cubic' ? maybe(c, () => c.random.int(0, 1)) : undefined,
      extrapolation_value: isCrop ? maybe(c, () => ({ float: 1.5 })) : undefined,
      antialias: isAntialiased ? 1 : undefined,
      keep_aspect_ratio_policy: policy,
      axes: axes ?? undefined,
    },
  };
};

export const RESIZE: Readonly<Record<string, CaseOf>> = { Resize, Upsample };
