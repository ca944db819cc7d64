// Which proof verify and calldata read: the one that is named, else the one in the folder of the key.
import { join } from 'node:path';
import { FILES } from '../files/folder.js';
import { isFile, isFolder, refuseSpecial } from '../files/read.js';
import { InferproofError } from '../verifier/errors.js';
import { usageError } from './errors.js';

interface Arguments {
  /** A folder, or vkey.json. */
  readonly key: string;
  readonly proof: string | undefined;
}

/** @throws InferproofError 'file' where nothing is there, 'usage' for a key alone: no proof belongs to it more than any other */
export async function proofFile({ key, proof }: Arguments): Promise<string> {
  if (proof !== undefined) return proof;
  if (await isFolder(key)) {
    const path = join(key, FILES.proof);
    await refuseSpecial(path, 'a proof');
    return path;
  }
  if (!(await isFile(key)))
    throw new InferproofError('file', 'expected the folder of a proof, or vkey.json and a proof, got nothing there', {
      where: key,
      hint: 'inferproof prove DIR --input DATA makes a proof',
    });
  const hint = `only a folder has a proof of its own, DIR/${FILES.proof}: name the proof after the key`;
  throw usageError('expected KEY and PROOF, got KEY only', hint, key);
}
