// What a node and its workers have in common in Redis: the connection, the name of the queue, and what a job and its answer look like there.
// Whoever can write there is a stranger: everything that comes out is read strictly, and no proof is used before it was verified.
import type { Job as BullJob, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { keccak256, toHex, type Hex } from 'viem';
import * as v from 'valibot';
import { InferproofError } from 'inferproof/verifier';
import { bytes, bytes32, word, wordsJson } from '../../wire.js';
import { proofJson } from '../bodies.js';
import { deadlineOf, type Job, type Proved, type Ten } from './queue.js';

/** Of the form below: a node and its workers speak the same. */
export const QUEUE = { name: 'proofs-1', prefix: 'inferproof' } as const;

/** Milliseconds that Redis may take to answer, and between tries to reach it. */
const [PATIENCE, PAUSE, MOST_PAUSE] = [5_000, 100, 2_000];
/** Characters of a sentence out of Redis. */
const MOST_SAID = 500;

interface Packages {
  readonly bullmq: { readonly Job: typeof BullJob; readonly Queue: typeof Queue; readonly Worker: typeof Worker };
  readonly Redis: typeof Redis;
}

/** Throws InferproofError 'usage' where the packages are not installed. */
export async function loadRedis(
  load: () => Promise<readonly [Packages['bullmq'], Pick<Packages, 'Redis'>]> = () =>
    Promise.all([import('bullmq'), import('ioredis')]),
): Promise<Packages> {
  const [bullmq, ioredis] = await load().catch((cause: unknown) => {
    throw new InferproofError('usage', 'expected the packages bullmq and ioredis for "queue", got none', {
      where: 'node.json: queue',
      hint: 'npm install bullmq ioredis',
      cause,
    });
  });
  return { bullmq, Redis: ioredis.Redis };
}

/**
 * A connection that comes back by itself for as long as it is wanted.
 * @param blocking its commands may wait, for Redis and for jobs; else they fail where Redis does not answer
 * @param onFault whatever goes wrong with it
 */
export function connectRedis(
  Client: typeof Redis,
  url: string,
  blocking: boolean,
  onFault: (error: Error) => void,
): Redis {
  const retryStrategy = (times: number): number => Math.min(MOST_PAUSE, PAUSE * times);
  const patient = { maxRetriesPerRequest: null };
  const quick = { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: PATIENCE };
  const client = new Client(url, { retryStrategy, connectTimeout: PATIENCE, ...(blocking ? patient : quick) });
  client.on('error', onFault);
  return client;
}

const JOB = v.strictObject({ model: bytes32, words: v.array(word), context: bytes32 });

const ANSWER = v.union([
  v.strictObject({
    words: v.array(word),
    proof: v.pipe(bytes, v.length(2 + 640)),
    seconds: v.pipe(v.number(), v.minValue(0), v.maxValue(1e6)),
  }),
  v.strictObject({ error: v.pipe(v.string(), v.maxLength(MOST_SAID)) }),
  /** The worker has no such model. */
  v.strictObject({ unknown: v.literal(true) }),
]);
export type Answer = v.InferOutput<typeof ANSWER>;

/** What is asked of a worker. */
export type Statement = Pick<Job, 'model' | 'words' | 'context'>;

export const jobJson = ({ model, words, context }: Statement) => ({ model, words: wordsJson(words), context });

/** The name of a job in Redis is what it asks to be proved: no two of anybody's are taken for one another. */
export const nameOf = (job: Statement): string => keccak256(toHex(JSON.stringify(jobJson(job)))).slice(2);

/** Deadlines are told apart to the second in Redis, from the beginning of a span of three days to the end of the next. */
const SPAN = 2 ** 18;
export const spanOf = (seconds: number): number => Math.floor(seconds / SPAN);

/** Among jobs of one span, whenever they were put: the kind, then the deadline. From 1 to 2^21 - 1, BullMQ's highest, which comes last. */
export function priorityOf(rank: number, span: number): number {
  const { kind, deadline } = deadlineOf(rank);
  return 1 + 2 * SPAN * kind + Math.min(2 * SPAN - 2, Math.max(0, deadline - span * SPAN));
}

/** null for what is no job. */
export function readJob(data: unknown): Statement | null {
  const { success, output } = v.safeParse(JOB, data, { abortEarly: true });
  return success ? output : null;
}

export const answerJson = ({ words, proof, seconds }: Proved) => ({
  words: wordsJson(words),
  proof: proofJson(proof),
  seconds,
});

export const errorJson = (why: string) => ({ error: why.slice(0, MOST_SAID) });

/** Characters that the answer to a job may have. */
export const mostOf = (words: number): number => 70 * (words + 10) + 4 * MOST_SAID;

/** null for what is no answer. */
export function readAnswer(text: string): Answer | null {
  try {
    const { success, output } = v.safeParse(ANSWER, JSON.parse(text), { abortEarly: true });
    return success ? output : null;
  } catch {
    return null;
  }
}

/** The ten numbers of 320 bytes. */
export const tenOf = (proof: Hex): Ten =>
  Array.from({ length: 10 }, (_, i) => BigInt(`0x${proof.slice(2 + 64 * i, 66 + 64 * i)}`)) as unknown as Ten;
