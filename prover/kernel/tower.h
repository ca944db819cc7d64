// The field of pairings, over the coordinates of G2: two independent elements side by side, as everywhere.
//   six     a0 + a1 v + a2 v^2, a_i = wide2, v^3 = 9 + u
//   twelve  c0 + c1 w, c_i = six, w^2 = v; so v^i w^j = w^(2i + j), and w^6 = 9 + u
//
// Every coordinate that goes in or comes out of a function here is normalised and below 2q + o(q), as coordinates.h promises of each result
// for G2: sums are reduced at once, and no bound passes from one function to the next. A whole pairing takes some milliseconds.
// Where the result is an argument too, it may be.
#pragma once
#include "coordinates.h"

typedef struct {
  wide2 a[3];
} six;
typedef struct {
  six c[2];
} twelve;

static const wide2 ZERO2 = {0};

// sum2 and difference2 are long where they are inlined: here they are calls
NOINLINE void add2(wide2 *r, const wide2 *a, const wide2 *b) { *r = sum2(a, b); }
NOINLINE void subtract2(wide2 *r, const wide2 *a, const wide2 *b) { *r = difference2(a, b); }

/** a0 - a1 u, which is a^q */
static void conjugate2(wide2 *r, const wide2 *a) {
  const wide2 x = *a;
  subtract2(r, &ZERO2, &x);
  r->c0 = x.c0;
}

/** (9 + u) a = 9 a0 - a1 + (9 a1 + a0) u; a product with 9 is below 1.1 q. */
NOINLINE void timesXi(wide2 *r, const wide2 *a) {
  wide2 nine, turned = {a->c1, a->c0};
  mulq(&nine.c0, &a->c0, &Q_NINE);
  mulq(&nine.c1, &a->c1, &Q_NINE);
  const pair c0 = below2(carry(sub(&nine.c0, &turned.c0, &Q_PAD4)));
  r->c1 = below2(carry(add(&nine.c1, &turned.c1)));
  r->c0 = c0;
}

static void add6(six *r, const six *a, const six *b) {
  for (int i = 0; i < 3; i++) add2(r->a + i, a->a + i, b->a + i);
}
static void subtract6(six *r, const six *a, const six *b) {
  for (int i = 0; i < 3; i++) subtract2(r->a + i, a->a + i, b->a + i);
}

/** v a */
static void timesV(six *r, const six *a) {
  wide2 first;
  timesXi(&first, a->a + 2);
  r->a[2] = a->a[1];
  r->a[1] = a->a[0];
  r->a[0] = first;
}

/** (a0 + a1)(b0 + b1) - t0 - t1, which is a0 b1 + a1 b0 where t_i = a_i b_i */
NOINLINE void cross(wide2 *r, const wide2 *a0, const wide2 *a1, const wide2 *b0, const wide2 *b1, const wide2 *t0, const wide2 *t1) {
  wide2 s, t;
  add2(&s, a0, a1);
  add2(&t, b0, b1);
  mul2(&s, &s, &t);
  subtract2(&s, &s, t0);
  subtract2(r, &s, t1);
}

/** Six products for nine (Karatsuba). */
NOINLINE void mul6(six *r, const six *x, const six *y) {
  const wide2 *const a = x->a, *const b = y->a;
  wide2 t[3];
  six out;
  for (int i = 0; i < 3; i++) mul2(t + i, a + i, b + i);
  cross(out.a, a + 1, a + 2, b + 1, b + 2, t + 1, t + 2);
  timesXi(out.a, out.a);
  add2(out.a, out.a, t);
  cross(out.a + 1, a, a + 1, b, b + 1, t, t + 1);
  cross(out.a + 2, a, a + 2, b, b + 2, t, t + 2);
  add2(out.a + 2, out.a + 2, t + 1);
  timesXi(t + 2, t + 2);
  add2(out.a + 1, out.a + 1, t + 2);
  *r = out;
}

/** a (b0 + b1 v) */
NOINLINE void mul6By2(six *r, const six *x, const wide2 *b0, const wide2 *b1) {
  const wide2 *const a = x->a;
  wide2 t0, t1, t2;
  six out;
  mul2(&t0, a, b0);
  mul2(&t1, a + 1, b1);
  cross(out.a + 1, a, a + 1, b0, b1, &t0, &t1);
  mul2(&t2, a + 2, b1);
  timesXi(&t2, &t2);
  add2(out.a, &t0, &t2);
  mul2(&t2, a + 2, b0);
  add2(out.a + 2, &t1, &t2);
  *r = out;
}

NOINLINE void mul12(twelve *r, const twelve *a, const twelve *b) {
  six t0, t1, s, t;
  mul6(&t0, a->c, b->c);
  mul6(&t1, a->c + 1, b->c + 1);
  add6(&s, a->c, a->c + 1);
  add6(&t, b->c, b->c + 1);
  mul6(&s, &s, &t);
  subtract6(&s, &s, &t0);
  subtract6(r->c + 1, &s, &t1);
  timesV(&t1, &t1);
  add6(r->c, &t0, &t1);
}

/** c0 = (a0 + a1)(a0 + v a1) - p - v p, c1 = 2p, p = a0 a1 */
NOINLINE void square12(twelve *r, const twelve *a) {
  six p, s, t;
  mul6(&p, a->c, a->c + 1);
  add6(&s, a->c, a->c + 1);
  timesV(&t, a->c + 1);
  add6(&t, &t, a->c);
  mul6(&s, &s, &t);
  subtract6(&s, &s, &p);
  timesV(&t, &p);
  subtract6(r->c, &s, &t);
  add6(r->c + 1, &p, &p);
}

/** f (l[0] + l[1] w + l[2] w^3) */
NOINLINE void mulLine(twelve *f, const wide2 *l) {
  six t0, t1, s;
  wide2 sum;
  for (int i = 0; i < 3; i++) mul2(t0.a + i, f->c[0].a + i, l);
  mul6By2(&t1, f->c + 1, l + 1, l + 2);
  add6(&s, f->c, f->c + 1);
  add2(&sum, l, l + 1);
  mul6By2(&s, &s, &sum, l + 2);
  subtract6(&s, &s, &t0);
  subtract6(f->c + 1, &s, &t1);
  timesV(&t1, &t1);
  add6(f->c, &t0, &t1);
}

/** c0 - c1 w: a^(q^6), and the inverse of an element of norm 1 over six */
static void conjugate12(twelve *r, const twelve *a) {
  r->c[0] = a->c[0];
  for (int i = 0; i < 3; i++) subtract2(r->c[1].a + i, &ZERO2, a->c[1].a + i);
}

/** a gamma^i: w^i of a q-th power (constants.mjs) */
static void timesGamma(wide2 *r, const wide2 *a, int i) {
  const wide2 gamma = {*GAMMA[2 * i], *GAMMA[2 * i + 1]};
  mul2(r, a, &gamma);
}

/** a^q: the sum of conj(a_i) gamma^i w^i */
NOINLINE void power12Q(twelve *r, const twelve *a) {
  for (int i = 0; i < 6; i++) {
    wide2 *const to = r->c[i & 1].a + (i >> 1);
    conjugate2(to, a->c[i & 1].a + (i >> 1));
    timesGamma(to, to, i);
  }
}

/** 1 / a; 0 where one of the two has none. */
NOINLINE void invert6(six *r, const six *x) {
  const wide2 *const a = x->a;
  wide2 t, norm;
  six out;
  square2(out.a, a);
  mul2(&t, a + 1, a + 2);
  timesXi(&t, &t);
  subtract2(out.a, out.a, &t); // a0^2 - xi a1 a2
  square2(out.a + 1, a + 2);
  timesXi(out.a + 1, out.a + 1);
  mul2(&t, a, a + 1);
  subtract2(out.a + 1, out.a + 1, &t); // xi a2^2 - a0 a1
  square2(out.a + 2, a + 1);
  mul2(&t, a, a + 2);
  subtract2(out.a + 2, out.a + 2, &t); // a1^2 - a0 a2
  mul2(&norm, a + 2, out.a + 1);
  mul2(&t, a + 1, out.a + 2);
  add2(&norm, &norm, &t);
  timesXi(&norm, &norm);
  mul2(&t, a, out.a);
  add2(&norm, &norm, &t);
  invert2(&norm);
  for (int i = 0; i < 3; i++) mul2(r->a + i, out.a + i, &norm);
}

/** (a0 - a1 w) / (a0^2 - v a1^2) */
NOINLINE void invert12(twelve *r, const twelve *a) {
  six norm, t;
  mul6(&norm, a->c, a->c);
  mul6(&t, a->c + 1, a->c + 1);
  timesV(&t, &t);
  subtract6(&norm, &norm, &t);
  invert6(&norm, &norm);
  conjugate12(r, a);
  for (int i = 0; i < 2; i++) mul6(r->c + i, r->c + i, &norm);
}

/** Whether both coordinates of a pair are 0 modulo q, as one bit for each of the two. */
static u32 zeros2(const wide2 *x) {
  u32 zero = 3;
  for (int c = 0; c < 2; c++) {
    element limbs[2];
    store(limbs[0], limbs[1], c ? &x->c1 : &x->c0);
    for (u32 e = 0; e < 2; e++) {
      canonical(limbs[e], Q_LIMBS);
      if (!isZero(limbs[e])) zero &= ~(1u << e);
    }
  }
  return zero;
}

/** Whether both elements are 1. */
static int areOne(const twelve *a) {
  twelve rest = *a;
  const wide2 one = one2();
  subtract2(rest.c[0].a, rest.c[0].a, &one);
  u32 zero = 3;
  for (int i = 0; i < 6; i++) zero &= zeros2(rest.c[i & 1].a + (i >> 1));
  return zero == 3;
}
