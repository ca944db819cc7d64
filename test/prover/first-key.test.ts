import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zKey } from 'snarkjs';
import { bn254 } from '@noble/curves/bn254.js';
import { knownPowers } from '#bench/powers.js';
import { fieldBytes, readField, rootOfUnity, writeField } from '#compiler/circuit/field.js';
import { r1csFile } from '#compiler/circuit/r1cs.js';
import { binBytes, parseBin, section, type BinFile } from '#prover/files/binfile.js';
import { encoded, g1At, SECTION } from '#prover/files/zkey.js';
import { devSetup } from '#prover/setup/dev.js';
import { openKernel } from '#prover/kernel/index.js';
import { columnPoints } from '#prover/setup/column-points.js';
import { firstKey } from '#prover/setup/first-key.js';
import { verifyPowers } from '#prover/setup/verified.js';
import { inverse, Q, R } from '#verifier/field.js';
import { point1 } from '#verifier/points.js';
import { closeCurve, newPowersOfTau } from './stock.js';
import { randomSystem } from './systems.js';

const secrets = { tau: 0x1234567890abcdefn, alpha: 5n, beta: 7n ** 80n };
const plain = randomSystem(9, { nCommitted: 0, nPublic: 3, nPrivate: 50 }, 12).system;
const lookup = randomSystem(10, { nCommitted: 40, nPublic: 2, nPrivate: 100 }, 40).system;

let folder: string;
let known: string;
let stock: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-key-'));
  [known, stock] = ['known', 'stock'].map((name) => join(folder, `${name}.ptau`));
  await writeFile(known, binBytes(await knownPowers(8, secrets)));
  await newPowersOfTau(7, stock);
});
afterAll(async () => {
  await closeCurve();
  await rm(folder, { recursive: true });
});

describe('the first key', () => {
  it.each(['plain', 'lookup'] as const)(
    'of a %s circuit is the development key of the same secrets, delta = eta = 1',
    async (argument) => {
      const system = argument === 'plain' ? plain : lookup;
      const first = await firstKey(system, known, { argument });
      const dev = await devSetup(system, { argument, secrets: { ...secrets, delta: 1n, eta: 1n } });
      expect(first).toMatchObject({ rows: dev.rows, domain: dev.domain, insecure: true, contributions: 0 });
      expect(first.file.sections.map(({ id }) => id)).toEqual(dev.file.sections.map(({ id }) => id));
      for (const { id } of dev.file.sections) {
        if (argument === 'plain' && id === SECTION.contributions) continue;
        expect(section(first.file, id), `section ${id}`).toEqual(section(dev.file, id));
      }
    },
  );

  it('of a plain circuit has, byte for byte, the sections that `snarkjs zkey new` makes', async () => {
    const theirs: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
    await zKey.newZKey(Buffer.concat([...r1csFile(plain)]), stock, theirs);
    const first = await firstKey(plain, stock, { argument: 'plain' });
    const key = parseBin(theirs.data!, 'zkey');
    expect(key.sections).toHaveLength(first.file.sections.length); // in another order
    for (const { id } of key.sections) expect(section(first.file, id), `section ${id}`).toEqual(section(key, id));
  });
});

describe('sums of a column', () => {
  const { Point } = bn254.G1;
  const affine = (points: readonly InstanceType<typeof Point>[]): Uint8Array =>
    encoded(points.map((point) => point.toAffine()).flatMap(({ x, y }) => [x, y]));

  it('pass through infinity, and end there', async () => {
    const [P, other] = [Point.BASE.multiply(11n), Point.BASE.multiply(3n)];
    const basis = affine([P, P.negate(), other]);
    // 2 P - 2 P + 3 P': nothing is left above the lowest place. 2 P - 2 P, P - P, and no term at all
    const columns = {
      start: Uint32Array.of(0, 3, 5, 7, 7),
      row: Uint32Array.of(0, 1, 2, 0, 1, 0, 1),
      coef: Int32Array.of(2, 2, 3, 2, 2, 1, 1),
    };
    const kernel = openKernel(() => Promise.resolve(), { backend: 'single' });
    const sums = await kernel.run((machine) => columnPoints(machine, 'G1', basis, columns, []));
    await kernel.close();
    expect(sums.subarray(0, 64)).toEqual(affine([other.multiply(3n)]));
    expect(sums.subarray(64)).toEqual(new Uint8Array(3 * 64));
  });
});

describe('a hostile file of powers of tau', () => {
  const LARGEST = 2 ** 32 - 1;
  let file: BinFile;
  beforeAll(async () => {
    file = parseBin(await readFile(known), 'ptau');
  });

  /** The file with one section's content changed. */
  const changed = (id: number, change: (content: Uint8Array, view: DataView) => unknown): Uint8Array => {
    const content = section(file, id).slice();
    const made = change(content, new DataView(content.buffer));
    const parts = [made instanceof Uint8Array ? made : content];
    return binBytes({ ...file, sections: file.sections.map((s) => (s.id === id ? { id, parts } : s)) });
  };
  const refused = async (bytes: Uint8Array, message: RegExp): Promise<void> => {
    const path = join(folder, 'hostile.ptau');
    await writeFile(path, bytes);
    await expect(firstKey(lookup, path, { argument: 'lookup' })).rejects.toMatchObject({
      code: 'format',
      message: expect.stringMatching(message),
      where: path,
    });
  };
  const used = 127 + 20; // one of the Lagrange points of 2^7 rows

  it.each([
    [12, 'a point off the curve', (at: DataView) => at.setUint8(64 * used, at.getUint8(64 * used) ^ 1)],
    [14, 'a point off the curve', (at: DataView) => at.setUint8(64 * used + 32, at.getUint8(64 * used + 32) ^ 1)],
    [15, 'infinity', (at: DataView) => fieldBytes([0n, 0n]).forEach((byte, i) => at.setUint8(64 * used + i, byte))],
    [12, 'a coordinate that is not below q', (at: DataView) => writeField(at, 64 * used, readField(at, 64 * used) + Q)],
    [13, 'a point off the curve', (at: DataView) => at.setUint8(128 * used + 96, at.getUint8(128 * used + 96) ^ 1)],
  ] as const)('with a bad point in section %i: %s', async (id, what, spoil) => {
    const spoilt = changed(id, (_, view) => spoil(view));
    await refused(spoilt, new RegExp(`^expected a point of G[12] as point ${used} of section ${id}, got ${what}$`));
  });

  it('with a bad point among those of H', async () => {
    const at = 255 + 2 * 20 + 1; // odd ones of the domain of 2^8
    const spoilt = changed(12, (_, view) => view.setUint8(64 * at, view.getUint8(64 * at) ^ 1));
    await refused(spoilt, new RegExp(`as point ${at} of section 12, got a point off the curve`));
  });

  it('with a point of the twist outside the subgroup, in a base or as beta', async () => {
    const { Fp2 } = bn254.fields;
    const stray = ((): Uint8Array => {
      for (let c0 = 1n; ; c0++) {
        const x = { c0, c1: 0n };
        const square = Fp2.add(Fp2.mul(Fp2.mul(x, x), x), bn254.G2.Point.CURVE().b);
        if (!Fp2.eql(Fp2.pow(square, (Q * Q - 1n) / 2n), Fp2.ONE)) continue;
        const y = Fp2.sqrt(square);
        return encoded([x.c0, x.c1, y.c0, y.c1]);
      }
    })();
    const outside = (id: number): RegExp =>
      new RegExp(`^expected points of G2 in section ${id}, got one outside the subgroup`);
    await refused(
      changed(13, (content) => content.set(stray, 128 * used)),
      outside(13),
    );
    await refused(
      changed(6, () => stray),
      outside(6),
    );
    // beside a point that makes up for it in the sum of both
    const both = changed(13, (content) => {
      content.set(stray, 128 * used);
      const [y0, y1] = [64, 96].map((i) => Q - readField(new DataView(stray.buffer), i));
      content.set(stray.subarray(0, 64), 128 * (used + 1));
      content.set(fieldBytes([y0, y1]), 128 * (used + 1) + 64);
      return content;
    });
    await refused(both, outside(13));
  });

  it('with counts and lengths that its bytes do not hold', async () => {
    const whole = binBytes(file);
    const at = (offset: number, write: (view: DataView) => void): Uint8Array => {
      const bytes = whole.slice();
      write(new DataView(bytes.buffer, offset));
      return bytes;
    };
    await refused(
      at(8, (v) => v.setUint32(0, LARGEST, true)),
      /at most 64 sections, got one that announces 4294967295/,
    );
    await refused(
      at(8, (v) => v.setUint32(0, 12, true)),
      /truncated/,
    );
    await refused(
      at(16, (v) => v.setBigUint64(0, 2n ** 63n, true)),
      /truncated/,
    );
    await refused(whole.subarray(0, whole.length - 1), /truncated/);
    await refused(
      changed(1, (_, v) => [36, 40].forEach((at) => v.setUint32(at, 28, true))),
      /in section 2 of a \.ptau file of 2\^28, got/,
    );
    await refused(
      changed(1, (_, v) => v.setUint32(36, LARGEST, true)),
      /2\^1 to 2\^28, got 2\^4294967295/,
    );
    await refused(
      changed(1, (_, v) => v.setUint32(40, LARGEST, true)), // snarkjs hashes twice so many points first
      /of 2\^8 to 2\^28 powers, got 2\^4294967295/,
    );
    await refused(
      changed(1, (content) => content.subarray(0, 40)),
      /header of 40 bytes/,
    );
    await refused(
      changed(1, (content) => (content[4] ^= 1)),
      /over BN254, got another curve/,
    );
    await refused(
      changed(12, (content) => content.subarray(64)),
      /in section 12/,
    );
    await refused(binBytes({ ...file, sections: [...file.sections, file.sections[5]] }), /one section 6 .*, got two/);
    await refused(
      changed(7, (_, v) => v.setUint32(0, LARGEST, true)),
      /at most 1 contributions in 1508 bytes, got 4294967295/,
    );
    await refused(
      changed(7, (_, v) => v.setUint32(0, 0, true)),
      /with contributions, got none/,
    );
    await refused(
      changed(7, (_, v) => v.setUint32(4 + 1500, LARGEST, true)),
      /bytes of parameters in contribution 1/,
    );
    const endless = (content: Uint8Array): Uint8Array => {
      const beacon = new Uint8Array([...content, 2, 63]);
      beacon[4 + 1500] = 2; // bytes of parameters
      return beacon;
    };
    const many = (content: Uint8Array): Uint8Array => {
      const section = new Uint8Array([...content, 2, 30, 2, 30]);
      section[4 + 1500] = 4;
      return section;
    };
    await refused(changed(7, many), /at most 2\^30 iterations of beacons in all/);
    await refused(changed(7, endless), /beacon of at most 2\^30 iterations in contribution 1, got 2\^63/);
  });

  it('with a point hidden in the one power of the largest domain that snarkjs does not check', async () => {
    const { system } = randomSystem(11, { nCommitted: 0, nPublic: 3, nPrivate: 90 }, 12);
    expect((await firstKey(system, stock, { argument: 'plain' })).domain).toBe(2 ** 7); // all that the file is for
    const ofStock = parseBin(await readFile(stock), 'ptau');
    const lagrange = section(ofStock, 12).slice();
    const [size, w, hidden] = [2 ** 8, rootOfUnity(8), bn254.G1.Point.BASE.multiply(99n)];
    // L_i + w^i W / N: the sum of w^ij L_i is what it was, but for j = N - 1
    for (let i = 0, factor = inverse(BigInt(size)); i < size; i++, factor = (factor * w) % R) {
      const at = 64 * (size - 1 + i);
      const { x, y } = point1(g1At(lagrange, at)).add(hidden.multiply(factor)).toAffine();
      lagrange.set(encoded([x, y]), at);
    }
    const path = join(folder, 'hidden.ptau');
    const sections = ofStock.sections.map((s) => (s.id === 12 ? { id: 12, parts: [lagrange] } : s));
    await writeFile(path, binBytes({ ...ofStock, sections }));
    expect((await verifyPowers(path)).asked).toBe(true); // snarkjs takes it
    await expect(firstKey(system, path, { argument: 'plain' })).rejects.toMatchObject({
      code: 'format',
      message: 'expected Lagrange points of powers of tau in section 12, got others in the domain of 2^8',
    });
    await firstKey(plain, path, { argument: 'plain' }); // smaller domains are checked as a whole
  });

  it('is too small by name', async () => {
    await expect(firstKey(randomSystem(3, { nCommitted: 0, nPublic: 1, nPrivate: 300 }).system, known, { argument: 'plain' })).rejects.toMatchObject({ code: 'mismatch', message: 'expected powers of tau of at least 2^9, got 2^8' }); // prettier-ignore
  });
});

describe('verified powers of tau', () => {
  it('are asked about once, and again when a byte changes', async () => {
    const path = join(folder, 'asked.ptau');
    await newPowersOfTau(2, path);
    expect((await verifyPowers(path)).asked).toBe(true);
    const bytes = await readFile(path);
    await writeFile(join(folder, 'copy.ptau'), bytes);
    expect((await verifyPowers(join(folder, 'copy.ptau'))).asked).toBe(false);

    const file = parseBin(bytes, 'ptau');
    const refused = async (contents: Readonly<Record<number, Uint8Array>>): Promise<void> => {
      const sections = file.sections.map((s) => (s.id in contents ? { id: s.id, parts: [contents[s.id]] } : s));
      await writeFile(path, binBytes({ ...file, sections }));
      await expect(verifyPowers(path)).rejects.toMatchObject({
        code: 'format',
        where: path,
        message: expect.stringMatching(/that snarkjs verifies, got: ./),
      });
    };
    const powers = section(file, 2).slice();
    powers.copyWithin(64 * 3, 64 * 5, 64 * 6); // another point of the curve in place of tau^3
    await refused({ 2: powers });
    await refused({ 2: powers }); // a refusal is not remembered as a pass
    await refused({ 14: section(file, 15), 15: section(file, 14) });
  });
});
