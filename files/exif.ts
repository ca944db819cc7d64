// Exif's word on how a camera was held. Some libraries turn the picture by it and others do not, so no picture is read that needs it.
// Exif 2.32, https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf
import { InferproofError } from '../verifier/errors.js';

const ORIENTATION = 0x0112;
const UPRIGHT = 1;

/**
 * Reads the first directory of Exif data, a TIFF header onwards; anything irregular in it is no orientation.
 * @throws InferproofError 'data' for a picture that is stored turned or mirrored
 */
export function refuseTurned(tiff: Uint8Array, where: string): void {
  if (tiff.length < 8) return;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const start = view.getUint32(4, little);
  if (start + 2 > view.byteLength) return;
  const count = view.getUint16(start, little);
  for (let entry = start + 2, i = 0; i < count && entry + 12 <= view.byteLength; i++, entry += 12) {
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const turned = view.getUint16(entry + 8, little);
    if (turned === UPRIGHT || turned === 0) return;
    throw new InferproofError('data', `expected an upright picture, got Exif orientation ${turned}`, {
      where,
      hint: 'turn the pixels as in training (PIL.ImageOps.exif_transpose) and save it without the tag',
    });
  }
}
