// The linker: stamps each gadget's constraints once per element and writes linear forms in the place of its ports.
import { gadgetKey, type Gadget } from './gadget.js';
import type { Instances, Layout } from './layout.js';
import { A, B, C, RowBuilder, type Matrix, type RowSystem } from './rows.js';
import type { Stamps } from './stamp.js';
import { InferproofError } from '../../verifier/errors.js';
import { R } from '../../verifier/field.js';

/** The gadgets that a circuit needs stamps of, each once. */
export const gadgetsOf = ({ instances }: Layout): Gadget[] => [
  ...new Map(instances.map(({ gadget }) => [gadgetKey(gadget), gadget])).values(),
];

/** The rows of a circuit: gadgets step by step, then one linear row a public word. */
export function link(wires: Layout, stamps: Stamps): RowSystem {
  const { nPublic, nWires } = wires;
  const rows = new RowBuilder({ nCommitted: 0, nPublic, nPrivate: nWires - 1 - nPublic });
  for (const instances of wires.instances) stamp(rows, instances, stamps);
  wires.words.forEach(({ chunks }, j) => {
    rows.begin();
    rows.term(C, 2 + j, -1);
    for (const { shift, form } of chunks) {
      const scale = 1n << BigInt(shift);
      form((wire, coefficient) => rows.term(C, wire, shift === 0 ? coefficient : BigInt(coefficient) * scale));
    }
  });
  return rows.seal();
}

function stamp(rows: RowBuilder, { gadget, count, port, wire }: Instances, stamps: Stamps): void {
  const own = stamps.get(gadgetKey(gadget));
  if (!own) throw new InferproofError('internal', 'expected a stamp of every gadget', { where: gadgetKey(gadget) });
  // small coefficients as numbers, once a gadget and not once an element
  const template = own.map((sides) =>
    sides.map((side) => side.map((t) => ({ signal: t.signal, factor: factorOf(t.coefficient) }))),
  );
  const ports = gadget.ports.length;
  for (let i = 0; i < count; i++) {
    for (const sides of template) {
      rows.begin();
      for (const side of [A, B, C] as readonly Matrix[]) {
        for (const { signal, factor } of sides[side]) {
          if (signal < 0) rows.term(side, 0, factor);
          else if (signal >= ports) rows.term(side, wire(i, signal - ports), factor);
          else port(i, signal)((w, c) => rows.term(side, w, times(c, factor)));
        }
      }
    }
  }
}

/** A field element as the int nearest to 0 when that is exact, for the fast path of `RowBuilder`. */
function factorOf(coefficient: bigint): number | bigint {
  const signed = coefficient > R / 2n ? coefficient - R : coefficient;
  return signed >= -(2n ** 53n) && signed <= 2n ** 53n ? Number(signed) : coefficient;
}

function times(a: number, b: number | bigint): number | bigint {
  if (typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return BigInt(a) * BigInt(b);
}
