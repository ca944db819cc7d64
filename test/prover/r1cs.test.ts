import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { violations } from '#compiler/circuit/violations.js';
import { fieldBytes } from '#compiler/circuit/field.js';
import { parseR1cs, r1csFile } from '#compiler/circuit/r1cs.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { compileCircom, parseSym } from '#prover/circom/compile.js';
import { closeCurve, r1csInfo } from './stock.js';
import { randomSystem } from './systems.js';

afterAll(closeCurve);

const bytesOf = (system: RowSystem): Uint8Array => new Uint8Array(Buffer.concat([...r1csFile(system)]));

describe('the .r1cs file', () => {
  const { system, witness } = randomSystem(7, { nCommitted: 2, nPublic: 3, nPrivate: 40 });
  const bytes = bytesOf(system);

  it('is read back as the same rows', () => {
    const read = parseR1cs(bytes);
    expect(read).toMatchObject({ nOutputs: 0, nPublicInputs: 5, nPrivateInputs: 0 });
    expect(read.system.sides.map(({ start, wire }) => [start, wire])).toEqual(
      system.sides.map(({ start, wire }) => [start, wire]),
    );
    expect(bytesOf(read.system)).toEqual(bytes);
    expect(violations(read.system, witness)).toEqual([]);
  });

  it('is read by snarkjs', async () => {
    expect(await r1csInfo(bytes)).toEqual({ wires: system.nWires, rows: system.nRows, publics: 5 });
  });

  it('comes in bounded pieces', () => {
    const large = randomSystem(8, { nCommitted: 0, nPublic: 1, nPrivate: 400 }, 300).system;
    const pieces = [...r1csFile(large)];
    expect(pieces.length).toBeGreaterThan(3);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(1 << 20);
    expect(parseR1cs(bytesOf(large)).system.nRows).toBe(large.nRows);
  });

  it('cut at any place is one clear error', () => {
    for (let length = 0; length < bytes.length; length += length < 200 ? 1 : 97) {
      expect(() => parseR1cs(bytes.subarray(0, length)), `${length}`).toThrow(
        expect.objectContaining({ code: 'format' }),
      );
    }
  });

  it('with another magic, version, field, wire or coefficient is refused', () => {
    const patched = (at: number, value: number): Uint8Array => bytes.map((byte, i) => (i === at ? value : byte));
    for (const [at, expected] of [
      [0, /letters/],
      [4, /version/],
      [28, /scalar field/],
      [60, /wires/],
    ] as const) {
      expect(() => parseR1cs(patched(at, 0)), `byte ${at}`).toThrow(expected);
    }
    const custom = patched(8, 4); // one section more: the custom gates
    expect(() => parseR1cs(Uint8Array.of(...custom, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow(/custom gates/);
    expect(() => parseR1cs(patched(84, system.nRows - 1))).toThrow(/bytes after them/);
    expect(() => parseR1cs(patched(84, system.nRows + 1))).toThrow(/constraints/);
    const firstTerm = 100 + 4; // behind the section header and the number of terms
    expect(() => parseR1cs(patched(firstTerm + 3, 255))).toThrow(/wires below/);
    expect(() => parseR1cs(patched(firstTerm + 4 + 31, 255))).toThrow(/coefficients below/);
  });
});

describe('circom', () => {
  const source = `pragma circom 2.1.0;
template Dot(n) {
    signal input a[n];
    signal input b;
    signal output c;
    var sum = 0;
    for (var i = 0; i < n; i++) sum += (i - 1) * a[i];
    signal t;
    t <== sum * b;
    c <== t + 7;
}
component main {public [b]} = Dot(3);
`;

  it('compiles to rows and names', async () => {
    const { r1cs, sym, constraints, warnings } = await compileCircom({ source }, { optimise: 'O1' });
    const { system, nOutputs, nPublicInputs, nPrivateInputs } = parseR1cs(r1cs);
    expect({ nOutputs, nPublicInputs, nPrivateInputs }).toEqual({ nOutputs: 1, nPublicInputs: 1, nPrivateInputs: 3 });
    expect(constraints).toEqual({ nonLinear: 1, linear: 1 });
    expect(system.nRows).toBe(2);
    expect(warnings).toEqual([]);
    const wires = parseSym(sym);
    const values = new Map([['main.a[0]', 4n], ['main.a[1]', 5n], ['main.a[2]', 6n], ['main.b', 3n], ['main.t', 6n], ['main.c', 13n]]); // prettier-ignore
    const witness = Array.from({ length: system.nWires }, (_, w) => BigInt(w === 0));
    for (const [name, wire] of wires) witness[wire] = values.get(name) ?? 0n;
    expect(violations(system, fieldBytes(witness))).toEqual([]);
    witness[wires.get('main.c') ?? 0] = 14n;
    expect(violations(system, fieldBytes(witness))).not.toEqual([]);
  });

  it('keeps at O0 what O1 removes', async () => {
    const copy = source.replace('c <== t + 7;', 'signal u; u <== t; c <== u + 7;');
    const rows = async (optimise: 'O0' | 'O1') =>
      parseR1cs((await compileCircom({ source: copy }, { optimise })).r1cs).system.nRows;
    expect([await rows('O0'), await rows('O1')]).toEqual([3, 2]);
  });

  it('finds a file, what it includes beside it and in the folders given, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'circom test '));
    try {
      await writeFile(join(folder, 'lib.circom'), source.slice(0, source.indexOf('component')));
      const main = 'pragma circom 2.1.0;\ninclude "lib.circom";\ncomponent main = Dot(2);\n';
      const path = join(folder, 'main.circom');
      await writeFile(path, main);
      const before = await readdir(folder);
      expect(parseR1cs((await compileCircom({ path })).r1cs).nPrivateInputs).toBe(3);
      expect(parseR1cs((await compileCircom({ source: main }, { includes: [folder] })).r1cs).nPrivateInputs).toBe(3);
      expect(await readdir(folder)).toEqual(before);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says what does not compile, and where', async () => {
    await expect(compileCircom({ source: source.replace('t + 7', 't * t * t') })).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining('Non quadratic constraints'),
      where: 'main.circom:10:5',
    });
    await expect(compileCircom({ source: 'include "nowhere.circom";' })).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining('nowhere.circom'),
    });
    await expect(compileCircom({ path: '/nowhere/main.circom' })).rejects.toMatchObject({ code: 'file' });
  });

  it('returns warnings, and stops when the time is up', async () => {
    const unused = await compileCircom({ source: source.replace('pragma circom 2.1.0;\n', '') });
    expect(unused.warnings.join()).toMatch(/pragma|version/i);
    await expect(compileCircom({ source }, { timeout: 20 })).rejects.toMatchObject({ code: 'resource' });
  });

  it('refuses a malformed symbol file', () => {
    expect(() => parseSym('1,2,3\n')).toThrow(expect.objectContaining({ code: 'format', where: 'line 1' }));
  });
});
