// inferproof/verifier/solidity: the same verification on chain. One contract for one key, or one for every lookup key.
import { InferproofError } from '../errors.js';
import { isDegenerate, parseVerificationKey, type VerificationKey } from '../key.js';
import { sourceFile, type SolidityOptions } from './frame.js';
import { lookupBody } from './lookup.js';
import { plainBody } from './plain.js';
import { universalBody } from './universal.js';

const NOTICE = `@notice Verifies Groth16 proofs that a model computed given outputs from given inputs.
@dev Written by inferproof for one verification key; deploy as it is.`;
const UNIVERSAL_NOTICE = `@notice Verifies Groth16 proofs of any model compiled for the lookup argument of inferproof.
@dev Deploy once. It has no decode: what the words mean is known to who knows the key.`;

/**
 * Solidity source (MIT, ^0.8.20) of the contract for one key: verify(bytes32 context, uint256[] words, uint256[10] proof),
 * uint256[8] in plain, and decode(uint256[] words).
 * Throws InferproofError 'format' for a malformed key, 'insecure' for a development key that is not allowed and for a
 * degenerate key, 'unsupported' for a plain key of more than 220 words.
 * @example
 * ```ts
 * await writeFileAtomic('Verifier.sol', solidityVerifier(vkey, { allowInsecureKey: true }));
 * ```
 */
export function solidityVerifier(vkey: unknown, { allowInsecureKey = false, name }: SolidityOptions = {}): string {
  const key = parseVerificationKey(vkey);
  if (key.insecure && !allowInsecureKey)
    throw new InferproofError('insecure', 'expected a key from a ceremony, got a development key', {
      hint: 'its maker can forge proofs; allow insecure keys explicitly if that is what you want',
    });
  if (isDegenerate(key))
    throw new InferproofError('insecure', 'expected a key with contributions, got one whose proofs anybody can forge');
  const body = key.argument === 'plain' ? plainBody(key) : lookupBody(key);
  const notice = key.insecure ? NOTICE : `${NOTICE}\n${claim(key)}`;
  return sourceFile(`Verifier of one model, ${key.argument} argument`, notice, body, key.insecure, name);
}

/** What a key says of its making, and what that is worth. */
const claim = ({ contributions, transcript }: VerificationKey): string =>
  `The key is said to have ${contributions} contributions${
    transcript === undefined
      ? ''
      : `, in the ceremony with the transcript
${transcript}`
  }: that is its maker's word until inferproof audit has verified it.`;

/**
 * Solidity source of the contract for every lookup key of a ceremony; with `allowInsecureKey` it takes development keys as well.
 * @example
 * ```ts
 * await writeFileAtomic('Universal.sol', universalVerifier());
 * ```
 */
export function universalVerifier({ allowInsecureKey = false, name }: SolidityOptions = {}): string {
  const body = universalBody(allowInsecureKey);
  return sourceFile('Verifier of any model, lookup argument', UNIVERSAL_NOTICE, body, allowInsecureKey, name);
}

export { universalCalldata, verifyCalldata, type Calldata } from './calldata.js';
export { solidityLibrary } from './library.js';
export type { SolidityOptions } from './frame.js';
