// fetchKey with servers and a private file system of its own: lengths that are wrong, rooms that are full, callers that throw.
import { afterEach, expect, it, vi } from 'vitest';
import { withKept } from '#page/kept.js';
import { fetchKey } from '#prover/index.js';
import { InferproofError } from '#verifier/errors.js';

afterEach(() => vi.unstubAllGlobals());

interface Served {
  readonly bytes: number;
  readonly length: number;
  readonly type?: string;
}

/** Serves one answer to all, and says what was asked and how many downloads were ended early. */
function serve({ bytes, length, type = 'basic' }: Served): { asked: unknown[]; ended: () => number } {
  const asked: unknown[] = [];
  let ended = 0;
  vi.stubGlobal('fetch', (_: string, options: unknown) => {
    asked.push(options);
    let left = bytes;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (left === 0) return controller.close();
        left--;
        controller.enqueue(Uint8Array.of(left));
      },
      cancel: () => {
        ended++;
      },
    });
    const response = new Response(body, { headers: { 'Content-Length': String(length) } });
    return Promise.resolve(Object.defineProperty(response, 'type', { value: type }));
  });
  return { asked, ended: () => ended };
}

/** A private file system that has room for some bytes in each file. */
function room(bytes: number): Map<string, number[]> {
  const files = new Map<string, number[]>();
  const handle = (name: string): object => ({
    getFile: () => Promise.resolve(new Blob([Uint8Array.from(files.get(name) ?? [])])),
    createWritable: () => {
      const made: number[] = [];
      return Promise.resolve({
        write: async (piece: Uint8Array) => {
          await Promise.resolve();
          if (made.push(...piece) > bytes) throw new Error('full');
        },
        close: () => Promise.resolve(void files.set(name, made)),
        abort: () => Promise.resolve(),
      });
    },
  });
  const folder = {
    getFileHandle: (name: string, options?: object) =>
      options || files.has(name) ? Promise.resolve(handle(name)) : Promise.reject(new Error('none')),
  };
  const root = { getDirectoryHandle: () => Promise.resolve(folder) };
  vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.resolve(root) } });
  return files;
}

const thrown = (made: Promise<unknown>): Promise<unknown> =>
  made.then(
    () => 'nothing',
    (error: unknown) => error,
  );

it('from another origin a length may be that of something compressed, whose download is whole all the same', async () => {
  for (const length of [3, 9]) {
    serve({ bytes: 5, length, type: 'cors' });
    const shown: unknown[] = [];
    const key = (await fetchKey('key', { onProgress: (...said) => shown.push(said) })) as Uint8Array;
    expect([...key]).toEqual([4, 3, 2, 1, 0]);
    expect(shown.at(-1)).toEqual([5, length === 3 ? undefined : 9]);
  }
  for (const length of [3, 9]) {
    serve({ bytes: 5, length });
    expect(String(await thrown(fetchKey('key')))).toMatch(/was cut/);
  }
  const files = room(100);
  serve({ bytes: 5, length: 3, type: 'cors' });
  expect(((await fetchKey('key', { keep: 'a' })) as Blob).size).toBe(5);
  expect(files.get('a')).toEqual([4, 3, 2, 1, 0]);
});

it('a length beyond all memory is refused, one that is too short ends the download, and so does an error', async () => {
  const much = serve({ bytes: 5, length: 1e15 });
  const error = await thrown(fetchKey('key'));
  expect(error).toMatchObject({ code: 'resource' });
  expect(String(error)).toMatch(/1000000000000000 bytes/);
  expect(much.ended()).toBe(1);
  const more = serve({ bytes: 5, length: 3 });
  expect(await thrown(fetchKey('key'))).toMatchObject({ code: 'file' });
  expect(more.ended()).toBe(1);
});

it('loads into memory where there is no room, not where the caller throws', async () => {
  room(2);
  const full = serve({ bytes: 5, length: 5 });
  expect(await fetchKey('key', { keep: 'a' })).toEqual(Uint8Array.of(4, 3, 2, 1, 0));
  expect([full.asked.length, full.ended()]).toEqual([2, 1]);

  const files = room(100);
  const { asked, ended } = serve({ bytes: 5, length: 5 });
  const own = new Error('of the caller');
  const onProgress = (loaded: number): void => {
    if (loaded === 2) throw own;
  };
  expect(await thrown(fetchKey('key', { keep: 'a', onProgress }))).toBe(own);
  expect([asked.length, ended(), files.size]).toEqual([1, 1, 0]);
});

it('a kept key that is wrong is forgotten and loaded past all caches; one that is not stays', async () => {
  const { asked } = serve({ bytes: 1, length: 1 });
  await fetchKey('key', { cache: 'reload' });
  expect(asked).toMatchObject([{ cache: 'reload' }]);
  const attempts = async (error: Error): Promise<unknown[]> => {
    const told: unknown[] = [];
    const attempt = (fresh: boolean): Promise<string> => {
      told.push(fresh);
      return fresh ? Promise.resolve('made') : Promise.reject(error);
    };
    const end = await thrown(withKept(attempt, () => Promise.resolve(void told.push('forgotten'))));
    return [...told, end];
  };
  for (const code of ['format', 'mismatch'] as const)
    expect(await attempts(new InferproofError(code, 'wrong'))).toEqual([false, 'forgotten', true, 'nothing']);
  for (const other of [
    new InferproofError('resource', 'full'),
    new InferproofError('file', 'cut'),
    new Error('stopped'),
  ])
    expect(await attempts(other)).toEqual([false, other]);
});
