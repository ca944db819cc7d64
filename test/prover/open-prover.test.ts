// A prover that stays open: its queue, aborts, its end, and keys that are not its circuit's.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeCircuit } from '#compiler/circuit/json.js';
import { keyDifference } from '#compiler/circuit/key.js';
import { binBytes, parseBin, section } from '#prover/files/binfile.js';
import { secretPoints, withSecretPoints } from '#prover/files/key.js';
import { SECTION } from '#prover/files/zkey.js';
import { checkKeys, openProver, prove, type Prover, type ProverOptions } from '#prover/index.js';
import {
  parseVerificationKey,
  serializeVerificationKey,
  verify,
  type LookupKey,
  type VerificationKey,
} from '#verifier/index.js';
import { perceptron, tabular } from '../compiler/circuits.js';
import { tiny } from '../lookup/tiny.js';
import { startedWorkers, subject, type Subject } from './opened.js';

const workers = startedWorkers();
let folder: string;
let plain: Subject;
let lookup: Subject;
let keyPath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-prover-test-'));
  [plain, lookup] = [await subject(perceptron()), await subject(tiny(), 512)];
  keyPath = join(folder, 'proving.key');
  await writeFile(keyPath, plain.provingKey);
});
afterAll(() => rm(folder, { recursive: true }));

const provers: Prover[] = [];
afterEach(async () => {
  await Promise.all(provers.splice(0).map((prover) => prover.close()));
});
async function opened({ circuit, provingKey, vkey }: Subject, options: ProverOptions = {}): Promise<Prover> {
  const prover = await openProver(circuit, provingKey, vkey, options);
  provers.push(prover);
  return prover;
}
const valid = ({ vkey }: Subject, proof: unknown, context?: string): boolean =>
  verify(vkey, proof, { allowInsecureKey: true, ...(context === undefined ? {} : { context }) }).valid;
const closed = { name: 'InferproofError', code: 'usage', message: expect.stringContaining('closed') };

it('reads a verification key that comes as JSON, and refuses what is none by its field', async () => {
  for (const { circuit, provingKey, vkey, sample } of [plain, lookup]) {
    const json = JSON.parse(JSON.stringify(serializeVerificationKey(vkey))) as VerificationKey;
    const { proof } = await prove(circuit, provingKey, json, sample(1));
    expect(verify(vkey, proof, { allowInsecureKey: true }).valid).toBe(true);
    const prover = await openProver(circuit, provingKey, json);
    provers.push(prover);
    expect(verify(vkey, (await prover.prove(sample(2))).proof, { allowInsecureKey: true }).valid).toBe(true);
    const bad = { ...json, circuit: 'x' };
    const refused = expect.objectContaining({ code: 'format', where: 'vkey.circuit' }) as unknown;
    await expect(prove(circuit, provingKey, bad, sample(1))).rejects.toEqual(refused);
    await expect(openProver(circuit, provingKey, bad)).rejects.toEqual(refused);
  }
  checkKeys(
    plain.circuit,
    keyPath,
    JSON.parse(JSON.stringify(serializeVerificationKey(plain.vkey))) as VerificationKey,
  );
  expect(() => checkKeys(plain.circuit, keyPath, {} as VerificationKey)).toThrow(
    expect.objectContaining({ code: 'format' }),
  );
  await expect(openProver(plain.circuit, keyPath, null as never)).rejects.toThrow('expected vkey');
});

describe('the queue', () => {
  it.each(['plain', 'lookup'])('says how far a proof is, from 0 to 100 and never back: %s', async (argument) => {
    const subject = argument === 'plain' ? plain : lookup;
    const prover = await opened(subject);
    const said: (readonly [step: string, done: number, total: number])[] = [];
    await prover.prove(subject.sample(0), { onProgress: (...progress) => said.push(progress) });
    expect(said[0]).toEqual(['witness', 0, 0]);
    const shares = said.slice(1).map(([step, done, total]) => {
      expect([step, total]).toEqual(['prove', 100]);
      return done;
    });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0, 100]);
    expect(new Set(shares).size).toBeGreaterThan(5);
  });

  it('makes one proof at a time, in the order of the calls', async () => {
    const prover = await opened(plain);
    const events: string[] = [];
    const proofs = [0, 1, 2, 3].map(async (i) => {
      const made = await prover.prove(plain.sample(i), { onProgress: (stage) => events.push(`${i} ${stage}`) });
      events.push(`${i} made`);
      return made;
    });
    for (const { proof } of await Promise.all(proofs)) expect(valid(plain, proof)).toBe(true);
    expect([...new Set(events)].filter((event) => !event.endsWith('made'))).toEqual(
      [0, 1, 2, 3].flatMap((i) => [`${i} witness`, `${i} prove`]),
    );
    expect(events.filter((event) => event.endsWith('made'))).toEqual([0, 1, 2, 3].map((i) => `${i} made`));
  });

  it('takes the sample and the context as they are at the call', async () => {
    const prover = await opened(plain);
    const context = new Uint8Array(32).fill(3);
    const [first, sample] = [prover.prove(plain.sample(1)), plain.sample(2)];
    const second = prover.prove(sample, { context });
    const before = structuredClone(sample.inputs['x']);
    sample.inputs['x'].fill(0);
    context.fill(4);
    await first;
    const { proof } = await second;
    const answer = verify(plain.vkey, proof, { allowInsecureKey: true, context: `0x${'03'.repeat(32)}` });
    const { scale, zero } = plain.vkey.publics[0];
    const read = answer.valid ? answer.inputs['x'].ints.map((int) => Number(scale) * (int - Number(zero))) : [];
    expect(read).toHaveLength(before.length);
    read.forEach((value, i) => expect(Math.abs(value - before[i])).toBeLessThanOrEqual(Number(scale)));
  });

  it('goes on after a sample that does not fit', async () => {
    const prover = await opened(lookup);
    const outcomes = await Promise.allSettled([
      prover.prove({ count: 1, inputs: { x: new Float64Array(6).fill(5) } }),
      prover.prove({ count: 1, inputs: { x: new Float64Array(5) } }),
      prover.prove({ count: 2, inputs: { x: new Float64Array(12) } }),
      prover.prove(lookup.sample(1), { context: 'no context' }),
      prover.prove({ count: 2, inputs: { x: new Float64Array(12) } }, { index: 1 }),
    ]);
    const codes = outcomes.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'made'));
    expect(codes).toEqual(['range', 'data', 'usage', 'usage', 'made']);
  });
});

describe.each(['kernel', 'snarkjs'] as const)('an abort of the %s prover', (kind) => {
  it('drops a proof that waits, at once and alone', async () => {
    const prover = await opened(plain, { prover: kind });
    const [control, reason] = [new AbortController(), new Error('not wanted any more')];
    let [running, started] = [true, false];
    const first = prover.prove(plain.sample(1)).finally(() => (running = false));
    const dropped = prover.prove(plain.sample(2), { signal: control.signal, onProgress: () => (started = true) });
    const last = prover.prove(plain.sample(3), { signal: new AbortController().signal });
    control.abort(reason);
    await expect(dropped).rejects.toBe(reason);
    expect(running).toBe(true);
    for (const { proof } of [await first, await last]) expect(valid(plain, proof)).toBe(true);
    expect(started).toBe(false);
  });

  it('stops the proof that is made, and the next one is made', async () => {
    const prover = await opened(lookup, { prover: kind });
    const control = new AbortController();
    let stopped = 0;
    const onProgress = (stage: string): void => {
      if (stage !== 'prove') return;
      stopped ||= performance.now();
      control.abort();
    };
    const running = prover.prove(lookup.sample(1), { signal: control.signal, onProgress });
    const next = prover.prove(lookup.sample(2));
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    const waited = performance.now() - stopped;
    expect(valid(lookup, (await next).proof)).toBe(true);
    expect(waited).toBeLessThan((performance.now() - stopped) / 2); // not by waiting for the end of it
  });

  it('that came before the call refuses it', async () => {
    const prover = await opened(plain, { prover: kind });
    const reason = new Error('too late');
    await expect(prover.prove(plain.sample(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

it('an abort at any moment leaves a prover that works', async () => {
  const prover = await opened(lookup);
  for (let i = 0; i < 12; i++) {
    const made = prover.prove(lookup.sample(i), { signal: AbortSignal.timeout(12 * i) }).then(
      ({ proof }) => proof,
      (error: unknown) => error,
    );
    const [stopped, next] = await Promise.all([made, prover.prove(lookup.sample(i))]);
    expect(valid(lookup, stopped) || (stopped as Error).name === 'TimeoutError').toBe(true);
    expect(valid(lookup, next.proof)).toBe(true);
  }
});

it('a thread that is killed while nothing is proved costs nothing', async () => {
  const before = workers.length;
  const prover = await opened(plain, { threads: 2 });
  await workers[before].terminate();
  expect(valid(plain, (await prover.prove(plain.sample(1))).proof)).toBe(true);
  expect(workers.length - before).toBe(4);
});

describe('the end', () => {
  it('rejects the proof that is made and those that wait, and ends threads and files', async () => {
    const gone: number[] = [];
    const before = workers.length;
    const prover = await openProver(plain.circuit, keyPath, plain.vkey, { threads: 3 });
    const mine = workers.slice(before);
    for (const worker of mine) worker.on('exit', () => gone.push(worker.threadId));
    const open = (): number => openFiles().filter((name) => name === keyPath).length;
    expect(mine).toHaveLength(3);
    expect(open()).toBe(existsSync('/proc/self/fd') ? 1 : 0);
    let begun: (stage: string) => void = () => undefined;
    const proving = new Promise<string>((done) => (begun = done));
    const onProgress = (stage: string): void => {
      if (stage === 'prove') begun(stage);
    };
    const proofs = [prover.prove(plain.sample(1), { onProgress }), prover.prove(plain.sample(2))];
    const refused = Promise.all(proofs.map((proof) => expect(proof).rejects.toMatchObject(closed)));
    await proving;
    await Promise.all([prover.close(), prover.close()]);
    await refused;
    expect(gone).toHaveLength(3);
    expect(open()).toBe(0);
    await expect(prover.prove(plain.sample(1))).rejects.toMatchObject(closed);
    await prover.close();
  });

  it('of one prover leaves another one alone', async () => {
    const [one, other] = [await opened(lookup), await opened(lookup)];
    const made = other.prove(lookup.sample(1));
    await one.close();
    expect(valid(lookup, (await made).proof)).toBe(true);
  });

  it('is not needed for the process to end: not after prove, not with an open prover', async () => {
    await writeFile(join(folder, 'circuit.json'), encodeCircuit(plain.circuit));
    await writeFile(join(folder, 'vkey.json'), JSON.stringify(serializeVerificationKey(plain.vkey)));
    const door = (room: string): string => JSON.stringify(pathToFileURL(resolve(`dist/${room}/index.js`)).href);
    const program = (body: string): string => `
      import { readFileSync } from 'node:fs';
      import { decodeCircuit } from ${door('compiler')};
      import { openProver, prove } from ${door('prover')};
      import { parseVerificationKey } from ${door('verifier')};
      const read = (name) => readFileSync(${JSON.stringify(folder)} + '/' + name, 'utf8');
      const circuit = decodeCircuit(read('circuit.json'), 'circuit.json');
      const vkey = parseVerificationKey(JSON.parse(read('vkey.json')));
      const sample = { count: 1, inputs: { x: new Float64Array(12) } };
      const all = [circuit, ${JSON.stringify(keyPath)}, vkey];
      ${body}`;
    for (const body of [
      'console.log((await prove(...all, sample)).backend);',
      "console.log((await prove(...all, sample, { prover: 'snarkjs' })).backend);",
      'console.log((await (await openProver(...all)).prove(sample)).backend);',
      'await openProver(...all); console.log("open");',
      'const p = await openProver(...all); const made = p.prove(sample).catch(({ code }) => code); await p.close(); console.log(await made);',
    ]) {
      const args = ['--input-type=module', '-e', program(body)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
      expect(stdout.trim(), body).toMatch(/^(threads|snarkjs|open|usage)$/);
    }
  });
});

/** What the process has open, where the system tells. */
const openFiles = (): string[] =>
  existsSync('/proc/self/fd')
    ? readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return []; // that of the reading itself
        }
      })
    : [];

describe('keys', () => {
  const renamed = (vkey: VerificationKey): VerificationKey => ({
    ...vkey,
    publics: vkey.publics.map((one, i) => (i === 0 ? { ...one, name: 'approved' } : one)),
  });
  /** A key that records contributions. */
  const contributed = (key: Uint8Array): Uint8Array => {
    const file = parseBin(key, 'ifpk');
    return binBytes(withSecretPoints(file, secretPoints(file), 7));
  };

  it('of another circuit, argument or setup are refused when they are opened', async () => {
    const other = await subject(tabular());
    const again = await subject(perceptron());
    const cases = [
      [plain.circuit, plain.provingKey, other.vkey],
      [plain.circuit, other.provingKey, plain.vkey],
      [plain.circuit, again.provingKey, plain.vkey],
      [plain.circuit, lookup.provingKey, lookup.vkey],
      [other.circuit, plain.provingKey, plain.vkey],
      // of the circuit, but for what a verifier reads of its public tensors
      [plain.circuit, plain.provingKey, renamed(plain.vkey)],
      [lookup.circuit, lookup.provingKey, renamed(lookup.vkey)],
      [lookup.circuit, lookup.provingKey, { ...lookup.vkey, publics: lookup.vkey.publics.map((one) => ({ ...one, scale: 2 })) }],
      // of halves that do not say the same of their making, or of the committed wires
      [lookup.circuit, contributed(lookup.provingKey), lookup.vkey],
      [plain.circuit, plain.provingKey, { ...plain.vkey, insecure: false, contributions: 1 }],
      [lookup.circuit, lookup.provingKey, { ...(lookup.vkey as LookupKey), committed: 1 }],
    ] as const; // prettier-ignore
    for (const [i, [circuit, key, changed]] of cases.entries()) {
      const vkey = parseVerificationKey(serializeVerificationKey(changed));
      await expect(openProver(circuit, key, vkey), `case ${i}`).rejects.toMatchObject({ code: 'mismatch' });
      await expect(prove(circuit, key, vkey, plain.sample(1)), `case ${i}`).rejects.toMatchObject({ code: 'mismatch' });
    }
  });

  it('of the other format are no keys of the circuit', async () => {
    for (const [one, other] of [
      [plain, lookup],
      [lookup, plain],
    ])
      // prettier-ignore
      await expect(openProver(one.circuit, other.provingKey, one.vkey)).rejects.toMatchObject({ code: 'format' });
  });

  it('differ from a circuit in its digest, its argument or its publics', () => {
    const { circuit, vkey } = lookup;
    expect(keyDifference(circuit, vkey)).toBeNull();
    expect(keyDifference(circuit, { ...vkey, circuit: plain.vkey.circuit })).toBe('circuit');
    const { publics } = vkey;
    expect(keyDifference(circuit, { ...plain.vkey, circuit: vkey.circuit, publics })).toBe('argument');
    expect(keyDifference(circuit, renamed(vkey))).toBe('publics');
  });

  it('that cannot be read, or are cut, are refused when they are opened, and no file stays open', async () => {
    const path = join(folder, 'cut.key');
    for (const length of [0, 100, plain.provingKey.length - 1]) {
      const cut = plain.provingKey.subarray(0, length);
      await writeFile(path, cut);
      for (const key of [cut, path])
        await expect(openProver(plain.circuit, key, plain.vkey)).rejects.toMatchObject({ code: 'format' });
    }
    await expect(openProver(plain.circuit, folder, plain.vkey)).rejects.toMatchObject({ code: 'file' });
    const none = openProver(plain.circuit, join(folder, 'none'), plain.vkey);
    await expect(none).rejects.toMatchObject({ code: 'file' });
    expect(openFiles().filter((name) => name.endsWith('.key'))).toEqual([]);
  });

  it('whose points or terms are damaged make no proof, and one clear error each time', async () => {
    const file = parseBin(plain.provingKey, 'zkey');
    const damaged = (
      id: number,
      at: (byte: number) => boolean,
      to = (byte: number): number => byte ^ 1,
    ): Uint8Array => {
      const content = section(file, id).map((byte, i) => (at(i) ? to(byte) : byte));
      return binBytes({ ...file, sections: file.sections.map((s) => (s.id === id ? { id, parts: [content] } : s)) });
    };
    const everyPoint = (byte: number): boolean => byte % 64 === 5;
    const everyY = (byte: number): boolean => byte % 128 >= 64; // no point has y = 0
    const firstRow = (byte: number): boolean => byte === 11; // beyond all rows
    for (const [id, at, to] of [
      [SECTION.h, everyPoint],
      [SECTION.c, everyPoint],
      [SECTION.coefficients, firstRow],
      [SECTION.b2, everyY, () => 0],
    ] as const) {
      const prover = await opened({ ...plain, provingKey: damaged(id, at, to) });
      for (let i = 0; i < 2; i++)
        await expect(prover.prove(plain.sample(i)), `section ${id}`).rejects.toMatchObject({ code: 'format' });
    }
  });
});

describe('what cannot be had', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('memory: opening says so', async () => {
    const members = Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name)]);
    const Memory = function (): never {
      throw new RangeError('could not allocate memory');
    };
    vi.stubGlobal('WebAssembly', { ...Object.fromEntries(members), Memory });
    await expect(openProver(plain.circuit, keyPath, plain.vkey)).rejects.toMatchObject({ code: 'resource' });
    expect(openFiles().filter((name) => name === keyPath)).toEqual([]);
  });

  it.each([0, 1.5, 65, NaN])('%d threads', async (threads) => {
    await expect(opened(plain, { threads })).rejects.toMatchObject({ code: 'usage' });
  });

  it('shared memory: the calling thread proves, and can be stopped', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const prover = await opened(lookup);
    expect(await prover.prove(lookup.sample(1))).toMatchObject({ backend: 'single' });
    const control = new AbortController();
    const stopped = prover.prove(lookup.sample(2), { signal: control.signal });
    await setTimeout(10);
    control.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    expect(valid(lookup, (await prover.prove(lookup.sample(3))).proof)).toBe(true);
  });
});
