// The container that zkey, .r1cs, .wtns and .ptau files share: a 4-letter type, a version, and numbered sections, each
// with its length in front. All integers are little-endian.
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { InferproofError } from '../verifier/errors.js';

export interface Section {
  readonly id: number;
  /** The content, in pieces, so that a writer need not join them in memory. */
  readonly parts: readonly Uint8Array[];
}

export interface BinFile {
  readonly type: 'zkey' | 'r1cs' | 'wtns' | 'ptau';
  readonly version: number;
  readonly sections: readonly Section[];
}

const HEADER = 12;
const SECTION_HEADER = 12;
const MAX_VERSION = { zkey: 2, r1cs: 1, wtns: 2, ptau: 1 } as const;

const size = (section: Section): number => section.parts.reduce((sum, part) => sum + part.length, 0);

function* chunks(file: BinFile): Generator<Uint8Array> {
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode(file.type));
  view.setUint32(4, file.version, true);
  view.setUint32(8, file.sections.length, true);
  yield header;
  for (const section of file.sections) {
    const head = new DataView(new ArrayBuffer(SECTION_HEADER));
    head.setUint32(0, section.id, true);
    head.setBigUint64(4, BigInt(size(section)), true);
    yield new Uint8Array(head.buffer);
    yield* section.parts;
  }
}

/** The whole file in one piece. */
export function binBytes(file: BinFile): Uint8Array {
  const out = new Uint8Array(file.sections.reduce((sum, s) => sum + SECTION_HEADER + size(s), HEADER));
  let at = 0;
  for (const chunk of chunks(file)) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** Writes pieces beside `path` and renames, so that nothing half-written is ever found under that name. Throws 'file'. */
export async function writeWhole(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const piece of pieces) {
        for (let done = 0; done < piece.length;) done += (await handle.write(piece, done)).bytesWritten;
      }
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new InferproofError('file', `expected to write ${path}, got: ${reason(cause)}`, {
      where: path,
      hint: 'check the folder’s permissions and the free space',
      cause,
    });
  }
}

/** Reads and splits a file. Throws 'file' when it cannot be read, 'format' as `parseBin` does. */
export async function readBin(path: string, type: BinFile['type']): Promise<BinFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new InferproofError('file', `expected a readable ${type} file, got: ${reason(cause)}`, {
      where: path,
      cause,
    });
  }
  return parseBin(bytes, type, path);
}

/**
 * Splits the bytes of a file into its sections (views, not copies). Throws 'format' for another type, an unknown version,
 * a length that goes beyond the end, or bytes after the last section.
 */
export function parseBin(file: Uint8Array, type: BinFile['type'], where: string = type): BinFile {
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength); // a Buffer's slice would be no copy
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = checkHeader(bytes, type, where);
  const sections: Section[] = [];
  let at = HEADER;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    if (at + SECTION_HEADER > bytes.length) throw truncated(type, where, at + SECTION_HEADER, bytes.length);
    const id = view.getUint32(at, true);
    const end = at + SECTION_HEADER + Number(view.getBigUint64(at + 4, true));
    if (end > bytes.length) throw truncated(type, where, end, bytes.length);
    sections.push({ id, parts: [bytes.subarray(at + SECTION_HEADER, end)] });
    at = end;
  }
  if (at !== bytes.length) {
    throw new InferproofError('format', `expected a ${type} file of ${at} bytes, got ${bytes.length}`, { where });
  }
  return { type, version, sections };
}

/** Checks type and version of the first 12 bytes and returns the version. Throws 'format'. */
export function checkHeader(bytes: Uint8Array, type: BinFile['type'], where: string): number {
  if (bytes.length < HEADER) throw truncated(type, where, HEADER, bytes.length);
  const found = String.fromCharCode(...bytes.subarray(0, 4));
  if (found !== type) {
    throw new InferproofError('format', `expected a ${type} file, got one that begins with ${JSON.stringify(found)}`, {
      where,
    });
  }
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (version < 1 || version > MAX_VERSION[type]) {
    throw new InferproofError('format', `expected ${type} version 1 to ${MAX_VERSION[type]}, got ${version}`, {
      where,
    });
  }
  return version;
}

export function truncated(type: string, where: string, expected: number, got: number): InferproofError {
  return new InferproofError(
    'format',
    `expected a ${type} file of at least ${expected} bytes, got ${got}: it is truncated`,
    {
      where,
    },
  );
}

/** The content of a section in one piece, copied only where it stands in several. Throws 'format' when it is missing or there twice. */
export function section(file: BinFile, id: number): Uint8Array {
  const found = file.sections.filter((s) => s.id === id);
  if (found.length !== 1) {
    throw new InferproofError('format', `expected one section ${id} in the ${file.type} file, got ${found.length}`);
  }
  const [{ parts }] = found;
  if (parts.length === 1) return parts[0];
  const out = new Uint8Array(size(found[0]));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const hasSection = (file: BinFile, id: number): boolean => file.sections.some((s) => s.id === id);

export const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
