// Hand-made .npy and .npz bytes, written from the formats' descriptions, independently of the readers.
import { crc32, deflateRawSync } from 'node:zlib';

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const u16 = (n: number) => Uint8Array.of(n & 255, n >> 8);
const u32 = (n: number) => Uint8Array.of(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24);

export interface NpyParts {
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly shape: string;
  readonly body: Uint8Array;
  readonly version?: 1 | 2 | 3;
  /** Replaces the whole dictionary. */
  readonly header?: string;
}

export function npy({ descr = '<f4', fortran = false, shape, body, version = 1, header }: NpyParts): Uint8Array {
  const dictionary =
    header ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const padding = 64 - ((8 + lengthBytes + dictionary.length + 1) % 64);
  const text = ascii(`${dictionary}${' '.repeat(padding)}\n`);
  const length = version === 1 ? u16(text.length) : u32(text.length);
  return concat(ascii('\x93NUMPY'), Uint8Array.of(version, 0), length, text, body);
}

/** A float32 .npy of the given values. */
export const floats = (values: readonly number[], shape = `(${values.length},)`): Uint8Array =>
  npy({ shape, body: new Uint8Array(Float32Array.from(values).buffer) });

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  /** Leave sizes and checksum of the local header to a data descriptor. */
  readonly descriptor?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
}

export function zip(entries: readonly ZipEntry[], comment = ''): Uint8Array {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, content, deflate = false, descriptor = false } = entry;
    const packed = deflate ? deflateRawSync(content) : content;
    const method = u16(entry.method ?? (deflate ? 8 : 0));
    const flags = u16((entry.flags ?? 0) | (descriptor ? 8 : 0));
    const sums = concat(u32(entry.crc ?? crc32(content)), u32(packed.length), u32(entry.size ?? content.length));
    const shared = (sizes: Uint8Array) => concat(u16(20), flags, method, u32(0), sizes, u16(name.length), u16(0));
    const header = concat(u32(0x04034b50), shared(descriptor ? new Uint8Array(12) : sums), ascii(name));
    const record = concat(header, packed, descriptor ? concat(u32(0x08074b50), sums) : new Uint8Array());
    central.push(
      concat(u32(0x02014b50), u16(20), shared(sums), u16(0), u16(0), u16(0), u32(0), u32(offset), ascii(name)),
    );
    local.push(record);
    offset += record.length;
  }
  const directory = concat(...central);
  const count = u16(entries.length);
  const end = concat(u32(0x06054b50), u16(0), u16(0), count, count, u32(directory.length), u32(offset));
  return concat(...local, directory, end, u16(comment.length), ascii(comment));
}
