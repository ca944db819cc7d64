import type { Circuit } from '#compiler/circuit/circuit.js';
import { difference, type Difference } from '#compiler/circuit/equivalence.js';
import { gadgetKey } from '#compiler/circuit/gadget.js';
import { countRows, layout } from '#compiler/circuit/layout.js';
import { parseR1cs } from '#compiler/circuit/r1cs.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { circomWires, emitCircom } from '#compiler/emit/circom.js';
import type { Step, Value } from '#compiler/graph.js';
import { compileCircom, parseSym } from '#prover/circom/compile.js';
import { linkCircuit } from '#prover/circom/link.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { circuitOf, convolutional, perceptron, tabular } from '../circuits.js';
import { withLookups } from '../../lookup/solve.js';

interface Compiled {
  readonly system: RowSystem;
  readonly signals: Map<string, number>;
}

async function compiled(source: string): Promise<Compiled> {
  const { r1cs, sym } = await compileCircom({ source }, { includes: ['circuits'], optimise: 'O0' });
  return { system: parseR1cs(r1cs).system, signals: parseSym(sym) };
}

const compare = (circuit: Circuit, linked: RowSystem, { system, signals }: Compiled): Difference =>
  difference(linked, system, signals, circomWires(circuit, layout(circuit)));

/** Rescales that may be wide. */
const clamps = ({ steps }: Circuit): number[] =>
  steps.flatMap((step, s) => (step.kind === 'rescale' && step.f.kind === 'clamp' ? [s] : []));

/** x [1, 6] -> maxima of groups of 3, 2 and 1 -> the position of the largest. */
function pooled(): Circuit {
  const value = (name: string, shape: number[], operator: string): Value => {
    return { name, shape, dtype: 'float32', node: name, operator };
  };
  const built = {
    values: [value('x', [1, 6], 'input'), value('m', [1, 3], 'MaxPool'), value('a', [1], 'ArgMax')],
    steps: [
      { kind: 'input', out: 0 },
      { kind: 'max', out: 1, x: 0, starts: Int32Array.of(0, 3, 5, 6), members: Int32Array.of(5, 1, 3, 0, 2, 4) },
      { kind: 'argmax', out: 2, x: 1, starts: Int32Array.of(0, 3), members: Int32Array.of(0, 1, 2) },
    ] satisfies Step[],
  };
  const outputs = [
    { name: 'a', value: 2, softmax: null },
    { name: 'm', value: 1, softmax: null },
  ];
  return circuitOf(built, outputs, { ranges: { x: [[-1, 1]] } });
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
];

describe.each(cases)('%s', (_, circuit) => {
  test('circom makes the rows of the linker of model.circom', async () => {
    const wires = layout(circuit);
    const linked = await linkCircuit(wires);
    const { system, signals } = await compiled(emitCircom(circuit));
    expect(linked.nRows).toBe(countRows(circuit));
    expect(compare(circuit, linked, { system, signals })).toEqual({ missing: [], surplus: [] });
    // every wire of the layout has one signal
    const wireOf = circomWires(circuit, wires);
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
    for (const line of emitCircom(circuit).split('\n')) expect(line.split(',').length).toBeLessThan(200);
  });
});

test('the cases hold every gadget, with one limb and with more, and a range from both ends', () => {
  const keys = new Set(
    cases.flatMap(([, circuit]) => layout(circuit).instances.map(({ gadget }) => gadgetKey(gadget))),
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
    ['LookupRescale', ([s, w]) => Math.ceil(s / w)],
    ['LookupWide', ([s, w]) => Math.ceil(s / w)],
    ['LookupFloor', ([s, w]) => Math.ceil(s / w)],
  ];
  for (const [template, count] of limbsOf) {
    const counts = args(template).map(count);
    expect(Math.min(...counts), template).toBe(1);
    expect(Math.max(...counts), template).toBeGreaterThan(1);
  }
  expect(cases.some(([, circuit]) => emitCircom(circuit).includes('mirror_g[i].x <== 12 - x[i];'))).toBe(true);
});

describe('a difference is found', () => {
  const dense = wide(perceptron());
  const pool = limbs(pooled());
  const linked = new Map<Circuit, RowSystem>();
  beforeAll(async () => {
    for (const circuit of [dense, pool]) linked.set(circuit, await linkCircuit(layout(circuit)));
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
    ['a maximum of other members', pool, 'g[p].b <== acc[k];', 'g[p].b <== acc[k - 1];'],
    ['a maximum that is not the last', pool, 'y[i] <== m[p];', 'y[i] <== m[p > 0 ? p - 1 : p];'],
    ['a limb of another instance', pool, 'g[i].l <== l[i];', 'g[i].l <== l[0];'],
    ['a row more', pool, 'signal input F;', 'signal input F;\n    X * F === 0;'],
  ])('%s', async (_, circuit, from, to) => {
    const source = emitCircom(circuit);
    const changed = source.replace(from, to);
    expect(changed).not.toBe(source);
    const rows = linked.get(circuit);
    expect(rows).toBeDefined();
    if (!rows) return;
    const { missing, surplus } = compare(circuit, rows, await compiled(changed));
    expect(missing.length + surplus.length).toBeGreaterThan(0);
  });
});
