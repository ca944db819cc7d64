// One export for each field operation, so that the tests can hold every stated bound against integers. Elements are 40 bytes.
#include "field.h"
#include "coordinates.h"

typedef void product(pair *, const pair *, const pair *);

static void probe(product *multiply, const element *a, const element *b, element *out) {
  const pair x = load(a[0], a[1]), y = load(b[0], b[1]);
  pair r;
  multiply(&r, &x, &y);
  store(out[0], out[1], &r);
}

EXPORT void probeMulq(const element *a, const element *b, element *out) { probe(mulq, a, b, out); }
EXPORT void probeMulr(const element *a, const element *b, element *out) { probe(mulr, a, b, out); }

/** a^2 in the base field. */
EXPORT void probeSquareq(const element *a, element *out) {
  pair r = load(a[0], a[1]);
  squareq(&r, &r);
  store(out[0], out[1], &r);
}

/** 1/x in the base field, of both elements. */
EXPORT void probeInvert(const element *a, element *out) {
  pair r = load(a[0], a[1]);
  invert1(&r);
  store(out[0], out[1], &r);
}

EXPORT void probeCarry(const element *a, element *out) {
  const pair r = carry(load(a[0], a[1]));
  store(out[0], out[1], &r);
}

/** a - b + 4q, carried. */
EXPORT void probeSub(const element *a, const element *b, element *out) {
  const pair x = load(a[0], a[1]), y = load(b[0], b[1]);
  const pair r = carry(sub(&x, &y, &Q_PAD4));
  store(out[0], out[1], &r);
}

EXPORT void probeReduce(const element *a, element *out) {
  const pair r = reduceIf(load(a[0], a[1]), &Q_4P, Q_4P_TOP);
  store(out[0], out[1], &r);
}

/** In place, one element. */
EXPORT void probeCanonical(u32 *a) { canonical(a, Q_LIMBS); }
EXPORT void probePack(const u32 *words, u32 *limbs, u32 *back) {
  unpack(limbs, words);
  pack(back, limbs);
}
/** Whether the guard of additions sees that one of two pairs may be equal modulo q. */
EXPORT int probeSuspicious(const element *a, const element *b) {
  const pair x = load(a[0], a[1]), y = load(b[0], b[1]);
  return suspicious(&x, &y);
}
