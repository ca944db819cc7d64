// The linked constraint system: rows (sum A)(sum B) = sum C over the scalar field, three sparse matrices in typed arrays.
// Linear layers put millions of terms on the C side, so a term costs 8 bytes and no object.
//
// Wires: 0 = the constant 1 | committed block | Groth16 publics | private, in this order, numbered by the caller.
import { InferproofError } from '../../verifier/errors.js';
import { R, mod } from '../../verifier/field.js';

/** Coefficient codes below this are the ints themselves; POOL + i is `pool[i]`. */
export const POOL = 1 << 30;

/** One of the matrices: row r has the terms start[r] .. start[r + 1], each coefficient(coef) * wire. */
export interface Side {
  /** nRows + 1 positions in `wire` and `coef`. */
  readonly start: Uint32Array;
  readonly wire: Uint32Array;
  /** Codes: an int c with |c| < 2^30, or 2^30 + i for pool[i]. A wire may appear in a row repeatedly: terms add up. */
  readonly coef: Int32Array;
}

export interface RowSystem {
  readonly nRows: number;
  /** All wires, the constant included. */
  readonly nWires: number;
  /** Wires 1 .. nCommitted: bound by the proof's commitment D. 0 in the plain argument. */
  readonly nCommitted: number;
  /** The wires after the committed block, which the verifier computes: context and words (plain), X and F (lookup). */
  readonly nPublic: number;
  /** A, B, C. */
  readonly sides: readonly [Side, Side, Side];
  /** Coefficients in [0, r) that are not small ints. */
  readonly pool: readonly bigint[];
}

export type Matrix = 0 | 1 | 2;
export const [A, B, C] = [0, 1, 2] as const;

/** The coefficient that a code stands for; a small one as it is, even if negative, so reduce before comparing. */
export function coefficient(system: Pick<RowSystem, 'pool'>, code: number): bigint {
  return code >= POOL ? system.pool[code - POOL] : BigInt(code);
}

/** How many wires of each kind there will be; known before the first row is written. */
export interface WireCounts {
  readonly nCommitted: number;
  readonly nPublic: number;
  readonly nPrivate: number;
}

/** The growing half of a `Side`. */
class GrowingSide {
  start = new Uint32Array(1 << 10);
  wire = new Uint32Array(1 << 12);
  coef = new Int32Array(1 << 12);
  terms = 0;

  begin(row: number): void {
    if (row === this.start.length) this.start = grown(this.start, new Uint32Array(2 * row));
    this.start[row] = this.terms;
  }

  push(wire: number, code: number): void {
    const at = this.terms++;
    if (at === this.wire.length) {
      this.wire = grown(this.wire, new Uint32Array(2 * at));
      this.coef = grown(this.coef, new Int32Array(2 * at));
    }
    this.wire[at] = wire;
    this.coef[at] = code;
  }

  seal(nRows: number): Side {
    this.begin(nRows);
    return {
      start: this.start.slice(0, nRows + 1),
      wire: this.wire.slice(0, this.terms),
      coef: this.coef.slice(0, this.terms),
    };
  }
}

function grown<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Writes a `RowSystem` row by row: `begin`, then `term` in any order of the sides, then the next `begin`; at the end `seal`. */
export class RowBuilder {
  readonly nWires: number;
  readonly #counts: WireCounts;
  readonly #sides: readonly [GrowingSide, GrowingSide, GrowingSide] = [
    new GrowingSide(),
    new GrowingSide(),
    new GrowingSide(),
  ];
  readonly #pool: bigint[] = [];
  readonly #codes = new Map<string, number>();
  #rows = 0;

  constructor(counts: WireCounts) {
    this.#counts = counts;
    this.nWires = 1 + counts.nCommitted + counts.nPublic + counts.nPrivate;
  }

  /** Rows begun so far. */
  get nRows(): number {
    return this.#rows;
  }

  /** Starts a row and returns its number. A side without terms is 0. */
  begin(): number {
    for (const side of this.#sides) side.begin(this.#rows);
    return this.#rows++;
  }

  /**
   * Adds coefficient * wire to one side of the row that was begun last. A coefficient 0 adds nothing.
   * Throws 'internal' for a wire outside the layout, a number that is not a safe integer, or a term before the first row.
   */
  term(matrix: Matrix, wire: number, coefficient: number | bigint): void {
    if (!(wire >= 0 && wire < this.nWires) || !Number.isInteger(wire)) {
      throw new InferproofError('internal', `expected a wire in [0, ${this.nWires}), got ${wire}`, {
        where: `row ${this.#rows - 1}`,
      });
    }
    if (this.#rows === 0) throw new InferproofError('internal', 'expected a row to be begun, got a term');
    const code = this.#code(coefficient);
    if (code !== 0) this.#sides[matrix].push(wire, code);
  }

  seal(): RowSystem {
    const { nCommitted, nPublic } = this.#counts;
    const [a, b, c] = this.#sides;
    const nRows = this.#rows;
    return {
      nRows,
      nWires: this.nWires,
      nCommitted,
      nPublic,
      sides: [a.seal(nRows), b.seal(nRows), c.seal(nRows)],
      pool: [...this.#pool],
    };
  }

  #code(value: number | bigint): number {
    if (typeof value === 'number') {
      if (value > -POOL && value < POOL && Number.isInteger(value)) return value;
      if (!Number.isSafeInteger(value)) {
        throw new InferproofError('internal', `expected an integer coefficient, got ${value}`, {
          where: `row ${this.#rows - 1}`,
        });
      }
    }
    return this.#large(mod(BigInt(value)));
  }

  /** Code of a coefficient in [0, r): its small int when it has one (negative ones included), else a place in the pool. */
  #large(value: bigint): number {
    const small = value < SMALL ? value : value > NEGATIVE ? value - R : undefined;
    if (small !== undefined) return Number(small);
    const key = value.toString(36); // a Map hashes bigints by their lowest 64 bits, which multiples of high powers of 2 share
    let code = this.#codes.get(key);
    if (code === undefined) {
      code = POOL + this.#pool.length;
      this.#pool.push(value);
      this.#codes.set(key, code);
    }
    return code;
  }
}

const SMALL = BigInt(POOL);
const NEGATIVE = R - SMALL;
