// The container of keys on disk: the same file in memory and piece by piece, cut or shrunk anywhere.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binBytes, parseBin, readSection, section, sectionLength, type BinFile } from '#prover/files/binfile.js';
import { openBin } from '#prover/files/disk.js';
import { devSetup } from '#prover/setup/dev.js';
import { SECTION } from '#prover/files/zkey.js';
import { groth16Prove } from '#prover/snarkjs/index.js';
import { kernelProof } from './kernels.js';
import { randomSystem } from './systems.js';

let folder: string;
let path: string;
const solved = randomSystem(7, { nCommitted: 0, nPublic: 2, nPrivate: 60 });
let bytes: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfile-test-'));
  path = join(folder, 'key');
  bytes = binBytes((await devSetup(solved.system, { argument: 'plain' })).file);
  await writeFile(path, bytes);
});
afterAll(() => rm(folder, { recursive: true }));

/** What a call on the opened file gives; the file is closed whatever happens. */
function opened<T>(use: (file: BinFile) => T): T {
  const file = openBin(path, 'zkey');
  try {
    return use(file);
  } finally {
    file.close();
  }
}

const refusal = (code: string, where?: string) => expect.objectContaining({ code, ...(where ? { where } : {}) });

describe('an open file', () => {
  it('has the sections of the same bytes in memory', () => {
    const whole = parseBin(bytes, 'zkey');
    opened((file) => {
      expect(file.sections.map(({ id }) => id)).toEqual(whole.sections.map(({ id }) => id));
      for (const { id } of whole.sections) {
        expect(section(file, id), `section ${id}`).toEqual(section(whole, id));
        expect(sectionLength(file, id)).toBe(sectionLength(whole, id));
      }
      expect(binBytes(file)).toEqual(bytes);
    });
  });

  it('makes the proof of the same bytes in memory, on every backend', async () => {
    const file = openBin(path, 'zkey');
    const want = await kernelProof(parseBin(bytes, 'zkey'), solved.witness, { r: 8n, s: 9n });
    for (const backend of ['threads', 'single'] as const) {
      expect(await kernelProof(file, solved.witness, { backend, r: 8n, s: 9n })).toEqual(want);
    }
    file.close();
    expect(await groth16Prove(path, solved.witness)).not.toEqual(await groth16Prove(bytes, solved.witness));
  });

  it('that is cut is refused when it is opened', async () => {
    const cut = join(folder, 'cut');
    for (const length of [0, 3, 11, 12, 20, 100, 1000, bytes.length - 1]) {
      await writeFile(cut, bytes.subarray(0, length));
      expect(() => openBin(cut, 'zkey'), `${length} bytes`).toThrow(refusal('format', cut));
      expect(() => openBin(cut, 'zkey'), `${length} bytes`).toThrow(/truncated/);
    }
    await writeFile(cut, Uint8Array.of(...bytes, 0));
    expect(() => openBin(cut, 'zkey')).toThrow(refusal('format', cut));
    expect(() => openBin(path, 'ptau')).toThrow(refusal('format', path));
    expect(() => openBin(join(folder, 'none'), 'zkey')).toThrow(refusal('file', join(folder, 'none')));
    expect(() => openBin(folder, 'zkey')).toThrow(refusal('file', folder));
  });

  it('that shrinks while a proof is made gives one clear error, and the next proof is whole', async () => {
    const shrinking = join(folder, 'shrinking');
    await writeFile(shrinking, bytes);
    for (const id of [SECTION.h, SECTION.b2, SECTION.coefficients]) {
      const file = openBin(shrinking, 'zkey');
      const from = bytes.length - sectionLength(parseBin(bytes, 'zkey'), id);
      await truncate(shrinking, from - 1);
      await expect(kernelProof(file, solved.witness)).rejects.toThrow(refusal('format', shrinking));
      file.close();
      await writeFile(shrinking, bytes);
    }
    const whole = openBin(shrinking, 'zkey');
    await kernelProof(whole, solved.witness);
    whole.close();
  });
});

describe('a section', () => {
  const parts = [Uint8Array.of(0, 1, 2), Uint8Array.of(), Uint8Array.of(3), Uint8Array.of(4, 5, 6, 7)];
  const file: BinFile = { type: 'zkey', version: 1, sections: [{ id: 5, parts }] };

  it('in pieces reads as one, from any place to any other', () => {
    for (let from = 0; from <= 8; from++) {
      for (let to = from; to <= 8; to++) {
        const into = new Uint8Array(to - from);
        readSection(file, 5, into, from);
        expect([...into]).toEqual(Array.from({ length: to - from }, (_, i) => from + i));
      }
    }
    expect([...section(file, 5)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('is one of few: a count is refused before sections are read', () => {
    const many = (count: number) =>
      binBytes({ ...file, sections: Array.from({ length: count }, (_, id) => ({ id, parts: [] })) });
    expect(parseBin(many(64), 'zkey').sections).toHaveLength(64);
    expect(() => parseBin(many(65), 'zkey')).toThrow(
      expect.objectContaining({
        code: 'format',
        message: expect.stringContaining('at most 64 sections, got 65') as string,
      }),
    );
  });

  it('has an end, and is there once', () => {
    expect(() => readSection(file, 5, new Uint8Array(3), 6)).toThrow(refusal('format'));
    expect(() => sectionLength(file, 4)).toThrow(refusal('format'));
    expect(() => section({ ...file, sections: [...file.sections, ...file.sections] }, 5)).toThrow(refusal('format'));
  });
});
