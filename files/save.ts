// What compile and setup write into the folder of a compiled model: each whole or not at all, and never a key beside the
// circuit of another.
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Circuit, Compilation } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { serializeVerificationKey, type VerificationKey } from '../verifier/index.js';
import { draftFolder, type FolderDraft } from './draft.js';
import { FILES, readKey } from './folder.js';
import { toJson } from './json-text.js';
import { isFile } from './read.js';
import { encodeReading, type Reading } from './reading.js';
import { writeFileAtomic, type Content } from './write.js';

/** Whoever has something to save has loaded it already; whoever only reads does without. */
const COMPILER = () => import('../compiler/index.js');

/** The page draws: it is loaded when there is something to draw. */
const PAGES = () => import('../report/index.js');

/** What belongs to one circuit only, besides what compile itself writes. */
const KEY_FILES: readonly string[] = [FILES.provingKey, FILES.vkey, FILES.proof];

/**
 * Begins the folder of a compilation, so that an unwritable place is known before the work starts.
 * @example
 * ```ts
 * const draft = await beginFolder('begun-folder'); // then the work, and commitCompilation
 * await draft.discard();
 * ```
 */
export const beginFolder = (dir: string): Promise<FolderDraft> => draftFolder(dir, FILES.circuit);

/**
 * Begins the folder of a page; what stands there of an older page is to be dropped.
 * @example
 * ```ts
 * const draft = await beginPage('begun-page');
 * await draft.write('page.json', '{}');
 * await draft.commit([]);
 * ```
 */
export const beginPage = (dir: string): Promise<FolderDraft> => draftFolder(dir, 'page.json');

export interface WriteOptions {
  /** Removes the keys of another circuit, whatever they are; else only those of development. */
  readonly overwrite?: boolean;
  /** How the data was read that it was compiled with. */
  readonly reading?: Reading;
}

/**
 * The second half of `writeCompilation`, for callers who begin the folder before the work.
 * @example
 * ```ts
 * const draft = await beginFolder('compiled');
 * const removed = await commitCompilation(draft, 'compiled', await compile(model, { calibration: samples }));
 * ```
 */
export async function commitCompilation(
  draft: FolderDraft,
  dir: string,
  made: Compilation,
  { overwrite = false, reading = {} }: WriteOptions = {},
): Promise<string[]> {
  const { encodeCircuit, encodeGraph, encodeReport } = await COMPILER();
  const stale = (await keyServes(dir, made.circuit, overwrite)) ? [] : await existing(dir, KEY_FILES);
  await draft.write(FILES.circuit, encodeCircuit(made.circuit));
  await draft.write(FILES.graph, encodeGraph(made.graph));
  await draft.write(FILES.circom, made.circom);
  await draft.write(FILES.quantised, made.quantisedModel);
  await draft.write(FILES.report, encodeReport(made.report));
  const { reportPage } = await PAGES();
  await draft.write(FILES.page, reportPage(basename(resolve(dir)), made.report));
  const data = encodeReading(reading);
  if (data !== undefined) await draft.write(FILES.data, data);
  await draft.commit([FILES.data, ...stale]);
  return stale;
}

/**
 * Writes a compilation into the folder at `dir`, in place of the one that is there.
 * @returns the names of the key files that were removed because they belong to another circuit
 * @throws InferproofError 'file' when it cannot be written, or `dir` is a folder of other things; 'usage' when a key of another
 *   circuit stands there that is not known to be one of development, unless `overwrite`: then nothing is changed
 * @example
 * ```ts
 * const removed = await writeCompilation('written', made, { overwrite: true });
 * ```
 */
export async function writeCompilation(dir: string, made: Compilation, options?: WriteOptions): Promise<string[]> {
  const draft = await beginFolder(dir);
  try {
    return await commitCompilation(draft, dir, made, options);
  } finally {
    await draft.discard();
  }
}

/** Whether the key in a folder is that of the circuit. A key from a ceremony is not made again by a command: it is not removed unasked. */
async function keyServes(dir: string, circuit: Circuit, overwrite: boolean): Promise<boolean> {
  const where = join(dir, FILES.vkey);
  if (!(await isFile(where))) return false;
  const key = await readKey(dir).catch(() => undefined);
  const { keyDifference } = await COMPILER();
  if (key !== undefined && keyDifference(circuit, key) === null) return true;
  if (overwrite || key?.insecure === true) return false;
  const what =
    key === undefined ? 'a key that cannot be read' : 'the key of another circuit that is no development key';
  throw new InferproofError('usage', `expected a folder whose keys may be removed, got ${what}`, {
    where,
    hint: 'compile into another folder, or remove the keys and the proof with --overwrite',
  });
}

async function existing(dir: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => isFile(join(dir, name))));
  return names.filter((_, i) => found[i]);
}

/**
 * Writes proving.key and vkey.json, which is removed first and written last: the proving key beside it is its own.
 * @example
 * ```ts
 * const { provingKey, vkey } = await setup(circuit, { dev: true });
 * await writeKeys('written', provingKey, vkey);
 * ```
 */
export async function writeKeys(dir: string, provingKey: Content, vkey: VerificationKey): Promise<void> {
  await rm(join(dir, FILES.vkey), { force: true }).catch(() => undefined);
  await writeFileAtomic(join(dir, FILES.provingKey), provingKey);
  await writeFileAtomic(join(dir, FILES.vkey), `${toJson(serializeVerificationKey(vkey), 2)}\n`);
}
