// One contract for every lookup model: the key comes as calldata and must have the digest that the caller fixes.
import { fromBytesBE } from '../field.js';
import { G2_BASE } from '../points.js';
import { keyTag } from '../transcript.js';
import {
  FIELDS,
  FUNCTIONS,
  GAS_ERROR,
  g2Words,
  hex32,
  neededGas,
  REVERTS,
  STORE_NEGATED_A,
  store,
} from './assembly.js';
import { challengeLines, LAST_LINES, PROOF_DOC } from './lookup.js';

/** Places of the key's items (transcript.ts) in calldata. */
const at = (item: number): string => `add(key, ${32 * item})`;
const [INSECURE, COUNT, ALPHA, BETA, DELTA, ETA, IC_0, IC_X, IC_F] = [0, 1, 3, 5, 9, 13, 17, 19, 21];

/** 1 when all `count` items from `item` on are 0. */
const zeros = (item: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `calldataload(${at(item + i)})`).reduce((a, b) => `or(${a}, ${b})`);

/** Lines that copy key items to memory. */
const copy = (to: number, item: number, count: number): string =>
  `calldatacopy(add(m, ${to}), ${at(item)}, ${32 * count})`;

/** Points of G2 with the same x are equal up to sign. */
const sameX = (p: number, x1: string, x0: string): string =>
  `and(eq(calldataload(${at(p)}), ${x1}), eq(calldataload(${at(p + 1)}), ${x0}))`;

/** @param insecure whether development keys are taken too */
export function universalBody(insecure: boolean): string {
  const [g1, g0] = g2Words(G2_BASE).map(hex32);
  const points = [ALPHA, BETA, DELTA, ETA, IC_0, IC_X, IC_F];
  const infinite = points.map(
    (p) => `if iszero(${zeros(p, p === BETA || p === DELTA || p === ETA ? 4 : 2)}) { reject() }`,
  );
  return `${FIELDS}

${GAS_ERROR}

  /// @notice Whether the proof shows that the model of the key with this digest computed these words, for this context.
  /// @dev The caller must fix the digest: whoever chooses the key chooses the statement.
  /// That a key comes from a ceremony is its maker's claim, which nothing on chain can check: fix the digest of a key only when
  /// inferproof audit --transcript has verified it.
  /// True exactly for a valid proof. False for a key that does not have the digest, ${insecure ? 'one whose flag is neither 0 nor 1' : 'a development key'}, a
  /// degenerate key (two of the generator, delta and eta equal up to sign, or a point at infinity), another number of words, a word not below R, a coordinate not below Q, a point at infinity or off
  /// its curve, a point outside its subgroup, and for every proof of something else. ${REVERTS}
  /// @param digest keccak256 of the key's tag and items.
  /// @param key insecure, words, digest of the public tensors, alpha, beta, delta, eta, IC_0, IC_X, IC_F.
  /// @param context 32 bytes that the proof was made for; 0 when it is free-standing.
${PROOF_DOC}
  function verify(
    bytes32 digest,
    uint256[23] calldata key,
    bytes32 context,
    uint256[] calldata words,
    uint256[10] calldata proof
  ) external view returns (bool) {
    unchecked {
      uint256 needed = ${neededGas(5, 2, 5500)} + 170 * words.length + (words.length * words.length) / 400;
      if (gasleft() < needed) revert GasTooLow(needed);
    }
    assembly ("memory-safe") {
      ${FUNCTIONS}
      let m := mload(0x40)
      mstore(m, ${hex32(fromBytesBE(keyTag()))})
      calldatacopy(add(m, 32), key, 736)
      if iszero(eq(keccak256(m, 768), digest)) { reject() }
      if iszero(eq(words.length, calldataload(${at(COUNT)}))) { reject() }
      if ${insecure ? `gt(calldataload(${at(INSECURE)}), 1)` : `calldataload(${at(INSECURE)})`} { reject() }
      if or(or(
        ${sameX(DELTA, g1, g0)},
        ${sameX(ETA, g1, g0)}),
        ${sameX(ETA, `calldataload(${at(DELTA)})`, `calldataload(${at(DELTA + 1)})`)}
      ) { reject() }
      ${infinite.join('\n      ')}
      ${challengeLines('words.length', 'digest')}
      ${STORE_NEGATED_A}
      ${copy(192, ALPHA, 6)}
      ${copy(384, IC_0, 2)}
      ${store(448, g2Words(G2_BASE))}
      ${copy(640, DELTA, 4)}
      ${copy(832, ETA, 4)}
      ${copy(960, IC_X, 2)}
      addProduct(add(m, 960), x, add(m, 384))
      ${copy(960, IC_F, 2)}
      addProduct(add(m, 960), f, add(m, 384))
      ${LAST_LINES}
    }
  }`;
}
