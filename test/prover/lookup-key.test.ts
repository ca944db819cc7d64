import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { domainOf } from '#compiler/circuit/domain.js';
import { FIELD_BYTES, fieldBytes } from '#compiler/circuit/field.js';
import { R } from '#verifier/field.js';
import { commit } from '#prover/commit.js';
import { sumOfFew } from '#prover/few.js';
import { devSetup } from '#prover/setup/dev.js';
import { commitmentKey, keyPoints, type KeyPoints } from '#prover/files/key.js';
import type { G1Point, G2Point, Groth16Proof, SetupKey } from '#prover/files/zkey.js';
import { basisSum, closeCurve, groth16Prove } from './stock.js';
import { changed, randomSystem } from './systems.js';

afterAll(closeCurve);

const nCommitted = 7;
const { system, wires, witness } = randomSystem(5, { nCommitted, nPublic: 2, nPrivate: 50 });
const publics = wires.slice(1 + nCommitted, 3 + nCommitted);
const committed = witness.subarray(FIELD_BYTES, (1 + nCommitted) * FIELD_BYTES);
const secrets = { tau: 1234567n, alpha: 5n, beta: 7n, delta: 11n, eta: 13n };

type Proof = Groth16Proof & { readonly D: G1Point };

const g1 = ([x, y]: G1Point) => bn254.G1.Point.fromAffine({ x, y });
const g2 = ([[x0, x1], [y0, y1]]: G2Point) =>
  bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });

/** e(A, B) e(-alpha, beta) e(-(IC_0 + X IC_X + F IC_F), G2) e(-D, eta) e(-C, delta) = 1 */
function verifies(key: KeyPoints, { A, B, C, D }: Proof, values: readonly bigint[]): boolean {
  if (key.eta === undefined) throw new Error('a key without eta');
  const x = values.reduce((sum, v, i) => sum.add(g1(key.ic[i + 1]).multiply(v)), g1(key.ic[0]));
  const product = bn254.pairingBatch([
    { g1: g1(A), g2: g2(B) },
    { g1: g1(key.alpha).negate(), g2: g2(key.beta) },
    { g1: x.negate(), g2: bn254.G2.Point.BASE },
    { g1: g1(D).negate(), g2: g2(key.eta) },
    { g1: g1(C).negate(), g2: g2(key.delta) },
  ]);
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}

describe.each([64, 96])('a lookup development key on %i rows', (domain) => {
  let key: SetupKey;
  let points: KeyPoints;
  beforeAll(async () => {
    key = await devSetup(system, { argument: 'lookup', domain: domainOf(domain) });
    points = keyPoints(key.file);
  });

  const prove = async (values = witness): Promise<Proof> => {
    const block = values.subarray(FIELD_BYTES, (1 + nCommitted) * FIELD_BYTES);
    const commitment = await commit(commitmentKey(key.file), block, basisSum(key.file), sumOfFew);
    return commitment.unmask(await groth16Prove(key.file, values));
  };

  it('is compact: rows for the constant and the two publics alone', () => {
    expect(key).toMatchObject({ rows: system.nRows + 3, domain, insecure: true });
    expect(points.ic).toHaveLength(3);
  });

  it('satisfies the pairing equation', async () => {
    const proof = await prove();
    expect(verifies(points, proof, publics)).toBe(true);
    expect(verifies(points, proof, [publics[0] + 1n, publics[1]])).toBe(false);
    expect(verifies(points, proof, [publics[0], publics[1] + 1n])).toBe(false);
  });

  it('refuses a witness that breaks a row, committed or private', async () => {
    for (const wire of [1, nCommitted, system.nWires - 1]) {
      expect(verifies(points, await prove(changed(wires, wire, 1n)), publics), `wire ${wire}`).toBe(false);
    }
  });

  it('masks: every commitment is fresh, and neither D nor C fits another proof', async () => {
    const [a, b] = [await prove(), await prove()];
    expect(a.D).not.toEqual(b.D);
    expect(verifies(points, { ...a, D: b.D }, publics)).toBe(false);
    expect(verifies(points, { ...a, D: b.D, C: b.C }, publics)).toBe(false);
    const raw = await groth16Prove(key.file, witness);
    const { D } = await commit(commitmentKey(key.file), committed, basisSum(key.file), sumOfFew);
    expect(verifies(points, { ...raw, D }, publics)).toBe(false);
  });

  it('commits to exactly its committed wires', async () => {
    const fewer = commit(commitmentKey(key.file), committed.subarray(FIELD_BYTES), basisSum(key.file), sumOfFew);
    await expect(fewer).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('has a basis that no plain key has', async () => {
    const plain = randomSystem(6, { nCommitted: 0, nPublic: 2, nPrivate: 8 });
    const { file } = await devSetup(plain.system, { argument: 'plain' });
    expect(() => commitmentKey(file)).toThrow(expect.objectContaining({ code: 'format' }));
  });
});

describe('the points of a key from known secrets', () => {
  it('are what the definitions say', async () => {
    const { file } = await devSetup(system, { argument: 'lookup', secrets });
    const { alpha, beta, delta, eta } = keyPoints(file);
    expect(g1(alpha).equals(bn254.G1.Point.BASE.multiply(secrets.alpha))).toBe(true);
    for (const [point, secret] of [
      [beta, secrets.beta],
      [delta, secrets.delta],
      [eta, secrets.eta],
    ] as const) {
      expect(point !== undefined && g2(point).equals(bn254.G2.Point.BASE.multiply(secret))).toBe(true);
    }
  });

  it('commit to zero under the mask alone, and differ by the basis for one more', async () => {
    const { file } = await devSetup(system, { argument: 'lookup', secrets });
    const key = commitmentKey(file);
    const zero = fieldBytes(Array.from({ length: nCommitted }, () => 0n));
    const { D, unmask } = await commit(key, zero, basisSum(file), sumOfFew);
    const raw = await groth16Prove(file, witness);
    const { C } = await unmask(raw);
    // D = mu delta, C' - C = mu eta: with delta = 11, eta = 13 they are multiples of one another
    const difference = g1(raw.C).subtract(g1(C));
    expect(g1(D).multiply(secrets.eta).equals(difference.multiply(secrets.delta))).toBe(true);
    expect(
      g1(D)
        .multiply(R - 1n)
        .add(g1(D))
        .is0(),
    ).toBe(true);
  });
});
