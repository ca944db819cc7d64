// The second phase of a lookup circuit's witness: everything that depends on the challenge X.
//
// kappa and h = 1 / (X - kappa) of a look-up depend only on the table row that it hits, so the tables are inverted
// once, in one batch, and the wires are copied: no field multiplication per element. What else follows from X its gadget
// computes from its ports.
import { R, batchInverse, mod } from '../../verifier/field.js';
import { hintsOf } from '../hints/index.js';
import { keyOf, type Table } from '../primitives/gadget.js';
import type { Arrangement } from './arrange.js';
import { fieldBytes } from './field.js';
import type { Instances } from './instances.js';
import { evaluate, type FilledSteps, type Witness } from './witness.js';
import { InferproofError } from '../../verifier/errors.js';

/** Keys and inverses of a table at a challenge, 32 bytes per row as 32-bit words. */
interface Evaluated {
  readonly keys: Uint32Array;
  readonly inverses: Uint32Array;
}

/**
 * Sets the multiplicities: how often each table row is hit. They are committed, so this comes before the commitment.
 */
export function fillMultiplicities(wires: Arrangement, { witness, hits }: FilledSteps): void {
  const counts = countHits(wires, hits);
  for (const { table, m } of wires.challenge?.tables ?? []) {
    counts.get(table)?.forEach((count, row) => witness.set(m + row, count));
  }
}

function countHits({ instances, challenge }: Arrangement, hits: readonly Int32Array[]): Map<Table, Uint32Array> {
  const counts = new Map(challenge?.tables.map(({ table }) => [table, new Uint32Array(table.size)]));
  instances.forEach(({ gadget, count }, group) => {
    const own = (gadget.lookups ?? []).map(({ table }) => counts.get(table)!);
    const rows = hits[group];
    for (let i = 0, at = 0; i < count; i++) for (const rowsHit of own) rowsHit[rows[at++]]++;
  });
  return counts;
}

/**
 * Fills all wires that follow from the challenge.
 * @returns F, or null when X is a pole of a table row, hit or not: then the prover commits again, with a new mask (so
 * that starting over reveals nothing about the witness)
 */
export function fillChallenge(wires: Arrangement, filled: FilledSteps, X: bigint): bigint | null {
  const { challenge } = wires;
  if (!challenge) throw new InferproofError('internal', 'expected a circuit of the lookup argument, got another');
  const { witness, words, hits } = filled;
  const powers: bigint[] = [];
  for (let x = X; powers.length < challenge.powers.length;) powers.push((x = (x * x) % R));
  const beta = powers.at(-1) ?? X;

  const evaluated = new Map<Table, Evaluated>();
  for (const { table, m, g } of challenge.tables) {
    const keys = Array.from({ length: table.size }, (_, i) =>
      mod(BigInt(keyOf(table, i)) + (table.values ? beta * BigInt(table.values[i]) : 0n)),
    );
    const gaps = keys.map((key) => X - key);
    if (gaps.includes(0n)) return null;
    const inverses = batchInverse(gaps);
    evaluated.set(table, { keys: elementWords(keys), inverses: elementWords(inverses) });
    inverses.forEach((inverse, i) => {
      const count = witness.int(m + i);
      witness.set(g + i, count === 0 ? 0 : (BigInt(count) * inverse) % R);
    });
  }

  witness.set(challenge.X, X);
  challenge.powers.forEach((wire, i) => witness.set(wire, powers[i]));
  wires.instances.forEach((instances, group) => {
    copyHits(instances, hits[group], evaluated, witness);
    followChallenge(instances, X, witness);
  });
  let F = 0n;
  challenge.partial.forEach((wire, i) => witness.set(wire, (F = (F * X + words[words.length - 1 - i]) % R)));
  witness.set(challenge.F, F);
  return F;
}

function copyHits(
  { gadget, count, wire }: Instances,
  rows: Int32Array,
  evaluated: ReadonlyMap<Table, Evaluated>,
  witness: Witness,
): void {
  (gadget.lookups ?? []).forEach(({ table, inverse, kappa }, lookup, { length }) => {
    const copyAll = (signal: number, elements: Uint32Array): void => {
      for (let i = 0; i < count; i++) witness.copy(wire(i, signal), elements, rows[i * length + lookup]);
    };
    const { keys, inverses } = evaluated.get(table)!;
    copyAll(inverse, inverses);
    if (kappa !== null) copyAll(kappa, keys);
  });
}

function followChallenge({ of, gadget, count, port, wire }: Instances, X: bigint, witness: Witness): void {
  const { follow } = of === null ? {} : hintsOf(gadget);
  for (let i = 0; follow && i < count; i++) {
    const ports = gadget.ports.map((_, k) => evaluate(port(i, k), witness));
    follow(ports, X, (signal, value) => witness.set(wire(i, signal), value));
  }
}

const elementWords = (elements: readonly bigint[]): Uint32Array => new Uint32Array(fieldBytes(elements).buffer);
