// The folder of a compiled model: the files in it, under their fixed names, and their readers.
//
//   compile   circuit.json graph.json model.circom model.quant.onnx report.json report.html, data.json where data was read by
//             more than its bytes
//   setup     proving.key vkey.json, and transcript/ where a ceremony made them
//   prove     proof.json
import { join } from 'node:path';
import type { Circuit, Graph } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { parseVerificationKey, readVerificationKey, wordCount, type VerificationKey } from '../verifier/index.js';
import { parseJson, RepeatedName } from '../verifier/json-text.js';
import { decodeReading, type Reading } from './reading.js';
import { isFile, isFolder, isLonger, readBytes, readText, refuseSpecial, refuseUnreadable } from './read.js';
import { MAX_TEXT } from './text.js';

export const FILES = {
  circuit: 'circuit.json',
  graph: 'graph.json',
  circom: 'model.circom',
  quantised: 'model.quant.onnx',
  report: 'report.json',
  page: 'report.html',
  data: 'data.json',
  provingKey: 'proving.key',
  vkey: 'vkey.json',
  transcript: 'transcript',
  proof: 'proof.json',
} as const;

/** What reads circuits: loaded by whoever has one, so that a key and a proof are checked without it. */
const CIRCUITS = () => import('../compiler/circuit/index.js');

const COMPILE_FIRST = 'inferproof compile MODEL.onnx -o DIR makes such a folder';
const SETUP_FIRST = 'inferproof setup DIR --dev makes a key for development';

/** What a folder holds; its keys are those of its circuit. */
export interface Folder {
  readonly circuit: Circuit;
  /** The float model, which `run` and `compare` measure against. */
  readonly graph: Graph | undefined;
  readonly vkey: VerificationKey | undefined;
  /** The path of the proving key; undefined without vkey.json, which is written after it. */
  readonly provingKey: string | undefined;
}

/**
 * Reads the folder of a compiled model: everything but its proof.
 * @throws InferproofError 'file' where there is no circuit or one of the files cannot be read, 'format' for a damaged one,
 * 'mismatch' for keys of another circuit
 * @example
 * ```ts
 * const { circuit, provingKey, vkey } = await readFolder('out');
 * if (vkey && provingKey) await prove(circuit, provingKey, vkey, sample);
 * ```
 */
export async function readFolder(dir: string): Promise<Folder> {
  const circuit = await readCircuit(dir);
  const has = (name: string) => isFile(join(dir, name));
  const graph = (await has(FILES.graph)) ? await readGraph(dir) : undefined;
  if (!(await has(FILES.vkey))) return { circuit, graph, vkey: undefined, provingKey: undefined };
  const vkey = await readKey(dir);
  await refuseOtherCircuit(circuit, vkey, join(dir, FILES.vkey));
  return { circuit, graph, vkey, provingKey: (await has(FILES.provingKey)) ? await provingKeyPath(dir) : undefined };
}

/**
 * How the data that a folder was compiled with was read; nothing where no data.json says it.
 * @example
 * ```ts
 * const { samples } = await readDataSet('data.npy', inputs, await readReading('out'));
 * ```
 */
export async function readReading(dir: string): Promise<Reading> {
  const path = join(dir, FILES.data);
  if (!(await isFile(path))) return {};
  return decodeReading(readText(await readOwn(path, 'how data is read', COMPILE_FIRST), path), path);
}

async function refuseNoFolder(dir: string): Promise<void> {
  if (await isFolder(dir)) return;
  throw new InferproofError('file', 'expected the folder of a compiled model', { where: dir, hint: COMPILE_FIRST });
}

/** The bytes of a file that a folder has under a fixed name. */
async function readOwn(path: string, what: string, hint: string): Promise<Uint8Array> {
  await refuseSpecial(path, what);
  return readBytes(path, what, hint);
}

/**
 * circuit.json of a folder.
 * @example
 * ```ts
 * const circuit = await readCircuit('out');
 * ```
 */
export async function readCircuit(dir: string): Promise<Circuit> {
  await refuseNoFolder(dir);
  const path = join(dir, FILES.circuit);
  const { decodeCircuit } = await CIRCUITS();
  return decodeCircuit(readText(await readOwn(path, 'a compiled circuit', COMPILE_FIRST), path), path);
}

/**
 * graph.json of a folder.
 * @example
 * ```ts
 * const { agreement } = await run(circuit, samples, { graph: await readGraph('out') });
 * ```
 */
export async function readGraph(dir: string): Promise<Graph> {
  const path = join(dir, FILES.graph);
  const { decodeGraph } = await import('../compiler/index.js');
  return decodeGraph(readText(await readOwn(path, 'the float graph of the model', COMPILE_FIRST), path), path);
}

/**
 * A verification key, whatever circuit it belongs to.
 * @param target vkey.json, or the folder that holds it
 * @example
 * ```ts
 * const vkey = await readKey('out'); // or 'out/vkey.json'
 * ```
 */
export async function readKey(target: string): Promise<VerificationKey> {
  const { json, path } = await keyFile(target);
  return parseVerificationKey(json, path);
}

/** The same for who proves with it: its points are checked with the proof. */
export async function readKeyToProve(target: string): Promise<VerificationKey> {
  const { json, path } = await keyFile(target);
  return readVerificationKey(json, path);
}

async function keyFile(target: string): Promise<{ readonly json: unknown; readonly path: string }> {
  const inFolder = await isFolder(target);
  const path = inFolder ? join(target, FILES.vkey) : target;
  const text = readText(await (inFolder ? readOwn : readBytes)(path, 'a verification key', SETUP_FIRST), path);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    const got = cause instanceof RepeatedName ? cause.message : 'a text that is not JSON';
    throw new InferproofError('format', `expected a verification key, got ${got}`, {
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
  return { json, path };
}

/**
 * The key of `target`; in a folder, that of the circuit beside it.
 * @throws InferproofError 'mismatch' when the folder's key belongs to another circuit
 * @example
 * ```ts
 * const vkey = await readMatchingKey('out');
 * ```
 */
export async function readMatchingKey(target: string): Promise<VerificationKey> {
  const key = await readKey(target);
  if (await isFile(join(target, FILES.circuit))) {
    await refuseOtherCircuit(await readCircuit(target), key, join(target, FILES.vkey));
  }
  return key;
}

/**
 * @throws InferproofError 'mismatch' when the key belongs to another circuit, or was edited to say other things of this one
 * @example
 * ```ts
 * await refuseOtherCircuit(circuit, vkey, 'out/vkey.json');
 * ```
 */
export async function refuseOtherCircuit(circuit: Circuit, key: VerificationKey, where: string): Promise<void> {
  const { keyDifference } = await CIRCUITS();
  const difference = keyDifference(circuit, key);
  if (difference === null) return;
  const got = difference === 'circuit' ? 'the key of another one' : `a key with other ${difference} than the circuit's`;
  throw new InferproofError('mismatch', `expected the key of this circuit, got ${got}`, { where, hint: SETUP_FIRST });
}

/**
 * The path of a proving key that can be read.
 * @example
 * ```ts
 * const prover = await openProver(circuit, await provingKeyPath('out'), vkey);
 * await prover.close();
 * ```
 */
export async function provingKeyPath(dir: string): Promise<string> {
  const path = join(dir, FILES.provingKey);
  await refuseSpecial(path, 'a proving key');
  await refuseUnreadable(path, 'a proving key', SETUP_FIRST);
  return path;
}

/**
 * The bytes of the proving key of a folder.
 * @example
 * ```ts
 * const { length } = await readProvingKey('out');
 * ```
 */
export const readProvingKey = (dir: string): Promise<Uint8Array> =>
  readOwn(join(dir, FILES.provingKey), 'a proving key', SETUP_FIRST);

/** Bytes of a proof's text for each of its words, and of all the rest: three times what `prove` writes, for other hands' white space. */
const WORD_BYTES = 256;
const POINTS_BYTES = 65_536;

/**
 * The JSON value of a proof file, or undefined when it holds none: the verifier says what is wrong with it.
 * @param vkey the key that the proof is for: a file that is longer than its words ask for holds none, and is not read
 * @example
 * ```ts
 * const { valid } = verify(vkey, await readProof('out/proof.json', vkey), { allowInsecureKey: true });
 * ```
 */
export async function readProof(path: string, vkey?: VerificationKey): Promise<unknown> {
  const words = vkey?.publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  const most = words === undefined ? MAX_TEXT : Math.min(MAX_TEXT, POINTS_BYTES + WORD_BYTES * words);
  if (await isLonger(path, most)) return undefined;
  const bytes = await readBytes(path, 'a proof', 'inferproof prove DIR --input DATA makes one');
  if (bytes.length > most) return undefined; // of a pipe
  try {
    return parseJson(readText(bytes, path));
  } catch {
    return undefined;
  }
}
