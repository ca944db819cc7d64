// A prover: one circuit with its keys, opened and checked once, for many proofs; and `prove`, the same for one.
//
// A prover has its own threads, memory and files, and shares nothing that changes with another one in the same process.
import type { Circuit } from '../compiler/circuit/circuit.js';
import { keyDifference } from '../compiler/circuit/key.js';
import { arrange } from '../compiler/circuit/arrange.js';
import type { InputWords, Progress, Samples } from '../compiler/index.js';
import { storedInputs } from '../compiler/quantize/input-words.js';
import { InferproofError } from '../verifier/errors.js';
import { parseVerificationKey, readVerificationKey, type Context, type ProofJson, type VerificationKey } from '../verifier/index.js'; // prettier-ignore
import type { Backend } from './engine.js';
import type { BinFile } from './files/binfile.js';
import { commitmentKey, committedOf, keyShape, sameSetup } from './files/key.js';
import type { KeySource } from './key-source.js';
import { proofsOf, type SampleResult } from './many.js';
import { fillingOf, pause, type Filling } from './filling.js';
import { proofOf, verifiedProof, type Turn } from './proof.js';
import { startKey, type ProverOptions, type StartedKey } from './started.js';
import type { Subject } from './statement.js';
import { turns } from './turns.js';

export { startKey };

export interface ProofOptions {
  /** Which sample; needed where there is more than one. */
  readonly index?: number;
  /** Move input values outside their range to its nearer end instead of refusing them. */
  readonly clamp?: boolean;
  /** 32 bytes that the proof is bound to. */
  readonly context?: Context;
  /** Drops the proof while it waits, stops it while it is made: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: Progress;
}

export type ProveOptions = ProverOptions & ProofOptions;

export interface ProveResult {
  /** The JSON value of proof.json. */
  readonly proof: ProofJson;
  /** The whole time: from the proof's turn, with its inputs, to the verified proof. */
  readonly seconds: number;
  /** Of one that waited for its turn, a part may have passed before that. */
  readonly witnessSeconds: number;
  /** Of the canonical binary form. */
  readonly proofBytes: number;
  /** What computed it. */
  readonly backend: Backend;
  /** Why the kernel's own proof was refused, where snarkjs's took its place: a bug to report. */
  readonly kernelFault?: string;
}

export interface Prover {
  /**
   * Proofs are made one at a time, in the order of the calls; each is verified before it is returned. While one is made, the witness of
   * the next that waits is filled. The sample is read when this is called. A failure costs this proof only.
   * @param data real values, or the public words of the inputs
   *
   * Rejects with 'data' and 'range' for a sample or words that do not fit, 'usage' for an index that is missing or outside the data,
   * for words of hidden inputs and after `close`, 'format' and 'file' for a damaged key, 'resource' where memory, a thread or a process could not be had or was lost, and
   * the signal's reason.
   */
  readonly prove: (data: Samples | InputWords, options?: ProofOptions) => Promise<ProveResult>;
  /**
   * The proofs of all samples, in order; one is made ahead of who takes them. A sample that does not fit, or whose proof fails, gives its
   * error, and the next ones go on. Throws what would stop them all: a damaged key, the end of the prover, the signal's reason.
   * @example
   * for await (const result of prover.proveAll(samples))
   *   if ('made' in result) await send(result.index, result.made.proof);
   */
  readonly proveAll: (
    samples: Samples,
    options?: Omit<ProofOptions, 'index'>,
  ) => AsyncGenerator<SampleResult<ProveResult>, void, undefined>;
  /** Ends the threads, the proof that is being made and those that wait: these reject with 'usage'. May be called twice. */
  readonly close: () => Promise<void>;
}

/**
 * Opens and checks the keys, starts the threads and loads the key into their memory.
 * @param provingKey its bytes, which must not change while the prover is open, its file, or the path of that: in a browser its address
 *
 * Throws 'mismatch' for keys of another circuit, 'format' for a damaged key, 'file' for one that cannot be read, 'resource' where
 * memory could not be obtained, 'usage' for a number of threads outside its range.
 * @example
 * ```ts
 * const prover = await openProver(circuit, provingKey, vkey);
 * const { proof } = await prover.prove(samples, { index: 3 });
 * await prover.close();
 * ```
 */
export async function openProver(
  circuit: Circuit,
  provingKey: KeySource,
  vkey: VerificationKey,
  options: ProverOptions = {},
): Promise<Prover> {
  const parsed = parseVerificationKey(vkey); // it may be JSON, where types are not looked at
  const started = await startKey(provingKey, parsed.argument, options);
  const prover = await proverOf(circuit, started, parsed);
  try {
    await started.engine.ready();
    return prover;
  } catch (error) {
    await prover.close();
    throw error;
  }
}

/**
 * One proof from a prover of its own; the same errors, except those of `close`.
 * @example
 * ```ts
 * const { proof, seconds } = await prove(circuit, provingKey, vkey, sample, { context });
 * ```
 */
export async function prove(
  circuit: Circuit,
  provingKey: KeySource,
  vkey: VerificationKey,
  data: Samples | InputWords,
  { prover: wanted, threads, ...options }: ProveOptions = {},
): Promise<ProveResult> {
  const start = performance.now();
  const parsed = readVerificationKey(vkey); // its points are checked with the proof
  const started = await startKey(provingKey, parsed.argument, {
    ...(wanted === undefined ? {} : { prover: wanted }),
    ...(threads === undefined ? {} : { threads }),
  });
  const prover = await proverOf(circuit, started, parsed); // the threads start while the witness is made
  try {
    const made = await prover.prove(data, options);
    return { ...made, seconds: (performance.now() - start) / 1000 };
  } finally {
    await prover.close();
  }
}

/** Units of progress of a proof; snarkjs does not say how far it is. */
const PROGRESS = 100;
/** From this share of a proof on, threads are busy for long: the next witness is made beside them. */
const LONG_JOBS = 0.3;

/** A prover of a key that was started, which it closes. Throws 'mismatch' where the three do not belong together, 'format'. */
export async function proverOf(circuit: Circuit, started: StartedKey, vkey: VerificationKey): Promise<Prover> {
  const { key, engine, other } = started;
  let subject: Subject;
  try {
    subject = subjectOf(circuit, key, vkey);
  } catch (error) {
    await started.close();
    throw error;
  }
  const queue = turns();
  /** What proofs that wait for their turn will begin with, first come first. */
  const waiting = new Set<Filling>();
  const fillAhead = (): void => {
    if (engine.backend !== 'threads') return; // nothing else would go on meanwhile
    for (const first of waiting) return first.ahead();
  };
  let closing: Promise<void> | undefined;

  const prover: Prover = {
    prove: async (data, { index, clamp = false, context, signal, onProgress } = {}) => {
      const stored = storedInputs(circuit, data, { index, clamp });
      const bound = context instanceof Uint8Array ? context.slice() : context;
      const filling = fillingOf(subject.wires, stored, () => onProgress?.('witness', 0, 0));
      waiting.add(filling);
      let [start, witnessSeconds] = [0, 0];
      const elapsed = (): number => (performance.now() - start) / 1000;
      const turn: Turn = async (engine) => {
        try {
          return await queue.take((stop) => {
            waiting.delete(filling);
            start ||= performance.now();
            const onWitness = (): void => {
              witnessSeconds = elapsed() + filling.aheadSeconds();
              onProgress?.('prove', 0, engine.backend === 'snarkjs' ? 0 : PROGRESS);
            };
            const onShare = (share: number): void => {
              if (stop.aborted) return;
              onProgress?.('prove', Math.floor(PROGRESS * share), PROGRESS);
              if (share > LONG_JOBS) queueMicrotask(fillAhead);
            };
            const statement = { stored, context: bound, signal: stop, filled: filling.take, onWitness, onShare };
            return proofOf(subject, statement, engine);
          }, signal);
        } finally {
          waiting.delete(filling);
          if (waiting.size > 0) await pause(); // the next one gives the threads their work
        }
      };
      const { kernelFault, ...made } = await verifiedProof(subject, { stored, context: bound }, turn, engine, other);
      signal?.throwIfAborted();
      return { ...made, seconds: elapsed(), witnessSeconds, ...(kernelFault === null ? {} : { kernelFault }) };
    },
    proveAll: (samples, options = {}) =>
      proofsOf((index, signal) => prover.prove(samples, { ...options, signal, index }), samples.count, options.signal),
    close: () => {
      closing ??= (async () => {
        await queue.end(new InferproofError('usage', 'expected an open prover, got one that was closed'));
        await started.close();
      })();
      return closing;
    },
  };
  return prover;
}

/** Throws 'mismatch' where the three do not belong together, 'format' for a damaged key. */
export function subjectOf(circuit: Circuit, key: BinFile, vkey: VerificationKey): Subject {
  const difference = keyDifference(circuit, vkey);
  if (difference !== null) {
    const got = difference === 'circuit' ? 'that of another one' : `one of other ${difference}`;
    throw new InferproofError('mismatch', `expected the verification key of this circuit, got ${got}`, {
      where: 'vkey.json',
      hint: 'run setup again',
    });
  }
  const wires = arrange(circuit);
  const same = sameSetup(key, vkey);
  if (!same) parseVerificationKey(vkey, 'vkey.json'); // says so where its points are none
  if (!same || keyShape(key).nWires !== wires.nWires || committedOf(vkey) !== wires.nCommitted) {
    throw new InferproofError('mismatch', 'expected the two keys of one setup, got a proving key of another one', {
      where: 'proving.key',
      hint: 'run setup again',
    });
  }
  return { circuit, vkey, wires, commitmentKey: vkey.argument === 'lookup' ? commitmentKey(key) : null };
}
