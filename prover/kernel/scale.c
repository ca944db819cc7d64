// One scalar times many points of G1, as a contribution makes of a key, and whether points are on the curve.
//
// k P = k1 P + k2 P', P' the image of P under the endomorphism (digits.h). The halves of k are the same for every point, and so are
// their signed digits: odd, |digit| <= 7, at most one in any four places. So all points of a batch double and add together, each
// time with one inversion, and there is nothing to sort.
// Included behind sums.c, in whose terms it is written.

/** Points that go together: enough that an inversion, some 320 products, is a small part of a round. */
#define BATCH 2048
#define ODD 4 /* multiples in a table: P, 3P, 5P, 7P */
#define PLACES 129 /* of a half: one more than its bits, for the carry */

typedef struct {
  prepared1 table[ODD * BATCH];
  point1 twice[BATCH + 1], sum[2][BATCH + 1], term[BATCH + 1];
  addition1 list[BATCH + 1];
  pair prefix[BATCH / 2 + 1];
  u32 finite[BATCH + 1], packed[16 * BATCH];
} scaling;

/** The digits of a half below 2^127 in four words, the fifth 0. */
static void oddDigits(u32 *half, u32 negative, signed char *digits) {
  for (u32 place = 0; place < PLACES; place++) {
    int digit = 0;
    if (half[0] & 1) {
      digit = (int)(half[0] & 15);
      if (digit > 8) digit -= 16;
      i64 in = -digit; // takes the digit away: the lowest four bits become 0
      for (int j = 0; j < 5; j++) {
        in += half[j];
        half[j] = (u32)in;
        in >>= 32;
      }
    }
    digits[place] = (signed char)(negative ? -digit : digit);
    for (int j = 0; j < 4; j++) half[j] = half[j] >> 1 | half[j + 1] << 31;
    half[4] >>= 1;
  }
}

#define INFINITE(p) ((p).x.c[0][9])

/** 2y, and 1 for infinity. */
INLINE pair denominators(const pair *y, u32 first, u32 second) {
  pair twice = sum1(y, y);
  if (RARE(first | second)) {
    const v128_t a = wasm_i32x4_splat(first ? -1 : 0), b = wasm_i32x4_splat(second ? -1 : 0);
    twice = select(&Q_ONE, &twice, wasm_v128_bitselect(b, a, SECOND));
  }
  return twice;
}

/** to[i] = 2 from[i], `count` even; bounds as in addAll, with x2 = x1 and y2 = y1. No point of G1 has y = 0. */
NOINLINE void doubleAll(const point1 *from, point1 *to, u32 count, pair *prefix) {
  pair rest = Q_ONE;
  for (u32 j = 0; j < count; j += 2) {
    const pair y = loadY1(from + j, from + j + 1);
    const pair twice = denominators(&y, INFINITE(from[j]), INFINITE(from[j + 1]));
    prefix[j / 2] = rest;
    mulq(&rest, &rest, &twice);
  }
  invert1(&rest);
  for (u32 j = count; j > 0;) {
    j -= 2;
    const pair x = loadX1(from + j, from + j + 1), y = loadY1(from + j, from + j + 1);
    const u32 first = INFINITE(from[j]), second = INFINITE(from[j + 1]);
    const pair twice = denominators(&y, first, second);
    pair slope, square, product;
    mulq(&slope, &rest, prefix + j / 2);
    mulq(&rest, &rest, &twice);
    squareq(&square, &x);
    const pair both = sum1(&square, &square), thrice = sum1(&both, &square);
    mulq(&slope, &thrice, &slope);
    squareq(&square, &slope);
    const pair x3 = xOf1(&square, &x, &x);
    const pair back = gap1(&x, &x3);
    mulq(&product, &back, &slope);
    const pair y3 = yOf1(&product, &y);
    store1(&to[j].x, &to[j + 1].x, &x3);
    store1(&to[j].y, &to[j + 1].y, &y3);
    if (RARE(first)) setInfinity1(to + j);
    if (RARE(second)) setInfinity1(to + j + 1);
  }
}

/** to[i] = a[i] + b[i], `count` even; to is neither a nor b. */
static void addEach(scaling *s, const point1 *a, const point1 *b, point1 *to, u32 count) {
  for (u32 i = 0; i < count; i++) s->list[i] = (addition1){a + i, b + i, to + i, ADD};
  addAll1(s->list, count, s->prefix);
}

/** A row of the table: points, their images and opposites. */
static void tableRow(prepared1 *out, const point1 *points, u32 count) {
  for (u32 j = 0; j < count; j += 2) {
    pair x = loadX1(points + j, points + j + 1), minusY;
    const pair y = loadY1(points + j, points + j + 1), zero = {{{0}}};
    minusY = reduceIf(carry(sub(&zero, &y, &Q_PAD4)), &Q_2P, Q_2P_TOP);
    store1(out[j].x, out[j + 1].x, &x);
    store1(&out[j].y, &out[j + 1].y, &y);
    store1(&out[j].minusY, &out[j + 1].minusY, &minusY);
    mulq(&x, &x, &Q_BETA);
    store1(out[j].x + 1, out[j + 1].x + 1, &x);
  }
}

/**
 * scalar * points[i], `count` of them, at most BATCH: affine times 2^256, zeros for infinity, as the points are. All are on the curve.
 * @param scalar below r
 */
EXPORT void scale1(const u32 *points, u32 count, const u32 *scalar, scaling *s, u32 *out) {
  signed char digits[2][PLACES];
  u32 halves[2][5], n = 0;
  split(scalar, halves);
  for (int h = 0; h < 2; h++) {
    const u32 negative = absolute(halves[h]);
    oddDigits(halves[h], negative, digits[h]);
  }
  for (u32 i = 0; i < count; i++)
    if (anyWord(points + 16 * i, 16)) s->finite[n++] = i;
  __builtin_memset(out, 0, 64 * count);
  if (n == 0) return;
  s->finite[n] = s->finite[n - 1];
  const u32 even = n + (n & 1);

  point1 *sum = s->sum[0], *other = s->sum[1];
  fetchRaw1(sum, points, s->finite, even);
  doubleAll(sum, s->twice, even, s->prefix);
  for (u32 d = 0;; d++) {
    tableRow(s->table + d * BATCH, sum, even);
    if (d == ODD - 1) break;
    addEach(s, sum, s->twice, other, even);
    point1 *const swap = sum;
    sum = other;
    other = swap;
  }

  int begun = 0;
  for (u32 place = PLACES; place-- > 0;) {
    if (begun) {
      doubleAll(sum, other, even, s->prefix);
      point1 *const swap = sum;
      sum = other;
      other = swap;
    }
    for (u32 h = 0; h < 2; h++) {
      const int digit = digits[h][place];
      if (digit == 0) continue;
      const prepared1 *const row = s->table + (u32)((digit < 0 ? -digit : digit) / 2) * BATCH;
      point1 *const to = begun ? s->term : sum;
      for (u32 i = 0; i < even; i++) fetch1(to + i, row, 4 * i + 2 * h + (digit < 0));
      if (begun) {
        addEach(s, sum, s->term, other, even);
        point1 *const swap = sum;
        sum = other;
        other = swap;
      }
      begun = 1;
    }
  }
  if (!begun) return;
  storeAffine1(s->packed, sum, n);
  for (u32 i = 0; i < n; i++) __builtin_memcpy(out + 16 * s->finite[i], s->packed + 16 * i, 64);
}

EXPORT u32 sizeOfScaling(void) { return sizeof(scaling); }

INLINE int isBelowQ(const u32 *x) {
  for (int i = 7; i >= 0; i--) {
    if (x[i] != Q_WORDS[i]) return x[i] < Q_WORDS[i];
  }
  return 0;
}

/** How many of the points are no points of G1: a coordinate of q or more, or y^2 != x^3 + 3. Zeros are infinity. */
EXPORT u32 strangers1(const u32 *points, u32 count) {
  u32 strangers = 0;
  for (u32 i = 0; i < count; i += 2) {
    const u32 *const p[2] = {points + 16 * i, points + 16 * (i + 1 < count ? i + 1 : i)};
    pair x, y, square;
    element limbs[2];
    convert1(p[0], p[1], &x, &y);
    squareq(&square, &x);
    mulq(&x, &square, &x);
    squareq(&y, &y);
    x = sum1(&x, &Q_B); // below 2.1 q; 3 v^6 (points.h)
    y = carry(sub(&y, &x, &Q_PAD4)); // below 5.1 q
    store(limbs[0], limbs[1], &y);
    for (u32 h = 0; h < 2 && i + h < count; h++) {
      canonical(limbs[h], Q_LIMBS);
      const int below = isBelowQ(p[h]) && isBelowQ(p[h] + 8);
      if (anyWord(p[h], 16) && !(below && isZero(limbs[h]))) strangers++;
    }
  }
  return strangers;
}
