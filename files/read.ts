// Reading files so that a failure is one clear error: what was expected, what the file system said, and where.
import { readFileSync, realpathSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { InferproofError } from '../verifier/errors.js';

export { readText } from './text.js';

/** Most bytes that Node reads into one buffer. */
const MAX_FILE = 2 ** 31 - 1;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a path through something that is not a folder',
  EISDIR: 'a folder',
  EEXIST: 'something else of this name',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
  EDQUOT: 'a disk quota used up',
  EMFILE: 'too many open files',
  EBUSY: 'a file in use',
};

/** A file system's error as ours: "expected to write this file, got permission denied". */
export function fileError(cause: unknown, expected: string, where: string, hint?: string): InferproofError {
  if (cause instanceof InferproofError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new InferproofError('file', `expected ${expected}, got ${REASONS[code] ?? (code || String(cause))}`, {
    where,
    hint,
    cause,
  });
}

/**
 * The bytes of a file.
 * @param what what it should be, with its article: 'an ONNX model'
 * @example
 * ```ts
 * const bytes = await readBytes('model.onnx', 'an ONNX model');
 * ```
 */
export async function readBytes(path: string, what: string, hint?: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE)
      throw new InferproofError('file', `expected ${what} below 2 GiB, got ${size} bytes`, { where: path });
    return await readFile(path);
  } catch (cause) {
    throw fileError(cause, what, path, hint);
  }
}

/** What standard input is called in errors. */
export const STDIN = 'standard input';

/**
 * All of standard input.
 * @param what what it should be: 'data'
 */
export async function readStdin(what: string, input: typeof process.stdin = process.stdin): Promise<Uint8Array> {
  if (input.isTTY)
    throw new InferproofError('file', `expected ${what} on standard input, got a terminal`, {
      where: STDIN,
      hint: 'write: inferproof … < FILE',
    });
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of input as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > MAX_FILE)
        throw new InferproofError('file', `expected ${what} below 2 GiB, got more`, { where: STDIN });
      parts.push(part);
    }
  } catch (cause) {
    throw fileError(cause, what, STDIN);
  }
  return Buffer.concat(parts);
}

/** Whether a file has more bytes than it may have: then it need not be read. */
export async function isLonger(path: string, most: number): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > most,
    () => false,
  );
}

/**
 * Refuses a pipe or a device under a name that a folder has by default: whoever made the folder would have the reader wait for
 * ever. A user may name one.
 * @example
 * ```ts
 * await refuseSpecial('out/vkey.json', 'a verification key');
 * ```
 */
export async function refuseSpecial(path: string, what: string): Promise<void> {
  const stands = await stat(path).catch(() => undefined);
  if (stands === undefined || stands.isFile() || stands.isDirectory()) return;
  throw new InferproofError('file', `expected ${what}, got a pipe or a device`, { where: path });
}

/**
 * Whether a folder is there; links are followed.
 * @example
 * ```ts
 * await isFolder('model.onnx'); // → false
 * ```
 */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );
}

/**
 * Whether a regular file is there; links are followed.
 * @example
 * ```ts
 * await isFile('model.onnx'); // → true
 * ```
 */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (s) => s.isFile(),
    () => false,
  );
}

/**
 * Opens a file and closes it again: for files that something else reads, and that may be gigabytes long.
 * @example
 * ```ts
 * await refuseUnreadable('powers.ptau', 'powers of tau');
 * ```
 */
export async function refuseUnreadable(path: string, what: string, hint?: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    await file.close();
    if (await isFolder(path)) throw new InferproofError('file', `expected ${what}, got a folder`, { where: path });
  } catch (cause) {
    throw fileError(cause, what, path, hint);
  }
}

/**
 * The bytes of an ONNX file.
 * @example
 * ```ts
 * const { report } = await compile(await readModel('model.onnx'), { calibration: samples });
 * ```
 */
export const readModel = (path: string): Promise<Uint8Array> => readBytes(path, 'an ONNX model');

/**
 * Reads a model's external data: files inside the model's own folder, links followed, each once and kept.
 * @throws InferproofError 'file' for a location outside it, or one that cannot be read
 * @example
 * ```ts
 * const { circuit } = await compile(model, { calibration: samples, externalData: externalDataReader('model.onnx') });
 * ```
 */
export function externalDataReader(modelPath: string): (location: string) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  const read = (location: string): Uint8Array => {
    try {
      const folder = realpathSync(dirname(modelPath));
      const file = realpathSync(join(folder, location));
      if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
        throw new InferproofError('file', "expected external data inside the model's folder, got a path outside it", {
          where: location,
        });
      }
      return readFileSync(file);
    } catch (cause) {
      throw fileError(cause, `the external data of ${modelPath}`, location);
    }
  };
  return (location) => {
    const bytes = known.get(location) ?? read(location);
    known.set(location, bytes);
    return bytes;
  };
}
