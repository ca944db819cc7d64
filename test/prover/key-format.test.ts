// Format 2 of lookup keys: one form for each key, everything in it needed and in its place, and whatever is not refused by name. Read
// here from docs/key-format.md alone where a byte is looked at.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { R } from '#verifier/field.js';
import { domainOf } from '#compiler/circuit/domain.js';
import { readField } from '#compiler/circuit/field.js';
import { asZkey } from '#prover/files/as-zkey.js';
import { binBytes, parseBin, section, type BinFile } from '#prover/files/binfile.js';
import { keyShape, withSections } from '#prover/files/key.js';
import { PART, lookupOwners, placeBytes } from '#prover/files/lookup-key.js';
import { SECTION, stockShape } from '#prover/files/zkey.js';
import { RowBuilder, type RowSystem } from '#compiler/circuit/rows.js';
import { devSetup } from '#prover/setup/dev.js';
import { closeCurve, groth16Prove } from './stock.js';
import { commitmentSum, openProvingKernel } from '#prover/kernel/index.js';
import { kernelProof } from './kernels.js';
import { randomSystem } from './systems.js';

afterAll(closeCurve);

const nCommitted = 7;
const { system, witness } = randomSystem(5, { nCommitted, nPublic: 2, nPrivate: 50 });
const secrets = { tau: 1234567n, alpha: 5n, beta: 7n, delta: 11n, eta: 13n };
const keyOf = async (of: RowSystem, domain = 64): Promise<BinFile> =>
  (await devSetup(of, { argument: 'lookup', secrets, domain: domainOf(domain) })).file;

let key: BinFile;
beforeAll(async () => {
  key = await keyOf(system);
});

const words = (id: number, file = key): Uint32Array => new Uint32Array(section(file, id).slice().buffer);
const withWord = (id: number, at: number, value: number): BinFile => {
  const content = words(id);
  content[at < 0 ? content.length + at : at] = value;
  return withSections(key, new Map([[id, new Uint8Array(content.buffer)]]));
};
const refused = (file: BinFile, says: RegExp) =>
  expect(kernelProof(file, witness)).rejects.toMatchObject({ code: 'format', message: expect.stringMatching(says) });

describe('a lookup key', () => {
  it('is the same bytes when it is read and written, and when it is made of the same rows in another order', async () => {
    const bytes = binBytes(key);
    expect(binBytes(parseBin(bytes, 'ifpk'))).toEqual(bytes);
    const other = new RowBuilder({ nCommitted, nPublic: 2, nPrivate: 50 });
    for (let row = 0; row < system.nRows; row++) {
      other.begin();
      system.sides.forEach(({ start, wire, coef }, s) => {
        for (let i = start[row + 1] - 1; i >= start[row]; i--) {
          const code = coef[i];
          const value = code >= 2 ** 30 ? system.pool[code - 2 ** 30] : BigInt(code);
          // one term as two, and as one more that is nothing
          other.term(s as 0 | 1 | 2, wire[i], value - 3n);
          other.term(s as 0 | 1 | 2, wire[i], 3);
          other.term(s as 0 | 1 | 2, 0, 5);
          other.term(s as 0 | 1 | 2, 0, -5);
        }
      });
    }
    expect(binBytes(await keyOf(other.seal()))).toEqual(bytes);
  });

  it('has no point at infinity, each value once, and the wires of a form ascending', () => {
    for (const [id, size] of [[PART.a, 64], [PART.b1, 64], [PART.b2, 128], [PART.c, 64], [PART.h, 64], [PART.d, 64]]) {
      const points = section(key, id);
      for (let i = 0; i < points.length; i += size) expect(points.subarray(i, i + size).some((b) => b > 0)).toBe(true);
    } // prettier-ignore
    const owners = lookupOwners(key);
    const inB = new Set(system.sides[1].wire);
    expect([...owners.b]).toEqual([...inB].sort((i, j) => i - j));
    expect([...owners.c].every((w) => w > nCommitted + 2)).toBe(true);
    const starts = words(PART.starts);
    const wires = words(PART.termWires);
    for (let form = 0; form + 1 < starts.length; form++)
      for (let t = starts[form] + 1; t < starts[form + 1]; t++) expect(wires[t]).toBeGreaterThan(wires[t - 1]);
    const places = new Uint16Array(section(key, PART.termValues).slice().buffer);
    expect(new Set(places).size).toBe(section(key, PART.values).length / 32);
    expect([placeBytes(2 ** 16), placeBytes(2 ** 16 + 1)]).toEqual([2, 4]);
  });

  it('gives the proof that its zkey gives, by the kernel and by snarkjs', async () => {
    const stock = asZkey(key);
    expect(stockShape(stock)).toMatchObject({ nWires: system.nWires, nPublic: nCommitted + 2, domain: 64 });
    const fixed = { r: 3n, s: 5n };
    const proof = await kernelProof(key, witness, fixed);
    expect(await kernelProof(stock, witness, fixed)).toEqual(proof);
    expect(await kernelProof(key, witness, { ...fixed, threads: 3 })).toEqual(proof);
    await groth16Prove(stock, witness);
    const view = new DataView(section(stock, SECTION.coefficients).buffer);
    expect(view.getUint32(0, true)).toBe(words(PART.termWires).length);
  });

  it('with more than 2^16 values has places of four bytes', async () => {
    const builder = new RowBuilder({ nCommitted: 1, nPublic: 2, nPrivate: 255 });
    for (let row = 0; row < 256; row++) {
      builder.begin();
      for (let w = 0; w < builder.nWires; w++) builder.term(0, w, 1 + row + 256 * w);
      builder.term(1, 0, 1);
    }
    const file = await keyOf(builder.seal(), 512);
    expect(section(file, PART.termValues).length).toBe(4 * words(PART.termWires, file).length);
    const ones = new Uint8Array(32 * builder.nWires).map((_, i) => (i % 32 === 0 ? 1 : 0));
    const fixed = { r: 3n, s: 5n };
    expect(await kernelProof(file, ones, fixed)).toEqual(await kernelProof(asZkey(file), ones, fixed));
  });
});

describe('is refused', () => {
  it('of format 1, of another version, and where a plain key is meant', () => {
    expect(() => parseBin(binBytes(asZkey(key)), 'ifpk')).toThrow(/format 2 .*, got a zkey, .*: make the key again/);
    expect(() => parseBin(binBytes(key), 'zkey')).toThrow(/begins with "ifpk"/);
    expect(() => parseBin(binBytes({ ...key, version: 3 }), 'ifpk')).toThrow(/version 2 to 2, got 3/);
    expect(() => parseBin(binBytes({ ...key, version: 1 }), 'ifpk')).toThrow(/version 2 to 2, got 1/);
  });

  it('with a section that is missing, doubled, added, elsewhere or of another length', async () => {
    const { sections } = key;
    const others = [
      sections.slice(1),
      [...sections, sections[0]],
      [...sections, { id: 13, parts: [] }],
      [sections[1], sections[0], ...sections.slice(2)],
    ];
    for (const wrong of others) await refused({ ...key, sections: wrong }, /sections 1,2,.*12/);
    for (const id of Object.values(PART)) {
      const content = section(key, id);
      for (const length of [content.length - 1, content.length + 64]) {
        const changed = new Uint8Array(length);
        changed.set(content.subarray(0, length));
        await refused(withSections(key, new Map([[id, changed]])), new RegExp(`bytes in section ${id} of`));
      }
    }
  });

  it('with a count that its sections do not have, before memory is taken', () => {
    for (let at = 0; at < 11; at++) {
      if (at === 4) continue; // contributions
      for (const value of [0, 1, 3, 2 ** 27, 2 ** 31, 2 ** 32 - 1])
        expect(() => keyShape(withWord(PART.header, at, value)), `${at} ${value}`).toThrow(/^expected .* got /);
    }
  });

  it('with secrets at infinity', async () => {
    for (const [at, name] of [[172, 'delta'], [236, 'eta']] as const) {
      const header = section(key, PART.header).slice().fill(0, at, at + 64);
      await refused(withSections(key, new Map([[PART.header, header]])), new RegExp(`whose ${name} hides`));
    } // prettier-ignore
  });

  it('with a bit too few, too many, or behind the last wire', async () => {
    const bits = section(key, PART.wires);
    const flipped = (at: number, bit: number): BinFile =>
      withSections(key, new Map([[PART.wires, bits.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte))]]));
    await refused(flipped(0, 0), /wires with a point of A/);
    await refused(flipped(8, 1), /wires with a point of B/);
    await refused(flipped(bits.length - 1, 0), /wires with a point of D/);
    await refused(flipped(bits.length - 1, 7), /point of D, got one that does not exist/); // 7 committed wires
  });

  it('with a point at infinity in any list, which the proof would be wrong by', async () => {
    const lists = [[PART.a, 64], [PART.b1, 64], [PART.b2, 128], [PART.c, 64], [PART.h, 64]]; // prettier-ignore
    for (const [id, size] of lists) {
      const points = section(key, id);
      const at = id === PART.a ? 0 : points.length - size;
      await refused(withSections(key, new Map([[id, points.slice().fill(0, at, at + size)]])), /not at infinity/);
    }
    const basis = section(key, PART.d).slice().fill(0, 64, 128);
    const kernel = openProvingKernel(withSections(key, new Map([[PART.d, basis]])));
    const scalars = witness.slice(32, 32 + basis.length / 2);
    await expect(commitmentSum(kernel, scalars)).rejects.toMatchObject({
      code: 'format',
      where: 'section 12 of the key',
    });
    await kernel.close();
  });

  it('with values that do not ascend, of 0, and above the field', async () => {
    const values = section(key, PART.values);
    const swapped = values.slice();
    swapped.set(values.subarray(0, 32), 32);
    swapped.set(values.subarray(32, 64), 0);
    const twice = values.slice();
    twice.set(values.subarray(0, 32), 32);
    const high = values.slice();
    high.fill(255, high.length - 32);
    for (const changed of [swapped, twice, values.slice().fill(0, 0, 32), high])
      await refused(withSections(key, new Map([[PART.values, changed]])), /ascending values/);
    expect(readField(new DataView(values.slice().buffer), 0) < R).toBe(true);
  });

  it('with terms that name no wire or value, a wire twice, or forms that overlap', async () => {
    const starts = words(PART.starts);
    const form = starts.findIndex((start, i) => starts[i + 1] > start + 1); // of two terms at least
    const [first] = [starts[form]];
    const wires = words(PART.termWires);
    const got = /expected terms of 64 rows and 60 wires, got [1-9]/;
    await refused(withWord(PART.termWires, 0, 60), got);
    await refused(withWord(PART.termWires, -1, 2 ** 32 - 1), got);
    await refused(withWord(PART.termWires, first + 1, wires[first]), got);
    const place = section(key, PART.termValues).slice().fill(255, 0, 2);
    await refused(withSections(key, new Map([[PART.termValues, place]])), got);
    await refused(withWord(PART.starts, 1, 2 ** 32 - 1), got);
    await refused(withWord(PART.starts, form + 1, starts[form + 1] + 2 ** 20), got);
    await refused(withWord(PART.starts, 0, 1), /terms of .* rows from 0/);
    await refused(withWord(PART.starts, -1, 1), /terms of .* rows from 0/);
  });
});
