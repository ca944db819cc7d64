// Lies about an order over the linked rows: each is refused, and passes once what refuses it is gone.
import { beforeAll, describe, expect, it } from 'vitest';
import { prove, setup } from '#prover/index.js';
import { inverse, mod } from '#verifier/field.js';
import { verify } from '#verifier/index.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { circuitOf, outputsOf, sketch } from '../compiler/sketch.js';
import { changed, sumRow } from './rows.js';
import { broken, filled, honest, linked, randomChallenge, solve, type Linked } from './solve.js';

const X = randomChallenge();
const circuit = ordered();
const stored = new Map([[circuit.inputs[0].tensor, Float64Array.of(9, 3, 12)]]);
let l: Linked;
let committed: bigint[];

beforeAll(async () => {
  l = await linked(circuit);
  committed = honest(l, stored, X).slice(1, 1 + l.system.nCommitted);
});

/** The first two of three values of four bits, which nothing but the outputs reads. */
function ordered(): Circuit {
  const net = sketch();
  const outputs = net.sorted('s', net.input('x', [1, 3]), 3, 2, [0, 1, 2]);
  return circuitOf(net, outputsOf(net, ...outputs), { ranges: { x: [[-1, 2]] }, bits: 4, rangeBits: 4 });
}

const passes = (system: Linked, values: readonly bigint[]): boolean =>
  broken(system.system, solve(system, values, X)).length === 0;

/** The gadget, and what is on its signals. */
function instance() {
  const group = l.wires.instances.findIndex(({ gadget }) => gadget.template === 'LookupSort');
  const { gadget, wire } = l.wires.instances[group];
  const at = (name: string): number => wire(0, gadget.signals.indexOf(name));
  return { gadget, group, at, value: (name: string): bigint => committed[at(name) - 1] };
}

/** Other values on some signals, and the multiplicities that their look-ups want where every key is in its table. */
function lie(changes: Readonly<Record<string, bigint>>, hits: Readonly<Record<number, bigint>>): bigint[] {
  const { gadget, group, at } = instance();
  const values = committed.slice();
  for (const [name, v] of Object.entries(changes)) values[at(name) - 1] = mod(v);
  const rows = filled(l, stored).hits[group];
  for (const [lookup, key] of Object.entries(hits)) {
    const { m, table } = l.wires.challenge!.tables.find((one) => one.table === gadget.lookups![Number(lookup)].table)!;
    values[m + rows[Number(lookup)] - 1] -= 1n;
    if (key >= 0n && key < BigInt(table.size)) values[m + Number(key) - 1] += 1n;
  }
  return values.map(mod);
}

/** The system without the row and the term in a sum of one look-up. */
function without(lookup: number): Linked {
  const { gadget, at } = instance();
  const { table, inverse: signal } = gadget.lookups![lookup];
  const wire = at(gadget.signals[signal]);
  const sum = sumRow(l, l.wires.challenge!.tables.findIndex((one) => one.table === table)); // prettier-ignore
  return changed(l, (rows) =>
    rows.flatMap((row, i) => {
      if (i === sum) return [[row[0], row[1], row[2].filter(([w]) => w !== wire)] as const];
      return row[0].some(([w]) => w === wire) ? [] : [row];
    }),
  );
}

/** The system without the row in which both products meet. */
function withoutProducts(): Linked {
  const { at } = instance();
  const wire = at('before[1]');
  return changed(l, (rows) => rows.filter(([a, , c]) => !(c.some(([w]) => w === wire) && a.some(([w]) => w === at('after[0]'))))); // prettier-ignore
}

const key = (value: bigint, index: bigint): bigint => 3n * value + 2n - index;
/** Look-ups of positions, of values (one limb each) and of differences. */
const [POSITION, VALUE, GAP] = [0, 2, 4];

describe('sort', () => {
  it('has its rows in the stated number', () => {
    const { gadget } = instance();
    expect(gadget.args).toEqual([3, 2, 2, 1, 4]);
    expect(gadget.rows).toBe(2 * (2 + 2) + 2 * (1 + 1));
    expect(gadget.lookups).toHaveLength(2 + 2 + 4);
    expect(passes(l, committed)).toBe(true);
  });

  it('refuses every committed wire at another value', () => {
    for (const { gadget, count, wire } of l.wires.instances.filter((one) => one.gadget.template === 'LookupSort'))
      for (let i = 0; i < count; i++)
        for (let s = 0; s < gadget.committed!; s++)
          for (const by of [1n, -1n, 3n, -16n, inverse(2n), inverse(3n), 1n << 200n]) {
            const w = wire(i, s);
            expect(passes(l, committed.with(w - 1, mod(committed[w - 1] + by))), gadget.signals[s]).toBe(false);
          }
  });

  it('refuses a repeated key, which passes where the products need not meet', () => {
    const { value } = instance();
    const repeated = lie(
      {
        'value[1]': value('value[0]'),
        'index[1]': value('index[0]'),
        'gap[0][0]': 0n,
        ...limbs('gap[1]', key(value('value[0]'), value('index[0]')) - value('rest[0]')),
      },
      {
        [POSITION + 1]: 2n - value('index[0]'),
        [VALUE + 1]: value('value[0]'),
        [GAP]: 0n,
        [GAP + 1]: 0n,
        ...hits(GAP + 2, key(value('value[0]'), value('index[0]')) - value('rest[0]')),
      },
    );
    expect(passes(l, repeated)).toBe(false);
    expect(passes(withoutProducts(), repeated)).toBe(true);
  });

  it('refuses a swapped pair, which passes without the look-up of its difference', () => {
    const { value } = instance();
    const [first, second] = [0, 1].map((j) => [value(`value[${j}]`), value(`index[${j}]`)] as const);
    const gap = key(...first) - value('rest[0]');
    const back = mod(key(...second) - key(...first));
    const swapped = lie(
      {
        ...{ 'value[0]': second[0], 'index[0]': second[1], 'value[1]': first[0], 'index[1]': first[1] },
        ...{ 'gap[0][0]': 0n, ...limbs('gap[1]', gap) },
      },
      { [GAP]: 0n, [GAP + 1]: mod(back * inverse(16n)), ...hits(GAP + 2, gap) },
    );
    expect(passes(l, swapped)).toBe(false);
    expect(passes(without(GAP + 1), swapped)).toBe(true);
  });

  it('refuses a fractional value with the index of another element, which passes without the look-up of the value', () => {
    const { value } = instance();
    const [v, i] = [value('value[1]'), value('index[1]')];
    const other = (i + 1n) % 3n;
    const fraction = mod((key(v, i) - (2n - other)) * inverse(3n));
    const lied = lie(
      { 'value[1]': fraction, 'index[1]': other },
      { [POSITION + 1]: 2n - other, [VALUE + 1]: fraction },
    );
    expect(passes(l, lied)).toBe(false);
    expect(passes(without(VALUE + 1), lied)).toBe(true);
  });

  it('refuses an index beyond its group with a smaller value, which passes without the look-up of the index', () => {
    const { value } = instance();
    const [v, i] = [value('value[1]'), value('index[1]')];
    expect(v).toBeGreaterThan(0n);
    const lied = lie({ 'value[1]': v - 1n, 'index[1]': i - 3n }, { [POSITION + 1]: 5n - i, [VALUE + 1]: v - 1n });
    expect(passes(l, lied)).toBe(false);
    expect(passes(without(POSITION + 1), lied)).toBe(true);
  });
});

it('is proved: what follows from the challenge is filled after it', async () => {
  const { provingKey, vkey } = await setup(circuit, { dev: true });
  const samples = { count: 1, inputs: { x: Float64Array.of(0.8, -0.4, 1.4) } };
  const { proof } = await prove(circuit, provingKey, vkey, samples, {});
  const answer = verify(vkey, proof, { allowInsecureKey: true });
  expect(answer).toMatchObject({ valid: true, outputs: { s: { ints: [12, 9] }, 's at': { ints: [2, 0] } } });
});

function limbs(name: string, difference: bigint): Record<string, bigint> {
  return { [`${name}[0]`]: difference % 16n };
}

/** What both limbs of a difference hit. */
function hits(lookup: number, difference: bigint): Record<number, bigint> {
  return { [lookup]: difference % 16n, [lookup + 1]: difference / 16n };
}
