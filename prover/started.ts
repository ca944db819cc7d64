// What proving needs of a key alone: open, with the engine's threads started. It can begin while the circuit is still read.
import { openKey } from '#outside';
import { isPowerOfTwo } from '../compiler/circuit/domain.js';
import { InferproofError } from '../verifier/errors.js';
import type { VerificationKey } from '../verifier/index.js';
import { kernelEngine, type Engine } from './engine.js';
import type { BinFile } from './files/binfile.js';
import { keyShape, keyType } from './files/key.js';
import type { KeySource } from './key-source.js';
import { defaultBackend } from './kernel/index.js';

export interface ProverOptions {
  /** 'kernel' (default): our own WebAssembly, on threads where it can share memory. 'snarkjs': the stock prover, which takes no lookup key on 3·2^k rows. */
  readonly prover?: 'kernel' | 'snarkjs';
  /** Worker threads of the kernel, 1 to 64, default one per core. */
  readonly threads?: number;
}

export interface StartedKey {
  readonly key: BinFile;
  readonly engine: Engine;
  /** Takes over where the engine's proof is refused. */
  readonly other: Engine | null;
  /** Ends the engine and what it does, and closes the key. May be called twice. */
  readonly close: () => Promise<void>;
}

/**
 * @param argument of the key
 *
 * Returns when the threads have their first work. Throws 'format' for a damaged key, 'file' for one that cannot be read, 'usage' and
 * 'resource' for threads that cannot be had; the engine's first computation throws what came up later.
 */
export async function startKey(
  source: KeySource,
  argument: VerificationKey['argument'],
  { prover = 'kernel', threads }: ProverOptions,
): Promise<StartedKey> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64))
    throw new InferproofError('usage', `expected 1 to 64 threads, got ${threads}`);
  if (threads !== undefined && threads > 1 && defaultBackend() === 'single')
    throw new InferproofError('resource', `expected memory that ${threads} threads share, got a page without SharedArrayBuffer`, {
      hint: 'serve it over https with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or let one thread prove',
    }); // prettier-ignore
  const { key, close, stock } = await openKey(source, keyType(argument));
  try {
    const second = isPowerOfTwo(keyShape(key).domain) ? stock : null; // snarkjs knows no other domains
    const [engine, other] =
      prover === 'snarkjs' ? [stock ?? unavailable(), null] : [kernelEngine(key, threads), second];
    await engine.begun();
    let closing: Promise<void> | undefined;
    return { key, engine, other, close: () => (closing ??= engine.close().then(close)) };
  } catch (error) {
    close();
    throw error;
  }
}

function unavailable(): never {
  throw new InferproofError('usage', "expected the kernel as the prover in a browser, got 'snarkjs'");
}
