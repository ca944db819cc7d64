// audit: is this circuit what that model compiles to, and what is known about its key?
//
//   circuit   the model is compiled again under the recorded options, and everything must come out the same; model.circom
//             must be, as circom reads it, the system that keys and witnesses are made from
//   key       it must be the key of this circuit; with a ceremony's powers of tau, snarkjs checks every part of it
import { isDeepStrictEqual } from 'node:util';
import type { Circuit } from '../compiler/circuit/circuit.js';
import { circuitDigest, encodeCircuit } from '../compiler/circuit/json.js';
import { arrange, type Arrangement } from '../compiler/circuit/arrange.js';
import { r1csFile } from '../compiler/circuit/r1cs.js';
import type { RowSystem } from '../compiler/circuit/rows.js';
import { emitCircom } from '../compiler/emit/circom.js';
import { recompile, type CompileOptions, type Progress } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import type { VerificationKey } from '../verifier/index.js';
import { parseBin } from './files/binfile.js';
import { circomCanCompile, circomDifference } from './circom/equivalence.js';
import { linkCircuit } from './circom/link.js';
import { checkPtau } from './setup/ptau.js';
import { contributionsOf, keyShape, sameSetup } from './files/zkey.js';
import { verifyZkey } from './snarkjs/index.js';

export interface AuditOptions extends Pick<CompileOptions, 'externalData'> {
  /** The text of model.circom; what `compile` writes, if absent. */
  readonly circom?: string;
  readonly vkey?: VerificationKey;
  readonly provingKey?: Uint8Array;
  /** Path of the powers of tau that the key was made from. `snarkjs powersoftau verify` checks their contributions. */
  readonly ptau?: string;
  readonly onProgress?: Progress;
}

export interface AuditResult {
  readonly circuit: 'equal' | 'different';
  /**
   * different: a key of another circuit, or halves that do not belong together, or not made from the given powers of tau.
   * unverifiable: nothing shows how the key was made, so whoever uses it trusts whoever made it; this holds for every
   * development key, and for a ceremony's until its powers of tau are at hand.
   */
  readonly key: 'verified' | 'unverifiable' | 'different';
  /** First place where the two circuits part. */
  readonly firstDifference?: string;
  /** Whether circom compiled model.circom whole; else its text was compared, and circom compiled the gadgets only. */
  readonly wholeByCircom: boolean;
}

/** Throws 'format' and 'file' as `compile` does for the model, 'format' and 'file' for keys, powers of tau and a model.circom that cannot be read. */
export async function audit(circuit: Circuit, model: Uint8Array, options: AuditOptions = {}): Promise<AuditResult> {
  const { externalData, circom, onProgress } = options;
  onProgress?.('compile', 0, 0);
  const changed = changedField(circuit, compiledAgain(model, circuit, externalData));
  const wholeByCircom = changed === null && circomCanCompile(circuit);
  const wires = arrange(circuit);
  const linked = wholeByCircom || options.ptau !== undefined ? await linkCircuit(wires) : null;
  if (wholeByCircom) onProgress?.('circom', 0, 0);
  const firstDifference = changed ?? (await changedCircom(wires, circom, wholeByCircom ? linked : null));
  onProgress?.('key', 0, 0);
  const key = await auditKey(circuit, linked, options);
  return firstDifference === null
    ? { circuit: 'equal', key, wholeByCircom }
    : { circuit: 'different', key, firstDifference, wholeByCircom };
}

/** The options' path where the model cannot be compiled under them: it once was, so they were edited. */
function compiledAgain(
  model: Uint8Array,
  circuit: Circuit,
  externalData: CompileOptions['externalData'],
): Circuit | 'modelSha256' | 'options' {
  try {
    return recompile(model, circuit, externalData) ?? 'modelSha256';
  } catch (error) {
    const code = error instanceof InferproofError ? error.code : 'internal';
    if (code === 'usage' || code === 'unsupported' || code === 'unbounded') return 'options';
    throw error;
  }
}

/** Path of the first field of circuit.json in which two circuits differ. */
function changedField(circuit: Circuit, again: Circuit | 'modelSha256' | 'options'): string | null {
  if (typeof again === 'string') return `circuit.json.${again}`;
  const [mine, theirs] = [encodeCircuit(circuit), encodeCircuit(again)];
  if (mine === theirs) return null;
  return pathOfChange(JSON.parse(mine), JSON.parse(theirs), 'circuit.json') ?? 'circuit.json';
}

function pathOfChange(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  for (const [name, value] of Object.entries(a)) {
    const other = (b as Record<string, unknown>)[name];
    const place = pathOfChange(value, other, Array.isArray(a) ? `${path}[${name}]` : `${path}.${name}`);
    if (place) return place;
  }
  return Object.keys(b).length > Object.keys(a).length ? path : null;
}

/** Where model.circom parts from the linked rows; without these, from the text that `compile` writes. */
async function changedCircom(
  wires: Arrangement,
  text: string | undefined,
  linked: RowSystem | null,
): Promise<string | null> {
  const wanted = emitCircom(wires);
  return linked ? circomDifference(wires, text ?? wanted, linked) : changedLine(text ?? wanted, wanted);
}

function changedLine(text: string, want: string): string | null {
  if (text === want) return null;
  const [lines, wanted] = [text.split('\n'), want.split('\n')];
  const at = lines.findIndex((line, i) => line !== wanted[i]);
  return `model.circom:${(at < 0 ? lines.length : at) + 1}`;
}

async function auditKey(
  circuit: Circuit,
  linked: RowSystem | null,
  { vkey, provingKey, ptau }: AuditOptions,
): Promise<AuditResult['key']> {
  if (!vkey) return 'unverifiable';
  if (vkey.circuit !== circuitDigest(circuit) || !isDeepStrictEqual(vkey.publics, circuit.publics)) return 'different';
  if (vkey.argument !== circuit.options.argument) return 'different';
  if (!provingKey) return 'unverifiable';
  const file = parseBin(provingKey, 'zkey', 'proving key');
  if (!sameSetup(file, vkey) || contributionsOf(file) !== vkey.contributions) return 'different';
  if (vkey.argument !== 'plain' || ptau === undefined || linked === null || vkey.insecure) return 'unverifiable';
  await checkPtau(ptau, Math.log2(keyShape(file).domain));
  const r1cs = Buffer.concat([...r1csFile(linked)]);
  return (await verifyZkey(r1cs, ptau, provingKey)) ? 'verified' : 'different';
}
