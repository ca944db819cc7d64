// Arithmetic modulo the two primes of BN254, two elements at a time.
//
// An element is nine limbs of 29 bits, little-endian, in Montgomery form x * 2^261. A pair holds two independent elements:
// limb k of element e stands in 32-bit lane 2k + e of its five vectors; the two lanes behind limb 8 are free (group.h keeps a
// flag there) and no product reads them. wasm has no carry flag and no 64x64 product: 29-bit limbs leave room in 64-bit lanes
// for all 18 partial products of a column, so that carries are taken once, at the end.
//
// Laziness. p is either prime, p < 2^254, and 2^261 > 169 p. "normalised" means limbs 0 .. 7 below 2^29.
//   mul      a < alpha p, b < beta p, limbs of a below A, of b below B, A B <= 2^60.6:
//            result normalised and below (1 + alpha beta / 169) p, hence below 2p wherever alpha beta <= 169.
//            Column sums stay below 9 A B + 9 2^58 + 2^35 < 2^64.
//   sub      a - b + pad limb by limb, without a carry: limbs in [0, 2^31) for normalised a and b (or b a sum of two), as the pads'
//            limbs are in [2^30 - 2, 2^30 + 2^29); the top limb stays positive as long as b is below pad - 2^234.
//   carry    limbs up to 2^32 - 8 to a normalised number of the same value, which must be below 2^261.
//   reduceIf subtracts k p where the top limb says that it fits: below k p + 2^232 afterwards, if it was below 2 k p.
// 2^232 < p / 2^21; it is written as a little o(p) below.
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define EXPORT __attribute__((visibility("default")))
#define UNROLL _Pragma("unroll")
#define RARE(condition) __builtin_expect(!!(condition), 0)

#define LIMB_MASK 0x1fffffffu

typedef struct {
  v128_t v[5];
} pair;

/** Ten words: nine limbs and one word that is free. 8-byte alignment is enough for every load. */
typedef u32 element[10];

#include "constants.h"

// ---- Montgomery multiplication, rows of partial products interleaved with the reduction (coarsely integrated operand scanning)

/** Limb j of both elements of b times x, where x carries the same limb twice. */
#define TIMES(x, b, j) ((j) & 1 ? wasm_u64x2_extmul_high_u32x4(x, (b)[(j) >> 1]) : wasm_u64x2_extmul_low_u32x4(x, (b)[(j) >> 1]))

/** Of a square (b = a, `square` a constant 1) each product of two limbs is taken once, with one of them doubled: 126 products for 162. */
INLINE void multiply(pair *r, const pair *a, const pair *b, const pair *p, u32 negativeInverse, int square) {
  const v128_t mask = wasm_i64x2_const_splat(LIMB_MASK), ninv = wasm_i32x4_splat((i32)negativeInverse);
  v128_t t[9], av[5], bv[5], pv[5];
  UNROLL for (int j = 0; j < 5; j++) {
    av[j] = a->v[j];
    bv[j] = square ? wasm_i32x4_add(a->v[j], a->v[j]) : b->v[j];
    pv[j] = p->v[j];
  }
  UNROLL for (int i = 0; i < 9; i++) {
    v128_t ai = av[i >> 1];
    ai = i & 1 ? wasm_i32x4_shuffle(ai, ai, 2, 3, 2, 3) : wasm_i32x4_shuffle(ai, ai, 0, 1, 0, 1);
    v128_t s[9]; // the column sums with the row's products
    UNROLL for (int j = 0; j < 9; j++) {
      if (square && j < i) {
        s[j] = t[j];
        continue;
      }
      s[j] = TIMES(ai, square && j == i ? av : bv, j);
      if (i && j < 8) s[j] = wasm_i64x2_add(s[j], t[j]);
    }
    v128_t m = wasm_v128_and(wasm_i32x4_mul(s[0], ninv), mask); // t + m p = 0 mod 2^29
    m = wasm_i32x4_shuffle(m, m, 0, 2, 0, 2);
    const v128_t out = wasm_u64x2_shr(wasm_i64x2_add(s[0], TIMES(m, pv, 0)), 29);
    UNROLL for (int j = 1; j < 9; j++) t[j - 1] = wasm_i64x2_add(s[j], TIMES(m, pv, j));
    t[0] = wasm_i64x2_add(t[0], out);
  }
  v128_t c = t[0], o[10];
  UNROLL for (int i = 0; i < 7; i++) {
    o[i] = wasm_v128_and(c, mask);
    c = wasm_i64x2_add(t[i + 1], wasm_u64x2_shr(c, 29));
  }
  o[7] = wasm_v128_and(c, mask);
  o[8] = wasm_u64x2_shr(c, 29);
  o[9] = wasm_i64x2_const(0, 0);
  UNROLL for (int j = 0; j < 5; j++) r->v[j] = wasm_i32x4_shuffle(o[2 * j], o[2 * j + 1], 0, 2, 4, 6);
}

/** r = a b 2^-261 in the base field, in the scalar field. r may be a or b. The free lanes of r become 0. */
NOINLINE void mulq(pair *r, const pair *a, const pair *b) { multiply(r, a, b, &Q_1P, Q_NEGATIVE_INVERSE, 0); }
NOINLINE void mulr(pair *r, const pair *a, const pair *b) { multiply(r, a, b, &R_1P, R_NEGATIVE_INVERSE, 0); }
/** mulq(r, a, a) */
NOINLINE void squareq(pair *r, const pair *a) { multiply(r, a, a, &Q_1P, Q_NEGATIVE_INVERSE, 1); }

// ---- sums

INLINE pair add(const pair *a, const pair *b) {
  pair r;
  UNROLL for (int j = 0; j < 5; j++) r.v[j] = wasm_i32x4_add(a->v[j], b->v[j]);
  return r;
}

INLINE pair sub(const pair *a, const pair *b, const pair *pad) {
  pair r;
  UNROLL for (int j = 0; j < 5; j++) r.v[j] = wasm_i32x4_add(wasm_i32x4_sub(a->v[j], b->v[j]), pad->v[j]);
  return r;
}

/** Each vector holds two limbs: the even one gives to the odd one, the odd one to the next vector. */
#define CARRY(SHIFT)                                                         \
  const v128_t mask = wasm_i32x4_const_splat(LIMB_MASK);                     \
  const v128_t zero = wasm_i32x4_const_splat(0);                             \
  v128_t in = zero;                                                          \
  pair r;                                                                    \
  UNROLL for (int k = 0; k < 4; k++) {                                       \
    v128_t y = wasm_i32x4_add(x.v[k], in);                                   \
    y = wasm_i32x4_add(y, wasm_i32x4_shuffle(zero, SHIFT(y, 29), 0, 1, 4, 5)); \
    in = wasm_i32x4_shuffle(SHIFT(y, 29), zero, 2, 3, 4, 5);                 \
    r.v[k] = wasm_v128_and(y, mask);                                         \
  }                                                                          \
  r.v[4] = wasm_i32x4_add(x.v[4], in);                                       \
  return r;

INLINE pair carry(pair x) { CARRY(wasm_u32x4_shr) }
/** The same for limbs that may be negative, above -2^31; the value may not. */
INLINE pair carrySigned(pair x) { CARRY(wasm_i32x4_shr) }

/** x - multiple in the elements whose top limb is above `top`, the multiple's. x normalised. */
INLINE pair reduceIf(pair x, const pair *multiple, u32 top) {
  v128_t above = wasm_i32x4_gt(x.v[4], wasm_i32x4_splat((i32)top));
  above = wasm_i32x4_shuffle(above, above, 0, 1, 0, 1);
  UNROLL for (int j = 0; j < 5; j++) x.v[j] = wasm_i32x4_sub(x.v[j], wasm_v128_and(multiple->v[j], above));
  return carrySigned(x);
}

// ---- memory

INLINE pair load(const u32 *a, const u32 *b) {
  const v128_t a0 = wasm_v128_load(a), b0 = wasm_v128_load(b), a1 = wasm_v128_load(a + 4), b1 = wasm_v128_load(b + 4);
  pair r;
  r.v[0] = wasm_i32x4_shuffle(a0, b0, 0, 4, 1, 5);
  r.v[1] = wasm_i32x4_shuffle(a0, b0, 2, 6, 3, 7);
  r.v[2] = wasm_i32x4_shuffle(a1, b1, 0, 4, 1, 5);
  r.v[3] = wasm_i32x4_shuffle(a1, b1, 2, 6, 3, 7);
  r.v[4] = wasm_i32x4_shuffle(wasm_v128_load64_zero(a + 8), wasm_v128_load64_zero(b + 8), 0, 4, 1, 5);
  return r;
}

INLINE void store(u32 *a, u32 *b, const pair *x) {
  wasm_v128_store(a, wasm_i32x4_shuffle(x->v[0], x->v[1], 0, 2, 4, 6));
  wasm_v128_store(b, wasm_i32x4_shuffle(x->v[0], x->v[1], 1, 3, 5, 7));
  wasm_v128_store(a + 4, wasm_i32x4_shuffle(x->v[2], x->v[3], 0, 2, 4, 6));
  wasm_v128_store(b + 4, wasm_i32x4_shuffle(x->v[2], x->v[3], 1, 3, 5, 7));
  const v128_t t = wasm_i32x4_shuffle(x->v[4], x->v[4], 0, 2, 1, 3);
  wasm_v128_store64_lane(a + 8, t, 0);
  wasm_v128_store64_lane(b + 8, t, 1);
}

/** The same element twice. */
INLINE pair loadBoth(const u32 *a) {
  const v128_t x = wasm_v128_load(a), y = wasm_v128_load(a + 4), z = wasm_v128_load64_zero(a + 8);
  pair r;
  r.v[0] = wasm_i32x4_shuffle(x, x, 0, 0, 1, 1);
  r.v[1] = wasm_i32x4_shuffle(x, x, 2, 2, 3, 3);
  r.v[2] = wasm_i32x4_shuffle(y, y, 0, 0, 1, 1);
  r.v[3] = wasm_i32x4_shuffle(y, y, 2, 2, 3, 3);
  r.v[4] = wasm_i32x4_shuffle(z, z, 0, 0, 1, 1);
  return r;
}

/** 0 for element 0, all ones for element 1: selects between the elements of a pair. */
#define SECOND wasm_i32x4_const(0, -1, 0, -1)

INLINE pair select(const pair *ones, const pair *zeros, v128_t mask) {
  pair r;
  UNROLL for (int j = 0; j < 5; j++) r.v[j] = wasm_v128_bitselect(ones->v[j], zeros->v[j], mask);
  return r;
}

/** 256 bits in eight words to nine limbs. */
INLINE void unpack(u32 *limbs, const u32 *words) {
  u64 bits = 0;
  int have = 0, k = 0;
  UNROLL for (int i = 0; i < 8; i++) {
    bits |= (u64)words[i] << have;
    have += 32;
    UNROLL for (int twice = 0; twice < 2; twice++) {
      if (have >= 29 && k < 9) {
        limbs[k++] = (u32)bits & LIMB_MASK;
        bits >>= 29;
        have -= 29;
      }
    }
  }
  if (k < 9) limbs[k] = (u32)bits;
  limbs[9] = 0;
}

INLINE void pack(u32 *words, const u32 *limbs) {
  u64 bits = 0;
  int have = 0, k = 0;
  UNROLL for (int i = 0; i < 9; i++) {
    bits |= (u64)limbs[i] << have;
    have += 29;
    if (have >= 32 && k < 8) {
      words[k++] = (u32)bits;
      bits >>= 32;
      have -= 32;
    }
  }
  if (k < 8) words[k] = (u32)bits;
}

/** Any limbs below 2^32 and a value below 8p: to the canonical representative in [0, p). */
INLINE void canonical(u32 *limbs, const u32 *p) {
  u32 in = 0;
  for (int i = 0; i < 8; i++) {
    const u64 x = (u64)limbs[i] + in;
    limbs[i] = (u32)x & LIMB_MASK;
    in = (u32)(x >> 29);
  }
  limbs[8] += in;
  for (int k = 0; k < 7; k++) {
    u32 difference[9];
    i64 borrow = 0;
    for (int i = 0; i < 9; i++) {
      borrow += (i64)limbs[i] - p[i];
      difference[i] = i < 8 ? (u32)borrow & LIMB_MASK : (u32)borrow;
      borrow >>= i < 8 ? 29 : 32;
    }
    if (borrow < 0) return;
    for (int i = 0; i < 9; i++) limbs[i] = difference[i];
  }
}

INLINE int isZero(const u32 *canonicalLimbs) {
  u32 any = 0;
  for (int i = 0; i < 9; i++) any |= canonicalLimbs[i];
  return any == 0;
}
