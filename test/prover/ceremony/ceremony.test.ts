import { resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseVerificationKey, serializeVerificationKey } from '#verifier/index.js';
import { begin } from '#prover/ceremony/beginning.js';
import { applyBeacon, contribute } from '#prover/ceremony/contribute.js';
import { finishCeremony } from '#prover/ceremony/finish.js';
import { ceremonyStatus } from '#prover/ceremony/status.js';
import { verifyTranscript } from '#prover/ceremony/verify.js';
import { sha256 } from '#prover/ceremony/hashes.js';
import { parseBin } from '#prover/files/binfile.js';
import { openProver } from '#prover/index.js';
import { verify } from '#verifier/index.js';
import { solidityVerifier, verifyCalldata } from '#verifier/solidity/index.js';
import { tiny } from '../../lookup/tiny.js';
import { deploy } from '../../verifier/evm.js';
import { BEACON, PTAU, firstKey, started, verified, withBeacon, withContribution, type Ceremony } from './first.js';

/** The browser's bundle, with the globals of the language and what every browser adds: no setting allows anything. */
async function inBrowser(vkey: object, proof: unknown): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents: `export { verify } from './dist/verifier/index.js'`, resolveDir: resolve('.') },
    ...{ bundle: true, format: 'iife', globalName: 'bundle', platform: 'browser', write: false },
  } as const);
  const [{ text }] = outputFiles;
  const given = JSON.stringify([vkey, proof]);
  return runInNewContext(`${text}; bundle.verify(...JSON.parse(given)).valid`, { given, TextEncoder, TextDecoder });
}

let begun: Ceremony;
let one: Ceremony;
let two: Ceremony;
let closed: Ceremony;
beforeAll(async () => {
  begun = await started(tiny());
  one = await withContribution(begun, 'Ada');
  two = await withContribution(one, 'Grace Hopper');
  closed = await withBeacon(two);
});

const withSteps = (ceremony: Ceremony, ...steps: string[]): Ceremony => ({
  ...ceremony,
  files: { ...ceremony.files, steps },
});
const edited = (text: string, change: Record<string, unknown>): string =>
  JSON.stringify({ ...(JSON.parse(text) as object), ...change });
const wrong = async (ceremony: Ceremony): Promise<string> => {
  const answer = await verified(ceremony);
  return answer.valid ? 'valid' : `${answer.wrong}: ${answer.reason}`;
};

describe('a ceremony', () => {
  it('of two and a beacon verifies, and says who took part', async () => {
    const [, ada, grace, beacon] = [closed.files.ceremony, ...closed.files.steps].map((text) => sha256(text));
    const steps = [
      { index: 1, name: 'Ada', hash: ada },
      { index: 2, name: 'Grace Hopper', hash: grace },
      { index: 3, name: null, hash: beacon },
    ];
    expect(await verified(closed)).toMatchObject({ valid: true, contributions: 2, closed: true, steps, transcript: beacon }); // prettier-ignore
    expect(await ceremonyStatus(two.files)).toMatchObject({ contributions: 2, closed: false });
  });

  it('ends in keys that prove and verify, in Node, a browser and an EVM, and that carry the hash of the transcript', async () => {
    const { provingKey, vkey } = await finishCeremony(closed.files, closed.key);
    expect(vkey).toMatchObject({ insecure: false, contributions: 2, transcript: sha256(closed.files.steps[2]) });
    expect(parseVerificationKey(serializeVerificationKey(vkey))).toEqual(vkey);
    const prover = await openProver(closed.circuit, provingKey, vkey);
    try {
      const { proof } = await prover.prove({
        count: 1,
        inputs: { x: Float64Array.from([0.5, -0.25, 0, 1, -1, 0.125]) },
      });
      expect(verify(vkey, proof)).toMatchObject({ valid: true });
      expect(await inBrowser(serializeVerificationKey(vkey), proof)).toBe(true);
      const contract = await deploy(solidityVerifier(vkey)); // which refuses development keys
      expect(await contract.call(verifyCalldata(vkey, proof).data)).toMatchObject({ answer: true });
      expect(verify({ ...serializeVerificationKey(vkey), transcript: '0'.repeat(64) }, proof)).toEqual({ valid: false, reason: 'pairing' }); // prettier-ignore
    } finally {
      await prover.close();
    }
  });

  it('without a contribution is no ceremony: a beacon is public', async () => {
    await expect(finishCeremony(begun.files, begun.key)).rejects.toMatchObject({ code: 'insecure' });
    const beaconAlone = await withBeacon(begun);
    expect(await verified(beaconAlone)).toMatchObject({ valid: true, contributions: 0 });
    await expect(finishCeremony(beaconAlone.files, beaconAlone.key)).rejects.toMatchObject({ code: 'insecure' });
  });

  it('takes no step behind its beacon', async () => {
    await expect(contribute(closed.files, closed.key, { name: 'Late' })).rejects.toMatchObject({ code: 'usage' });
    const forced = edited(two.files.steps[1], { index: 4, previous: sha256(closed.files.steps[2]) });
    expect(await wrong(withSteps(closed, ...closed.files.steps, forced))).toMatch(
      /^0004.json: .*beacon as the last step/,
    );
  });
});

describe('a transcript', () => {
  it('with a step left out, doubled or swapped is refused by the first file that is wrong', async () => {
    const [ada, grace, beacon] = closed.files.steps;
    expect(await wrong(withSteps(closed, grace, beacon))).toMatch(/^0001.json: expected step 1 .* got step 2/);
    expect(await wrong(withSteps(closed, ada, beacon))).toMatch(/^0002.json: expected step 2/);
    expect(await wrong(withSteps(closed, ada, ada, grace, beacon))).toMatch(/^0002.json/);
    expect(await wrong(withSteps(closed, grace, ada, beacon))).toMatch(/^0001.json/);
    // renumbered: the hashes tell
    expect(await wrong(withSteps(closed, edited(grace, { index: 1 }), beacon))).toMatch(
      /^0001.json: expected a step after/,
    );
  });

  it('with its last step left out is refused by its key, and finished it has another hash', async () => {
    expect(await wrong(withSteps(closed, ...two.files.steps))).toMatch(/^the key: expected the key after the contribution of Grace Hopper/); // prettier-ignore
  });

  it('with a step that does not hold is refused by whose it is', async () => {
    const [ada, grace] = two.files.steps;
    const { delta } = JSON.parse(ada) as { delta: object };
    expect(await wrong(withSteps(two, ada, edited(grace, { delta })))).toMatch(/^0002.json, the contribution of Grace Hopper: .*proof of knowledge for delta/); // prettier-ignore
    expect(await wrong(withSteps(one, edited(ada, { name: 'Eve' })))).toMatch(/^0001.json, the contribution of Eve: .*knowledge/); // prettier-ignore
  });

  it('with a beacon of another number of iterations is refused', async () => {
    const [ada, grace, beacon] = closed.files.steps;
    const other = edited(beacon, { beacon: { ...BEACON, log2: 11 } });
    expect(await wrong(withSteps(closed, ada, grace, other))).toMatch(/^0003.json, the beacon: .*iterations/);
  });

  it('refuses files of another kind, version or size before it works', async () => {
    const { ceremony } = one.files;
    const [ada] = one.files.steps;
    const refused = async (head: string, step: string, message: RegExp): Promise<void> => {
      await expect(ceremonyStatus({ ceremony: head, steps: [step] })).rejects.toMatchObject({
        code: 'format',
        message: expect.stringMatching(message),
      });
    };
    await refused(ceremony, edited(ada, { version: 2 }), /version/);
    await refused(edited(ceremony, { version: 2 }), ada, /version/);
    await refused(ada, ada, /ceremony.json/);
    await refused(ceremony, ceremony, /0001.json/);
    await refused(ceremony, ada.slice(0, ada.length >> 1), /truncated/);
    await refused(ceremony, edited(ada, { more: 1 }), /0001.json/);
    await refused(ceremony, edited(ada, { eta: undefined }), /0001.json/);
    await refused(ceremony, edited(ada, { beacon: { ...BEACON, log2: 60 } }), /0001.json/);
    await refused(ceremony, ada.padEnd(2 ** 15), /at most/);
    await refused(edited(ceremony, { committed: 0 }), ada, /committed/);
    for (const name of ['', ' ', 'a\u001b[31m', 'a\nb', '\u202eeve', 'x'.repeat(81), ' a'])
      await refused(ceremony, edited(ada, { name }), /name/);
    await expect(contribute(one.files, one.key, { name: 'a\u0007' })).rejects.toMatchObject({ code: 'usage' });
    await expect(applyBeacon(one.files, one.key, { value: 'xyz', log2: 10 })).rejects.toMatchObject({ code: 'usage' });
    await expect(applyBeacon(one.files, one.key, { value: 'ab', log2: 40 })).rejects.toMatchObject({ code: 'usage' });
    const many = { ceremony, steps: new Array<string>(5000).fill(ada) };
    await expect(ceremonyStatus(many)).rejects.toMatchObject({ code: 'format' });
  });
});

describe('a ceremony of other things', () => {
  it('is refused: another circuit, other powers, secrets that somebody knows', async () => {
    const { files, key, first, circuit } = one;
    const answer = (what: Parameters<typeof verifyTranscript>[2], ptau = PTAU, from = first) =>
      verifyTranscript(files, key, what, ptau, () => Promise.resolve(from));
    expect(await answer(tiny('output'))).toMatchObject({ valid: false, reason: 'it is for another circuit' });
    expect(await answer(circuit, '8'.repeat(64))).toMatchObject({
      valid: false,
      reason: expect.stringMatching(/powers/),
    });
    // powers that are changed, and named so in the head, make another first key
    const honest = await firstKey(circuit, 99n);
    expect(await answer(circuit, PTAU, honest)).toMatchObject({ valid: false, wrong: 'ceremony.json', reason: expect.stringMatching(/first key/) }); // prettier-ignore
    // a development key with a ceremony of its own, its hash set to that of the honest first key: all points are compared
    const { ceremony } = begin(circuit, honest, PTAU);
    const mine = { ...begun, first: honest, files: { ceremony, steps: [] } };
    expect(await wrong(mine)).toMatch(/^the key: expected the key that the ceremony begins with/);
    const contributed = await contribute({ ceremony: begun.files.ceremony, steps: [] }, begun.key, { name: 'Eve' });
    const moved = edited(contributed.step, { previous: sha256(ceremony) });
    expect(await wrong({ ...mine, files: { ceremony, steps: [moved] }, key: contributed.key })).toMatch(/knowledge/);
  });

  it('is refused by its contributors too: a key of another step, a truncated one', async () => {
    await expect(contribute(two.files, one.key, { name: 'Eve' })).rejects.toMatchObject({ code: 'mismatch' });
    await expect(contribute(two.files, two.key.subarray(0, 5000), { name: 'Eve' })).rejects.toMatchObject({ code: 'mismatch' }); // prettier-ignore
    const short = two.key.subarray(0, 5000);
    const [ada, grace] = two.files.steps;
    const claimed = { ...two.files, steps: [ada, edited(grace, { key: sha256(short) })] };
    await expect(contribute(claimed, short, { name: 'Eve' })).rejects.toMatchObject({ code: 'format' });
    expect(() => parseBin(short, 'ifpk')).toThrow(/truncated/);
  });

  it('leaves the key that it was given as it was', () => {
    expect(sha256(begun.key)).toBe((JSON.parse(begun.files.ceremony) as { key: string }).key);
  });
});
