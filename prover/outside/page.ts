// What a prover takes from where it runs, in a browser: keys from addresses, files and memory. There is no second prover, and no circom
// to check a witness with.
import type { Reason } from '../../verifier/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { parseBin, reason, split, type BinFile, type FilePart } from '../files/binfile.js';
import { fetchKey, type KeySource, type OpenKey } from '../key-source.js';
import { damagedKey } from '../refused.js';

/** A string is an address. A file is read piece by piece in a worker, and whole on a page: only workers can wait for one. */
export async function openKey(source: KeySource, type: BinFile['type']): Promise<OpenKey> {
  const found = typeof source === 'string' ? await fetchKey(source) : source;
  const key = found instanceof Uint8Array ? parseBin(found, type, 'proving.key') : await ofFile(found, type);
  return { key, close: () => undefined, stock: null };
}

/** What of a browser is used here and TypeScript knows from its DOM library alone. */
interface SyncReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
const { FileReaderSync } = globalThis as unknown as { readonly FileReaderSync?: new () => SyncReader };

const PIECE = 2 ** 22;

async function ofFile(file: Blob, type: BinFile['type']): Promise<BinFile> {
  if (FileReaderSync === undefined) {
    const bytes = await file.arrayBuffer().catch((cause: unknown) => {
      throw unreadable(cause);
    });
    return parseBin(new Uint8Array(bytes), type, 'proving.key');
  }
  const reader = new FileReaderSync();
  const part = (from: number, to: number): FilePart => ({
    length: to - from,
    read: (offset, into) => {
      for (let at = 0; at < into.length; at += PIECE) {
        const end = Math.min(into.length, at + PIECE);
        try {
          into.set(new Uint8Array(reader.readAsArrayBuffer(file.slice(from + offset + at, from + offset + end))), at);
        } catch (cause) {
          throw unreadable(cause);
        }
      }
    },
  });
  return split(file.size, part, type, 'proving.key');
}

const unreadable = (cause: unknown): InferproofError =>
  new InferproofError('file', `expected a readable proving key, got: ${reason(cause)}`, {
    where: 'proving.key',
    hint: 'the file was changed or removed after it was chosen: choose or fetch it again',
    cause,
  });

export const refusal = (reason: Reason): Promise<InferproofError> => Promise.resolve(damagedKey(reason));
