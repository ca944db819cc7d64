// Random changes of honest committed wires, the rest solved, over circuits of every gadget of the lookup argument: none keeps all rows
// unless it says what an honest witness of its own inputs says.
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { INTEGER } from '#compiler/primitives/index.js';
import { sizeOf } from '#compiler/tensor.js';
import { R, mod } from '#verifier/field.js';
import { attention, choices, curves, decisions, divisions, exponentials, folded, forest, generator, norms, patterns, products, roots, saturated, sorted, storedInputs } from '../compiler/circuits.js'; // prettier-ignore
import { movesOf } from './moves.js';
import { quantisedNet, withTables } from './quantised-net.js';
import { filled, honest, linked, randomChallenge, solve, broken, withLookups, type Linked } from './solve.js';
import { tiny } from './tiny.js';

/** Of each kind on each circuit: 11,220 mutations in all, or 112,200. */
const ROUNDS = process.env['INFERPROOF_FULL'] === '1' ? 1100 : 110;

const looked = (circuit: Circuit): Circuit => withLookups(circuit, { rangeBits: 4, wide: [] });
const circuits: readonly (readonly [string, () => Circuit | Promise<Circuit>])[] = [
  ['tiny', tiny],
  ['products', () => looked(products())],
  ['choices', () => looked(choices())],
  ['decisions', () => looked(decisions())],
  ['divisions', () => looked(divisions())],
  ['patterns', () => looked(patterns())],
  ['forest', () => looked(forest())],
  ['forest by path', () => looked(forest(3))],
  ['sorted', () => sorted(4)],
  ['sigmoid and tanh', () => curves(3)],
  ['tanh between tails', () => withLookups(saturated(4), { rangeBits: 4, wide: [1] })],
  ['exponentials', () => exponentials(8)],
  ['norms', () => norms(8)],
  ['roots', () => roots(8)],
  ['attention', () => attention(8)],
  ['folded', () => folded(8)],
  ['quantised net', () => quantisedNet('lookup')],
  ['quantised net, with tables', async () => withTables(await quantisedNet('lookup'))],
];

const random = generator(20);
const below = (n: number): number => Math.floor(random() * n);
const amount = (): bigint => {
  const size = [1n, 2n, 15n, 16n, 256n, 1n << 30n, 1n << 31n, 1n << 100n, R - 3n][below(9)];
  return random() < 0.5 ? size : mod(-size);
};

type Lie = (a: readonly bigint[], b: readonly bigint[], multiplicities: number) => bigint[];

/** Of the committed wires of one honest witness, and of another one. */
const kinds: Readonly<Record<string, Lie>> = {
  'one wire': (a) => {
    const at = below(a.length);
    return a.with(at, mod(a[at] + amount()));
  },
  'two wires by opposite amounts': (a) => {
    const [p, q, by] = [below(a.length), below(a.length), amount()];
    const moved = a.with(p, mod(a[p] + by));
    return moved.with(q, mod(moved[q] - by));
  },
  'a wire, with a unit of multiplicity moved': (a, _, first) => {
    const moved = a.slice();
    const move = (at: number, by: bigint): void => void (moved[at] = mod(moved[at] + by));
    move(below(first), amount());
    move(first + below(a.length - first), -1n);
    move(first + below(a.length - first), 1n);
    return moved;
  },
  'part of another witness': (a, b) => {
    const share = random();
    return a.map((v, i) => (random() < share ? b[i] : v));
  },
  'everything but the multiplicities of another witness': (a, b, first) => a.map((v, i) => (i < first ? b[i] : v)),
  'a run of wires of another witness, with all its multiplicities': (a, b, first) => {
    const [from, length] = [below(first), 1 + below(8)];
    return a.map((v, i) => ((i >= from && i < from + length) || i >= first ? b[i] : v));
  },
};

/** Whether the committed tensors are those of the inputs among them. */
function isHonest(l: Linked, committed: readonly bigint[]): boolean {
  const { circuit, wires } = l;
  const valuesOf = (tensor: number): readonly bigint[] =>
    committed.slice(wires.tensors[tensor] - 1, wires.tensors[tensor] - 1 + sizeOf(circuit.tensors[tensor].shape));
  const inputs = new Map(circuit.inputs.map(({ tensor }) => [tensor, Float64Array.from(valuesOf(tensor), Number)]));
  for (const [tensor, values] of inputs) {
    const { lo, hi } = circuit.tensors[tensor];
    if (values.some((v) => v > hi - lo)) return false;
  }
  const { witness } = filled(l, inputs);
  return circuit.tensors.every((_, tensor) =>
    wires.tensors[tensor] > l.system.nCommitted ? true : valuesOf(tensor).every((v, i) => v === BigInt(witness.int(wires.tensors[tensor] + i))),
  ); // prettier-ignore
}

describe('a mutated witness is refused', () => {
  const seen = new Set<string>();
  it.each(circuits)('%s', async (name, build) => {
    const l = await linked(await build());
    for (const { gadget } of l.wires.instances) seen.add(basename(gadget.file));
    const X = randomChallenge();
    const of = movesOf(l);
    const samples = [0, 1, 2, 3, 4].map((seed) => {
      const wires = honest(l, storedInputs(l.circuit, seed), X);
      return { wires, committed: wires.slice(1, 1 + l.system.nCommitted), moves: of(wires) };
    });
    const first = l.wires.challenge!.tables[0].m - 1;
    const changesOf = (from: readonly bigint[], to: readonly bigint[]): Map<number, bigint> =>
      new Map(to.flatMap((v, i) => (v === from[i] ? [] : [[i + 1, v] as const])));
    expect(samples[0].moves.keeps(changesOf(samples[0].committed, samples[1].committed)), 'all of another').toBe(true);
    let accepted = 0;
    for (const [kind, mutate] of Object.entries(kinds))
      for (let round = 0; round < ROUNDS; round++) {
        const { committed, moves } = samples[below(samples.length)];
        const lie = mutate(committed, samples[below(samples.length)].committed, first);
        const changes = changesOf(committed, lie);
        if (changes.size === 0) continue;
        const isKept = moves.keeps(changes);
        if (round === 0) expect(broken(l.system, solve(l, lie, X)).length === 0, `${kind}, solved whole`).toBe(isKept);
        if (!isKept) continue;
        accepted++;
        expect(isHonest(l, lie), `${name}: ${kind}, round ${round}`).toBe(true);
      }
    // the inverse of a difference that is 0, and another honest witness
    expect(accepted).toBeLessThan(ROUNDS / 2);
  });

  it('by every primitive that has rows', () => {
    const known = new Set(INTEGER.map(({ kind }) => kind));
    for (const kind of ['input', 'output']) known.delete(kind); // of tables that others look up too
    expect([...known].filter((kind) => !seen.has(kind))).toEqual([]);
  });
});
