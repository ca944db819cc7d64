import { runInNewContext } from 'node:vm';
import { difference } from '#compiler/circuit/equivalence.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { link, stampedGadgets } from '#compiler/circuit/link.js';
import { parseR1cs } from '#compiler/circuit/r1cs.js';
import { readStamps, stampSource } from '#compiler/circuit/stamp.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { circomWires, emitCircom } from '#compiler/emit/circom.js';
import { table } from '#compiler/emit/circom-tables.js';
import { compileCircom, parseSym } from '#prover/circom/compile.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { circuits, perceptron, products } from '../circuits.js';

const includes = ['circuits'];

interface Compiled {
  readonly system: RowSystem;
  readonly signals: Map<string, number>;
}

async function compiled(source: string): Promise<Compiled> {
  const { r1cs, sym } = await compileCircom({ source }, { includes, optimise: 'O0' });
  return { system: parseR1cs(r1cs).system, signals: parseSym(sym) };
}

async function linked(circuit: Circuit): Promise<RowSystem> {
  const wires = arrange(circuit);
  const gadgets = stampedGadgets(wires);
  const { system, signals } = await compiled(stampSource(gadgets));
  return link(wires, readStamps(gadgets, system, signals));
}

describe.each(circuits)('%s', (_, build) => {
  const circuit = build();

  test('circom makes the rows of the linker of model.circom', async () => {
    const { system, signals } = await compiled(emitCircom(arrange(circuit)));
    const rows = await linked(circuit);
    expect(rows.nRows).toBe(arrange(circuit).rows);
    const wireOf = circomWires(arrange(circuit));
    expect(difference(rows, system, signals, wireOf)).toEqual({ missing: [], surplus: [] });
    // every wire of the layout has one signal; context and words are public and come first
    const wires = [...signals.keys()].flatMap((name) => wireOf(name) ?? []);
    expect([...new Set(wires)].length).toBe(wires.length);
    expect(wires.length).toBe(arrange(circuit).nWires - 1);
    expect(system.nPublic).toBe(rows.nPublic);
    for (const [name, wire] of signals) if (wire <= system.nPublic) expect(wireOf(name)).toBe(wire);
  });

  test('no line holds more constants than circom can parse', () => {
    for (const line of emitCircom(arrange(circuit)).split('\n')) expect(line.split(',').length).toBeLessThan(200);
  });
});

describe('a circuit that differs is told apart', () => {
  test.each<[what: string, build: () => Circuit, change: (source: string) => string]>([
    [
      'another weight',
      perceptron,
      (source) =>
        source.replace(/(weights0\[60\] = \[)(-?\d+)/, (_, a: string, w: string) => a + String(Number(w) + 1)),
    ],
    ['a range left out', perceptron, (source) => source.replace('g[i].x <== x[(i)];', 'g[i].x <== x[0];')],
    ['another packing', perceptron, (source) => source.replace('(1 << (bits * i))', '(1 << (bits * i + 1))')],
    [
      'a row more',
      perceptron,
      (source) => source.replace('signal input context;', 'signal input context;\n    context === 0;'),
    ],
    ['another factor', products, (source) => source.replace('g[at].b <== sum;', 'g[at].b <== 0;')],
    ['factors of other elements', products, (source) => source.replace('(-1 * (at) + 3)', '(at)')],
    ['a product stored from elsewhere', products, (source) => source.replace(/(Product\(-?\d+)\)/, '$1 + 1)')],
  ])('%s', async (_, build, change) => {
    const circuit = build();
    const source = emitCircom(arrange(circuit));
    expect(change(source)).not.toBe(source);
    const { system, signals } = await compiled(change(source));
    const { missing, surplus } = difference(await linked(circuit), system, signals, circomWires(arrange(circuit)));
    expect(missing.length + surplus.length).toBeGreaterThan(0);
  });
});

test('names of the model do not leave their comments', () => {
  const circuit = perceptron();
  const bad = 'a\ncomponent main = Evil(); // \u2028é';
  const tensors = circuit.tensors.map((tensor) => ({ ...tensor, name: bad, node: bad, operator: bad }));
  const inputs = circuit.inputs.map((input) => ({ ...input, name: bad }));
  const lines = emitCircom(arrange({ ...circuit, tensors, inputs })).split('\n');
  expect(lines.filter((line) => line.includes('Evil') && !line.startsWith('// ')).map((line) => line.trim())).toEqual([
    'signal input input_a_component_main___Evil_________[12];',
    'l0.x <== input_a_component_main___Evil_________;',
    'l1.x0 <== input_a_component_main___Evil_________;',
    'words0.u <== input_a_component_main___Evil_________;',
  ]);
  expect(lines.every((line) => /^[\x20-\x7e]*$/.test(line))).toBe(true);
});

/** circom's integer division, whose left side stands in parentheses, as JavaScript's. */
function floors(text: string): string {
  const at = text.indexOf(' \\ ');
  if (at < 0) return text;
  let open = at - 1;
  for (let depth = 1; depth > 0;) depth += { ')': 1, '(': -1 }[text[--open]] ?? 0;
  const right = /^\d+/.exec(text.slice(at + 3))?.[0] ?? '';
  return floors(
    `${text.slice(0, open)}Math.floor(${text.slice(open, at)} / ${right})${text.slice(at + 3 + right.length)}`,
  );
}

describe('tables of constants', () => {
  /** What circom would read: the table's own lines and the expression, in JavaScript. */
  const read = (values: number[]): number[] => {
    const { lines, at } = table('t', values);
    const code = lines
      .map((line) => line.replace(/^var t\[\d+\]\[\d+\];/, 'var t = [];').replace(/^var t\[\d+\]/, 'var t'))
      .join('\n');
    const integer = floors(at('i'));
    return values.map(
      (_, i) =>
        Number(
          runInNewContext(
            `${code}
${integer}`,
            { i },
          ),
        ) + 0,
    );
  };

  test('any list reads back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 200 }), (list) => {
        expect(read(list)).toEqual(list);
      }),
    );
  });

  const random = Array.from({ length: 6 }, (_, i) => (i * i * 37) % 11);
  test.each<[what: string, list: number[], lines: number]>([
    ['one number', [7], 0],
    ['a constant', [3, 3, 3], 0],
    ['an even row', [4, 6, 8, 10], 0],
    ['pairs', [0, 0, 1, 1, 2, 2], 0],
    ['one number a channel', random.flatMap((x) => new Array<number>(20).fill(x)), 1],
    [
      'the same borders in every channel',
      Array.from({ length: 60 }, (_, i) => random[i % 6] + 9 * Math.floor(i / 6)),
      1,
    ],
    [
      'rows and columns of windows',
      Array.from({ length: 48 }, (_, i) => 2 * (i % 4) + 16 * (Math.floor(i / 4) % 3) + 100 * Math.floor(i / 12)),
      0,
    ],
  ])('%s', (_, list, lines) => {
    expect(table('t', list).lines.length).toBe(lines);
    expect(read(list)).toEqual(list);
  });
});
