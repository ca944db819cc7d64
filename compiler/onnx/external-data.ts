// Numbers that lie in files beside the model: each file is read once, each part of it becomes numbers once.
// https://onnx.ai/onnx/repo-docs/ExternalData.html
import type { TensorProto } from 'onnx-buf';
import { InferproofError } from '../../verifier/errors.js';

/** Bytes of a file that lies beside the model, by its checked relative path. */
export type ExternalData = (location: string) => Uint8Array;

export interface ExternalFiles {
  /** What was read so far, in the order of its first use. */
  readonly read: ReadonlyMap<string, Uint8Array>;
  /**
   * The numbers of a tensor of `length` bytes; tensors of one part of a file and one type share them.
   * @throws 'format' for a part outside its file, 'file' where there is no way to read it
   */
  numbers(proto: TensorProto, where: string, length: number, from: (bytes: Uint8Array) => Float64Array): Float64Array;
}

interface Known {
  readonly bytes: Uint8Array;
  readonly parts: Map<string, Float64Array>;
  /** Bytes of all parts. */
  taken: number;
}

export function externalFiles(reader: ExternalData | undefined): ExternalFiles {
  const files = new Map<string, Known>();
  const read = new Map<string, Uint8Array>();

  const open = (location: string, where: string): Known => {
    const known = files.get(location);
    if (known !== undefined) return known;
    if (reader === undefined) {
      throw new InferproofError('file', `expected a way to read the external data '${location}', got none`, {
        where,
        hint: 'save the model as one file, or give its folder',
      });
    }
    const fresh: Known = { bytes: reader(location), parts: new Map(), taken: 0 };
    files.set(location, fresh);
    read.set(location, fresh.bytes);
    return fresh;
  };

  return {
    read,
    numbers(proto, where, length, from) {
      const { location, offset } = placeOf(proto, where, length);
      const file = open(location, where);
      const key = `${offset} ${length} ${proto.dataType}`;
      const known = file.parts.get(key);
      if (known !== undefined) return known;
      const end = offset + length;
      if (end > file.bytes.length)
        throw malformed(
          `expected bytes ${offset} to ${end} of '${location}', got a file of ${file.bytes.length} bytes`,
          where,
        );
      // otherwise a small model could name the same megabytes a thousand times, and each time they would become numbers
      file.taken += length;
      if (file.taken > file.bytes.length)
        throw malformed(
          `expected tensors of separate parts of '${location}', of ${file.bytes.length} bytes together, got ${file.taken}`,
          where,
        );
      const numbers = from(file.bytes.subarray(offset, end));
      file.parts.set(key, numbers);
      return numbers;
    },
  };
}

function placeOf({ externalData }: TensorProto, where: string, length: number): { location: string; offset: number } {
  const entry = (key: string): string | undefined => externalData.find((e) => e.key === key)?.value;
  const location = safeLocation(entry('location') ?? '', where);
  const offset = wholeNumber(entry('offset') ?? '0', where);
  const declared = wholeNumber(entry('length') ?? String(length), where);
  if (declared !== length)
    throw malformed(`expected ${length} bytes of external data for its shape, got length ${declared}`, where);
  return { location, offset };
}

/** A relative path of plain names: nothing that could leave the model's folder on any system. */
function safeLocation(location: string, where: string): string {
  const names = location.split('/');
  const isPlain = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[\\:\0]/.test(name);
  if (names.every(isPlain)) return location;
  throw malformed(`expected external data inside the model's folder, got location '${location.slice(0, 200)}'`, where);
}

function wholeNumber(text: string, where: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value))
    throw malformed(`expected a whole number in its external data, got '${text.slice(0, 40)}'`, where);
  return value;
}

const malformed = (message: string, where: string): InferproofError =>
  new InferproofError('format', message, {
    where,
    hint: 'the file may be truncated or damaged: export the model again',
  });
