// The bounds that field.h states, against integers. INFERPROOF_FULL=1 tries a million operands instead of ten thousand.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Q, R } from '#verifier/field.js';
import { readField, writeField } from '#compiler/circuit/field.js';
import { singleMachine } from '#prover/kernel/node.js';
import type { Machine } from '#prover/kernel/machine.js';
import { generator } from './systems.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const ROUNDS = FULL ? 1_000_000 : 10_000;
if (FULL) vi.setConfig({ testTimeout: 3_600_000 });
const ELEMENT = 10;
const LIMB = 2 ** 29;
const LITTLE = 1n << 232n; // the o(p) of field.h

let machine: Machine;
let at: { a: number; b: number; out: number };
beforeAll(async () => {
  machine = await singleMachine();
  at = { a: machine.alloc(80), b: machine.alloc(80), out: machine.alloc(80) };
});

type Limbs = readonly number[];
const value = (limbs: Limbs): bigint => limbs.slice(0, 9).reduceRight((sum, l) => (sum << 29n) + BigInt(l), 0n);
const limbsOf = (x: bigint): number[] =>
  Array.from({ length: 9 }, (_, i) => Number(i < 8 ? (x >> BigInt(29 * i)) & BigInt(LIMB - 1) : x >> 232n));
const normalised = (limbs: Limbs): boolean => limbs.slice(0, 8).every((l) => l < LIMB);

/** Runs an export on two elements a, and two b where it takes them. */
async function probe(name: string, a: readonly Limbs[], b?: readonly Limbs[]): Promise<number[][]> {
  const write = (place: number, list: readonly Limbs[]): void =>
    list.forEach((limbs, e) => machine.words(place + 40 * e, ELEMENT).set(limbs));
  write(at.a, a);
  if (b !== undefined) write(at.b, b);
  await machine.run([() => [[name, at.a, ...(b === undefined ? [] : [at.b]), at.out]]]);
  return [0, 1].map((e) => [...machine.words(at.out + 40 * e, ELEMENT)]);
}

const next = generator(7);
const random = (below: bigint): bigint => {
  let x = 0n;
  for (let i = 0; i < 9; i++) x = (x << 32n) | BigInt(next());
  return x % below;
};
/** Limbs at the ends of their range as often as inside it; the top one makes the value stay below `below`. */
function extreme(limb: number, below: bigint): number[] {
  const pick = (limit: number): number => [0, 1, limit - 1, limit - 2, next() % limit, next() % limit][next() % 6];
  const low = Array.from({ length: 8 }, () => pick(limb));
  const room = (below - 1n - value([...low, 0])) >> 232n;
  return room < 0n ? extreme(limb, below) : [...low, pick(Number(room) + 1)];
}
const times = (p: bigint, tenths: number): bigint => (p * BigInt(tenths)) / 10n;

describe.each([
  ['probeMulq', Q],
  ['probeMulr', R],
])('%s', (name, p) => {
  const unit = (1n << 261n) % p;
  const check = async (a: readonly Limbs[], b: readonly Limbs[], bound: bigint): Promise<void> => {
    const out = await probe(name, a, b);
    for (const e of [0, 1]) {
      const got = value(out[e]);
      const fits = (got * unit - value(a[e]) * value(b[e])) % p === 0n && got < bound && normalised(out[e]);
      if (!fits || out[e][9] !== 0) expect.fail(`${name} of ${a[e].join()} and ${b[e].join()} is ${out[e].join()}`);
    }
  };

  it('keeps its bound at every allowed laziness', async () => {
    // limbs of a, of b, and their values in tenths of p: A B <= 2^60.6, alpha beta <= 169
    const kinds = [
      [2 ** 29, 2 ** 29, 10, 10],
      [2 ** 29, 2 ** 29, 130, 130],
      [2 ** 31, 2 ** 29, 62, 62],
      [2 ** 29, 2 ** 31, 40, 400],
      [2 ** 30.3, 2 ** 30.3, 82, 200],
      [2 ** 29, 2 ** 29, 10, 1650],
    ].map((kind) => kind.map(Math.floor));
    for (let i = 0; i < ROUNDS; i += 2) {
      const [limbA, limbB, alpha, beta] = kinds[(i / 2) % kinds.length];
      const operand = (limb: number, tenths: number): number[] =>
        next() % 4 === 0 ? limbsOf(random(times(p, tenths))) : extreme(limb, times(p, tenths));
      const a = [operand(limbA, alpha), operand(limbA, alpha)];
      const b = [operand(limbB, beta), operand(limbB, beta)];
      await check(a, b, p + (p * BigInt(alpha * beta)) / 16900n + 1n);
    }
  });

  it('takes the largest operands that its column sums allow', async () => {
    const full = (limb: number): number[] => [...Array.from({ length: 8 }, () => limb - 1), 2 ** 27];
    const bits = Math.floor(2 ** 30.3);
    for (const [a, b] of [
      [2 ** 31, 2 ** 29],
      [2 ** 29, 2 ** 31],
      [bits, bits],
    ]) {
      // prettier-ignore
      const out = await probe(name, [full(a), full(a)], [full(b), full(b)]);
      expect((value(out[0]) * unit - value(full(a)) * value(full(b))) % p).toBe(0n);
      expect(out[1]).toEqual(out[0]);
    }
  });

  it('knows 0, 1, p - 1, p and 2p - 1', async () => {
    const special = [0n, 1n, p - 1n, p, p + 1n, 2n * p - 1n, unit].map(limbsOf);
    for (const x of special) for (const y of special) await check([x, y], [y, x], 2n * p);
  });
});

describe('squares and inverses', () => {
  const unit = 1n << 261n;
  it('a square is the product with itself, within the bound of a product', async () => {
    const kinds = [[2 ** 29, 10], [2 ** 29, 130], [Math.floor(2 ** 30.3), 130], [2 ** 30, 41]]; // prettier-ignore
    for (let i = 0; i < ROUNDS; i += 2) {
      const [limb, tenths] = kinds[(i / 2) % kinds.length];
      const a = [0, 1].map(() =>
        next() % 4 === 0 ? limbsOf(random(times(Q, tenths))) : extreme(limb, times(Q, tenths)),
      );
      const [out, product] = [await probe('probeSquareq', a), await probe('probeMulq', a, a)];
      for (const e of [0, 1]) {
        const right = (value(out[e]) * unit - value(a[e]) ** 2n) % Q === 0n && normalised(out[e]);
        if (!right || value(out[e]) !== value(product[e]) || out[e][9] !== 0) expect.fail(a[e].join());
      }
    }
  });

  it('an inverse is one, and 0 for 0', async () => {
    const edges = [1n, 2n, Q - 1n, Q + 1n, 2n * Q - 1n, 2n ** 29n, 2n ** 253n, unit % Q, 7n * Q + 1n];
    for (let i = 0; i < ROUNDS / 10; i++) {
      const a = [edges[i] ?? random(Q), i % 3 === 0 ? 1n + random(LITTLE) : random(2n * Q)];
      const out = (await probe('probeInvert', a.map(limbsOf))).map((limbs) => (expect(normalised(limbs)).toBe(true), value(limbs))); // prettier-ignore
      for (const e of [0, 1]) if ((out[e] * a[e] - unit * unit) % Q !== 0n || out[e] >= 2n * Q) expect.fail(`${a[e]}`);
    }
    for (const zero of [0n, Q, 2n * Q])
      expect((await probe('probeInvert', [zero, zero].map(limbsOf))).map((limbs) => value(limbs) % Q)).toEqual([
        0n,
        0n,
      ]);
  });
});

describe('sums', () => {
  it('carry normalises limbs up to 2^32 - 8 and keeps the value', async () => {
    for (let i = 0; i < ROUNDS; i += 2) {
      const a = [0, 1].map(() => extreme(2 ** 32 - 7, 160n * Q));
      const out = await probe('probeCarry', a);
      for (const e of [0, 1]) if (value(out[e]) !== value(a[e]) || !normalised(out[e])) expect.fail(a[e].join());
    }
  });

  it('sub is exact for subtrahends below 2.1 q', async () => {
    for (let i = 0; i < ROUNDS; i += 2) {
      const [a, b] = [0, 1].map(() => [0, 1].map(() => extreme(LIMB, times(Q, 21))));
      const out = await probe('probeSub', a, b);
      for (const e of [0, 1]) {
        const exact = value(out[e]) === value(a[e]) - value(b[e]) + 4n * Q;
        if (!exact || !normalised(out[e])) expect.fail(`${a[e].join()} - ${b[e].join()}`);
      }
    }
  });

  it('reduceIf goes below its multiple and a little', async () => {
    const edges = [4n * Q - 1n, 4n * Q, 4n * Q + LITTLE, 8n * Q - 1n, 0n].map(limbsOf);
    for (let i = 0; i < ROUNDS; i += 2) {
      const a = [0, 1].map(() => (i < 10 ? edges[i / 2] : extreme(LIMB, 8n * Q)));
      const out = await probe('probeReduce', a);
      for (const e of [0, 1]) {
        const difference = value(a[e]) - value(out[e]);
        const allowed = difference === 0n || difference === 4n * Q;
        if (!allowed || value(out[e]) >= 4n * Q + LITTLE || !normalised(out[e])) expect.fail(a[e].join());
      }
    }
  });

  it('canonical takes any limbs of a value below 8q to [0, q)', async () => {
    const edges = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].flatMap((k) => [k * Q, k * Q + Q - 1n]).map(limbsOf);
    for (let i = 0; i < ROUNDS; i++) {
      const limbs = i < edges.length ? edges[i] : extreme(2 ** 32, 8n * Q);
      machine.words(at.a, ELEMENT).set(limbs);
      await machine.run([() => [['probeCanonical', at.a]]]);
      const out = [...machine.words(at.a, 9)];
      if (value(out) !== value(limbs) % Q || !normalised(out)) expect.fail(limbs.join());
    }
  });

  it('words become limbs and words again', async () => {
    for (let i = 0; i < ROUNDS / 10; i++) {
      const x = i === 0 ? (1n << 256n) - 1n : random(1n << 256n);
      const view = new DataView(machine.bytes(at.a, 32).buffer, at.a);
      writeField(view, 0, x);
      await machine.run([() => [['probePack', at.a, at.b, at.out]]]);
      expect(value([...machine.words(at.b, 9)])).toBe(x);
      expect(readField(new DataView(machine.bytes(at.out, 32).buffer, at.out), 0)).toBe(x);
    }
  });
});

describe('the guard of additions', () => {
  const seen = async (a: readonly Limbs[], b: readonly Limbs[]): Promise<number> => {
    [a, b].forEach((pair, i) =>
      pair.forEach((limbs, e) => machine.words([at.a, at.b][i] + 40 * e, ELEMENT).set([...limbs, 0].slice(0, ELEMENT))),
    );
    return (await machine.run([() => [['probeSuspicious', at.a, at.b]]]))[0][0];
  };
  /** Two coordinates of which no guard takes notice. */
  const apart = (): [Limbs, Limbs] => {
    const x = random(Q);
    return [limbsOf(x), limbsOf(x + 1n)];
  };

  it('sees coordinates that are equal modulo q in every form that they can have, on either side', async () => {
    for (let i = 0; i < ROUNDS / 100; i++) {
      for (const k of [0n, 1n, 2n]) {
        for (const l of [0n, 1n, 2n]) {
          const x = random(k === 2n || l === 2n ? LITTLE : Q); // below 2q + o(q)
          const [a, b] = [limbsOf(x + k * Q), limbsOf(x + l * Q)];
          const [c, d] = apart();
          const words = `${x} + ${k} q and + ${l} q`;
          expect(await seen([a, c], [b, d]), words).not.toBe(0);
          expect(await seen([c, a], [d, b]), words).not.toBe(0);
        }
      }
    }
  });

  it('sees points at infinity, and lets others pass', async () => {
    for (let i = 0; i < ROUNDS / 100; i++) {
      const [[a, b], [c, d]] = [apart(), apart()];
      expect(await seen([a, c], [b, d])).toBe(0);
      for (const place of [0, 1, 2, 3]) {
        const [p, q, r, s] = [a, c, b, d].map((limbs, j) => [...limbs, j === place ? 1 : 0]);
        expect(await seen([p, q], [r, s]), `${place}`).not.toBe(0);
      }
    }
  });
});
