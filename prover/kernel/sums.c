// The sums of both groups.
#include "field.h"
#include "coordinates.h"
#include "digits.h"

enum { ADD, DOUBLE, CANCEL, KEEP_A, KEEP_B };

/**
 * True where one of the two additions may be exceptional: a flag is set, or the lowest limbs differ by that of a multiple of q.
 * Coordinates are below 2q + o(q), so the difference of equal ones is 0, +-q or +-2q. One addition in 10^8 is sent in vain.
 */
INLINE int suspicious(const pair *x1, const pair *x2) {
  const v128_t d = wasm_v128_and(wasm_i32x4_sub(x2->v[0], x1->v[0]), wasm_i32x4_const_splat(LIMB_MASK));
  v128_t hit = wasm_i32x4_eq(d, wasm_i32x4_const_splat(0));
#define OR_EQUALS(l) hit = wasm_v128_or(hit, wasm_i32x4_eq(d, wasm_i32x4_splat((i32)((l) & LIMB_MASK))))
  OR_EQUALS(Q_LIMBS[0]);
  OR_EQUALS(-Q_LIMBS[0]);
  OR_EQUALS(2 * Q_LIMBS[0]);
  OR_EQUALS(-2 * Q_LIMBS[0]);
  const v128_t flags = wasm_v128_or(x1->v[4], x2->v[4]);
  return wasm_v128_any_true(wasm_i32x4_shuffle(hit, flags, 0, 1, 6, 7));
}

#define GROUP 1
#include "group.h"
#define GROUP 2
#include "group.h"
