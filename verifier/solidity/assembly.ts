// Pieces of inline assembly that the contracts share. `m` is the start of free memory; offsets count from it in bytes.
//
// Gas: a precompile that fails (a point off its curve, B outside the subgroup) burns all the gas it was given, so each
// is given exactly its EIP-1108 price, and no bad proof costs more than a good one. But a call that asks for more than
// 63/64 of what is left is given less (EIP-150), and fails for that alone. It is known by how little it leaves: where a call
// failed and less than a 63rd of its price is left, the contract reverts. That holds whatever a compiler makes of the code
// around the calls, so no gas limit makes the contract answer false for a good proof. The check at its start is an estimate,
// and a courtesy: it says how much to send before anything is spent.
import { Q, R, toBytesBE, toHex } from '../field.js';
import type { G1, G2 } from '../points.js';

/** Prices of the precompiles, EIP-1108. */
const pairingGas = (pairs: number): number => 45000 + 34000 * pairs;
const MULTIPLY_GAS = 6000;
const ADD_GAS = 150;

/** What must be left at the start: the pairing's price out of 64/63 of itself, the terms, and `rest` for everything else. */
export const neededGas = (pairs: number, terms: number, rest: number): number =>
  Math.ceil((pairingGas(pairs) * 64) / 63) + (MULTIPLY_GAS + ADD_GAS) * terms + rest;

/**
 * A call that asked for `price` and was given less leaves less than this: it was given all but a 64th of what there was,
 * which is at least 63 times that 64th.
 */
const starvedBelow = (price: number): number => Math.ceil(price / 63);

export const hex32 = (v: bigint): string => toHex(toBytesBE(v));

/** Lines that store numbers one after the other from offset `at`. */
export const store = (at: number, values: readonly bigint[]): string =>
  values.map((v, i) => `mstore(add(m, ${at + 32 * i}), ${hex32(v)})`).join('\n      ');

export const g1Words = (p: G1): readonly bigint[] => p;
/** The order of EIP-197: imaginary part first. */
export const g2Words = ([[x0, x1], [y0, y1]]: G2): readonly bigint[] => [x1, x0, y1, y0];

/**
 * Answer false at once; answer false after a call that failed, or revert where it was starved; and acc := acc + s·P, P
 * being at p with 64 free bytes after it.
 */
export const FUNCTIONS = `function reject() {
        mstore(0, 0)
        return(0, 32)
      }
      function failed(starvedBelow) {
        if lt(gas(), starvedBelow) { revert(0, 0) }
        reject()
      }
      function addProduct(p, s, acc) {
        mstore(add(p, 64), s)
        if iszero(staticcall(${MULTIPLY_GAS}, 7, p, 96, p, 64)) { failed(${starvedBelow(MULTIPLY_GAS)}) }
        mstore(add(p, 64), mload(acc))
        mstore(add(p, 96), mload(add(acc, 32)))
        if iszero(staticcall(${ADD_GAS}, 6, p, 128, acc, 64)) { failed(${starvedBelow(ADD_GAS)}) }
      }`;

/** The last call and the answer. A bad proof takes the same way as a good one, so that it costs no more. */
export const pairingLines = (
  pairs: number,
): string => `let ok := staticcall(${pairingGas(pairs)}, 8, m, ${192 * pairs}, 0, 32)
      if lt(gas(), mul(iszero(ok), ${starvedBelow(pairingGas(pairs))})) { revert(0, 0) }
      mstore(0, and(ok, mload(0)))
      return(0, 32)`;

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

/** What a verify function's documentation says of reverts. */
export const REVERTS = `Reverts with GasTooLow when called
  /// with too little gas, without data when the gas runs out nonetheless or the calldata is not the ABI encoding of the
  /// arguments; never answers false for want of gas.`;

export const GAS_ERROR = `  /// @notice The call was given too little gas to be sure of its answer.
  error GasTooLow(uint256 needed);`;
