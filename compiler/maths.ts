// Elementary functions from + - * / alone: the language leaves the last bits of Math.exp to the engine, and two machines must
// compile a model to the same integers.

const LN2_HI = 0.6931471803691238; // ln 2 in two parts: the first has low bits to spare for a factor
const LN2_LO = 1.9082149292705877e-10;
const TERMS = 14;

/** e^x, within a few units of the last place; 0 below -745, Infinity above 709.78. */
export function exp(x: number): number {
  if (!(x >= -745 && x <= 709.78)) return x > 0 ? Infinity : x < 0 ? 0 : NaN;
  const k = Math.round(x / (LN2_HI + LN2_LO));
  const r = x - k * LN2_HI - k * LN2_LO; // |r| <= ln 2 / 2
  let sum = 1;
  for (let n = TERMS; n >= 1; n--) sum = 1 + (r / n) * sum;
  return scaled(sum, k);
}

/** x 2^k by doubling and halving, which are exact: powers by ** are not bound to be. */
function scaled(x: number, k: number): number {
  let y = x;
  for (let i = 0; i < k; i++) y *= 2;
  for (let i = 0; i > k; i--) y /= 2;
  return y;
}
