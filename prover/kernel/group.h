// Sums of many points of one group, y^2 = x^3 + b: included once for each, with GROUP 1 or 2, in the coordinates of coordinates.h.
//
// A multi-exponentiation, sum of k_i P_i, after Pippenger, is made of
//   preparePoints   P, -P and for G1 their images under the endomorphism in our form: each digit's point is there to be copied
//   windowSum       sum of digit * point over one window and one range of points: sorts the entries by |digit|, adds up each
//                   bucket, and adds the buckets up with their weights
// and the digits of digits.c; the sum over windows of 2^(c w) windowSum is the caller's. For scalars that are equal:
//   classSums       the sum of each class of points
//
// A bucket is added up pairwise in affine coordinates: all additions of a round share one inversion (Montgomery's trick), 5
// products and a square each. An affine addition has exceptions; they are found before the shared product is taken:
//   one of them infinity   the other one is the sum
//   equal points           the slope is 3x^2 / 2y instead of (y2 - y1) / (x2 - x1)
//   opposite points        infinity
// The free word behind the first element of x is 1 for infinity.
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(name) JOIN(name, GROUP)
#define wide NAME(wide)
#define stored NAME(stored)
#define point NAME(point)
#define addition NAME(addition)
#define workspace NAME(workspace)
#define prepared NAME(prepared)
#define projective NAME(projective)
#define ELEMENTS GROUP /* of a coordinate */

typedef struct {
  stored x, y;
} point;

#define IS_INFINITY(p) ((p)->x.c[0][9])

static void NAME(setInfinity)(point *p) {
  __builtin_memset(p, 0, sizeof(point));
  p->x.c[0][9] = 1;
}

/** The elements of two coordinates, one pair each. */
#define PAIRS(w) ((pair *)(w))

// ---- rounds of affine additions

typedef struct {
  const point *a, *b;
  point *sum;
  u32 kind;
} addition;

INLINE wide NAME(loadX)(const point *a, const point *b) { return NAME(load)(&a->x, &b->x); }
INLINE wide NAME(loadY)(const point *a, const point *b) { return NAME(load)(&a->y, &b->y); }

/** Decides what addition s is and puts the denominator of its slope in d, which holds gap(x2, x1). */
static void NAME(classify)(addition *s, stored *d) {
  if (IS_INFINITY(s->b)) s->kind = KEEP_A;
  else if (IS_INFINITY(s->a)) s->kind = KEEP_B;
  else {
    int equalX = 1, equalY = 1;
    for (int e = 0; e < ELEMENTS; e++) {
      element x, y;
      __builtin_memcpy(x, d->c[e], sizeof(element));
      for (int k = 0; k < 9; k++) y[k] = s->b->y.c[e][k] - s->a->y.c[e][k] + ((const u32 *)&Q_PAD4)[2 * k];
      canonical(x, Q_LIMBS);
      canonical(y, Q_LIMBS);
      equalX &= isZero(x);
      equalY &= isZero(y);
    }
    if (!equalX) return;
    s->kind = equalY ? DOUBLE : CANCEL;
  }
  for (int e = 0; e < ELEMENTS; e++) {
    for (int k = 0; k < 9; k++) {
      d->c[e][k] = s->kind == DOUBLE ? 2 * s->a->y.c[e][k] : e == 0 ? ((const u32 *)&Q_ONE)[2 * k] : 0;
    }
  }
}

/** The same for two, out of the way of the fast path. */
NOINLINE void NAME(classifyBoth)(addition *s, wide *dx) {
  stored d[2];
  NAME(store)(d, d + 1, dx);
  NAME(classify)(s, d);
  NAME(classify)(s + 1, d + 1);
  *dx = NAME(load)(d, d + 1);
  for (int e = 0; e < ELEMENTS; e++) PAIRS(dx)[e] = carry(PAIRS(dx)[e]);
}

/** Denominators and numerators of the slopes where one of two additions is exceptional. */
NOINLINE void NAME(exceptionalSlope)(const addition *s, const wide *x1, wide *dx, wide *dy) {
  wide square;
  NAME(mul)(&square, x1, x1);
  const v128_t is0 = wasm_i32x4_splat(s[0].kind == ADD ? 0 : -1), is1 = wasm_i32x4_splat(s[1].kind == ADD ? 0 : -1);
  const v128_t exceptional = wasm_v128_bitselect(is1, is0, SECOND);
  const v128_t d0 = wasm_i32x4_splat(s[0].kind == DOUBLE ? -1 : 0), d1 = wasm_i32x4_splat(s[1].kind == DOUBLE ? -1 : 0);
  const v128_t doubled = wasm_v128_bitselect(d1, d0, SECOND);
  const wide y = NAME(loadY)(s[0].a, s[1].a), twice = NAME(sum)(&square, &square), one = NAME(one)();
  const wide thrice = NAME(sum)(&twice, &square), y2 = NAME(sum)(&y, &y);
  const wide denominator = NAME(select)(&y2, &one, doubled);
  *dx = NAME(select)(&denominator, dx, exceptional);
  *dy = NAME(select)(&thrice, dy, doubled);
}

/** Results that no slope gives. */
static void NAME(exceptionalSum)(const addition *s) {
  if (s->kind == CANCEL) NAME(setInfinity)(s->sum);
  if (s->kind == KEEP_A) *s->sum = *s->a;
  if (s->kind == KEEP_B) *s->sum = *s->b;
}

/**
 * Carries out an even number of additions; no result is an argument. prefix: room for half as many wides.
 * In G1: prefixes and slopes are below 1.1 q, being products with factors below 6.2 q and 1.1 q, squares below 1.01 q; so x3 is
 * taken from less than 6.1 q and y3 is a product below 1.05 q less y1. In G2 everything is below 2q + o(q).
 */
NOINLINE void NAME(addAll)(addition *list, u32 count, wide *prefix) {
  wide rest = NAME(one)();
  for (u32 j = 0; j < count; j += 2) {
    addition *const s = list + j;
    const wide x1 = NAME(loadX)(s[0].a, s[1].a), x2 = NAME(loadX)(s[0].b, s[1].b);
    wide dx = NAME(gap)(&x2, &x1);
    if (RARE(suspicious((const pair *)&x1, (const pair *)&x2))) NAME(classifyBoth)(s, &dx);
    prefix[j / 2] = rest;
    NAME(mul)(&rest, &rest, &dx);
  }
  NAME(invert)(&rest);
  for (u32 j = count; j > 0;) {
    j -= 2;
    const addition *const s = list + j;
    const wide x1 = NAME(loadX)(s[0].a, s[1].a), x2 = NAME(loadX)(s[0].b, s[1].b);
    const wide y1 = NAME(loadY)(s[0].a, s[1].a), y2 = NAME(loadY)(s[0].b, s[1].b);
    wide dx = NAME(gap)(&x2, &x1), dy = NAME(gap)(&y2, &y1);
    const u32 exceptional = s[0].kind | s[1].kind;
    if (RARE(exceptional)) NAME(exceptionalSlope)(s, &x1, &dx, &dy);

    wide slope, square, product;
    NAME(mul)(&slope, &rest, prefix + j / 2);
    NAME(mul)(&rest, &rest, &dx);
    NAME(mul)(&slope, &dy, &slope);
    NAME(mul)(&square, &slope, &slope);
    const wide x3 = NAME(xOf)(&square, &x1, &x2);
    const wide back = NAME(gap)(&x1, &x3);
    NAME(mul)(&product, &back, &slope);
    const wide y3 = NAME(yOf)(&product, &y1);
    NAME(store)(&s[0].sum->x, &s[1].sum->x, &x3);
    NAME(store)(&s[0].sum->y, &s[1].sum->y, &y3);
    if (RARE(exceptional)) {
      NAME(exceptionalSum)(s);
      NAME(exceptionalSum)(s + 1);
    }
  }
}

/** Working memory of one job; `CAPACITY` points are added up at a time, few enough to stay in the cache. */
#define CAPACITY (8192 / GROUP)

typedef struct {
  point a[CAPACITY], b[CAPACITY], dummy[3];
  addition list[CAPACITY / 2 + 2];
  wide prefix[CAPACITY / 4 + 1];
  u32 length[CAPACITY];
} workspace;

/** Adds up runs of points that stand one after the other in ws->a to one point each; returns where these stand. length[k] >= 0. */
static point *NAME(addRuns)(workspace *ws, u32 runs) {
  point *from = ws->a, *to = ws->b;
  for (;;) {
    addition *s = ws->list;
    const point *in = from;
    point *out = to;
    for (u32 k = 0; k < runs; k++) {
      const u32 length = ws->length[k];
      for (u32 i = 0; i + 1 < length; i += 2) *s++ = (addition){in + i, in + i + 1, out++, ADD};
      if (length & 1) *out++ = in[length - 1];
      in += length;
      ws->length[k] = (length + 1) / 2;
    }
    u32 count = (u32)(s - ws->list);
    if (count == 0) return from;
    if (count & 1) ws->list[count++] = (addition){ws->dummy, ws->dummy + 1, ws->dummy + 2, ADD};
    NAME(addAll)(ws->list, count, ws->prefix);
    point *const swap = from;
    from = to;
    to = swap;
  }
}

/** Two points with different x: an odd list of additions gets one more. */
static void NAME(prepareDummy)(workspace *ws) {
  __builtin_memset(ws->dummy, 0, sizeof ws->dummy);
  ws->dummy[1].x.c[0][0] = 1;
}

// ---- points of a key: affine coordinates times 2^256, 32 bytes an element, zeros for infinity

/** Two points in our form. */
INLINE void NAME(convert)(const u32 *a, const u32 *b, wide *x, wide *y) {
  for (int e = 0; e < 2 * ELEMENTS; e++) {
    element p, s;
    unpack(p, a + 8 * e);
    unpack(s, b + 8 * e);
    pair *const to = e < ELEMENTS ? PAIRS(x) + e : PAIRS(y) + e - ELEMENTS;
    *to = load(p, s);
    mulq(to, to, &Q_FROM256);
  }
}

/** P = (x, y) and -P; with (beta x, +-y), their images under the endomorphism, in G1. */
typedef struct {
  stored x[3 - GROUP], y, minusY;
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

// ---- buckets

INLINE void NAME(fetchAll)(point *out, const void *points, const u32 *entries, u32 count, int raw) {
  if (raw) NAME(fetchRaw)(out, points, entries, count);
  else
    for (u32 i = 0; i < count; i++) NAME(fetch)(out + i, points, entries[i]);
}

/** One bucket of any size, a workspace at a time: the sum so far takes the first place of the next filling. */
INLINE void NAME(hotBucket)(point *sum, const void *points, const u32 *entries, u32 count, workspace *ws, int raw) {
  u32 have = 0;
  for (u32 at = 0; at < count;) {
    const u32 take = count - at < CAPACITY - have ? count - at : CAPACITY - have;
    NAME(fetchAll)(ws->a + have, points, entries + at, take, raw);
    ws->length[0] = have + take;
    ws->a[0] = *NAME(addRuns)(ws, 1);
    have = 1;
    at += take;
  }
  *sum = ws->a[0];
}

/** sums[k] = the sum of entries[start[k]] .. entries[start[k + 1] - 1], infinity for none. */
INLINE void NAME(bucketSums)(point *sums, u32 buckets, const u32 *start, const void *points, const u32 *entries, workspace *ws,
                       int raw) {
  NAME(prepareDummy)(ws);
  for (u32 first = 0, end; first < buckets; first = end) {
    for (end = first; end < buckets && end - first < CAPACITY && start[end + 1] - start[first] <= CAPACITY; end++) {
      ws->length[end - first] = start[end + 1] - start[end];
    }
    if (end == first) {
      NAME(hotBucket)(sums + first, points, entries + start[first], start[first + 1] - start[first], ws, raw);
      end = first + 1;
      continue;
    }
    NAME(fetchAll)(ws->a, points, entries + start[first], start[end] - start[first], raw);
    const point *sum = NAME(addRuns)(ws, end - first);
    for (u32 k = first; k < end; k++) {
      if (start[k] == start[k + 1]) NAME(setInfinity)(sums + k);
      else sums[k] = *sum++;
    }
  }
}

/**
 * The sums of `classes` classes, out: affine times 2^256 as in a key.
 * @param start classes + 1 offsets into entries @param entries indices of points, none of them infinity
 * @param sums room for one point more than there are classes
 */
EXPORT void NAME(classSums)(const u32 *points, const u32 *start, u32 classes, const u32 *entries, point *sums, workspace *ws,
                      u32 *out) {
  NAME(bucketSums)(sums, classes, start, points, entries, ws, 1);
  NAME(setInfinity)(sums + classes);
  for (u32 k = 0; k < classes; k += 2) {
    const wide both[2] = {NAME(loadX)(sums + k, sums + k + 1), NAME(loadY)(sums + k, sums + k + 1)};
    for (int e = 0; e < 2 * ELEMENTS; e++) {
      pair v;
      element limbs[2];
      mulq(&v, PAIRS(both) + e, &Q_TO256);
      store(limbs[0], limbs[1], &v);
      for (u32 h = 0; h < 2 && k + h < classes; h++) {
        canonical(limbs[h], Q_LIMBS);
        pack(out + POINT_WORDS * (k + h) + 8 * e, limbs[h]);
      }
    }
  }
}

// ---- buckets to one point

/** Projective (X : Y : Z), two points side by side; infinity is (0 : 1 : 0). */
typedef struct {
  wide x, y, z;
} projective;

/**
 * Complete addition for a = 0 (Renes, Costello, Batina 2016, algorithm 7): no exceptions. In G1, in and out: X below 10 q, Y and Z
 * below 4 q. The largest factors are X + Y and X + Z, below 14 q: their product is below 2.2 q, every other one below 2 q, so that
 * the differences, which are X3 and factors of it, stay below 10.2 q.
 */
NOINLINE void NAME(addProjective)(projective *r, const projective *a, const projective *b) {
  wide t0, t1, t2, t3, t4, x3, y3, z3, u, v;
  NAME(mul)(&t0, &a->x, &b->x);
  NAME(mul)(&t1, &a->y, &b->y);
  NAME(mul)(&t2, &a->z, &b->z);
  u = NAME(sum)(&a->x, &a->y);
  v = NAME(sum)(&b->x, &b->y);
  NAME(mul)(&t3, &u, &v);
  t4 = NAME(sum)(&t0, &t1);
  t3 = NAME(difference)(&t3, &t4); // x1 y2 + x2 y1
  u = NAME(sum)(&a->y, &a->z);
  v = NAME(sum)(&b->y, &b->z);
  NAME(mul)(&t4, &u, &v);
  x3 = NAME(sum)(&t1, &t2);
  t4 = NAME(difference)(&t4, &x3); // y1 z2 + y2 z1
  u = NAME(sum)(&a->x, &a->z);
  v = NAME(sum)(&b->x, &b->z);
  NAME(mul)(&x3, &u, &v);
  y3 = NAME(sum)(&t0, &t2);
  y3 = NAME(difference)(&x3, &y3); // x1 z2 + x2 z1
  x3 = NAME(sum)(&t0, &t0);
  t0 = NAME(sum)(&x3, &t0);
  NAME(times3B)(&t2, &t2);
  z3 = NAME(sum)(&t1, &t2);
  t1 = NAME(difference)(&t1, &t2);
  NAME(times3B)(&y3, &y3);
  NAME(mul)(&x3, &t4, &y3);
  NAME(mul)(&t2, &t3, &t1);
  x3 = NAME(difference)(&t2, &x3);
  NAME(mul)(&y3, &y3, &t0);
  NAME(mul)(&t1, &t1, &z3);
  y3 = NAME(sum)(&t1, &y3);
  NAME(mul)(&t0, &t0, &t3);
  NAME(mul)(&z3, &z3, &t4);
  z3 = NAME(sum)(&z3, &t0);
  r->x = x3;
  r->y = y3;
  r->z = z3;
}

static projective NAME(infinities)(void) {
  projective p;
  __builtin_memset(&p, 0, sizeof p);
  p.y = NAME(one)();
  return p;
}

INLINE projective NAME(toProjective)(const point *a, const point *b) {
  const v128_t i0 = wasm_i32x4_splat(-(i32)IS_INFINITY(a)), i1 = wasm_i32x4_splat(-(i32)IS_INFINITY(b));
  const v128_t infinite = wasm_v128_bitselect(i1, i0, SECOND);
  projective p = NAME(infinities)();
  const wide x = NAME(loadX)(a, b), y = NAME(loadY)(a, b), one = NAME(one)();
  p.x = NAME(select)(&p.x, &x, infinite);
  p.y = NAME(select)(&p.y, &y, infinite);
  p.z = NAME(select)(&p.z, &one, infinite);
  return p;
}

/** The second point of the pair in the first place, infinity in the second. */
static projective NAME(second)(const projective *p) {
  projective r = NAME(infinities)();
  for (int c = 0; c < 3 * ELEMENTS; c++) {
    for (int k = 0; k < 5; k++) {
      const v128_t x = ((const pair *)p)[c].v[k];
      v128_t *const out = &PAIRS(&r)[c].v[k];
      *out = wasm_v128_bitselect(*out, wasm_i32x4_shuffle(x, x, 1, 1, 3, 3), SECOND);
    }
  }
  return r;
}

/** sum of (k + 1) buckets[k], k < 2^lg, in the first place. Element 0 walks down the lower half, element 1 the upper one. */
static projective NAME(weightedSum)(const point *buckets, u32 lg) {
  const u32 half = 1u << (lg - 1);
  projective running = NAME(infinities)(), total = NAME(infinities)();
  for (u32 i = half; i-- > 0;) {
    const projective p = NAME(toProjective)(buckets + i, buckets + half + i);
    NAME(addProjective)(&running, &running, &p);
    NAME(addProjective)(&total, &total, &running);
  }
  projective upper = NAME(second)(&running); // counts half a time more than its place in its half says
  for (u32 k = 1; k < lg; k++) NAME(addProjective)(&upper, &upper, &upper);
  const projective upperTotal = NAME(second)(&total);
  NAME(addProjective)(&total, &total, &upperTotal);
  NAME(addProjective)(&total, &total, &upper);
  return total;
}

/** The first point: X, Y, Z with elements in [0, q), not in Montgomery form, 32 bytes each. */
static void NAME(storeProjective)(u32 *out, const projective *p) {
  for (int c = 0; c < 3 * ELEMENTS; c++) {
    pair v;
    element limbs, spare;
    mulq(&v, (const pair *)p + c, &PLAIN_ONE);
    store(limbs, spare, &v);
    canonical(limbs, Q_LIMBS);
    pack(out + 8 * c, limbs);
  }
}

/**
 * sum of digit_i P_i over one window's digits of points [from, to) and, in G1, their images. out: X, Y, Z.
 * @param digits of the window: the first halves' at 0, in G1 the second halves' at n @param c bits of a digit
 * @param start room for 2^(c-1) + 2 words @param entries room for a word a digit @param buckets room for 2^(c-1) points
 */
EXPORT void NAME(windowSum)(const prepared *points, const u16 *digits, u32 n, u32 from, u32 to, u32 c, u32 *start, u32 *entries,
                      point *buckets, workspace *ws, u32 *out) {
  const u32 count = 1u << (c - 1);
  // counting sort: start[d + 1] counts digit d, then becomes the place of the next entry of d, which ends as the start of d + 1
  for (u32 d = 0; d < count + 2; d++) start[d] = 0;
  for (u32 h = 0; h < 3 - GROUP; h++) {
    for (u32 i = from; i < to; i++) start[(digits[h * n + i] & ~NEGATIVE) + 1]++;
  }
  start[1] = 0; // digit 0 is no entry
  for (u32 d = 2; d < count + 2; d++) start[d] += start[d - 1];
  for (u32 h = 0; h < 3 - GROUP; h++) {
    for (u32 i = from; i < to; i++) {
      const u32 digit = digits[h * n + i], d = digit & ~NEGATIVE;
      if (d) entries[start[d]++] = 4 * i + 2 * h + (digit & NEGATIVE ? 1 : 0);
    }
  }
  start[0] = 0;
  NAME(bucketSums)(buckets, count, start, points, entries, ws, 0);
  const projective total = NAME(weightedSum)(buckets, c - 1);
  NAME(storeProjective)(out, &total);
}

/** Bytes of a workspace. */
EXPORT u32 NAME(workspaceBytes)(void) { return sizeof(workspace); }

#undef CAPACITY
#undef IS_INFINITY
#undef POINT_WORDS
#undef PAIRS
#undef ELEMENTS
#undef JOIN
#undef JOIN_
#undef NAME
#undef wide
#undef stored
#undef point
#undef addition
#undef workspace
#undef prepared
#undef projective
#undef GROUP
