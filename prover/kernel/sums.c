// Sums of many points of G1, y^2 = x^3 + 3 over the base field.
//
// A multi-exponentiation, sum of k_i P_i, after Pippenger:
//   prepareScalars  splits each scalar by the endomorphism into two halves below 2^127 and each half into W signed digits
//                   of c bits, |digit| <= 2^(c-1)
//   preparePoints   P, beta x and -y in our form, so that each digit's point is there to be copied
//   windowSum       sum of digit * point over one window and one range of points: sorts the entries by |digit|, adds up each
//                   bucket, and adds the buckets up with their weights
// The sum over windows of 2^(c w) windowSum is the caller's.
//   classSums       the sum of each class of points, for scalars that are equal
//
// A bucket is added up pairwise in affine coordinates: all additions of a round share one inversion (Montgomery's trick), 5
// products and a square each. An affine addition has exceptions; they are found before the shared product is taken:
//   one of them infinity   the other one is the sum
//   equal points           the slope is 3x^2 / 2y instead of (y2 - y1) / (x2 - x1)
//   opposite points        infinity
// A point is 80 bytes, x and y; the free word behind x is 1 for infinity.
#include "field.h"

typedef struct {
  element x, y;
} point;

#define IS_INFINITY(p) ((p)->x[9])

static void setInfinity(point *p) {
  __builtin_memset(p, 0, sizeof(point));
  p->x[9] = 1;
}

// ---- inversion, of one element at a time: the additions of a round share it

/** The product of two single elements below 2q, as mulq. */
NOINLINE void mulOne(u32 *r, const u32 *a, const u32 *b) {
  pair x = loadBoth(a), y = loadBoth(b);
  element spare;
  mulq(&x, &x, &y);
  store(r, spare, &x);
}

/** a^(q - 2), by windows of four bits. 0 for 0. */
static void invertOne(u32 *r, const u32 *a) {
  element table[16], x;
  for (int j = 0; j < 10; j++) table[0][j] = x[j] = ((const u32 *)&Q_ONE)[2 * j];
  for (int i = 1; i < 16; i++) mulOne(table[i], table[i - 1], a);
  for (int i = 63; i >= 0; i--) {
    for (int k = 0; k < 4; k++) mulOne(x, x, x);
    const u32 word = Q_WORDS[i >> 3] - (i < 8 ? 2 : 0); // the lowest word of q is above 2
    const u32 digit = (word >> ((i & 7) * 4)) & 15;
    if (digit) mulOne(x, x, table[digit]);
  }
  __builtin_memcpy(r, x, sizeof(element));
}

/** Both elements for one inversion. */
static void invert(pair *x) {
  element a, b, product, inverse;
  store(a, b, x);
  mulOne(product, a, b);
  invertOne(inverse, product);
  mulOne(product, inverse, b);
  mulOne(inverse, inverse, a);
  *x = load(product, inverse);
}

// ---- rounds of affine additions

enum { ADD, DOUBLE, CANCEL, KEEP_A, KEEP_B };

typedef struct {
  const point *a, *b;
  point *sum;
  u32 kind;
} addition;

INLINE pair loadX(const point *a, const point *b) { return load(a->x, b->x); }
INLINE pair loadY(const point *a, const point *b) { return load(a->y, b->y); }

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

/** Decides what addition s is and puts the denominator of its slope in d, which holds x2 - x1 + 4q. */
static void classify(addition *s, u32 *d) {
  if (IS_INFINITY(s->b)) s->kind = KEEP_A;
  else if (IS_INFINITY(s->a)) s->kind = KEEP_B;
  else {
    element x;
    __builtin_memcpy(x, d, sizeof(element));
    canonical(x, Q_LIMBS);
    if (!isZero(x)) return;
    for (int k = 0; k < 9; k++) x[k] = s->b->y[k] - s->a->y[k] + ((const u32 *)&Q_PAD4)[2 * k];
    canonical(x, Q_LIMBS);
    s->kind = isZero(x) ? DOUBLE : CANCEL;
  }
  for (int k = 0; k < 9; k++) d[k] = s->kind == DOUBLE ? 2 * s->a->y[k] : ((const u32 *)&Q_ONE)[2 * k];
}

/** The same for two, out of the way of the fast path. */
NOINLINE void classifyBoth(addition *s, pair *dx) {
  element d[2];
  store(d[0], d[1], dx);
  classify(s, d[0]);
  classify(s + 1, d[1]);
  *dx = load(d[0], d[1]);
}

/** Denominators and numerators of the slopes where one of two additions is exceptional. */
NOINLINE void exceptionalSlope(const addition *s, const pair *x1, pair *dx, pair *dy) {
  pair square, denominator;
  mulq(&square, x1, x1);
  const v128_t is0 = wasm_i32x4_splat(s[0].kind == ADD ? 0 : -1), is1 = wasm_i32x4_splat(s[1].kind == ADD ? 0 : -1);
  const v128_t exceptional = wasm_v128_bitselect(is1, is0, SECOND);
  const v128_t d0 = wasm_i32x4_splat(s[0].kind == DOUBLE ? -1 : 0), d1 = wasm_i32x4_splat(s[1].kind == DOUBLE ? -1 : 0);
  const v128_t doubled = wasm_v128_bitselect(d1, d0, SECOND);
  const pair y = loadY(s[0].a, s[1].a), y2 = add(&y, &y), square2 = add(&square, &square), square3 = add(&square2, &square);
  denominator = select(&y2, &Q_ONE, doubled);
  *dx = select(&denominator, dx, exceptional);
  *dy = select(&square3, dy, doubled);
}

/** Results that no slope gives. */
static void exceptionalSum(const addition *s) {
  if (s->kind == CANCEL) setInfinity(s->sum);
  if (s->kind == KEEP_A) *s->sum = *s->a;
  if (s->kind == KEEP_B) *s->sum = *s->b;
}

/**
 * Carries out an even number of additions; no result is an argument. Coordinates in and out: normalised, x below 2q + o(q), y below
 * 2.1 q. prefix: room for half as many pairs.
 *   dx, dy          below 6.2 q, limbs below 2^31
 *   prefix, rest    below 1.1 q          slope    below 1.1 q         slope^2  below 1.01 q
 *   x3              slope^2 - x1 - x2 + 5q below 6.1 q, reduced by 4q and by 2q
 *   y3              slope (x1 - x3 + 4q) - y1 + 3q below 1.05 q + 3q, reduced by 2q
 */
NOINLINE void addAll(addition *list, u32 count, pair *prefix) {
  pair rest = Q_ONE;
  for (u32 j = 0; j < count; j += 2) {
    addition *const s = list + j;
    const pair x1 = loadX(s[0].a, s[1].a), x2 = loadX(s[0].b, s[1].b);
    pair dx = sub(&x2, &x1, &Q_PAD4);
    if (RARE(suspicious(&x1, &x2))) classifyBoth(s, &dx);
    prefix[j / 2] = rest;
    mulq(&rest, &rest, &dx);
  }
  invert(&rest);
  for (u32 j = count; j > 0;) {
    j -= 2;
    const addition *const s = list + j;
    const pair x1 = loadX(s[0].a, s[1].a), x2 = loadX(s[0].b, s[1].b), y1 = loadY(s[0].a, s[1].a), y2 = loadY(s[0].b, s[1].b);
    pair dx = sub(&x2, &x1, &Q_PAD4), dy = sub(&y2, &y1, &Q_PAD4);
    const u32 exceptional = s[0].kind | s[1].kind;
    if (RARE(exceptional)) exceptionalSlope(s, &x1, &dx, &dy);

    pair slope, square, y3;
    mulq(&slope, &rest, prefix + j / 2);
    mulq(&rest, &rest, &dx);
    mulq(&slope, &dy, &slope);
    mulq(&square, &slope, &slope);
    const pair sum = add(&x1, &x2);
    pair x3 = carry(sub(&square, &sum, &Q_PAD5));
    x3 = reduceIf(x3, &Q_4P, Q_4P_TOP);
    x3 = reduceIf(x3, &Q_2P, Q_2P_TOP);
    const pair back = sub(&x1, &x3, &Q_PAD4);
    mulq(&y3, &back, &slope);
    y3 = carry(sub(&y3, &y1, &Q_PAD3));
    y3 = reduceIf(y3, &Q_2P, Q_2P_TOP);
    store(s[0].sum->x, s[1].sum->x, &x3);
    store(s[0].sum->y, s[1].sum->y, &y3);
    if (RARE(exceptional)) {
      exceptionalSum(s);
      exceptionalSum(s + 1);
    }
  }
}

/** Working memory of one job; `CAPACITY` points are added up at a time, few enough to stay in the cache. */
#define CAPACITY 8192

typedef struct {
  point a[CAPACITY], b[CAPACITY], dummy[3];
  addition list[CAPACITY / 2 + 2];
  pair prefix[CAPACITY / 4 + 1];
  u32 length[CAPACITY];
} workspace;

/** Adds up runs of points that stand one after the other in ws->a to one point each; returns where these stand. length[k] >= 0. */
static point *addRuns(workspace *ws, u32 runs) {
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
    addAll(ws->list, count, ws->prefix);
    point *const swap = from;
    from = to;
    to = swap;
  }
}

/** Two points with different x: an odd list of additions gets one more. */
static void prepareDummy(workspace *ws) {
  __builtin_memset(ws->dummy, 0, sizeof ws->dummy);
  ws->dummy[1].x[0] = 1;
}

// ---- points of a key

/** P = (x, y), -P and their images under the endomorphism, (beta x, +-y), share these. */
typedef struct {
  element x, betaX, y, minusY;
} prepared;

/** Affine coordinates times 2^256, 64 bytes a point, (0, 0) for infinity: what that gives is never used. */
EXPORT void preparePoints(const u32 *points, prepared *out, u32 from, u32 to) {
  prepared spare;
  for (u32 i = from; i < to; i += 2) {
    const u32 j = i + 1 < to ? i + 1 : i;
    prepared *const p = out + i, *const s = j == i ? &spare : out + j;
    element x0, x1, y0, y1;
    unpack(x0, points + 16 * i);
    unpack(y0, points + 16 * i + 8);
    unpack(x1, points + 16 * j);
    unpack(y1, points + 16 * j + 8);
    pair x = load(x0, x1), y = load(y0, y1), betaX;
    mulq(&x, &x, &Q_FROM256);
    mulq(&y, &y, &Q_FROM256);
    mulq(&betaX, &x, &Q_BETA);
    pair minusY;
    UNROLL for (int k = 0; k < 5; k++) minusY.v[k] = wasm_i32x4_sub(Q_PAD2.v[k], y.v[k]);
    minusY = carry(minusY);
    store(p->x, s->x, &x);
    store(p->betaX, s->betaX, &betaX);
    store(p->y, s->y, &y);
    store(p->minusY, s->minusY, &minusY);
  }
}

/** An entry of a bucket: 4 * index, + 2 for the image under the endomorphism, + 1 for the opposite. */
INLINE void fetch(point *out, const prepared *points, u32 entry) {
  const prepared *const p = points + (entry >> 2);
  __builtin_memcpy(out->x, entry & 2 ? p->betaX : p->x, sizeof(element));
  __builtin_memcpy(out->y, entry & 1 ? p->minusY : p->y, sizeof(element));
}

/** Points straight from the key, none at infinity; entries are indices. */
static void fetchRaw(point *out, const u32 *points, const u32 *entries, u32 count) {
  for (u32 i = 0; i < count; i += 2) {
    point spare, *const second = i + 1 < count ? out + i + 1 : &spare;
    const u32 *const p = points + 16 * entries[i], *const s = points + 16 * entries[i + 1 < count ? i + 1 : i];
    element x0, x1, y0, y1;
    unpack(x0, p);
    unpack(y0, p + 8);
    unpack(x1, s);
    unpack(y1, s + 8);
    pair x = load(x0, x1), y = load(y0, y1);
    mulq(&x, &x, &Q_FROM256);
    mulq(&y, &y, &Q_FROM256);
    store(out[i].x, second->x, &x);
    store(out[i].y, second->y, &y);
  }
}

// ---- buckets

INLINE void fetchAll(point *out, const void *points, const u32 *entries, u32 count, int raw) {
  if (raw) fetchRaw(out, points, entries, count);
  else
    for (u32 i = 0; i < count; i++) fetch(out + i, points, entries[i]);
}

/** One bucket of any size, a workspace at a time: the sum so far takes the first place of the next filling. */
INLINE void hotBucket(point *sum, const void *points, const u32 *entries, u32 count, workspace *ws, int raw) {
  u32 have = 0;
  for (u32 at = 0; at < count;) {
    const u32 take = count - at < CAPACITY - have ? count - at : CAPACITY - have;
    fetchAll(ws->a + have, points, entries + at, take, raw);
    ws->length[0] = have + take;
    ws->a[0] = *addRuns(ws, 1);
    have = 1;
    at += take;
  }
  *sum = ws->a[0];
}

/** sums[k] = the sum of entries[start[k]] .. entries[start[k + 1] - 1], infinity for none. */
INLINE void bucketSums(point *sums, u32 buckets, const u32 *start, const void *points, const u32 *entries, workspace *ws,
                       int raw) {
  prepareDummy(ws);
  for (u32 first = 0, end; first < buckets; first = end) {
    for (end = first; end < buckets && end - first < CAPACITY && start[end + 1] - start[first] <= CAPACITY; end++) {
      ws->length[end - first] = start[end + 1] - start[end];
    }
    if (end == first) {
      hotBucket(sums + first, points, entries + start[first], start[first + 1] - start[first], ws, raw);
      end = first + 1;
      continue;
    }
    fetchAll(ws->a, points, entries + start[first], start[end] - start[first], raw);
    const point *sum = addRuns(ws, end - first);
    for (u32 k = first; k < end; k++) {
      if (start[k] == start[k + 1]) setInfinity(sums + k);
      else sums[k] = *sum++;
    }
  }
}

/**
 * The sums of `classes` classes, out: affine times 2^256, 64 bytes each, (0, 0) for infinity.
 * @param start classes + 1 offsets into entries @param entries indices of points, none of them infinity
 * @param sums room for one point more than there are classes
 */
EXPORT void classSums(const u32 *points, const u32 *start, u32 classes, const u32 *entries, point *sums, workspace *ws,
                      u32 *out) {
  bucketSums(sums, classes, start, points, entries, ws, 1);
  setInfinity(sums + classes);
  for (u32 k = 0; k < classes; k += 2) {
    const pair x = loadX(sums + k, sums + k + 1), y = loadY(sums + k, sums + k + 1);
    const pair coordinates[2] = {x, y};
    for (int c = 0; c < 2; c++) {
      pair v;
      mulq(&v, coordinates + c, &Q_TO256);
      element limbs[2];
      store(limbs[0], limbs[1], &v);
      for (u32 e = 0; e < 2 && k + e < classes; e++) {
        canonical(limbs[e], Q_LIMBS);
        pack(out + 16 * (k + e) + 8 * c, limbs[e]);
      }
    }
  }
}

// ---- digits

/** (k * g) >> 256 for k of 8 words, g of 5. */
INLINE void multiplyHigh(u32 *out, const u32 *k, const u32 *g) {
  u32 t[13] = {0};
  UNROLL for (int i = 0; i < 5; i++) {
    u64 in = 0;
    UNROLL for (int j = 0; j < 8; j++) {
      in += (u64)t[i + j] + (u64)g[i] * k[j];
      t[i + j] = (u32)in;
      in >>= 32;
    }
    t[i + 8] = (u32)in;
  }
  UNROLL for (int i = 0; i < 5; i++) out[i] = t[8 + i];
}

/** r += a b modulo 2^160 */
INLINE void multiplyAdd160(u32 *r, const u32 *a, const u32 *b) {
  UNROLL for (int i = 0; i < 5; i++) {
    u64 in = 0;
    UNROLL for (int j = 0; j < 5 - i; j++) {
      in += (u64)r[i + j] + (u64)a[i] * b[j];
      r[i + j] = (u32)in;
      in >>= 32;
    }
  }
}

INLINE int isBelowR(const u32 *k) {
  for (int i = 7; i >= 0; i--) {
    if (k[i] != R_WORDS[i]) return k[i] < R_WORDS[i];
  }
  return 0;
}

#define NEGATIVE 0x8000u

/** |half| < 2^127 as two's complement of 160 bits, to W digits of c bits, W c >= 128: magnitudes <= 2^(c-1), so no carry is left. */
INLINE void signedDigits(u32 *half, u16 *digits, u32 stride, u32 c, u32 W, u32 *used) {
  const u32 negative = half[4] >> 31;
  if (negative) {
    u64 in = 1;
    for (int i = 0; i < 4; i++) {
      in += (u32)~half[i];
      half[i] = (u32)in;
      in >>= 32;
    }
  }
  u64 low = half[0] | (u64)half[1] << 32, high = half[2] | (u64)half[3] << 32;
  u32 in = 0;
  for (u32 w = 0; w < W; w++) {
    u32 digit = ((u32)low & ((1u << c) - 1)) + in, sign = negative;
    low = low >> c | high << (64 - c);
    high >>= c;
    in = digit > 1u << (c - 1);
    if (in) {
      digit = (1u << c) - digit;
      sign ^= 1;
    }
    if (digit) used[w]++;
    digits[w * stride] = (u16)(digit | (digit && sign ? NEGATIVE : 0));
  }
}

/**
 * The digits of scalars [from, to): digits[w * 2n + i] of the first half of scalar i, + n for the second. Points at infinity get
 * digits 0. 2 <= c <= 15.
 * @param used gets the number of digits of each window that are not 0, W of them
 * @return how many scalars are not below r: they have no digits
 */
EXPORT u32 prepareScalars(const u32 *scalars, const u32 *points, u32 n, u16 *digits, u32 c, u32 W, u32 *used, u32 from, u32 to) {
  u32 refused = 0;
  for (u32 w = 0; w < W; w++) used[w] = 0;
  for (u32 i = from; i < to; i++) {
    const u32 *const k = scalars + 8 * i;
    u32 any = 0;
    for (int j = 0; j < 16; j++) any |= points[16 * i + j];
    const int valid = isBelowR(k);
    refused += !valid;
    u32 halves[2][5] = {{0}};
    if (any && valid) {
      u32 c1[5], c2[5];
      multiplyHigh(c1, k, GLV_G1);
      multiplyHigh(c2, k, GLV_G2);
      for (int j = 0; j < 5; j++) halves[0][j] = k[j];
      multiplyAdd160(halves[0], c1, GLV_A1);
      multiplyAdd160(halves[0], c2, GLV_A2);
      multiplyAdd160(halves[1], c1, GLV_B1);
      multiplyAdd160(halves[1], c2, GLV_B2);
    }
    signedDigits(halves[0], digits + i, 2 * n, c, W, used);
    signedDigits(halves[1], digits + n + i, 2 * n, c, W, used);
  }
  return refused;
}

// ---- buckets to one point

/** Projective (X : Y : Z), two points side by side; infinity is (0 : 1 : 0). */
typedef struct {
  pair x, y, z;
} projective;

INLINE pair sum(const pair *a, const pair *b) { return carry(add(a, b)); }
/** a - b + 8q for b a product or a sum of two */
INLINE pair difference(const pair *a, const pair *b) { return carry(sub(a, b, &Q_PAD8)); }

/**
 * Complete addition for a = 0 (Renes, Costello, Batina 2016, algorithm 7): no exceptions. In and out: X below 10 q, Y and Z
 * below 4 q. The largest factors are X + Y and X + Z, below 14 q: their product is below 2.2 q, every other one below 2 q, so that
 * the differences, which are X3 and factors of it, stay below 10.2 q.
 */
NOINLINE void addProjective(projective *r, const projective *a, const projective *b) {
  pair t0, t1, t2, t3, t4, x3, y3, z3, u, v;
  mulq(&t0, &a->x, &b->x);
  mulq(&t1, &a->y, &b->y);
  mulq(&t2, &a->z, &b->z);
  u = sum(&a->x, &a->y);
  v = sum(&b->x, &b->y);
  mulq(&t3, &u, &v);
  t4 = sum(&t0, &t1);
  t3 = difference(&t3, &t4); // x1 y2 + x2 y1
  u = sum(&a->y, &a->z);
  v = sum(&b->y, &b->z);
  mulq(&t4, &u, &v);
  x3 = sum(&t1, &t2);
  t4 = difference(&t4, &x3); // y1 z2 + y2 z1
  u = sum(&a->x, &a->z);
  v = sum(&b->x, &b->z);
  mulq(&x3, &u, &v);
  y3 = sum(&t0, &t2);
  y3 = difference(&x3, &y3); // x1 z2 + x2 z1
  x3 = sum(&t0, &t0);
  t0 = sum(&x3, &t0);
  mulq(&t2, &t2, &Q_3B);
  z3 = sum(&t1, &t2);
  t1 = difference(&t1, &t2);
  mulq(&y3, &y3, &Q_3B);
  mulq(&x3, &t4, &y3);
  mulq(&t2, &t3, &t1);
  x3 = difference(&t2, &x3);
  mulq(&y3, &y3, &t0);
  mulq(&t1, &t1, &z3);
  y3 = sum(&t1, &y3);
  mulq(&t0, &t0, &t3);
  mulq(&z3, &z3, &t4);
  z3 = sum(&z3, &t0);
  r->x = x3;
  r->y = y3;
  r->z = z3;
}

static projective infinities(void) {
  projective p;
  __builtin_memset(&p, 0, sizeof p);
  p.y = Q_ONE;
  return p;
}

INLINE projective toProjective(const point *a, const point *b) {
  const v128_t i0 = wasm_i32x4_splat(-(i32)IS_INFINITY(a)), i1 = wasm_i32x4_splat(-(i32)IS_INFINITY(b));
  const v128_t infinite = wasm_v128_bitselect(i1, i0, SECOND);
  projective p = infinities();
  const pair x = loadX(a, b), y = loadY(a, b);
  p.x = select(&p.x, &x, infinite);
  p.y = select(&p.y, &y, infinite);
  p.z = select(&p.z, &Q_ONE, infinite);
  return p;
}

/** The second point of the pair in the first place, infinity in the second. */
static projective second(const projective *p) {
  projective r = infinities();
  const pair *const in = &p->x;
  pair *const out = &r.x;
  for (int c = 0; c < 3; c++) {
    for (int k = 0; k < 5; k++) {
      const v128_t x = wasm_i32x4_shuffle(in[c].v[k], in[c].v[k], 1, 1, 3, 3);
      out[c].v[k] = wasm_v128_bitselect(out[c].v[k], x, SECOND);
    }
  }
  return r;
}

/** sum of (k + 1) buckets[k], k < 2^lg, in the first place. Element 0 walks down the lower half, element 1 the upper one. */
static projective weightedSum(const point *buckets, u32 lg) {
  const u32 half = 1u << (lg - 1);
  projective running = infinities(), total = infinities();
  for (u32 i = half; i-- > 0;) {
    const projective p = toProjective(buckets + i, buckets + half + i);
    addProjective(&running, &running, &p);
    addProjective(&total, &total, &running);
  }
  projective upper = second(&running); // counts half a time more than its place in its half says
  for (u32 k = 1; k < lg; k++) addProjective(&upper, &upper, &upper);
  const projective upperTotal = second(&total);
  addProjective(&total, &total, &upperTotal);
  addProjective(&total, &total, &upper);
  return total;
}

/** The first point: X, Y, Z in [0, q), not in Montgomery form, 32 bytes each. */
static void storeProjective(u32 *out, const projective *p) {
  const pair *const in = &p->x;
  for (int c = 0; c < 3; c++) {
    pair v;
    element limbs, spare;
    mulq(&v, in + c, &PLAIN_ONE);
    store(limbs, spare, &v);
    canonical(limbs, Q_LIMBS);
    pack(out + 8 * c, limbs);
  }
}

/**
 * sum of digit_i P_i over one window's digits of points [from, to) and their images. out: X, Y, Z in [0, q), 96 bytes.
 * @param digits of the window: the first halves' at 0, the second halves' at n @param c bits of a digit
 * @param start room for 2^(c-1) + 2 words @param entries room for 2 (to - from) words @param buckets room for 2^(c-1) points
 */
EXPORT void windowSum(const prepared *points, const u16 *digits, u32 n, u32 from, u32 to, u32 c, u32 *start, u32 *entries,
                      point *buckets, workspace *ws, u32 *out) {
  const u32 count = 1u << (c - 1);
  // counting sort: start[d + 1] counts digit d, then becomes the place of the next entry of d, which ends as the start of d + 1
  for (u32 d = 0; d < count + 2; d++) start[d] = 0;
  for (u32 h = 0; h < 2; h++) {
    for (u32 i = from; i < to; i++) start[(digits[h * n + i] & ~NEGATIVE) + 1]++;
  }
  start[1] = 0; // digit 0 is no entry
  for (u32 d = 2; d < count + 2; d++) start[d] += start[d - 1];
  for (u32 h = 0; h < 2; h++) {
    for (u32 i = from; i < to; i++) {
      const u32 digit = digits[h * n + i], d = digit & ~NEGATIVE;
      if (d) entries[start[d]++] = 4 * i + 2 * h + (digit & NEGATIVE ? 1 : 0);
    }
  }
  start[0] = 0;
  bucketSums(buckets, count, start, points, entries, ws, 0);
  const projective total = weightedSum(buckets, c - 1);
  storeProjective(out, &total);
}
