// JPEG, decoded by libjpeg-turbo, which Pillow, torchvision and OpenCV use: the very pixels that a model was trained on. Its
// headers are read first, so that nothing of another size is decoded.
// ITU-T T.81, https://www.w3.org/Graphics/JPEG/itu-t81.pdf
import { decode } from '@cwasm/jpeg-turbo';
import { InferproofError } from '../verifier/errors.js';
import { refuseTurned } from './exif.js';
import type { Picture, PictureSize } from './pictures.js';

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

const EXIF = 'Exif\0\0';

/**
 * The size of a picture, from the segments in front of its data.
 * @throws InferproofError 'format' for a damaged file; 'data' for four inks, and for a picture that Exif says is turned: some
 *   libraries turn it and others do not
 */
export function jpegSize(bytes: Uint8Array, where: string): PictureSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; ;) {
    while (at < bytes.length && bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 4 > bytes.length || bytes[at] !== 0xff) throw bad('expected a JPEG segment, got a truncated file', where);
    const marker = bytes[at + 1];
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length)
      throw bad('expected a whole JPEG segment, got a truncated file', where);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && new TextDecoder('latin1').decode(segment.subarray(0, EXIF.length)) === EXIF)
      refuseTurned(segment.subarray(EXIF.length), where);
    if (isFrame(marker)) {
      if (segment.length < 6) throw bad('expected a JPEG frame header, got a truncated one', where);
      const [height, width, components] = [view.getUint16(at + 5), view.getUint16(at + 7), segment[5]];
      if (components !== 1 && components !== 3)
        throw new InferproofError('data', `expected a gray or coloured JPEG, got one of ${components} components`, {
          where,
          hint: 'convert it to RGB as in training',
        });
      if (width === 0 || height === 0) throw bad(`expected a picture, got ${width} x ${height} pixels`, where);
      return { width, height };
    }
    if (marker === 0xda || marker === 0xd9) throw bad('expected a JPEG frame header, got none', where);
    at += 2 + length;
  }
}

/** Start of frame of any process; C4, C8 and CC are other segments. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * Decodes a JPEG whose size the caller has found small enough.
 * @throws InferproofError 'format' for a damaged file
 */
export function readJpeg(bytes: Uint8Array, where: string): Picture {
  const size = jpegSize(bytes, where);
  try {
    const { width, height, data } = decode(bytes);
    if (width !== size.width || height !== size.height) throw new Error(`${width} x ${height} pixels`);
    return { width, height, full: 255, rgba: data };
  } catch (cause) {
    throw bad('expected a whole JPEG picture, got a damaged, truncated or unusual one', where, cause);
  }
}

const bad = (message: string, where: string, cause?: unknown): InferproofError =>
  new InferproofError('format', message, { where, hint: 'save the picture again', cause });
