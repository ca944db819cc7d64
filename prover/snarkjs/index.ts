// snarkjs as functions, each call in a process of its own: nothing of it outlives the call, and an abort ends it.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { FIELD_BYTES, writeField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { R } from '../../verifier/field.js';
import { endsWithThis } from '../children.js';
import { binBytes } from '../files/binfile.js';
import { g1At, type G1Point, type Groth16Proof } from '../files/zkey.js';
import type { Answer, Calls, Request } from './child.js';

/**
 * The stock prover on the stock key as it is. No row is checked: a witness that breaks one gives a proof that does not verify.
 * @param key the bytes of a proving key, or the path of its file
 * @param witness 32 bytes little-endian per wire, wire 0 first
 */
export async function groth16Prove(
  key: Uint8Array | string,
  witness: Uint8Array,
  signal?: AbortSignal,
): Promise<Groth16Proof> {
  const { proof } = await call('make a proof', KEY, 'prove', [key, witnessFile(witness)], signal);
  const [ax, ay, cx, cy] = [...proof.pi_a.slice(0, 2), ...proof.pi_c.slice(0, 2)].map(BigInt);
  const [x0, x1, y0, y1] = proof.pi_b.slice(0, 2).flat().map(BigInt);
  return { A: [ax, ay], B: [[x0, x1], [y0, y1]], C: [cx, cy] }; // prettier-ignore
}

/** The .wtns file of a witness. */
export function witnessFile(witness: Uint8Array): Uint8Array {
  const head = new Uint8Array(40);
  const view = new DataView(head.buffer);
  view.setUint32(0, FIELD_BYTES, true);
  writeField(view, 4, R);
  view.setUint32(36, witness.length / FIELD_BYTES, true);
  return binBytes({ type: 'wtns', version: 2, sections: [{ id: 1, parts: [head] }, { id: 2, parts: [witness] }] }); // prettier-ignore
}

/** sum of scalar_i * base_i, affine. bases: 64 bytes each as a key has them; scalars: 32 bytes little-endian each. */
export async function multiExp(bases: Uint8Array, scalars: Uint8Array, signal?: AbortSignal): Promise<G1Point> {
  return g1At(await call('add up points', KEY, 'multiExp', [bases, scalars], signal));
}

/**
 * A plain key with one more contribution to delta, from 64 bytes of the system's entropy (snarkjs mixes in 64 more of its own). No
 * file is written.
 * @throws 'format' with snarkjs's own words
 */
export async function contribute(key: Uint8Array, contributor: string): Promise<Uint8Array> {
  const entropy = randomBytes(64).toString('hex');
  const made = await call('contribute to a key', KEY, 'contribute', [key, contributor, entropy]);
  if (typeof made !== 'string') return made;
  throw new InferproofError('format', `expected a key that can be contributed to, got: ${made}`, { where: KEY });
}

/** `powersoftau verify`: null, or what snarkjs has against the file. */
export const verifyPowersOfTau = (ptau: string): Promise<string | null> =>
  call('verify powers of tau', ptau, 'verifyPowersOfTau', [ptau]);

/** snarkjs's check of a key against its circuit and a file of powers of tau: every contribution and every section. */
export const verifyZkey = (r1cs: Uint8Array, ptau: string, zkey: Uint8Array): Promise<boolean> =>
  call('verify a key', KEY, 'verifyZkey', [r1cs, ptau, zkey]);

/**
 * @param where the file that is not ours: snarkjs checks little, and what it throws of itself is what a damaged one makes of it
 * @throws 'resource' where memory ran out or the process ended, 'format' for snarkjs's own errors; the signal's reason
 */
async function call<Name extends keyof Calls>(
  what: string,
  where: string,
  name: Name,
  args: Parameters<Calls[Name]>,
  signal?: AbortSignal,
): Promise<Awaited<ReturnType<Calls[Name]>>> {
  signal?.throwIfAborted();
  const answer = await ask({ name, args }, signal);
  signal?.throwIfAborted();
  if (answer.ok) return answer.value as Awaited<ReturnType<Calls[Name]>>;
  const { message, memory } = answer;
  const [code, hint] = memory
    ? (['resource', 'free memory, or use a machine with more of it'] as const)
    : (['format', 'the file may be damaged: make or fetch it again'] as const);
  throw new InferproofError(code, `expected snarkjs to ${what}, got: ${message}`, { where, hint });
}

const KEY = 'proving.key';

function ask(request: Request, signal?: AbortSignal): Promise<Answer> {
  const script = fileURLToPath(new URL('./child.js', import.meta.url));
  return new Promise((resolve) => {
    const child = fork(script, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    endsWithThis(child);
    const stop = (): void => void child.kill('SIGKILL');
    signal?.addEventListener('abort', stop, { once: true });
    let answer: Answer | undefined;
    const end = (message: string): void => {
      signal?.removeEventListener('abort', stop);
      resolve(answer ?? { ok: false, message, memory: true });
    };
    child.on('message', (message: Answer) => (answer = message));
    child.on('error', (error) => end(error.message));
    child.on('close', (code, killed) => end(`a process that ended: ${killed ?? `exit code ${code}`}`));
    child.send(request, (error) => {
      if (error !== null) stop(); // it ended before it was listening
    });
  });
}
