// A verifier of both arguments written from docs/proof-system.md alone, on @noble/curves and @noble/hashes, without a line of ours:
// what somebody else would write. It answers yes or no.
import { bn254 } from '@noble/curves/bn254.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

const { G1, G2, fields } = bn254;
const [R, Q] = [fields.Fr.ORDER, fields.Fp.ORDER];
type Json = ReturnType<JSON['parse']>;

const be = (v: bigint | number): Uint8Array => hexToBytes(BigInt(v).toString(16).padStart(64, '0'));
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(bytes)}`);
const H = (...parts: Uint8Array[]): Uint8Array => keccak_256(concatBytes(...parts));

function need(ok: boolean): void {
  if (!ok) throw new Error('refused');
}

/** "Numbers": canonical decimal strings below a modulus. */
function number(json: Json, modulus: bigint): bigint {
  need(typeof json === 'string' && /^(0|[1-9][0-9]{0,77})$/.test(json) && BigInt(json) < modulus);
  return BigInt(json);
}
const numbers = (json: Json, count: number, modulus: bigint): bigint[] => {
  need(Array.isArray(json) && json.length === count);
  return json.map((v: Json) => number(v, modulus));
};
const fieldsAre = (json: Json, ...names: string[]): void =>
  need(Object.keys(json).sort().join() === names.sort().join());

function g1(json: Json) {
  const [x, y] = numbers(json, 2, Q);
  need((x !== 0n || y !== 0n) && (y * y - x * x * x - 3n) % Q === 0n);
  return { point: G1.Point.fromAffine({ x, y }), items: [x, y].map(be) };
}
function g2(json: Json) {
  need(json.length === 2);
  const [[x0, x1], [y0, y1]] = json.map((v: Json) => numbers(v, 2, Q));
  need([x0, x1, y0, y1].some((v) => v !== 0n));
  const point = G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
  point.assertValidity();
  need(point.isTorsionFree());
  return { point, items: [x1, x0, y1, y0].map(be) };
}
/** snarkjs's forms. */
const stock1 = (p: Json) => (need(p.length === 3 && p[2] === '1'), g1(p.slice(0, 2)));
const stock2 = (p: Json) => (need(p.length === 3 && p[2].join() === '1,0'), g2(p.slice(0, 2)));

type P1 = ReturnType<typeof g1>['point'];
type P2 = ReturnType<typeof g2>['point'];
const isOne = (...pairs: [P1, P2][]): boolean =>
  fields.Fp12.eql(bn254.pairingBatch(pairs.map(([g1, g2]) => ({ g1, g2 }))), fields.Fp12.ONE);
const same = (p: P2, q: P2): boolean => p.equals(q) || p.equals(q.negate());
const combine = (ic: P1[], scalars: bigint[]): P1 =>
  scalars.reduce((sum, k, i) => sum.add(ic[i + 1].multiplyUnsafe(k)), ic[0]);

/** Words that a key's public tensors take. */
const wordCount = (publics: Json): number =>
  publics.reduce((n: number, { shape, bits }: Json) => {
    const elements = shape.reduce((a: number, b: number) => a * b, 1);
    return n + Math.ceil(elements / Math.floor(248 / bits));
  }, 0);

export function transcript(vkey: Json, context: string, words: bigint[], D: Uint8Array[]) {
  const tensors = vkey.publics.map((t: Json) => {
    const more = t.read ? [['read', t.read.function, t.read.axis]] : [];
    if (t.decision) more.push(['decision', t.decision.rule, t.decision.axis]);
    if (t.encoding) more.push(['encoding', t.encoding]);
    if (t.labels) more.push(['labels', t.labels.axis, t.labels.names]);
    if (t.columns) more.push(['columns', t.columns.axis, t.columns.ends]);
    return [t.name, t.role, t.shape, t.lo, t.hi, t.bits, t.scale, t.zero, t.axis, t.softmax && t.softmax.axis, ...more];
  });
  const made = vkey.transcript === undefined ? [] : [vkey.transcript];
  const publicsText = JSON.stringify([vkey.circuit, vkey.contributions, vkey.committed, tensors, ...made]);
  const publicsDigest = H(utf8ToBytes(publicsText));
  const points = [g1(vkey.alpha), g2(vkey.beta), g2(vkey.delta), g2(vkey.eta), ...vkey.ic.map(g1)];
  const vkDigest = H(
    H(utf8ToBytes('inferproof/lookup/vkey/1')),
    ...[be(vkey.insecure ? 1 : 0), be(words.length), publicsDigest],
    ...points.flatMap(({ items }) => items),
  );
  const tag = H(utf8ToBytes('inferproof/lookup/challenge/1'));
  const seed = H(tag, vkDigest, hexToBytes(context), be(words.length), ...words.map(be), ...D);
  const X = toNumber(seed) % R;
  const F = words.reduceRight((f, w) => (f * X + w) % R, 0n);
  return { publicsText, publicsDigest, vkDigest, seed, X, F };
}

/** Throws for a proof that is refused. */
function check(vkey: Json, file: Json, context: string, allowInsecureKey: boolean): boolean {
  const n = wordCount(vkey.publics);
  need(file.format === 'inferproof-proof' && file.version === 1 && file.argument === vkey.argument);
  need(!vkey.insecure || allowInsecureKey);
  if (vkey.argument === 'plain') {
    fieldsAre(file, 'format', 'version', 'argument', 'proof', 'publicSignals');
    const key = vkey.snarkjs;
    const delta = stock2(key.vk_delta_2).point;
    need(!same(delta, G2.Point.BASE));
    const signals = numbers(file.publicSignals, n + 1, R);
    need(signals[0] === (/^0+$/.test(context) ? 0n : toNumber(H(hexToBytes(context))) >> 8n));
    const [A, B, C] = [stock1(file.proof.pi_a), stock2(file.proof.pi_b), stock1(file.proof.pi_c)];
    const sum = combine(key.IC.map((p: Json) => stock1(p).point), signals); // prettier-ignore
    const left: [P1, P2] = [stock1(key.vk_alpha_1).point.negate(), stock2(key.vk_beta_2).point];
    return isOne([A.point, B.point], left, [sum.negate(), G2.Point.BASE], [C.point.negate(), delta]);
  }
  fieldsAre(file, 'format', 'version', 'argument', 'proof', 'words');
  need(vkey.insecure ? vkey.contributions === 0 : vkey.contributions > 0);
  need(vkey.insecure === (vkey.transcript === undefined));
  const [delta, eta] = [g2(vkey.delta).point, g2(vkey.eta).point];
  need(!same(delta, G2.Point.BASE) && !same(eta, G2.Point.BASE) && !same(delta, eta));
  const words = numbers(file.words, n, R);
  const [A, B, C, D] = [g1(file.proof.A), g2(file.proof.B), g1(file.proof.C), g1(file.proof.D)];
  const { X, F } = transcript(vkey, context, words, D.items);
  const sum = combine(vkey.ic.map((p: Json) => g1(p).point), [X, F]); // prettier-ignore
  const left: [P1, P2] = [g1(vkey.alpha).point.negate(), g2(vkey.beta).point];
  const right: [P1, P2][] = [[D.point.negate(), eta], [C.point.negate(), delta]]; // prettier-ignore
  return isOne([A.point, B.point], left, [sum.negate(), G2.Point.BASE], ...right);
}

export function accepts(vkey: Json, proof: Json, context: string, allowInsecureKey: boolean): boolean {
  try {
    return check(vkey, proof, context, allowInsecureKey);
  } catch {
    return false;
  }
}

/** The integers of all public tensors, by "Words". */
export function decode(publics: Json, words: bigint[]): Record<string, number[]> {
  const rest = [...words];
  const entries = publics.map(({ name, shape, lo, hi, bits, columns }: Json) => {
    const behind: number[] = columns ? shape.slice(Number(columns.axis) + 1) : [];
    const inner = behind.reduce((a, b) => a * b, 1);
    const ints: number[] = [];
    for (let left = shape.reduce((a: number, b: number) => a * b, 1); left > 0;) {
      let word = rest.shift() ?? -1n;
      for (let i = Math.floor(248 / bits); i > 0 && left > 0; i--, left--, word >>= BigInt(bits)) {
        const u = word % (1n << BigInt(bits));
        need(u >= 0n && u <= BigInt(hi) - BigInt(lo));
        const int = Number(BigInt(lo) + u);
        const [least, most] = columns ? columns.ends[Math.floor(ints.length / inner) % columns.ends.length] : [lo, hi];
        need(int >= least && int <= most);
        ints.push(int);
      }
      need(word === 0n);
    }
    return [name, ints];
  });
  need(rest.length === 0);
  return Object.fromEntries(entries);
}
