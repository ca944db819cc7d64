// Part of group.h: rounds of affine additions, and runs of points added up by them.

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
  NAME(square)(&square, x1);
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
    NAME(square)(&square, &slope);
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
/** Bits of a number of buckets that is added up by rows and columns, of which there are at most `LINES`. */
#define DIRECT 7
#define LINES 256

typedef struct {
  point a[CAPACITY], b[CAPACITY], dummy[3], lines[LINES + 1];
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
