// The line that every use of a development key prints, and the demo once for its two.
import type { VerificationKey } from '../verifier/index.js';
import { plural } from './text.js';

export const DEV_KEY = 'this is a development key: whoever made it can forge proofs';
/** What a key that says that it is none of development is worth by itself. */
export const claimOf = ({ contributions, transcript }: Pick<VerificationKey, 'contributions' | 'transcript'>): string =>
  `the key says that it has ${plural(contributions, 'contribution')}${transcript === undefined ? '' : ` and the transcript ${transcript}`}: unverified here, inferproof audit checks it`;

export const DEV_KEYS = 'these are development keys: whoever made them can forge proofs';
