// What a prover takes from where it runs, in Node: keys from the disk, a second prover, circom to check a witness with. page.ts is the
// same for browsers: `imports` of package.json says who gets which.
import type { Reason } from '../../verifier/index.js';
import type { InferproofError } from '../../verifier/errors.js';
import { stockEngine } from '../engine-stock.js';
import { parseBin, type BinFile } from '../files/binfile.js';
import { openBin } from '../files/disk.js';
import type { KeySource, OpenKey } from '../key-source.js';
import { badProof, damagedKey } from '../refused.js';
import type { Statement, Subject } from '../statement.js';

/** A path is that of a file, which is read piece by piece. */
export async function openKey(source: KeySource, type: BinFile['type']): Promise<OpenKey> {
  if (typeof source === 'string') {
    const key = openBin(source, type);
    return { key, close: key.close, stock: stockEngine(key, source) };
  }
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(await source.arrayBuffer());
  const key = parseBin(bytes, type, 'proving.key');
  return { key, close: () => undefined, stock: stockEngine(key, bytes) };
}

/** If no prover makes a valid proof of a satisfying witness, the key is damaged; anything else is our bug. */
export async function refusal(
  reason: Reason,
  { circuit }: Pick<Subject, 'circuit'>,
  { stored }: Pick<Statement, 'stored'>,
): Promise<InferproofError> {
  const { checkQuantised } = await import('../check.js'); // with circom, which hardly anybody needs
  const { satisfied } = await checkQuantised(circuit, [stored]);
  return satisfied ? damagedKey(reason) : badProof(reason);
}
