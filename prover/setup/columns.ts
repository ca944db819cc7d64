// The column polynomials of a constraint system at one point: M_w(tau) = sum over rows of coefficient * L_row(tau).
//
// A linear layer has millions of small coefficients: each is multiplied with the 16-bit limbs of L in doubles, which stay
// exact, and a wire's limbs are brought together once at the end. 12 million terms take 2 seconds.
import { setImmediate } from 'node:timers/promises';
import { FIELD_BYTES, fieldBytes, power, rootOfUnity } from '../../compiler/circuit/field.js';
import { R, inverse, batchInverse, mod } from '../../verifier/field.js';
import { POOL, coefficient, type RowSystem, type Side } from '../../compiler/circuit/rows.js';

const LIMBS = FIELD_BYTES / 2;
const TURN = 2 ** 12; // rows or wires without one
const LIMIT = 2 ** 37; // sum of |coefficient| until the limbs are flushed: 2^37 * 2^16 = 2^53

/**
 * All L_i(tau) of the coset {shift * root^i}, i in [0, size), where the points are roots of x^order = +-1:
 * L_i = (tau^order - 1) / order * x_i / (tau - x_i).
 */
function lagrange(tau: bigint, size: number, order: number, shift: bigint, root: bigint): bigint[] {
  const points = new Array<bigint>(size);
  for (let i = 0, x = shift; i < size; i++, x = (x * root) % R) points[i] = x;
  const inverses = batchInverse(points.map((x) => mod(tau - x)));
  const z = (mod(power(tau, BigInt(order)) - 1n) * inverse(BigInt(order))) % R;
  return inverses.map((inverse, i) => (((inverse * points[i]) % R) * z) % R);
}

/** L_i(tau) over the 2^k-th roots of unity: the domain of the rows. */
export const domainBasis = (tau: bigint, k: number): bigint[] => lagrange(tau, 2 ** k, 2 ** k, 1n, rootOfUnity(k));

/** The odd L_(2i+1)(tau) over the 2^(k+1)-th roots of unity: what snarkjs multiplies the quotient's evaluations with. */
export const oddBasis = (tau: bigint, k: number): bigint[] =>
  lagrange(tau, 2 ** k, 2 ** (k + 1), rootOfUnity(k + 1), rootOfUnity(k));

/** The 16-bit limbs of field elements, as doubles. */
export function limbsOf(values: readonly bigint[]): Float64Array {
  return Float64Array.from(new Uint16Array(fieldBytes(values).buffer));
}

/**
 * M_w(tau) of every wire, in [0, r). Lets others have a turn every few milliseconds: threads wait for their next work.
 * @param basis L_row(tau), at least one a row
 * @param limbs the same, from `limbsOf`
 */
export async function columns(
  system: RowSystem,
  side: Side,
  basis: readonly bigint[],
  limbs: Float64Array,
): Promise<bigint[]> {
  const { start, wire, coef } = side;
  const out = new Array<bigint>(system.nWires).fill(0n);
  const sums = new Float64Array(system.nWires * LIMBS);
  const load = new Float64Array(system.nWires); // sum of |coefficient| since the last flush
  const flush = (w: number): void => {
    let value = 0n;
    for (let j = LIMBS - 1; j >= 0; j--) value = (value << 16n) + BigInt(sums[w * LIMBS + j]);
    out[w] = mod(out[w] + value);
    sums.fill(0, w * LIMBS, (w + 1) * LIMBS);
    load[w] = 0;
  };
  for (let row = 0; row < system.nRows; row++) {
    if (row % TURN === 0) await setImmediate();
    const from = row * LIMBS;
    for (let i = start[row], end = start[row + 1]; i < end; i++) {
      const w = wire[i];
      const code = coef[i];
      if (code >= POOL) {
        out[w] = (out[w] + coefficient(system, code) * basis[row]) % R;
        continue;
      }
      const weight = Math.abs(code);
      if (load[w] + weight > LIMIT) flush(w);
      load[w] += weight;
      const to = w * LIMBS;
      for (let j = 0; j < LIMBS; j++) sums[to + j] += code * limbs[from + j];
    }
  }
  for (let w = 0; w < system.nWires; w++) {
    if (w % TURN === 0) await setImmediate();
    if (load[w] > 0) flush(w);
  }
  return out;
}
