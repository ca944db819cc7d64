// Dishonest committed values over the linked rows, the rest of the witness solved for them. Each lie is refused, and passes once the
// one rule that refuses it is broken.
import { beforeAll, describe, expect, it } from 'vitest';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { definitions } from '#compiler/circuit/determined.js';
import { R, inverse, mod } from '#verifier/field.js';
import { storedInputs } from '../compiler/circuits.js';
import { changed, rowsOf, sumRow, systemOf, withTableRow, type Row } from './rows.js';
import { broken, filled, honest, linked, randomChallenge, solve, type Linked } from './solve.js';
import { tiny } from './tiny.js';

const circuit = tiny();
const stored = storedInputs(circuit, 5);
const X = randomChallenge();
let l: Linked;
let honestWires: bigint[];
let committed: bigint[];

beforeAll(async () => {
  l = await linked(circuit);
  honestWires = honest(l, stored, X);
  committed = honestWires.slice(1, 1 + l.system.nCommitted);
});

/** Rows that the committed values break when the rest is solved; values by wire. */
const refusedBy = (system: Linked, values: readonly bigint[], at = X): number[] =>
  broken(system.system, solve(system, values, at));

const accepted = (system: Linked, values: readonly bigint[], at = X): boolean =>
  refusedBy(system, values, at).length === 0;

/** Committed values with some wires changed by an amount. */
const moved = (...by: [wire: number, amount: bigint][]): bigint[] => {
  const values = committed.slice();
  for (const [wire, amount] of by) values[wire - 1] = mod(values[wire - 1] + amount);
  return values;
};

/** The multiplicity of a key. */
const mOf = (table: number, key: number): number => {
  const { table: own, m } = l.wires.challenge!.tables[table];
  return m + key - own.first;
};

interface Element {
  readonly y: number;
  /** Lowest and highest limb of the remainder, and their tables. */
  readonly low: { readonly wire: number; readonly table: number };
  readonly top: { readonly wire: number; readonly table: number };
  /** Its floor, inside the activation, and its function table. */
  readonly q: number;
  readonly fun: number;
}

const f = (q: number): number => Math.min(Math.max(q, 0), 15);

/** An element of the rescale that the output alone reads, so that a lie about it breaks nothing else. */
function lively(): Element {
  const isLast = ({ of }: (typeof l.wires.instances)[number]): boolean =>
    of?.step.kind === 'rescale' && circuit.tensors[of.step.outs[0]].name === 'k';
  const group = l.wires.instances.findIndex(isLast);
  const { gadget, wire } = l.wires.instances[group];
  const lookups = gadget.lookups!;
  const hits = filled(l, stored).hits[group];
  const numberOf = (i: number): number =>
    l.wires.challenge!.tables.findIndex(({ table }) => table === lookups[i].table);
  for (let i = 0; i < 3; i++) {
    const q = hits[i * lookups.length] + lookups[0].table.first;
    if (q <= 2 || q >= 14) continue;
    return {
      y: wire(i, 0),
      low: { wire: wire(i, 1), table: numberOf(1) },
      top: { wire: wire(i, gadget.committed! - 1), table: numberOf(lookups.length - 1) },
      q,
      fun: numberOf(0),
    };
  }
  throw new Error('expected an element with a floor of [3, 13]');
}

/** The remainder larger by 2^s and the floor one less, or the other way round: the key that its highest limb then has is `key`. */
function borrowed({ y, top, q, fun }: Element, sign: 1 | -1): { lie: bigint[]; key: bigint } {
  const old = committed[top.wire - 1];
  const by = BigInt(sign * l.wires.challenge!.tables[top.table].table.size);
  const lie = moved(
    [top.wire, by],
    [mOf(top.table, Number(old)), -1n],
    [y, BigInt(f(q - sign) - f(q))],
    [mOf(fun, q), -1n],
    [mOf(fun, q - sign), 1n],
  );
  return { lie, key: old + by };
}

/** y moved, its multiplicity taken back and nothing put in its place. */
const lieAboutOutput = (at: Element, by: bigint): bigint[] => moved([at.y, by], [mOf(at.fun, at.q), -1n]);

/** The circuit with X in the place of beta wherever this function table is looked up. */
function betaIsX(fun: number): Linked {
  const { X: challenge, powers, tables } = l.wires.challenge!;
  const { table, g } = tables[fun];
  const own = new Set(Array.from({ length: table.size }, (_, i) => g + i));
  for (const { gadget, count, wire } of l.wires.instances)
    for (const { table: used, kappa } of gadget.lookups ?? [])
      if (used === table && kappa !== null) for (let i = 0; i < count; i++) own.add(wire(i, kappa));
  const rename = (side: [number, bigint][]): [number, bigint][] =>
    side.map(([wire, c]) => [wire === powers.at(-1) ? challenge : wire, c]);
  return changed(l, (rows) =>
    rows.map(([a, b, c]) =>
      [...a, ...c].some(([wire]) => own.has(wire)) ? [rename(a), rename(b), rename(c)] : [a, b, c],
    ),
  );
}

/** The lie with the first multiplicity of a table solved, as a field element, for the sum to close at X. */
function closedAt(lie: readonly bigint[], fun: number): bigint[] {
  const wires = solve(l, lie, X);
  const [, , terms] = rowsOf(l.system)[sumRow(l, fun)];
  const gap = terms.reduce((total, [wire, c]) => mod(total + c * wires[wire]), 0n);
  const { table, m } = l.wires.challenge!.tables[fun];
  const key = BigInt(table.first) + wires[l.wires.challenge!.powers.at(-1)!] * BigInt(table.values![0]);
  return lie.map((v, i) => (i + 1 === m ? mod(v + gap * mod(X - key)) : v));
}

describe('the linked circuit', () => {
  it('has every gadget', () => {
    const used = new Set(l.wires.instances.map(({ gadget }) => gadget.template));
    expect([...used].sort()).toEqual([
      ...['LookupArgmax', 'LookupFloor', 'LookupMax', 'LookupRange', 'LookupRescale', 'LookupSquare'],
      ...['LookupTableRow', 'LookupWide', 'LookupWord'],
    ]);
    expect(accepted(l, committed)).toBe(true);
  });

  it('refuses every committed wire moved by 1, -1, 16, -16, 1/2, 2^200', () => {
    const multiplicities = l.wires.challenge!.tables[0].m;
    for (let wire = 1; wire <= l.system.nCommitted; wire++) {
      const lies = [1n, -1n, 16n, -16n, inverse(2n), 1n << 200n];
      for (const by of wire < multiplicities ? lies : lies.slice(wire % 6, (wire % 6) + 1))
        expect(accepted(l, moved([wire, by])), `wire ${wire} by ${by}`).toBe(false);
    }
  });

  it('lets the multiplicities follow, and still refuses a moved wire', () => {
    const at = lively();
    for (const key of [at.q - 1, at.q + 1])
      expect(accepted(l, moved([mOf(at.fun, at.q), -1n], [mOf(at.fun, key), 1n]))).toBe(false);
  });
});

describe('the rules of look-ups, each with the lie that passes without it', () => {
  it('a table output belongs to its own row: beta is no small power of X', () => {
    const at = lively();
    const q2 = at.q === 5 ? 6 : 5;
    const follow: [number, bigint][] = [[mOf(at.fun, at.q), -1n], [mOf(at.fun, q2), 1n]]; // prettier-ignore
    expect(accepted(l, moved([at.y, BigInt(f(q2) - f(at.q))], ...follow))).toBe(false);
    // with beta = X the key q + X y' has the pole of row 2 for y' = 1 + q / 2
    const y = mod(1n + BigInt(at.q) * inverse(2n));
    const weight = mod(-inverse(mod(1n - y)));
    const lie = moved([at.y, y - BigInt(f(at.q))], [mOf(at.fun, at.q), -1n], [mOf(at.fun, 2), weight]);
    expect(accepted(l, lie)).toBe(false);
    expect(accepted(betaIsX(at.fun), lie)).toBe(true);
  });

  it('the challenge comes after the commitment: a fractional floor passes at an X that is known', () => {
    const at = lively();
    const r = Number(committed[at.low.wire - 1]);
    const to = r === 15 ? 14 : 15;
    const lie = moved([at.low.wire, BigInt(to - r)], [mOf(at.low.table, r), -1n], [mOf(at.low.table, to), 1n]);
    expect(refusedBy(l, lie)).toEqual([sumRow(l, at.fun)]);
    // one multiplicity closes the sum at this X alone
    expect(accepted(l, closedAt(lie, at.fun))).toBe(true);
    expect(accepted(l, closedAt(lie, at.fun), randomChallenge())).toBe(false);
  });

  it('a range table has exactly its rows: r + 2^s with the floor below', () => {
    const at = lively();
    const { lie, key } = borrowed(at, 1);
    expect(refusedBy(l, lie)).toEqual([sumRow(l, at.top.table)]);
    expect(accepted(withTableRow(l, at.top.table, key, 0n, 1n), lie)).toBe(true);
  });

  it('each table has its own sum: r - 2^s answered by a row (t, 0) of the function table', () => {
    const at = lively();
    const { lie, key } = borrowed(at, -1);
    const range = at.top.table;
    const answer = lie.map((v, i) => (i + 1 === mOf(at.fun, Number(key)) ? v + 1n : v));
    expect(f(Number(key))).toBe(0);
    expect(accepted(l, answer)).toBe(false);
    const merged = changed(l, (rows) => {
      rows[sumRow(l, at.fun)][2].push(...rows[sumRow(l, range)][2]);
      return rows.filter((_, row) => row !== sumRow(l, range));
    });
    expect(accepted(merged, answer)).toBe(true);
  });

  it('no key stands twice in a table', () => {
    for (const { table, m } of l.wires.challenge!.tables) {
      const rows = l.wires.instances.find(
        ({ gadget, wire }) => gadget.template === 'LookupTableRow' && wire(0, 0) === m,
      )!;
      const keys = Array.from({ length: rows.count }, (_, i) => {
        let key = 0n;
        rows.port(i, 0)((wire, c) => (key += wire === 0 ? BigInt(c) : 0n));
        return key;
      });
      expect(new Set(keys).size).toBe(table.size);
    }
    const at = lively();
    const lie = lieAboutOutput(at, 1n);
    expect(accepted(l, lie)).toBe(false);
    expect(accepted(withTableRow(l, at.fun, BigInt(at.q), BigInt(f(at.q) + 1), 1n), lie)).toBe(true);
  });

  it('beta is so high a power of X that no sum of ghosts vanishes', () => {
    const { tables, uses, squarings } = l.wires;
    for (const table of tables.filter(({ values }) => values)) {
      const queries = uses.flat().flatMap(({ gadget, count }) => {
        return (gadget.lookups ?? []).filter((one) => one.table === table).map(() => count);
      });
      const N = queries.reduce((sum, n) => sum + n, table.size);
      expect(2 ** squarings).toBeGreaterThanOrEqual(N);
    }
    expect(l.wires.challenge!.powers.reduce((power) => mod(power * power), X)).toBe(
      honestWires[l.wires.challenge!.powers.at(-1)!],
    );
    // three look-ups (q, 1/q), (wq, 1/wq), (w^2 q, 1/w^2 q) with w^3 = 1
    const w = cubeRoot();
    const ghosts = (power: bigint): bigint => {
      const [x, q] = [randomChallenge(), randomChallenge()];
      const beta = Array.from({ length: Number(power) }).reduce((product: bigint) => mod(product * x), 1n);
      return mod(
        [1n, w, mod(w * w)].reduce((sum, u) => sum + inverse(mod(x - q * u - beta * inverse(mod(q * u)))), 0n),
      );
    };
    expect(ghosts(2n)).toBe(0n);
    expect(ghosts(2n ** BigInt(squarings))).not.toBe(0n);
  });

  it('argmax looks up the maximum: without it every position passes', () => {
    const group = l.wires.instances.find(({ gadget }) => gadget.template === 'LookupArgmax' && gadget.args[2] === 1)!;
    const { gadget, wire } = group;
    const index = wire(0, 0);
    const [old, to] = [Number(committed[index - 1]), (Number(committed[index - 1]) + 1) % 4];
    const positions = l.wires.challenge!.tables.findIndex(({ table }) => table === gadget.lookups![0].table);
    const lie = moved([index, BigInt(to - old)], [mOf(positions, 3 - old), -1n], [mOf(positions, 3 - to), 1n]);
    const ha = wire(0, gadget.lookups!.at(-1)!.inverse);
    const values = l.wires.challenge!.tables.findIndex(({ table }) => table === gadget.lookups!.at(-1)!.table);
    const A = wire(0, 1);
    const hit = Number((committed[A - 1] - BigInt(3 - old)) / 4n);
    expect(accepted(l, lie)).toBe(false);
    const without = changed(l, (rows) =>
      rows.flatMap((row, i): typeof rows => {
        if (i !== sumRow(l, values)) return row[0].some(([w]) => w === ha) ? [] : [row];
        return [[row[0], row[1], row[2].filter(([w]) => w !== ha)]];
      }),
    );
    const follows = lie.map((v, i) => (i + 1 === mOf(values, hit) ? v - 1n : v));
    expect(accepted(without, follows)).toBe(true);
  });

  it('multiplicities are committed: chosen after X they would answer anything', () => {
    const at = lively();
    const lie = lieAboutOutput(at, 1n);
    expect(accepted(l, lie)).toBe(false);
    expect(accepted(l, closedAt(lie, at.fun))).toBe(true);
  });
});

describe('the rule of what is committed', () => {
  /** The system in which one committed wire is private: wires move so that the blocks stay in order. */
  const uncommitted = (wire: number): RowSystem => {
    const { nCommitted, nPublic, nWires } = l.system;
    const last = nCommitted + nPublic;
    const rename = (w: number): number => (w === wire ? last : w > wire && w <= last ? w - 1 : w);
    const side = (terms: [number, bigint][]): [number, bigint][] => terms.map(([w, k]) => [rename(w), k]);
    const rows = rowsOf(l.system).map(([a, b, c]): Row => [side(a), side(b), side(c)]);
    return systemOf(rows, { nCommitted: nCommitted - 1, nPublic, nWires });
  };

  it('holds for the circuit, and refuses an output, a remainder, a maximum or a multiplicity that is private', () => {
    expect(definitions(l.system)).toHaveLength(l.system.nWires - 2 - l.system.nCommitted);
    const chosen = l.wires.instances.flatMap(({ gadget, wire, of }) => {
      if (of === null || of.step.kind === 'input') return [];
      return gadget.signals
        .slice(0, gadget.committed)
        .map((name, signal): [string, number] => [`${gadget.template} ${name}`, wire(0, signal)]);
    });
    for (const [name, wire] of [...chosen, ['a multiplicity', l.wires.challenge!.tables[0].m] as const]) {
      // y of the wide gadget follows from c and v by a row without X: it alone could be private
      if (name === 'LookupWide y') expect(() => definitions(uncommitted(wire))).not.toThrow();
      else expect(() => definitions(uncommitted(wire)), name).toThrow(/expected every wire to follow/);
    }
  });

  it('fixes the layout: committed wires first, then X and F', () => {
    const wires = arrange(circuit);
    expect([wires.challenge!.X, wires.challenge!.F]).toEqual([wires.nCommitted + 1, wires.nCommitted + 2]);
    for (const { gadget, wire, count } of wires.instances)
      for (let i = 0; i < count; i++)
        gadget.signals.forEach((name, signal) => {
          const isCommitted = wire(i, signal) <= wires.nCommitted;
          expect(isCommitted, `${gadget.template} ${name}`).toBe(signal < (gadget.committed ?? 0));
        });
  });
});

/** w with w^3 = 1, w != 1. */
function cubeRoot(): bigint {
  for (let g = 2n; ; g++) {
    let w = 1n;
    for (let e = (R - 1n) / 3n, square = g; e > 0n; e >>= 1n, square = mod(square * square))
      if (e & 1n) w = mod(w * square);
    if (w !== 1n) return w;
  }
}
