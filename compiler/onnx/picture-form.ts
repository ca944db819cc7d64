// What a model says of the pictures that it takes, in ONNX's metadata for images and denotations of dimensions.
// https://onnx.ai/onnx/repo-docs/MetadataProps.html, https://onnx.ai/onnx/repo-docs/DimensionDenotation.html
import type { Model } from './model.js';

/** How pictures become elements. Each may be left out. */
export interface PictureForm {
  readonly layout?: 'NCHW' | 'NHWC';
  /** The values of black and of full intensity. */
  readonly pixels?: readonly number[];
  /** The order of colours; rgb where it is left out. */
  readonly channels?: 'rgb' | 'bgr';
}

const RANGES: Readonly<Partial<Record<string, readonly number[]>>> = {
  nominalrange_0_255: [0, 255],
  normalized_0_1: [0, 1],
  normalized_1_1: [-1, 1],
  nominalrange_16_235: [16, 235],
};

export function pictureForm({ metadata, inputs }: Pick<Model, 'metadata' | 'inputs'>): PictureForm {
  const said = new Map([...metadata].map(([key, value]) => [key.toLowerCase(), value.toLowerCase()]));
  const pixels = RANGES[said.get('image.nominalpixelrange') ?? ''];
  const format = said.get('image.bitmappixelformat');
  const dims = inputs.length === 1 ? inputs[0].denotations : [];
  const layout =
    dims.length !== 4
      ? undefined
      : dims[1] === 'DATA_CHANNEL'
        ? 'NCHW'
        : dims[3] === 'DATA_CHANNEL'
          ? 'NHWC'
          : undefined;
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(pixels === undefined ? {} : { pixels }),
    ...(format === undefined ? {} : { channels: format.startsWith('bgr') ? 'bgr' : 'rgb' }),
  };
}
