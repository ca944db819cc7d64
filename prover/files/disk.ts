// Files of the container format on disk: read whole, or piece by piece.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { InferproofError } from '../../verifier/errors.js';
import { parseBin, reason, split, truncated, type BinFile, type FilePart } from './binfile.js';

/** Reads and splits a file. Throws 'file' when it cannot be read, 'format' as `parseBin` does. */
export async function readBin(path: string, type: BinFile['type']): Promise<BinFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw unreadable(type, path, cause);
  }
  return parseBin(bytes, type, path);
}

const unreadable = (type: BinFile['type'], path: string, cause: unknown): InferproofError =>
  new InferproofError('file', `expected a readable ${type} file, got: ${reason(cause)}`, { where: path, cause });

/** An open file: its sections are read when asked for, and never after `close`. */
export type OpenBin = BinFile & { readonly close: () => void };

/** Splits a file of any size; reads nothing but the lengths. Throws 'file' when it cannot be read, 'format' as `parseBin` does. */
export function openBin(path: string, type: BinFile['type']): OpenBin {
  const attempt = <T>(call: () => T): T => {
    try {
      return call();
    } catch (cause) {
      throw unreadable(type, path, cause);
    }
  };
  const fd = attempt(() => openSync(path, 'r'));
  const part = (from: number, to: number): FilePart => ({
    length: to - from,
    read: (offset, into) => {
      for (let done = 0; done < into.length;) {
        const got = attempt(() => readSync(fd, into, done, into.length - done, from + offset + done));
        if (got === 0) throw truncated(type, path, from + offset + into.length, from + offset + done);
        done += got;
      }
    },
  });
  try {
    const { size } = attempt(() => fstatSync(fd));
    return { ...split(size, part, type, path), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
