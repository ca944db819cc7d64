// A small lookup circuit with its key, a prover that may do what it likes, and the verification equation with nothing around it: the
// challenge is an argument, so that a test can show what a forgery gains when a verifier does not derive it.
import { bn254 } from '@noble/curves/bn254.js';
import { domainOf, type Domain } from '#compiler/circuit/domain.js';
import { fieldBytes } from '#compiler/circuit/field.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { coefficient } from '#compiler/circuit/rows.js';
import { point as pointFunction } from '#compiler/recipes/functions.js';
import { circuitDigest } from '#compiler/circuit/json.js';
import type { BinFile } from '#prover/files/binfile.js';
import { randomScalar } from '#prover/random.js';
import { devSetup, type Secrets } from '#prover/setup/dev.js';
import { commitmentKey, keyPoints } from '#prover/files/key.js';
import { g1At } from '#prover/files/zkey.js';
import { mod } from '#verifier/field.js';
import { challenge, fingerprint, serializeProof, serializeVerificationKey, verify } from '#verifier/index.js';
import type { Context, LookupKey, LookupProof } from '#verifier/index.js';
import { parseLookupKey } from '#verifier/key.js';
import { G2_BASE, type G1, type G2 } from '#verifier/points.js';
import { generator, storedInputs } from '../compiler/circuits.js';
import { circuitOf, dense, outputsOf, sketch } from '../compiler/sketch.js';
import { basisSum, groth16Prove } from '../prover/stock.js';
import { sumRow } from './rows.js';
import { broken, filled, honest, linked, randomChallenge, solve, withLookups, type Linked } from './solve.js';

/** x [3] -> dense, relu r [2] -> dense y [2], 3 bits: one function table, one range table, two public words. */
function smallest(): Circuit {
  const random = generator(7);
  const net = sketch();
  const x = net.input('x', [1, 3]);
  const r = net.table('r', net.linear('h', [1, 2], dense([[x, 3]], 2, random)), pointFunction('relu'));
  const y = net.linear('y', [1, 2], dense([[r, 2]], 2, random));
  const circuit = circuitOf(net, outputsOf(net, y), { ranges: { x: [[-1, 1]] }, bits: 3 });
  return withLookups(circuit, { rangeBits: 4, wide: [] });
}
export const circuit = smallest();

const { G1: Group1, G2: Group2 } = { G1: bn254.G1.Point, G2: bn254.G2.Point };
const point = ([x, y]: G1) => Group1.fromAffine({ x, y });
const point2 = ([[a, b], [c, d]]: G2) => Group2.fromAffine({ x: { c0: a, c1: b }, y: { c0: c, c1: d } });
/** Sum of scalars times points. */
export function sum(...terms: readonly (readonly [scalar: bigint, point: G1])[]): G1 {
  const { x, y } = terms.reduce((s, [k, p]) => s.add(point(p).multiplyUnsafe(mod(k))), Group1.ZERO).toAffine();
  return [x, y];
}
export function sum2(...terms: readonly (readonly [scalar: bigint, point: G2])[]): G2 {
  const { x, y } = terms.reduce((s, [k, p]) => s.add(point2(p).multiplyUnsafe(mod(k))), Group2.ZERO).toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ];
}
export const G: G1 = [1n, 2n];

/** IC_0 + X IC_X + F IC_F */
export const statement = ({ ic }: LookupKey, words: readonly bigint[], X: bigint): G1 =>
  sum([1n, ic[0]], [X, ic[1]], [fingerprint(words, X), ic[2]]);

/** e(A, B) = e(alpha, beta) e(statement, G2) e(D, eta) e(C, delta), C null for the point at infinity. */
export function equation(
  key: LookupKey,
  { A, B, C, D, words }: Omit<LookupProof, 'argument' | 'C'> & { readonly C: G1 | null },
  X: bigint,
): boolean {
  const pairs: (readonly [G1, G2])[] = [
    [sum([-1n, A]), B],
    [key.alpha, key.beta],
    [statement(key, words, X), G2_BASE],
    [D, key.eta],
  ];
  if (C) pairs.push([C, key.delta]);
  const product = bn254.pairingBatch(pairs.map(([p, q]) => ({ g1: point(p), g2: point2(q) })));
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}

interface Forgery {
  /** Committed wires, wire 1 first; the honest ones by default. */
  readonly committed?: readonly bigint[];
  /** Words that the proof claims. */
  readonly words?: readonly bigint[];
  /** Words that are hashed. */
  readonly hashed?: readonly bigint[];
  /** Added to D before it is hashed. */
  readonly shift?: G1;
  /** A challenge that the prover takes instead of the hash. */
  readonly X?: bigint;
  /** Committed wires that the rest of the witness is solved from once X is known. */
  readonly later?: (committed: readonly bigint[], X: bigint) => readonly bigint[];
  /** Mask of D, and what is taken out of C. */
  readonly mask?: bigint;
  readonly removed?: bigint;
  readonly context?: Context;
}
export interface Forged {
  readonly proof: LookupProof;
  readonly X: bigint;
  /** Rows that the witness breaks. */
  readonly rows: number;
}

export interface Instance extends Linked {
  readonly key: LookupKey;
  readonly file: BinFile;
  /** [delta]1 and [eta]1. */
  readonly delta: Uint8Array;
  readonly eta: Uint8Array;
  readonly committed: readonly bigint[];
  readonly words: readonly bigint[];
  readonly forge: (forgery?: Forgery) => Promise<Forged>;
  /** The library's answer. */
  readonly answer: (proof: LookupProof, context?: Context) => string;
}

/** Rows of the domains that the circuit is tried on. */
export const DOMAINS = [64, 96] as const;

/**
 * The circuit under a new development key with the secrets that are given.
 * @param domain or its size @param changed what becomes of the key
 */
export async function instance(
  domain: number | Domain,
  secrets: Partial<Secrets> = {},
  changed: (file: BinFile) => BinFile = (file) => file,
): Promise<Instance> {
  const l = await linked(circuit);
  const stored = storedInputs(circuit, 5);
  const { words } = filled(l, stored);
  const committed = honest(l, stored, randomChallenge()).slice(1, 1 + l.system.nCommitted);
  const places = typeof domain === 'number' ? domainOf(domain) : domain;
  const made = await devSetup(l.system, { argument: 'lookup', secrets, domain: places });
  const file = changed(made.file);
  const { eta: eta2, ...points } = keyPoints(file);
  if (!eta2) throw new Error('expected a key with eta');
  const common = { insecure: true, contributions: 0, circuit: circuitDigest(circuit), publics: circuit.publics };
  const fields = { argument: 'lookup', committed: l.system.nCommitted, ...common, ...points, eta: eta2 } as const;
  const key = parseLookupKey(serializeVerificationKey(fields));
  const { delta, eta } = commitmentKey(file);

  async function forge(forgery: Forgery = {}): Promise<Forged> {
    const { mask = randomScalar(), removed = mask, shift, later } = forgery;
    const values = forgery.committed ?? committed;
    const claim = forgery.words ?? words;
    const masked = sum([1n, await basisSum(file)(fieldBytes(values.map(mod)))], [mask, g1At(delta)]);
    const D = shift ? sum([1n, masked], [1n, shift]) : masked;
    const X = forgery.X ?? challenge(key, forgery.hashed ?? claim, D, forgery.context);
    const wires = solve(l, later ? later(values, X) : values, X);
    const { A, B, C } = await groth16Prove(file, fieldBytes(wires));
    const proof = { argument: 'lookup', A, B, C: sum([1n, C], [-removed, g1At(eta)]), D, words: claim } as const;
    return { proof, X, rows: broken(l.system, wires, 20).length };
  }
  const answer = (proof: LookupProof, context?: Context): string => {
    const options = { allowInsecureKey: true, ...(context === undefined ? {} : { context }) };
    const result = verify(key, serializeProof(proof), options);
    return result.valid ? 'valid' : result.reason;
  };
  return { ...l, key, file, delta, eta, committed, words, forge, answer };
}

export interface Lie {
  readonly committed: readonly bigint[];
  /** The words that follow from it. */
  readonly words: readonly bigint[];
  /** The committed wires with one multiplicity solved for the function table's sum to close at X. */
  readonly closed: (committed: readonly bigint[], X: bigint) => bigint[];
  /** The committed wire that is solved, and by how much at X. */
  readonly solved: number;
  readonly by: (committed: readonly bigint[], X: bigint) => bigint;
}

/** The first output of the function table is one more than it is: another result of the model. */
export function lieAboutOutput(J: Instance): Lie {
  const group = J.wires.instances.find(({ gadget }) => gadget.template === 'LookupRescale');
  const number = J.wires.challenge?.tables.findIndex(({ table }) => table.values !== null) ?? -1;
  if (!group || !J.wires.challenge || number < 0) throw new Error('expected a function table');
  const { powers, tables } = J.wires.challenge;
  const { table, m } = tables[number];
  const y = group.wire(0, 0);
  const committed = J.committed.with(y - 1, J.committed[y - 1] + 1n);
  const by = (values: readonly bigint[], X: bigint): bigint => {
    const wires = solve(J, values, X);
    const { start, wire, coef } = J.system.sides[2];
    let gap = 0n;
    for (let i = start[sumRow(J, number)]; i < start[sumRow(J, number) + 1]; i++)
      gap += coefficient(J.system, coef[i]) * wires[wire[i]];
    const key = BigInt(table.first) + wires[powers.at(-1) ?? 0] * BigInt(table.values?.[0] ?? 0);
    return mod(mod(gap) * mod(X - key));
  };
  const closed = (values: readonly bigint[], X: bigint): bigint[] =>
    values.map((v, i) => (i + 1 === m ? mod(v + by(values, X)) : v));
  return { committed, words: wordsAt(J, committed), closed, solved: m, by };
}

/** The words that committed wires imply: the steps of F at X = 0 leave each word by itself, the last one first. */
function wordsAt(J: Instance, committed: readonly bigint[]): bigint[] {
  const at = (X: bigint): bigint => solve(J, committed, X)[J.wires.challenge?.F ?? 0];
  // two words: F = w0 + X w1
  const first = at(0n);
  return [first, mod(at(1n) - first)];
}
