// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Quantises decimals as whoever compiled the model does: round(x / scale + zero), each step rounded to float64
/// @dev A float64 is m * 2^e with 2^52 <= m < 2^53, or 0. What decimal fractions make of a tie depends on these roundings.
library Doubles {
  /// @dev A value more than half a step, and a millionth, outside the range.
  error OutOfRange();

  /// @notice The float64 next to n / d, ties to even. n and d below 2^190.
  function nearest(uint256 n, uint256 d) internal pure returns (uint256 m, int256 e) {
    if (n == 0) return (0, 0);
    int256 shift = 55 + int256(Math.log2(d)) - int256(Math.log2(n));
    if (shift > 0) n <<= uint256(shift);
    else d <<= uint256(-shift);
    uint256 q = n / d; // 55 or 56 bits
    uint256 extra = q < 2 ** 55 ? 2 : 3;
    uint256 half = 2 ** (extra - 1);
    uint256 rest = q & (2 * half - 1);
    m = q >> extra;
    if (rest > half || (rest == half && (m % 2 == 1 || n % d != 0))) m++;
    if (m == 2 ** 53) (m, extra) = (2 ** 52, extra + 1);
    e = int256(extra) - shift;
  }

  /// @notice The float64 next to the sum of two, s * 2^e and z * 2^ze.
  function sum(int256 s, int256 e, int256 z, int256 ze) internal pure returns (int256, int256) {
    // beyond 110 binary places the smaller is less than half a unit of the larger
    if (s == 0) return (z, ze);
    if (z == 0 || e > ze + 110) return (s, e);
    if (ze > e + 110) return (z, ze);
    int256 low = e < ze ? e : ze;
    int256 whole = s * int256(2 ** uint256(e - low)) + z * int256(2 ** uint256(ze - low));
    (uint256 m, int256 more) = nearest(uint256(whole < 0 ? -whole : whole), 1);
    return (whole < 0 ? -int256(m) : int256(m), low + more);
  }

  /// @notice The integer for value / 10^decimals, in lo ... hi. decimals at most 38.
  /// @param affine scale and zero as `pack` of network/chain/opengradient.ts writes them: mantissa, exponent + 2048, twice, and a sign
  function quantise(
    int128 value,
    uint256 decimals,
    uint256 affine,
    int256 lo,
    int256 hi
  ) internal pure returns (int256 q) {
    uint256 size = uint256(value < 0 ? -int256(value) : int256(value));
    (uint256 m, int256 e) = nearest(size, 10 ** decimals);
    int256 more;
    (m, more) = nearest(m, uint64(affine));
    e += more + 2048 - int256(uint256(uint16(affine >> 64)));
    int256 s = value < 0 ? -int256(m) : int256(m);
    int256 zero = int256(uint256(uint64(affine >> 80)));
    if ((affine >> 160) != 0) zero = -zero;
    (s, e) = sum(s, e, zero, int256(uint256(uint16(affine >> 144))) - 2048);
    if (e > 10) revert OutOfRange();
    if (e > 0) (s, e) = (s * int256(2 ** uint256(e)), 0);
    if (e < -150) (s, e) = (0, 0);
    int256 unit = int256(2 ** uint256(-e));
    // floor(x + 1/2): halves go up
    q = (2 * s + unit) >> uint256(1 - e);
    if (q < lo) q = lo;
    if (q > hi) q = hi;
    int256 off = s - q * unit;
    if ((off < 0 ? -off : off) * 1_000_000 > 500_001 * unit) revert OutOfRange();
  }
}
