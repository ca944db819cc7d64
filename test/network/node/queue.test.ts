// The local queue without processes: what comes first, what becomes of a job whose provers die of it.
import { expect, it } from 'vitest';
import type { startProver } from '#network/node/prover.js';
import { localQueue } from '#network/node/queue/local.js';
import { rank, type Proved, type Ten } from '#network/node/queue/queue.js';

const MADE: Proved = { words: [1n], proof: Array.from({ length: 10 }, () => 1n) as unknown as Ten, seconds: 0.1 };
const job = (id: string, of = rank('paid')) => ({ id, model: '0x01', words: [1n], context: '0x02', rank: of }) as const;

/** Provers that do what a test says. */
function queue(prove: (words: readonly bigint[], die: (why: string) => void) => Promise<Proved>, workers = 1) {
  const deaths: string[] = [];
  const open: typeof startProver = (_, onEnd) => ({
    pid: 0,
    prove: (_folder, words) => prove(words, onEnd),
    end: () => Promise.resolve(),
  });
  return {
    deaths,
    ...localQueue({ workers, threads: 1, folderOf: () => '', onDeath: (why) => deaths.push(why), open }),
  };
}

/** A queue whose provers begin with `go`, and the first word of each proof in the order in which they were made. */
function waiting() {
  const order: bigint[] = [];
  let go: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (go = resolve));
  const q = queue(async ([word]) => {
    await started;
    order.push(word);
    return MADE;
  });
  return { q, order, go };
}

it('what is lost first comes first', async () => {
  const { q, order, go } = waiting();
  const ranks = [
    rank('audit'),
    rank('audit'),
    rank('paid'),
    rank('request', 9n),
    rank('request', 5n),
    rank('challenge', 99n),
  ];
  const all = ranks.map((of, i) => q.submit({ ...job(`${i}`, of), words: [BigInt(i)] }));
  expect([q.jobs(), q.wait()]).toEqual([6, 5]);
  go();
  await Promise.all(all);
  expect(order).toEqual([0n, 5n, 4n, 3n, 2n, 1n]); // the first had begun
  expect(q.jobs()).toBe(0);
});

it('one proof is made for an id', async () => {
  let made = 0;
  const q = queue(() => Promise.resolve({ ...MADE, seconds: ++made }));
  expect(await Promise.all([q.submit(job('a')), q.submit(job('a'))])).toEqual(
    [MADE, MADE].map((one) => ({ ...one, seconds: 1 })),
  );
});

it.each([
  [2, 'done by the third'],
  [3, 'fails, by name'],
])('a job whose first %i provers die: %s', async (deaths) => {
  let left = deaths;
  const q = queue((_, die) => {
    if (left-- <= 0) return Promise.resolve(MADE);
    setImmediate(die, 'SIGKILL');
    return new Promise(() => undefined);
  });
  const done = q.submit(job('a'));
  if (deaths === 2) expect(await done).toBe(MADE);
  else
    await expect(done).rejects.toMatchObject({
      code: 'resource',
      message: 'expected a proof, got 3 provers that died of it: SIGKILL',
    });
  expect(q.deaths.length).toBe(deaths);
  expect(await q.submit(job('b'))).toBe(MADE);
  expect(q.missing()).toBe(null);
});

it('a prover that refuses a job serves the next; a closed queue takes none', async () => {
  const q = queue(([word]) => (word === 0n ? Promise.reject(new Error('no')) : Promise.resolve(MADE)));
  await expect(q.submit({ ...job('a'), words: [0n] })).rejects.toThrow('no');
  expect(await q.submit(job('b'))).toBe(MADE);
  await q.close();
  await expect(q.submit(job('c'))).rejects.toMatchObject({ code: 'resource' });
});

it('a proof that somebody waits for comes first when the chain asks for it, too', async () => {
  const { q, order, go } = waiting();
  const all = ['audit', 'paid', 'paid'].map((kind, i) => q.submit({ ...job(`${i}`, rank(kind as 'paid')), words: [BigInt(i)] })); // prettier-ignore
  all.push(q.submit(job('2', rank('challenge', 5n))));
  go();
  await Promise.all(all);
  expect(order).toEqual([0n, 2n, 1n]);
});

it('provers that die as they start are started ever more slowly', async () => {
  let starts = 0;
  const open: typeof startProver = (_, onEnd) => {
    starts++;
    setImmediate(onEnd, 'exit code 1');
    return { pid: 0, prove: () => new Promise(() => undefined), end: () => Promise.resolve() };
  };
  const q = localQueue({ workers: 1, threads: 1, folderOf: () => '', onDeath: () => undefined, open });
  await new Promise((later) => setTimeout(later, 400));
  expect(starts).toBeGreaterThan(5);
  expect(starts).toBeLessThan(9);
  await q.close();
});
