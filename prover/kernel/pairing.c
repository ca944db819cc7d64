// Whether a product of pairings over BN254 is 1, and what must hold of points before: so a proof is checked before it goes out.
// Included behind sums.c, in whose terms it is written.
#include "tower.h"
#include "miller.h"
#include "members.h"

/** f^x, f of norm 1 over six */
NOINLINE void powerX(twelve *r, const twelve *f) {
  const twelve base = *f;
  twelve inverse;
  conjugate12(&inverse, &base);
  *r = base;
  for (u32 i = 0; i < sizeof POWER_X; i++) {
    square12(r, r);
    if (POWER_X[i]) mul12(r, r, POWER_X[i] < 0 ? &inverse : &base);
  }
}

/** f to 2x (6x^2 + 3x + 1) (q^12 - 1) / r, as in verifier/final-power.ts, which says why and whose it is; 0 for 0. */
static void finalPower(twelve *f) {
  twelve g, g2x, g6x, g6xx, a, b, t;
  invert12(&t, f);
  conjugate12(&g, f);
  mul12(&g, &g, &t); // f^(q^6 - 1)
  power12Q(&t, &g);
  power12Q(&t, &t);
  mul12(&g, &t, &g); // and of that, the power q^2 + 1
  powerX(&g2x, &g);
  square12(&g2x, &g2x);
  square12(&g6x, &g2x);
  mul12(&g6x, &g6x, &g2x);
  powerX(&g6xx, &g6x);
  powerX(&a, &g6xx);
  square12(&a, &a);
  mul12(&a, &a, &g6xx);
  mul12(&a, &a, &g6x); // g^(12 x^3 + 6 x^2 + 6 x)
  conjugate12(&t, &g2x);
  mul12(&b, &a, &t);
  conjugate12(&t, &g);
  mul12(&t, &b, &t);
  power12Q(&t, &t);
  mul12(&t, &a, &t);
  power12Q(&t, &t);
  mul12(&t, &b, &t);
  power12Q(&t, &t);
  mul12(&t, &t, &a);
  mul12(&t, &t, &g6xx);
  mul12(f, &t, &g);
}

#define MOST_PAIRINGS 6

/**
 * Whether the product of e(P_i, Q_i) is 1, `count` of them, at most MOST_PAIRINGS. Points are affine times 2^256, zeros for infinity,
 * and such as `members1` and `members2` let through, or sums of these.
 */
EXPORT u32 pairingsCancel(const u32 *g1, const u32 *g2, u32 count) {
  loop loops[MOST_PAIRINGS / 2];
  if (count > MOST_PAIRINGS) return 0;
  const u32 half = (count + 1) / 2;
  for (u32 k = 0; k < half; k++) {
    loop *const m = loops + k;
    const u32 i = 2 * k, j = i + 1 < count ? i + 1 : i;
    const u32 *const p[2] = {g1 + 16 * i, g1 + 16 * j}, *const q[2] = {g2 + 32 * i, g2 + 32 * j};
    i32 neutral[2];
    for (int e = 0; e < 2; e++) neutral[e] = anyWord(p[e], 16) && anyWord(q[e], 32) ? 0 : -1;
    if (j == i) neutral[1] = -1;
    m->neutral = wasm_i32x4_make(neutral[0], neutral[1], neutral[0], neutral[1]);
    pair x;
    convert1(p[0], p[1], &x, &m->y1);
    m->minusX1 = below2(carry(sub(&ZERO2.c0, &x, &Q_PAD4)));
    convert2(q[0], q[1], &m->x, &m->y);
    subtract2(&m->minusY, &ZERO2, &m->y);
    m->t = (projective2){m->x, m->y, one2()};
  }
  twelve f, other;
  millerLoop(&f, loops, half);
  const pair *const from = (const pair *)&f;
  pair *const to = (pair *)&other;
  for (u32 k = 0; k < sizeof f / sizeof(pair); k++)
    for (int v = 0; v < 5; v++) to[k].v[v] = wasm_i32x4_shuffle(from[k].v[v], from[k].v[v], 1, 0, 3, 2);
  mul12(&f, &f, &other);
  finalPower(&f);
  return (u32)areOne(&f);
}
