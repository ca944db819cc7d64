// The scalars of the H sum of Groth16: from the key's coefficients and the witness to (A B - C) on the odd coset.
//
//   a_i = sum of coefficient * wire over the A terms of row i, b_i likewise, c_i = a_i b_i             i < n = 2^lg
//   A, B, C the polynomials of degree < n with these values on the n-th roots of unity w^i
//   out_i = A(g w^i) B(g w^i) - C(g w^i), g^2 = w: (A B - C) / (x^n - 1) but for the factor -1/2, which the key's points carry
//
// Layout. A polynomial is m = n/2 pairs; pair i holds elements i and i + m, so that every butterfly but the outermost works on
// two whole pairs. An inverse transform by Cooley-Tukey takes natural order to bit-reversed order, the forward transform by
// decimation in time takes it back: nothing is ever permuted. 1/n and g^i are one multiplication between the two.
//
// Three passes, each over parts that do not touch each other:
//   rows      products and sums of the terms, C = A B, the two outermost stages of the inverse transforms     any range of [0, m/2);
//             formRows for a lookup key
//   middle    for one half of one polynomial: the other stages, the coset, all but the last two stages back    6 jobs
//   finish    the last two stages and A B - C                                                                any range of [0, m/2)
//
// A domain of three cosets of n places makes the first and the last pass over each, and thirds.h between.
//
// Bounds. A butterfly adds at most 2r: u + t and u - t + 2r for a product t < 2r. The sums of `rows` are below 9.1 r, the first
// stage takes them to 19.1 r, and the inverse transform stays below (19.1 + 2 lg) r <= 75.1 r for lg <= 28: every product with a
// table entry (below 1.01 r) is below 1.5 r. The coset factor is such a product; the forward transform stays below (2 + 2 lg) r.
#include "field.h"

INLINE pair loadTwo(const element *a, const element *b) { return load(*a, *b); }

/** u + t, u - t for a product t < 2r; the results are normalised. */
INLINE void butterfly(pair *u, pair *v, const pair *t) {
  const pair x = *u;
  *u = carry(add(&x, t));
  *v = carry(sub(&x, t, &R_PAD2));
}

/** Inside one pair (e0, e1): (e0 + e1, e0 - e1 + pad). */
INLINE pair butterflyInside(const pair *x, const pair *pad) {
  pair r;
  UNROLL for (int k = 0; k < 5; k++) {
    const v128_t e0 = wasm_i32x4_shuffle(x->v[k], x->v[k], 0, 0, 2, 2), e1 = wasm_i32x4_shuffle(x->v[k], x->v[k], 1, 1, 3, 3);
    r.v[k] = wasm_i32x4_add(e0, wasm_v128_bitselect(wasm_i32x4_sub(pad->v[k], e1), e1, SECOND));
  }
  return carry(r);
}

// ---- tables of powers, all in Montgomery form and below 1.01 r

static pair montgomery(const u32 *words) {
  element x;
  unpack(x, words);
  pair r = load(x, x);
  mulr(&r, &r, &R_SQUARE);
  return r;
}

/** table[from + i] = table[i] * factor for i < count */
static void extend(element *table, u32 count, const pair *factor) {
  element spare;
  for (u32 i = 0; i < count; i += 2) {
    const int odd = i + 1 == count;
    pair x = load(table[i], table[odd ? i : i + 1]);
    mulr(&x, &x, factor);
    store(table[count + i], odd ? spare : table[count + i + 1], &x);
  }
}

/**
 * table[i] = first * base^(i with its lg bits reversed), i < 2^lg. first < r, steps[k] = base^(2^k), 32 bytes each.
 */
EXPORT void reversedPowers(const u32 *first, const u32 *steps, u32 lg, element *table) {
  const pair x = montgomery(first);
  element spare;
  store(table[0], spare, &x);
  for (u32 k = 0; k < lg; k++) {
    const pair step = montgomery(steps + 8 * (lg - 1 - k));
    extend(table, 1u << k, &step);
  }
}

/** table[h + j] = w^(j n / 2h) for h = 1, 2, .., n/2 and j < h; w = steps[0] is an n-th root of unity, steps[k] = w^(2^k). */
EXPORT void stagePowers(const u32 *steps, u32 lg, element *table) {
  for (int j = 0; j < 10; j++) table[1][j] = ((const u32 *)&R_ONE)[2 * j];
  for (u32 k = 1; k < lg; k++) { // h = 2^k: every other entry is one of the stage before
    const u32 h = 1u << k;
    const pair step = montgomery(steps + 8 * (lg - 1 - k));
    for (u32 j = 0; j < h; j += 2) {
      const pair even = loadBoth(table[(h + j) >> 1]);
      pair odd;
      mulr(&odd, &even, &step);
      const pair both = select(&odd, &even, SECOND);
      store(table[h + j], table[h + j + 1], &both);
    }
  }
}

#include "rows.h"

// ---- middle

/** One stage of the inverse transform on the block [0, 2h): residues modulo x^2h - w^2 to those modulo x^h - w and x^h + w. */
static void splitBlock(pair *V, u32 h, u32 block, u32 blocks, const element *T) {
  const pair w = loadTwo(T + block, T + blocks + block);
  for (u32 i = 0; i < h; i++) {
    pair t;
    mulr(&t, V + h + i, &w);
    butterfly(V + i, V + h + i, &t);
  }
}

#define IN_CACHE 4096

/** All stages on the block `block` of `blocks` of a polynomial; large ones depth first, so that a half stays in the cache. */
NOINLINE void inverseBlock(pair *V, u32 length, u32 block, u32 blocks, const element *T) {
  if (length > IN_CACHE) {
    splitBlock(V, length / 2, block, blocks, T);
    inverseBlock(V, length / 2, 2 * block, 2 * blocks, T);
    inverseBlock(V + length / 2, length / 2, 2 * block + 1, 2 * blocks, T);
    return;
  }
  for (u32 h = length / 2, parts = 1; h > 0; h /= 2, parts *= 2) {
    for (u32 k = 0; k < parts; k++) splitBlock(V + 2 * k * h, h, block * parts + k, blocks * parts, T);
  }
}

/** One stage of the forward transform: two transforms of h to one of 2h. */
static void joinHalves(pair *V, u32 h, const element *W) {
  for (u32 j = 0; j < h; j++) {
    const pair w = loadBoth(W[h + j]);
    pair t;
    mulr(&t, V + h + j, &w);
    butterfly(V + j, V + h + j, &t);
  }
}

NOINLINE void forwardBlock(pair *V, u32 length, const element *W) {
  if (length > IN_CACHE) {
    forwardBlock(V, length / 2, W);
    forwardBlock(V + length / 2, length / 2, W);
    joinHalves(V, length / 2, W);
    return;
  }
  for (u32 h = 1; h < length; h *= 2) {
    for (u32 k = 0; k < length; k += 2 * h) joinHalves(V + k, h, W);
  }
}

/**
 * Half 0 or 1 of a polynomial.
 * @param T w^-i, i < n/2, bit-reversed @param K g^i / n, i < n, bit-reversed @param W the stages' powers of w
 */
EXPORT void middle(pair *V, u32 n, const element *T, const element *K, const element *W, u32 half) {
  const u32 m = n / 2, length = m / 2;
  pair *const block = V + half * length;
  inverseBlock(block, length, half, 2, T);
  for (u32 i = 0; i < length; i++) {
    const pair k = loadTwo(K + half * length + i, K + m + half * length + i);
    mulr(block + i, block + i, &k);
  }
  forwardBlock(block, length, W);
}

#include "thirds.h"

// ---- finish

/** The last two stages: pairs i and i + m/2 to the values i, i + m and i + m/2, i + 3m/2, all below 3.5 r. */
INLINE void lastStages(pair *V, u32 i, u32 m, const element *W, pair *first, pair *second) {
  const u32 h = m / 2;
  const pair w = loadBoth(W[h + i]);
  pair t, u = V[i], v;
  mulr(&t, V + h + i, &w);
  butterfly(&u, &v, &t);
  pair x = loadBoth(W[m + i]), y = loadBoth(W[m + h + i]);
  x = select(&x, &R_ONE, SECOND); // the product with 1 brings element 0 below 2r as well
  y = select(&y, &R_ONE, SECOND);
  mulr(&u, &u, &x);
  mulr(&v, &v, &y);
  *first = butterflyInside(&u, &R_PAD2);
  *second = butterflyInside(&v, &R_PAD2);
}

/** a 2^251, b 2^251, c 2^241 to a b - c in [0, r), 32 bytes each. */
INLINE void quotientOf(const pair *a, const pair *b, const pair *c, u32 *out0, u32 *out1) {
  pair x;
  mulr(&x, a, b);
  x = sub(&x, c, &R_PAD4);
  mulr(&x, &x, &PLAIN_2_20);
  element limbs[2];
  store(limbs[0], limbs[1], &x);
  canonical(limbs[0], R_LIMBS);
  canonical(limbs[1], R_LIMBS);
  pack(out0, limbs[0]);
  pack(out1, limbs[1]);
}

EXPORT void finish(pair *A, pair *B, pair *C, u32 n, const element *W, u32 *out, u32 from, u32 to) {
  const u32 m = n / 2, h = m / 2;
  for (u32 i = from; i < to; i++) {
    pair a[2], b[2], c[2];
    lastStages(A, i, m, W, a, a + 1);
    lastStages(B, i, m, W, b, b + 1);
    lastStages(C, i, m, W, c, c + 1);
    quotientOf(a, b, c, out + 8 * i, out + 8 * (i + m));
    quotientOf(a + 1, b + 1, c + 1, out + 8 * (i + h), out + 8 * (i + h + m));
  }
}
