import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zKey } from 'snarkjs';
import { r1csFile } from '#compiler/circuit/r1cs.js';
import { binBytes, parseBin, section } from '#prover/files/binfile.js';
import { SECTION } from '#prover/files/zkey.js';
import { devSetup } from '#prover/setup/dev.js';
import { firstKey } from '#prover/setup/first-key.js';
import { knownPowers } from './powers.js';
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
      for (const [name, id] of Object.entries(SECTION)) {
        if (id === SECTION.contributions || !dev.file.sections.some((s) => s.id === id)) continue;
        expect(section(first.file, id), name).toEqual(section(dev.file, id));
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
