// Proofs that a verifier must tell apart: a valid one, two more that are as good, and every kind that it must refuse.
import { bn254 } from '@noble/curves/bn254.js';
import { serializeProof, serializeVerificationKey, type Proof, type VerificationKey } from 'inferproof/verifier';

export interface Case {
  readonly name: string;
  /** The JSON value of proof.json. */
  readonly proof: Readonly<Record<string, unknown>>;
  /** 64 hex digits. */
  readonly context: string;
  readonly allowInsecureKey: boolean;
  /** Fields of the key that are others. */
  readonly change?: Readonly<Record<string, unknown>>;
}

type G1 = Proof['A'];
type G2 = Proof['B'];
const { G1: Group1, G2: Group2, fields } = bn254;
const [R, Q] = [fields.Fr.ORDER, fields.Fp.ORDER];

const point = ([x, y]: G1) => Group1.Point.fromAffine({ x, y });
const affine = (p: ReturnType<typeof point>): G1 => [p.toAffine().x, p.toAffine().y];
const times2 = ([[a, b], [c, d]]: G2, k: bigint): G2 => {
  const { x, y } = Group2.Point.fromAffine({ x: { c0: a, c1: b }, y: { c0: c, c1: d } })
    .multiply(k)
    .toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ];
};

/** A point of the twist whose order is not r. */
function outsideSubgroup(): G2 {
  const { Fp2 } = fields;
  for (let i = 1n; ; i++) {
    const x = { c0: i, c1: 1n };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), Group2.Point.CURVE().b);
    if (!Fp2.eql(Fp2.pow(square, (Q * Q - 1n) / 2n), Fp2.ONE)) continue;
    const y = Fp2.sqrt(square);
    if (!Group2.Point.fromAffine({ x, y }).isTorsionFree())
      return [
        [x.c0, x.c1],
        [y.c0, y.c1],
      ];
  }
}

export function corrupted(key: VerificationKey, valid: Proof, other: Proof, context: string): Case[] {
  const publics = valid.argument === 'lookup' ? valid.words : valid.signals;
  const first = valid.argument === 'lookup' ? 0 : 1; // behind the context signal
  const withPublics = (list: readonly bigint[]): Proof =>
    valid.argument === 'lookup' ? { ...valid, words: list } : { ...valid, signals: list };
  const word = publics[first];
  const json = (proof: Proof): Record<string, unknown> => serializeProof(proof);
  const made = (name: string, proof: Proof | Record<string, unknown>, rest: Partial<Case> = {}): Case => ({
    name,
    proof: 'A' in proof ? json(proof as Proof) : proof,
    context,
    allowInsecureKey: true,
    ...rest,
  });
  const field = valid.argument === 'lookup' ? 'words' : 'publicSignals';
  const strings = publics.map(String);
  const cases = [
    made('valid', valid),
    made('another proof of the same statement', other),
    made('re-randomised: 7 A, B / 7', {
      ...valid,
      A: affine(point(valid.A).multiply(7n)),
      B: times2(valid.B, fields.Fr.inv(7n)),
    }),
    made('first word + 1', withPublics(publics.with(first, word + 1n))),
    made('first word + r', withPublics(publics.with(first, word + R))),
    made('the first two words swapped', withPublics(publics.with(first, publics[first + 1]).with(first + 1, word))),
    made('one word 0 more', withPublics([...publics, 0n])),
    made('one word fewer', withPublics(publics.slice(0, -1))),
    made('A.x + 1', { ...valid, A: [(valid.A[0] + 1n) % Q, valid.A[1]] }),
    made('A.y + q', { ...valid, A: [valid.A[0], valid.A[1] + Q] }),
    made('A negated', { ...valid, A: [valid.A[0], Q - valid.A[1]] }),
    made('B at infinity', { ...valid, B: [[0n, 0n], [0n, 0n]] }), // prettier-ignore
    made('B outside the subgroup', { ...valid, B: outsideSubgroup() }),
    made('C at infinity', { ...valid, C: [0n, 0n] }),
    made('C of another proof', { ...valid, C: other.C }),
    made('first word as a JSON number', { ...json(valid), [field]: strings.map((s, i) => (i === first ? 1 : s)) }),
    made('first word with a leading zero', { ...json(valid), [field]: strings.with(first, `0${word}`) }),
    made('a field too many', { ...json(valid), note: '' }),
    made('another context', valid, { context: '11'.repeat(32) }),
    made('no context', valid, { context: '00'.repeat(32) }),
    made('development key not allowed', valid, { allowInsecureKey: false }),
  ];
  if (key.argument !== 'lookup' || valid.argument !== 'lookup' || other.argument !== 'lookup') return cases;
  const vkey = serializeVerificationKey(key);
  return [
    ...cases,
    made('D of another proof', { ...valid, D: other.D }),
    made('C and D of another proof', { ...valid, C: other.C, D: other.D }),
    made('D + G1', { ...valid, D: affine(point(valid.D).add(Group1.Point.BASE)) }),
    made('a key with eta = delta', valid, { change: { eta: vkey.delta } }),
    made('a key of another circuit', valid, { change: { circuit: '0'.repeat(64) } }),
    made('a key that claims a ceremony', valid, { change: { insecure: false, contributions: 1 } }),
  ];
}
