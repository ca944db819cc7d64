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
  readonly signal?: AbortSignal;
  /** Bytes that are here, and bytes in all where the server says how many. */
  readonly onProgress?: (loaded: number, total: number | undefined) => void;
}

/**
 * A proving key from an address: a file where it is kept, else its bytes.
 *
 * Throws 'file' where there is none or the download is cut, and the signal's reason. What came in part is not kept.
 * @example
 * const key = await fetchKey('/proving.key', { keep: 'digits, key 1', onProgress: (loaded) => show(loaded) });
 * const prover = await openProver(circuit, key, vkey);
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
  const download = await begin(address, signal);
  const writer = download.total === undefined ? undefined : await place?.write().catch(() => undefined);
  if (writer === undefined) return collected(download, options);
  try {
    await eachPiece(download, options, (piece) => writer.write(piece));
    await writer.close(); // only now is there a file of that name
  } catch (error) {
    await writer.abort().catch(() => undefined);
    if (error instanceof InferproofError || signal?.aborted === true) throw error;
    return collected(await begin(address, signal), options); // no room for it
  }
  return (await place?.read()) ?? collected(await begin(address, signal), options);
}

/** Removes what `fetchKey` keeps under a name, if it does. */
export async function forgetKey(keep: string): Promise<void> {
  await (await placeOf(keep))?.remove();
}

// ---- downloads

interface Download {
  readonly address: string;
  /** Undefined where the server does not say, or says the length of something compressed. */
  readonly total: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

async function begin(address: string | URL, signal: AbortSignal | undefined): Promise<Download> {
  const where = String(address);
  const response = await fetch(address, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new InferproofError('file', `expected a proving key at an address, got: ${reason(cause)}`, { where, cause });
  });
  if (!response.ok || response.body === null)
    throw new InferproofError('file', `expected a proving key at an address, got status ${response.status}`, { where });
  const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  return { address: where, total: length === null ? undefined : Number(length), body: response.body as ReadableStream<Uint8Array> }; // prettier-ignore
}

async function eachPiece(
  { address, total, body }: Download,
  { signal, onProgress }: FetchOptions,
  take: (piece: Uint8Array<ArrayBuffer>) => void | Promise<void>,
): Promise<void> {
  const reader = body.getReader();
  let loaded = 0;
  const cut = (cause?: unknown): InferproofError => {
    const expected = total === undefined ? 'the whole proving key' : `${total} bytes of a proving key`;
    return new InferproofError('file', `expected ${expected}, got ${loaded} bytes: the download was cut`, {
      where: address,
      hint: 'fetch it again',
      cause,
    });
  };
  onProgress?.(0, total);
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
    onProgress?.(loaded, total);
  }
  if (total !== undefined && loaded !== total) throw cut();
}

/** In memory: in one piece from the start where the length is known. */
async function collected(download: Download, options: FetchOptions): Promise<Uint8Array> {
  const { total } = download;
  const pieces: Uint8Array[] = [];
  let bytes = new Uint8Array(total ?? 0);
  let at = 0;
  await eachPiece(download, options, (piece) => {
    if (total === undefined) pieces.push(piece);
    else bytes.set(piece, at);
    at += piece.length;
  });
  if (total !== undefined) return bytes;
  bytes = new Uint8Array(at);
  at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
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
