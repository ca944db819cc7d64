// The sums of both groups, and the digits of their scalars.
//
// G1 splits each scalar by the endomorphism (x, y) -> (beta x, y) = lambda (x, y) into two halves below 2^127 (Gallant, Lambert,
// Vanstone 2001), G2 takes it whole. Either becomes W signed digits of c bits, |digit| <= 2^(c-1).
#include "field.h"
#include "coordinates.h"

enum { ADD, DOUBLE, CANCEL, KEEP_A, KEEP_B };

#define NEGATIVE 0x8000u /* of a digit */

/**
 * True where one of the two additions may be exceptional: a flag is set, or the lowest limbs differ by that of a multiple of q.
 * Coordinates are below 2q + o(q), so the difference of equal ones is 0, +-q or +-2q. One addition in 10^8 is sent in vain.
 */
INLINE int suspicious(const pair *x1, const pair *x2) {
  const v128_t d = wasm_v128_and(wasm_i32x4_sub(x2->v[0], x1->v[0]), wasm_i32x4_const_splat(LIMB_MASK));
  v128_t hit = wasm_i32x4_eq(d, wasm_i32x4_const_splat(0));
#define OR_EQUALS(l) hit = wasm_v128_or(hit, wasm_i32x4_eq(d, wasm_i32x4_splat((i32)((l) & LIMB_MASK))))
  OR_EQUALS(Q_LIMBS[0]);
  OR_EQUALS(-Q_LIMBS[0]);
  OR_EQUALS(2 * Q_LIMBS[0]);
  OR_EQUALS(-2 * Q_LIMBS[0]);
  const v128_t flags = wasm_v128_or(x1->v[4], x2->v[4]);
  return wasm_v128_any_true(wasm_i32x4_shuffle(hit, flags, 0, 1, 6, 7));
}

#define GROUP 1
#include "group.h"
#define GROUP 2
#include "group.h"

// ---- digits


/** (k * g) >> 256 for k of 8 words, g of 5. */
INLINE void multiplyHigh(u32 *out, const u32 *k, const u32 *g) {
  u32 t[13] = {0};
  UNROLL for (int i = 0; i < 5; i++) {
    u64 in = 0;
    UNROLL for (int j = 0; j < 8; j++) {
      in += (u64)t[i + j] + (u64)g[i] * k[j];
      t[i + j] = (u32)in;
      in >>= 32;
    }
    t[i + 8] = (u32)in;
  }
  UNROLL for (int i = 0; i < 5; i++) out[i] = t[8 + i];
}

/** r += a b modulo 2^160 */
INLINE void multiplyAdd160(u32 *r, const u32 *a, const u32 *b) {
  UNROLL for (int i = 0; i < 5; i++) {
    u64 in = 0;
    UNROLL for (int j = 0; j < 5 - i; j++) {
      in += (u64)r[i + j] + (u64)a[i] * b[j];
      r[i + j] = (u32)in;
      in >>= 32;
    }
  }
}

INLINE int isBelowR(const u32 *k) {
  for (int i = 7; i >= 0; i--) {
    if (k[i] != R_WORDS[i]) return k[i] < R_WORDS[i];
  }
  return 0;
}

/**
 * A number below 2^bits in `words` words, with one more behind, to W digits of c bits, W c > bits: the last one takes the last carry.
 */
INLINE void signedDigits(const u32 *magnitude, u32 words, u32 negative, u16 *digits, u32 stride, u32 c, u32 W, u32 *used) {
  u32 in = 0;
  for (u32 w = 0; w < W; w++) {
    const u32 bit = w * c, k = bit >> 5;
    const u64 two = k < words ? magnitude[k] | (u64)magnitude[k + 1] << 32 : 0;
    u32 digit = ((u32)(two >> (bit & 31)) & ((1u << c) - 1)) + in, sign = negative;
    in = digit > 1u << (c - 1);
    if (in) {
      digit = (1u << c) - digit;
      sign ^= 1;
    }
    if (digit) used[w]++;
    digits[w * stride] = (u16)(digit | (digit && sign ? NEGATIVE : 0));
  }
}

INLINE int anyWord(const u32 *words, u32 count) {
  u32 any = 0;
  for (u32 j = 0; j < count; j++) any |= words[j];
  return any != 0;
}

/** k = k1 + k2 lambda modulo r for k < r: both as two's complement of 160 bits, below 2^127. */
INLINE void split(const u32 *k, u32 halves[2][5]) {
  u32 c1[5], c2[5];
  multiplyHigh(c1, k, GLV_G1);
  multiplyHigh(c2, k, GLV_G2);
  for (int j = 0; j < 5; j++) {
    halves[0][j] = k[j];
    halves[1][j] = 0;
  }
  multiplyAdd160(halves[0], c1, GLV_A1);
  multiplyAdd160(halves[0], c2, GLV_A2);
  multiplyAdd160(halves[1], c1, GLV_B1);
  multiplyAdd160(halves[1], c2, GLV_B2);
}

INLINE u32 absolute(u32 *half) {
  const u32 negative = half[4] >> 31;
  u64 in = negative;
  for (int j = 0; j < 5; j++) {
    in += negative ? ~half[j] : half[j];
    half[j] = (u32)in;
    in >>= 32;
  }
  return negative;
}

/**
 * The digits of scalars [from, to), W windows of c bits, 2 <= c <= 15. Points at infinity get digits 0.
 *   G1, W c >= 128    digits[w * 2n + i] of the first half of scalar i, + n for the second
 *   G2, W c >= 255    digits[w * n + i]
 * @param used gets the number of digits of each window that are not 0, W of them
 * @return how many scalars are not below r: they have no digits
 */
EXPORT u32 prepareScalars1(const u32 *scalars, const u32 *points, u32 n, u16 *digits, u32 c, u32 W, u32 *used, u32 from, u32 to) {
  u32 refused = 0;
  for (u32 w = 0; w < W; w++) used[w] = 0;
  for (u32 i = from; i < to; i++) {
    const u32 *const k = scalars + 8 * i;
    const int valid = isBelowR(k);
    refused += !valid;
    u32 halves[2][5] = {{0}};
    if (valid && anyWord(points + 16 * i, 16)) split(k, halves);
    for (u32 h = 0; h < 2; h++) {
      const u32 negative = absolute(halves[h]); // the fifth word is 0 now
      signedDigits(halves[h], 4, negative, digits + h * n + i, 2 * n, c, W, used);
    }
  }
  return refused;
}

EXPORT u32 prepareScalars2(const u32 *scalars, const u32 *points, u32 n, u16 *digits, u32 c, u32 W, u32 *used, u32 from, u32 to) {
  u32 refused = 0;
  for (u32 w = 0; w < W; w++) used[w] = 0;
  for (u32 i = from; i < to; i++) {
    const int valid = isBelowR(scalars + 8 * i);
    refused += !valid;
    u32 magnitude[9] = {0};
    if (valid && anyWord(points + 32 * i, 32)) __builtin_memcpy(magnitude, scalars + 8 * i, 32);
    signedDigits(magnitude, 8, 0, digits + i, n, c, W, used);
  }
  return refused;
}
