// The folder of a compiled model and the files in it, under their fixed names.
//
//   compile   circuit.json graph.json model.circom model.quant.onnx report.json
//   setup     proving.key vkey.json
//   prove     proof.json
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { circuitDigest, decodeCircuit, decodeGraph, encodeCircuit, encodeGraph } from '../compiler/index.js';
import type { Circuit, Compilation, Graph } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { parseVerificationKey, serializeVerificationKey, type VerificationKey } from '../verifier/index.js';
import {
  draftFolder,
  isFile,
  isFolder,
  readBytes,
  readText,
  refuseUnreadable,
  writeFileAtomic,
  type FolderDraft,
} from './files.js';
import { toJson } from './output.js';

export const FILES = {
  circuit: 'circuit.json',
  graph: 'graph.json',
  circom: 'model.circom',
  quantised: 'model.quant.onnx',
  report: 'report.json',
  provingKey: 'proving.key',
  vkey: 'vkey.json',
  proof: 'proof.json',
} as const;

/** What belongs to one circuit only, beside what compile itself writes. */
const KEY_FILES: readonly string[] = [FILES.provingKey, FILES.vkey, FILES.proof];

const COMPILE_FIRST = 'inferproof compile MODEL.onnx -o DIR makes such a folder';
const SETUP_FIRST = 'inferproof setup DIR --dev makes a key for development';

export const beginFolder = (dir: string): Promise<FolderDraft> => draftFolder(dir, FILES.circuit);

/**
 * Writes a compilation into its folder and puts it in place.
 * @returns the names of the key files that were removed because they belong to another circuit
 */
export async function commitCompilation(draft: FolderDraft, dir: string, made: Compilation): Promise<string[]> {
  await draft.write(FILES.circuit, encodeCircuit(made.circuit));
  await draft.write(FILES.graph, encodeGraph(made.graph));
  await draft.write(FILES.circom, made.circom);
  await draft.write(FILES.quantised, made.quantisedModel);
  await draft.write(FILES.report, `${toJson(made.report, 2)}\n`);
  const stale = (await keyServes(dir, made.circuit)) ? [] : await existing(dir, KEY_FILES);
  await draft.commit(stale);
  return stale;
}

async function keyServes(dir: string, circuit: Circuit): Promise<boolean> {
  const key = await readKey(dir).catch(() => undefined);
  return key !== undefined && key.circuit === circuitDigest(circuit);
}

async function existing(dir: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => isFile(join(dir, name))));
  return names.filter((_, i) => found[i]);
}

async function refuseNoFolder(dir: string): Promise<void> {
  if (await isFolder(dir)) return;
  throw new InferproofError('file', 'expected the folder of a compiled model', { where: dir, hint: COMPILE_FIRST });
}

export async function readCircuit(dir: string): Promise<Circuit> {
  await refuseNoFolder(dir);
  const path = join(dir, FILES.circuit);
  return decodeCircuit(readText(await readBytes(path, 'a compiled circuit', COMPILE_FIRST), path), path);
}

export async function readGraph(dir: string): Promise<Graph> {
  const path = join(dir, FILES.graph);
  return decodeGraph(readText(await readBytes(path, 'the float graph of the model', COMPILE_FIRST), path), path);
}

/** @param target vkey.json, or the folder that holds it */
export async function readKey(target: string): Promise<VerificationKey> {
  const path = (await isFolder(target)) ? join(target, FILES.vkey) : target;
  const text = readText(await readBytes(path, 'a verification key', SETUP_FIRST), path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InferproofError('format', 'expected a verification key, got a text that is not JSON', {
      where: path,
      hint: SETUP_FIRST,
      cause,
    });
  }
  if (typeof json === 'object' && json !== null && 'format' in json && json.format === 'inferproof-proof')
    throw new InferproofError('format', 'expected a verification key, got a proof', {
      where: path,
      hint: 'the key stands before the proof',
    });
  return parseVerificationKey(json, path);
}

/**
 * The key of `target`; in a folder, that of the circuit beside it.
 * @throws InferproofError 'mismatch' when the folder's key belongs to another circuit
 */
export async function readMatchingKey(target: string): Promise<VerificationKey> {
  const key = await readKey(target);
  if (await isFile(join(target, FILES.circuit))) {
    refuseOtherCircuit(await readCircuit(target), key, join(target, FILES.vkey));
  }
  return key;
}

export function refuseOtherCircuit(circuit: Circuit, key: VerificationKey, where: string): void {
  if (key.circuit === circuitDigest(circuit)) return;
  throw new InferproofError('mismatch', 'expected the key of this circuit, got the key of another one', {
    where,
    hint: SETUP_FIRST,
  });
}

export async function readCircom(dir: string): Promise<string> {
  const path = join(dir, FILES.circom);
  return readText(await readBytes(path, 'the circom text of the circuit', COMPILE_FIRST), path);
}

/** The path of a proving key that can be read. */
export async function provingKeyPath(dir: string): Promise<string> {
  const path = join(dir, FILES.provingKey);
  await refuseUnreadable(path, 'a proving key', SETUP_FIRST);
  return path;
}

export async function readProvingKey(dir: string): Promise<Uint8Array> {
  return readBytes(join(dir, FILES.provingKey), 'a proving key', SETUP_FIRST);
}

/** vkey.json is removed first and written last: where it stands, the proving key beside it is its own. */
export async function writeKeys(dir: string, provingKey: Uint8Array, vkey: VerificationKey): Promise<void> {
  await rm(join(dir, FILES.vkey), { force: true }).catch(() => undefined);
  await writeFileAtomic(join(dir, FILES.provingKey), provingKey);
  await writeFileAtomic(join(dir, FILES.vkey), `${toJson(serializeVerificationKey(vkey), 2)}\n`);
}

/** The JSON value of a proof file, or the text itself when it is not JSON: what is wrong with it is the verifier's to say. */
export async function readProof(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(
    await readBytes(path, 'a proof', 'inferproof prove DIR --input DATA makes one'),
  );
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
