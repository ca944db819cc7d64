// One proof, verified before it goes out; where the kernel's is refused, snarkjs makes another.
//
// The engine that made a proof says whether it holds (self-check.ts), and the verifier wherever that is no yes.
import { refusal } from '#outside';
import { withPublics } from '../compiler/circuit/witness.js';
import { InferproofError } from '../verifier/errors.js';
import { contextSignal, encodeProof, serializeProof, verify } from '../verifier/index.js';
import type { Context, PlainProof, Proof, ProofJson, Reason, VerificationKey } from '../verifier/index.js';
import type { Backend, Engine } from './engine.js';
import { proveLookup } from './lookup.js';
import { DAMAGED } from './refused.js';
import { equationOf } from './self-check.js';
import type { Statement, Subject } from './statement.js';

export interface Made {
  readonly proof: ProofJson;
  readonly proofBytes: number;
  readonly backend: Backend;
  readonly kernelFault: Reason | null;
}

/** A proof, and whether its engine found that it holds. */
export interface Attempt {
  readonly proof: Proof;
  readonly json: ProofJson;
  readonly holds: boolean;
}

/** What makes a proof in its turn, on an engine. */
export type Turn = (engine: Engine) => Promise<Attempt>;

/**
 * @param turn another proof may be made while this one is verified
 * @param other takes over where the engine's proof is refused
 * Throws 'format' where both proofs are refused although the witness is right: the key is damaged; also the signal's
 * reason.
 */
export async function verifiedProof(
  { circuit, vkey }: Subject,
  { stored, context }: Pick<Statement, 'stored' | 'context'>,
  turn: Turn,
  engine: Engine,
  other: Engine | null,
): Promise<Made> {
  let { backend } = engine;
  let made = judged(await turn(engine), vkey, context);
  const kernelFault = other === null ? null : made.reason;
  if (other !== null && kernelFault !== null) {
    ({ backend } = other);
    made = judged(await turn(other), vkey, context);
  }
  if (made.reason !== null) throw await refusal(made.reason, circuit, stored);
  return { proof: made.json, proofBytes: encodeProof(made.proof).length, backend, kernelFault };
}

/** A proof that no verifier has seen yet. */
export async function proofOf(subject: Subject, statement: Statement, engine: Engine): Promise<Attempt> {
  const { vkey, commitmentKey } = subject;
  const { context, signal } = statement;
  const proof = await (
    vkey.argument === 'lookup' && commitmentKey !== null
      ? proveLookup(subject, vkey, commitmentKey, statement, engine)
      : provePlain(statement, engine)
  ).catch(offCurve);
  signal.throwIfAborted();
  const json = serializeProof(proof);
  const equation = equationOf(vkey, json, context);
  const holds = equation !== null && (await engine.holds(equation, signal));
  signal.throwIfAborted();
  return { proof, json, holds };
}

interface Judged extends Attempt {
  readonly reason: Reason | null;
}

function judged(attempt: Attempt, vkey: VerificationKey, context: Context | undefined): Judged {
  if (attempt.holds) return { ...attempt, reason: null };
  const options = { allowInsecureKey: true, ...(context === undefined ? {} : { context }) };
  const answer = verify(vkey, attempt.json, options);
  return { ...attempt, reason: answer.valid ? null : answer.reason };
}

/** Sums of points that are not on the curve can have coordinates that no point has: @noble/curves then throws an error of its own. */
function offCurve(cause: unknown): never {
  if (!(cause instanceof Error && /^bad point/.test(cause.message))) throw cause;
  throw new InferproofError('format', 'expected points of the curve in the key, got others', { ...DAMAGED, cause });
}

async function provePlain(
  { filled: steps, context, onWitness, onShare, signal }: Statement,
  engine: Engine,
): Promise<PlainProof> {
  const contextWord = contextSignal(context);
  const filled = withPublics(steps(), contextWord);
  onWitness();
  const points = await engine.groth16(filled.witness.bytes, signal, onShare);
  return { argument: 'plain', ...points, signals: [contextWord, ...filled.words] };
}
