// The Lagrange basis at a point against its definition over bigints.
import { afterAll, expect, it } from 'vitest';
import { readField, power, rootOfUnity } from '#compiler/circuit/field.js';
import { batchInverse, inverse, mod, R } from '#verifier/field.js';
import { lagrangeBasis, type BasisInput } from '#prover/kernel/lagrange.js';
import type { ClosableMachine } from '#prover/kernel/machines.js';
import { singleMachine, threadMachine } from '#prover/kernel/node.js';

const threads = await threadMachine(3);
afterAll(() => threads.close());
const machines: readonly (readonly [string, ClosableMachine])[] = [
  ['one thread', await singleMachine()],
  ['three threads', threads],
];

const numbers = (bytes: Uint8Array): bigint[] =>
  Array.from({ length: bytes.length / 32 }, (_, i) => readField(new DataView(bytes.buffer), 32 * i));
const input = (k: number, others: Partial<BasisInput> = {}): BasisInput => {
  return { tau: 0x1234567n ** 9n % R, firsts: [1n], root: rootOfUnity(k), size: 2 ** k, factor: 7n, ...others };
};

it.each(machines)('is factor x / (tau - x) on %s', async (_, machine) => {
  const cases = [1, 2, 5].flatMap((k) => [
    input(k),
    input(k, { tau: 0n }),
    input(k, { tau: R - 2n, factor: R - 1n }),
    input(k, { firsts: [R - 1n], factor: 0n, tau: 3n }),
    input(k, { firsts: [rootOfUnity(k + 1), 5n, 25n] }),
  ]);
  for (const one of cases) {
    const { tau, firsts, root, size, factor } = one;
    const want = firsts.flatMap((first) =>
      Array.from({ length: size }, (_, i) => {
        const x = (first * power(root, BigInt(i))) % R;
        return mod(factor * x * inverse(mod(tau - x)));
      }),
    );
    expect(numbers(await lagrangeBasis(machine, one))).toEqual(want);
  }
});

it.each(machines)('is the same where jobs meet on %s', async (_, machine) => {
  const one = input(13, { firsts: [rootOfUnity(14)] });
  const points = [...one.firsts];
  while (points.length < one.size) points.push((points[points.length - 1] * one.root) % R);
  const inverses = batchInverse(points.map((x) => mod(one.tau - x)));
  expect(numbers(await lagrangeBasis(machine, one))).toEqual(points.map((x, i) => mod(one.factor * x * inverses[i])));
});
