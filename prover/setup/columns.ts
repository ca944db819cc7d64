// The column polynomials of a constraint system at one point: M_w(tau) = sum over rows of coefficient * L_row(tau).
//
// A linear layer has millions of small coefficients: each is multiplied with the 16-bit limbs of L in doubles, which stay
// exact, and a wire's limbs are combined once at the end. 12 million terms take 2 seconds.
import { setImmediate } from 'node:timers/promises';
import { FIELD_BYTES, readField } from '../../compiler/circuit/field.js';
import { R, mod } from '../../verifier/field.js';
import { POOL, coefficient, type RowSystem, type Side } from '../../compiler/circuit/rows.js';

const LIMBS = FIELD_BYTES / 2;
const TURN = 2 ** 12; // rows or wires without one
const LIMIT = 2 ** 37; // sum of |coefficient| until the limbs are flushed: 2^37 * 2^16 = 2^53

/**
 * M_w(tau) of every wire, in [0, r). Lets others have a turn every few milliseconds: threads wait for their next work.
 * @param basis L_row(tau), 32 bytes each, at least one per row
 */
export async function columns(system: RowSystem, side: Side, basis: Uint8Array): Promise<bigint[]> {
  const { start, wire, coef } = side;
  const view = new DataView(basis.buffer, basis.byteOffset);
  const limbs = Float64Array.from(new Uint16Array(basis.buffer, basis.byteOffset, system.nRows * LIMBS));
  const out = new Array<bigint>(system.nWires).fill(0n);
  const sums = new Float64Array(system.nWires * LIMBS);
  const load = new Float64Array(system.nWires); // sum of |coefficient| since the last flush
  const carried = new DataView(new ArrayBuffer(FIELD_BYTES));
  const flush = (w: number): void => {
    let carry = 0; // stays below 2^38: the sums are below 2^53
    for (let j = 0; j < LIMBS; j++) {
      const sum = sums[w * LIMBS + j] + carry;
      carry = Math.floor(sum / 2 ** 16);
      carried.setUint16(2 * j, sum - carry * 2 ** 16, true);
    }
    out[w] = mod(out[w] + readField(carried, 0) + (BigInt(carry) << 256n));
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
        out[w] = (out[w] + coefficient(system, code) * readField(view, row * FIELD_BYTES)) % R;
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
