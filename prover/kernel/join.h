// Part of group.h: from the sums of windows to that of all.

/**
 * A point as `storeProjective` leaves it, in both places. X, Y, Z times 1/2^256, which is the same point: so x is in our form as it is,
 * as that of a key's point.
 */
static projective NAME(loadProjective)(const u32 *from) {
  projective p;
  for (int c = 0; c < 3 * ELEMENTS; c++) {
    pair *const to = (pair *)&p + c;
    element limbs;
    unpack(limbs, from + 8 * c);
    *to = loadBoth(limbs);
    if (c >= ELEMENTS) mulq(to, to, c < 2 * ELEMENTS ? &Q_Y_FROM256 : &Q_Z_FROM256);
  }
  return p;
}

/**
 * out = sum of 2^(c w) P over all P of windows w, as `windowSum` stores them.
 * @param list w and the address of P, `count` times, the highest windows first @param windows above all w
 */
EXPORT void NAME(joinWindows)(const u32 *list, u32 count, u32 windows, u32 c, u32 *out) {
  projective total = NAME(infinities)();
  for (u32 w = windows; w-- > 0;) {
    for (u32 i = 0; i < c; i++) NAME(addProjective)(&total, &total, &total);
    for (; count > 0 && list[0] == w; list += 2, count--) {
      const projective p = NAME(loadProjective)((const u32 *)list[1]);
      NAME(addProjective)(&total, &total, &p);
    }
  }
  NAME(storeProjective)(out, &total);
}
