// A file of lines: what was kept is there after any end, what was not leaves nothing, and it does not grow for ever.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openJournal, type Journal } from '#network/node/journal.js';
import { readLines } from '#network/node/lines.js';

const root = mkdtempSync(join(tmpdir(), 'inferproof-journal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => void vi.restoreAllMocks());
/** What all files' handles do. */
const handle = await open(root, 'r');
const prototype = Object.getPrototypeOf(handle) as typeof handle;
await handle.close();

let path = '';
beforeEach(() => (path = join(mkdtempSync(join(root, 'one-')), 'lines')));
/** Long enough for all of a test. */
const NEVER = 1e9;
/** Names and values: the last line of a name counts. */
async function opened(short = 2 ** 23, behind = NEVER) {
  const { lines, ...found } = await readLines(path);
  const all = new Map(lines.map((line) => line.split('=') as [string, string]));
  const journal = openJournal(path, found, () => [...all].map((pair) => pair.join('=')), { short, behind });
  const set = (name: string, value: string): Promise<void> =>
    journal.add({ line: () => `${name}=${value}`, kept: () => all.set(name, value), lost: () => undefined });
  return { all, journal, set };
}
const add = (journal: Journal, line: string | (() => string)): Promise<void> =>
  journal.add({ line: () => (typeof line === 'string' ? line : line()), kept: () => undefined, lost: () => undefined });

it('each line is written when its promise resolves; many go together, under one write, and the disk is not waited for', async () => {
  const [writes, syncs] = [vi.spyOn(prototype, 'appendFile'), vi.spyOn(prototype, 'datasync')];
  const { journal } = await opened();
  const there = vi.fn();
  await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    await add(journal, `line ${i}`);
    if (readFileSync(path, 'utf8').includes(`line ${i}\n`)) there();
  })); // prettier-ignore
  expect(there).toHaveBeenCalledTimes(100);
  expect((await readLines(path)).lines).toEqual(Array.from({ length: 100 }, (_, i) => `line ${i}`));
  // the first by itself, and the others while it was written
  expect(writes).toHaveBeenCalledTimes(2);
  expect(syncs).not.toHaveBeenCalled();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await journal.close();
});

it('lines are synced once, within the time that the disk may be behind; what comes meanwhile goes with the next', async () => {
  const [data, folder] = [vi.spyOn(prototype, 'datasync'), vi.spyOn(prototype, 'sync')];
  let done = (): void => undefined;
  data.mockImplementation(() => new Promise((end) => (done = end)));
  const { set, journal } = await opened(undefined, 20);
  for (let i = 0; i < 10; i++) await set('a', `${i}`);
  await vi.waitFor(() => expect(data).toHaveBeenCalledTimes(1));
  // beside a sync that does not end
  await set('a', 'meanwhile');
  done();
  await vi.waitFor(() => expect(data).toHaveBeenCalledTimes(2));
  done();
  await new Promise((end) => setTimeout(end, 100));
  expect(data).toHaveBeenCalledTimes(2);
  // its name, once
  expect(folder).toHaveBeenCalledTimes(1);
  await journal.close();
  expect(data).toHaveBeenCalledTimes(2);
});

it('a stop syncs what was not yet', async () => {
  const data = vi.spyOn(prototype, 'datasync');
  const { set, journal } = await opened();
  await set('a', '1');
  expect(data).not.toHaveBeenCalled();
  await journal.close();
  expect(data).toHaveBeenCalledTimes(1);
  data.mockRejectedValueOnce(new Error('EIO'));
  const { set: next, journal: other } = await opened();
  await next('a', '2');
  await expect(other.close()).rejects.toThrow('EIO');
});

it('what stands behind the last line end was never kept, and goes', async () => {
  const one = await opened();
  await one.set('a', '1');
  await one.journal.close();
  appendFileSync(path, 'a=2');
  const two = await opened();
  expect([...two.all]).toEqual([['a', '1']]);
  await two.set('b', '1');
  await two.journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\nb=1\n');
});

it('a line that cannot be written is lost before another is made, and leaves nothing', async () => {
  const { journal } = await opened();
  await add(journal, 'a');
  let value = 1;
  vi.spyOn(prototype, 'appendFile').mockImplementationOnce(async function (this: typeof handle) {
    await this.write('b=').catch(() => undefined);
    throw new Error('no space');
  });
  const first = journal.add({ line: () => `b=${++value}`, kept: () => undefined, lost: () => value-- });
  const second = new Promise((done) => setTimeout(done, 0)).then(() => add(journal, () => `c=${value}`));
  await expect(first).rejects.toThrow('no space');
  await second;
  expect((await readLines(path)).lines).toEqual(['a', 'c=1']);
  await journal.close();
});

it('it is written anew when it has become long, and says the same', async () => {
  const { set, all, journal } = await opened(1_000);
  for (let i = 0; i < 500; i++) await set(`name ${i % 7}`, `value ${i}`);
  await journal.close();
  expect(statSync(path).size).toBeLessThan(1_100);
  expect(readdirSync(join(path, '..'))).toEqual(['lines']);
  const { all: again, journal: next } = await opened(1_000);
  expect(new Map(again)).toEqual(new Map(all));
  expect(again.get('name 3')).toBe('value 493');
  await next.close();
});

it('where no other file can be made, the first goes on', async () => {
  const { set, journal } = await opened(200);
  mkdirSync(`${path}.part`);
  for (let i = 0; i < 40; i++) await set(`n${i % 3}`, `value ${i}`);
  const { lines } = await readLines(path);
  expect(lines).toEqual(Array.from({ length: 40 }, (_, i) => `n${i % 3}=value ${i}`));
  rmdirSync(`${path}.part`);
  for (let i = 40; i < 80; i++) await set(`n${i % 3}`, `value ${i}`);
  await journal.close();
  expect((await opened()).all).toEqual(new Map([['n0', 'value 78'], ['n1', 'value 79'], ['n2', 'value 77']])); // prettier-ignore
  expect(statSync(path).size).toBeLessThan(40 * 12);
});

const FOREIGN = { code: 'resource', message: expect.stringContaining('another process writes here') as string };

it('a process that read before another one wrote leaves its lines, and refuses for good', async () => {
  const one = await opened();
  await one.set('a', '1');
  const two = await opened(1);
  await Promise.all([one.set('b', '1'), one.set('c', '1')]);
  await one.journal.close();
  const lost = vi.fn();
  writeFileSync(`${path}.part`, 'of the other');
  const all = ['d', 'e'].map((line) => two.journal.add({ line: () => line, kept: () => undefined, lost }));
  for (const add of all) await expect(add).rejects.toMatchObject(FOREIGN);
  expect(lost).toHaveBeenCalledTimes(2);
  expect(readFileSync(`${path}.part`, 'utf8')).toBe('of the other');
  // also where the size is again what it was
  const text = readFileSync(path, 'utf8');
  truncateSync(path, 4);
  await expect(two.set('f', '1')).rejects.toMatchObject(FOREIGN);
  writeFileSync(path, text);
  await two.journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\nb=1\nc=1\n');
});

it.each([false, true])('of two at once the first that writes goes on, and the other writes nothing (a file was there: %s)', async (before) => {
  if (before) writeFileSync(path, 'a=1\n');
  const [one, two] = [await opened(), await opened()];
  await one.set('b', '1');
  await expect(two.set('c', '1')).rejects.toMatchObject(FOREIGN);
  await one.set('b', '2');
  await two.journal.close();
  await one.journal.close();
  expect(readFileSync(path, 'utf8')).toBe(`${before ? 'a=1\n' : ''}b=1\nb=2\n`);
}); // prettier-ignore

it('a file that was put in the place of its own, of the same size, is another', async () => {
  const one = await opened();
  await one.set('a', '1');
  writeFileSync(`${path}.other`, 'b=1\n');
  renameSync(`${path}.other`, path);
  await expect(one.set('a', '2')).rejects.toMatchObject(FOREIGN);
  await one.journal.close();
  expect(readFileSync(path, 'utf8')).toBe('b=1\n');
});

it('it is not written anew over what another process wrote meanwhile', async () => {
  const one = await opened(8);
  await one.set('a', '1');
  // the only sync is that of the new file
  vi.spyOn(prototype, 'datasync').mockImplementationOnce(() => {
    appendFileSync(path, 'z=1\n');
    return Promise.resolve();
  });
  await one.set('a', '2');
  await expect(one.set('a', '3')).rejects.toMatchObject(FOREIGN);
  await one.journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\na=2\nz=1\n');
});

it('a sync that failed may have dropped what it was to keep: all is written anew before the next line', async () => {
  const { set, journal } = await opened(undefined, 20);
  await set('a', '1');
  const before = statSync(path).ino;
  vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(new Error('EIO'));
  // another file under its name: the lines in it were written again, whatever became of those in the old one
  await vi.waitFor(() => expect(statSync(path).ino).not.toBe(before));
  expect(readFileSync(path, 'utf8')).toBe('a=1\n');
  await set('b', '1');
  await vi.waitFor(() => expect(journal.fault()).toBeUndefined());
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\nb=1\n');
});

it('while neither the disk nor a new file takes lines they are refused, and it says why until they are taken', async () => {
  const { set, journal } = await opened(undefined, 20);
  await set('a', '1');
  mkdirSync(`${path}.part`);
  vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(new Error('EIO'));
  await vi.waitFor(() => expect(String(journal.fault())).toContain('.part'));
  await expect(set('b', '1')).rejects.toThrow('.part');
  expect(readFileSync(path, 'utf8')).toBe('a=1\n');
  rmdirSync(`${path}.part`);
  // nobody has to write for it to be seen
  await vi.waitFor(() => expect(journal.fault()).toBeUndefined());
  await set('c', '1');
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\nc=1\n');
});

it('a stop says where a sync failed and nothing can be written anew', async () => {
  const { set, journal } = await opened(undefined, 20);
  await set('a', '1');
  mkdirSync(`${path}.part`);
  vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(new Error('EIO'));
  await vi.waitFor(() => expect(journal.fault()).toBeDefined());
  await expect(journal.close()).rejects.toThrow('.part');
});

it('a sync that fails while a line is written: all is written anew, with it', async () => {
  const { set, journal } = await opened(undefined, 20);
  await set('a', '1');
  const before = statSync(path).ino;
  vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(new Error('EIO'));
  vi.spyOn(prototype, 'appendFile').mockImplementationOnce(async function (this: typeof handle, text) {
    await vi.waitFor(() => expect(journal.fault()).toBeDefined());
    await this.write(text as string);
  });
  await set('b', '1');
  expect(journal.fault()).toMatchObject({ message: 'EIO' });
  await vi.waitFor(() => expect(journal.fault()).toBeUndefined());
  expect(statSync(path).ino).not.toBe(before);
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\nb=1\n');
});

it('a stop waits for the sync that is under way, and writes all anew where it fails', async () => {
  const { set, journal } = await opened(undefined, 20);
  await set('a', '1');
  const before = statSync(path).ino;
  let fail: (error: Error) => void = () => undefined;
  const syncs = vi.spyOn(prototype, 'datasync').mockImplementationOnce(() => new Promise((_, no) => (fail = no)));
  await vi.waitFor(() => expect(syncs).toHaveBeenCalledTimes(1));
  const closed = journal.close();
  await new Promise((done) => setTimeout(done, 50));
  fail(new Error('EIO'));
  await closed;
  expect(statSync(path).ino).not.toBe(before);
  expect(readFileSync(path, 'utf8')).toBe('a=1\n');
});

it('a write that fails says why until another goes well', async () => {
  const { set, journal } = await opened(undefined, 20);
  expect(journal.fault()).toBeUndefined();
  vi.spyOn(prototype, 'appendFile').mockRejectedValueOnce(new Error('ENOSPC'));
  await expect(set('a', '1')).rejects.toThrow('ENOSPC');
  expect(journal.fault()).toMatchObject({ message: 'ENOSPC' });
  await vi.waitFor(() => expect(journal.fault()).toBeUndefined());
  await set('a', '2');
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=2\n');
});

it.each([['on the disk', 'truncate'], ['by the stop', 'none']] as const)('what was reported lost does not outlive a stop: taken back %s', async (_, works) => {
  const { set, journal } = await opened();
  await set('a', '1');
  const [write, cut] = [vi.spyOn(prototype, 'appendFile'), vi.spyOn(prototype, 'truncate')];
  write.mockImplementationOnce(async function (this: typeof handle, text) {
    await this.write(text as string);
    throw new Error('EIO');
  });
  if (works === 'none') cut.mockRejectedValueOnce(new Error('EIO'));
  const added = await Promise.allSettled([set('b', '1')]);
  const there = readFileSync(path, 'utf8');
  expect(added[0].status).toBe('rejected');
  expect(there).toBe(works === 'none' ? 'a=1\nb=1\n' : 'a=1\n');
  const synced = vi.spyOn(prototype, 'datasync');
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\n');
  expect(synced.mock.invocationCallOrder.at(-1)).toBeGreaterThan(cut.mock.invocationCallOrder.at(-1)!);
}); // prettier-ignore

it('of lines that were written in part and reported lost none is there, at once and after a stop', async () => {
  const { set, journal } = await opened();
  await set('a', '1');
  vi.spyOn(prototype, 'appendFile').mockImplementation(async function (this: typeof handle, text) {
    await this.write((text as string).slice(0, -3));
    throw new Error('ENOSPC');
  });
  const added = await Promise.allSettled(['b', 'c', 'd'].map((name) => set(name, '1')));
  expect(added.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(readFileSync(path, 'utf8')).toBe('a=1\n');
  vi.restoreAllMocks();
  await set('e', '1');
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\ne=1\n');
});

it('a line that cannot be made is lost by itself', async () => {
  const { set, journal } = await opened();
  const lost = vi.fn();
  const line = (): string => {
    throw new Error('no line');
  };
  const first = set('a', '1');
  const bad = () => journal.add({ line, kept: () => expect.fail(), lost });
  const [threw, other] = [bad(), set('b', '1')];
  await expect(threw).rejects.toThrow('no line');
  await Promise.all([first, other]);
  await expect(bad()).rejects.toThrow('no line');
  expect(lost).toHaveBeenCalledTimes(2);
  await set('c', '1');
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('a=1\nb=1\nc=1\n');
});

it.each([['EINVAL', true], ['ENOTSUP', true], ['EPERM', true], ['EIO', false]] as const)('a folder whose sync says %s: goes on %s', async (code, on) => {
  const { set, journal } = await opened();
  vi.spyOn(prototype, 'sync').mockRejectedValueOnce(Object.assign(new Error(code), { code }));
  await set('a', '1');
  const [{ status }] = await Promise.allSettled([journal.close()]);
  expect(status).toBe(on ? 'fulfilled' : 'rejected');
  expect(readFileSync(path, 'utf8')).toBe('a=1\n');
}); // prettier-ignore
