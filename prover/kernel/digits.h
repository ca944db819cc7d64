// The digits of scalars. G1 splits a scalar by the endomorphism (x, y) -> (beta x, y) = lambda (x, y) into two halves below 2^127
// (Gallant, Lambert, Vanstone 2001), G2 takes it whole. Either becomes W signed digits of c bits, |digit| <= 2^(c-1); of 16 bits, from
// -2^15 to 2^15 - 1.
#define MAX_WINDOWS 128 /* of 2 bits */

INLINE u32 magnitude(i16 digit) { return (u32)(digit < 0 ? -(i32)digit : digit); }

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
 * A number below 2^bits in `words` words, with one more behind, to W digits of c bits, W c > bits, or to their negatives. The last one
 * takes the last carry, to at most 2^(c-1); of 16 bits, to less, as halves are below 2^127 - 2^112 (constants.mjs) and r below 2^254.
 */
INLINE void signedDigits(const u32 *number, u32 words, u32 negative, i16 *digits, u32 stride, u32 c, u32 W, u32 *used) {
  u32 in = 0;
  for (u32 w = 0; w < W; w++) {
    const u32 bit = w * c, k = bit >> 5;
    const u64 two = k < words ? number[k] | (u64)number[k + 1] << 32 : 0;
    i32 digit = (i32)(((u32)(two >> (bit & 31)) & ((1u << c) - 1)) + in);
    in = w + 1 < W && digit + !negative > 1 << (c - 1); // 2^(c-1) itself may stand as a negative digit alone
    if (in) digit -= 1 << c;
    if (digit) used[w]++;
    digits[w * stride] = (i16)(negative ? -digit : digit);
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
 * The W digits of c bits of a scalar below r, 2 <= c <= 16.
 *   G1, W c >= 128    digits[w * 2 * stride] of the first half, + stride for the second
 *   G2, W c >= 255    digits[w * stride]
 * @param used its word w counts the digits of window w that are not 0
 */
INLINE void digits1(const u32 *scalar, i16 *digits, u32 stride, u32 c, u32 W, u32 *used) {
  u32 halves[2][5];
  split(scalar, halves);
  for (u32 h = 0; h < 2; h++) {
    const u32 negative = absolute(halves[h]); // the fifth word is 0 now
    signedDigits(halves[h], 4, negative, digits + h * stride, 2 * stride, c, W, used);
  }
}

INLINE void digits2(const u32 *scalar, i16 *digits, u32 stride, u32 c, u32 W, u32 *used) {
  u32 number[9] = {0};
  __builtin_memcpy(number, scalar, 32);
  signedDigits(number, 8, 0, digits, stride, c, W, used);
}
