// The container that our keys of the look-up argument, zkey, .r1cs, .wtns and .ptau files share: a 4-letter type, a version, and
// numbered sections, each with its length in front. All integers are little-endian.
import { InferproofError } from '../../verifier/errors.js';

export interface Section {
  readonly id: number;
  /** The content, in pieces, so that a writer need not join them in memory. */
  readonly parts: readonly Part[];
}

/** Bytes in memory, or part of an open file, read when asked for. */
export type Part = Uint8Array | FilePart;

export interface FilePart {
  readonly length: number;
  /** Fills `into` with what begins `from` bytes after the start of the part. Throws 'file', 'format'. */
  readonly read: (from: number, into: Uint8Array) => void;
}

export interface BinFile {
  readonly type: 'ifpk' | 'zkey' | 'r1cs' | 'wtns' | 'ptau';
  readonly version: number;
  readonly sections: readonly Section[];
}

const HEADER = 12;
const SECTION_HEADER = 12;
const MAX_SECTIONS = 64; // a dozen are known
const VERSIONS = { ifpk: [2, 2], zkey: [1, 2], r1cs: [1, 1], wtns: [1, 2], ptau: [1, 1] } as const;

const size = ({ parts }: Section): number => parts.reduce((sum, { length }) => sum + length, 0);

/** The bytes of the file, piece by piece. */
export function* binChunks(file: BinFile): Generator<Uint8Array> {
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
    for (const part of section.parts) yield bytesOf(part);
  }
}

function bytesOf(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  const bytes = new Uint8Array(part.length);
  part.read(0, bytes);
  return bytes;
}

export const binLength = (file: BinFile): number =>
  file.sections.reduce((sum, s) => sum + SECTION_HEADER + size(s), HEADER);

/** The whole file in one piece. */
export function binBytes(file: BinFile): Uint8Array {
  const out = new Uint8Array(binLength(file));
  let at = 0;
  for (const chunk of binChunks(file)) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/**
 * Splits the bytes of a file into its sections (views, not copies). Throws 'format' for another type, an unknown version,
 * a length that goes beyond the end, or bytes after the last section.
 */
export function parseBin(file: Uint8Array, type: BinFile['type'], where: string = type): BinFile {
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength); // a Buffer's slice would not be a copy
  return split(bytes.length, (from, to) => bytes.subarray(from, to), type, where);
}

/** @param part some of the file, from one byte to before another; `total` bytes in all */
export function split(
  total: number,
  part: (from: number, to: number) => Part,
  type: BinFile['type'],
  where: string,
): BinFile {
  const head = bytesOf(part(0, Math.min(HEADER, total)));
  const version = checkHeader(head, type, where);
  const sections: Section[] = [];
  const count = viewOf(head).getUint32(8, true);
  if (count > MAX_SECTIONS)
    throw new InferproofError('format', `expected a ${type} file of at most ${MAX_SECTIONS} sections, got ${count}`, { where }); // prettier-ignore
  let at = HEADER;
  for (let left = count; left > 0; left--) {
    const start = at + SECTION_HEADER;
    if (start > total) throw truncated(type, where, start, total);
    const view = viewOf(bytesOf(part(at, start)));
    const end = start + Number(view.getBigUint64(4, true));
    if (end > total) throw truncated(type, where, end, total);
    sections.push({ id: view.getUint32(0, true), parts: [part(start, end)] });
    at = end;
  }
  if (at !== total) {
    throw new InferproofError('format', `expected a ${type} file of ${at} bytes, got ${total}`, { where });
  }
  return { type, version, sections };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Checks type and version of the first 12 bytes and returns the version. Throws 'format'. */
export function checkHeader(bytes: Uint8Array, type: BinFile['type'], where: string): number {
  if (bytes.length < HEADER) throw truncated(type, where, HEADER, bytes.length);
  const found = String.fromCharCode(...bytes.subarray(0, 4));
  if (type === 'ifpk' && found === 'zkey') {
    throw new InferproofError('format', 'expected a proving key of format 2 for the look-up argument, got a zkey, which was format 1: make the key again', { where, hint: 'inferproof setup DIR --dev, or a ceremony' }); // prettier-ignore
  }
  if (found !== type) {
    throw new InferproofError('format', `expected a ${type} file, got one that begins with ${JSON.stringify(found)}`, {
      where,
    });
  }
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const [least, most] = VERSIONS[type];
  if (version < least || version > most)
    throw new InferproofError('format', `expected ${type} version ${least} to ${most}, got ${version}`, { where });
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

/** Throws 'format' when the section is missing or present twice. */
function only(file: BinFile, id: number): Section {
  const found = file.sections.filter((s) => s.id === id);
  if (found.length === 1) return found[0];
  throw new InferproofError('format', `expected one section ${id} in the ${file.type} file, got ${found.length}`);
}

/** Bytes of a section's content. Throws 'format' when it is missing or present twice. */
export const sectionLength = (file: BinFile, id: number): number => size(only(file, id));

/** Fills `into` from `from` bytes after the start of the section. Throws 'format' also where the section ends early. */
export function readSection(file: BinFile, id: number, into: Uint8Array, from = 0): void {
  const to = from + into.length;
  let at = 0;
  for (const part of only(file, id).parts) {
    const [first, end] = [Math.max(from, at), Math.min(to, at + part.length)];
    if (first < end) {
      const target = into.subarray(first - from, end - from);
      if (part instanceof Uint8Array) target.set(part.subarray(first - at, end - at));
      else part.read(first - at, target);
    }
    at += part.length;
  }
  if (at < to) throw new InferproofError('format', `expected ${to} bytes in section ${id}, got ${at}`);
}

/** The content of a section in one piece; a view where it is in memory in one piece. Throws as `readSection` does. */
export function section(file: BinFile, id: number): Uint8Array {
  const { parts } = only(file, id);
  if (parts.length === 1 && parts[0] instanceof Uint8Array) return parts[0];
  const out = new Uint8Array(sectionLength(file, id));
  readSection(file, id, out);
  return out;
}

export const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
