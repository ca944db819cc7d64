// Packed sums on a linked circuit: one may not take from its neighbour what it lacks.
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { bitsApart, sizeOfBlock, sumInterval, type PackedOwn } from '#compiler/primitives/matmul.js';
import { inverse, mod } from '#verifier/field.js';
import { attention, folded, storedInputs } from '../compiler/circuits.js';
import { rowsOf, systemOf } from './rows.js';
import { broken, honest, linked, randomChallenge, solve, type Linked } from './solve.js';

const X = randomChallenge();
let l: Linked;
let samples: bigint[][];

beforeAll(async () => {
  const circuit = attention(8);
  l = await linked(circuit);
  samples = [0, 1].map((seed) => honest(l, storedInputs(circuit, seed), X));
});

interface Sums {
  readonly rows: number;
  readonly bits: number;
  readonly shift: number;
  readonly width: number;
  /** The wire of a signal. */
  readonly at: (name: string) => number;
}

/** The first instance of each packed product. */
const packed = (): Sums[] =>
  l.wires.instances.flatMap(({ gadget, wire }) => {
    if (gadget.template !== 'LookupMatmul') return [];
    const [rows, , , , bits, , shift, , width] = gadget.args;
    return [{ rows, bits, shift, width, at: (name: string) => wire(0, gadget.signals.indexOf(name)) }];
  });
const committed = (wires: readonly bigint[]): bigint[] => wires.slice(1, 1 + l.system.nCommitted);
const refused = (lie: readonly bigint[]): void => {
  expect(broken(l.system, lie, 1)).not.toEqual([]);
  expect(broken(l.system, solve(l, committed(lie), X), 1)).not.toEqual([]);
};
const moved = (wires: readonly bigint[], by: readonly (readonly [wire: number, by: bigint])[]): bigint[] =>
  by.reduce((lie, [wire, d]) => lie.with(wire, mod(lie[wire] + d)), [...wires]);

describe('packed sums', () => {
  it('are some of the circuit, and honest values pass', () => {
    expect(packed().length).toBeGreaterThan(0);
    for (const wires of samples) expect(broken(l.system, wires, 1)).toEqual([]);
  });

  it('refuse every committed wire at another value, and a sum that takes from its neighbour', () => {
    for (const wires of samples)
      for (const { rows, bits, shift, at } of packed()) {
        for (const wire of [at('f[0]'), at(`f[${rows - 1}]`), at('r[0][0]')])
          for (const by of [1n, -1n, 16n, -16n, inverse(2n), 1n << 200n]) refused(moved(wires, [[wire, by]]));
        // the packed equation holds: 2^bits more in one sum is 1 less in the next
        refused(moved(wires, [[at('f[0]'), 1n << BigInt(bits - shift)], [at('r[1][0]'), -1n]])); // prettier-ignore
        refused(moved(wires, [[at('r[0][0]'), 1n << BigInt(bits)], [at('r[1][0]'), -1n]])); // prettier-ignore
        // a floor of 1 more by a remainder of 2^shift less, and a fraction of it
        refused(moved(wires, [[at('f[0]'), 1n], [at('r[0][0]'), -(1n << BigInt(shift))]])); // prettier-ignore
        refused(moved(wires, [[at('f[0]'), inverse(1n << BigInt(shift))], [at('r[0][0]'), -1n]])); // prettier-ignore
      }
  });

  it('need the row that closes the sum: without it another one passes', () => {
    const rows = rowsOf(l.system);
    for (const { at } of packed()) {
      const own = rows.flatMap(([, , c], r) => (c.some(([w]) => w === at('f[0]')) && c.some(([w]) => w === at('f[1]')) ? [r] : [])); // prettier-ignore
      expect(own).toHaveLength(1);
      const mentions = rows.flatMap((sides, r) => (sides.some((side) => side.some(([w]) => w === at('f[0]'))) ? [r] : [])); // prettier-ignore
      const readers = mentions.filter((r) => r !== own[0] && rows[r][0].concat(rows[r][1]).every(([w]) => w !== at('e[0][0]'))); // prettier-ignore
      const lie = moved(samples[0], [[at('f[0]'), 1n]]);
      const isOff = (left: readonly number[]): boolean => broken(systemOf(left.map((r) => rows[r]), l.system), lie, 1).length > 0; // prettier-ignore
      expect(isOff(own)).toBe(true);
      // what reads the floor follows it, and so do its own limbs
      expect(readers.length).toBeGreaterThan(0);
      expect(isOff([...rows.keys()].filter((r) => !mentions.includes(r)))).toBe(false);
    }
  });

  it('of more rows than a field element holds are folded by X: no group says what another one owes', async () => {
    const circuit = folded(8);
    const system = await linked(circuit);
    const at = system.wires.instances.findIndex(({ gadget }) => gadget.template === 'LookupMatmul');
    const { gadget, wire } = system.wires.instances[at];
    const [rows, , , together, bits, , shift] = gadget.args;
    expect(rows).toBeGreaterThan(together);
    const own = (name: string): number => wire(0, gadget.signals.indexOf(name));
    for (const seed of [0, 1, 2]) {
      const wires = honest(system, storedInputs(circuit, seed), X);
      expect(broken(system.system, wires, 1)).toEqual([]);
      const scaled = 1n << BigInt(shift);
      for (const lie of [
        ...[`f[0]`, `f[${rows - 1}]`, `f[${gadget.outputs - 1}]`].flatMap((name) => [1n, -1n, inverse(scaled)].map((by) => [[own(name), by] as const])), // prettier-ignore
        [[own('f[0]'), 1n], [own(`f[${together}]`), -1n]] as const, // prettier-ignore
        [[own(`f[${together - 1}]`), 1n << BigInt(bits - shift)], [own(`f[${together}]`), -1n]] as const, // prettier-ignore
      ]) {
        const told = moved(wires, lie);
        expect(broken(system.system, told, 1)).not.toEqual([]);
        expect(broken(system.system, solve(system, told.slice(1, 1 + system.system.nCommitted), X), 1)).not.toEqual([]);
      }
      // whoever knows X before the floors are committed moves X units from one group to the other: only their limbs refuse it
      const late = solve(system, moved(wires, [[own('f[0]'), mod(-X)], [own(`f[${together}]`), 1n]]).slice(1, 1 + system.system.nCommitted), X); // prettier-ignore
      expect(broken(system.system, late, 1)).not.toEqual([]);
      const closing = rowsOf(system.system).findIndex(([, , c]) => c.some(([w]) => w === own('f[0]')) && c.some(([w]) => w === own('total[0]'))); // prettier-ignore
      expect(closing).toBeGreaterThanOrEqual(0);
      expect(broken(systemOf([rowsOf(system.system)[closing]], system.system), late, 1)).toEqual([]);
    }
  });

  it('are linked where a floor has the coefficient 2^53, the first integer that is not exact', async () => {
    const circuit = folded(8, 10);
    const system = await linked(circuit);
    const at = system.wires.instances.findIndex(({ gadget }) => gadget.template === 'LookupMatmul');
    const { gadget, wire } = system.wires.instances[at];
    const [, , , , bits, , shift] = gadget.args;
    expect(shift + 2 * bits).toBe(53);
    const third = wire(0, gadget.signals.indexOf('f[2]'));
    expect(rowsOf(system.system).some(([, , c]) => c.some(([w, by]) => w === third && (by === 2n ** 53n || mod(-by) === 2n ** 53n)))).toBe(true); // prettier-ignore
    expect(broken(system.system, honest(system, storedInputs(circuit, 2), X), 1)).toEqual([]);
  });

  it('of blocks of different depths are kept apart by the shortest sum as well as by the longest', () => {
    const form = { accLo: 2 ** 20, accHi: 2 ** 20 };
    expect(sumInterval(form, form, [512, 1])).toEqual({ lo: 2 ** 40, hi: 2 ** 49 });
    expect(bitsApart({ lo: 2 ** 40, hi: 2 ** 49 }, { lo: 2 ** 49, hi: 2 ** 49 + 1 }, 0)).toBe(49);
    expect(sumInterval({ accLo: -3, accHi: -2 }, { accLo: 1, accHi: 5 }, [4, 2])).toEqual({ lo: -60, hi: -4 });
  });

  it('of another number of firsts, or of a first beyond the rows, are refused', () => {
    const circuit = folded(8);
    const at = circuit.steps.findIndex(({ own }) => (own as Partial<PackedOwn>).blocks !== undefined);
    const step = circuit.steps[at];
    const [block, ...others] = (step.own as PackedOwn).blocks;
    const read = (first: readonly number[]): unknown => {
      const blocks = [{ ...block, first: Int32Array.from(first) }, ...others];
      const steps = circuit.steps.with(at, { ...step, own: { ...(step.own as PackedOwn), blocks } });
      const shape = [blocks.reduce((sum, one) => sum + sizeOfBlock(one), 0)];
      const tensors = circuit.tensors.with(step.outs[0], { ...circuit.tensors[step.outs[0]], shape });
      return decodeCircuit(encodeCircuit({ ...circuit, steps, tensors }), 'circuit.json');
    };
    expect(read(Array.from(block.first))).toBeDefined();
    for (const first of [[0, 7], [0, 7, 16], [-1, 7, 14]]) expect(() => read(first)).toThrow(/row of the block|from 0|at least/); // prettier-ignore
  });
});
