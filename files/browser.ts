// inferproof/files for browsers: data that a visitor has, bound to the inputs of a circuit. Pictures come decoded, as a canvas gives
// them; .npz, folders and whatever is on a disk are for Node.
import type { InputInfo, Samples } from '../compiler/index.js';
import { fileKind } from '../compiler/onnx/file-kinds.js';
import { InferproofError } from '../verifier/errors.js';
import { parseJsonData } from './json-data.js';
import { isNpy, otherKind, parseNpy } from './npy.js';
import { frameOf, placePicture, refuseOtherSize, scaleOf, type Picture } from './pictures.js';
import type { Reading } from './reading.js';
import { bindSamples, ofOne, together } from './samples.js';
import { readText } from './text.js';

export { parseNpy, type DataArray } from './npy.js';
export { frameOf, type Frame, type Picture } from './pictures.js';
export type { Reading } from './reading.js';
export { InferproofError, type ErrorCode } from '../verifier/errors.js';

/** What was read, and what whoever gave it should hear: columns of a table that moved, or that are left out. */
export interface ReadSamples extends Samples {
  readonly note?: string;
}

/**
 * Reads the bytes of a .npy, JSON or CSV file.
 * @param where what errors call it
 * @throws InferproofError 'format' where it is damaged or another file, 'data' where it does not fit the inputs
 * @example
 * ```ts
 * const bytes = new TextEncoder().encode('{ "input": [[0.1, 0.2, 0.3, 0.4]] }');
 * (await samplesOf(bytes, inputs, {}, 'the form')).count; // → 1
 * ```
 */
export async function samplesOf(
  bytes: Uint8Array,
  inputs: readonly InputInfo[],
  reading: Reading,
  where: string,
): Promise<ReadSamples> {
  const { note, ...ones } = await onesOf(bytes, inputs.map(ofOne), reading, where);
  return { ...together(ones, inputs[0]?.batch ?? 1, where), ...(note !== undefined && { note }) };
}

async function onesOf(
  bytes: Uint8Array,
  inputs: readonly InputInfo[],
  reading: Reading,
  where: string,
): Promise<ReadSamples> {
  const names = inputs.map(({ name }) => name);
  if (isNpy(bytes) && names.length === 1) {
    return bindSamples(new Map([[names[0], parseNpy(bytes, where)]]), inputs, where);
  }
  if (fileKind(bytes)?.isTable === true) {
    const { parseTable } = await import('./table.js');
    const { arrays, note } = parseTable(bytes, inputs, { ...reading, ifThere: true }, where);
    return { ...bindSamples(arrays, inputs, where), ...(note !== undefined && { note }) };
  }
  if (!/^(\uFEFF|\s)*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 64))))
    throw otherKind('.npy, JSON, CSV, PNG or JPEG', bytes, where);
  return bindSamples(parseJsonData(readText(bytes, where).replace(/^\uFEFF/, ''), names, where), inputs, where);
}

/**
 * One sample from a picture of the input's own size: nothing is resized.
 * @param reading what a pixel's value becomes
 * @throws InferproofError 'data' for a picture that does not fit, 'usage' where the reading leaves something open
 * @example
 * ```ts
 * const picture = { width: 2, height: 2, full: 255, rgba: new Uint8Array(16).fill(255) } as const;
 * const { count } = sampleOfPicture(picture, inputs, { pixels: [0, 1] }, 'the canvas');
 * ```
 */
export function sampleOfPicture(
  picture: Picture,
  inputs: readonly InputInfo[],
  reading: Reading,
  where: string,
): Samples {
  if (inputs.length !== 1)
    throw new InferproofError('data', `expected data for ${inputs.length} inputs, got a picture`, { where });
  const input = ofOne(inputs[0]);
  const frame = frameOf(input, reading.layout, where);
  refuseOtherSize(picture, frame, input.elements, where);
  const data = new Float64Array(input.elements);
  const scale = scaleOf(input, frame, reading, where)(picture.full);
  placePicture(picture, frame, scale, reading.channels ?? 'rgb', input.dtype, data, where);
  const one = bindSamples(new Map([[input.name, { shape: [1, input.elements], data }]]), [input], where);
  return together(one, inputs[0].batch ?? 1, where);
}
