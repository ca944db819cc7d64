// setup: the keys of a circuit, for development (fast, insecure, marked so inside the key) or from powers of tau.
import type { Circuit } from '../compiler/circuit/circuit.js';
import { circuitDigest } from '../compiler/circuit/json.js';
import { arrange } from '../compiler/circuit/arrange.js';
import type { Progress } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { parseVerificationKey, serializeVerificationKey, type VerificationKey } from '../verifier/index.js';
import { concat } from '../verifier/field.js';
import { binChunks, binLength } from './files/binfile.js';
import { linkCircuit } from './circom/link.js';
import { broughtSetup } from './ceremony/brought.js';
import { devSetup } from './setup/dev.js';
import { keyPoints } from './files/key.js';
import type { SetupKey } from './files/zkey.js';
import { ptauSetup } from './setup/ptau.js';

/** Where the secrets come from: this process, a prepared powers-of-tau file, or whoever contributed to a zkey that began with it. */
export type SetupSource =
  { readonly dev: true } | { readonly ptau: string } | { readonly ptau: string; readonly from: Uint8Array };

export interface SetupResult {
  /** proving.key: a zkey file in plain, key format 2 in lookup. */
  readonly provingKey: Uint8Array;
  readonly vkey: VerificationKey;
  readonly rows: number;
  readonly domain: number;
  readonly seconds: number;
  readonly insecure: boolean;
  readonly contributions: number;
}

/** The same with a proving key that is in memory in pieces, for files: nothing needs it in one. */
export type MadeKeys = Omit<SetupResult, 'provingKey'> & {
  readonly provingKey: { readonly length: number; readonly pieces: () => Iterable<Uint8Array> };
};

/**
 * Makes the keys of a circuit. Throws as `makeKeys` does.
 * @example
 * ```ts
 * const { provingKey, vkey } = await setup(circuit, { dev: true }); // or { ptau: 'powers.ptau' }
 * ```
 */
export async function setup(
  circuit: Circuit,
  source: SetupSource,
  options: { readonly onProgress?: Progress } = {},
): Promise<SetupResult> {
  const { provingKey, ...made } = await makeKeys(circuit, source, options);
  return { ...made, provingKey: concat([...provingKey.pieces()]) };
}

/**
 * Makes the keys of a circuit.
 * Throws 'file' and 'format' for a powers-of-tau file that cannot be used or that snarkjs refuses, 'usage' for one with a lookup circuit,
 * 'format', 'mismatch' and 'insecure' for a key in `from` (ceremony/brought.ts), 'resource'
 * where memory, a worker or circom could not be obtained.
 */
export async function makeKeys(
  circuit: Circuit,
  source: SetupSource,
  { onProgress }: { readonly onProgress?: Progress } = {},
): Promise<MadeKeys> {
  const start = performance.now();
  const { argument } = circuit.options;
  if ('ptau' in source && argument === 'lookup') {
    throw new InferproofError(
      'usage',
      'expected a development setup or a ceremony for the lookup argument, got --ptau',
      {
        hint: 'inferproof ceremony start DIR --ptau FILE -o CEREMONY begins one; setup --dev makes a key for tests',
      },
    );
  }
  onProgress?.('link', 0, 0);
  const wires = arrange(circuit);
  const system = await linkCircuit(wires);
  const key =
    'from' in source
      ? await broughtSetup(system, source.from, source.ptau, onProgress)
      : 'ptau' in source
        ? await ptauSetup(system, source.ptau, onProgress)
        : await devSetup(system, { argument, onProgress: (done, total) => onProgress?.('setup', done, total) });
  const { insecure, contributions, domain } = key;
  return {
    provingKey: { length: binLength(key.file), pieces: () => binChunks(key.file) },
    vkey: verificationKey(circuit, wires.nCommitted, key),
    rows: system.nRows,
    domain,
    seconds: (performance.now() - start) / 1000,
    insecure,
    contributions,
  };
}

function verificationKey(circuit: Circuit, committed: number, key: SetupKey): VerificationKey {
  const { file, insecure, contributions } = key;
  const common = { insecure, contributions, circuit: circuitDigest(circuit), publics: circuit.publics };
  const { eta, ...points } = keyPoints(file);
  if (circuit.options.argument === 'plain') {
    return parseVerificationKey(serializeVerificationKey({ argument: 'plain', ...common, ...points }));
  }
  if (!eta) throw new InferproofError('internal', 'expected a key with a commitment basis, got one without');
  return parseVerificationKey(serializeVerificationKey({ argument: 'lookup', committed, ...common, ...points, eta }));
}
