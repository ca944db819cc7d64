// Part of group.h: buckets to one point, and with it the sum of a window.

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

/** sums[k] = the sum of `length` points from points + k * step on, `stride` apart. */
static void NAME(lineSums)(point *sums, u32 lines, const point *points, u32 length, u32 step, u32 stride, workspace *ws) {
  const u32 atOnce = CAPACITY / length;
  for (u32 first = 0; first < lines; first += atOnce) {
    const u32 end = first + atOnce < lines ? first + atOnce : lines;
    point *to = ws->a;
    for (u32 k = first; k < end; k++) {
      point *const from = to;
      for (u32 i = 0; i < length; i++) {
        const point *const p = points + k * step + i * stride;
        if (!IS_INFINITY(p)) *to++ = *p;
      }
      ws->length[k - first] = (u32)(to - from);
    }
    const point *sum = NAME(addRuns)(ws, end - first);
    for (u32 k = first; k < end; k++) {
      if (ws->length[k - first]) sums[k] = *sum++;
      else NAME(setInfinity)(sums + k);
    }
  }
}

/**
 * The same, in affine rounds where there are many: with k = r * columns + s it is the sum of (s + 1) times column s, and
 * `columns` times the sum of r times row r. Rows and columns take an affine addition a bucket each, for two complete ones.
 */
static projective NAME(bucketsSum)(const point *buckets, u32 lg, workspace *ws) {
  if (lg < DIRECT) return NAME(weightedSum)(buckets, lg);
  const u32 lgColumns = lg / 2, columns = 1u << lgColumns, lgRows = lg - lgColumns, rows = 1u << lgRows;
  NAME(lineSums)(ws->lines, rows, buckets, columns, columns, 1, ws);
  NAME(setInfinity)(ws->lines + rows); // row 0 counts nothing, row r stands in place r - 1
  projective total = NAME(weightedSum)(ws->lines + 1, lgRows);
  for (u32 k = 0; k < lgColumns; k++) NAME(addProjective)(&total, &total, &total);
  NAME(lineSums)(ws->lines, columns, buckets, rows, 1, columns, ws);
  const projective ofColumns = NAME(weightedSum)(ws->lines, lgColumns);
  NAME(addProjective)(&total, &total, &ofColumns);
  return total;
}

/** The first point: X, Y, Z with elements in [0, q), not in Montgomery form, 32 bytes each. */
static void NAME(storeProjective)(u32 *out, const projective *p) {
  const pair *const factors[3] = {&PLAIN_X, &PLAIN_Y, &PLAIN_ONE}; // 1/v^2, 1/v^3 (points.h)
  for (int c = 0; c < 3 * ELEMENTS; c++) {
    pair v;
    element limbs, spare;
    mulq(&v, (const pair *)p + c, factors[c / ELEMENTS]);
    store(limbs, spare, &v);
    canonical(limbs, Q_LIMBS);
    pack(out + 8 * c, limbs);
  }
}

/**
 * sum of digit_i P_i over one window's digits of points [from, to) and, in G1, their images. out: X, Y, Z.
 * @param digits of the window: the first halves' at 0, in G1 the second halves' at n @param c bits of a digit, 2 to 16
 * @param start room for 2^(c-1) + 2 words @param entries room for a word a digit @param buckets room for 2^(c-1) points
 */
EXPORT void NAME(windowSum)(const prepared *points, const i16 *digits, u32 n, u32 from, u32 to, u32 c, u32 *start, u32 *entries,
                      point *buckets, workspace *ws, u32 *out) {
  const u32 count = 1u << (c - 1);
  // counting sort: start[d + 1] counts digit d, then becomes the place of the next entry of d, which ends as the start of d + 1
  for (u32 d = 0; d < count + 2; d++) start[d] = 0;
  for (u32 h = 0; h < HALVES; h++) {
    for (u32 i = from; i < to; i++) start[magnitude(digits[h * n + i]) + 1]++;
  }
  u32 most = count, lg = 1; // the buckets above 2^lg are empty
  while (most > 2 && start[most + 1] == 0) most--;
  while (1u << lg < most) lg++;
  start[1] = 0; // digit 0 is no entry
  for (u32 d = 2; d < count + 2; d++) start[d] += start[d - 1];
  for (u32 h = 0; h < HALVES; h++) {
    for (u32 i = from; i < to; i++) {
      const i16 digit = digits[h * n + i];
      const u32 d = magnitude(digit);
      if (d) entries[start[d]++] = 4 * i + 2 * h + (digit < 0);
    }
  }
  start[0] = 0;
  NAME(bucketSums)(buckets, 1u << lg, start, points, entries, ws, 0);
  const projective total = NAME(bucketsSum)(buckets, lg, ws);
  NAME(storeProjective)(out, &total);
}

/** Sizes that the caller makes room by, in the order of GROUPS in sums.ts. */
EXPORT u32 NAME(sizeOf)(u32 which) {
  const u32 sizes[] = {sizeof(point), sizeof(prepared), 3 * ELEMENTS * 32, sizeof(workspace)};
  return sizes[which & 3];
}
