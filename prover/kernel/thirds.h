// Part of quotient.c: the middle pass over a domain of 3n places, three cosets w^s v^t, t < n, w^3 = v, z = w^n a cube root of 1. A
// polynomial P is three of n elements, one behind the other.
//
// An inverse transform of coset s gives P mod x^n - z^s: r_s, whose coefficient j is the transform's times w^-sj / n. Asked for are the
// values at g w^s v^t, g^2 = v: there x^n = -z^s, and P mod x^n + z^s is, with s modulo 3,
//   e_s = (r_s - 2 z r_(s-1) - 2 z^2 r_(s-2)) / 3
//       = (r_s + 2 r_(s-2) + q_s) / 3,  q_s = -2 z (r_(s-1) - r_(s-2)),  q_0 + q_1 + q_2 = 0
// as P = sum of p_t x^tn with 3 p_t = sum of z^-st r_s, and e_s = sum of (-1)^t z^st p_t. Then a transform of coefficient j times (g w^s)^j.

/**
 * Half 0 or 1 of each third of a polynomial, V the first third.
 * @param n of a third @param T, W as for `middle`
 * @param U w^-j, then w^-2j, j < n, bit-reversed @param K (g w^s)^j / 3n, j < n, bit-reversed, for s = 0, 1, 2 @param z -2 z
 *
 * Bounds: r_s are products of what an inverse transform gives, below 1.5 r, their differences + 2r below 3.5 r, q_s below 1.1 r, and
 * e_s below 8.5 r, sums of at most four normalised numbers.
 */
EXPORT void middleThirds(pair *V, u32 n, const element *T, const element *U, const element *K, const element *W, const element *z,
                         u32 half) {
  const u32 m = n / 2, length = m / 2;
  pair *const third[3] = {V + half * length, V + m + half * length, V + 2 * m + half * length};
  for (int s = 0; s < 3; s++) inverseBlock(third[s], length, half, 2, T);
  const pair minus2z = loadBoth(*z);
  for (u32 i = 0; i < length; i++) {
    const u32 first = half * length + i, second = m + first;
    pair r[3], q[2], e[3];
    for (u32 s = 0; s < 3; s++) {
      const pair u = s ? loadTwo(U + (s - 1) * n + first, U + (s - 1) * n + second) : R_ONE;
      mulr(r + s, third[s] + i, &u);
    }
    q[0] = sub(r + 2, r + 1, &R_PAD2);
    q[1] = sub(r, r + 2, &R_PAD2);
    for (int s = 0; s < 2; s++) mulr(q + s, q + s, &minus2z);
    for (int s = 0; s < 3; s++) {
      const pair twice = add(r + (s + 1) % 3, r + (s + 1) % 3);
      e[s] = add(r + s, &twice);
    }
    const pair both = add(q, q + 1);
    e[0] = add(e, q);
    e[1] = add(e + 1, q + 1);
    e[2] = carry(sub(e + 2, &both, &R_PAD4));
    for (u32 s = 0; s < 3; s++) {
      const pair k = loadTwo(K + s * n + first, K + s * n + second);
      mulr(third[s] + i, e + s, &k);
    }
  }
  for (int s = 0; s < 3; s++) forwardBlock(third[s], length, W);
}
