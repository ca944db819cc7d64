// Whether points are what a proof and its key may have: on the curve, in the group of order r, none of them infinity; and a sum of a few.
#pragma once
#include "miller.h"

/** Whether all points are of G1, which is its whole curve. @param points affine times 2^256 */
EXPORT u32 members1(const u32 *points, u32 count) {
  for (u32 i = 0; i < count; i++)
    if (!anyWord(points + 16 * i, 16)) return 0;
  return strangers1(points, count) == 0;
}

/**
 * Whether psi(Q) = 6x^2 Q, for both points of the twist. So it is in G2, where psi is q = 6x^2 modulo r; and nowhere else: psi^2 - t psi + q
 * is 0 on the whole twist, t = 6x^2 + 1, so such a Q has (t - 1)^2 - t (t - 1) + q = q + 1 - t = r times itself 0.
 */
static int inSubgroup(const wide2 *x, const wide2 *y) {
  const projective2 base = {*x, *y, one2()};
  projective2 minus = base, t = base;
  subtract2(&minus.y, &ZERO2, y);
  for (u32 i = 0; i < sizeof POWER_6XX; i++) {
    addProjective2(&t, &t, &t);
    if (POWER_6XX[i]) addProjective2(&t, &t, POWER_6XX[i] < 0 ? &minus : &base);
  }
  wide2 px = *x, py = *y;
  psi(&px, &py);
  mul2(&px, &px, &t.z);
  mul2(&py, &py, &t.z);
  subtract2(&px, &px, &t.x);
  subtract2(&py, &py, &t.y);
  return (zeros2(&px) & zeros2(&py) & ~zeros2(&t.z)) == 3;
}

/** The same for G2: y^2 = x^3 + 3 / (9 + u), times 3 on both sides here, and the subgroup. */
EXPORT u32 members2(const u32 *points, u32 count) {
  for (u32 i = 0; i < count; i += 2) {
    const u32 *const p[2] = {points + 32 * i, points + 32 * (i + 1 < count ? i + 1 : i)};
    for (int e = 0; e < 2; e++) {
      if (!anyWord(p[e], 32)) return 0;
      for (int c = 0; c < 4; c++)
        if (!isBelowQ(p[e] + 8 * c)) return 0;
    }
    wide2 x, y, left, right;
    const wide2 one = one2();
    convert2(p[0], p[1], &x, &y);
    square2(&left, &y);
    square2(&right, &x);
    mul2(&right, &right, &x);
    subtract2(&left, &left, &right);
    add2(&right, &left, &left);
    add2(&left, &left, &right);
    times3B2(&right, &one);
    subtract2(&left, &left, &right);
    if (zeros2(&left) != 3 || !inSubgroup(&x, &y)) return 0;
  }
  return 1;
}

/** The first point, affine times 2^256, zeros for infinity. */
static void affineFrom1(u32 *out, const projective1 *p) {
  pair z = p->z, c[2];
  for (int k = 0; k < 5; k++) z.v[k] = wasm_i32x4_shuffle(z.v[k], z.v[k], 0, 0, 2, 2); // an inversion gives 0 to both
  invert1(&z);
  mulq(c, &p->x, &z);
  mulq(c + 1, &p->y, &z);
  mulq(c + 1, c + 1, &Q_Y_TO256); // x is as it is (points.h)
  for (int e = 0; e < 2; e++) {
    element limbs, spare;
    store(limbs, spare, c + e);
    canonical(limbs, Q_LIMBS);
    pack(out + 8 * e, limbs);
  }
}

/** out = sum of scalar_i P_i of a few points, affine times 2^256, zeros for infinity. @param scalars below r, 8 words each */
EXPORT void sumOfFew1(const u32 *points, const u32 *scalars, u32 count, u32 *out) {
  projective1 t = infinities1();
  for (u32 bit = 254; bit-- > 0;) {
    addProjective1(&t, &t, &t);
    for (u32 i = 0; i < count; i += 2) {
      const u32 j = i + 1 < count ? i + 1 : i;
      i32 take[2];
      for (int e = 0; e < 2; e++) {
        const u32 k = e ? j : i;
        take[e] = -(i32)(scalars[8 * k + (bit >> 5)] >> (bit & 31) & 1);
        if (!anyWord(points + 16 * k, 16)) take[e] = 0;
      }
      if (j == i) take[1] = 0;
      if (!(take[0] | take[1])) continue;
      const v128_t taken = wasm_i32x4_make(take[0], take[1], take[0], take[1]);
      projective1 p = infinities1();
      pair x, y;
      convert1(points + 16 * i, points + 16 * j, &x, &y);
      p.x = select(&x, &p.x, taken);
      p.y = select(&y, &p.y, taken);
      p.z = select(&Q_ONE, &p.z, taken);
      addProjective1(&t, &t, &p);
    }
  }
  const projective1 second = second1(&t);
  addProjective1(&t, &t, &second);
  affineFrom1(out, &t);
}
