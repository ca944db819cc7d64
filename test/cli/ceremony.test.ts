// A ceremony on the command line, from powers of tau to a proof under a key that nobody alone made: what each of its commands says,
// what happens when two contribute at once or one is killed, and who can be told what.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addStep, readCeremony, readCircuit } from '#files/index.js';
import { startCeremony } from '#prover/ceremony/powers.js';
import { parseBin, section } from '#prover/files/binfile.js';
import { contribute } from '#prover/index.js';
import { floats as tensor, modelBytes } from '../compiler/onnx-models.js';
import { closeCurve, newPowersOfTau } from '../prover/stock.js';
import { commandLine } from './in-process.js';

const EXAMPLE = resolve('dist/examples/ceremony/run.js');
let cwd = '';
const at = (...names: readonly string[]) => join(cwd, ...names);

async function run(...args: readonly string[]) {
  const { status, stdout, stderr } = await commandLine([...args, '--json'], cwd);
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  return { status, json: JSON.parse(stdout) as Record<string, any>, stderr }; // eslint-disable-line @typescript-eslint/no-explicit-any -- parsed
}
const ceremony = (...args: readonly string[]) => run('ceremony', ...args);
async function done(...args: readonly string[]) {
  const answer = await run(...args);
  expect(answer.status, JSON.stringify(answer.json)).toBe(0);
  return answer;
}
async function refused(code: string, args: readonly string[], words: RegExp): Promise<void> {
  const { status, json } = await run(...args);
  expect({ status, code: json['error']?.code }, JSON.stringify(json)).toEqual({ status: 2, code });
  expect(JSON.stringify(json)).toMatch(words);
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'inferproof-ceremony-'));
  const model = (weight: number) =>
    modelBytes({ inputs: { x: [1, 2] }, nodes: [{ op: 'Gemm', in: ['x', 'w'] }], initializers: { w: tensor([2, 1], [0.5, weight]) } }); // prettier-ignore
  writeFileSync(at('m.onnx'), model(-1));
  writeFileSync(at('other.onnx'), model(-0.5));
  writeFileSync(at('x.json'), '{"x": [[0.5, 0.25]]}');
  for (const name of ['m', 'other']) await done('compile', `${name}.onnx`, '-o', name, '--input-range', '-1,1', '--bits', '3', '--allow-loss'); // prettier-ignore
  const { domain } = (await done('setup', 'm', '--dev')).json;
  const power = Math.ceil(Math.log2(domain));
  await newPowersOfTau(power, at('tau.ptau'));
  const { stderr } = await done('ceremony', 'start', 'm', '--ptau', 'tau.ptau', '-o', 'c');
  expect(stderr).toContain(` rows in a domain of ${2 ** power}: those of powers of tau are powers of two`);
});
afterAll(async () => {
  rmSync(cwd, { recursive: true });
  await closeCurve();
});

describe('ceremony', () => {
  it('of three processes and a beacon, as the example runs it, makes a key that everything accepts without a flag', async () => {
    const { status, stderr: said } = spawnSync(process.execPath, [EXAMPLE, 'm', 'tau.ptau', 'run'], {
      cwd,
      encoding: 'utf8',
    });
    expect(status, said).toBe(0);
    const { json: now } = await done('ceremony', 'status', 'run');
    expect(now).toMatchObject({ contributions: 3, closed: true });
    expect(now['steps'].map(({ name }: { name: string }) => name)).toEqual(['Ada', 'Grace', 'Hedy', null]);
    const last = { hash: now['transcript'] as string };

    const vkey = JSON.parse(readFileSync(at('m', 'vkey.json'), 'utf8')) as object;
    expect(vkey).toMatchObject({ insecure: false, contributions: 3, transcript: last.hash });
    expect(readdirSync(at('m', 'transcript')).sort()).toEqual([
      '0001.json',
      '0002.json',
      '0003.json',
      '0004.json',
      'ceremony.json',
    ]);
    await done('prove', 'm', '--input', 'x.json');
    const { stderr } = await done('verify', 'm', '--require-secure');
    expect(stderr).toMatch(`3 contributions and the transcript ${last.hash}: unverified here`);
    expect((await done('export-solidity', 'm', '-o', 'V.sol')).stderr).toMatch('unverified here');
    const audit = ['audit', 'm', '--model', 'm.onnx'];
    expect((await done(...audit)).json).toMatchObject({ key: 'unverifiable' });
    const proven = [...audit, '--transcript', join('m', 'transcript'), '--ptau', 'tau.ptau'];
    expect((await done(...proven)).json).toMatchObject({ key: 'verified' });
    expect((await run(...audit, '--transcript', 'c', '--ptau', 'tau.ptau')).json).toMatchObject({ key: 'different' });
    await refused('usage', [...audit, '--transcript', 'run'], /--ptau/);
  });

  it('of a development key that says so is told from one that took place', async () => {
    await done('setup', 'other', '--dev');
    const path = at('other', 'vkey.json');
    const vkey = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...vkey, insecure: false, contributions: 7, transcript: 'f'.repeat(64) }));
    expect((await run('audit', 'other', '--model', 'other.onnx', '--transcript', 'c', '--ptau', 'tau.ptau')).json).toMatchObject({ key: 'different' }); // prettier-ignore
    rmSync(path);
  });

  it('is not mixed up with another circuit, nor with other powers', async () => {
    const { status, json } = await ceremony('verify', 'c', 'other', '--ptau', 'tau.ptau');
    expect({ status, json }).toEqual({ status: 1, json: { valid: false, wrong: 'ceremony.json', reason: 'it is for another circuit' } }); // prettier-ignore
    const powers = readFileSync(at('tau.ptau'));
    powers[powers.length >> 1] ^= 1;
    writeFileSync(at('changed.ptau'), powers);
    await refused('format', ['ceremony', 'verify', 'c', 'm', '--ptau', 'changed.ptau'], /changed\.ptau/);
    cpSync(at('c'), at('foreign'), { recursive: true });
    await done('ceremony', 'contribute', 'foreign', '--name', 'Eve');
    await refused('mismatch', ['ceremony', 'finish', 'foreign', '-o', 'other'], /another one/);
  });

  it('without contributors is refused as a key', async () => {
    await refused('insecure', ['ceremony', 'finish', 'c', '-o', 'm'], /everybody knows/);
  });

  it('tells the second of two who contribute at once, and keeps the first', async () => {
    cpSync(at('c'), at('race'), { recursive: true });
    const { texts, key } = await readCeremony(at('race'));
    const [one, two] = await Promise.all(['one', 'two'].map((name) => contribute(texts, key, { name })));
    await addStep(at('race'), texts, one.step, one.key);
    const before = readdirSync(at('race'));
    await expect(addStep(at('race'), texts, two.step, two.key)).rejects.toMatchObject({ code: 'mismatch' });
    expect(readdirSync(at('race'))).toEqual(before);
    expect(before.filter((name) => name.endsWith('.key'))).toHaveLength(1);
    // at the very same time: one of them
    cpSync(at('c'), at('tie'), { recursive: true });
    const added = await Promise.allSettled([one, two].map(({ step, key }) => addStep(at('tie'), texts, step, key)));
    expect(added.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await done('ceremony', 'contribute', 'tie', '--name', 'after');
  });

  it('interrupted is as it was', async () => {
    cpSync(at('c'), at('killed'), { recursive: true });
    const { texts, key } = await readCeremony(at('killed'));
    const { key: next } = await contribute(texts, key, { name: 'killed' });
    writeFileSync(at('killed', 'key-0123456789abcdef.key'), next.subarray(0, 1000)); // written in part, or whole and without its step
    expect((await done('ceremony', 'status', 'killed')).json).toMatchObject({ contributions: 0 });
    await done('ceremony', 'contribute', 'killed', '--name', 'Ada', '--entropy', 'dice: 4 2 6');
    expect(existsSync(at('killed', 'key-0123456789abcdef.key'))).toBe(false);
  });

  it('begins with powers that stay as they are while they are used', async () => {
    cpSync(at('tau.ptau'), at('swapped.ptau'));
    const swap = (stage: string): void => {
      if (stage !== 'link') return;
      const bytes = readFileSync(at('swapped.ptau'));
      const said = section(parseBin(bytes, 'ptau'), 7); // what contributors said: no point of the key
      bytes[bytes.indexOf(said) + 100] ^= 1;
      writeFileSync(at('swapped.ptau'), bytes);
    };
    await expect(startCeremony(await readCircuit(at('m')), at('swapped.ptau'), { onProgress: swap })).rejects.toMatchObject({ code: 'file', message: expect.stringContaining('changed while it was used') }); // prettier-ignore
  });

  it('writes its transcript through no link, and reads no folder without end', async () => {
    cpSync(at('c'), at('linked'), { recursive: true });
    await done('ceremony', 'contribute', 'linked', '--name', 'Ada');
    cpSync(at('linked'), at('precious'), { recursive: true });
    mkdirSync(at('stranger'));
    symlinkSync(join('..', 'precious'), at('stranger', 'transcript'));
    const before = readdirSync(at('precious'));
    await refused('file', ['ceremony', 'finish', 'linked', '-o', 'stranger'], /symbolic link/);
    expect(readdirSync(at('precious'))).toEqual(before);

    writeFileSync(at('precious', '0002.json'), new Uint8Array(2 ** 16 + 1));
    await refused('format', ['ceremony', 'status', 'precious'], /at most 65536 bytes, got 65537/);
    for (let i = 2; i <= 4097; i++) writeFileSync(at('precious', `${String(i).padStart(4, '0')}.json`), '');
    await refused('format', ['ceremony', 'status', 'precious'], /at most 4096 steps, got 4097/);
  });

  it('refuses folders that lack something, and says what', async () => {
    cpSync(at('c'), at('bad'), { recursive: true });
    const [key] = readdirSync(at('bad')).filter((name) => name.endsWith('.key'));
    const whole = readFileSync(at('bad', key));
    writeFileSync(at('bad', key), whole.subarray(0, whole.length >> 1));
    await refused('mismatch', ['ceremony', 'contribute', 'bad', '--name', 'Ada'], /another SHA-256/);
    rmSync(at('bad', key));
    await refused('file', ['ceremony', 'contribute', 'bad', '--name', 'Ada'], /the key after the last step/);
    writeFileSync(at('bad', '0002.json'), '{}');
    await refused('file', ['ceremony', 'status', 'bad'], /0001\.json.*missing/);
    await refused('file', ['ceremony', 'status', 'm'], /ceremony\.json/);
    await refused('file', ['ceremony', 'start', 'm', '--ptau', 'tau.ptau', '-o', 'c'], /has a ceremony/);
    await refused('file', ['ceremony', 'start', 'm', '--ptau', 'tau.ptau', '-o', 'other'], /without ceremony\.json/);
  });

  it('wants the words and flags of its action, and no others', async () => {
    await refused('usage', ['ceremony', 'begin', 'c'], /expected one of start, contribute/);
    await refused('usage', ['ceremony', 'contribute', 'c'], /expected --name/);
    await refused('usage', ['ceremony', 'contribute', 'c', '--name', 'a\u0007b'], /printable/);
    await refused('usage', ['ceremony', 'status', 'c', '--name', 'x'], /expected no --name/);
    await refused('usage', ['ceremony', 'beacon', 'c', 'abcd'], /3 words/);
    await refused('usage', ['ceremony', 'beacon', 'c', 'abcd', '9'], /2\^10 to 2\^24/);
    await refused('usage', ['ceremony', 'beacon', 'c', 'abc', '10'], /hex/);
    await refused('usage', ['ceremony', 'start', 'm', '--ptau', 'tau.ptau'], /expected -o/);
  });
});
