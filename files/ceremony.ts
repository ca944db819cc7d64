// The folder of a ceremony, and how a step is added to it.
//
//   ceremony.json               what the ceremony is for
//   0001.json, 0002.json, …     one a step
//   key-<16 hex digits>.key     the current key; the digits begin the SHA-256 of the last of the files above
//
// A step is added by one hard link, to the file of its number: it is there whole or not at all, and of two that are added at once the
// second is told. The key was written before under a name of its own, and the old one is removed after; a step that is interrupted
// leaves at most a key that no step belongs to.
import { createHash } from 'node:crypto';
import { link, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InferproofError } from '../verifier/errors.js';
import { draftFolder } from './draft.js';
import { fileError, isFile, isFolder, readBytes, readText, refuseSpecial } from './read.js';
import { forget, removeLeftovers, temporaryName, writeFileAtomic, writeFlushed } from './write.js';

/** The texts of a ceremony, in order. */
export interface CeremonyTexts {
  readonly ceremony: string;
  readonly steps: readonly string[];
}

const HEAD = 'ceremony.json';
const START = 'inferproof ceremony start DIR --ptau FILE -o CEREMONY begins one';
const STEP = /^\d{4}\.json$/;
const KEY = /^key-[0-9a-f]{16}\.key$/;
const stepName = (index: number): string => `${String(index).padStart(4, '0')}.json`;
/** Most steps, and bytes of a step and of ceremony.json, which has the names of all outputs: a folder without end is not read to it. */
const MAX_STEPS = 4096;
const MAX_STEP = 2 ** 16;
const MAX_HEAD = 2 ** 26;

/** Where the key after the last of these texts is. */
const keyName = ({ ceremony, steps }: CeremonyTexts): string =>
  `key-${createHash('sha256')
    .update(steps.at(-1) ?? ceremony)
    .digest('hex')
    .slice(0, 16)}.key`;

/**
 * Reads the files of a ceremony but its key; a folder with these alone is a transcript.
 * @throws InferproofError 'file' where there is none, or one that is missing between two others
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * await writeCeremony('to-list', ceremony, key);
 * const { steps } = await readTranscript('to-list');
 * ```
 */
export async function readTranscript(dir: string): Promise<CeremonyTexts> {
  if (!(await isFolder(dir)) || !(await isFile(join(dir, HEAD))))
    throw new InferproofError('file', `expected the folder of a ceremony, got none with ${HEAD}`, { where: dir, hint: START }); // prettier-ignore
  const names = (await readdir(dir)).filter((name) => STEP.test(name)).sort();
  const missing = names.findIndex((name, i) => name !== stepName(i + 1));
  if (missing !== -1)
    throw new InferproofError('file', `expected ${stepName(missing + 1)}, got ${names[missing]}: a step is missing`, {
      where: dir,
    });
  if (names.length > MAX_STEPS)
    throw new InferproofError('format', `expected at most ${MAX_STEPS} steps, got ${names.length}`, { where: dir });
  const text = async (name: string, most: number): Promise<string> => {
    const path = join(dir, name);
    await refuseSpecial(path, 'a file of a ceremony');
    const { size } = await stat(path);
    if (size > most)
      throw new InferproofError('format', `expected at most ${most} bytes, got ${size}`, { where: path });
    return readText(await readBytes(path, 'a file of a ceremony'), path);
  };
  const steps: string[] = [];
  for (const name of names) steps.push(await text(name, MAX_STEP));
  return { ceremony: await text(HEAD, MAX_HEAD), steps };
}

/**
 * The same with the current key. Throws 'file' where it is missing.
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * await writeCeremony('to-read', ceremony, key);
 * const { texts, key: current } = await readCeremony('to-read');
 * ```
 */
export async function readCeremony(dir: string): Promise<{ readonly texts: CeremonyTexts; readonly key: Uint8Array }> {
  const texts = await readTranscript(dir);
  const path = join(dir, keyName(texts));
  await refuseSpecial(path, 'the key of a ceremony');
  const hint = 'the key goes with the other files of the folder, under the name that it has';
  return { texts, key: await readBytes(path, 'the key after the last step', hint) };
}

/**
 * Begins a ceremony in a new folder. Throws 'file' where there is something else.
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * await writeCeremony('of-one', ceremony, key);
 * ```
 */
export async function writeCeremony(dir: string, ceremony: string, key: Uint8Array): Promise<void> {
  const texts = { ceremony, steps: [] };
  await refuseExisting(dir);
  const draft = await draftFolder(dir, HEAD);
  try {
    await draft.write(HEAD, ceremony);
    await draft.write(keyName(texts), key);
    await draft.commit([]);
  } finally {
    await draft.discard();
  }
}

/**
 * Refuses a place that already has a ceremony: what has been contributed to is never replaced.
 * @example
 * ```ts
 * await refuseExisting('a-new-ceremony'); // throws where one stands
 * ```
 */
export async function refuseExisting(dir: string): Promise<void> {
  if (await isFile(join(dir, HEAD)))
    throw new InferproofError('file', 'expected a new folder, got one that has a ceremony', { where: dir });
}

/**
 * Adds a step behind those that were read, with the key after it.
 * @throws InferproofError 'mismatch' where somebody else has added a step meanwhile: then nothing is changed
 * @example
 * ```ts
 * const { ceremony, key } = await startCeremony(circuit, 'powers.ptau');
 * await writeCeremony('of-two', ceremony, key);
 * const { texts, key: current } = await readCeremony('of-two');
 * const { step, key: next } = await contribute(texts, current, { name: 'Ada' });
 * await addStep('of-two', texts, step, next);
 * ```
 */
export async function addStep(dir: string, before: CeremonyTexts, step: string, key: Uint8Array): Promise<void> {
  const after = { ...before, steps: [...before.steps, step] };
  const [path, keyPath] = [join(dir, stepName(after.steps.length)), join(dir, keyName(after))];
  const now = await readTranscript(dir);
  if (keyName(now) !== keyName(before)) throw taken(path);
  await writeFileAtomic(keyPath, key);
  const temporary = temporaryName(path);
  const others = (await readdir(dir)).filter((name) => KEY.test(name) && name !== basename(keyPath));
  try {
    await writeFlushed(temporary, step);
    await link(temporary, path);
  } catch (cause) {
    await rm(keyPath, { force: true });
    throw cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
      ? taken(path)
      : fileError(cause, 'to write this file', path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
    forget(temporary);
  }
  for (const name of others) await rm(join(dir, name), { force: true }).catch(() => undefined);
  await removeLeftovers(path);
}

const taken = (where: string): InferproofError =>
  new InferproofError('mismatch', 'expected the ceremony as it was read, got one that somebody has contributed to meanwhile', { where, hint: 'nothing was changed: contribute again, to the key that is there now' }); // prettier-ignore

/**
 * A copy of the files but the key, in a folder that is replaced as a whole.
 * @example
 * ```ts
 * const { ceremony } = await startCeremony(circuit, 'powers.ptau');
 * await writeTranscript('transcript', { ceremony, steps: [] });
 * ```
 */
export async function writeTranscript(dir: string, { ceremony, steps }: CeremonyTexts): Promise<void> {
  await mkdir(dirname(resolve(dir)), { recursive: true });
  if (await lstat(dir).then((found) => found.isSymbolicLink(), () => false)) // prettier-ignore
    throw new InferproofError('file', 'expected a folder or nothing, got a symbolic link', { where: dir, hint: 'remove it: what it points to is not replaced' }); // prettier-ignore
  const draft = await draftFolder(dir, HEAD);
  try {
    await draft.write(HEAD, ceremony);
    for (const [i, step] of steps.entries()) await draft.write(stepName(i + 1), step);
    // a shorter transcript than the one before must not keep its last steps
    const old = (await readdir(dir).catch((): string[] => [])).filter((name) => STEP.test(name) && Number(name.slice(0, 4)) > steps.length); // prettier-ignore
    await draft.commit(old);
  } finally {
    await draft.discard();
  }
}
