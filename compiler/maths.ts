// Elementary functions from + - * / and the square root alone: the language leaves the last bits of Math.exp and its kin to the
// engine, and two machines must compile a model to the same integers. Errors are a few units of the last place, of the
// largest term where terms cancel.

const LN2_HI = 0.6931471803691238; // ln 2 in two parts: the first has low bits to spare for a factor
const LN2_LO = 1.9082149292705877e-10;
const LN2 = LN2_HI + LN2_LO;
const TERMS = 14;

/** e^x; 0 below -745, Infinity above 709.78. */
export function exp(x: number): number {
  if (!(x >= -745 && x <= 709.78)) return x > 0 ? Infinity : x < 0 ? 0 : NaN;
  const k = Math.round(x / LN2);
  const r = x - k * LN2_HI - k * LN2_LO; // |r| <= ln 2 / 2
  let sum = 1;
  for (let n = TERMS; n >= 1; n--) sum = 1 + (r / n) * sum;
  return scaled(sum, k);
}

/** ln x; NaN below 0. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  let [m, k] = [x, 0];
  for (; m >= Math.SQRT2; k++) m /= 2;
  for (; m < Math.SQRT1_2; k--) m *= 2;
  return k * LN2_HI + (k * LN2_LO + log1p(m - 1));
}

/** ln(1 + t), precise where t is near 0; to be called with t in [-0.3, 0.42]. */
function log1p(t: number): number {
  const s = t / (2 + t); // ln((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + ...), |s| <= 0.18
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = 1 / n + s * s * sum;
  return 2 * s * sum;
}

/** 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x: x e^(-x^2) Σ 2^n x^(2n) / (2n + 1)!!, all terms of one sign. */
export function erf(x: number): number {
  if (!(Math.abs(x) < 6)) return Math.sign(x); // 1 - erf(6) is below 2^-53
  let [term, sum] = [1, 1];
  for (let n = 1; term > sum * 2 ** -54; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * x * exp(-x * x) * sum;
}

const HALF_PI_HI = 1.5707963267341256; // pi / 2 in two parts, as ln 2 above
const HALF_PI_LO = 6.077100506303966e-11;

/** sin x, for |x| up to 2^20: beyond it loses digits one by one. */
export const sin = (x: number): number => quarter(x, 0);
/** cos x, likewise. */
export const cos = (x: number): number => quarter(x, 1);

/** sin(x + turns pi / 2) */
function quarter(x: number, turns: number): number {
  const k = Math.round(x / (HALF_PI_HI + HALF_PI_LO));
  const r = x - k * HALF_PI_HI - k * HALF_PI_LO; // |r| <= pi / 4
  const q = (((k + turns) % 4) + 4) % 4;
  let sum = 1;
  const odd = 1 - (q % 2); // the series of the sine, or that of the cosine
  for (let n = 18 + odd; n > 1; n -= 2) sum = 1 - ((r * r) / (n * (n - 1))) * sum;
  return (q < 2 ? 1 : -1) * (odd === 1 ? r * sum : sum);
}

/** The angle of [-pi / 2, pi / 2] with the tangent x: halved thrice, then a series. */
export function atan(x: number): number {
  if (!(Math.abs(x) <= 1)) return Number.isNaN(x) ? NaN : Math.sign(x) * (Math.PI / 2 - atan(1 / Math.abs(x)));
  let t = x;
  for (let i = 0; i < 3; i++) t /= 1 + Math.sqrt(1 + t * t); // |t| <= 0.1
  let sum = 0;
  for (let n = 17; n >= 1; n -= 2) sum = 1 / n - t * t * sum;
  return 8 * t * sum;
}

/** The angle of [-pi / 2, pi / 2] with the sine x; NaN beyond 1. */
export const asin = (x: number): number => atan(x / Math.sqrt((1 - x) * (1 + x)));

/** Powers of two from 2^-1022 to 2^1023, by doubling: what ** gives is left to the engine. */
const POWERS = new Float64Array(2046);
POWERS[1022] = 1;
for (let k = 1; k <= 1023; k++) POWERS[1022 + k] = 2 * POWERS[1021 + k];
for (let k = 1; k <= 1022; k++) POWERS[1022 - k] = POWERS[1023 - k] / 2;

/** x 2^k, for k from -1075 to 1024. */
function scaled(x: number, k: number): number {
  if (k > 1023) return 2 * x * POWERS[1021 + k];
  return k < -1022 ? x * POWERS[1022 + k + 64] * POWERS[1022 - 64] : x * POWERS[1022 + k];
}
