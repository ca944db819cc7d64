// Which rows a witness breaks: (sum A)(sum B) = sum C, decided exactly for every row.
//
// Almost all wires and coefficients are small ints, and a linear layer puts thousands of them into one row: those terms are
// added up in doubles, kept below 2^53 so that every partial sum is exact. What does not fit goes to bigint.
import { InferproofError } from '../../verifier/errors.js';
import { EXACT_BITS } from '../limits.js';
import { FIELD_BYTES, readField } from './field.js';
import { R, mod } from '../../verifier/field.js';
import { POOL, coefficient, type RowSystem, type Side } from './rows.js';

const EXACT = 2 ** EXACT_BITS;
const WORDS = FIELD_BYTES / 4;

/**
 * The first `limit` rows that the witness breaks, in ascending order; [] for a satisfying one.
 * @param witness 32 bytes little-endian per wire, wire 0 first; values are taken modulo r.
 * @throws 'mismatch' for the wrong number of wires; 'unsatisfied' when wire 0 is not the constant 1.
 */
export function violations(system: RowSystem, witness: Uint8Array, limit = 10): number[] {
  if (witness.length !== system.nWires * FIELD_BYTES) {
    throw new InferproofError(
      'mismatch',
      `expected a witness of ${system.nWires} wires (${system.nWires * FIELD_BYTES} bytes), got ${witness.length} bytes`,
    );
  }
  const view = new DataView(witness.buffer, witness.byteOffset, witness.byteLength);
  const small = smallValues(view, system.nWires);
  if (small[0] !== 1) throw new InferproofError('unsatisfied', `expected wire 0 to be 1, got ${readField(view, 0)}`);
  const [a, b, c] = system.sides.map((side) => rowSum(system, side, small, view));
  const broken: number[] = [];
  for (let row = 0; row < system.nRows && broken.length < limit; row++)
    if (!holds(a(row), b(row), c(row))) broken.push(row);
  return broken;
}

function holds(a: number | bigint, b: number | bigint, c: number | bigint): boolean {
  if (typeof a === 'number' && typeof b === 'number' && typeof c === 'number') {
    const product = a * b;
    if (Math.abs(product) < EXACT) return product === c;
  }
  return mod(BigInt(a) * BigInt(b) - BigInt(c)) === 0n;
}

/** The value of one side of a row: an exact number below 2^53 in absolute value where possible, else an unreduced bigint. */
function rowSum(system: RowSystem, side: Side, small: Float64Array, view: DataView): (row: number) => number | bigint {
  const { start, wire, coef } = side;
  return (row) => {
    let sum = 0;
    let large: bigint | undefined;
    for (let i = start[row], end = start[row + 1]; i < end; i++) {
      const w = wire[i];
      const code = coef[i];
      const term = code < POOL ? code * small[w] : NaN; // NaN too where the wire is not small
      const next = sum + term;
      if (Math.abs(term) < EXACT && Math.abs(next) < EXACT) {
        sum = next;
      } else {
        large = (large ?? 0n) + coefficient(system, code) * readField(view, w * FIELD_BYTES);
      }
    }
    return large === undefined ? sum : large + BigInt(sum);
  };
}

const [R6, R7] = [Number((R >> 192n) & 0xffffffffn), Number(R >> 224n)];

/** Each wire as the number v or v - r where its absolute value is below 2^53, NaN elsewhere. */
function smallValues(view: DataView, nWires: number): Float64Array {
  const out = new Float64Array(nWires);
  for (let w = 0; w < nWires; w++) {
    const at = w * FIELD_BYTES;
    const word = (i: number): number => view.getUint32(at + 4 * i, true);
    if (word(7) === 0 && word(6) === 0) {
      let upper = 0;
      for (let i = 2; i < WORDS - 2; i++) upper |= word(i);
      const value = word(1) * 2 ** 32 + word(0);
      out[w] = upper === 0 && value < EXACT ? value : NaN;
    } else if (word(7) === R7 && word(6) === R6) {
      const value = readField(view, at) - R;
      out[w] = value > -(1n << 53n) && value < 1n << 53n ? Number(value) : NaN;
    } else {
      out[w] = NaN;
    }
  }
  return out;
}
