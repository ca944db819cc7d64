// What makes a folder the model that it is said to be: vkey.json hashes to the modelId, circuit and public tensors are the key's, the
// proving key carries its points. That model.onnx compiles to the circuit is `inferproof audit`'s to say.
import { join } from 'node:path';
import { readCircuit, readKey, provingKeyPath } from 'inferproof/files';
import { InferproofError, vkDigest, type LookupKey } from 'inferproof/verifier';
import type { Circuit } from 'inferproof/compiler';
import { bytesToHex, type Hex } from 'viem';

export interface CheckedModel {
  readonly modelId: Hex;
  readonly vkey: LookupKey;
  readonly circuit: Circuit;
}

/**
 * @param modelId what it must be, where that is known
 * @throws InferproofError 'mismatch' where the files do not belong together or are another model, 'unsupported' for a model that the
 * network does not take, 'file' and 'format' for files that are missing or damaged
 */
export async function checkModel(folder: string, modelId?: Hex): Promise<CheckedModel> {
  const vkey = await readKey(folder);
  if (vkey.argument !== 'lookup')
    throw new InferproofError('unsupported', 'expected a model of the lookup argument, got one of the plain argument', {
      where: join(folder, 'vkey.json'),
      hint: 'inferproof compile --argument lookup',
    });
  const roles = new Set(vkey.publics.map(({ role }) => role));
  if (roles.size < 2)
    throw new InferproofError('unsupported', 'expected public inputs and outputs, got one of them hidden', {
      where: join(folder, 'vkey.json'),
      hint: 'inferproof compile --public input,output',
    });
  const found = bytesToHex(vkDigest(vkey));
  if (modelId !== undefined && found !== modelId)
    throw new InferproofError('mismatch', `expected a key that hashes to ${modelId}, got ${found}`, {
      where: join(folder, 'vkey.json'),
      hint: 'what was published or sent is another model under that name',
    });
  const circuit = await readCircuit(folder);
  const { checkKeys } = await import('inferproof/prover');
  checkKeys(circuit, await provingKeyPath(folder), vkey);
  return { modelId: found, vkey, circuit };
}

/** Refuses a development key where keys count. Throws 'insecure'. */
export function refuseInsecure(vkey: LookupKey, chainId: number, local: number, allow: boolean): void {
  if (!vkey.insecure || chainId === local || allow) return;
  throw new InferproofError('insecure', `expected a key from a ceremony on chain ${chainId}, got a development key`, {
    where: 'vkey.json',
    hint: 'its maker can forge proofs: inferproof ceremony makes another, --allow-insecure-key takes it all the same',
  });
}
