import { afterAll, describe, expect, it } from 'vitest';
import { rootOfUnity } from '#compiler/circuit/field.js';
import { binBytes, parseBin, section } from '#prover/files/binfile.js';
import { devSetup } from '#prover/setup/dev.js';
import { contributionsOf, keyPoints, keyShape } from '#prover/files/key.js';
import { SECTION } from '#prover/files/zkey.js';
import { closeCurve, exportVerificationKey, groth16Prove, groth16Verify, stockKey, stockProof } from './stock.js';
import { changed, randomSystem } from './systems.js';

afterAll(closeCurve);

const plain = randomSystem(1, { nCommitted: 0, nPublic: 5, nPrivate: 60 });
const publics = plain.wires.slice(1, 6);

describe('a plain development key', () => {
  it('proves with stock snarkjs and refuses each changed public', async () => {
    const progress: number[] = [];
    const key = await devSetup(plain.system, {
      argument: 'plain',
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(key).toMatchObject({ insecure: true, contributions: 0, rows: 66, domain: 128 });
    expect(progress.at(-1)).toBe(1);

    const vkey = stockKey(keyPoints(key.file));
    const proof = stockProof(await groth16Prove(key.file, plain.witness));
    expect(await groth16Verify(vkey, publics, proof)).toBe(true);
    for (let i = 0; i < publics.length; i++) {
      const lie = publics.map((v, j) => (j === i ? v + 1n : v));
      expect(await groth16Verify(vkey, lie, proof), `public ${i}`).toBe(false);
    }
  });

  it('is refused with a domain that is no power of two', async () => {
    const bytes = binBytes((await devSetup(plain.system, { argument: 'plain' })).file);
    const header = section(parseBin(bytes, 'zkey'), SECTION.header);
    const domain = new DataView(header.buffer, header.byteOffset + 80);
    const h = section(parseBin(bytes, 'zkey'), SECTION.h).length / 64;
    expect(domain.getUint32(0, true)).toBe(h);
    for (const wrong of [0, 1, h - 1, h + 2]) {
      domain.setUint32(0, wrong, true);
      expect(() => keyShape(parseBin(bytes, 'zkey'))).toThrow(/power of two/);
    }
  });

  it('gives no proof for a witness that breaks a row', async () => {
    const key = await devSetup(plain.system, { argument: 'plain' });
    const vkey = stockKey(keyPoints(key.file));
    const last = plain.system.nWires - 1;
    const proof = stockProof(await groth16Prove(key.file, changed(plain.wires, last, 1n)));
    expect(await groth16Verify(vkey, publics, proof)).toBe(false);
  });

  it('is read by snarkjs as we read it', async () => {
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    const { vk_alphabeta_12: _, ...exported } = (await exportVerificationKey(binBytes(file))) as ReturnType<
      typeof stockKey
    > & {
      vk_alphabeta_12: unknown;
    };
    expect(exported).toEqual(stockKey(keyPoints(file)));
  });

  it('draws fresh secrets, and repeats itself only for given ones', async () => {
    const secrets = { tau: 11n, alpha: 12n, beta: 13n, delta: 14n };
    const [a, b, c] = await Promise.all([
      devSetup(plain.system, { argument: 'plain', secrets }),
      devSetup(plain.system, { argument: 'plain', secrets }),
      devSetup(plain.system, { argument: 'plain' }),
    ]);
    expect(binBytes(a.file)).toEqual(binBytes(b.file));
    for (const id of [SECTION.ic, SECTION.a, SECTION.b2, SECTION.c, SECTION.h]) {
      expect(section(c.file, id)).not.toEqual(section(a.file, id));
    }
  });

  it('makes no key from a tau at which the rows vanish, or the odd points of H', async () => {
    for (const tau of [1n, rootOfUnity(7), rootOfUnity(8)]) {
      const key = devSetup(plain.system, { argument: 'plain', secrets: { tau } });
      await expect(key).rejects.toThrow(/no root of unity/);
    }
  });

  it('refuses more rows than the field has roots of unity for', async () => {
    const endless = { ...plain.system, nRows: 2 ** 27 };
    await expect(devSetup(endless, { argument: 'plain' })).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('refuses committed wires', async () => {
    const { system } = randomSystem(2, { nCommitted: 1, nPublic: 2, nPrivate: 8 });
    await expect(devSetup(system, { argument: 'plain' })).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('a key file', () => {
  it('records its contributions, and is refused where there is no room for their number', async () => {
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    expect(contributionsOf(file)).toBe(0);
    const others = file.sections.filter(({ id }) => id !== SECTION.contributions);
    const short = { ...file, sections: [...others, { id: SECTION.contributions, parts: [new Uint8Array(67)] }] };
    expect(() => contributionsOf(short)).toThrow(expect.objectContaining({ code: 'format' }));
  });

  it('that is cut anywhere is one clear error', async () => {
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    const bytes = binBytes(file);
    for (const length of [0, 3, 11, 12, 20, 100, 1000, bytes.length - 70, bytes.length - 1]) {
      expect(() => parseBin(bytes.subarray(0, length), 'zkey'), `${length}`).toThrow(
        expect.objectContaining({ name: 'InferproofError', code: 'format' }),
      );
    }
    expect(() => parseBin(Uint8Array.of(...bytes, 0), 'zkey')).toThrow(/bytes, got/);
  });

  it('with a section of another length is refused', async () => {
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    for (const id of Object.values(SECTION).filter((n) => n < SECTION.contributions)) {
      const sections = file.sections.map((s) => (s.id === id ? { id, parts: [section(file, id).subarray(1)] } : s));
      expect(() => keyShape({ ...file, sections }), `section ${id}`).toThrow(/expected/);
    }
  });

  it('of another proof system, curve or version is refused', async () => {
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    const patched = (id: number, at: number) => {
      const content = section(file, id).map((byte, i) => (i === at ? byte ^ 3 : byte));
      return { ...file, sections: file.sections.map((s) => (s.id === id ? { id, parts: [content] } : s)) };
    };
    expect(() => keyShape(patched(SECTION.protocol, 0))).toThrow(/another proof system/);
    // sizes and moduli of both fields
    for (const at of [0, 4, 36, 40]) expect(() => keyShape(patched(SECTION.header, at))).toThrow(/another curve/);
    const unmasked = section(file, SECTION.header).map((byte, i) => (i >= 468 && i < 532 ? 0 : byte));
    const sections = file.sections.map((s) => (s.id === SECTION.header ? { id: s.id, parts: [unmasked] } : s));
    expect(() => keyShape({ ...file, sections })).toThrow(/hides the witness/);
    expect(() => parseBin(binBytes({ ...file, version: 3 }), 'zkey')).toThrow(/version 1 to 2, got 3/);
    expect(() => parseBin(binBytes(file), 'ptau')).toThrow(/begins with "zkey"/);
    expect(() => keyShape({ ...file, sections: [...file.sections, file.sections[4]] })).toThrow(/one section/);
  });
});
