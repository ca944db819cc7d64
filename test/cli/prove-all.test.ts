// prove --all: a file per sample, samples that fail by their names, and nothing of an earlier run among them.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFolder } from '#files/index.js';
import { openProver, type Prover } from '#prover/index.js';
import { verify } from '#verifier/index.js';
import { gemmFolder } from './gemm-folder.js';
import { commandLine } from './in-process.js';

let root = '';
const at = (...names: readonly string[]): string => join(root, ...names);
const inferproof = async (...args: readonly string[]) => {
  const { status, stdout, stderr } = await commandLine([...args, '--json'], root);
  return { status, stderr, json: JSON.parse(stdout) as Record<string, unknown> };
};
/** Values inside [-1, 1] but for the third of five samples. */
const SAMPLES: readonly (readonly [number, number])[] = [
  [0.5, 0.25],
  [-0.5, 1],
  [7, 0],
  [0, 0],
  [1, -1],
];

beforeAll(async () => {
  root = await gemmFolder('all', { 'many.json': SAMPLES });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('prove --all', () => {
  it('proves each sample that fits, names the one that does not, and says so by its exit code', async () => {
    const { status, json, stderr } = await inferproof('prove', 'dir', '--input', 'many.json', '--all', '-o', 'proofs');
    expect(status).toBe(2);
    expect(stderr).toContain('sample 2 was not proved');
    expect(json).toMatchObject({ proofs: 4, failed: [{ index: 2, error: { code: 'range' } }] });
    expect(Object.keys(json).sort()).toEqual(['failed', 'proofBytes', 'proofs', 'seconds', 'witnessSeconds']);
    expect(readdirSync(at('proofs')).sort()).toEqual(['0.json', '1.json', '3.json', '4.json']);
    const key: unknown = JSON.parse(readFileSync(at('dir', 'vkey.json'), 'utf8'));
    for (const i of [0, 1, 3, 4]) {
      const proof: unknown = JSON.parse(readFileSync(at('proofs', `${i}.json`), 'utf8'));
      const answer = verify(key, proof, { allowInsecureKey: true });
      expect(answer).toMatchObject({ valid: true });
      if (!answer.valid) continue;
      for (const [k, x] of SAMPLES[i].entries()) expect(answer.inputs['x'].floats[k]).toBeCloseTo(x, 1);
    }
    const again = await inferproof('prove', 'dir', '--input', 'many.json', '--all', '-o', 'proofs');
    expect(again).toMatchObject({ status: 2, json: { error: { code: 'usage', where: join('proofs', '0.json') } } });
  });

  it('proves all with --clamp', async () => {
    const clamped = await inferproof('prove', 'dir', '--input', 'many.json', '--all', '-o', 'clamped', '--clamp');
    expect(clamped).toMatchObject({ status: 0, json: { proofs: 5, failed: [] } });
  });

  it.each([
    ['--index beside it', ['--all', '--index', '1', '-o', 'none'], 'got both'],
    ['no folder', ['--all'], 'expected -o FOLDER'],
    ['neither', [], 'expected one sample, got 5'],
  ])('refuses %s', async (_, flags, message) => {
    const { status, json } = await inferproof('prove', 'dir', '--input', 'many.json', ...flags);
    expect(status).toBe(2);
    expect(json['error']).toMatchObject({ code: 'usage', message: expect.stringContaining(message) as string });
    expect(readdirSync(root)).not.toContain('none');
  });

  it('stops at once where no sample can be proved: a damaged key', async () => {
    const key = readFileSync(at('dir', 'proving.key'));
    writeFileSync(at('dir', 'proving.key'), key.subarray(0, 1000));
    try {
      const { status, json } = await inferproof('prove', 'dir', '--input', 'many.json', '--all', '-o', 'damaged');
      expect({ status, json }).toMatchObject({ status: 2, json: { error: { code: 'format' } } });
      expect(readdirSync(at('damaged'))).toEqual([]);
    } finally {
      writeFileSync(at('dir', 'proving.key'), key);
    }
  });

  it('refuses a file in the place of the folder', async () => {
    mkdirSync(at('places'));
    writeFileSync(at('places', 'file'), '');
    const { status, json } = await inferproof('prove', 'dir', '--input', 'many.json', '--all', '-o', 'places/file');
    expect({ status, json }).toMatchObject({ status: 2, json: { error: { code: 'file' } } });
  });
});

describe('proveAll of a prover', () => {
  let prover: Prover;
  const samples = { count: SAMPLES.length, inputs: { x: Float64Array.from(SAMPLES.flat()) } };
  beforeAll(async () => {
    const { circuit, vkey, provingKey } = await readFolder(at('dir'));
    if (vkey === undefined || provingKey === undefined) throw new Error('no keys');
    prover = await openProver(circuit, provingKey, vkey);
  });
  afterAll(() => prover.close());

  it('gives a result for each sample, in order', async () => {
    const results = [];
    for await (const result of prover.proveAll(samples)) results.push([result.index, 'made' in result]);
    expect(results).toEqual([[0, true], [1, true], [2, false], [3, true], [4, true]]); // prettier-ignore
  });

  it('ends with whoever stops asking, and with the signal: the prover stays open', async () => {
    for await (const { index } of prover.proveAll(samples)) if (index === 1) break;
    const stop = new AbortController();
    const seen: number[] = [];
    const all = async () => {
      for await (const { index } of prover.proveAll(samples, { signal: stop.signal })) {
        seen.push(index);
        stop.abort(new Error('enough'));
      }
    };
    await expect(all()).rejects.toThrow('enough');
    expect(seen).toEqual([0]);
    await expect(prover.prove(samples, { index: 0 })).resolves.toBeDefined();
  });
});
