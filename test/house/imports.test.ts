// The import rules of ARCHITECTURE.md, read off the sources.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

interface Import {
  readonly file: string;
  readonly target: string;
}

/** Every static and dynamic import of a folder's TypeScript: our own as paths from the root, others by their names. */
function importsOf(folder: string): Import[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(
    (f) => f.endsWith('.ts') && !f.endsWith('.d.ts'),
  );
  return files.flatMap((name) => {
    const path = join(root, folder, name);
    const source = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const targets = [...source.matchAll(/(?:\bfrom |^import |\bimport\()'([^'\n]+)'/gm)].map((match) => match[1]);
    return targets.map((target) => ({
      file: relative(root, path),
      target: target.startsWith('.') ? relative(root, resolve(dirname(path), target)) : target,
    }));
  });
}

const outside = (imports: readonly Import[], allowed: RegExp): string[] =>
  imports.filter(({ target }) => !allowed.test(target)).map(({ file, target }) => `${file} imports ${target}`);
const reaching = (imports: readonly Import[], forbidden: RegExp): string[] =>
  imports.filter(({ target }) => forbidden.test(target)).map(({ file, target }) => `${file} imports ${target}`);

test('the reader of imports finds them', () => {
  expect(importsOf('prover').length).toBeGreaterThan(30);
});

test('verifier imports @noble and itself', () => {
  expect(outside(importsOf('verifier'), /^(verifier\/|@noble\/)/)).toEqual([]);
});

test('compiler imports no node: module, no process, no prover and no cli', () => {
  expect(
    outside(importsOf('compiler'), /^(compiler\/|verifier\/|@noble\/hashes|onnx-buf|@bufbuild\/protobuf)/),
  ).toEqual([]);
});

test('only the process that runs snarkjs imports it', () => {
  const rest = ['compiler', 'prover', 'verifier', 'files', 'cli']
    .flatMap(importsOf)
    .filter(({ file }) => file !== 'prover/snarkjs/child.ts');
  expect(reaching(rest, /^(snarkjs|ffjavascript)/)).toEqual([]);
});

test('only prover runs circom2', () => {
  expect(reaching(['compiler', 'verifier', 'files', 'cli'].flatMap(importsOf), /^circom2/)).toEqual([]);
});

test('nothing imports cli', () => {
  const others = ['compiler', 'prover', 'verifier', 'files', 'examples', 'bench'];
  expect(reaching(others.flatMap(importsOf), /^(#?cli\/)/)).toEqual([]);
});

test('nothing of the toolkit imports the network, or what only it depends on', () => {
  const toolkit = ['compiler', 'prover', 'verifier', 'files', 'cli'].flatMap(importsOf);
  const own = /^(network\/|inferproof-network|@openzeppelin\/|viem|hono|@hono\/|multiformats|@ipld\/|pino|prom-client|valibot|rate-limiter-flexible|bullmq|ioredis)/; // prettier-ignore
  expect(reaching(toolkit, own)).toEqual([]);
  // nor by a name in a variable, but for the one place that loads commands
  const texts = ['compiler', 'prover', 'verifier', 'files', 'cli'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && /import\([^')]/.test(readFileSync(join(root, folder, name), 'utf8')))
      .map((name) => `${folder}/${name}`),
  );
  expect(texts).toEqual(['cli/network.ts']);
});

test('the network reaches the toolkit by its packages’ doors; its rooms are not reached from below', () => {
  const all = importsOf('network').filter(({ file }) => !file.startsWith('network/dist/'));
  const of = (...rooms: readonly string[]) =>
    all.filter(({ file }) => rooms.some((room) => file.startsWith(`network/${room}/`)));
  expect(all.length).toBeGreaterThan(60);
  expect(reaching(all, /^(index\.js|cli|compiler|prover|verifier|files)\//)).toEqual([]);
  expect(reaching(of('contracts', 'chain', 'store'), /^(node:https?$|network\/(node|hub|client|commands)\/)/)).toEqual(
    [],
  );
  expect(reaching(of('hub', 'node', 'client'), /^(network\/(commands|demo)\/|inferproof\/cli)/)).toEqual([]);
  expect(reaching(of('client'), /^(network\/(node|hub)\/|inferproof\/prover)/)).toEqual([]);
});

test('a client loads what a browser has', () => {
  const doors = /^(network\/(?:client\/|chain\/(?:abi|errors|follow|open|signature|typed-data|write)\.js$|store\/(?:blocks|manifest|resolve|sources)\.js$|wire\.js$)|inferproof\/verifier$|viem$|valibot$)/; // prettier-ignore
  expect(outside(importsOf('network/client'), doors)).toEqual([]);
});

test('in network what reads the chain serves nothing, and a node reaches the toolkit by its doors', () => {
  expect(
    outside(importsOf('network/chain'), /^(network\/chain\/|inferproof\/(?:compiler|verifier)$|viem|node:(?!https?$))/),
  ).toEqual([]);
  const doors = /^(network\/(?:node\/|chain\/|wire\.js$)|inferproof\/(?:compiler|files|prover|verifier|verifier\/solidity)$|node:|viem$|@noble\/curves\/secp256k1\.js$|hono|@hono\/|valibot$|pino$|prom-client$|rate-limiter-flexible$)/; // prettier-ignore
  // optional packages: loaded where a queue is configured
  const queue = /^(bullmq|ioredis)$/;
  expect(
    outside(
      importsOf('network/node').filter(({ target }) => !queue.test(target)),
      doors,
    ),
  ).toEqual([]);
  const all = importsOf('network').filter(({ file }) => !file.startsWith('network/dist/'));
  const users = all.filter(({ target }) => queue.test(target)).map(({ file }) => file);
  expect([...new Set(users)].sort()).toEqual([
    'network/node/queue/bullmq.ts',
    'network/node/queue/redis.ts',
    'network/node/worker.ts',
  ]);
  for (const file of users)
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/^import (?!type)[^;]*'(bullmq|ioredis)'/m);
  const proving = importsOf('network/node').filter(({ target }) => target === 'inferproof/prover');
  expect(proving.map(({ file }) => file)).toEqual(['network/node/prover-process.ts']);
});

test('files imports Node, the doors of compiler and verifier, half floats and kinds of files, decoders, and itself', () => {
  const doors =
    /^(files\/|compiler\/(?:index|suggest|circuit\/index|onnx\/(?:float16|file-kinds))\.js|verifier\/(?:index|errors|json-text)\.js|report\/index\.js|node:)/;
  const decoders = new Map([
    ['files/cells.ts', 'papaparse'],
    ['files/png.ts', 'pngjs'],
    ['files/jpeg.ts', '@cwasm/jpeg-turbo'],
  ]);
  const own = importsOf('files').filter(({ file, target }) => decoders.get(file) !== target);
  expect(outside(own, doors)).toEqual([]);
  // loaded by who has such data: nothing imports them from the start
  const loaded = readdirSync(join(root, 'files')).flatMap(
    (name) =>
      readFileSync(join(root, 'files', name), 'utf8').match(/^import [^;]*'\.\/(?:table|png|jpeg)\.js';/gm) ?? [],
  );
  expect(loaded.filter((line) => !line.startsWith('import type'))).toEqual([]);
  expect(reaching(['compiler', 'prover', 'verifier'].flatMap(importsOf), /^files\//)).toEqual([]);
});

test('report imports types of the compiler, what draws, and itself; who shows pages loads it when there is one to show', () => {
  expect(
    outside(importsOf('report'), /^(report\/|compiler\/index\.js|@observablehq\/plot|@dagrejs\/dagre|linkedom)/),
  ).toEqual([]);
  const rooms = ['compiler', 'prover', 'verifier', 'files', 'cli'];
  expect(reaching(rooms.flatMap(importsOf), /^(@observablehq\/|d3|@dagrejs\/|linkedom)/)).toEqual([]);
  expect(reaching(['compiler', 'prover', 'verifier'].flatMap(importsOf), /^report\//)).toEqual([]);
  const sources = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8'));
  for (const source of sources('report')) expect(source).not.toMatch(/^import (?!type)[^;]*compiler\/index\.js'/m);
  for (const source of ['files', 'cli'].flatMap(sources))
    expect(source).not.toMatch(/^import [^;]*report\/index\.js'/m);
});

test('in prover no room imports one that stands above it', () => {
  const room = (path: string): string | undefined => /^prover\/([^/.]+)/.exec(path)?.[1];
  const below = new Map<string, Set<string>>();
  for (const { file, target } of importsOf('prover')) {
    const [from, to] = [room(file), room(target)];
    if (from === undefined || to === undefined || from === to) continue;
    below.set(from, (below.get(from) ?? new Set()).add(to));
  }
  expect(below.has('files')).toBe(false);
  expect([...below.get('kernel')!].sort()).toEqual(['files', 'random']);
  // takes away what stands on nothing that is left, floor by floor
  for (let floors = 0; floors < 20; floors++)
    for (const [name, rooms] of below) if ([...rooms].every((one) => !below.has(one))) below.delete(name);
  expect([...below.keys()]).toEqual([]);
});

test('cli reaches the rooms by their doors, by the small ones where a command is to start fast', () => {
  const doors =
    /^(cli\/|compiler\/(?:index|suggest|circuit\/index)\.js|prover\/(?:index|prove|check|keys)\.js|files\/(?:index|folder|read|write|json-text)\.js|verifier\/(?:index|errors)\.js|verifier\/solidity\/index\.js|report\/(?:index|figures|printable)\.js|node:|yargs|cli-progress|picocolors|onnxruntime-node|@ethereumjs\/)/;
  expect(outside(importsOf('cli'), doors)).toEqual([]);
});

test('the root exports the doors, and nobody goes in by it', () => {
  const source = readFileSync(join(root, 'index.ts'), 'utf8');
  const doors = [...source.matchAll(/^export \* from '\.\/(.*)\/index\.js';$/gm)].map((match) => match[1]);
  expect(doors).toEqual(['compiler', 'files', 'prover', 'verifier', 'verifier/solidity']);
  const all = ['compiler', 'prover', 'verifier', 'files', 'cli', 'examples', 'bench'].flatMap(importsOf);
  expect(reaching(all, /^(index\.js|inferproof)$/)).toEqual([]);
});

test('page reaches the toolkit by the doors that browsers have, and the machine that runs contracts', () => {
  const doors =
    /^(page\/|inferproof\/(?:compiler|files|prover|verifier|verifier\/solidity)$|#cli\/demo\/evm\.js$|@ethereumjs\/util$)/;
  const all = importsOf('page').filter(({ file }) => file !== 'page/build.ts');
  expect(all.length).toBeGreaterThan(10);
  expect(outside(all, doors)).toEqual([]);
});

test('only the files that package.json names for it know a browser or Node where the prover makes proofs', () => {
  const named = ['#machines', '#outside'];
  const users = importsOf('prover').filter(({ target }) => named.includes(target));
  expect(users.map(({ file }) => file).sort()).toEqual([
    'prover/kernel/index.ts',
    'prover/proof.ts',
    'prover/started.ts',
  ]);
});

test('operators never import each other', () => {
  const operators = importsOf('compiler/onnx/operators').filter(({ file }) => !file.endsWith('index.ts'));
  expect(reaching(operators, /^compiler\/onnx\/operators\//)).toEqual([]);
});

/** What is left of a graph when whoever imports nothing that is left is taken away, again and again: its cycles and what reaches them. */
function cyclic(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Map(edges);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [room, imported] of left) if (![...imported].some((one) => left.has(one))) left.delete(room);
  }
  return [...left].flatMap(([room, imported]) =>
    [...imported].filter((one) => left.has(one)).map((one) => `${room} imports ${one}`),
  );
}

test('the folders of compiler are imported only downwards, types too', () => {
  // a file in compiler/ itself is a room of its own
  const roomOf = (path: string): string => path.split(/[\\/]/)[1];
  const edges = new Map<string, Set<string>>();
  for (const { file, target } of importsOf('compiler')) {
    if (!target.startsWith('compiler')) continue;
    const [from, to] = [roomOf(file), roomOf(target).replace(/\.js$/, '.ts')];
    if (!edges.has(from)) edges.set(from, new Set());
    if (from !== to) edges.get(from)?.add(to);
  }
  const rooms = [
    'linear',
    'primitives',
    'hints',
    'nodes',
    'recipes',
    'graph',
    'circuit',
    'quantize',
    'measure',
    'emit',
    'onnx',
  ];
  for (const room of rooms) expect(edges.get(room)?.size, room).toBeGreaterThan(0);
  expect(cyclic(edges)).toEqual([]);
  // the reader of cycles finds one
  expect(cyclic(new Map([...edges, ['linear', new Set(['emit'])]]))).toContain('linear imports emit');
});
