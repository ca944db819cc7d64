// Whole proofs by the kernel: snarkjs's to the bit for the same randomness, verified, and one clear error where something is missing.
// INFERPROOF_FULL=1 proves a thousand random circuits instead of twelve.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { R } from '#verifier/field.js';
import { section, type BinFile } from '#prover/files/binfile.js';
import { defaultBackend, groth16, multiExpG1, openProvingKernel } from '#prover/kernel/index.js';
import type { Groth16Options, KernelOptions } from '#prover/kernel/index.js';
import type { Machine } from '#prover/kernel/machine.js';
import { singleMachine, threadMachine } from '#prover/kernel/node.js';
import { devSetup } from '#prover/setup/dev.js';
import { keyPoints } from '#prover/files/key.js';
import { SECTION, type Groth16Proof } from '#prover/files/zkey.js';
import { emptyKernel, kernelProof } from './kernels.js';
import { closeCurve, groth16Prove, groth16Verify, stockCurve, stockKey, stockProof } from './stock.js';
import { changed, randomSystem, type Solved } from './systems.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const PROOFS = FULL ? 1000 : 12;
if (FULL) vi.setConfig({ testTimeout: 3_600_000 });

afterAll(closeCurve);

const keyOf = async ({ system }: Solved): Promise<BinFile> => (await devSetup(system, { argument: 'plain' })).file;
const verified = (key: BinFile, { system, wires }: Solved, proof: Groth16Proof): Promise<boolean> =>
  groth16Verify(stockKey(keyPoints(key)), wires.slice(1, 1 + system.nPublic), stockProof(proof));

/** snarkjs's proof with r and s in the place of its randomness, which it draws in this order. */
async function stock(key: BinFile, witness: Uint8Array, r: bigint, s: bigint): Promise<Groth16Proof> {
  const { Fr } = await stockCurve();
  const draws = [r, s];
  const spy = vi.spyOn(Fr, 'random').mockImplementation(() => Fr.e(draws.shift() ?? 0n));
  try {
    return await groth16Prove(key, witness);
  } finally {
    spy.mockRestore();
    expect(draws).toEqual([]);
  }
}

describe('a proof', () => {
  const kinds: readonly (KernelOptions & Groth16Options)[] = [
    { backend: 'single' },
    { backend: 'threads' },
    { backend: 'threads', threads: 1 },
    { backend: 'threads', threads: 5 },
  ];

  it('is that of snarkjs to the bit for the same r and s', async () => {
    for (const [i, nPrivate] of [1, 3, 20, 61, 700].entries()) {
      const solved = randomSystem(100 + i, { nCommitted: 0, nPublic: 2, nPrivate });
      const key = await keyOf(solved);
      for (const [r, s] of [
        [12345n, R - 77n],
        [0n, 1n],
        [R - 1n, 0n],
      ]) {
        // prettier-ignore
        const want = await stock(key, solved.witness, r, s);
        const options = kinds[(i + Number(r % 4n)) % kinds.length];
        expect(await kernelProof(key, solved.witness, { ...options, r, s })).toEqual(want);
      }
    }
  });

  it('draws fresh randomness and verifies, for random circuits', async () => {
    for (let i = 0; i < PROOFS; i++) {
      const solved = randomSystem(i, { nCommitted: 0, nPublic: 1 + (i % 4), nPrivate: 1 + ((i * 37) % 150) });
      const key = await keyOf(solved);
      const [one, other] = [
        await kernelProof(key, solved.witness, kinds[i % 2]),
        await kernelProof(key, solved.witness),
      ];
      expect(one.A).not.toEqual(other.A);
      expect(one.C).not.toEqual(other.C);
      expect(await verified(key, solved, one)).toBe(true);
      expect(await verified(key, solved, other)).toBe(true);
      const lie = await kernelProof(key, changed(solved.wires, solved.system.nWires - 1, 1n));
      expect(await verified(key, solved, lie)).toBe(false);
    }
  });

  it('is made for the smallest domain, 4, and refused for a domain of 2', async () => {
    const smallest = randomSystem(1, { nCommitted: 0, nPublic: 1, nPrivate: 1 });
    const key = await keyOf(smallest);
    expect(await verified(key, smallest, await kernelProof(key, smallest.witness))).toBe(true);
    const smaller = randomSystem(1, { nCommitted: 0, nPublic: 0, nPrivate: 1 });
    await expect(kernelProof(await keyOf(smaller), smaller.witness)).rejects.toMatchObject({ code: 'format' });
  });

  it('is the same on every kind of kernel, and from kernels that work side by side', async () => {
    const solved = randomSystem(3, { nCommitted: 0, nPublic: 2, nPrivate: 100 });
    const key = await keyOf(solved);
    const proofs = await Promise.all(kinds.map((kind) => kernelProof(key, solved.witness, { ...kind, r: 5n, s: 6n })));
    for (const proof of proofs) expect(proof).toEqual(proofs[0]);
  });
});

describe('the kernel', () => {
  afterEach(() => vi.unstubAllGlobals());
  const solved = randomSystem(4, { nCommitted: 0, nPublic: 2, nPrivate: 50 });

  it('runs on threads where memory can be shared', () => {
    expect(defaultBackend()).toBe('threads');
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(defaultBackend()).toBe('single');
  });

  it('refuses a witness of another circuit, and wires that are not below r', async () => {
    const key = await keyOf(solved);
    await expect(kernelProof(key, solved.witness.subarray(32))).rejects.toMatchObject({ code: 'mismatch' });
    const high = solved.witness.slice();
    high.fill(255, 96, 128);
    await expect(kernelProof(key, high)).rejects.toMatchObject({ code: 'data' });
    expect(await verified(key, solved, await kernelProof(key, solved.witness))).toBe(true);
  });

  it('refuses a key with a section of another length, and terms of rows that do not exist', async () => {
    const key = await keyOf(solved);
    const withSection = (id: number, content: Uint8Array): BinFile => ({
      ...key,
      sections: key.sections.map((s) => (s.id === id ? { id, parts: [content] } : s)),
    });
    for (const id of [SECTION.coefficients, SECTION.a, SECTION.b1, SECTION.b2, SECTION.c, SECTION.h]) {
      const short = withSection(id, section(key, id).subarray(0, -1));
      await expect(kernelProof(short, solved.witness), `section ${id}`).rejects.toMatchObject({ code: 'format' });
    }
    const terms = section(key, SECTION.coefficients).slice();
    terms.fill(255, 8, 12);
    const damaged = withSection(SECTION.coefficients, terms);
    await expect(kernelProof(damaged, solved.witness)).rejects.toMatchObject({ code: 'format' });
  });

  it('gives all memory of a proof and of a sum back', async () => {
    const kernel = openProvingKernel(await keyOf(solved));
    const top = (): Promise<number> => kernel.run((machine) => Promise.resolve(machine.mark()));
    const before = await top();
    for (let i = 0; i < 3; i++) {
      await groth16(kernel, solved.witness);
      await multiExpG1(kernel, new Uint8Array(64 * 5), new Uint8Array(32 * 5));
      expect(await top()).toBe(before);
    }
    await kernel.close();
  });

  it('drops the machine of a computation that is stopped, and starts a fresh one', async () => {
    const [kernel, control] = [openProvingKernel(await keyOf(solved)), new AbortController()];
    const machines = new Set<Machine>();
    const see = (): Promise<void> => kernel.run((machine) => Promise.resolve(void machines.add(machine)));
    await see();
    const hanging = kernel.run(async (machine) => {
      control.abort(new Error('enough'));
      for (;;) await machine.run([() => [['sizeOf1', 0]]]);
    }, control.signal);
    await expect(hanging).rejects.toThrow('enough');
    await see();
    expect(machines.size).toBe(2);
    await groth16(kernel, solved.witness);
    await kernel.close();
  });

  it('says once that memory cannot be had', async () => {
    for (const machine of [await singleMachine(), await threadMachine(1)]) {
      expect(() => machine.alloc(2 ** 32)).toThrow(expect.objectContaining({ code: 'resource' }));
    }
    const Refusing = function (): never {
      throw new RangeError('could not allocate memory');
    };
    vi.stubGlobal('WebAssembly', { ...wasm, Memory: Refusing });
    const sum = multiExpG1(emptyKernel(), new Uint8Array(64), new Uint8Array(32));
    await expect(sum).rejects.toMatchObject({ name: 'InferproofError', code: 'resource' });
  });

  it('rejects when a thread ends or a call traps, and no job is left running', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kernel-test-'));
    const script = join(folder, 'dies.mjs');
    await writeFile(
      script,
      `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));`,
    );
    const dying = await threadMachine(2, pathToFileURL(script));
    const jobs = [0, 1, 2, 3].map(() => () => [['sizeOf1', 0] as const]);
    const ended = dying.run(jobs);
    await expect(ended).rejects.toMatchObject({ code: 'resource' });
    await expect(ended).rejects.toThrow(/exit code 3/);
    await rm(folder, { recursive: true });

    const machine = await threadMachine(2);
    const trap = (): [string, ...number[]][] => [['preparePoints1', 2 ** 32 - 64, 0, 0, 1000]];
    const trapped = machine.run([trap, ...jobs]);
    await expect(trapped).rejects.toMatchObject({ code: 'resource' });
    await expect(trapped).rejects.toThrow(/out of bounds/);
    expect(await machine.run(jobs)).toHaveLength(4);
    await machine.close();
  });

  it('lets the process end by itself, whatever flags it was started with', async () => {
    const door = pathToFileURL(resolve(import.meta.dirname, '../../dist/prover/kernel/index.js')).href;
    const program = `const { multiExpG1, openKernel } = await import(${JSON.stringify(door)});
      const kernel = openKernel(() => Promise.resolve());
      console.log(String(await multiExpG1(kernel, new Uint8Array(64), new Uint8Array(32))));`;
    for (const flag of ['--input-type=module', '--max-old-space-size=4000', '--stack-size=2000']) {
      const args = [flag, ...(flag.startsWith('--input') ? [] : ['--input-type=module']), '-e', program];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
      expect(stdout.trim(), flag).toBe('0,0');
    }
  });
});

/** With the members that a spread leaves out. */
const wasm = Object.fromEntries(
  Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name)]),
);
