// audit: is this circuit, and what else compile wrote, what that model compiles to, and what is known about its key?
//
//   circuit   the model is compiled again under the recorded options, and every file must come out the same, byte for byte, but for
//             the figures of report.json that nobody can make again; circom then makes of model.circom, where it is small
//             enough, the system that keys and witnesses are made from
//   key       it must be the key of this circuit; with the transcript and the powers of tau of its ceremony every part of it is checked
//             (ceremony/), or by snarkjs where its one contribution is snarkjs's
import { arrange, type Arrangement } from '../compiler/circuit/arrange.js';
import type { Circuit } from '../compiler/circuit/circuit.js';
import { encodeCircuit } from '../compiler/circuit/json.js';
import { keyDifference } from '../compiler/circuit/key.js';
import type { RowSystem } from '../compiler/circuit/rows.js';
import { emitCircom } from '../compiler/emit/circom.js';
import { recompile, type CompileOptions, type Progress, type Recompiled } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { parseVerificationKey, type VerificationKey } from '../verifier/index.js';
import { differencesOf, pathOfChange, type AuditedFiles } from './audited-files.js';
import type { CeremonyFiles } from './ceremony/transcript.js';
import { verifyCeremony } from './ceremony/powers.js';
import { circomCanCompile, circomDifference } from './circom/equivalence.js';
import { linkCircuit } from './circom/link.js';
import { parseBin } from './files/binfile.js';
import { committedOf, keyShape, keyType, sameSetup } from './files/key.js';
import { followsFirst } from './ceremony/brought.js';
import { firstKey } from './setup/first-key.js';
import { verifyPowers } from './setup/verified.js';

export interface AuditOptions extends AuditedFiles, Pick<CompileOptions, 'externalData'> {
  readonly vkey?: VerificationKey;
  readonly provingKey?: Uint8Array;
  /** Path of the powers of tau that the key was made from. */
  readonly ptau?: string;
  /** The transcript of the ceremony that the key is said to come from; wants `ptau`. */
  readonly ceremony?: CeremonyFiles;
  readonly onProgress?: Progress;
}

export interface AuditResult {
  /** Of the circuit and of the files that were given. */
  readonly circuit: 'equal' | 'different';
  /**
   * different: a key of another circuit, or halves that do not belong together, or not made from the given powers of tau.
   * unverifiable: nothing shows how the key was made, so whoever uses it trusts whoever made it; this holds for every
   * development key, and for a ceremony's until its transcript and its powers of tau are at hand.
   */
  readonly key: 'verified' | 'unverifiable' | 'different';
  /** The first of `differences`. */
  readonly firstDifference?: string;
  /** The place where each file parts from what compile writes; where circuit.json does, that place alone. */
  readonly differences: readonly string[];
  /** Whether circom compiled model.circom whole; else its text was compared, and circom compiled the gadgets only. */
  readonly wholeByCircom: boolean;
}

/**
 * Throws 'format' and 'file' as `compile` does for the model, and for keys and powers of tau that cannot be read.
 * @example
 * ```ts
 * const { circuit: same, firstDifference } = await audit(circuit, model);
 * show(same, firstDifference); // 'equal': this is what the model compiles to
 * ```
 */
export async function audit(circuit: Circuit, model: Uint8Array, options: AuditOptions = {}): Promise<AuditResult> {
  const { externalData, onProgress } = options;
  onProgress?.('compile', 0, 0);
  const again = compiledAgain(model, circuit, externalData);
  const changed = changedField(circuit, again);
  const wires = arrange(circuit);
  const inFiles =
    changed === null && typeof again !== 'string' ? differencesOf(wires, again.graph, options) : [changed ?? ''];
  const wholeByCircom = inFiles.length === 0 && circomCanCompile(circuit);
  const linked = wholeByCircom || options.ptau !== undefined ? await linkCircuit(wires) : null;
  const unlike = wholeByCircom && linked ? await unlikeCircom(wires, linked, onProgress) : [];
  onProgress?.('key', 0, 0);
  const key = await auditKey(wires, linked, options);
  const differences = [...inFiles, ...unlike];
  return differences.length === 0
    ? { circuit: 'equal', key, differences, wholeByCircom }
    : { circuit: 'different', key, firstDifference: differences[0], differences, wholeByCircom };
}

/** circom reads the text that compile writes, never the folder's: that one may run for ever, and include any file. */
async function unlikeCircom(wires: Arrangement, linked: RowSystem, onProgress?: Progress): Promise<string[]> {
  onProgress?.('circom', 0, 0);
  const difference = await circomDifference(wires, emitCircom(wires), linked);
  return difference === null ? [] : [difference];
}

/** The options' path where the model cannot be compiled under them: it once was, so they were edited. */
function compiledAgain(
  model: Uint8Array,
  circuit: Circuit,
  externalData: CompileOptions['externalData'],
): Recompiled | 'modelSha256' | 'options' {
  try {
    return recompile(model, circuit, externalData) ?? 'modelSha256';
  } catch (error) {
    const code = error instanceof InferproofError ? error.code : 'internal';
    if (code === 'usage' || code === 'unsupported' || code === 'unbounded') return 'options';
    throw error;
  }
}

/** Path of the first field of circuit.json in which two circuits differ. */
function changedField(circuit: Circuit, again: Recompiled | 'modelSha256' | 'options'): string | null {
  if (typeof again === 'string') return `circuit.json.${again}`;
  const [mine, theirs] = [encodeCircuit(circuit), encodeCircuit(again.circuit)];
  if (mine === theirs) return null;
  return pathOfChange(JSON.parse(mine), JSON.parse(theirs), 'circuit.json') ?? 'circuit.json';
}

async function auditKey(
  { circuit, nCommitted }: Arrangement,
  linked: RowSystem | null,
  { vkey: json, provingKey, ptau, ceremony, onProgress }: AuditOptions,
): Promise<AuditResult['key']> {
  if (!json) return 'unverifiable';
  const vkey = parseVerificationKey(json);
  if (keyDifference(circuit, vkey) !== null || committedOf(vkey) !== nCommitted) return 'different';
  if (!provingKey) return 'unverifiable';
  const file = parseBin(provingKey, keyType(vkey.argument), 'proving key');
  if (!sameSetup(file, vkey)) return 'different';
  if (vkey.transcript !== undefined || ceremony !== undefined) {
    if (ceremony === undefined || ptau === undefined) return 'unverifiable';
    const answer = await verifyCeremony(ceremony, provingKey, circuit, ptau, { onProgress });
    const { contributions, transcript } = vkey;
    const same = answer.valid && answer.transcript === transcript && answer.contributions === contributions;
    return same ? 'verified' : 'different';
  }
  if (vkey.argument !== 'plain' || ptau === undefined || linked === null || vkey.insecure) return 'unverifiable';
  await verifyPowers(ptau, {
    needed: Math.log2(keyShape(file).domain),
    onAsk: () => onProgress?.('verify powers of tau', 0, 0),
  });
  const first = await firstKey(linked, ptau, { argument: 'plain' });
  return (await followsFirst(linked, ptau, first.file, file)) ? 'verified' : 'different';
}
