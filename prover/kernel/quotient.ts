// Drives quotient.c: from the terms of a key and a witness to the scalars of the H sum, all in the machine's memory.
import { domainOf } from '../../compiler/circuit/domain.js';
import { fieldBytes, power, rootOfUnity } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { R, inverse, mod } from '../../verifier/field.js';
import type { BinFile } from '../files/binfile.js';
import type { Call } from './instance.js';
import { put, ranges, type Job, type Machine } from './machine.js';
import { loadTerms } from './terms.js';

/** Bytes of a pair. */
export const PAIR = 80;
/** Bytes of an element of the tables. */
export const ELEMENT = 40;
export const SCALAR = 32;

/** The smallest domain with the four elements of a butterfly of pairs. */
export const MIN_DOMAIN = 4;

export interface QuotientInput {
  /** Read for its coefficients. */
  readonly key: BinFile;
  /** 32 bytes per wire. */
  readonly witness: Uint8Array;
  readonly nWires: number;
  /** The size of one with at least 4 places to a coset. */
  readonly domain: number;
  /** Of that domain, from `powerTables`. */
  readonly tables: PowerTables;
}

/** Addresses of what quotient.c wants, n the places of a coset; 40 bytes each. */
export interface PowerTables {
  /** Powers of 1/v for the inverse transforms, n/2. */
  readonly inverses: number;
  /** Powers of g w^s over the size of the domain, for each coset. */
  readonly shifts: number;
  /** Powers of v for the stages, n. */
  readonly stages: number;
  /** Of three cosets: powers of 1/w and 1/w^2, and -2 z. */
  readonly thirds: readonly [untwisted: number, z: number] | null;
}

/**
 * The address of (A B - C)(g x), x the places of the domain and g^2 = v, in [0, r), 32 bytes each. Nothing else stays allocated, and nothing is allocated
 * after the call has returned its promise.
 * @throws 'format' for a term that names a row or wire that does not exist, 'resource'
 */
export async function quotientScalars(machine: Machine, input: QuotientInput): Promise<number> {
  const { key, nWires, domain } = input;
  const { inverses, shifts, stages, thirds } = input.tables;
  const cosets = thirds === null ? [0] : [0, 1, 2];
  const n = domain / cosets.length;
  const out = machine.alloc(domain * SCALAR);
  const mark = machine.mark();
  const witness = put(machine, input.witness);
  const terms = loadTerms(machine, key, cosets, n);
  const polynomials = [0, 1, 2].map(() => machine.alloc((domain / 2) * PAIR));

  const parts = ranges(n / 4, 2 * machine.threads).flatMap((range) => cosets.map((s) => [s, ...range] as const));
  const at = (s: number): number[] => polynomials.map((polynomial) => polynomial + s * (n / 2) * PAIR);
  const rows = ([s, from, to]: (typeof parts)[number]): Job => {
    const call: Call = [terms.pass, ...terms.args[s], witness, nWires, ...at(s), n, inverses, from, to];
    return () => [call];
  };
  const malformed = terms.count(await machine.run(parts.map(rows)));
  if (malformed > 0) {
    throw new InferproofError(
      'format',
      `expected terms of ${domain} rows and ${nWires} wires, got ${malformed} others`,
      {
        where: `section ${terms.section} of the key`,
        hint: 'the key is damaged: run setup again',
      },
    );
  }
  await machine.run(
    polynomials.flatMap((at) => [0, 1].map((half): Job => () => [thirds === null
      ? ['middle', at, n, inverses, shifts, stages, half]
      : ['middleThirds', at, n, inverses, thirds[0], shifts, stages, thirds[1], half]])),
  ); // prettier-ignore
  await machine.run(
    parts.map(([s, from, to]): Job => () => [['finish', ...at(s), n, stages, out + s * n * SCALAR, from, to]]),
  );
  machine.release(mark);
  return out;
}

/** Everything is allocated before the call has returned its promise. @param domain its size */
export async function powerTables(machine: Machine, domain: number): Promise<PowerTables> {
  const { lg, firsts, root } = domainOf(domain);
  const n = 2 ** lg;
  const scalars = (values: readonly bigint[]): number => put(machine, fieldBytes(values));
  const table = (length: number): number => machine.alloc(length * ELEMENT);
  const squares = (base: bigint): number => scalars(Array.from({ length: lg }, (_, k) => power(base, 1n << BigInt(k))));
  const reversed = (first: bigint, base: bigint, k: number, to: number): Call => [
    'reversedPowers', scalars([first]), squares(base), k, to,
  ]; // prettier-ignore
  const [shifts, stages, inverses] = [domain, n, n / 2].map(table);
  const [g, scale] = [rootOfUnity(lg + 1), inverse(BigInt(domain))];
  const calls: Call[] = [
    ...firsts.map((first, s) => reversed(scale, (g * first) % R, lg, shifts + s * n * ELEMENT)),
    ['stagePowers', squares(root), lg, stages],
    reversed(1n, inverse(root), lg - 1, inverses),
  ];
  let thirds: PowerTables['thirds'] = null;
  if (firsts.length === 3) {
    const [untwisted, z] = [table(2 * n), table(2)];
    thirds = [untwisted, z];
    const [, w, w2] = firsts;
    calls.push(reversed(1n, inverse(w), lg, untwisted), reversed(1n, inverse(w2), lg, untwisted + n * ELEMENT));
    calls.push(reversed(mod(-2n * power(w, BigInt(n))), 1n, 0, z));
  }
  await machine.run(calls.map((call): Job => () => [call]));
  return { inverses, shifts, stages, thirds };
}
