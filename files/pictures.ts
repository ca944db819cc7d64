// A picture as a sample: which pixel is which element, and what number it becomes. Nothing is resized, flattened or averaged here:
// every library does that in its own way, and the model has seen only one.
import type { InputInfo } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import type { Reading } from './reading.js';
import { fitter } from './values.js';

/** A decoded picture: red, green, blue and alpha of each pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Value of full intensity: 255, or 65,535. */
  readonly full: 255 | 65535;
  readonly rgba: ArrayLike<number>;
}

/** What a file says of itself before it is decoded. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** How the elements of an input lie on a picture. */
export interface Frame {
  readonly channels: number;
  /** null: any picture of so many pixels, of one channel. */
  readonly size: PictureSize | null;
  /** How far apart neighbours are among the elements; pixels of a row follow each other at `column`. */
  readonly stride: { readonly channel: number; readonly row: number; readonly column: number };
  readonly layout: 'NCHW' | 'NHWC' | undefined;
}

/**
 * The frame of an input: N x C x H x W or N x H x W x C of one, three or four channels, or one flat row of gray pixels.
 * @throws InferproofError 'data' for another shape, 'usage' where only `layout` can tell
 * @example
 * ```ts
 * frameOf({ name: 'x', dtype: 'float32', shape: [1, 1, 28, 28], elements: 784 }, undefined, 'photo.png').channels; // → 1
 * ```
 */
export function frameOf({ name, shape, elements }: InputInfo, layout: Reading['layout'], where: string): Frame {
  const place = `${where}, input '${name}'`;
  const said = `[${shape.join(', ')}]`;
  const dims = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const isFlat = dims.filter((d) => d !== 1).length <= 1 && dims.length < 3;
  if (isFlat) return { channels: 1, size: null, stride: { channel: 0, row: NaN, column: 1 }, layout: undefined };
  if (dims.length === 2) return framed(1, dims[0], dims[1], undefined);
  if (dims.length !== 3)
    throw dataError(`expected an input that takes one picture, got shape ${said}`, place, 'give .npy or .npz');
  const frames = [framed(dims[0], dims[1], dims[2], 'NCHW'), framed(dims[2], dims[0], dims[1], 'NHWC')].filter(
    (frame) => [1, 3, 4].includes(frame.channels) && (layout === undefined || frame.layout === layout),
  );
  if (frames.length === 1 || (frames.length === 2 && elements === 1)) return frames[0];
  if (frames.length > 1)
    throw new InferproofError('usage', `expected --layout for shape ${said}, whose channels could be first or last`, {
      where: place,
      hint: '--layout NCHW (PyTorch) or --layout NHWC (TensorFlow)',
    });
  const wanted = layout === undefined ? '1, 3 or 4 channels' : `1, 3 or 4 channels in ${layout}`;
  throw dataError(`expected an input of ${wanted} for pictures, got shape ${said}`, place, 'give .npy or .npz');
}

const framed = (channels: number, height: number, width: number, layout: Frame['layout']): Frame => ({
  channels,
  size: { width, height },
  stride:
    layout === 'NHWC'
      ? { channel: 1, row: width * channels, column: channels }
      : { channel: width * height, row: width, column: 1 },
  layout,
});

/** Refuses a picture that is not the input's size, before it is decoded. */
export function refuseOtherSize({ width, height }: PictureSize, frame: Frame, elements: number, where: string): void {
  if (frame.size === null ? width * height === elements : width === frame.size.width && height === frame.size.height)
    return;
  const expected = frame.size === null ? `${elements} pixels` : `${frame.size.width} x ${frame.size.height} pixels`;
  throw dataError(`expected a picture of ${expected}, got ${width} x ${height}`, where, 'resize it as in training');
}

/** Pixel -> the model's own real value, for each channel. */
type Scale = (value: number, channel: number) => number;

/**
 * What a pixel becomes: `pixels` are the values of black and of full intensity, then `mean` is subtracted and divided by `std`.
 * @throws InferproofError 'usage' where nobody says the range of a float input, or for a mean or std of other channels
 */
export function scaleOf(
  { dtype }: InputInfo,
  { channels }: Pick<Frame, 'channels'>,
  { pixels, mean, std }: Pick<Reading, 'pixels' | 'mean' | 'std'>,
  where: string,
): (full: number) => Scale {
  if (pixels === undefined && dtype !== 'uint8')
    throw new InferproofError('usage', 'expected --pixels LO,HI: what black and white are to the model, got none', {
      where,
      hint: "--pixels 0,1 for pixels divided by 255 (torchvision's ToTensor), 0,255 for bytes, -1,1; --mean and --std come after it",
    });
  const [lo, hi] = pixels ?? [0, 255];
  const each = (values: readonly number[] | undefined, otherwise: number, flag: string): readonly number[] => {
    const all = values ?? [otherwise];
    if (all.length !== 1 && all.length !== channels)
      throw new InferproofError('usage', `expected one number or ${channels}, one per channel, got ${all.length}`, {
        where: flag,
      });
    return Array.from({ length: channels }, (_, c) => all[all.length === 1 ? 0 : c]);
  };
  const means = each(mean, 0, '--mean');
  const stds = each(std, 1, '--std');
  return (full) => (value, channel) => (lo + (value / full) * (hi - lo) - means[channel]) / stds[channel];
}

/**
 * Writes a picture into the elements of one sample.
 * @param into the elements of the input
 * @throws InferproofError 'data' for colours, transparency or values that the input cannot hold
 */
export function placePicture(
  { width, height, full, rgba }: Picture,
  { channels, stride }: Frame,
  scale: Scale,
  order: NonNullable<Reading['channels']>,
  dtype: string,
  into: Float64Array,
  where: string,
): void {
  const fits = fitter(dtype);
  const from = order === 'bgr' && channels >= 3 ? [2, 1, 0, 3] : [0, 1, 2, 3];
  const rowStride = Number.isNaN(stride.row) ? width : stride.row;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const pixel = `${where}, pixel ${x}, ${y}`;
      if (channels < 4 && rgba[at + 3] !== full)
        throw dataError('expected a picture without transparency, got a pixel that is not opaque', pixel, 'flatten it onto the background of the training pictures'); // prettier-ignore
      if (channels === 1 && (rgba[at] !== rgba[at + 1] || rgba[at] !== rgba[at + 2]))
        throw dataError('expected a gray picture for an input of one channel, got a coloured pixel', pixel, 'convert it to gray as in training'); // prettier-ignore
      for (let c = 0; c < channels; c++) {
        const value = scale(rgba[at + from[c]], c);
        if (!fits(value)) throw dataError(`expected values of ${dtype}, got ${value}`, pixel, 'see --pixels, --mean and --std'); // prettier-ignore
        into[c * stride.channel + y * rowStride + x * stride.column] = value;
      }
    }
}

const dataError = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('data', message, { where, hint });
