// The coordinates of the two groups, two of each side by side, under the same names: group.h is written in them once.
//
//   wide1, wide2     two coordinates: a pair for G1, and two pairs (c0, c1), c0 + c1 u with u^2 = -1, for G2
//   stored1, stored2 one coordinate in memory
//
// Of a point: x and y are normalised, x below 2q + o(q), y below 2.1 q.
//                  G1                                                     G2: every result normalised and below 2q + o(q)
//   gap(a, b)      a - b + 4q without a carry: below 6.2 q, limbs < 2^31   a - b
//   mul            as in field.h                                          three products, each of factors below 4.1 q
//   square         mul of the same twice                                  two products, of factors below 4.1 q and 6.1 q
//   xOf(s, a, b)   s - a - b for s below 2q                               the same
//   yOf(p, y)      p - y, for p below 1.1 q: below 2.1 q                   the same
//   sum            below the sum of the two                               a + b
//   difference     a - b + 8q, for b below 4.4 q                           a - b
#pragma once
#include "field.h"
#include "inversion.h"

// ---- inversion, of one element at a time: the additions of a round share it

/** The product of two single elements, as mulq. */
NOINLINE void mulOne(u32 *r, const u32 *a, const u32 *b) {
  pair x = loadBoth(a), y = loadBoth(b);
  element spare;
  mulq(&x, &x, &y);
  store(r, spare, &x);
}

/** Both elements, below 8q, for one inversion; 0 for both where one is 0. */
NOINLINE void invert1(pair *x) {
  element a, b, product, inverse, cube;
  store(a, b, x);
  mulOne(product, a, b);
  canonical(product, Q_LIMBS);
  invertPlain(product);
  for (int j = 0; j < 10; j++) cube[j] = ((const u32 *)&Q_CUBE)[2 * j];
  mulOne(inverse, product, cube); // 1 / (x 2^261) times 2^783 and 2^-261
  mulOne(product, inverse, b);
  mulOne(inverse, inverse, a);
  *x = load(product, inverse);
}

/** Below 8q to below 2q + o(q); normalised. */
INLINE pair below2(pair x) {
  x = reduceIf(x, &Q_4P, Q_4P_TOP);
  return reduceIf(x, &Q_2P, Q_2P_TOP);
}

// ---- G1

typedef pair wide1;
typedef struct {
  element c[1];
} stored1;

INLINE pair load1(const stored1 *a, const stored1 *b) { return load(a->c[0], b->c[0]); }
INLINE void store1(stored1 *a, stored1 *b, const pair *x) { store(a->c[0], b->c[0], x); }
INLINE void mul1(pair *r, const pair *a, const pair *b) { mulq(r, a, b); }
INLINE void square1(pair *r, const pair *a) { squareq(r, a); }
INLINE pair gap1(const pair *a, const pair *b) { return sub(a, b, &Q_PAD4); }
INLINE pair xOf1(const pair *s, const pair *a, const pair *b) {
  const pair ab = add(a, b);
  return below2(carry(sub(s, &ab, &Q_PAD5)));
}
INLINE pair yOf1(const pair *p, const pair *y) { return reduceIf(carry(sub(p, y, &Q_PAD3)), &Q_2P, Q_2P_TOP); }
INLINE pair sum1(const pair *a, const pair *b) { return carry(add(a, b)); }
INLINE pair difference1(const pair *a, const pair *b) { return carry(sub(a, b, &Q_PAD8)); }
INLINE pair select1(const pair *ones, const pair *zeros, v128_t mask) { return select(ones, zeros, mask); }
INLINE pair one1(void) { return Q_ONE; }
INLINE void times3B1(pair *r, const pair *a) { mulq(r, a, &Q_3B); }

// ---- G2

typedef struct {
  pair c0, c1;
} wide2;
typedef struct {
  element c[2];
} stored2;

INLINE wide2 load2(const stored2 *a, const stored2 *b) {
  return (wide2){load(a->c[0], b->c[0]), load(a->c[1], b->c[1])};
}
INLINE void store2(stored2 *a, stored2 *b, const wide2 *x) {
  store(a->c[0], b->c[0], &x->c0);
  store(a->c[1], b->c[1], &x->c1);
}
INLINE wide2 sum2(const wide2 *a, const wide2 *b) {
  return (wide2){below2(carry(add(&a->c0, &b->c0))), below2(carry(add(&a->c1, &b->c1)))};
}
INLINE wide2 difference2(const wide2 *a, const wide2 *b) {
  return (wide2){below2(carry(sub(&a->c0, &b->c0, &Q_PAD4))), below2(carry(sub(&a->c1, &b->c1, &Q_PAD4)))};
}
/** c0 = a0 b0 - a1 b1, c1 = (a0 + a1)(b0 + b1) - a0 b0 - a1 b1 (Karatsuba). */
NOINLINE void mul2(wide2 *r, const wide2 *a, const wide2 *b) {
  pair v0, v1, s = add(&a->c0, &a->c1), t = add(&b->c0, &b->c1); // limbs below 2^30
  mulq(&s, &s, &t);
  mulq(&v0, &a->c0, &b->c0);
  mulq(&v1, &a->c1, &b->c1);
  t = add(&v0, &v1);
  r->c0 = reduceIf(carry(sub(&v0, &v1, &Q_PAD2)), &Q_2P, Q_2P_TOP);
  r->c1 = below2(carry(sub(&s, &t, &Q_PAD4)));
}
/** c0 = (a0 + a1)(a0 - a1), c1 = 2 a0 a1; for a below 2q + o(q), as every result is. */
NOINLINE void square2(wide2 *r, const wide2 *a) {
  pair s = add(&a->c0, &a->c1), t = carry(sub(&a->c0, &a->c1, &Q_PAD4)), u = add(&a->c0, &a->c0);
  mulq(&r->c1, &u, &a->c1);
  mulq(&r->c0, &s, &t);
}
INLINE wide2 gap2(const wide2 *a, const wide2 *b) { return difference2(a, b); }
INLINE wide2 xOf2(const wide2 *s, const wide2 *a, const wide2 *b) {
  const wide2 x = difference2(s, a);
  return difference2(&x, b);
}
INLINE wide2 yOf2(const wide2 *p, const wide2 *y) { return difference2(p, y); }
INLINE wide2 select2(const wide2 *ones, const wide2 *zeros, v128_t mask) {
  return (wide2){select(&ones->c0, &zeros->c0, mask), select(&ones->c1, &zeros->c1, mask)};
}
INLINE wide2 one2(void) {
  wide2 r;
  __builtin_memset(&r, 0, sizeof r);
  r.c0 = Q_ONE;
  return r;
}
INLINE void times3B2(wide2 *r, const wide2 *a) {
  const wide2 b = {TWIST_3B_C0, TWIST_3B_C1};
  mul2(r, a, &b);
}
/** 1 / (a0 + a1 u) = (a0 - a1 u) / (a0^2 + a1^2); 0 for 0. */
NOINLINE void invert2(wide2 *x) {
  pair s, t;
  squareq(&s, &x->c0);
  squareq(&t, &x->c1);
  s = carry(add(&s, &t));
  invert1(&s);
  mulq(&x->c0, &x->c0, &s);
  mulq(&t, &x->c1, &s);
  __builtin_memset(&x->c1, 0, sizeof(pair));
  x->c1 = below2(carry(sub(&x->c1, &t, &Q_PAD2)));
}
