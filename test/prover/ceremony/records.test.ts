// A plain ceremony as stock snarkjs sees it: `zkey verify` accepts the finished key, its beacon is snarkjs's own, and a step whose
// record it would refuse is refused by whoever comes next.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zKey } from 'snarkjs';
import { arrange } from '#compiler/circuit/arrange.js';
import { r1csFile } from '#compiler/circuit/r1cs.js';
import { compile, type Circuit } from '#compiler/index.js';
import { startCeremony, verifyCeremony } from '#prover/ceremony/powers.js';
import { applyBeacon, contribute, type Added } from '#prover/ceremony/contribute.js';
import { finishCeremony } from '#prover/ceremony/finish.js';
import type { CeremonyFiles } from '#prover/ceremony/transcript.js';
import { sha256 } from '#prover/ceremony/hashes.js';
import { linkCircuit } from '#prover/circom/link.js';
import { binBytes, parseBin, section } from '#prover/files/binfile.js';
import { contributionsOf, secretPoints, withSections } from '#prover/files/key.js';
import { SECTION } from '#prover/files/zkey.js';
import { verifyZkey } from '#prover/snarkjs/index.js';
import { floats, modelBytes } from '../../compiler/onnx-models.js';
import { closeCurve, newPowersOfTau } from '../stock.js';
import { BEACON } from './first.js';

type Now = CeremonyFiles & { readonly key: Uint8Array };
const after = ({ ceremony, steps }: Now, { step, key }: Added): Now => ({ ceremony, steps: [...steps, step], key });

let folder: string;
let ptau: string;
let circuit: Circuit;
let r1cs: Uint8Array;
let ada: Now;
let grace: Now;
let closed: Now;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records-'));
  ptau = join(folder, 'tau.ptau');
  const model = modelBytes({ inputs: { x: [1, 2] }, nodes: [{ op: 'Gemm', in: ['x', 'w'] }], initializers: { w: floats([2, 1], [0.5, -1]) } }); // prettier-ignore
  circuit = (await compile(model, { argument: 'plain', bits: 3, inputRanges: { '': [-1, 1] }, allowLoss: true })).circuit; // prettier-ignore
  const system = await linkCircuit(arrange(circuit));
  r1cs = Buffer.concat([...r1csFile(system)]);
  await newPowersOfTau(Math.ceil(Math.log2(system.nRows + system.nPublic + 1)), ptau);
  const { ceremony, key } = await startCeremony(circuit, ptau);
  const begun = { ceremony, steps: [], key };
  ada = after(begun, await contribute(begun, key, { name: 'Ada Ωmega' }));
  grace = after(ada, await contribute(ada, ada.key, { name: 'x'.repeat(80) }));
  closed = after(grace, await applyBeacon(grace, grace.key, BEACON));
});
afterAll(async () => {
  await closeCurve();
  await rm(folder, { recursive: true });
});

const edited = (text: string, change: Record<string, unknown>): string =>
  JSON.stringify({ ...(JSON.parse(text) as object), ...change });

it('stock snarkjs verifies the finished key, each step and the beacon as one', async () => {
  const { provingKey, vkey } = await finishCeremony(closed, closed.key);
  expect(vkey).toMatchObject({ insecure: false, contributions: 2 });
  expect(contributionsOf(parseBin(provingKey, 'zkey'))).toBe(2);
  expect(await verifyZkey(r1cs, ptau, provingKey)).toBe(true);
  expect(await verifyCeremony(closed, closed.key, circuit, ptau)).toMatchObject({ valid: true, contributions: 2 });
});

it('the beacon is the one that snarkjs makes', async () => {
  const theirs: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
  await zKey.beacon(grace.key, theirs, '', BEACON.value, BEACON.log2);
  const [their, our] = [theirs.data!, closed.key].map((key) => parseBin(key, 'zkey'));
  expect(secretPoints(our)).toEqual(secretPoints(their));
  for (const id of [SECTION.c, SECTION.h, SECTION.contributions]) expect(section(our, id)).toEqual(section(their, id));
});

describe('refused by the next contributor and by whoever verifies', () => {
  it('a point for snarkjs of another factor, of another step, or none, by whose step it is', async () => {
    const [first, second] = grace.steps;
    const { delta } = JSON.parse(second) as { delta: { g2: unknown } };
    const { stock: earlier } = JSON.parse(first) as { stock: unknown };
    for (const stock of [
      delta.g2,
      earlier,
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ]) {
      // prettier-ignore
      const files = { ...grace, steps: [first, edited(second, { stock })] };
      await expect(contribute(files, grace.key, { name: 'Hedy' })).rejects.toMatchObject({ code: 'mismatch', where: expect.stringMatching(/^0002.json/), message: expect.stringContaining('record for snarkjs') }); // prettier-ignore
    }
    const without = { ...grace, steps: [first, edited(second, { stock: undefined })] };
    await expect(contribute(without, grace.key, { name: 'Hedy' })).rejects.toMatchObject({ code: 'format' });
  });

  it('records in the key that are not those of the steps', async () => {
    const file = parseBin(grace.key, 'zkey');
    const changed = section(file, SECTION.contributions).slice();
    changed[changed.length - 1] ^= 1; // a letter of the last name, which snarkjs does not bind
    const key = binBytes(withSections(file, new Map([[SECTION.contributions, changed]])));
    expect(await verifyZkey(r1cs, ptau, key)).toBe(true);
    const files = { ...grace, steps: [grace.steps[0], edited(grace.steps[1], { key: sha256(key) })] };
    await expect(contribute(files, key, { name: 'Hedy' })).rejects.toMatchObject({ code: 'mismatch', where: 'the key, section 10' }); // prettier-ignore
    expect(await verifyCeremony(files, key, circuit, ptau)).toMatchObject({
      valid: false,
      wrong: 'the key, section 10',
    });
    await expect(finishCeremony(files, key)).rejects.toMatchObject({ code: 'mismatch' });
  });
});
