// Random changes of honest committed wires, the rest solved: none satisfies the rows unless it is an honest witness again.
import { beforeAll, describe, expect, it } from 'vitest';
import { R, mod } from '#verifier/field.js';
import { generator, storedInputs } from '../compiler/circuits.js';
import { broken, honest, linked, randomChallenge, solve, type Linked } from './solve.js';
import { tiny } from './tiny.js';

const ROUNDS = process.env['INFERPROOF_FULL'] === '1' ? 20_000 : 1500;
const circuit = tiny();
const X = randomChallenge();
let l: Linked;
let samples: bigint[][];
let multiplicities: number;

beforeAll(async () => {
  l = await linked(circuit);
  multiplicities = l.wires.challenge!.tables[0].m;
  samples = Array.from({ length: 6 }, (_, seed) =>
    honest(l, storedInputs(circuit, seed), X).slice(1, 1 + l.system.nCommitted),
  );
});

const random = generator(20);
const below = (n: number): number => Math.floor(random() * n);
const amount = (): bigint => {
  const size = [1n, 2n, 15n, 16n, 256n, 1n << 30n, 1n << 100n, R - 3n][below(8)];
  return random() < 0.5 ? size : mod(-size);
};

/** The table keys that the committed wires of one honest witness are looked up at, counted again for another one's wires. */
const mix = (a: readonly bigint[], b: readonly bigint[], share: number): bigint[] =>
  a.map((v, i) => (random() < share ? b[i] : v));

const kinds: readonly (readonly [string, (honestOne: readonly bigint[], other: readonly bigint[]) => bigint[]])[] = [
  ['one wire', (a) => {
    const at = below(a.length);
    return a.map((v, i) => (i === at ? mod(v + amount()) : v));
  }],
  ['two wires by opposite amounts', (a) => {
    const [p, q, by] = [below(a.length), below(a.length), amount()];
    return a.map((v, i) => (i === p ? mod(v + by) : i === q ? mod(v - by) : v));
  }],
  ['a wire, with a unit of multiplicity moved', (a) => {
    const [at, from, to] = [below(multiplicities - 1), ...[0, 1].map(() => multiplicities - 1 + below(a.length - multiplicities))];
    return a.map((v, i) => mod(v + (i === at ? amount() : 0n) - (i === from ? 1n : 0n) + (i === to ? 1n : 0n)));
  }],
  ['part of another witness', (a, b) => mix(a, b, random())],
  ['everything but the multiplicities of another witness', (a, b) => a.map((v, i) => (i < multiplicities - 1 ? b[i] : v))],
  ['a run of wires of another witness, with all its multiplicities', (a, b) => {
    const [from, length] = [below(multiplicities), 1 + below(8)];
    return a.map((v, i) => ((i >= from && i < from + length) || i >= multiplicities - 1 ? b[i] : v));
  }],
]; // prettier-ignore

describe('a mutated witness', () => {
  it.each(kinds)('is refused: %s', (_, mutate) => {
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = [samples[below(samples.length)], samples[below(samples.length)]];
      const lie = mutate(a, b);
      if (samples.some((one) => one.every((v, i) => v === lie[i]))) continue;
      expect(broken(l.system, solve(l, lie, X)).length, `round ${round}`).toBe(1);
    }
  });
});
