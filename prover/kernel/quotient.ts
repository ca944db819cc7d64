// Drives quotient.c: from the terms of a key and a witness to the scalars of the H sum, all in the machine's memory.
import { power, rootOfUnity, writeField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { inverse } from '../../verifier/field.js';
import type { BinFile } from '../files/binfile.js';
import { put, ranges, type Call, type Job, type Machine } from './machine.js';
import { loadTerms } from './terms.js';

/** Bytes of a pair. */
export const PAIR = 80;
const ELEMENT = 40;
export const SCALAR = 32;

/** The smallest domain with the four elements of a butterfly of pairs. */
export const MIN_DOMAIN = 4;

export interface QuotientInput {
  /** Read for its coefficients. */
  readonly key: BinFile;
  /** 32 bytes per wire. */
  readonly witness: Uint8Array;
  readonly nWires: number;
  /** A power of two from 4 to 2^27. */
  readonly domain: number;
  /** Of that domain, from `powerTables`. */
  readonly tables: PowerTables;
}

/** Addresses of powers of 1/w, of g with 1/n in front, and of w for each stage, as quotient.c wants them; 40 bytes each. */
export type PowerTables = readonly [inverses: number, coset: number, stages: number];

/**
 * The address of (A B - C)(g w^i), i < domain, in [0, r), 32 bytes each. Nothing else stays allocated, and nothing is allocated
 * after the call has returned its promise.
 * @throws 'format' for a term that names a row or wire that does not exist, 'resource'
 */
export async function quotientScalars(machine: Machine, input: QuotientInput): Promise<number> {
  const { key, nWires, domain: n } = input;
  const [inverses, coset, stages] = input.tables;
  const out = machine.alloc(n * SCALAR);
  const mark = machine.mark();
  const witness = put(machine, input.witness);
  const terms = loadTerms(machine, key);
  const polynomials = [0, 1, 2].map(() => machine.alloc((n / 2) * PAIR));

  const quarter = n / 4;
  const parts = ranges(quarter, 2 * machine.threads);
  const rows = ([from, to]: readonly [number, number]): Job => {
    const call: Call = [terms.pass, ...terms.args, witness, nWires, ...polynomials, n, inverses, from, to];
    return () => [call];
  };
  const malformed = terms.count(await machine.run(parts.map(rows)));
  if (malformed > 0) {
    throw new InferproofError('format', `expected terms of ${n} rows and ${nWires} wires, got ${malformed} others`, {
      where: `section ${terms.section} of the key`,
      hint: 'the key is damaged: run setup again',
    });
  }
  await machine.run(
    polynomials.flatMap((at) => [0, 1].map((half): Job => () => [['middle', at, n, inverses, coset, stages, half]])),
  );
  await machine.run(parts.map(([from, to]): Job => () => [['finish', ...polynomials, n, stages, out, from, to]]));
  machine.release(mark);
  return out;
}

/** Everything is allocated before the call has returned its promise. */
export async function powerTables(machine: Machine, domain: number): Promise<PowerTables> {
  const [n, lg] = [domain, Math.log2(domain)];
  const w = rootOfUnity(lg);
  const [inverses, coset, stages] = [n / 2, n, n].map((length) => machine.alloc(length * ELEMENT));
  const scalars = (values: readonly bigint[]): number => {
    const at = machine.alloc(values.length * SCALAR);
    const bytes = machine.bytes(at, values.length * SCALAR);
    const view = new DataView(bytes.buffer, at);
    values.forEach((x, i) => writeField(view, i * SCALAR, x));
    return at;
  };
  const squares = (base: bigint): bigint[] => Array.from({ length: lg }, (_, k) => power(base, 1n << BigInt(k)));
  const firsts = scalars([1n, inverse(BigInt(n))]);
  const [byInverse, byShift, byRoot] = [inverse(w), rootOfUnity(lg + 1), w].map((base) => scalars(squares(base)));
  await machine.run([
    () => [['reversedPowers', firsts + SCALAR, byShift, lg, coset]],
    () => [['stagePowers', byRoot, lg, stages]],
    () => [['reversedPowers', firsts, byInverse, lg - 1, inverses]],
  ]);
  return [inverses, coset, stages];
}
