// The kernel's multi-exponentiations against @noble/curves: every base is a known multiple of the generator, so that the sum is one
// multiplication.
import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, describe, expect, it } from 'vitest';
import { fieldBytes } from '#compiler/circuit/field.js';
import { mod, R } from '#verifier/field.js';
import { fixedBaseTable, fixedBaseWindow, multiples } from '#prover/kernel/fixed-base.js';
import { multiExpG1 } from '#prover/kernel/index.js';
import { singleMachine, threadMachine } from '#prover/kernel/node.js';
import type { Call } from '#prover/kernel/instance.js';
import { put, type Machine } from '#prover/kernel/machine.js';
import { classesOf, finite, sortByClass } from '#prover/kernel/classes.js';
import { classSums } from '#prover/kernel/class-sums.js';
import { GROUPS, multiExps, point1, point2, windowBits, windows } from '#prover/kernel/sums.js';
import { AFFINE, g1At, g2At, type G1Point, type GroupName } from '#prover/files/zkey.js';
import { emptyKernel } from './kernels.js';
import { multiExp } from './stock.js';
import { generator } from './systems.js';

const threads = await threadMachine(3);
const machines: readonly (readonly [string, Machine])[] = [
  ['one thread', await singleMachine()],
  ['three threads', threads],
];
afterAll(() => threads.close());
const kernels = [emptyKernel(), emptyKernel({ backend: 'single' })];
afterAll(() => Promise.all(kernels.map((kernel) => kernel.close())));

it('gives memory of the sizes that the kernel has', async () => {
  for (const { id, bucket, prepared, result, workspace } of Object.values(GROUPS)) {
    const [sizes] = await threads.run([() => [0, 1, 2, 3].map((which): Call => [`sizeOf${id}`, which])]);
    expect(sizes).toEqual([bucket, prepared, result, workspace]);
  }
});

const next = generator(3);
const element = (): bigint => {
  let x = 0n;
  for (let i = 0; i < 8; i++) x = (x << 32n) | BigInt(next());
  return x % R;
};
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const { G1, G2 } = bn254;
const multiple = (bases: readonly bigint[], scalars: readonly bigint[]): bigint =>
  mod(bases.reduce((sum, base, i) => sum + base * scalars[i], 0n));
const expected = (bases: readonly bigint[], scalars: readonly bigint[]): G1Point => {
  const { x, y } = G1.Point.BASE.multiplyUnsafe(multiple(bases, scalars)).toAffine();
  return [x, y];
};
const tables = { G1: await fixedBaseTable(threads, 'G1', 8), G2: await fixedBaseTable(threads, 'G2', 8) };
/** Multiples of the generator as a key has them; `fixedBaseTable` below compares such with @noble/curves. */
const encoded = (scalars: readonly bigint[], group: GroupName = 'G1'): Promise<Uint8Array> =>
  multiples(threads, tables[group], fieldBytes(scalars));

/** Past the door, where equal scalars are not added up first: every case meets the buckets as it is. */
async function windowed(machine: Machine, bases: readonly bigint[], scalars: readonly bigint[], points?: Uint8Array) {
  const mark = machine.mark();
  const task = {
    points: put(machine, points ?? (await encoded(bases))),
    scalars: put(machine, fieldBytes(scalars)),
    count: scalars.length,
  };
  const { g1 } = await multiExps(machine, [task]);
  machine.release(mark);
  const { x, y } = g1[0].toAffine();
  return [x, y];
}

/** Whether the same sum in G2 is the same multiple of its generator; both ways: by windows, and class by class. */
async function inG2(machine: Machine, bases: readonly bigint[], scalars: readonly bigint[]): Promise<boolean> {
  const mark = machine.mark();
  const bytes = await encoded(bases, 'G2');
  const points = put(machine, bytes);
  const count = scalars.length;
  const values = fieldBytes(scalars);
  const classes = classesOf(new Uint32Array(values.buffer));
  const owners = finite(new Uint32Array(bytes.buffer), 32);
  const sorted = sortByClass({ owners, places: owners }, classes.of, classes.first.length);
  const sums = await classSums(machine, 'G2', points, sorted);
  const smaller = fieldBytes(sums.classes.map((c) => scalars[classes.first[c]]));
  const { g2 } = await multiExps(
    machine,
    [],
    [
      { points, scalars: put(machine, values), count },
      { points: sums.points, scalars: put(machine, smaller), count: sums.classes.length },
    ],
  );
  machine.release(mark);
  const want = G2.Point.BASE.multiplyUnsafe(multiple(bases, scalars));
  return g2.every((sum) => sum.equals(want));
}

/** A cube root of unity: the endomorphism takes a point to this multiple, so both halves of a scalar meet the same points. */
const LAMBDA = ((): bigint => {
  let [x, base] = [1n, 5n];
  for (let e = (R - 1n) / 3n; e > 0n; e >>= 1n, base = (base * base) % R) if (e & 1n) x = (x * base) % R;
  return x;
})();

const many = 9000; // more than a workspace holds
const repeated = list(many, (i) => [7n, R - 7n, 7n, 11n, 0n][i % 5]);
const cases: readonly (readonly [string, readonly bigint[], readonly bigint[]])[] = [
  ['random points and scalars', list(3000, element), list(3000, element)],
  ['one point, one scalar', list(many, () => 5n), list(many, () => R - 3n)],
  ['one point and its opposite, one scalar', list(many, (i) => (i % 2 === 0 ? 5n : R - 5n)), list(many, () => 9n)],
  ['one point and its opposite side by side', list(many, (i) => (i % 4 < 2 ? 5n : R - 5n)), list(many, () => 9n)],
  ['few points, opposite ones and infinity, random scalars', repeated, list(many, element)],
  ['few points and few scalars', repeated, list(many, (i) => [0n, 1n, R - 1n, 2n ** 127n, 3n][i % 7] ?? element())],
  ['infinity only', list(100, () => 0n), list(100, element)],
  ['scalars 0 only', list(100, element), list(100, () => 0n)],
  ['scalars r - 1', list(300, element), list(300, () => R - 1n)],
  ['one hot bucket', list(many, (i) => BigInt(i + 1)), list(many, (i) => (i % 50 === 0 ? element() : 1n))],
  ['bits', list(many, (i) => BigInt(3 * i + 1)), list(many, () => BigInt(next() % 2))],
  ['one point in every bucket', list(600, () => 5n), list(600, (i) => BigInt(i + 1))],
  [
    'one point and its opposite in turn, one in every bucket',
    list(600, (i) => (i % 2 === 0 ? 5n : R - 5n)),
    list(600, (i) => BigInt(i + 1)),
  ],
  [
    'rows of buckets that cancel',
    list(600, (i) => (i % 2 === 0 ? BigInt(1 + (i >> 1)) : R - BigInt(1 + (i >> 1)))),
    list(600, (i) => BigInt(i + 1)),
  ],
  ['one and its endomorphic image', list(64, (i) => (i % 2 === 0 ? 1n : LAMBDA)), list(64, () => LAMBDA)],
];
describe.each(machines)('on %s', (_, machine) => {
  it.each(cases)('%s', async (_name, bases, scalars) => {
    expect(await windowed(machine, bases, scalars)).toEqual(expected(bases, scalars));
  });

  it.each(cases)('in G2: %s', async (_name, bases, scalars) => {
    expect(await inG2(machine, bases, scalars)).toBe(true);
  });

  it('in G2: every size up to 9', async () => {
    for (let n = 1; n <= 9; n++) expect(await inG2(machine, list(n, element), list(n, element)), `${n}`).toBe(true);
  });

  it('every size up to 20 and 2^k - 1, 2^k, 2^k + 1', async () => {
    const sizes = [...list(20, (i) => i + 1), ...[5, 6, 7, 9, 11].flatMap((k) => [2 ** k - 1, 2 ** k, 2 ** k + 1])];
    const bases = list(2049, element);
    const points = await encoded(bases);
    for (const n of sizes) {
      const scalars = list(n, element);
      const sum = await windowed(machine, bases, scalars, points.subarray(0, 64 * n));
      expect(sum, `${n}`).toEqual(expected(bases.slice(0, n), scalars));
    }
  });

  it('several sums at once', async () => {
    const mark = machine.mark();
    const bases = list(300, element);
    const points = put(machine, await encoded(bases));
    const scalars = [1, 300, 70].map((n) => list(n, element));
    const tasks = scalars.map((values) => {
      return { points, scalars: put(machine, fieldBytes(values)), count: values.length };
    });
    const { g1 } = await multiExps(machine, tasks);
    machine.release(mark);
    g1.forEach((sum, k) => {
      const want = multiple(bases.slice(0, scalars[k].length), scalars[k]);
      expect(sum.equals(G1.Point.BASE.multiplyUnsafe(want))).toBe(true);
    });
  });

  it('digits at the ends of every window', async () => {
    // scalars whose halves are short: both signs, the largest digit, a carry through all windows
    const c = windowBits('G1', 40);
    const scalars = list(40, (i) => mod((i % 2 === 0 ? 1n : -1n) * (2n ** BigInt(c * (i >> 2)) - BigInt(i & 3))));
    const bases = list(40, element);
    expect(await windowed(machine, bases, scalars)).toEqual(expected(bases, scalars));
  });
});

describe.each(['G1', 'G2'] as const)('windows of every width in %s', (group) => {
  const { id, halves, bits, prepared, result, workspace } = GROUPS[group];
  const edges = [...list(16, (i) => BigInt(i + 1)), 127n, 128n, 254n].flatMap((j) => [
    2n ** (j - 1n) - 1n,
    2n ** (j - 1n),
    mod(-(2n ** (j - 1n))),
  ]);
  const scalars = [0n, R - 1n, LAMBDA, mod(-LAMBDA), R >> 1n, ...edges, ...list(20, element)];
  const bases = list(scalars.length, element);
  const n = scalars.length;

  it.each(list(15, (i) => i + 2))('%d bits: digits make up the scalar, and the window is their sum', async (c) => {
    const machine = threads;
    const mark = machine.mark();
    const W = windows(group, c);
    const points = put(machine, await encoded(bases, group));
    const [values, digits] = [put(machine, fieldBytes(scalars)), machine.alloc(2 * halves * W * n)];
    const [used, ready, out] = [4 * W, n * prepared, result].map((bytes) => machine.alloc(bytes));
    const buckets = 2 ** (c - 1);
    const scratch = [4 * (buckets + 2), 4 * halves * n, 160 * buckets, workspace].map((bytes) => machine.alloc(bytes));
    const window = W - 1 - (c % 2);
    await machine.run([
      () => [
        [`preparePoints${id}`, points, ready, 0, n],
        [`prepareScalars${id}`, values, points, n, digits, c, W, used, 0, n],
        [`windowSum${id}`, ready, digits + 2 * halves * n * window, n, 0, n, c, ...scratch, out],
      ],
    ]);
    const bytes = machine.bytes(digits, 2 * halves * W * n);
    const all = new DataView(bytes.buffer, digits);
    const digit = (w: number, h: number, i: number): number => all.getInt16(2 * ((w * halves + h) * n + i), true);
    const whole = (i: number, h: number): bigint =>
      list(W, (w) => BigInt(digit(w, h, i)) << BigInt(c * w)).reduce((a, b) => a + b, 0n);
    let sum = 0n;
    for (let i = 0; i < n; i++) {
      const parts = list(halves, (h) => whole(i, h));
      expect(mod(parts[0] + LAMBDA * (parts[1] ?? 0n))).toBe(scalars[i]);
      for (let h = 0; h < halves; h++) {
        for (let w = 0; w < W; w++) expect(Math.abs(digit(w, h, i))).toBeLessThanOrEqual(buckets);
        sum += BigInt(digit(window, h, i)) * bases[i] * (h === 0 ? 1n : LAMBDA);
      }
    }
    expect(bits + 1).toBeLessThanOrEqual(W * c);
    const got = group === 'G1' ? point1(machine, out) : point2(machine, out);
    const { Point } = group === 'G1' ? G1 : G2;
    expect(got.equals(Point.BASE.multiplyUnsafe(mod(sum)) as never)).toBe(true);
    machine.release(mark);
  });
});

describe.each(machines)('windows joined: %s', (_, machine) => {
  /** Each point with the window it is of, as multiples of the generator; the highest windows first. */
  const lists: readonly (readonly [string, number, number, readonly (readonly [number, bigint])[]])[] = [
    ['none', 3, 5, []],
    ['of window 0', 1, 16, [[0, 7n]]],
    ['of one window, some of them equal', 4, 3, [[2, 5n], [2, 5n], [2, 9n]]],
    ['of one window, that cancel', 4, 3, [[2, 5n], [2, R - 5n]]],
    ['at infinity among others', 4, 6, [[3, 0n], [2, 11n], [1, 0n], [0, 0n]]],
    ['that meet those of higher windows, equal and opposite', 3, 4, [[2, 1n], [1, 16n], [0, R - 512n], [0, 3n]]],
    ['at random', 8, 16, [7, 7, 6, 4, 4, 4, 1, 0].map((w) => [w, element()])],
  ]; // prettier-ignore

  it.each(lists)('%s', async (_name, windows, c, list) => {
    const want = mod(list.reduce((sum, [w, k]) => sum + k * 2n ** BigInt(c * w), 0n));
    for (const group of ['G1', 'G2'] as const) {
      const { id, result } = GROUPS[group];
      const mark = machine.mark();
      const words = list.flatMap(([w, k]) => {
        const at = machine.alloc(result);
        machine.bytes(at, result).set(projective(group, k));
        return [w, at];
      });
      const [at, out] = [put(machine, new Uint8Array(Uint32Array.from(words).buffer)), machine.alloc(result)];
      await machine.run([() => [[`joinWindows${id}`, at, list.length, windows, c, out]]]);
      const got = group === 'G1' ? point1(machine, out) : point2(machine, out);
      const { Point } = group === 'G1' ? G1 : G2;
      expect(got.equals(Point.BASE.multiplyUnsafe(want) as never)).toBe(true);
      machine.release(mark);
    }
  });

  /** A multiple of the generator as the kernel leaves a window's sum: X, Y, Z with no Z in particular. */
  function projective(group: GroupName, k: bigint): Uint8Array {
    const z = 1n + (element() % (R - 1n));
    if (group === 'G1') {
      const { X, Y, Z } = G1.Point.BASE.multiplyUnsafe(k);
      return fieldBytes([X, Y, Z].map((x) => G1.Point.Fp.mul(x, z)));
    }
    const { X, Y, Z } = G2.Point.BASE.multiplyUnsafe(k);
    return fieldBytes([X, Y, Z].map((x) => G2.Point.Fp.mul(x, z)).flatMap(({ c0, c1 }) => [c0, c1]));
  }
});

describe('multiExpG1', () => {
  it.each(cases)('%s', async (_name, bases, scalars) => {
    const points = await encoded(bases);
    for (const kernel of kernels)
      expect(await multiExpG1(kernel, points, fieldBytes(scalars))).toEqual(expected(bases, scalars));
  });

  it('takes no point and few points, as snarkjs does', async () => {
    for (const n of [0, 1, 2, 3]) {
      const [bases, scalars] = [list(n, element), list(n, element)];
      const points = await encoded(bases);
      for (const kernel of kernels)
        expect(await multiExpG1(kernel, points, fieldBytes(scalars))).toEqual(expected(bases, scalars));
      if (n > 0) expect(await multiExp(points, fieldBytes(scalars))).toEqual(expected(bases, scalars));
    }
  });

  it('refuses scalars that are not below r, and another number of them', async () => {
    const points = await encoded([1n, 2n]);
    for (const bad of [R, R + 1n, 2n ** 256n - 1n]) {
      await expect(multiExpG1(kernels[0], points, fieldBytes([1n, bad]))).rejects.toMatchObject({ code: 'data' });
    }
    await expect(multiExpG1(kernels[0], points, fieldBytes([1n]))).rejects.toMatchObject({ code: 'data' });
    await expect(multiExpG1(kernels[0], points.subarray(1), fieldBytes([1n, 2n]))).rejects.toMatchObject({
      code: 'data',
    });
  });

  it('takes bytes that begin anywhere', async () => {
    const shifted = (bytes: Uint8Array): Uint8Array => Uint8Array.of(0, ...bytes).subarray(1);
    const [bases, scalars] = [list(5, element), list(5, element)];
    const sum = await multiExpG1(kernels[0], shifted(await encoded(bases)), shifted(fieldBytes(scalars)));
    expect(sum).toEqual(expected(bases, scalars));
  });
});

describe('multiples of the generator', () => {
  const edges = list(254, (j) => 2n ** BigInt(j)).flatMap((x) => [x, x - 1n, mod(-x), mod(LAMBDA * x - 1n)]);
  const all = [0n, 1n, 2n, 15n, 16n, R - 1n, ...edges.map(mod), ...list(1500, element), 0n];
  it.each(['G1', 'G2'] as const)('of %s are those that @noble/curves gives, for every window', async (group) => {
    const scalars = group === 'G1' ? all : all.filter((_, i) => i < 6 || i % 5 === 0);
    const want = scalars.map((k) => {
      if (k === 0n) return group === 'G1' ? [0n, 0n] : [[0n, 0n], [0n, 0n]]; // prettier-ignore
      if (group === 'G1') return expected([k], [1n]);
      const { x, y } = G2.Point.BASE.multiply(k).toAffine();
      return [[x.c0, x.c1], [y.c0, y.c1]]; // prettier-ignore
    });
    for (const window of [4, 5, 7, 15]) {
      const table = await fixedBaseTable(threads, group, window);
      let done = 0;
      const points = await multiples(threads, table, fieldBytes(scalars), (n) => (done += n));
      expect(done).toBe(scalars.length);
      const at = group === 'G1' ? g1At : g2At;
      expect(scalars.map((_, i) => at(points, AFFINE[group] * i))).toEqual(want);
    }
  });

  it('are none for no scalar, and infinity for 0', async () => {
    for (const group of ['G1', 'G2'] as const) {
      const table = await fixedBaseTable(threads, group, fixedBaseWindow(group, 1));
      expect(await multiples(threads, table, new Uint8Array(0))).toEqual(new Uint8Array(0));
      expect(await multiples(threads, table, fieldBytes([0n]))).toEqual(new Uint8Array(AFFINE[group]));
    }
  });
});
