// NumPy's .npz: a ZIP archive of .npy files, as np.savez (stored) and np.savez_compressed (deflate) write it.
// https://pkwareinc.github.io/appnote: the central directory is read and trusted for sizes, which also serves archives
// whose local headers leave them to a data descriptor; ZIP64 archives, encryption and other methods are refused.
import { crc32, inflateRawSync } from 'node:zlib';
import { InferproofError } from '../verifier/errors.js';
import { MAX_ELEMENTS, parseNpy, type DataArray } from './npy.js';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;
const MAX_COMMENT = 0xffff;
/** Most bytes that one archive may decompress to. */
const MAX_UNFOLDED = 8 * MAX_ELEMENTS;

export const isNpz = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Reads the arrays of a .npz by name, in the archive's order.
 * @throws InferproofError 'format' for a damaged archive, one that would decompress to over 2 GiB, or a bad array in it
 * @example
 * ```ts
 * const arrays = parseNpz(await readBytes('data.npz', 'arrays'), 'data.npz');
 * [...arrays.keys()]; // → [ 'input' ]
 * ```
 */
export function parseNpz(bytes: Uint8Array, where: string): Map<string, DataArray> {
  const entries = centralDirectory(bytes, where);
  const unfolded = entries.reduce((sum, { size }) => sum + size, 0);
  if (unfolded > MAX_UNFOLDED) throw bad(`expected at most ${MAX_UNFOLDED} bytes of arrays, got ${unfolded}`, where);
  const arrays = new Map<string, DataArray>();
  for (const entry of entries) {
    const place = `${where}, array '${entry.name}'`;
    if (arrays.has(entry.name)) throw bad('expected one array of a name, got two', place);
    arrays.set(entry.name, parseNpy(unfold(bytes, entry, place), place));
  }
  return arrays;
}

const bad = (message: string, where: string, hint = 'save it again: np.savez(file, name=array)', cause?: unknown) =>
  new InferproofError('format', message, { where, hint, cause });

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function centralDirectory(bytes: Uint8Array, where: string): Entry[] {
  const view = viewOf(bytes);
  const end = findEnd(view);
  if (end === undefined) throw bad('expected the end of a ZIP archive, got a truncated or other file', where);
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff) throw zip64(where);
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) {
    throw bad('expected one archive, got a part of a split one', where);
  }
  if (start + length > end) throw bad('expected a directory inside the archive, got a truncated file', where);
  const entries: Entry[] = [];
  for (let at = start; entries.length < count;) {
    if (at + 46 > start + length || view.getUint32(at, true) !== CENTRAL)
      throw bad('expected a directory entry', where);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > start + length) throw bad('expected a whole directory entry, got a truncated one', where);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
    const place = `${where}, entry '${name}'`;
    if (!name.endsWith('.npy')) throw bad('expected only .npy arrays', place);
    if ((view.getUint16(at + 8, true) & 1) !== 0) throw bad('expected a plain archive, got an encrypted one', place);
    const entry: Entry = {
      name: name.slice(0, -'.npy'.length),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    if (entry.packed === 0xffffffff || entry.size === 0xffffffff || entry.offset === 0xffffffff) throw zip64(place);
    entries.push(entry);
    at = next;
  }
  return entries;
}

const zip64 = (where: string) =>
  bad(
    'expected an archive below 4 GiB, got a ZIP64 one',
    where,
    'split the data, or save each input as one smaller array',
  );

/** The end record comes last, before a comment of at most 65,535 bytes whose length it states. */
function findEnd(view: DataView): number | undefined {
  for (let at = view.byteLength - END_LENGTH; at >= Math.max(0, view.byteLength - END_LENGTH - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) === END && at + END_LENGTH + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  }
  return undefined;
}

function unfold(bytes: Uint8Array, { method, crc, packed, size, offset }: Entry, where: string): Uint8Array {
  const view = viewOf(bytes);
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== LOCAL) throw bad('expected a local header', where);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packed > bytes.length) throw bad(`expected ${packed} bytes, got a truncated archive`, where);
  const stored = bytes.subarray(start, start + packed);
  const content = method === 0 ? stored : method === 8 ? inflate(stored, size, where) : undefined;
  if (content === undefined) throw bad(`expected a stored or deflated array, got compression method ${method}`, where);
  if (content.length !== size) throw bad(`expected ${size} bytes, got ${content.length}`, where);
  if (crc32(content) !== crc) throw bad('expected the checksum of the directory, got another', where);
  return content;
}

function inflate(stored: Uint8Array, size: number, where: string): Uint8Array {
  try {
    return inflateRawSync(stored, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw bad(`expected deflated data of ${size} bytes, got damaged data`, where, undefined, cause);
  }
}
