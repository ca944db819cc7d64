// The memory that a proof takes at least: never more than one takes, nearly all of what its quotient does, and what is refused by it,
// before a thread starts.
import { describe, expect, it } from 'vitest';
import { kernelEngine } from '#prover/engine.js';
import { section, type BinFile } from '#prover/files/binfile.js';
import { PART, countsBytes, lookupCounts, type Counts } from '#prover/files/lookup-key.js';
import { domainOf } from '#compiler/circuit/domain.js';
import { loadKey, prove } from '#prover/kernel/groth16.js';
import type { Machine } from '#prover/kernel/machine.js';
import { singleMachine } from '#prover/kernel/node.js';
import { quotientScalars } from '#prover/kernel/quotient.js';
import { leastRoom } from '#prover/kernel/room.js';
import { devSetup } from '#prover/setup/dev.js';
import { startedWorkers } from './opened.js';
import { randomSystem } from './systems.js';

/** The machine, and the most bytes that were allocated at a time. */
function watched(machine: Machine): { readonly machine: Machine; readonly peak: () => number } {
  const bottom = machine.mark();
  let peak = 0;
  const alloc = (bytes: number): number => {
    const at = machine.alloc(bytes);
    peak = Math.max(peak, at + bytes - bottom);
    return at;
  };
  return { machine: { ...machine, alloc }, peak: () => peak };
}

describe('the room of a proof', () => {
  it.each([['plain', 1024], ['lookup', 1024], ['lookup', 1536]] as const)('of %s on %i rows', async (argument, size) => {
    const isPlain = argument === 'plain';
    const { system, witness } = randomSystem(3, { nCommitted: isPlain ? 0 : 90, nPublic: 2, nPrivate: size - 120 });
    const { file } = await devSetup(system, { argument, domain: domainOf(size) });
    const least = leastRoom(file);
    const { machine, peak } = watched(await singleMachine());
    const loaded = await loadKey(machine, file);
    const { tables, shape: { nWires, domain } } = loaded;
    expect(domain).toBe(size);
    const mark = machine.mark();
    await quotientScalars(machine, { key: file, witness, nWires, domain, tables });
    machine.release(mark);
    expect(peak() / least).toBeGreaterThan(0.97);
    expect(peak() / least).toBeLessThan(1.1); // powers that tables are made of
    await prove(machine, loaded, witness, 1n, 2n);
    expect(peak()).toBeGreaterThanOrEqual(least);
  }); // prettier-ignore

  /** A key of a circuit of that many rows, of which nothing can be read but the header: a wire and four terms a row. */
  function keyOf(file: BinFile, domain: number): BinFile {
    const rows = domain - 100;
    const counts: Counts = { ...lookupCounts(file), nWires: rows, rows, domain, terms: 4 * rows, a: rows, b: rows };
    const header = section(file, PART.header).slice();
    header.set(countsBytes(counts));
    const bits = (wires: number): number => Math.ceil(wires / 8);
    const lengths = new Map<number, number>([
      [PART.wires, 2 * bits(rows) + bits(rows - 10) + bits(7)],
      [PART.starts, 4 * (2 * rows + 1)],
      [PART.termWires, 16 * rows],
      [PART.termValues, 8 * rows],
      ...[PART.a, PART.b1].map((id) => [id, 64 * rows] as const),
      [PART.b2, 128 * rows],
      [PART.h, 64 * domain],
    ]);
    const read = (): never => expect.fail('expected nothing to be read');
    return {
      ...file,
      sections: file.sections.map(({ id, parts }) => {
        const length = lengths.get(id);
        return { id, parts: id === PART.header ? [header] : length === undefined ? parts : [{ length, read }] };
      }),
    };
  }

  it('is known of any key, and one beyond 4 GiB is refused before a thread starts', async () => {
    const { system } = randomSystem(5, { nCommitted: 7, nPublic: 2, nPrivate: 50 });
    const { file } = await devSetup(system, { argument: 'lookup' });
    const mebibytes = (rows: number): number => Math.round(leastRoom(keyOf(file, rows)) / 2 ** 20);
    expect([2 ** 22, 2 ** 23, 3 * 2 ** 22].map(mebibytes)).toEqual([1296, 2592, 3728]);
    const [beyond, moreBeyond] = [2 ** 24, 3 * 2 ** 23].map((rows) => keyOf(file, rows));
    const workers = startedWorkers();
    expect(() => kernelEngine(beyond)).toThrow(
      expect.objectContaining({ code: 'resource', message: expect.stringMatching(/^expected a proof in the 4096 MiB .* got one of 16777216 rows, which takes 5184 at least$/), hint: expect.stringContaining('--prover snarkjs') }), // prettier-ignore
    );
    expect(() => kernelEngine(moreBeyond)).toThrow(expect.objectContaining({ hint: 'use a smaller model or input' }));
    expect(workers.length).toBe(0);
  });
});
