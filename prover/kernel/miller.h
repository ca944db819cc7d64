// The Miller loop of the optimal ate pairing (Vercauteren 2010), over two pairs (P, Q) side by side.
//
// The twist x' = x w^-2, y' = y w^-3 takes the curve to y^2 = x^3 + 3 / (9 + u). A line of slope s through (x', y') has at P the value
//   y_P - s x_P w + (s x' - y') w^3
// which may be multiplied by anything in Fq2, as the final power takes that to 1: so no slope is divided out. For the same reason points
// may be in our form (points.h): (v^2 x, v^3 y) multiplies a line by v^3.
// Formulas in (X : Y : Z), x = X/Z, after Costello, Lange, Naehrig 2010 and Aranha, Karabina, Longa, Gebotys, López 2011.
#pragma once
#include "tower.h"

typedef struct {
  wide2 x, y, minusY;
  projective2 t;
  pair minusX1, y1; // of P
  v128_t neutral; // all ones where the pairing is 1: P or Q is infinity, or there is none
} loop;

static void scale2(wide2 *r, const wide2 *a, const pair *by) {
  mulq(&r->c0, &a->c0, by);
  mulq(&r->c1, &a->c1, by);
}

/** f times the line 'y_P a - x_P b w + c w^3'. */
NOINLINE void take(twelve *f, const loop *m, wide2 *l) {
  scale2(l, l, &m->y1);
  scale2(l + 1, l + 1, &m->minusX1);
  const wide2 one = one2();
  for (int i = 0; i < 3; i++) l[i] = select2(i ? &ZERO2 : &one, l + i, m->neutral);
  mulLine(f, l);
}

/** t = 2t, and f times its tangent, 2YZ y_P - 3X^2 x_P w + (Y^2 - 3b Z^2) w^3. Right for every point of the twist. */
NOINLINE void doubled(twelve *f, loop *m) {
  projective2 *const t = &m->t;
  wide2 l[3], xy, b, e, g, h;
  mul2(&xy, &t->x, &t->y);
  add2(&xy, &xy, &xy);
  square2(&b, &t->y);
  square2(&e, &t->z);
  add2(&h, &t->y, &t->z);
  square2(&h, &h);
  subtract2(&h, &h, &b);
  subtract2(l, &h, &e); // 2YZ
  square2(&g, &t->x);
  add2(l + 1, &g, &g);
  add2(l + 1, l + 1, &g);
  times3B2(&e, &e); // 3b Z^2
  subtract2(l + 2, &b, &e);
  add2(&g, &e, &e);
  add2(&g, &g, &e); // 9b Z^2
  subtract2(&h, &b, &g);
  mul2(&t->x, &xy, &h); // 2XY (Y^2 - 9b Z^2)
  mul2(&e, &e, &g);
  add2(&e, &e, &e);
  add2(&e, &e, &e);
  add2(&g, &b, &g);
  square2(&g, &g);
  subtract2(&t->y, &g, &e); // (Y^2 + 9b Z^2)^2 - 12 (3b Z^2)^2
  mul2(&h, &b, l);
  add2(&h, &h, &h);
  add2(&t->z, &h, &h); // 8 Y^3 Z
  take(f, m, l);
}

/** t = t + (x, y), and f times the line through both: slope a / b, a = Y - y Z, b = X - x Z. Not for t = +-(x, y). */
NOINLINE void added(twelve *f, loop *m, const wide2 *x, const wide2 *y) {
  projective2 *const t = &m->t;
  wide2 l[3], c, d, e, g;
  mul2(&c, y, &t->z);
  subtract2(l + 1, &t->y, &c); // a
  mul2(&c, x, &t->z);
  subtract2(l, &t->x, &c); // b
  mul2(l + 2, l + 1, x);
  mul2(&c, l, y);
  subtract2(l + 2, l + 2, &c); // a x - b y
  square2(&c, l + 1);
  mul2(&c, &c, &t->z);
  square2(&d, l);
  mul2(&e, &d, l);
  mul2(&g, &d, &t->x);
  add2(&c, &c, &e);
  subtract2(&c, &c, &g);
  subtract2(&c, &c, &g); // a^2 Z + b^3 - 2 b^2 X
  mul2(&t->x, l, &c);
  subtract2(&g, &g, &c);
  mul2(&g, &g, l + 1);
  mul2(&d, &t->y, &e);
  subtract2(&t->y, &g, &d);
  mul2(&t->z, &t->z, &e);
  take(f, m, l);
}

/** (x, y)^q on the twist, (conj(x) gamma^2, conj(y) gamma^3): the endomorphism psi. */
static void psi(wide2 *x, wide2 *y) {
  conjugate2(x, x);
  timesGamma(x, x, 2);
  conjugate2(y, y);
  timesGamma(y, y, 3);
}

/**
 * In both places the product over all pairs of P and Q, at most two times `count`. In the subgroup of order r no addition here meets
 * +-(x, y): t is a multiple of Q by a number between 1 and r - 1.
 */
static void millerLoop(twelve *f, loop *loops, u32 count) {
  __builtin_memset(f, 0, sizeof *f);
  f->c[0].a[0] = one2();
  for (u32 i = 0; i < sizeof LOOP; i++) {
    square12(f, f);
    for (u32 k = 0; k < count; k++) {
      loop *const m = loops + k;
      doubled(f, m);
      if (LOOP[i]) added(f, m, &m->x, LOOP[i] < 0 ? &m->minusY : &m->y);
    }
  }
  for (u32 k = 0; k < count; k++) {
    loop *const m = loops + k;
    wide2 x = m->x, y = m->y;
    psi(&x, &y);
    added(f, m, &x, &y);
    psi(&x, &y);
    subtract2(&y, &ZERO2, &y);
    added(f, m, &x, &y);
  }
}
