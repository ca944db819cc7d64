// Whether a .ptau file is what a ceremony made: snarkjs checks every contribution and every power, in minutes for a large file. A file
// that passed is remembered by its SHA-256, so that it passes once; a changed one is checked again.
//
// The notes lie in the user's own cache, never beside the file: whoever gives away a file could give a note with it.
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { InferproofError } from '../../verifier/errors.js';
import { verifyPowersOfTau } from '../snarkjs/index.js';
import { openPowers } from './powers.js';

const CHUNK = 1 << 22;

export interface VerifiedPowers {
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  /** Whether this call had to ask snarkjs. */
  readonly asked: boolean;
}

export interface VerifyOptions {
  /** log2 of the domain that the file must serve. */
  readonly needed?: number;
  /** Called before snarkjs is asked, which takes minutes for a large file. */
  readonly onAsk?: () => void;
}

/**
 * Passes a file whose headers are whole (`openPowers`) and that `snarkjs powersoftau verify` accepts, now or before.
 * @throws as `openPowers`; 'format' with snarkjs's words where it refuses; 'resource' where it runs out of memory
 */
export async function verifyPowers(path: string, { needed = 1, onAsk }: VerifyOptions = {}): Promise<VerifiedPowers> {
  const hash = await hashOf(path, needed);
  const cache = cacheFolder();
  const note = join(cache, hash);
  const known = await stat(note).then((found) => found.isFile(), () => false); // prettier-ignore
  if (known) return { hash, asked: false };
  onAsk?.();
  const refusal = await verifyPowersOfTau(path);
  if (refusal !== null) {
    throw new InferproofError('format', `expected powers of tau that snarkjs verifies, got: ${refusal}`, {
      where: path,
      hint: 'the file is damaged or not from a ceremony: fetch it again',
    });
  }
  await refuseChanged(path, hash);
  await remember(cache, note);
  return { hash, asked: true };
}

/** Throws 'file' where a file is no longer the one that passed: a path may lead elsewhere by the time it is read again. */
export async function refuseChanged(path: string, hash: string): Promise<void> {
  if ((await hashOf(path, 1)) === hash) return;
  throw new InferproofError('file', 'expected a file that stays as it is, got one that changed while it was used', { where: path }); // prettier-ignore
}

async function hashOf(path: string, needed: number): Promise<string> {
  const powers = await openPowers(path, needed);
  try {
    const hash = createHash('sha256');
    const chunk = new Uint8Array(Math.min(CHUNK, powers.bytes));
    for (let at = 0; at < powers.bytes; at += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, powers.bytes - at));
      await powers.readAt(at, part);
      hash.update(part);
    }
    return hash.digest('hex');
  } finally {
    await powers.close();
  }
}

/** inferproof/ptau in $XDG_CACHE_HOME, or in ~/.cache. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME: base } = process.env;
  return join(
    base !== undefined && isAbsolute(base) ? base : join(resolve('/', homedir()), '.cache'),
    'inferproof',
    'ptau',
  );
}

/** A cache that cannot be written costs the check the next time, and nothing else. */
async function remember(cache: string, note: string): Promise<void> {
  try {
    await mkdir(cache, { recursive: true, mode: 0o700 });
    await writeFile(note, '');
  } catch {
    return;
  }
}
