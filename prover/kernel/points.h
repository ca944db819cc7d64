// Part of group.h: points of a key, affine coordinates times 2^256, 32 bytes per element, zeros for infinity.

/**
 * Two points in our form, (v^2 x, v^3 y) with v^2 = 2^-5: the key's 2^256 x is 2^261 v^2 x, so only y takes a product. The factors take
 * the curve to y^2 = x^3 + v^6 b, where addition and the endomorphism are the same (constants.mjs).
 */
INLINE void NAME(convert)(const u32 *a, const u32 *b, wide *x, wide *y) {
  for (int e = 0; e < 2 * ELEMENTS; e++) {
    element p, s;
    unpack(p, a + 8 * e);
    unpack(s, b + 8 * e);
    const pair both = load(p, s);
    if (e < ELEMENTS) PAIRS(x)[e] = below2(both); // 2^256 is below 5.3 q
    else mulq(PAIRS(y) + e - ELEMENTS, &both, &Q_Y_FROM256);
  }
}

/** P = (x, y) and -P; with (beta x, +-y), their images under the endomorphism, in G1. */
typedef struct {
  stored x[HALVES], y, minusY;
} prepared;

#define POINT_WORDS (16 * GROUP)

/** What this gives for infinity is never used. */
EXPORT void NAME(preparePoints)(const u32 *points, prepared *out, u32 from, u32 to) {
  prepared spare;
  for (u32 i = from; i < to; i += 2) {
    const u32 j = i + 1 < to ? i + 1 : i;
    prepared *const p = out + i, *const s = j == i ? &spare : out + j;
    wide x, y, minusY;
    NAME(convert)(points + POINT_WORDS * i, points + POINT_WORDS * j, &x, &y);
    for (int e = 0; e < ELEMENTS; e++) {
      UNROLL for (int k = 0; k < 5; k++) PAIRS(&minusY)[e].v[k] = wasm_i32x4_sub(Q_PAD2.v[k], PAIRS(&y)[e].v[k]);
      PAIRS(&minusY)[e] = carry(PAIRS(&minusY)[e]);
    }
    NAME(store)(p->x, s->x, &x);
    NAME(store)(&p->y, &s->y, &y);
    NAME(store)(&p->minusY, &s->minusY, &minusY);
#if GROUP == 1
    mulq(&x, &x, &Q_BETA);
    store1(p->x + 1, s->x + 1, &x);
#endif
  }
}

/** An entry of a bucket: 4 * index, + 2 for the image under the endomorphism, + 1 for the opposite. */
INLINE void NAME(fetch)(point *out, const prepared *points, u32 entry) {
  const prepared *const p = points + (entry >> 2);
  out->x = p->x[GROUP == 1 ? (entry >> 1) & 1 : 0];
  out->y = entry & 1 ? p->minusY : p->y;
}

/** Points straight from the key, none at infinity; entries are indices. */
static void NAME(fetchRaw)(point *out, const u32 *points, const u32 *entries, u32 count) {
  for (u32 i = 0; i < count; i += 2) {
    point spare, *const second = i + 1 < count ? out + i + 1 : &spare;
    wide x, y;
    NAME(convert)(points + POINT_WORDS * entries[i], points + POINT_WORDS * entries[i + 1 < count ? i + 1 : i], &x, &y);
    NAME(store)(&out[i].x, &second->x, &x);
    NAME(store)(&out[i].y, &second->y, &y);
  }
}
