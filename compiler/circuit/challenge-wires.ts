// Wires and gadgets that the lookup argument has in addition to those of the steps: powers of X, the rows of the tables and the
// sum F of the words.
import { keyOf, type Table } from '../primitives/gadget.js';
import { square, tableRow, wordStep } from '../primitives/challenge.js';
import { oneWire } from './forms.js';
import type { Allocate, Instances } from './instances.js';
import type { Gadgets } from './uses.js';
import { wordForm, type Word } from './words.js';

export interface ChallengeWires {
  readonly X: number;
  readonly F: number;
  /** X^2, X^4, ...; the last one is beta. Empty where no table has two columns. */
  readonly powers: readonly number[];
  /** First multiplicity and first g = m / (X - key) of each table. */
  readonly tables: readonly { readonly table: Table; readonly m: number; readonly g: number }[];
  /** Partial sums of F, starting with the last word; the last one is F. */
  readonly partial: readonly number[];
}

/** @param X its wire; F's is the next one */
export function arrangeChallenge(
  { tables, squarings }: Gadgets,
  words: readonly Word[],
  X: number,
  bound: Allocate,
  free: Allocate,
): { readonly wires: ChallengeWires; readonly instances: Instances[] } {
  const F = X + 1;
  const first = free(squarings);
  const powers = Array.from({ length: squarings }, (_, i) => first + i);
  const beta = powers.at(-1) ?? X;
  const instances: Instances[] = [
    {
      of: null,
      gadget: square,
      count: squarings,
      port: (i) => oneWire(i === 0 ? X : powers[i - 1]),
      wire: (i) => powers[i],
    },
  ];
  const placed = tables.map((table) => {
    const [m, g] = [bound(table.size), free(table.size)];
    instances.push({
      of: null,
      gadget: tableRow,
      count: table.size,
      port: (i) => (term) => {
        const key = keyOf(table, i);
        if (key !== 0) term(0, key);
        if (table.values && table.values[i] !== 0) term(beta, table.values[i]);
      },
      wire: (i, signal) => (signal === 0 ? m : g) + i,
    });
    return { table, m, g };
  });
  const n = words.length;
  const sums = free(Math.max(n - 1, 0));
  const partial = Array.from({ length: n }, (_, i) => (i === n - 1 ? F : sums + i));
  instances.push({
    of: null,
    gadget: wordStep,
    count: n,
    port: (i, port) => {
      if (port === 1) return wordForm(words[n - 1 - i]);
      return i === 0 ? () => undefined : oneWire(partial[i - 1]);
    },
    wire: (i) => partial[i],
  });
  return { wires: { X, F, powers, tables: placed, partial }, instances };
}
