// PNG: its header is read before anything is inflated, and no more is inflated than the header asks for.
// https://www.w3.org/TR/png-3/
import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { InferproofError } from '../verifier/errors.js';
import { refuseTurned } from './exif.js';
import type { Picture, PictureSize } from './pictures.js';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
const HEADER = 33;

export const isPng = (bytes: Uint8Array): boolean =>
  Array.from(SIGNATURE).every((c, i) => bytes[i] === c.charCodeAt(0));

/** @throws InferproofError 'format' for a file without a header */
export function pngSize(bytes: Uint8Array, where: string): PictureSize {
  const view = viewOf(bytes);
  if (bytes.length < HEADER || view.getUint32(8) !== 13 || nameAt(bytes, 8) !== 'IHDR')
    throw bad('expected a PNG header, got a truncated file', where);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width === 0 || height === 0) throw bad(`expected a picture, got ${width} x ${height} pixels`, where);
  return { width, height };
}

/**
 * Decodes a PNG whose size the caller has found small enough: any colour type, 1 to 16 bits, interlaced too. Gamma and colour
 * profiles are left alone, as by Pillow and OpenCV.
 * @throws InferproofError 'format' for a damaged file
 */
export function readPng(bytes: Uint8Array, where: string): Picture {
  const { width, height } = pngSize(bytes, where);
  const deep = bytes[24] === 16;
  refuseOtherLength(bytes, where);
  try {
    // for 16 bits the decoder gives them as they are, else bytes of full range
    const { data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { skipRescale: deep });
    if (data.length !== 4 * width * height) throw new Error(`${data.length} values`);
    return { width, height, full: deep ? 65535 : 255, rgba: data };
  } catch (cause) {
    throw bad('expected a whole PNG picture, got a damaged or truncated one', where, cause);
  }
}

/** Walks the chunks, and inflates the pixels once, under the bound that the header gives: the decoder would pad too few. */
function refuseOtherLength(bytes: Uint8Array, where: string): void {
  const view = viewOf(bytes);
  const pixels: Uint8Array[] = [];
  for (let at = 8, name = ''; name !== 'IEND';) {
    if (at + 12 > bytes.length) throw bad('expected a PNG chunk, got a truncated file', where);
    const length = view.getUint32(at);
    name = nameAt(bytes, at);
    if (at + 12 + length > bytes.length)
      throw bad(`expected ${length} bytes of '${name}', got a truncated file`, where);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name === 'IHDR' && at !== 8) throw bad('expected one header, got a second one', where); // the decoder would obey it
    if (name === 'eXIf') refuseTurned(body, where);
    if (name === 'IDAT') pixels.push(body);
    at += 12 + length;
  }
  const expected = unfiltered(view, where);
  let got: number;
  try {
    got = inflateSync(Buffer.concat(pixels), { maxOutputLength: expected }).length;
  } catch (cause) {
    throw bad(`expected ${expected} bytes of pixels, got more or damaged ones`, where, cause);
  }
  if (got !== expected) throw bad(`expected ${expected} bytes of pixels, got ${got}`, where);
}

/** Samples of a pixel by colour type. */
const SAMPLES: Readonly<Partial<Record<number, number>>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: first column, first row, step of columns, step of rows. */
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]; // prettier-ignore

/** Bytes of all rows, each with its filter. */
function unfiltered(view: DataView, where: string): number {
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const samples = SAMPLES[view.getUint8(25)];
  if (samples === undefined) throw bad(`expected a colour type of PNG, got ${view.getUint8(25)}`, where);
  const size = (columns: number, rows: number) =>
    columns <= 0 || rows <= 0 ? 0 : rows * (1 + Math.ceil((columns * samples * view.getUint8(24)) / 8));
  if (view.getUint8(28) === 0) return size(width, height);
  return PASSES.reduce((n, [x, y, dx, dy]) => n + size(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)), 0);
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
/** The four letters behind the length of a chunk. */
const nameAt = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at + 4, at + 8));

const bad = (message: string, where: string, cause?: unknown): InferproofError =>
  new InferproofError('format', message, { where, hint: 'save the picture again', cause });
