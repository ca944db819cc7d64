// A file system with one folder in memory: what circom reads and writes of a model is on no disk, so whoever kills the command leaves
// nothing behind, and no weights. As much of node:fs as circom's system calls use; all other paths are those of the disk.
import type * as fs from 'node:fs';

/** No path of a disk. */
export const MEMORY = '/memory of circom';

type Disk = typeof fs;

/** Files by their paths; what is written comes in here. */
export type Files = Map<string, Uint8Array>;

/** Above what any system gives out. */
const FIRST_HANDLE = 2 ** 30;

interface OpenFile {
  readonly path: string;
}

const isInside = (path: unknown): path is string => typeof path === 'string' && `${path}/`.startsWith(`${MEMORY}/`);

function missing(path: string): never {
  throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
}

/** @param disk node:fs */
export function withMemory(disk: Disk, files: Files): object {
  const open = new Map<number, OpenFile>();
  const bytesOf = (path: string): Uint8Array => files.get(path) ?? missing(path);
  const stat = (path: string): object => {
    const isFolder = path === MEMORY;
    const no = (): boolean => false;
    const kinds = { isBlockDevice: no, isCharacterDevice: no, isFIFO: no, isSocket: no, isSymbolicLink: no };
    const times = { atimeMs: 0, mtimeMs: 0, ctimeMs: 0 };
    const size = isFolder ? 0 : bytesOf(path).length;
    return { ...kinds, ...times, isDirectory: () => isFolder, isFile: () => !isFolder, size, dev: 0, ino: 0, nlink: 1 };
  };
  return {
    ...disk,
    openSync: (path: string, flags: number) => {
      if (!isInside(path)) return disk.openSync(path, flags);
      const { O_CREAT, O_TRUNC } = disk.constants;
      if (path !== MEMORY && ((flags & O_TRUNC) !== 0 || !files.has(path))) {
        if ((flags & O_CREAT) === 0 && !files.has(path)) missing(path);
        files.set(path, new Uint8Array());
      }
      const handle = FIRST_HANDLE + open.size;
      open.set(handle, { path });
      return handle;
    },
    closeSync: (handle: number) => {
      if (!open.has(handle)) disk.closeSync(handle);
    },
    readSync: (handle: number, into: Uint8Array, offset: number, length: number, position: number | null) => {
      const file = open.get(handle);
      if (file === undefined) return disk.readSync(handle, into, offset, length, position);
      const part = bytesOf(file.path).subarray(position ?? 0, (position ?? 0) + length);
      into.set(part, offset);
      return part.length;
    },
    writeSync: (handle: number, from: Uint8Array, offset: number, length: number, position: number | null) => {
      const file = open.get(handle);
      if (file === undefined) return disk.writeSync(handle, from, offset, length, position);
      const start = position ?? 0;
      const bytes = grown(bytesOf(file.path), start + length);
      bytes.set(from.subarray(offset, offset + length), start);
      files.set(file.path, bytes);
      return length;
    },
    fstatSync: (handle: number) => {
      const file = open.get(handle);
      return file === undefined ? disk.fstatSync(handle) : stat(file.path);
    },
    statSync: (path: string) => (isInside(path) ? stat(path) : disk.statSync(path)),
    realpathSync: (path: string) => {
      if (isInside(path)) stat(path);
      return isInside(path) ? path : disk.realpathSync(path);
    },
  };
}

/** The bytes with room up to `length`: what is allocated doubles, so that many short writes cost what one long one does. */
function grown(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes;
  if (length <= bytes.buffer.byteLength) return new Uint8Array(bytes.buffer, 0, length);
  const larger = new Uint8Array(Math.max(length, 2 * bytes.buffer.byteLength, 4096)).subarray(0, length);
  larger.set(bytes);
  return larger;
}
