// Part of quotient.c: the first pass, from terms and a witness to rows, with the two outermost stages of the inverse transforms.

/** An entry of a zkey's coefficient section; the coefficient is times 2^512. */
typedef struct {
  u32 matrix, row, wire, coefficient[8];
} term;

/**
 * The terms of a lookup key, by rows: those of side s of row i are start[2 i + s] to before start[2 i + s + 1]. Term t is
 * value[place[t]] * wire[t]; places have two bytes, or four where `wide`. The values are times 2^512.
 */
typedef struct {
  const u32 *start, *wire;
  const void *place;
  const u32 *value;
  u32 rows, count, values, wide;
} forms;

/** value += product, one element of a pair: normalised, and below 8r + o(r) + product. */
INLINE void accumulate(u32 *value, const u32 *product) {
  u32 in = 0;
  UNROLL for (int k = 0; k < 8; k++) {
    const u32 x = value[2 * k] + product[k] + in;
    value[2 * k] = x & LIMB_MASK;
    in = x >> 29;
  }
  value[16] += product[8] + in;
  if (RARE(value[16] > R_8P_TOP)) {
    i32 borrow = 0;
    UNROLL for (int k = 0; k < 8; k++) {
      borrow += (i32)value[2 * k] - (i32)((const u32 *)&R_8P)[2 * k];
      value[2 * k] = (u32)borrow & LIMB_MASK;
      borrow >>= 29;
    }
    value[16] = (u32)((i32)value[16] - (i32)R_8P_TOP + borrow);
  }
}

/** Products that wait for a second one: two are made at a time. */
typedef struct {
  element coefficient[2], wire[2];
  u32 *target[2];
  u32 count;
} products;

INLINE void multiplyOut(products *p) {
  pair x = load(p->coefficient[0], p->coefficient[1]), y = load(p->wire[0], p->wire[1]);
  mulr(&x, &x, &y);
  store(p->coefficient[0], p->coefficient[1], &x);
  accumulate(p->target[0], p->coefficient[0]);
  accumulate(p->target[1], p->coefficient[1]);
  p->count = 0;
}

/** target += coefficient * wire, now or with the next one */
INLINE void addProduct(products *p, u32 *target, const u32 *coefficient, const u32 *wire) {
  const u32 i = p->count++;
  unpack(p->coefficient[i], coefficient);
  unpack(p->wire[i], wire);
  p->target[i] = target;
  if (i) multiplyOut(p);
}

static void addLast(products *p) {
  if (p->count == 0) return;
  pair x = loadBoth(p->coefficient[0]), y = loadBoth(p->wire[0]);
  mulr(&x, &x, &y);
  store(p->coefficient[0], p->coefficient[1], &x);
  accumulate(p->target[0], p->coefficient[0]);
}

INLINE u32 *elementOf(pair *polynomial, u32 row, u32 m) { return (u32 *)(polynomial + (row & (m - 1))) + (row >= m); }

static void clear(pair *A, pair *B, u32 quarter, u32 from, u32 to) {
  for (u32 h = 0; h < 2; h++) {
    __builtin_memset(A + h * quarter + from, 0, (to - from) * sizeof(pair));
    __builtin_memset(B + h * quarter + from, 0, (to - from) * sizeof(pair));
  }
}

/** C = A B and the two outermost stages of the three inverse transforms. */
static void firstStages(pair *const *polynomials, u32 m, const element *inverseTable, u32 from, u32 to) {
  const u32 quarter = m / 2;
  pair *const A = polynomials[0], *const B = polynomials[1], *const C = polynomials[2];
  const pair w = loadTwo(inverseTable, inverseTable + 1);
  for (u32 i = from; i < to; i++) {
    for (u32 h = 0; h < m; h += quarter) mulr(C + i + h, A + i + h, B + i + h); // 9.1 r each: below 1.5 r
    for (int p = 0; p < 3; p++) {
      pair *const u = polynomials[p] + i, *const v = u + quarter;
      pair t = butterflyInside(v, &R_PAD10);
      *u = butterflyInside(u, &R_PAD10);
      mulr(&t, &t, &w);
      butterfly(u, v, &t);
    }
  }
}

/**
 * The terms of all rows i, i + m/2, i + m, i + 3m/2 with i in [from, to), then `firstStages`. Values are x 2^251, of C x 2^241: a
 * coefficient times 2^512 and a plain wire give 2^(512 - 261).
 * @return the number of terms that name no row, wire or matrix; the same for every range
 */
EXPORT u32 rows(const term *terms, u32 count, const u32 *witness, u32 wires, pair *A, pair *B, pair *C, u32 n,
                const element *inverseTable, u32 from, u32 to) {
  const u32 m = n / 2, quarter = m / 2;
  pair *const polynomials[3] = {A, B, C};
  clear(A, B, quarter, from, to);
  u32 malformed = 0;
  products waiting = {.count = 0};
  for (u32 i = 0; i < count; i++) {
    const term *t = terms + i;
    if (RARE(t->row >= n || t->wire >= wires || t->matrix > 1)) {
      malformed++;
      continue;
    }
    const u32 place = t->row & (quarter - 1);
    if (place < from || place >= to) continue;
    addProduct(&waiting, elementOf(polynomials[t->matrix], t->row, m), t->coefficient, witness + 8 * t->wire);
  }
  addLast(&waiting);
  firstStages(polynomials, m, inverseTable, from, to);
  return malformed;
}

/**
 * The same for the terms of a lookup key; a range reads those of its rows alone.
 * @return the number of terms in these rows that name no wire or value, or a wire that does not follow the one before, and of forms
 *   that end before they begin or behind the last term
 */
EXPORT u32 formRows(const forms *key, const u32 *witness, u32 wires, pair *A, pair *B, pair *C, u32 n,
                    const element *inverseTable, u32 from, u32 to) {
  const u32 m = n / 2, quarter = m / 2;
  pair *const polynomials[3] = {A, B, C};
  clear(A, B, quarter, from, to);
  u32 malformed = 0;
  products waiting = {.count = 0};
  for (u32 h = 0; h < 4; h++) {
    const u32 last = h * quarter + to < key->rows ? h * quarter + to : key->rows;
    for (u32 form = 2 * (h * quarter + from); form < 2 * last; form++) {
      const u32 end = key->start[form + 1];
      u32 t = key->start[form];
      if (RARE(t > end || end > key->count)) {
        malformed++;
        continue;
      }
      u32 *const target = elementOf(polynomials[form & 1], form >> 1, m);
      for (u32 next = 0; t < end; t++) {
        const u32 wire = key->wire[t];
        const u32 place = key->wide ? ((const u32 *)key->place)[t] : ((const unsigned short *)key->place)[t];
        if (RARE(wire < next || wire >= wires || place >= key->values)) {
          malformed++;
          continue;
        }
        next = wire + 1;
        addProduct(&waiting, target, key->value + 8 * place, witness + 8 * wire);
      }
    }
  }
  addLast(&waiting);
  firstStages(polynomials, m, inverseTable, from, to);
  return malformed;
}
