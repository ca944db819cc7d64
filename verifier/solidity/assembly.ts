// Pieces of inline assembly that the contracts share. `m` is the start of free memory; offsets count from it in bytes.
//
// Gas: a precompile that fails (a point off its curve, B outside the subgroup) burns all the gas it was given, so each
// is given exactly its EIP-1108 price. A call that asks for more than 63/64 of what is left is given less (EIP-150), so
// each contract reverts at its start when the gas could run short of that later: no gas limit makes it answer false for a
// good proof, and no bad proof costs more than a good one.
import { Q, R, toBytesBE, toHex } from '../field.js';
import type { G1, G2 } from '../points.js';

/** Price of the pairing precompile, EIP-1108. */
export const pairingGas = (pairs: number): number => 45000 + 34000 * pairs;
/** Price of multiplying a point and adding it, EIP-1108. */
export const TERM_GAS = 6000 + 150;

/** What must be left at the start: the pairing's price out of 64/63 of itself, the terms, and `rest` for everything else. */
export const neededGas = (pairs: number, terms: number, rest: number): number =>
  Math.ceil((pairingGas(pairs) * 64) / 63) + TERM_GAS * terms + rest;

export const hex32 = (v: bigint): string => toHex(toBytesBE(v));

/** Lines that store numbers one after the other from offset `at`. */
export const store = (at: number, values: readonly bigint[]): string =>
  values.map((v, i) => `mstore(add(m, ${at + 32 * i}), ${hex32(v)})`).join('\n      ');

export const g1Words = (p: G1): readonly bigint[] => p;
/** The order of EIP-197: imaginary part first. */
export const g2Words = ([[x0, x1], [y0, y1]]: G2): readonly bigint[] => [x1, x0, y1, y0];

/** Answer false at once; and acc := acc + s·P, P being at m + p with 64 free bytes after it, acc at m + acc. */
export const FUNCTIONS = `function reject() {
        mstore(0, 0)
        return(0, 32)
      }
      function addProduct(m, p, s, acc) {
        mstore(add(m, add(p, 64)), s)
        if iszero(staticcall(6000, 7, add(m, p), 96, add(m, p), 64)) { reject() }
        mstore(add(m, add(p, 64)), mload(add(m, acc)))
        mstore(add(m, add(p, 96)), mload(add(m, add(acc, 32))))
        if iszero(staticcall(150, 6, add(m, p), 128, add(m, acc), 64)) { reject() }
      }`;

/** Refuses a G1 point of calldata at infinity, (0, 0), which the precompiles take for a point. */
export const refuseInfinity = (at: string): string =>
  `if iszero(or(calldataload(${at}), calldataload(add(${at}, 32)))) { reject() }`;

/**
 * A and B to m with A negated: -y = Q - y wants 0 <= y < Q, which the precompile can no longer see. B at infinity, all zeros, is
 * refused: the precompile would take A out of the equation.
 */
export const STORE_NEGATED_A = `let ay := calldataload(add(proof, 32))
      if iszero(lt(ay, Q)) { reject() }
      if iszero(or(or(calldataload(add(proof, 64)), calldataload(add(proof, 96))),
        or(calldataload(add(proof, 128)), calldataload(add(proof, 160))))) { reject() }
      calldatacopy(m, proof, 192)
      mstore(add(m, 32), mod(sub(Q, ay), Q))`;

/** Constants, errors and the header's fixed part of every contract. */
export const FIELDS = `  /// @dev Order of the groups; every public word is below it.
  uint256 private constant R = ${R};
  /// @dev Modulus of the coordinates.
  uint256 private constant Q = ${Q};`;

export const GAS_ERROR = `  /// @notice The call was given too little gas to be sure of its answer.
  error GasTooLow(uint256 needed);`;
