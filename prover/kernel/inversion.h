// Inversion in the base field by division steps (Bernstein, Yang 2019, https://gcd.cr.yp.to), 29 at a time: not in constant time.
//
// f = q and g = x go to +-1 and 0 by steps that halve g, after adding f to it where it is odd, or exchange the two. 29 steps read the
// lowest 29 bits alone; they make a matrix that is then applied to f and g whole, and modulo q to d and e, with d x = f and e x = g
// modulo q throughout. Signed numbers: limbs 0 .. 7 in [0, 2^29), limb 8 with the sign.
#pragma once
#include "field.h"

#define STEPS 29
typedef struct {
  i32 u, v, q, r; // |u| + |v| and |q| + |r| up to 2^29
} steps;

/** 29 steps on the lowest bits of f and g; returns the new balance of halvings. */
INLINE i32 divisionSteps(i32 balance, u32 f, u32 g, steps *t) {
  u32 u = 1, v = 0, q = 0, r = 1;
  for (i32 left = STEPS;;) {
    const i32 zeros = __builtin_ctz(g | ~0u << left);
    g >>= zeros;
    u <<= zeros;
    v <<= zeros;
    balance -= zeros;
    left -= zeros;
    if (left == 0) break;
    if (balance < 0) {
      balance = -balance;
      u32 old = f;
      f = g;
      g = -old;
      old = u;
      u = q;
      q = -old;
      old = v;
      v = r;
      r = -old;
    }
    // up to six steps at once, none of which exchanges: f (f^2 - 2) = -1 / f modulo 64
    i32 several = balance + 1 < left ? balance + 1 : left;
    if (several > 6) several = 6;
    const u32 w = (g * f * (f * f - 2)) & ((1u << several) - 1);
    g += f * w;
    q += u * w;
    r += v * w;
  }
  *t = (steps){(i32)u, (i32)v, (i32)q, (i32)r};
  return balance;
}

/** (f, g) = matrix (f, g) / 2^29, exactly. */
INLINE void applyExactly(i32 *f, i32 *g, const steps *t) {
  i64 cf = 0, cg = 0;
  for (int i = 0; i < 9; i++) {
    const i64 fi = f[i], gi = g[i];
    cf += t->u * fi + t->v * gi;
    cg += t->q * fi + t->r * gi;
    if (i > 0) {
      f[i - 1] = (i32)cf & (i32)LIMB_MASK;
      g[i - 1] = (i32)cg & (i32)LIMB_MASK;
    }
    cf >>= 29;
    cg >>= 29;
  }
  f[8] = (i32)cf;
  g[8] = (i32)cg;
}

/** (d, e) = matrix (d, e) / 2^29 modulo q: both stay in (-2q, q). */
INLINE void applyModulo(i32 *d, i32 *e, const steps *t) {
  // with q as many times as there are negative ones, the sums are in (-q 2^29, q 2^29); then at most 2^29 - 1 times less
  const i32 sd = d[8] >> 31, se = e[8] >> 31;
  i32 md = (t->u & sd) + (t->v & se), me = (t->q & sd) + (t->r & se);
  const u32 ld = (u32)t->u * (u32)d[0] + (u32)t->v * (u32)e[0], le = (u32)t->q * (u32)d[0] + (u32)t->r * (u32)e[0];
  md -= (i32)(((u32)md - Q_NEGATIVE_INVERSE * ld) & LIMB_MASK); // so that the lowest 29 bits of the sums are 0
  me -= (i32)(((u32)me - Q_NEGATIVE_INVERSE * le) & LIMB_MASK);
  i64 cd = 0, ce = 0;
  for (int i = 0; i < 9; i++) {
    const i64 di = d[i], ei = e[i], qi = Q_LIMBS[i];
    cd += t->u * di + t->v * ei + md * qi;
    ce += t->q * di + t->r * ei + me * qi;
    if (i > 0) {
      d[i - 1] = (i32)cd & (i32)LIMB_MASK;
      e[i - 1] = (i32)ce & (i32)LIMB_MASK;
    }
    cd >>= 29;
    ce >>= 29;
  }
  d[8] = (i32)cd;
  e[8] = (i32)ce;
}

INLINE int anyLimb(const i32 *x) {
  i32 any = 0;
  for (int i = 0; i < 9; i++) any |= x[i];
  return any != 0;
}

/** x in [0, q) to 1/x modulo q, below 2q and normalised, neither in Montgomery form; 0 for 0. */
NOINLINE void invertPlain(u32 *x) {
  i32 f[9], g[9], d[9] = {0}, e[9] = {1};
  for (int i = 0; i < 9; i++) {
    f[i] = (i32)Q_LIMBS[i];
    g[i] = (i32)x[i];
  }
  i32 balance = -1;
  while (anyLimb(g)) {
    steps t;
    balance = divisionSteps(balance, (u32)f[0] | (u32)f[1] << 29, (u32)g[0] | (u32)g[1] << 29, &t);
    applyModulo(d, e, &t);
    applyExactly(f, g, &t);
  }
  const i32 sign = f[8] < 0 ? -1 : 1; // f is +-1, or q for x = 0
  i32 negative = 0;
  for (int i = 0; i < 8; i++) { // d times the sign: above -2q
    const i32 limb = sign * d[i] + negative;
    x[i] = (u32)limb & LIMB_MASK;
    negative = limb >> 29;
  }
  x[8] = (u32)(sign * d[8] + negative);
  if ((i32)x[8] >= 0) return;
  u32 in = 0;
  for (int i = 0; i < 8; i++) {
    const u32 limb = x[i] + 2 * Q_LIMBS[i] + in;
    x[i] = limb & LIMB_MASK;
    in = limb >> 29;
  }
  x[8] += 2 * Q_LIMBS[8] + in;
}
