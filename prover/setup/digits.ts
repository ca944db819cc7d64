// Coefficients as signed digits: odd ones below 2^(w-1), with w - 1 zeros at least between two of them (wNAF). Each names a point of
// a table ±L, ±3L, … of all rows.
import { POOL } from '../../compiler/circuit/rows.js';
import { R } from '../../verifier/field.js';

/** Terms of a job: some ten thousand. */
export const JOB_TERMS = 1 << 15;
/** Places that a digit may stand at. */
export const MAX_PLACES = 256;

/** The digits of a job's terms. */
export interface DigitList {
  readonly count: number;
  /** Of each digit: its wire in the job, its place, the point of the table that it names. */
  readonly wire: Uint32Array;
  readonly place: Uint8Array;
  readonly entry: Uint32Array;
}

export class Digits {
  readonly #width: number;
  readonly #pool: readonly bigint[];
  readonly #large = new Map<number, readonly (readonly [place: number, digit: number])[]>();
  #wire = new Uint32Array(0);
  #place = new Uint8Array(0);
  #entry = new Uint32Array(0);

  constructor(width: number, pool: readonly bigint[]) {
    this.#width = width;
    this.#pool = pool;
  }

  of(start: Uint32Array, row: Uint32Array, coef: Int32Array, from: number, to: number, rows: number): DigitList {
    const [full, half] = [2 ** this.#width, 2 ** (this.#width - 1)];
    let count = 0;
    for (let w = from; w < to; w++) {
      for (let t = start[w]; t < start[w + 1]; t++) {
        if (count + MAX_PLACES > this.#wire.length) this.#grow();
        const [wire, place, entry, r, code] = [this.#wire, this.#place, this.#entry, row[t], coef[t]];
        if (code >= POOL) {
          for (const [at, digit] of this.#digits(code)) {
            wire[count] = w - from;
            place[count] = at;
            entry[count++] = r + rows * (digit > 0 ? digit - 1 : -digit);
          }
          continue;
        }
        for (let rest = code, at = 0; rest !== 0;) {
          const zeros = 31 - Math.clz32(rest & -rest);
          rest >>= zeros;
          at += zeros;
          let digit = rest & (full - 1);
          if (digit >= half) digit -= full;
          rest -= digit;
          wire[count] = w - from;
          place[count] = at;
          entry[count++] = r + rows * (digit > 0 ? digit - 1 : -digit); // L, -L, 3L, -3L, … for 1, -1, 3, -3, …
        }
      }
    }
    return { count, wire: this.#wire, place: this.#place, entry: this.#entry };
  }

  /** Of a coefficient of the pool, as a number between -r/2 and r/2. */
  #digits(code: number): readonly (readonly [number, number])[] {
    const known = this.#large.get(code);
    if (known !== undefined) return known;
    const value = this.#pool[code - POOL];
    const digits: [number, number][] = [];
    for (let rest = value > R / 2n ? value - R : value, at = 0; rest !== 0n; rest >>= 1n, at++) {
      if ((rest & 1n) === 0n) continue;
      const digit = BigInt.asIntN(this.#width, rest);
      digits.push([at, Number(digit)]);
      rest -= digit;
    }
    this.#large.set(code, digits);
    return digits;
  }

  #grow(): void {
    const length = Math.max(4 * JOB_TERMS, 2 * this.#wire.length);
    const grown = <T extends Uint32Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#wire = grown(this.#wire, new Uint32Array(length));
    this.#place = grown(this.#place, new Uint8Array(length));
    this.#entry = grown(this.#entry, new Uint32Array(length));
  }
}
