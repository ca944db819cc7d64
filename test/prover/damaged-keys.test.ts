// Damaged keys and proofs: one clear error or a refusal each time, soon; never an invalid proof, a bug of ours or the words of a
// library. INFERPROOF_FULL=1 tries hundreds; INFERPROOF_SEED=N the one that a failure names.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeCircuit } from '#compiler/index.js';
import { readFolder, readKey, readProof, toJson } from '#files/index.js';
import { prove, type ProverOptions } from '#prover/index.js';
import { InferproofError } from '#verifier/errors.js';
import { parseVerificationKey, serializeVerificationKey, verify } from '#verifier/index.js';
import { perceptron } from '../compiler/circuits.js';
import { tiny } from '../lookup/tiny.js';
import { damagedKey, damagedText } from './damage.js';
import { subject, type Subject } from './opened.js';

vi.mock(import('#prover/circom/compile.js'), async (original) =>
  (await import('./circom-once.js')).remembering(await original()),
);

const FULL = process.env['INFERPROOF_FULL'] === '1';
const ONE = process.env['INFERPROOF_SEED'];
const seeds = (few: number, many: number): number[] =>
  ONE === undefined ? Array.from({ length: FULL ? many : few }, (_, i) => i + 1) : [Number(ONE)];
const MOST_SECONDS = 10;

let folder: string;
const subjects = new Map<string, Subject & { readonly proof: string; readonly vkeyText: string }>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'damaged-test-'));
  for (const [name, circuit, size] of [
    ['plain', perceptron(), undefined],
    ['lookup', tiny(), 512],
  ] as const) {
    // prettier-ignore
    const made = await subject(circuit, size);
    const { proof } = await prove(circuit, made.provingKey, made.vkey, made.sample(1), { threads: 1 });
    const vkeyText = toJson(serializeVerificationKey(made.vkey), 2);
    subjects.set(name, { ...made, proof: toJson(proof, 2), vkeyText });
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** What a damaged file comes to: the code of one clear error, or what else happened, which is a failure. */
async function outcome(work: () => Promise<string>, codes: readonly string[]): Promise<string> {
  const start = performance.now();
  let came: string;
  try {
    came = await work();
  } catch (error) {
    const known = error instanceof InferproofError && codes.includes(error.code);
    const clear = known && /^expected .*, got/.test(error.message);
    came = clear ? error.code : `FAILED: ${String(error)}`;
  }
  const seconds = (performance.now() - start) / 1000;
  return seconds < MOST_SECONDS ? came : `FAILED: took ${seconds.toFixed(1)} s`;
}

describe.each(['plain', 'lookup'])('%s', (name) => {
  const given = () => subjects.get(name)!;

  async function proveWith(key: Uint8Array, options: ProverOptions): Promise<string> {
    const { circuit, vkey, sample } = given();
    const { proof } = await prove(circuit, key, vkey, sample(2), options);
    return verify(vkey, proof, { allowInsecureKey: true }).valid ? 'valid' : 'FAILED: an invalid proof';
  }

  it.each([
    ['kernel', 5, 150],
    ['snarkjs', 1, 20],
  ] as const)(
    'damaged proving keys: the %s makes a valid proof or says what is wrong',
    async (prover, few, many) => {
      const counts: Record<string, number> = {};
      for (const seed of seeds(few, many)) {
        const { what, content } = damagedKey(given().provingKey, seed);
        const came = await outcome(() => proveWith(content, { prover, threads: 1 }), ['format', 'mismatch']);
        expect(came, `seed ${seed}, ${what}`).not.toMatch(/^FAILED/);
        counts[came] = (counts[came] ?? 0) + 1;
      }
      if (ONE === undefined) expect(counts['format']).toBeGreaterThan(0);
    },
    900_000,
  );

  it('damaged verification keys are refused by their parser, or are no keys of the circuit', async () => {
    const { circuit, vkeyText, proof } = given();
    const path = join(folder, `${name}.json`);
    const json: unknown = JSON.parse(proof);
    for (const seed of seeds(80, 1000)) {
      const { what, content } = damagedText(vkeyText, seed);
      await writeFile(path, content);
      const came = await outcome(async () => {
        const key = await readKey(path);
        const same = toJson(serializeVerificationKey(key)) === toJson(serializeVerificationKey(parseVerificationKey(JSON.parse(vkeyText)))); // prettier-ignore
        if (same) return 'the same';
        const answer = verify(key, json, { allowInsecureKey: true });
        // a plain key says what its words mean, and nothing but the circuit can say otherwise
        if (answer.valid && name === 'lookup') return 'FAILED: the proof holds under another key';
        const dir = await mkdtemp(join(folder, 'dir-'));
        await writeFile(join(dir, 'circuit.json'), encodeCircuit(circuit));
        await writeFile(join(dir, 'vkey.json'), content);
        const fits = await readFolder(dir).then(() => true, (error: unknown) => !(error instanceof InferproofError && error.code === 'mismatch')); // prettier-ignore
        return answer.valid && fits ? 'FAILED: another key is taken for that of the circuit' : 'another key';
      }, ['format', 'file']); // prettier-ignore
      expect(came, `seed ${seed}, ${what}`).not.toMatch(/^FAILED/);
    }
  });

  it('damaged proofs are refused with a reason', async () => {
    const { vkey, proof } = given();
    const path = join(folder, `${name}-proof.json`);
    const key = parseVerificationKey(JSON.parse(toJson(serializeVerificationKey(vkey))));
    const came = new Set<string>();
    for (const seed of seeds(120, 2000)) {
      const { what, content } = damagedText(proof, seed);
      await writeFile(path, content);
      const answered = await outcome(async () => {
        const read = await readProof(path);
        const answer = verify(key, read, { allowInsecureKey: true });
        if (!answer.valid) return answer.reason;
        return toJson(read) === toJson(JSON.parse(proof)) ? 'the same' : 'FAILED: another proof holds';
      }, []);
      expect(answered, `seed ${seed}, ${what}`).not.toMatch(/^FAILED/);
      came.add(answered);
    }
    if (ONE === undefined) for (const reason of ['malformed', 'not-on-curve']) expect(came).toContain(reason);
  });
});
