// Why a proof that was made does not verify.
import { InferproofError } from '../verifier/errors.js';
import type { Reason } from '../verifier/index.js';

export const DAMAGED = { where: 'proving.key', hint: 'the file is damaged: run setup again, or fetch it again' };

export const damagedKey = (reason: Reason): InferproofError =>
  new InferproofError(
    'format',
    `expected a key whose proofs verify, got one whose proof is refused: ${reason}`,
    DAMAGED,
  );

export const badProof = (reason: Reason): InferproofError =>
  new InferproofError('internal', `expected a proof that verifies, it is refused: ${reason}`, {
    hint: 'run check on the same input: it counts the broken constraints if there are any; please report this',
  });
