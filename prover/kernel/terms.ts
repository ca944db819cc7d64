// The coefficients of a key in the machine's memory, and the pass over them that rows.h has for each kind of key.
import { InferproofError } from '../../verifier/errors.js';
import { sectionLength, type BinFile } from '../files/binfile.js';
import { isLookup } from '../files/key.js';
import { PART, checkValues, lookupCounts, placeBytes } from '../files/lookup-key.js';
import { COEFFICIENT_BYTES, SECTION } from '../files/zkey.js';
import { load, type Machine } from './machine.js';

export interface Terms {
  /** The export, and for each coset its arguments in front of the witness. */
  readonly pass: 'rows' | 'formRows';
  readonly args: readonly (readonly number[])[];
  /** Of what its jobs return: terms that are none. */
  readonly count: (results: readonly number[][]) => number;
  /** The section that they stand in. */
  readonly section: number;
}

/**
 * @param cosets of the domain, numbered, of n places each; a plain key has one
 * Throws 'format' as far as the terms are not looked at one by one, 'file', 'resource'.
 */
export function loadTerms(machine: Machine, key: BinFile, cosets: readonly number[], n: number): Terms {
  if (isLookup(key)) return lookupTerms(machine, key, cosets, n);
  const at = load(machine, key, SECTION.coefficients) + 4; // after their number
  const count = (sectionLength(key, SECTION.coefficients) - 4) / COEFFICIENT_BYTES;
  return { pass: 'rows', args: [[at, count]], count: ([[found]]) => found, section: SECTION.coefficients }; // each job counts all
}

function lookupTerms(machine: Machine, key: BinFile, cosets: readonly number[], n: number): Terms {
  const counts = lookupCounts(key);
  const forms = cosets.map(() => machine.alloc(8 * 4));
  const at = (id: number): number => load(machine, key, id);
  const [starts, wires, places, values] = [PART.starts, PART.termWires, PART.termValues, PART.values].map(at);
  const { rows, terms } = counts;
  checkValues(machine.bytes(values, sectionLength(key, PART.values)));
  const ends = machine.words(starts, 2 * rows + 1);
  if (ends[0] !== 0 || ends[2 * rows] !== terms)
    throw new InferproofError('format', `expected the terms of ${rows} rows from 0 to ${terms}, got ${ends[0]} to ${ends[2 * rows]}`, { where: `section ${PART.starts} of the key` }); // prettier-ignore
  const wide = placeBytes(counts.values) === 4 ? 1 : 0;
  for (const s of cosets) {
    const first = Math.min(s * n, rows);
    machine
      .words(forms[s], 8)
      .set([starts + 8 * first, wires, places, values, Math.min(rows - first, n), terms, counts.values, wide]);
  }
  const count = (results: readonly number[][]): number => results.reduce((sum, [found]) => sum + found, 0);
  return { pass: 'formRows', args: forms.map((at) => [at]), count, section: PART.termWires };
}
