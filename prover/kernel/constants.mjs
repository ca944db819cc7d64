// The constants of the kernel's C sources, as the text of constants.h. Each follows from the two primes; nothing is copied in.

const Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const LIMBS = 9;
const BITS = 29n;

const limbs = (x, bits, n) => Array.from({ length: n }, (_, i) => (x >> (BigInt(i) * bits)) & ((1n << bits) - 1n));
const words = (name, x, n) =>
  `static const u32 ${name}[${n}] = {${limbs(x, 32n, n)
    .map((l) => `${l}u`)
    .join(', ')}};\n`;

/** Nine limbs in both lanes, as an object in memory: an engine reloads it instead of building it from immediates. */
function pair(name, list) {
  const vectors = [0, 2, 4, 6, 8].map((i) => {
    const [a, b] = [list[i], list[i + 1] ?? 0n];
    return `{${a}, ${a}, ${b}, ${b}}`;
  });
  return `pair ${name} = {{${vectors.join(', ')}}};\n`;
}

const normal = (x) => limbs(x, BITS, LIMBS);

/** The same number with limbs 0 .. 7 in [2^30 - 2, 2^30 + 2^29): two normalised numbers can be taken from it limb by limb. */
function padded(x) {
  const list = normal(x);
  for (let i = LIMBS - 1; i > 0; i--) {
    list[i] -= 2n;
    list[i - 1] += 2n << BITS;
  }
  return list;
}

function power(base, exponent, p) {
  let [result, square] = [1n, base % p];
  for (let e = exponent; e > 0n; e >>= 1n, square = (square * square) % p) if (e & 1n) result = (result * square) % p;
  return result;
}

/** -1/p modulo 2^29, by Newton's iteration. */
function negativeInverse(p) {
  let x = 1n;
  for (let i = 0; i < 5; i++) x = (x * (2n - p * x)) & ((1n << BITS) - 1n);
  return (1n << BITS) - ((x + (1n << BITS)) % (1n << BITS));
}

function field(name, p) {
  const mont = (x) => normal((x << 261n) % p);
  return [
    `#define ${name}_NEGATIVE_INVERSE ${negativeInverse(p)}u\n`,
    words(`${name}_WORDS`, p, 8),
    `static const u32 ${name}_LIMBS[9] = {${normal(p)
      .map((l) => `${l}u`)
      .join(', ')}};\n`,
    ...[1n, 2n, 4n, 8n].map((k) => pair(`${name}_${k}P`, normal(k * p))),
    ...[1n, 2n, 4n, 8n].map((k) => `#define ${name}_${k}P_TOP ${(k * p) >> 232n}u\n`),
    ...[2n, 3n, 4n, 5n, 8n, 10n].map((k) => pair(`${name}_PAD${k}`, padded(k * p))),
    pair(`${name}_ONE`, mont(1n)),
    pair(`${name}_SQUARE`, mont(1n << 261n)),
    pair(`${name}_CUBE`, mont(1n << 522n)),
  ].join('');
}

// ---- the endomorphism (x, y) -> (beta x, y) = lambda (x, y), and a short basis of {(a, b): a + b lambda = 0 mod r}

const inverse = (a, p) => power(((a % p) + p) % p, p - 2n, p);
const abs = (x) => (x < 0n ? -x : x);

/** A primitive cube root of unity modulo p. */
function cubeRoot(p) {
  for (let g = 2n; ; g++) {
    const root = power(g, (p - 1n) / 3n, p);
    if (root !== 1n) return root;
  }
}

function times(k, [x, y]) {
  const add = (P, S) => {
    if (P === undefined) return S;
    const slope = P[0] === S[0] ? 3n * P[0] * P[0] * inverse(2n * P[1], Q) : (S[1] - P[1]) * inverse(S[0] - P[0], Q);
    const x3 = (((slope * slope - P[0] - S[0]) % Q) + Q) % Q;
    return [x3, (((slope * (P[0] - x3) - P[1]) % Q) + Q) % Q];
  };
  let [sum, base] = [undefined, [x, y]];
  for (; k > 0n; k >>= 1n, base = add(base, base)) if (k & 1n) sum = add(sum, base);
  return sum;
}

/** Euclid on (r, lambda), stopped in the middle: two vectors of about 127 bits. */
function shortBasis(lambda) {
  let [s0, t0, s1, t1] = [R, 0n, lambda, 1n];
  while (s1 * s1 > R) [s0, t0, s1, t1] = [s1, t1, s0 - (s0 / s1) * s1, t0 - (s0 / s1) * t1];
  const quotient = s0 / s1;
  const [s2, t2] = [s0 - quotient * s1, t0 - quotient * t1];
  const norm = (a, b) => a * a + b * b;
  return [[s1, -t1], norm(s0, t0) < norm(s2, t2) ? [s0, -t0] : [s2, -t2]];
}

/** round(a / b) */
function rounded(a, b) {
  if (b < 0n) [a, b] = [-a, -b];
  return a >= 0n ? (2n * a + b) / (2n * b) : -((b - 2n * a) / (2n * b));
}

function endomorphism() {
  const lambda = cubeRoot(R);
  const [beta, y] = times(lambda, [1n, 2n]);
  if (y !== 2n) throw new Error('lambda is no endomorphism');
  const [v1, v2] = shortBasis(lambda);
  const determinant = v1[0] * v2[1] - v1[1] * v2[0];
  const g1 = rounded(v2[1] << 256n, determinant);
  const g2 = rounded(-v1[1] << 256n, determinant);
  // k < r: c_i = floor(k |g_i| / 2^256) is off by less than 1 + r/2^257 < 1.1, so that both halves stay below 2^127 - 2^112
  for (const i of [0, 1])
    if (11n * (abs(v1[i]) + abs(v2[i])) >= 10n * (2n ** 127n - 2n ** 112n)) throw new Error('the basis is too long');
  const sign = (g) => (g < 0n ? -1n : 1n);
  const negated = (g, v) => (((-sign(g) * v) % (1n << 160n)) + (1n << 160n)) % (1n << 160n);
  return [
    words('GLV_G1', abs(g1), 5),
    words('GLV_G2', abs(g2), 5),
    words('GLV_A1', negated(g1, v1[0]), 5),
    words('GLV_A2', negated(g2, v2[0]), 5),
    words('GLV_B1', negated(g1, v1[1]), 5),
    words('GLV_B2', negated(g2, v2[1]), 5),
    pair('Q_BETA', normal((beta << 261n) % Q)),
  ].join('');
}

/**
 * Points are kept as (v^2 x, v^3 y) with v^2 = 2^-5, on the curve y^2 = x^3 + v^6 b, where the same formulas add them up: so the x of a
 * key, which is times 2^256, is in our form as it is. 3b of the twist that G2 is on: b = 3 / (9 + u), and (9 + u)(9 - u) = 82.
 */
function isomorphism() {
  const mont = (x) => normal((x << 261n) % Q);
  const v2 = inverse(32n, Q);
  const v = power(v2, (Q + 1n) / 4n, Q);
  if ((v * v) % Q !== v2) throw new Error('2^-5 is no square');
  const [v3, v6, by82] = [(v * v2) % Q, power(v2, 3n, Q), inverse(82n, Q)];
  return [
    pair('Q_Y_FROM256', mont(v3 * 32n)),
    pair('Q_Y_TO256', mont(inverse(v3 * 32n, Q))),
    pair('Q_Z_FROM256', mont(32n)),
    pair('PLAIN_X', normal(32n)),
    pair('PLAIN_Y', normal(inverse(v3, Q))),
    pair('Q_B', mont(3n * v6)),
    pair('Q_3B', mont(9n * v6)),
    pair('TWIST_3B_C0', mont(((81n * by82) % Q) * v6)),
    pair('TWIST_3B_C1', mont((((Q - 9n) * by82) % Q) * v6)),
  ].join('');
}

// ---- pairings

/** x of the curve: q = 36 x^4 + 36 x^3 + 24 x^2 + 6 x + 1. */
const X = 4965661367192848881n;

/** Signed digits of a number behind its highest, which is 1; the first ones first, no two that are not 0 side by side. */
function signs(name, number) {
  const digits = [];
  for (let n = number; n > 0n; n >>= 1n) {
    const digit = n & 1n ? 2n - (n & 3n) : 0n;
    digits.unshift(digit);
    n -= digit;
  }
  return `static const signed char ${name}[${digits.length - 1}] = {${digits.slice(1).join(', ')}};\n`;
}

/** gamma^i, i below 6, c0 and c1 of each: gamma = (9 + u)^((q - 1) / 6), of which the q-th powers of w and of points are made. */
function frobenius() {
  const product = ([a, b], [c, d]) => [(((a * c - b * d) % Q) + Q) % Q, (a * d + b * c) % Q];
  let gamma = [1n, 0n];
  for (let e = (Q - 1n) / 6n, square = [9n, 1n]; e > 0n; e >>= 1n, square = product(square, square))
    if (e & 1n) gamma = product(gamma, square);
  let power = [1n, 0n];
  let out = '';
  for (let i = 0; i < 6; i++, power = product(power, gamma))
    out += power.map((c, k) => pair(`GAMMA${i}_C${k}`, normal((c << 261n) % Q))).join('');
  return `${out}static const pair *const GAMMA[12] = {${Array.from({ length: 12 }, (_, i) => `&GAMMA${i >> 1}_C${i & 1}`).join(', ')}};\n`;
}

const pairing = () =>
  [
    signs('LOOP', 6n * X + 2n),
    signs('POWER_X', X),
    signs('POWER_6XX', 6n * X * X),
    pair('Q_NINE', normal((9n << 261n) % Q)),
    frobenius(),
  ].join('');

export const constants = () =>
  [
    '// Made by constants.mjs.\n',
    field('Q', Q),
    field('R', R),
    pair('PLAIN_ONE', normal(1n)),
    pair('PLAIN_2_20', normal(1n << 20n)),
    isomorphism(),
    endomorphism(),
    pairing(),
  ].join('');
