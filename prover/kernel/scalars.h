// Part of group.h: what scalars become, and the multiples of one point.

/**
 * The digits of scalars [from, to), as digits.h says, with stride n; 0 for points at infinity.
 * @param used gets the number of digits of each window that are not 0, W of them
 * @return how many scalars are not below r: their digits are 0
 */
EXPORT u32 NAME(prepareScalars)(const u32 *scalars, const u32 *points, u32 n, i16 *digits, u32 c, u32 W, u32 *used, u32 from,
                           u32 to) {
  static const u32 zero[8] = {0};
  u32 refused = 0;
  for (u32 w = 0; w < W; w++) used[w] = 0;
  for (u32 i = from; i < to; i++) {
    const u32 *const k = scalars + 8 * i;
    const int valid = isBelowR(k);
    refused += !valid;
    NAME(digits)(valid && anyWord(points + POINT_WORDS * i, POINT_WORDS) ? k : zero, digits + i, n, c, W, used);
  }
  return refused;
}

/**
 * scalar_i * P for `count` scalars below r, out: affine times 2^256, zeros for infinity.
 * @param table place w 2^(c-1) + d - 1 holds d 2^(c w) P @param start room for count + 1 words
 * @param entries room for a word a digit @param sums room for count + 1 points
 */
EXPORT void NAME(multiples)(const prepared *table, const u32 *scalars, u32 count, u32 c, u32 W, u32 *start, u32 *entries,
                       point *sums, workspace *ws, u32 *out) {
  i16 digits[HALVES * MAX_WINDOWS];
  u32 used[MAX_WINDOWS] = {0}, at = 0;
  for (u32 i = 0; i < count; i++) {
    start[i] = at;
    NAME(digits)(scalars + 8 * i, digits, 1, c, W, used);
    for (u32 j = 0; j < HALVES * W; j++) {
      const u32 w = j / HALVES, h = j % HALVES, d = magnitude(digits[j]);
      if (d) entries[at++] = 4 * ((w << (c - 1)) + d - 1) + 2 * h + (digits[j] < 0);
    }
  }
  start[count] = at;
  NAME(bucketSums)(sums, count, start, table, entries, ws, 0);
  NAME(storeAffine)(out, sums, count);
}
