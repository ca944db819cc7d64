// What follows from the first key and what does not: each change to a key is found by one check, which takes all points together.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inverse } from '#verifier/field.js';
import { binBytes, section, type BinFile } from '#prover/files/binfile.js';
import { withSections } from '#prover/files/key.js';
import { LOOKUP_AT, PART } from '#prover/files/lookup-key.js';
import { scaled } from '#prover/kernel/scale.js';
import { devSetup } from '#prover/setup/dev.js';
import { checkKey, keyFaults, rescaled } from '#prover/ceremony/key.js';
import { FIRST, scaledBy } from '#prover/ceremony/steps.js';
import type { Head } from '#prover/ceremony/transcript.js';
import { emptyKernel } from '../kernels.js';
import { randomSystem } from '../systems.js';

const nCommitted = 7;
const { system } = randomSystem(5, { nCommitted, nPublic: 2, nPrivate: 50 });
const trapdoor = { tau: 1234567n, alpha: 5n, beta: 7n };
const [d, e] = [987654321n, 123456789n];
const secrets = { delta: scaledBy(d, FIRST), eta: scaledBy(e, FIRST) };
const head: Head = { argument: 'lookup', committed: nCommitted, circuit: '', publics: [], ptau: '', key: '', hash: '' };

const kernel = emptyKernel();
afterAll(() => kernel.close());
let first: BinFile;
let key: BinFile;
beforeAll(async () => {
  first = (await devSetup(system, { argument: 'lookup', secrets: { ...trapdoor, delta: 1n, eta: 1n } })).file;
  key = await rescaled(kernel, first, { delta: d, eta: e }, secrets, 1);
});

async function found(changed: BinFile, said = secrets, contributions = 1): Promise<string[]> {
  const checks: string[] = [];
  for await (const { check } of keyFaults(kernel, first, changed, said, contributions)) checks.push(check);
  return checks;
}
const withSection = (id: number, content: Uint8Array, file = key): BinFile =>
  withSections(file, new Map([[id, content]]));
const times = (content: Uint8Array, factor: bigint): Promise<Uint8Array> =>
  kernel.run((machine) => scaled(machine, content, factor));

describe('a key after a contribution', () => {
  it('is the development key of the same secrets, byte for byte but for the count', async () => {
    const same = await devSetup(system, { argument: 'lookup', secrets: { ...trapdoor, delta: d, eta: e } });
    const counted = section(same.file, PART.header).slice();
    new DataView(counted.buffer).setUint32(LOOKUP_AT.contributions, 1, true);
    expect(Buffer.compare(binBytes(key), binBytes(withSection(PART.header, counted, same.file)))).toBe(0);
    expect(await found(key)).toEqual([]);
  });

  it('and a second one is that of the products', async () => {
    const after = { delta: scaledBy(3n, secrets.delta), eta: scaledBy(5n, secrets.eta) };
    const twice = await rescaled(kernel, key, { delta: 3n, eta: 5n }, after, 2);
    expect(await found(twice, after, 2)).toEqual([]);
    expect(await found(twice, after, 3)).toEqual(['count']);
    expect(await found(twice, secrets, 2)).toEqual(['secrets', 'secrets', 'h', 'c', 'basis']);
  });

  it('with one point changed is refused, in each section that is divided, at any place', async () => {
    for (const [id, check] of [
      [PART.h, 'h'],
      [PART.c, 'c'],
      [PART.d, 'basis'],
    ] as const) {
      // prettier-ignore
      const content = section(key, id);
      const count = content.length / 64;
      for (const i of [0, count >> 1, count - 1]) {
        const moved = content.slice();
        moved.set(section(key, PART.header).subarray(LOOKUP_AT.ic, LOOKUP_AT.ic + 64), 64 * i); // another point of G1
        expect(await found(withSection(id, moved)), `${check} ${i}`).toEqual([check]);
      }
      // two points that change places keep the plain sum
      const swapped = content.slice();
      swapped.set(content.subarray(0, 64), 64);
      swapped.set(content.subarray(64, 128), 0);
      expect(await found(withSection(id, swapped)), check).toEqual([check]);
      const off = content.slice();
      off[64 * (count - 1) + 40] ^= 1;
      expect(await found(withSection(id, off))).toEqual(['curve']);
    }
  });

  it('with eta scaled in the basis alone, or by the factor of delta, is refused', async () => {
    const basis = section(first, PART.d);
    expect(await found(withSection(PART.d, basis))).toEqual(['basis']); // in the key, not in the basis
    expect(await found(withSection(PART.d, await times(basis, inverse(d))))).toEqual(['basis']);
    const stays = { delta: secrets.delta, eta: FIRST };
    const inBasis = await rescaled(kernel, first, { delta: d, eta: e }, stays, 1);
    expect(await found(inBasis, stays)).toEqual(['basis']);
  });

  it('with eta in G1 but not in G2, or a delta of its own, is refused', async () => {
    for (const name of ['delta', 'eta'] as const) {
      const own = { ...secrets, [name]: { g1: secrets[name].g1, g2: FIRST.g2 } };
      expect(await found(await rescaled(kernel, first, { delta: d, eta: e }, own, 1))).toEqual(['secrets']);
    }
  });

  it('with any other byte changed is refused', async () => {
    const changing: readonly number[] = [PART.h, PART.c, PART.d];
    for (const id of Object.values(PART).filter((one) => !changing.includes(one))) {
      const content = section(key, id).slice();
      content[id === PART.header ? LOOKUP_AT.ic : content.length >> 1] ^= 1;
      expect(await found(withSection(id, content)), `section ${id}`).toContain('bytes');
    }
    expect(await found({ ...key, sections: key.sections.slice(0, -1) })).toEqual(['sections']);
    expect(await found({ ...key, sections: [...key.sections, { id: 7, parts: [] }] })).toEqual(['sections']);
    expect(await found({ ...key, version: 3 })).toEqual(['sections']);
    expect(await found(withSection(PART.h, section(key, PART.h).subarray(64)))).toEqual(['bytes']);
  });
});

describe('a key that is contributed to', () => {
  it('shows the secret to nobody: a point off the curve is refused before it is multiplied', async () => {
    expect(await checkKey(kernel, key, head)).toEqual(secrets);
    for (const id of [PART.h, PART.c, PART.d]) {
      const content = section(key, id).slice();
      content[35] ^= 4;
      await expect(checkKey(kernel, withSection(id, content), head)).rejects.toMatchObject({
        code: 'format',
        message: expect.stringMatching(`section ${id}\\) of the key, got 1 that are none`),
      });
    }
  });

  it('has the sizes that it says', async () => {
    const huge = section(key, PART.header).slice();
    new DataView(huge.buffer).setUint32(0, 0xffffffff, true); // wires
    await expect(checkKey(kernel, withSection(PART.header, huge), head)).rejects.toMatchObject({ code: 'format' });
    await expect(checkKey(kernel, key, { ...head, committed: 8 })).rejects.toMatchObject({ code: 'format' });
    await expect(checkKey(kernel, key, { ...head, committed: 999 })).rejects.toMatchObject({ code: 'format' });
    for (const sections of [key.sections.slice(0, -1), key.sections.toReversed()])
      await expect(checkKey(kernel, { ...key, sections }, head)).rejects.toMatchObject({ code: 'format' });
  });
});
