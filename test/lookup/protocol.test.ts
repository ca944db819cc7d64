// Attacks on the commitment, the challenge and the key, each with real proofs of a real circuit, against the library and the
// contract. Where one check refuses the attack, the same forgery is shown to pass without that check.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { section } from '#prover/files/binfile.js';
import { randomScalar } from '#prover/random.js';
import { LOOKUP_AT, PART, lookupOwners } from '#prover/files/lookup-key.js';
import { g1At } from '#prover/files/zkey.js';
import { R, inverse, mod, toBytesBE, toHex } from '#verifier/field.js';
import { challenge, fingerprint, serializeProof, serializeVerificationKey, type LookupProof } from '#verifier/index.js';
import type { G1 } from '#verifier/points.js';
import { solidityVerifier, verifyCalldata } from '#verifier/solidity/index.js';
import { closeCurve } from '../prover/stock.js';
import { deploy } from '../verifier/evm.js';
import { CONTEXT } from '../verifier/simulator.js';
import {
  DOMAINS,
  G,
  equation,
  instance,
  lieAboutOutput,
  statement,
  sum,
  sum2,
  type Forged,
  type Instance,
} from './forger.js';

interface Begun {
  readonly I: Instance;
  readonly vkey: Record<string, unknown>;
  readonly source: string;
  readonly contract: Awaited<ReturnType<typeof deploy>>;
  readonly good: Forged;
  readonly other: Forged;
}
async function begin(size: number): Promise<Begun> {
  const I = await instance(size);
  const vkey = serializeVerificationKey(I.key);
  const source = solidityVerifier(vkey, { allowInsecureKey: true });
  return { I, vkey, source, contract: await deploy(source), good: await I.forge(), other: await I.forge() };
}
const begun = new Map<number, Promise<Begun>>();
let { I, vkey, source, contract, good, other } = {} as Begun;
let delta: G1;
let eta: G1;
/** Each attack is tried on both kinds of domains. */
async function on(size: number): Promise<void> {
  begun.set(size, begun.get(size) ?? begin(size));
  ({ I, vkey, source, contract, good, other } = await begun.get(size)!);
  [delta, eta] = [g1At(I.delta), g1At(I.eta)];
}
afterAll(closeCurve);

const onChain = async (proof: LookupProof, context?: string, at = contract): Promise<boolean | string> =>
  (await at.call(verifyCalldata(vkey, serializeProof(proof), context).data)).answer;
/** Refused by the pairing, in the library and by the contract. */
async function refused(proof: LookupProof, context?: string): Promise<void> {
  expect(I.answer(proof, context)).toBe('pairing');
  expect(await onChain(proof, context)).toBe(false);
}
/** The contract with a challenge that the attacker chose in the place of the hash. */
async function withFixedChallenge(X: bigint): Promise<typeof contract> {
  const fixed = source.replace(/let x := mod\(keccak256\([^;\n]*\n/, `let x := ${toHex(toBytesBE(X))}\n`);
  expect(fixed).not.toBe(source);
  return deploy(fixed);
}

describe.each(DOMAINS)('honest proofs, %i rows', (size) => {
  beforeAll(() => on(size));

  it('are accepted, share no element and have the same words', async () => {
    for (const { proof, rows } of [good, other]) {
      expect([I.answer(proof), await onChain(proof), rows]).toEqual(['valid', true, 0]);
    }
    for (const name of ['A', 'B', 'C', 'D'] as const) expect(good.proof[name]).not.toEqual(other.proof[name]);
    expect(good.proof.words).toEqual(other.proof.words);
  });

  it("are hidden by the mask: without it D repeats, and one mask for two inputs gives D - D' away", async () => {
    const bare = [await I.forge({ mask: 0n }), await I.forge({ mask: 0n })];
    expect(bare[0].proof.D).toEqual(bare[1].proof.D);
    const changed = I.committed.with(0, I.committed[0] + 1n); // another input
    const difference = (a: Forged, b: Forged): G1 => sum([1n, a.proof.D], [-1n, b.proof.D]);
    const guess = difference(bare[0], await I.forge({ committed: changed, mask: 0n }));
    const mask = randomScalar();
    const masked = await I.forge({ mask });
    expect(difference(masked, await I.forge({ committed: changed, mask }))).toEqual(guess);
    expect(difference(masked, await I.forge({ committed: changed }))).not.toEqual(guess);
  });

  it('can be turned into others of the same statement: t A, B / t and B + t delta, C + t A', () => {
    const t = randomScalar();
    const { A, B, C } = good.proof;
    const again = [
      { ...good.proof, A: sum([t, A]), B: sum2([inverse(t), B]) },
      { ...good.proof, B: sum2([1n, B], [t, I.key.delta]), C: sum([1n, C], [t, A]) },
    ];
    expect(again.map((proof) => I.answer(proof))).toEqual(['valid', 'valid']);
  });
});

describe.each(DOMAINS)('the commitment, %i rows', (size) => {
  beforeAll(() => on(size));

  it('D + G', () => refused({ ...good.proof, D: sum([1n, good.proof.D], [1n, G]) }));
  it('D of another proof, alone and with its C', async () => {
    await refused({ ...good.proof, D: other.proof.D });
    await refused({ ...good.proof, C: other.proof.C, D: other.proof.D });
  });
  it('C not corrected, corrected with another mask, and with the wrong sign', async () => {
    await refused((await I.forge({ removed: 0n })).proof);
    await refused((await I.forge({ removed: randomScalar() })).proof);
    const mask = randomScalar();
    await refused((await I.forge({ mask, removed: R - mask })).proof);
  });

  it('D + t delta with C - t eta: holds at the old X, and X moves with D', async () => {
    const t = randomScalar();
    const { C, D } = good.proof;
    const remasked = { ...good.proof, D: sum([1n, D], [t, delta]), C: sum([1n, C], [-t, eta]) };
    await refused(remasked);
    expect(equation(I.key, remasked, good.X)).toBe(true);
    expect(await onChain(remasked, undefined, await withFixedChallenge(good.X))).toBe(true);
  });

  it('D + t A with B + t eta: holds at the old X, and X moves with D', async () => {
    const t = randomScalar();
    const { A, B, D } = good.proof;
    const moved = { ...good.proof, B: sum2([1n, B], [t, I.key.eta]), D: sum([1n, D], [t, A]) };
    await refused(moved);
    expect(equation(I.key, moved, good.X)).toBe(true);
  });

  it('any element of the key in D: only delta passes, with C - t eta, as the mask that it is', async () => {
    const of = (id: number, i = 0): G1 => g1At(section(I.file, id), 64 * i);
    const beta1 = g1At(section(I.file, PART.header), LOOKUP_AT.beta1);
    const ofX = lookupOwners(I.file).a.indexOf(I.wires.challenge!.X);
    const [ic0, icX, icF] = I.key.ic;
    const elements: Record<string, G1> = {
      ...{ delta, eta, alpha: I.key.alpha, beta: beta1, ic0, icX, icF },
      'K of a committed wire': of(PART.d),
      'K of a private wire': of(PART.c),
      'A of a wire': of(PART.a, ofX),
      H: of(PART.h),
    };
    const t = randomScalar();
    for (const [name, element] of Object.entries(size === 64 ? elements : { delta, H: of(PART.h) })) {
      const { proof } = await I.forge({ shift: sum([t, element]) });
      const tries = [delta, eta, element].flatMap((p) =>
        [t, -t].map((k) => ({ ...proof, C: sum([1n, proof.C], [k, p]) })),
      );
      const passing = [proof, ...tries].filter((one) => I.answer(one) === 'valid');
      expect(passing, name).toEqual(name === 'delta' ? [tries[3]] : []); // tries[3]: C - t eta
      expect(await onChain(proof), name).toBe(false);
    }
  });

  it("a false public word with D shifted by (w - w') IC_F; with eta = G2 it passes", async () => {
    const forgery = (J: Instance) => {
      const claim = J.words.with(0, J.words[0] ^ 1n);
      return J.forge({ words: claim, shift: sum([J.words[0] - claim[0], J.key.ic[2]]) });
    };
    await refused((await forgery(I)).proof);
    const bad = await instance(size, { eta: 1n });
    const { proof, X } = await forgery(bad);
    expect(X).toBe(challenge(bad.key, proof.words, proof.D));
    expect(equation(bad.key, proof, X)).toBe(true);
    expect(bad.answer(proof)).toBe('degenerate-key');
  });
});

describe.each(DOMAINS)('the challenge, %i rows', (size) => {
  beforeAll(() => on(size));

  it('chosen in advance: a false output with a multiplicity solved for that X', async () => {
    const lie = lieAboutOutput(I);
    const X = randomScalar();
    const forged = await I.forge({ committed: lie.closed(lie.committed, X), words: lie.words, X });
    expect(forged.rows).toBe(0);
    expect(lie.words).not.toEqual(I.words);
    await refused(forged.proof);
    expect(equation(I.key, forged.proof, X)).toBe(true);
    expect(await onChain(forged.proof, undefined, await withFixedChallenge(X))).toBe(true);
    // the same commitment with the X of the hash breaks a row
    const honestX = await I.forge({ committed: lie.closed(lie.committed, X), words: lie.words });
    expect(honestX.rows).toBeGreaterThan(0);
    await refused(honestX.proof);
  });

  it('replayed: a proof made at the X of another one', async () => {
    const { proof } = await I.forge({ X: good.X });
    await refused(proof);
    expect(equation(I.key, proof, good.X)).toBe(true);
  });

  it('a multiplicity changed after X, D kept', async () => {
    const lie = lieAboutOutput(I);
    const forged = await I.forge({ committed: lie.committed, words: lie.words, later: lie.closed });
    expect(forged.rows).toBe(0);
    await refused(forged.proof);
  });

  it('trivial proof A = alpha, B = beta, D against the statement at an X of choice: wants eta = G2 and that X', async () => {
    const [X, r, s] = [5n, randomScalar(), randomScalar()];
    const forgery = (J: Instance): LookupProof => {
      const words = J.words.with(0, J.words[0] ^ 1n);
      const d = g1At(J.delta);
      const beta1 = g1At(section(J.file, PART.header), LOOKUP_AT.beta1);
      return {
        argument: 'lookup',
        A: sum([1n, J.key.alpha], [r, d]),
        B: sum2([1n, J.key.beta], [s, J.key.delta]),
        C: sum([s, J.key.alpha], [r, beta1], [r * s, d]),
        D: sum([-1n, statement(J.key, words, X)]),
        words,
      };
    };
    await refused(forgery(I));
    expect(equation(I.key, forgery(I), X)).toBe(false);
    const bad = await instance(size, { eta: 1n });
    const forged = forgery(bad);
    expect(equation(bad.key, forged, X)).toBe(true);
    expect(equation(bad.key, forged, challenge(bad.key, forged.words, forged.D))).toBe(false);
    // the plainest one has C at infinity
    const plainest = { ...forged, A: bad.key.alpha, B: bad.key.beta };
    expect(equation(bad.key, { ...plainest, C: null }, X)).toBe(true);
    const infinite: LookupProof = { ...good.proof, A: I.key.alpha, B: I.key.beta, C: [0n, 0n] };
    expect(I.answer(infinite)).toBe('infinity');
    expect(await onChain(infinite)).toBe(false);
  });

  it('words that are not hashed: two small words with the same F', async () => {
    const blind = await I.forge({ hashed: [] });
    // d0 + d1 X = 0 mod r with both about 127 bits, from the half-way step of Euclid's algorithm
    let [a, b, u, v] = [R, blind.X, 0n, 1n];
    while (b * b > R || v > 0n) {
      const quotient = a / b;
      [a, b, u, v] = [b, a - quotient * b, v, u - quotient * v];
    }
    const words = [I.words[0] + b, I.words[1] - v];
    expect(words.every((w) => w < 1n << 140n)).toBe(true);
    expect(fingerprint(words, blind.X)).toBe(fingerprint(I.words, blind.X));
    const collision = { ...blind.proof, words };
    await refused(collision);
    expect(equation(I.key, collision, blind.X)).toBe(true);
    expect(await onChain(collision, undefined, await withFixedChallenge(blind.X))).toBe(true);
  });

  it('another context', async () => {
    const { proof, X } = await I.forge({ context: CONTEXT });
    expect([I.answer(proof, CONTEXT), await onChain(proof, CONTEXT)]).toEqual(['valid', true]);
    const another = CONTEXT.replace('5a', '5b');
    await refused(proof);
    await refused(proof, another);
    expect(equation(I.key, proof, X)).toBe(true);
  });

  it('another key of the same circuit', async () => {
    const J = await instance(size);
    expect(J.answer(good.proof)).toBe('pairing');
    expect(I.answer((await J.forge()).proof)).toBe('pairing');
  });
});

describe.each(DOMAINS)('keys, %i rows', (size) => {
  beforeAll(() => on(size));

  it('delta = G2: A = alpha, B = beta, C = -(IC_0 + X IC_X + F IC_F + d eta) proves anything', async () => {
    const bad = await instance(size, { delta: 1n });
    const d = randomScalar();
    const [D, words] = [sum([d, G]), bad.words.with(1, bad.words[1] ^ 1n)];
    const X = challenge(bad.key, words, D);
    const C = sum([-1n, statement(bad.key, words, X)], [-d, g1At(bad.eta)]);
    const forged = { argument: 'lookup', A: bad.key.alpha, B: bad.key.beta, C, D, words } as const;
    expect(equation(bad.key, forged, X)).toBe(true);
    expect(bad.answer(forged)).toBe('degenerate-key');
  });

  /** A false output; its multiplicity is solved after X, and c times the difference in the committed block is put into C. */
  async function late(J: Instance, c: bigint): Promise<LookupProof> {
    const lie = lieAboutOutput(J);
    const { proof, X } = await J.forge({ committed: lie.committed, words: lie.words, later: lie.closed });
    const base = g1At(section(J.file, PART.d), 64 * (lie.solved - 1));
    return { ...proof, C: sum([1n, proof.C], [c * lie.by(lie.committed, X), base]) };
  }

  it('eta = delta: committed wires can be moved into C after X', async () => {
    const secret = randomScalar();
    const bad = await instance(size, { eta: secret, delta: secret });
    const forged = await late(bad, 1n);
    expect(equation(bad.key, forged, challenge(bad.key, forged.words, forged.D))).toBe(true);
    expect(bad.answer(forged)).toBe('degenerate-key');
    await refused(await late(I, 1n));
  });

  it('eta = 5 delta: the same, and no verifier can see it, so the two secrets must be independent', async () => {
    const secret = randomScalar();
    const bad = await instance(size, { eta: mod(5n * secret), delta: secret });
    const forged = await late(bad, 5n);
    expect(forged.words).not.toEqual(bad.words);
    expect(bad.answer(forged)).toBe('valid');
    await refused(await late(I, 5n));
  });
});
