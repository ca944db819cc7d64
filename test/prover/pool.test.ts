import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldBytes } from '#compiler/circuit/field.js';
import { R, mod } from '#verifier/field.js';
import { binBytes } from '#prover/binfile.js';
import { writeWhole } from '#prover/binfile-disk.js';
import { AFFINE, fixedBase, groupSum, windowFor } from '#prover/points.js';
import { workerPool } from '#prover/pool.js';
import { g1At, g2At } from '#prover/setup/key.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pool-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const script = async (name: string, body: string): Promise<URL> => {
  const path = join(folder, name);
  await writeFile(path, `import { parentPort } from 'node:worker_threads';\n${body}`);
  return pathToFileURL(path);
};

describe('the worker pool', () => {
  it('rejects the job of a worker that ends or throws, and runs the next ones', async () => {
    const pool = workerPool(
      await script(
        'dies.mjs',
        `parentPort.on('message', ({ job, args }) => {
          if (job === 'exit') process.exit(3);
          if (job === 'throw') throw new Error('out of luck');
          if (job === 'fail') return parentPort.postMessage({ ok: false, message: 'too large' });
          parentPort.postMessage({ ok: true, out: Uint8Array.of(args) });
        });`,
      ),
      2,
    );
    const jobs = ['echo', 'exit', 'throw', 'echo', 'fail', 'exit', 'echo', 'echo'].map((job, i) => pool.run(job, i));
    const results = await Promise.allSettled(jobs);
    const refused = (message: RegExp) => ({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'resource', message: expect.stringMatching(message) }),
    });
    const echoed = (i: number) => ({ status: 'fulfilled', value: Uint8Array.of(i) });
    expect(results).toEqual([
      echoed(0),
      refused(/exit code 3/),
      refused(/out of luck/),
      echoed(3),
      refused(/too large/),
      refused(/exit code 3/),
      echoed(6),
      echoed(7),
    ]);
  });

  it('rejects when the script does not load', async () => {
    const pool = workerPool(await script('broken.mjs', 'throw new Error("no start");'), 2);
    await expect(pool.run('echo', 1)).rejects.toMatchObject({ code: 'resource' });
  });

  it('lets the process end by itself after work', async () => {
    const dist = fileURLToPath(new URL('../../dist/prover/points.js', import.meta.url));
    const main = join(folder, 'main.mjs');
    await writeFile(
      main,
      `import { fixedBase } from ${JSON.stringify(pathToFileURL(dist).href)};
       const scalars = new Uint8Array(64); scalars[0] = 1;
       console.log((await fixedBase('G1', scalars, 4)).length);`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [main], { timeout: 20_000 });
    expect(stdout.trim()).toBe('128');
  });
});

describe('sums of points', () => {
  const scalars = [0n, 1n, 2n, R - 1n, (1n << 253n) + 12345n, 255n, 256n, mod(-(1n << 100n))];
  const expected = (k: bigint): readonly [bigint, bigint] => {
    if (k === 0n) return [0n, 0n];
    const { x, y } = bn254.G1.Point.BASE.multiply(k).toAffine();
    return [x, y];
  };

  it('multiply the generators, for every window', async () => {
    for (const window of [4, 7, 8, 13]) {
      const points = await fixedBase('G1', fieldBytes(scalars), window);
      scalars.forEach((k, i) => expect(g1At(points, 64 * i), `${k}`).toEqual(expected(k)));
    }
    const points = await fixedBase('G2', fieldBytes(scalars), 6);
    scalars.forEach((k, i) => {
      const [[x0, x1], [y0, y1]] = g2At(points, 128 * i);
      const want = k === 0n ? undefined : bn254.G2.Point.BASE.multiply(k).toAffine();
      expect([x0, x1, y0, y1]).toEqual(
        want === undefined ? [0n, 0n, 0n, 0n] : [want.x.c0, want.x.c1, want.y.c0, want.y.c1],
      );
    });
  });

  it('are more than one slice long without a seam', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => BigInt(i % 300));
    let done = 0;
    const points = await fixedBase('G1', fieldBytes(many), windowFor(many.length), (n) => (done += n));
    expect(done).toBe(many.length);
    for (const i of [0, 1, 8191, 8192, 16383, 16384, 19999]) expect(g1At(points, 64 * i)).toEqual(expected(many[i]));
  });

  it('add up each class: doublings, opposites, infinity and empty classes included', async () => {
    const values = [1n, 1n, 5n, R - 5n, 0n, 7n, 0n, 3n];
    const classes = Uint32Array.of(0, 0, 1, 1, 2, 2, 3, 5);
    for (const group of ['G1', 'G2'] as const) {
      const sums = await groupSum(group, await fixedBase(group, fieldBytes(values), 5), classes, 6);
      const want = await fixedBase(group, fieldBytes([2n, 0n, 7n, 0n, 0n, 3n]), 5);
      expect(sums).toEqual(want);
      expect(sums).toHaveLength(6 * AFFINE[group]);
    }
  });
});

describe('a file', () => {
  it('is whole or absent: an interrupted writing leaves nothing', async () => {
    const path = join(folder, 'key');
    const failing = function* (): Generator<Uint8Array> {
      yield Uint8Array.of(1, 2, 3);
      throw new Error('interrupted');
    };
    const before = await readdir(folder);
    await expect(writeWhole(path, failing())).rejects.toMatchObject({ code: 'file', where: path });
    expect(await readdir(folder)).toEqual(before);
    await expect(writeWhole(join(folder, 'no', 'such', 'folder'), [])).rejects.toMatchObject({ code: 'file' });
    await writeWhole(path, [binBytes({ type: 'zkey', version: 1, sections: [] })]);
    expect(await readdir(folder)).toEqual([...before, 'key'].sort());
  });
});
