// Where proving keys come from, and one fetched from an address: with progress, to the end or not at all, and kept for the next visit where
// there is a place for it, the origin's private file system.
import { InferproofError } from '../verifier/errors.js';
import type { Engine } from './engine.js';
import { reason, type BinFile } from './files/binfile.js';

/** A key's bytes, which must not change while it is open; its file; or where that is: a path in Node, an address in a browser. */
export type KeySource = Uint8Array | Blob | string;

/** A key that can be read, and the prover that takes over where the kernel's proof is refused, if there is one. */
export interface OpenKey {
  readonly key: BinFile;
  readonly close: () => void;
  readonly stock: Engine | null;
}

export interface FetchOptions {
  /** Keeps the key under this name for the next visit, and takes it from there if it has it. A name is for one key. */
  readonly keep?: string;
  /** 'reload' goes past what the browser has cached of the address, though not past what is kept: `forgetKey` removes that. */
  readonly cache?: 'reload';
  readonly signal?: AbortSignal;
  /** Bytes that are here, and bytes in all where the server says how many. */
  readonly onProgress?: (loaded: number, total: number | undefined) => void;
}

/**
 * A proving key from an address: a file where it is kept, else its bytes.
 *
 * Throws 'file' where there is none or the download is cut, 'resource' where there is no memory for it, and the signal's reason. What
 * came in part is not kept.
 * @example
 * ```ts
 * const key = await fetchKey('/proving.key', { keep: 'digits, key 1', onProgress: (loaded) => show(loaded) });
 * const prover = await openProver(circuit, key, vkey);
 * ```
 */
export async function fetchKey(address: string | URL, options: FetchOptions = {}): Promise<Uint8Array | Blob> {
  const { keep, signal, onProgress } = options;
  const place = keep === undefined ? undefined : await placeOf(keep);
  const kept = await place?.read();
  signal?.throwIfAborted();
  if (kept !== undefined) {
    onProgress?.(kept.size, kept.size);
    return kept;
  }
  const download = await begin(address, options);
  const writer = download.length === undefined ? undefined : await place?.write().catch(() => undefined);
  if (writer === undefined) return collected(download, options);
  let full = false;
  const noRoom = (error: unknown): never => {
    full = true;
    throw error;
  };
  try {
    await eachPiece(download, options, (piece) => writer.write(piece).catch(noRoom));
    await writer.close().catch(noRoom); // only now is there a file of that name
    const file = await place?.read();
    if (file !== undefined) return file;
  } catch (error) {
    await writer.abort().catch(() => undefined);
    if (!full || signal?.aborted === true) throw error;
  }
  return collected(await begin(address, options), options);
}

/**
 * Removes what `fetchKey` keeps under a name, if it does.
 * @example
 * ```ts
 * await forgetKey('digits, key 1'); // what fetchKey keeps under this name
 * ```
 */
export async function forgetKey(keep: string): Promise<void> {
  await (await placeOf(keep))?.remove();
}

// ---- downloads

interface Download {
  readonly address: string;
  /** Undefined where the server does not say, or says the length of something compressed. */
  readonly length: number | undefined;
  /** The same, except from another origin, which does not show whether it is compressed: browsers refuse a cut one themselves. */
  readonly total: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

async function begin(address: string | URL, { signal, cache }: FetchOptions): Promise<Download> {
  const where = String(address);
  const asked = { signal: signal ?? null, cache: cache ?? 'default' };
  const response = await fetch(address, asked).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new InferproofError('file', `expected a proving key at an address, got: ${reason(cause)}`, { where, cause });
  });
  const body = response.body as ReadableStream<Uint8Array> | null;
  if (!response.ok || body === null)
    throw new InferproofError('file', `expected a proving key at an address, got status ${response.status}`, { where });
  const said = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
  const length = said || undefined;
  return { address: where, length, total: response.type === 'cors' ? undefined : length, body };
}

async function eachPiece(
  { address, length, total, body }: Download,
  { signal, onProgress }: FetchOptions,
  take: (piece: Uint8Array<ArrayBuffer>) => void | Promise<void>,
): Promise<void> {
  const reader = body.getReader();
  let loaded = 0;
  const cut = (cause?: unknown): InferproofError =>
    new InferproofError('file', `expected ${total ?? 'all'} bytes of a proving key, got ${loaded} bytes: the download was cut`, {
      where: address,
      hint: 'fetch it again',
      cause,
    }); // prettier-ignore
  try {
    onProgress?.(0, length);
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw cut(cause);
      });
      signal?.throwIfAborted();
      if (done) break;
      loaded += value.length;
      if (total !== undefined && loaded > total) break;
      await take(value as Uint8Array<ArrayBuffer>);
      onProgress?.(loaded, loaded > (length ?? 0) ? undefined : length);
    }
    if (total !== undefined && loaded !== total) throw cut();
  } finally {
    reader.cancel().catch(() => undefined); // what nobody reads on
  }
}

/** In memory: in one piece from the start where the length is known. */
async function collected(download: Download, options: FetchOptions): Promise<Uint8Array> {
  const { total } = download;
  const pieces: Uint8Array[] = [];
  let bytes: Uint8Array | undefined;
  let at = 0;
  await eachPiece(download, options, (piece) => {
    if (total === undefined) pieces.push(piece);
    else (bytes ??= allocated(total, download)).set(piece, at);
    at += piece.length;
  });
  if (bytes !== undefined) return bytes;
  const joined = allocated(at, download);
  at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function allocated(length: number, { address: where }: Download): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new InferproofError('resource', `expected memory for ${length} bytes of a proving key, got none`, { where, cause }); // prettier-ignore
  }
}

// ---- the origin's private file system

/** What of a browser is used here and TypeScript knows from its DOM library alone. */
interface Writer {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}
interface Handle {
  getFile(): Promise<Blob>;
  /** What it writes becomes the file when it is closed. Safari before 26 has none: there a key is not kept. */
  createWritable?(): Promise<Writer>;
}
interface Directory {
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<Directory>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<Handle>;
  removeEntry(name: string): Promise<void>;
}
interface Storing {
  readonly navigator?: { readonly storage?: { getDirectory?(): Promise<Directory> } };
}

interface Place {
  readonly read: () => Promise<Blob | undefined>;
  readonly write: () => Promise<Writer | undefined>;
  readonly remove: () => Promise<void>;
}

/** Undefined where there is no such file system, as in Node and in some private windows. */
async function placeOf(keep: string): Promise<Place | undefined> {
  const { navigator } = globalThis as unknown as Storing;
  try {
    const root = await navigator?.storage?.getDirectory?.();
    const folder = await root?.getDirectoryHandle('inferproof-keys', { create: true });
    if (folder === undefined) return undefined;
    const name = encodeURIComponent(keep);
    const none = (): undefined => undefined;
    return {
      // an empty file is one that was never closed
      read: () => folder.getFileHandle(name).then((handle) => handle.getFile()).then((file) => (file.size > 0 ? file : undefined), none), // prettier-ignore
      write: async () => (await folder.getFileHandle(name, { create: true })).createWritable?.(),
      remove: () => folder.removeEntry(name).catch(none),
    };
  } catch {
    return undefined;
  }
}
