// Part of group.h: buckets and classes, each added up to one point.

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

/** out: affine times 2^256 as in a key, zeros for infinity. points: one more than `count`, of any value. */
static void NAME(storeAffine)(u32 *out, point *points, u32 count) {
  NAME(setInfinity)(points + count);
  for (u32 k = 0; k < count; k += 2) {
    const wide both[2] = {NAME(loadX)(points + k, points + k + 1), NAME(loadY)(points + k, points + k + 1)};
    for (int e = 0; e < 2 * ELEMENTS; e++) {
      pair v = PAIRS(both)[e];
      element limbs[2];
      if (e >= ELEMENTS) mulq(&v, &v, &Q_Y_TO256); // x is the key's as it is
      store(limbs[0], limbs[1], &v);
      for (u32 h = 0; h < 2 && k + h < count; h++) {
        canonical(limbs[h], Q_LIMBS);
        pack(out + POINT_WORDS * (k + h) + 8 * e, limbs[h]);
      }
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
  NAME(storeAffine)(out, sums, classes);
}
