// What needs no browser of the page of `inferproof page`: its folder, its server, and its parts by themselves.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { serveSite } from '#cli/page/serve.js';
import { writeSite } from '#cli/page/site.js';
import { show } from '#page/result.js';

it('a folder that is written again loses what the older page had, and nothing else', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'site-test-')), 'site');
  const page = (...chunks: string[]): Map<string, string> =>
    new Map([
      ...['index.html', ...chunks].map((name) => [name, name] as const),
      ['page.json', '{}'],
      ['sw.js', `const FILES = ${JSON.stringify(['./', 'mine', 'index.html', ...chunks, 'page.json'])};\nrest();\n`],
    ]);
  try {
    await writeSite(page('chunk-OLD.js'), folder);
    await mkdir(join(folder, 'mine'));
    await writeFile(join(folder, 'mine/notes.txt'), 'mine');
    await writeFile(join(folder, 'CNAME'), 'mine');
    await writeSite(page('chunk-NEW.js'), folder);
    const names = ['CNAME', '_headers', 'chunk-NEW.js', 'index.html', 'mine', 'page.json', 'sw.js'];
    expect((await readdir(folder)).sort()).toEqual(names);
    expect(await readFile(join(folder, 'mine/notes.txt'), 'utf8')).toBe('mine');

    await writeFile(join(folder, 'sw.js'), 'const FILES = [CNAME];');
    await writeSite(page(), folder);
    expect((await readdir(folder)).sort()).toEqual(names);
  } finally {
    await rm(join(folder, '..'), { recursive: true });
  }
});

it('the server answers hosts of its own names alone, and any path', async () => {
  const { server } = await serveSite(new Map([['index.html', 'home']]), 0);
  const { port } = server.address() as AddressInfo;
  const status = (path: string, host: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      );
      socket.once('data', (data) => resolve(String(data).split(' ', 2)[1])).once('error', reject);
      socket.once('close', () => reject(new Error('expected an answer, got none')));
    });
  try {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'localhost'])
      expect(await status('/', host)).toBe('200');
    for (const host of [
      '',
      `foreign.example:${port}`,
      `127.0.0.1.foreign.example:${port}`,
      'localhost@foreign.example',
    ])
      expect(await status('/', host)).toBe('403');
    for (const path of ['//', '///', '/..', '/%', '//index.html', 'http://foreign.example/', '*'])
      expect(await status(path, `127.0.0.1:${port}`)).toBe('404');
    expect(await status('/?a', `127.0.0.1:${port}`)).toBe('200');
  } finally {
    server.close();
  }
});

it('an output decides by its own name, not by one that every object has', () => {
  const elements = new Map<string, { textContent: string }>();
  const element = (): object => {
    const none = (): void => undefined;
    return { textContent: '', style: {}, append: none, replaceChildren: none, setAttribute: none };
  };
  const getElementById = (id: string): object => {
    const made = elements.get(id) ?? (element() as { textContent: string });
    elements.set(id, made);
    return made;
  };
  vi.stubGlobal('document', { createElement: element, getElementById });
  try {
    const names = ['constructor', 'toString', 'class'];
    const outputs = names.map((name) => ({ name, shape: [2], values: [1, 2], names: null }));
    show({ valid: true, outputs, inputs: [], chain: null }, new Map([['class', 'largest']]), undefined);
    expect(elements.get('verdict')?.textContent).toBe('Valid: class: 1');
  } finally {
    vi.unstubAllGlobals();
  }
});

it('the service worker keeps what its page is made of, drops what an older one was, and leaves keys alone', async () => {
  const scope = 'http://localhost/page/';
  type Listener = (event: object) => void;
  const listeners = new Map<string, Listener>();
  const kept = new Set(['', 'main.js', 'chunk-OLD.js'].map((name) => scope + name));
  const cache = {
    keys: () => Promise.resolve([...kept].map((url) => ({ url }))),
    delete: ({ url }: { url: string }) => Promise.resolve(kept.delete(url)),
    match: () => Promise.resolve('kept'),
  };
  let claimed = false;
  const self = {
    registration: { scope },
    clients: { claim: () => (claimed = true) },
    addEventListener: (name: string, listener: Listener) => listeners.set(name, listener),
  };
  const opened: string[] = [];
  const caches = { open: (name: string) => Promise.resolve((opened.push(name), cache)) };
  const script = `const FILES = ["./", "main.js"];\n${await readFile('page/sw.js', 'utf8')}`;
  runInNewContext(script, { self, caches, URL, fetch: () => Promise.reject(new Error('offline')) });

  let done: Promise<unknown> | undefined;
  listeners.get('activate')!({ waitUntil: (promise: Promise<unknown>) => (done = promise) });
  await done;
  expect([[...kept], claimed]).toEqual([[scope, `${scope}main.js`], true]);

  const answered = (url: string): Promise<unknown> | undefined => {
    let answer: Promise<unknown> | undefined;
    const respondWith = (promise: Promise<unknown>): void => void (answer = promise);
    listeners.get('fetch')!({ request: { method: 'GET', url: scope + url }, respondWith });
    return answer;
  };
  expect(await answered('main.js?x=a.key')).toBe('kept');
  for (const key of ['proving.key', 'proving.key?fresh']) expect(answered(key)).toBeUndefined();
  for (const name of opened) expect(name).toContain(scope);
});
