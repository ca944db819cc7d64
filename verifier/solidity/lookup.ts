// The contract of one lookup key: challenge, fingerprint and one pairing call of five pairs,
//   e(-A, B)·e(alpha, beta)·e(IC_0 + X·IC_X + F·IC_F, G2)·e(C, delta)·e(D, eta) = 1.
import { fromBytesBE } from '../field.js';
import { publicWordCount, type LookupKey } from '../key.js';
import { G2_BASE } from '../points.js';
import { challengeTag, vkDigest } from '../transcript.js';
import {
  FIELDS,
  FUNCTIONS,
  GAS_ERROR,
  g1Words,
  g2Words,
  hex32,
  neededGas,
  refuseInfinity,
  REVERTS,
  store,
} from './assembly.js';
import { pairingLines, STORE_NEGATED_A } from './assembly.js';
import { decodeFunctions } from './decode.js';

/** Gas for all but precompiles, given n words: dispatch, checks, hash, fingerprint, and memory that grows with n². */
export const lookupGas = (n: number): number => neededGas(5, 2, 4000 + 170 * n + Math.ceil((n * n) / 400));

/** Assembly from the hash to the fingerprint: X in x, F in f. `n` and `digest` are expressions. */
export const challengeLines = (n: string, digest: string): string => `mstore(m, ${hex32(fromBytesBE(challengeTag()))})
      mstore(add(m, 32), ${digest})
      mstore(add(m, 64), context)
      mstore(add(m, 96), ${n})
      let size := shl(5, ${n})
      calldatacopy(add(m, 128), words.offset, size)
      calldatacopy(add(m, add(128, size)), add(proof, 256), 64)
      let x := mod(keccak256(m, add(192, size)), R)
      let f := 0
      let r := R // a compiler that saves bytes computes the constant anew at each use
      let inField := 1
      let low := add(m, 96)
      for { let p := add(low, size) } gt(p, low) { p := sub(p, 32) } {
        let w := mload(p)
        inField := and(inField, lt(w, r))
        f := addmod(mulmod(f, x, r), w, r)
      }
      if iszero(inField) { reject() }
      ${refuseInfinity('proof')}
      ${refuseInfinity('add(proof, 192)')}
      ${refuseInfinity('add(proof, 256)')}`;

/** The last call: C and D to their places among the five pairs at m, and the answer. */
export const LAST_LINES = `calldatacopy(add(m, 576), add(proof, 192), 64)
      calldatacopy(add(m, 768), add(proof, 256), 64)
      ${pairingLines(5)}`;

/** What a verify function's documentation says of the proof. */
export const PROOF_DOC = `  /// @param words Public words, inputs in graph order, then outputs; see decode.
  /// @param proof A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y D.x D.y`;

export function lookupBody(key: LookupKey): string {
  const n = publicWordCount(key);
  const { alpha, beta, delta, eta, ic } = key;
  const digest = hex32(fromBytesBE(vkDigest(key)));
  return `${FIELDS}
  /// @notice Digest of the verification key, as the challenge binds it.
  bytes32 public constant VK_DIGEST = ${digest};
  /// @notice Identity of the circuit.
  bytes32 public constant CIRCUIT = 0x${key.circuit};

${GAS_ERROR}

  /// @notice Whether the proof shows that the model computed these words, for this context.
  /// @dev True exactly for a valid proof. False for another number of words, a word not below R, a coordinate not below Q,
  /// a point at infinity or off its curve, B outside the subgroup, and for every proof of something else: other words,
  /// another context, key or circuit. ${REVERTS}
  /// @param context 32 bytes that the proof was made for; 0 when it is free-standing.
${PROOF_DOC}
  function verify(bytes32 context, uint256[] calldata words, uint256[10] calldata proof) external view returns (bool) {
    if (gasleft() < ${lookupGas(n)}) revert GasTooLow(${lookupGas(n)});
    assembly ("memory-safe") {
      ${FUNCTIONS}
      let m := mload(0x40)
      if iszero(eq(words.length, ${n})) { reject() }
      ${challengeLines(`${n}`, digest)}
      ${STORE_NEGATED_A}
      ${store(192, [...g1Words(alpha), ...g2Words(beta)])}
      ${store(384, [...g1Words(ic[0]), ...g2Words(G2_BASE)])}
      ${store(640, g2Words(delta))}
      ${store(832, g2Words(eta))}
      ${store(960, g1Words(ic[1]))}
      addProduct(add(m, 960), x, add(m, 384))
      ${store(960, g1Words(ic[2]))}
      addProduct(add(m, 960), f, add(m, 384))
      ${LAST_LINES}
    }
  }

${decodeFunctions(key)}`;
}
