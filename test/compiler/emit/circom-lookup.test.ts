import type { Circuit } from '#compiler/circuit/circuit.js';
import { difference, type Difference } from '#compiler/circuit/equivalence.js';
import { gadgetKey } from '#compiler/primitives/gadget.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { parseR1cs } from '#compiler/circuit/r1cs.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { circomWires, emitCircom } from '#compiler/emit/circom.js';
import { compileCircom, parseSym } from '#prover/circom/compile.js';
import { linkCircuit } from '#prover/circom/link.js';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  attention,
  choices,
  convolutional,
  curves,
  decisions,
  exponentials,
  folded,
  norms,
  roots,
  perceptron,
  products,
  saturated,
  sorted,
  tabular,
} from '../circuits.js';
import { circuitOf, outputsOf, sketch } from '../sketch.js';
import { clamps, withLookups } from '../../lookup/solve.js';

interface Compiled {
  readonly system: RowSystem;
  readonly signals: Map<string, number>;
}

async function compiled(source: string): Promise<Compiled> {
  const { r1cs, sym } = await compileCircom({ source }, { includes: ['circuits'], optimise: 'O0' });
  return { system: parseR1cs(r1cs).system, signals: parseSym(sym) };
}

const compare = (circuit: Circuit, linked: RowSystem, { system, signals }: Compiled): Difference =>
  difference(linked, system, signals, circomWires(arrange(circuit)));

/** x [1, 6] -> maxima of groups of 3, 2 and 1 -> the position of the largest. */
function pooled(): Circuit {
  const net = sketch();
  const x = net.input('x', [1, 6]);
  const m = net.groups('m', [1, 3], x, 'max', [0, 3, 5, 6], [5, 1, 3, 0, 2, 4]);
  const a = net.groups('a', [1], m, 'argmax', [0, 3], [0, 1, 2]);
  return circuitOf(net, outputsOf(net, a, m), { ranges: { x: [[-1, 1]] } });
}

const oneLimb = (circuit: Circuit): Circuit => withLookups(circuit, { rangeBits: 8, wide: [] });
const limbs = (circuit: Circuit): Circuit => withLookups(circuit, { rangeBits: 3, wide: clamps(circuit).slice(0, 1) });
const wide = (circuit: Circuit): Circuit => withLookups(circuit, { rangeBits: 7, wide: clamps(circuit) });
const secret = (circuit: Circuit): Circuit => {
  return { ...circuit, options: { ...circuit.options, public: 'none' }, publics: [] };
};
const cases: [string, Circuit][] = [
  ['perceptron, one limb of 10 bits', withLookups(perceptron(), { rangeBits: 10, wide: [] })],
  ['perceptron, wide, one limb of 10 bits', withLookups(perceptron(), { rangeBits: 10, wide: clamps(perceptron()) })],
  ['perceptron, limbs', limbs(perceptron())],
  ['convolutional, one limb', oneLimb(convolutional())],
  ['convolutional, wide', wide(convolutional())],
  ['tabular, one limb', oneLimb(tabular())],
  ['tabular, limbs, without public values', secret(limbs(tabular()))],
  ['pooled, one limb of 12 bits', withLookups(pooled(), { rangeBits: 12, wide: [] })],
  ['pooled, limbs', limbs(pooled())],
  ['products, wide', wide(products())],
  ['products, limbs', limbs(products())],
  ['decisions, one limb', oneLimb(decisions())],
  ['decisions, limbs', limbs(decisions())],
  ['sigmoid and tanh, one limb', curves(8)],
  ['norms, one limb', norms(12)],
  ['norms, limbs', norms(5)],
  ['roots', roots()],
  ['attention, one limb', attention(12)],
  ['folded', folded(8)],
  ['choices', oneLimb(choices())],
  ['sorted, one limb', sorted(12)],
  ['sorted, limbs', sorted(3)],
  ['exponentials, one limb', exponentials(12)],
  ['exponentials, limbs', exponentials(5)],
  ['tanh between tails, one limb', withLookups(saturated(6), { rangeBits: 6, wide: [1] })],
  ['tanh between tails, limbs', withLookups(saturated(6), { rangeBits: 3, wide: [1] })],
  ['sigmoid and tanh, limbs', withLookups(curves(8), { rangeBits: 3, wide: [] })],
];

describe.concurrent.each(cases)('%s', (_, circuit) => {
  test('circom makes the rows of the linker of model.circom', async () => {
    const wires = arrange(circuit);
    const linked = await linkCircuit(wires);
    const { system, signals } = await compiled(emitCircom(arrange(circuit)));
    expect(linked.nRows).toBe(wires.rows);
    expect(compare(circuit, linked, { system, signals })).toEqual({ missing: [], surplus: [] });
    // every wire of the layout has one signal
    const wireOf = circomWires(wires);
    const own = [...signals].flatMap(([name, wire]) => {
      const at = wireOf(name);
      return at === undefined ? [] : [{ wire, at }];
    });
    expect(own.map(({ at }) => at).sort((a, b) => a - b)).toEqual(
      Array.from({ length: wires.nWires - 1 }, (_, i) => 1 + i),
    );
    // X and F are public and come first, the inputs behind them are the committed block
    expect(system.nPublic).toBe(2);
    const places = new Map(own.map(({ wire, at }) => [wire, at]));
    const inputs = Array.from({ length: 2 + wires.nCommitted }, (_, i) => places.get(1 + i) ?? 0);
    expect(inputs.slice(0, 2)).toEqual([wires.nCommitted + 1, wires.nCommitted + 2]);
    expect(inputs.slice(2).sort((a, b) => a - b)).toEqual(Array.from({ length: wires.nCommitted }, (_, i) => 1 + i));
  });

  test('no line holds more constants than circom can parse', () => {
    for (const line of emitCircom(arrange(circuit)).split('\n')) expect(line.split(',').length).toBeLessThan(200);
  });
});

test('the cases hold every gadget, with one limb and with more, and a range from both ends', () => {
  const keys = new Set(
    cases.flatMap(([, circuit]) => arrange(circuit).instances.map(({ gadget }) => gadgetKey(gadget))),
  );
  const args = (template: string): number[][] =>
    [...keys].flatMap((key) => {
      const [name, list] = key.split(/[()]/);
      return name === template ? [list.split(',').map(Number)] : [];
    });
  const limbsOf: [string, (args: number[]) => number][] = [
    ['LookupRange', ([L]) => L],
    ['LookupMax', ([L]) => L],
    ['LookupArgmax', ([, L]) => L],
    ['LookupSort', ([, , L]) => L],
    ['LookupRescale', ([s, w]) => Math.ceil(s / w)],
    ['LookupWide', ([s, w]) => Math.ceil(s / w)],
    ['LookupTails', ([s, w]) => Math.ceil(s / w)],
    ['LookupFloor', ([s, w]) => Math.ceil(s / w)],
    ['LookupNormalise', ([M, p, w, isRoot]) => (isRoot === 1 ? Math.ceil((M - p) / w) : 0)],
    ['LookupNormalise', ([M, p, w, , isLog]) => (isLog === 1 ? Math.ceil((M - p) / w) : 0)],
  ];
  for (const [template, count] of limbsOf) {
    const counts = args(template).map(count);
    // 0 where a form is a key as it is
    expect(counts, template).toContain(1);
    expect(Math.max(...counts), template).toBeGreaterThan(1);
  }
  expect(cases.some(([, circuit]) => emitCircom(arrange(circuit)).includes('u1_g[i].x <== 12 - x[(i)];'))).toBe(true);
});

describe.concurrent('a difference is found', () => {
  const dense = wide(perceptron());
  const pool = limbs(pooled());
  const times = oneLimb(products());
  const linked = new Map<Circuit, RowSystem>();
  beforeAll(async () => {
    for (const circuit of [dense, pool, times]) linked.set(circuit, await linkCircuit(arrange(circuit)));
  });

  test.each<[what: string, circuit: Circuit, from: string | RegExp, to: string]>([
    ['another key in a table', dense, /(g\[i\]\.key <== )(-?\d+ \+ )?i/, '$1$2i + 1'],
    ['a look-up that no sum counts', dense, /(total\d+\.x\[next\d+\]) <== (g\[i\]\.\w+);/, '$1 <== 0 * $2;'],
    ['one sum for two tables', dense, /t0\.sum === (.*);([^]*)t1\.sum === (.*);/, '$2t0.sum + t1.sum === $1 + $3;'],
    ['a table whose sum is free', dense, /t1\.sum === .*;/, ''],
    ['multiplicities from another row', dense, 'g[i].m <== m[i];', 'g[i].m <== m[0];'],
    ['multiplicities of another table', dense, 't1.m <== m1;', 't1.m <== m0;'],
    ['a smaller power for beta', dense, 'beta <== g[k - 1].square;', 'beta <== g[k - 2].square;'],
    ['beta that is no power', dense, 'g[i].x <== g[i - 1].square;', 'g[i].x <== X;'],
    ['beta in the place of X', dense, 'powers.X <== X;', 'powers.X <== F;'],
    ['another committed remainder', dense, 'g[i].r <== r[i];', 'g[i].r <== r[0];'],
    ['a committed value that the gadget does not read', dense, 'g[i].y <== y[i];', 'g[i].y <== 0;'],
    ['words in another order', dense, 'word[n - 1 - i]', 'word[i]'],
    ['a word left out of F', dense, 'g[i].f <== g[i - 1].next;', 'g[i].f <== 0;'],
    ['F that nothing binds', dense, 'F === g[n - 1].next;', ''],
    ['a layer that reads other values', dense, /(l\d\.x0) <== l\d_y;/, '$1 <== l1_c;'],
    ['another weight', dense, /(weights0\[60\] = \[)/, '$11 + '],
    ['a maximum of other members', pool, /(g\[i\]\.b <== acc\[.*)\];/, '$1 - 1];'],
    ['a maximum that is not the last', pool, /(y\[to0\[.*\] <== m)\[i\];/, '$1[i > 0 ? i - 1 : i];'],
    ['a maximum of an element and not of the pair before', pool, /(g\[i\]\.a <== )m\[.*\];/, '$1acc[0];'],
    ['another factor', times, /(g\[at\]\.b <== )sum;/, '$10;'],
    ['a product stored from elsewhere', times, /(Product\(-?\d+)\)/, '$1 + 1)'],
    ['a product of another instance', times, 'y[i] <== g[i].z;', 'y[i] <== g[0].z;'],
    ['a limb of another instance', pool, 'g[i].l <== l[i];', 'g[i].l <== l[0];'],
    ['a row more', pool, 'signal input F;', 'signal input F;\n    X * F === 0;'],
  ])('%s', async (_, circuit, from, to) => {
    const source = emitCircom(arrange(circuit));
    const changed = source.replace(from, to);
    expect(changed).not.toBe(source);
    const rows = linked.get(circuit);
    expect(rows).toBeDefined();
    if (!rows) return;
    const { missing, surplus } = compare(circuit, rows, await compiled(changed));
    expect(missing.length + surplus.length).toBeGreaterThan(0);
  });
});
