// A product is no choice: nobody commits it, a row without the challenge gives it, and what reads it counts on that.
import { beforeAll, describe, expect, it } from 'vitest';
import { definitions, type Definition } from '#compiler/circuit/determined.js';
import { point } from '#compiler/recipes/functions.js';
import { mod } from '#verifier/field.js';
import { generator, products, storedInputs } from '../compiler/circuits.js';
import { circuitOf, dense, outputsOf, sketch } from '../compiler/sketch.js';
import { changed, rowsOf, systemOf, type Row } from './rows.js';
import { broken, honest, linked, randomChallenge, solve, withLookups, type Linked } from './solve.js';

/** p = x y and s = x x, which nothing but the outputs reads; relu of a form of x, for a table of two columns. */
function factors() {
  const net = sketch();
  const [x, y] = [net.input('x', [1, 3]), net.input('y', [1, 3])];
  const [p, s] = [net.product('p', x, y), net.product('s', x, x)];
  const r = net.table('r', net.linear('h', [1, 2], dense([[x, 3]], 2, generator(8))), point('relu'));
  const circuit = circuitOf(net, outputsOf(net, p, s, r), { ranges: { x: [[-1, 2.3]], y: [[-0.6, 1]] }, bits: 4 });
  return withLookups(circuit, { rangeBits: 4, wide: [] });
}

const circuit = factors();
const stored = storedInputs(circuit, 5);
const X = randomChallenge();
let l: Linked;
let wires: bigint[];
let committed: bigint[];

beforeAll(async () => {
  l = await linked(circuit);
  wires = honest(l, stored, X);
  committed = wires.slice(1, 1 + l.system.nCommitted);
});

interface Product {
  readonly name: string;
  readonly z: number;
  readonly row: number;
  /** The committed wires that it reads. */
  readonly reads: readonly number[];
}

function productsOf({ wires: { instances }, system, definitions: all }: Linked): Product[] {
  const own = rowsOf(system);
  return instances.flatMap(({ gadget, count, wire, of }) => {
    if (gadget.template !== 'Product') return [];
    return Array.from({ length: count }, (_, i): Product => {
      const z = wire(i, 0);
      const row = all.find((definition) => definition.wire === z)?.row ?? -1;
      const reads = own[row].flatMap((side) => side.map(([w]) => w)).filter((w) => w !== 0 && w !== z);
      return { name: `${of?.index}[${i}]`, z, row, reads: [...new Set(reads)] };
    });
  });
}

/** The wires that committed ones give when z has a value of its own and its row is gone. */
function withoutRow({ z, row }: Product, value: bigint): { wires: bigint[]; broken: number[] } {
  const system = systemOf(
    rowsOf(l.system).filter((_, r) => r !== row),
    l.system,
  );
  const moved = l.definitions
    .filter(({ wire }) => wire !== z)
    .map((one): Definition => {
      return { ...one, row: one.row > row ? one.row - 1 : one.row };
    });
  const answer = solve({ system, definitions: moved }, committed, X, new Map([[z, value]]));
  return { wires: answer, broken: broken(system, answer) };
}

describe('a product', () => {
  it('is not committed, and its row reads committed wires alone', async () => {
    const all = productsOf(l);
    expect(all).toHaveLength(6);
    for (const { name, z, reads } of all) {
      expect(z, name).toBeGreaterThan(l.system.nCommitted + l.system.nPublic);
      for (const wire of reads) expect(wire, name).toBeLessThanOrEqual(l.system.nCommitted);
    }
    // in a circuit whose products stand behind others and behind rescales too
    const other = await linked(withLookups(products(), { rangeBits: 8, wide: [] }));
    expect(productsOf(other)).toHaveLength(16);
    expect(other.definitions).toHaveLength(other.system.nWires - 2 - other.system.nCommitted);
  });

  it('is fixed before X for the rule of what is committed: a linear row may build on it, and not on what follows from X', () => {
    const [{ z }] = productsOf(l);
    const follows = l.wires.challenge!.tables[0].g;
    const copy = (wire: number): (() => Linked) => {
      return () => changed(l, (rows, extra) => [...rows, [[], [], [[extra, 1n], [wire, -1n], [0, 5n]]] as Row], 1); // prettier-ignore
    };
    expect(copy(z)).not.toThrow();
    expect(copy(follows)).toThrow(/expected every wire to follow/);
  });

  it('without its row follows from nothing', () => {
    for (const { z, row } of productsOf(l)) {
      const rest = rowsOf(l.system).filter((_, r) => r !== row);
      expect(() => definitions(systemOf(rest, l.system)), `wire ${z}`).toThrow(/expected every wire to follow/);
    }
  });

  it('is refused with any other value, and passes as another statement without its row', () => {
    for (const product of productsOf(l)) {
      const { name, z, row } = product;
      for (const by of [1n, -1n, 16n, 1n << 200n]) {
        const lie = wires.with(z, mod(wires[z] + by));
        expect(broken(l.system, lie, 1000), name).toContain(row);
        const free = withoutRow(product, lie[z]);
        expect(free.broken, name).toEqual([]);
        expect(free.wires[l.wires.challenge!.F], name).not.toBe(wires[l.wires.challenge!.F]);
        // the very witness, with the row in its place
        expect(broken(l.system, free.wires, 1000), name).toEqual([row]);
      }
    }
  });

  it('is refused with any factor moved, whether it follows or not', () => {
    for (const { name, row, reads } of productsOf(l)) {
      for (const wire of reads) {
        for (const by of [1n, -1n, 16n, 1n << 200n]) {
          const lie = wires.with(wire, mod(wires[wire] + by));
          expect(broken(l.system, lie, 1000), `${name}, wire ${wire}`).toContain(row);
          const follows = solve(l, lie.slice(1, 1 + l.system.nCommitted), X);
          expect(broken(l.system, follows, 1), `${name}, wire ${wire}`).not.toEqual([]);
        }
      }
    }
  });
});
