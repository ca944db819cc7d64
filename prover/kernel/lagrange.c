// The Lagrange basis at a point: what a development key's scalars are made of.
#include "field.h"

/** a^(r - 2), each element for itself: its inverse, 0 for 0. In and out below 1.1 r, where squares and products stay. */
NOINLINE void invertr(pair *a) {
  const pair x = *a;
  pair power = R_ONE;
  for (int i = 253; i >= 0; i--) {
    const u32 word = R_WORDS[i >> 5] - (i < 32 ? 2 : 0); // the lowest word of r is above 2
    mulr(&power, &power, &power);
    if (word >> (i & 31) & 1) mulr(&power, &power, &x);
  }
  *a = power;
}

/**
 * out_i = factor x_i / (tau - x_i), x_i = first * root^i, in [0, r), for i < count, which is even; no x_i is tau. One inversion for
 * all: pairs hold x_2j and x_(2j+1).
 * @param scalars tau, first, first * root, root^2, factor: below r, 32 bytes each @param x, prefix room for count / 2 pairs
 *
 * Bounds: products are below 1.1 r, tau - x_i + 2r is below 3.1 r.
 */
EXPORT void lagrange(const u32 *scalars, u32 count, pair *x, pair *prefix, u32 *out) {
  element limbs[5];
  for (int k = 0; k < 5; k++) unpack(limbs[k], scalars + 8 * k);
  pair tau = loadBoth(limbs[0]), next = load(limbs[1], limbs[2]), step = loadBoth(limbs[3]), factor = loadBoth(limbs[4]), rest = R_ONE;
  mulr(&tau, &tau, &R_SQUARE);
  mulr(&next, &next, &R_SQUARE);
  mulr(&step, &step, &R_SQUARE); // the factor stays as it is: it takes the results out of Montgomery form
  for (u32 j = 0; j < count / 2; j++) {
    const pair gap = carry(sub(&tau, &next, &R_PAD2));
    x[j] = next;
    prefix[j] = rest;
    mulr(&rest, &rest, &gap);
    mulr(&next, &next, &step);
  }
  invertr(&rest);
  for (u32 j = count / 2; j-- > 0;) {
    const pair gap = carry(sub(&tau, x + j, &R_PAD2));
    pair value;
    mulr(&value, &rest, prefix + j);
    mulr(&rest, &rest, &gap);
    mulr(&value, &value, x + j);
    mulr(&value, &value, &factor);
    store(limbs[0], limbs[1], &value);
    for (u32 e = 0; e < 2; e++) {
      canonical(limbs[e], R_LIMBS);
      pack(out + 8 * (2 * j + e), limbs[e]);
    }
  }
}
