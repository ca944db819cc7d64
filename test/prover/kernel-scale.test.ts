// One scalar times many points, against the multiples that @noble/curves and the fixed-base tables make; and the check that points
// are on the curve.
import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, expect, it } from 'vitest';
import { fieldBytes } from '#compiler/circuit/field.js';
import { Q, R, mod } from '#verifier/field.js';
import { fixedBaseTable, multiples } from '#prover/kernel/fixed-base.js';
import type { Machine } from '#prover/kernel/machine.js';
import { singleMachine, threadMachine } from '#prover/kernel/node.js';
import { SCALING, scaled, strangersAmong } from '#prover/kernel/scale.js';
import { g1At } from '#prover/files/zkey.js';
import { generator } from './systems.js';

const threads = await threadMachine(2);
const machines: readonly (readonly [string, Machine])[] = [
  ['one thread', await singleMachine()],
  ['two threads', threads],
];
afterAll(() => threads.close());
const table = await fixedBaseTable(threads, 'G1', 8);
const encoded = (scalars: readonly bigint[]): Promise<Uint8Array> => multiples(threads, table, fieldBytes(scalars));

const next = generator(41);
const element = (): bigint => Array.from({ length: 8 }, next).reduce((x, word) => (x << 32n) | BigInt(word), 0n) % R;
const all = (count: number): bigint[] => Array.from({ length: count }, element);

it('gives working memory of the size that the kernel has', async () => {
  expect(await threads.run([() => [['sizeOfScaling']]])).toEqual([[SCALING]]);
});

it.each(machines)('multiplies any number of points by any scalar, infinity among them: %s', async (_, machine) => {
  const few = [1n, 2n, R - 1n, 0n, 7n, ...all(4)];
  const lambda = 4407920970296243842393367215006156084916469457145843978461n; // a cube root of 1: one half is 0
  expect(mod(lambda ** 3n)).toBe(1n);
  const scalars = [0n, 1n, 2n, 3n, 8n, 9n, R - 1n, R - 2n, (R - 1n) / 2n, lambda, R - lambda, lambda + 1n, mod(lambda * lambda), 1n << 127n, ...all(6)]; // prettier-ignore
  for (const scalar of scalars) {
    for (const bases of [few, few.slice(0, 1), few.slice(3, 4), few.slice(2, 4)]) {
      const expected = await encoded(bases.map((base) => mod(base * scalar)));
      expect(await scaled(machine, await encoded(bases), scalar), `${scalar} of ${bases.length}`).toEqual(expected);
    }
  }
  const [scalar, base] = [element(), element()];
  const { x, y } = bn254.G1.Point.BASE.multiply(base).multiply(scalar).toAffine();
  expect(g1At(await scaled(machine, await encoded([base]), scalar))).toEqual([x, y]);
});

it('multiplies more points than a batch holds, each by the same', async () => {
  const bases = [...all(2048), 0n, ...all(300)];
  const scalar = element();
  const done: number[] = [];
  const result = await scaled(threads, await encoded(bases), scalar, (count) => done.push(count));
  expect(Buffer.compare(result, await encoded(bases.map((base) => mod(base * scalar))))).toBe(0);
  expect(done).toEqual([bases.length]);
});

it.each(machines)('counts what is no point of the curve, wherever it stands: %s', async (_, machine) => {
  const points = await encoded([0n, ...all(4)]);
  expect(await strangersAmong(machine, points)).toBe(0);
  expect(await strangersAmong(machine, points.subarray(0, 0))).toBe(0);
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer);
  for (let i = 0; i < 5; i++) {
    for (const byte of [0, 31, 32, 63]) {
      const moved = points.slice();
      moved[64 * i + byte] ^= 1;
      expect(await strangersAmong(machine, moved), `byte ${byte} of point ${i}`).toBe(1);
    }
  }
  // the same residues, written as numbers of q or more: a second form of a point
  for (const at of [0, 32]) {
    const twin = points.slice();
    const words = [0, 1, 2, 3].map((k) => view(twin).getBigUint64(64 + at + 8 * k, true));
    const larger = words.reduceRight((sum, word) => (sum << 64n) | word, 0n) + Q;
    for (let k = 0; k < 4; k++) view(twin).setBigUint64(64 + at + 8 * k, larger >> BigInt(64 * k), true);
    expect(await strangersAmong(machine, twin)).toBe(1);
  }
});
