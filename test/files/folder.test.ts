// The folder of a compiled model, written and read by a program instead of the command line.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circuitDigest, compile, type Compilation } from '#compiler/index.js';
import {
  FILES,
  readFolder,
  readKey,
  readMatchingKey,
  readProof,
  toJson,
  writeCompilation,
  writeKeys,
} from '#files/index.js';
import { setup, type SetupResult } from '#prover/index.js';
import { wordCount } from '#verifier/index.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

const model = (weight: number) =>
  modelBytes({
    inputs: { x: [1, 2] },
    nodes: [{ op: 'Gemm', in: ['x', 'w'] }],
    initializers: { w: floats([2, 1], [1, weight]) },
  });

let root = '';
let made: Compilation;
let other: Compilation;
let keys: SetupResult;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-folder-'));
  const inputRanges = { '': [-1, 1] } as const;
  [made, other] = [await compile(model(2), { inputRanges }), await compile(model(3), { inputRanges })];
  keys = await setup(made.circuit, { dev: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the folder of a compiled model', () => {
  it('is read as it was written, with its keys as soon as there are some', async () => {
    const dir = join(root, 'whole');
    expect(await writeCompilation(dir, made)).toEqual([]);
    const bare = await readFolder(dir);
    expect(circuitDigest(bare.circuit)).toBe(circuitDigest(made.circuit));
    expect(bare.graph).toEqual(made.graph);
    expect([bare.vkey, bare.provingKey]).toEqual([undefined, undefined]);
    await writeKeys(dir, keys.provingKey, keys.vkey);
    const { vkey, provingKey } = await readFolder(dir);
    expect([vkey, provingKey]).toEqual([keys.vkey, join(dir, FILES.provingKey)]);
    expect(await readMatchingKey(dir)).toEqual(await readKey(join(dir, FILES.vkey)));
    rmSync(join(dir, FILES.graph));
    rmSync(join(dir, FILES.provingKey));
    expect(await readFolder(dir)).toMatchObject({ graph: undefined, vkey: keys.vkey, provingKey: undefined });
  });

  it('takes a proving key without vkey.json, which is written after it, for none', async () => {
    const dir = join(root, 'torn');
    await writeCompilation(dir, made);
    writeFileSync(join(dir, FILES.provingKey), keys.provingKey);
    expect((await readFolder(dir)).provingKey).toBeUndefined();
  });

  it('keeps its keys when the same circuit is written again, and loses those of another', async () => {
    const dir = join(root, 'again');
    await writeCompilation(dir, made);
    await writeKeys(dir, keys.provingKey, keys.vkey);
    expect(await writeCompilation(dir, made)).toEqual([]);
    expect((await readFolder(dir)).vkey).toEqual(keys.vkey);
    expect(await writeCompilation(dir, other)).toEqual([FILES.provingKey, FILES.vkey]);
    expect((await readFolder(dir)).vkey).toBeUndefined();
  });

  it('keeps a key that is no development key unless told to remove it', async () => {
    const dir = join(root, 'ceremony');
    const inputRanges = { '': [-1, 1] } as const;
    const [plain, changed] = [await compile(model(2), { argument: 'plain', inputRanges }), await compile(model(3), { argument: 'plain', inputRanges })]; // prettier-ignore
    const { provingKey, vkey } = await setup(plain.circuit, { dev: true });
    await writeCompilation(dir, plain);
    await writeKeys(dir, provingKey, { ...vkey, insecure: false, contributions: 1 });
    writeFileSync(join(dir, FILES.proof), '{}');
    const before = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'hex'));
    const refused = { code: 'usage', where: join(dir, FILES.vkey), hint: expect.stringContaining('--overwrite') };
    await expect(writeCompilation(dir, changed)).rejects.toMatchObject(refused);
    expect(readdirSync(dir).map((name) => readFileSync(join(dir, name), 'hex'))).toEqual(before);
    expect(readdirSync(root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await writeCompilation(dir, plain)).toEqual([]);
    const all = [FILES.provingKey, FILES.vkey, FILES.proof];
    writeFileSync(join(dir, FILES.vkey), '{"format": "inferproof-vkey", "version": 9}');
    await expect(writeCompilation(dir, plain)).rejects.toMatchObject(refused);
    expect(await writeCompilation(dir, changed, { overwrite: true })).toEqual(all);
    expect(circuitDigest((await readFolder(dir)).circuit)).toBe(circuitDigest(changed.circuit));
  });

  it('is refused with the key of another circuit, and where there is none', async () => {
    const dir = join(root, 'mixed');
    await writeCompilation(dir, other);
    writeFileSync(join(dir, FILES.vkey), toJson({ format: 'inferproof-proof' }));
    await expect(readFolder(dir)).rejects.toMatchObject({ code: 'format', message: /got a proof/ });
    await writeKeys(dir, keys.provingKey, keys.vkey);
    await expect(readFolder(dir)).rejects.toMatchObject({ code: 'mismatch', where: join(dir, FILES.vkey) });
    await expect(readFolder(join(root, 'none'))).rejects.toMatchObject({ code: 'file', where: join(root, 'none') });
    renameSync(join(dir, FILES.circuit), join(dir, 'x'));
    await expect(readFolder(dir)).rejects.toMatchObject({ code: 'file', where: join(dir, FILES.circuit) });
  });

  it('is not written over other files', async () => {
    const dir = mkdtempSync(join(root, 'theirs-'));
    writeFileSync(join(dir, 'a'), '');
    await expect(writeCompilation(dir, made)).rejects.toMatchObject({ code: 'file' });
    expect(readdirSync(dir)).toEqual(['a']);
  });
});

it('JSON has typed arrays as lists and large integers as strings', () => {
  const value = { a: 'a"\u2028', b: [1, [], {}, { c: null }], d: undefined, e: true, f: [undefined, NaN], g: -0 };
  for (const indent of [0, 2]) expect(toJson(value, indent)).toBe(JSON.stringify(value, null, indent));
  expect(toJson({ a: Float64Array.of(0.5, 2), b: 2n ** 64n, c: [null] })).toBe('{"a":[0.5,2],"b":"18446744073709551616","c":[null]}'); // prettier-ignore
});

it('JSON keeps the order of a map, which an object does not have', () => {
  const names = ['b', '10', '9', '__proto__', '1e3'];
  const map = new Map(names.map((name, i) => [name, { i }]));
  expect(toJson({ map })).toBe(`{"map":{${names.map((name, i) => `"${name}":{"i":${i}}`).join()}}}`);
  expect(toJson(map, 1)).toBe(`{\n${names.map((name, i) => ` "${name}": {\n  "i": ${i}\n }`).join(',\n')}\n}`);
});

it('holds no proof in a file that is longer than a text', async () => {
  const path = join(root, 'proof.json');
  writeFileSync(path, '');
  truncateSync(path, 2 ** 29);
  expect(await readProof(path)).toBeUndefined();
  rmSync(path);
});

it('holds no proof in a file that is longer than the words of the key ask for, nor does a pipe', async () => {
  const path = join(root, 'proof.json');
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const words = keys.vkey.publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  const most = 65_536 + 256 * words;
  for (const [length, read] of [[most, {}], [most + 1, undefined]] as const) {
    writeFileSync(path, '{}'.padEnd(length));
    expect(await readProof(path, keys.vkey)).toEqual(read);
    expect(await readProof(path)).toEqual({});
    const [piped] = await Promise.all([readProof(pipe, keys.vkey), writeFile(pipe, '{}'.padEnd(length))]);
    expect(piped).toEqual(read);
  } // prettier-ignore
  rmSync(path);
});
