// Bytes as text, wherever they come from.
import { InferproofError } from '../verifier/errors.js';

/** Most bytes of a text: V8's longest string is 2^29 - 24 characters. */
export const MAX_TEXT = 2 ** 29 - 24;

/**
 * Bytes as UTF-8 text.
 * @example
 * ```ts
 * readText(Uint8Array.of(123, 125), 'the form'); // → '{}'
 * ```
 */
export function readText(bytes: Uint8Array, where: string): string {
  if (bytes.length > MAX_TEXT) {
    throw new InferproofError('format', `expected a text below 512 MiB, got ${bytes.length} bytes`, {
      where,
      hint: 'use .npy or .npz for large data',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InferproofError('format', 'expected UTF-8 text, got other bytes', { where, cause });
  }
}
