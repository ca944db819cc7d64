// The linker: stamps each gadget's constraints once per element and writes linear forms in place of its ports.
import { InferproofError } from '../../verifier/errors.js';
import { R } from '../../verifier/field.js';
import { gadgetKey, type ChallengePort, type Gadget } from '../primitives/gadget.js';
import type { Arrangement } from './arrange.js';
import type { ChallengeWires } from './challenge-wires.js';
import type { Instances } from './instances.js';
import { A, B, C, RowBuilder, type Matrix, type RowSystem } from './rows.js';
import type { Stamps } from './stamp.js';
import { wordForm } from './words.js';

/** The gadgets that a circuit needs stamps of, each once. */
export const stampedGadgets = ({ instances }: Arrangement): Gadget[] => [
  ...new Map(instances.map(({ gadget }) => [gadgetKey(gadget), gadget])).values(),
];

/** The rows of a circuit: gadgets step by step, then the argument's own: a row per public word (plain), a sum per table (lookup). */
export function link(wires: Arrangement, stamps: Stamps): RowSystem {
  const { nCommitted, nPublic, nWires } = wires;
  const rows = new RowBuilder({ nCommitted, nPublic, nPrivate: nWires - 1 - nCommitted - nPublic });
  for (const instances of wires.instances) stamp(rows, instances, wires.challenge, stamps);
  if (wires.challenge) addSums(rows, wires.instances, wires.challenge);
  else
    wires.words.forEach((word, j) => {
      rows.begin();
      rows.term(C, 2 + j, -1);
      wordForm(word)((wire, coefficient) => rows.term(C, wire, coefficient));
    });
  return rows.seal();
}

/** For each table by itself: the sum of the inverses of its look-ups equals the sum of its rows. */
function addSums(rows: RowBuilder, instances: Arrangement['instances'], { tables }: ChallengeWires): void {
  for (const { table, g } of tables) {
    rows.begin();
    for (const { gadget, count, wire } of instances) {
      const own = (gadget.lookups ?? []).filter((lookup) => lookup.table === table);
      if (own.length === 0) continue;
      for (let i = 0; i < count; i++) for (const { inverse } of own) rows.term(C, wire(i, inverse), 1);
    }
    for (let i = 0; i < table.size; i++) rows.term(C, g + i, -1);
  }
}

function stamp(
  rows: RowBuilder,
  { gadget, count, port, wire }: Instances,
  wires: ChallengeWires | null,
  stamps: Stamps,
): void {
  const own = stamps.get(gadgetKey(gadget));
  if (!own) throw new InferproofError('internal', 'expected a stamp of every gadget', { where: gadgetKey(gadget) });
  // small coefficients as numbers, once per gadget and not once per element
  const template = own.map((sides) =>
    sides.map((side) => side.map((t) => ({ signal: t.signal, factor: factorOf(t.coefficient) }))),
  );
  const ports = gadget.ports.length;
  const challenge = (gadget.challenge ?? []).map((name) => challengeWire(wires, name));
  const signals = ports + challenge.length;
  for (let i = 0; i < count; i++) {
    for (const sides of template) {
      rows.begin();
      for (const side of [A, B, C] as readonly Matrix[]) {
        for (const { signal, factor } of sides[side]) {
          if (signal < 0) rows.term(side, 0, factor);
          else if (signal >= signals) rows.term(side, wire(i, signal - signals), factor);
          else if (signal >= ports) rows.term(side, challenge[signal - ports], factor);
          else port(i, signal)((w, c) => rows.term(side, w, times(c, factor)));
        }
      }
    }
  }
}

function challengeWire(wires: ChallengeWires | null, name: ChallengePort): number {
  const wire = name === 'X' ? wires?.X : wires?.powers.at(-1);
  if (wire === undefined) throw new InferproofError('internal', `expected a circuit with ${name}`);
  return wire;
}

/** A field element as the int nearest to 0 when that is exact, for the fast path of `RowBuilder`. */
function factorOf(coefficient: bigint): number | bigint {
  const signed = coefficient > R / 2n ? coefficient - R : coefficient;
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : coefficient;
}

function times(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return BigInt(a) * BigInt(b);
}
