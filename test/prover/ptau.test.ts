import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bn254 } from '@noble/curves/bn254.js';
import { zKey } from 'snarkjs';
import { rootOfUnity } from '#compiler/circuit/field.js';
import { r1csFile } from '#compiler/circuit/r1cs.js';
import { binBytes, parseBin, section, type BinFile } from '#prover/files/binfile.js';
import { follows } from '#prover/ceremony/key.js';
import { devSetup } from '#prover/setup/dev.js';
import { contributionsOf, keyPoints, keyShape, secretPoints, withSections } from '#prover/files/key.js';
import { SECTION, encoded, g1At } from '#prover/files/zkey.js';
import { firstKey } from '#prover/setup/first-key.js';
import { setup } from '#prover/keys.js';
import { broughtSetup } from '#prover/ceremony/brought.js';
import { ptauSetup } from '#prover/setup/ptau.js';
import { verifyZkey } from '#prover/snarkjs/index.js';
import { inverse, R } from '#verifier/field.js';
import { point1 } from '#verifier/points.js';
import { tiny } from '../lookup/tiny.js';
import { closeCurve, groth16Prove, groth16Verify, newPowersOfTau, stockKey, stockProof } from './stock.js';
import { randomSystem } from './systems.js';

const { system, wires, witness } = randomSystem(9, { nCommitted: 0, nPublic: 3, nPrivate: 50 });
const publics = wires.slice(1, 4);

let folder: string;
let ptau: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptau-test-'));
  ptau = join(folder, 'powers.ptau');
  await newPowersOfTau(6, ptau);
});
afterAll(async () => {
  await closeCurve();
  await rm(folder, { recursive: true });
});

describe('setup from powers of tau', () => {
  it('makes a key with one contribution that proves, and that snarkjs verifies against circuit and powers', async () => {
    const key = await ptauSetup(system, ptau);
    expect(key).toMatchObject({ insecure: false, contributions: 1, rows: 54, domain: 64 });
    const vkey = stockKey(keyPoints(key.file));
    const proof = stockProof(await groth16Prove(key.file, witness));
    expect(await groth16Verify(vkey, publics, proof)).toBe(true);
    expect(await groth16Verify(vkey, [publics[0] + 1n, ...publics.slice(1)], proof)).toBe(false);

    const r1cs = Buffer.concat([...r1csFile(system)]);
    expect(await verifyZkey(r1cs, ptau, binBytes(key.file))).toBe(true);
    const other = await ptauSetup(randomSystem(12, { nCommitted: 0, nPublic: 3, nPrivate: 50 }).system, ptau);
    expect(await verifyZkey(r1cs, ptau, binBytes(other.file))).toBe(false);
  });

  it('makes no key with a point hidden where snarkjs does not look', async () => {
    const { file } = await ptauSetup(system, ptau);
    const first = (await firstKey(system, ptau, { argument: 'plain' })).file;
    const h = section(file, SECTION.h).slice();
    const [n, w, hidden] = [64, rootOfUnity(7), bn254.G1.Point.BASE.multiply(99n)];
    // H_m + w^-(2m+1)(n-1) W / n: sums of w^(2m+1)j H_m are what they were, but for j = n - 1
    const power = (e: number): bigint => Array.from({ length: e % (2 * n) }).reduce((x: bigint) => (x * w) % R, 1n);
    for (let m = 0; m < n; m++) {
      const factor = (power(2 * n * n - (2 * m + 1) * (n - 1)) * inverse(BigInt(n))) % R;
      const { x, y } = point1(g1At(h, 64 * m))
        .add(hidden.multiply(factor))
        .toAffine();
      h.set(encoded([x, y]), 64 * m);
    }
    const changed = withSections(file, new Map([[SECTION.h, h]]));
    const r1cs = Buffer.concat([...r1csFile(system)]);
    expect(await verifyZkey(r1cs, ptau, binBytes(changed))).toBe(true);
    expect(await follows(first, changed, secretPoints(changed))).toBe(false);
    expect(await follows(first, file, secretPoints(file))).toBe(true);
    // nor takes one that others made
    const brought = (key: BinFile) => broughtSetup(system, binBytes(key), ptau);
    await expect(brought(changed)).rejects.toMatchObject({ code: 'mismatch' });
    expect(binBytes((await brought(file)).file)).toEqual(binBytes(withSections(first, new Map(first.sections.map(({ id }) => [id, section(file, id)]))))); // prettier-ignore
    await expect(brought(first)).rejects.toMatchObject({ code: 'insecure' });
    // contributions that undo each other
    const undone = withSections(first, new Map([[SECTION.contributions, section(file, SECTION.contributions)]]));
    await expect(brought(undone)).rejects.toMatchObject({ code: 'insecure', message: expect.stringContaining('generator') }); // prettier-ignore
    const other = await devSetup(randomSystem(12, { nCommitted: 0, nPublic: 3, nPrivate: 50 }).system, {
      argument: 'plain',
    });
    const claimed = withSections(other.file, new Map([[SECTION.contributions, section(file, SECTION.contributions)]]));
    await expect(brought(claimed)).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('asks snarkjs for no beacon without end', async () => {
    const { file } = await ptauSetup(system, ptau);
    const beacon: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
    await zKey.beacon(binBytes(file), beacon, 'a name', 'c0ffee', 10);
    const closed = parseBin(beacon.data!, 'zkey');
    expect(contributionsOf(closed)).toBe(1);
    expect(await broughtSetup(system, beacon.data!, ptau)).toMatchObject({ insecure: false, contributions: 1 });
    const records = section(closed, SECTION.contributions).slice();
    records[records.length - 6] = 60; // 2, 10, 3, 3, c0 ff ee
    const endless = binBytes(withSections(closed, new Map([[SECTION.contributions, records]])));
    await expect(broughtSetup(system, endless, ptau)).rejects.toMatchObject({ code: 'format', message: expect.stringContaining('2^24') }); // prettier-ignore
    // nor for two that are as long as one may be
    const all = section(closed, SECTION.contributions).slice();
    const second = 68 + 392 + new DataView(all.buffer, all.byteOffset).getUint32(68 + 388, true);
    all[all.length - 6] = 24;
    all[64]++;
    const both = binBytes(withSections(closed, new Map([[SECTION.contributions, Buffer.concat([all, all.subarray(second)])]]))); // prettier-ignore
    await expect(broughtSetup(system, both, ptau)).rejects.toMatchObject({ code: 'format', message: expect.stringContaining('together') }); // prettier-ignore
    const cut = binBytes(withSections(closed, new Map([[SECTION.contributions, records.subarray(0, -1)]])));
    await expect(broughtSetup(system, cut, ptau)).rejects.toMatchObject({ code: 'format' });
  });

  it('and the development setup agree on shape and coefficients', async () => {
    const stock = (await ptauSetup(system, ptau)).file;
    const { file } = await devSetup(system, { argument: 'plain' });
    expect(keyShape(file)).toEqual(keyShape(stock));
    expect(section(file, SECTION.coefficients)).toEqual(section(stock, SECTION.coefficients));
    // points at infinity stand at the same places: the same wires are used on the same sides
    for (const id of [SECTION.a, SECTION.b1]) {
      const zeros = (bytes: Uint8Array) => Array.from({ length: bytes.length / 64 }, (_, i) => bytes.subarray(64 * i, 64 * i + 64).every((x) => x === 0)); // prettier-ignore
      expect(zeros(section(file, id))).toEqual(zeros(section(stock, id)));
    }
  });

  it('says which power a larger circuit needs', async () => {
    const large = randomSystem(10, { nCommitted: 0, nPublic: 3, nPrivate: 61 }); // 65 rows
    await expect(ptauSetup(large.system, ptau)).rejects.toMatchObject({
      code: 'mismatch',
      message: 'expected powers of tau of at least 2^7, got 2^6',
    });
  });

  it('refuses what is no prepared powers-of-tau file over BN254', async () => {
    const file = parseBin(await readFile(ptau), 'ptau');
    const path = join(folder, 'bad.ptau');
    const refused = async (bytes: Uint8Array, message: RegExp): Promise<void> => {
      await writeFile(path, bytes);
      await expect(ptauSetup(system, path)).rejects.toMatchObject({
        code: 'format',
        message: expect.stringMatching(message),
      });
    };
    const without = (id: number) => binBytes({ ...file, sections: file.sections.filter((s) => s.id !== id) });
    const header = new Uint8Array(section(file, 1));
    header[4] ^= 1;
    const otherCurve = { ...file, sections: file.sections.map((s) => (s.id === 1 ? { id: 1, parts: [header] } : s)) };
    const short = { ...file, sections: file.sections.map((s) => (s.id === 13 ? { id: 13, parts: [section(file, 13).subarray(64)] } : s)) }; // prettier-ignore
    await refused(without(12), /prepared for phase 2/);
    await refused(without(1), /header/);
    await refused(binBytes(otherCurve), /curve/);
    await refused(binBytes(short), /section 13/);
    await refused(new TextEncoder().encode('not a ptau file at all'), /begins with/);

    const whole = binBytes(file);
    await refused(whole, /./).then(
      () => expect.unreachable('the whole file was refused'),
      () => undefined,
    );
    for (const length of [5, 30, whole.length >> 1, whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      await expect(ptauSetup(system, path)).rejects.toMatchObject({
        code: 'format',
        message: expect.stringMatching(/truncated/),
      });
    }
    await expect(ptauSetup(system, join(folder, 'missing.ptau'))).rejects.toMatchObject({ code: 'file' });
  });

  it('refuses a circuit of the lookup argument', async () => {
    await expect(setup(tiny(), { ptau })).rejects.toMatchObject({ code: 'usage' });
  });
});
