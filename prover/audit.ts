// audit: is this circuit what that model compiles to, and what is known of its key?
import type { Circuit } from '../compiler/circuit/circuit.js';
import { circuitDigest, encodeCircuit } from '../compiler/circuit/json.js';
import { recompile, type CompileOptions, type Progress } from '../compiler/index.js';
import type { VerificationKey } from '../verifier/index.js';

export interface AuditResult {
  readonly circuit: 'equal' | 'different';
  /**
   * different: a key of another circuit. unverifiable: nothing shows how the key was made, so who uses it trusts who made
   * it; this holds for every development key, and for a ceremony's until its transcript is at hand.
   */
  readonly key: 'verified' | 'unverifiable' | 'different';
  /** First place where the two circuits part. */
  readonly firstDifference?: string;
}

/** Compiles the model again under the circuit's recorded options and compares the whole. Throws as `compile` does. */
export function audit(
  circuit: Circuit,
  model: Uint8Array,
  vkey: VerificationKey | undefined,
  { externalData, onProgress }: Pick<CompileOptions, 'externalData'> & { readonly onProgress?: Progress } = {},
): AuditResult {
  onProgress?.('compile', 0, 0);
  const again = recompile(model, circuit, externalData);
  const key = vkey && vkey.circuit !== circuitDigest(circuit) ? 'different' : 'unverifiable';
  const [mine, theirs] = [encodeCircuit(circuit), encodeCircuit(again)];
  if (mine === theirs) return { circuit: 'equal', key };
  const place = firstDifference(JSON.parse(mine), JSON.parse(theirs), 'circuit.json');
  return { circuit: 'different', key, firstDifference: place ?? 'circuit.json' };
}

/** Path of the first field in which two JSON values differ. */
function firstDifference(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  for (const [name, value] of Object.entries(a)) {
    const other = (b as Record<string, unknown>)[name];
    const place = firstDifference(value, other, Array.isArray(a) ? `${path}[${name}]` : `${path}.${name}`);
    if (place) return place;
  }
  return Object.keys(b).length > Object.keys(a).length ? path : null;
}
