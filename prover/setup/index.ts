// setup: the keys of a circuit, for development (fast, insecure, marked so inside the key) or from powers of tau.
import type { Circuit } from '../../compiler/circuit/circuit.js';
import { circuitDigest } from '../../compiler/circuit/json.js';
import { layout } from '../../compiler/circuit/layout.js';
import type { Progress } from '../../compiler/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { parseVerificationKey, type VerificationKey } from '../../verifier/index.js';
import { binBytes } from '../binfile.js';
import { linkCircuit } from '../gadgets.js';
import { stockKey } from '../snarkjs.js';
import { devSetup } from './dev.js';
import { keyPoints, type SetupKey } from './key.js';
import { ptauSetup } from './ptau.js';

/** Where the secrets come from: this process, or a prepared powers-of-tau file. */
export type SetupSource = { readonly dev: true } | { readonly ptau: string };

export interface SetupResult {
  /** proving.key: a zkey file. */
  readonly provingKey: Uint8Array;
  readonly vkey: VerificationKey;
  readonly rows: number;
  readonly domain: number;
  readonly seconds: number;
  readonly insecure: boolean;
  readonly contributions: number;
}

/**
 * Makes the keys of a circuit.
 * Throws 'file' and 'format' for a powers-of-tau file that cannot be used, 'usage' for one with a lookup circuit, 'resource'
 * where memory, a worker or circom could not be had.
 */
export async function setup(
  circuit: Circuit,
  source: SetupSource,
  { onProgress }: { readonly onProgress?: Progress } = {},
): Promise<SetupResult> {
  const start = performance.now();
  const { argument } = circuit.options;
  if ('ptau' in source && argument === 'lookup') {
    throw new InferproofError(
      'usage',
      'expected a development setup: there is no ceremony for the lookup argument yet',
      {
        hint: 'setup --dev, or compile with --argument plain',
      },
    );
  }
  onProgress?.('link', 0, 0);
  const system = await linkCircuit(layout(circuit));
  const key =
    'ptau' in source
      ? await ptauSetup(system, source.ptau)
      : await devSetup(system, { argument, onProgress: (done, total) => onProgress?.('setup', done, total) });
  const { insecure, contributions, domain } = key;
  return {
    provingKey: binBytes(key.file),
    vkey: verificationKey(circuit, key),
    rows: system.nRows,
    domain,
    seconds: (performance.now() - start) / 1000,
    insecure,
    contributions,
  };
}

function verificationKey(circuit: Circuit, { file, insecure, contributions }: SetupKey): VerificationKey {
  const head = { format: 'inferproof-vkey', version: 1, insecure, contributions, circuit: circuitDigest(circuit) };
  return parseVerificationKey({
    ...head,
    argument: 'plain',
    publics: circuit.publics,
    snarkjs: stockKey(keyPoints(file)),
  });
}
