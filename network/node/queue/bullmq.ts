// The queue of a node whose provers are elsewhere: BullMQ on Redis. What is to be proved is kept here until it is proved, so Redis may lose
// what it has: a look every moment asks for what is done, and puts there again what is not. Nothing out of it is believed: a proof is
// verified for the model, the words and the context that were asked for, and one that does not hold is asked for again.
import type { Queue as Bull } from 'bullmq';
import type { Hex } from 'viem';
import { InferproofError } from 'inferproof/verifier';
import { shortOf, type Log } from '../log.js';
import type { Served } from '../models.js';
import { openChecks, type Checks } from './checks.js';
import type { Job, Proved, Queue } from './queue.js';
import { connectRedis, jobJson, loadRedis, mostOf, nameOf, priorityOf, QUEUE, readAnswer, spanOf, tenOf } from './redis.js'; // prettier-ignore

/** Milliseconds between looks at what is done: more where much waits; and between looks at workers, and at what became of a job. */
const [LOOK, STATE] = [50, 1_000];
/** Answers to a job that may be none. */
const RETRIES = 2;
/** Seconds for which Redis keeps what was proved, for a node that starts again; and how many. */
const KEPT = { age: 3_600, count: 1_000 };
/** States in which nobody will take a job up: none that we put there. */
const STRANDED = ['unknown', 'delayed', 'waiting-children'];

interface Waiting {
  readonly job: Job;
  readonly name: string;
  readonly resolve: (made: Proved) => void;
  readonly reject: (error: unknown) => void;
  rank: number;
  there: boolean;
  bad: number;
  /** Milliseconds, when it was put there first. */
  since: number;
  /** That it has in Redis; 0 where it may have another one, from before. */
  priority: number;
}

export interface RedisOptions {
  /** Its password is nobody's to read. */
  readonly url: string;
  readonly models: ReadonlyMap<Hex, Pick<Served, 'modelId' | 'vkey' | 'words' | 'inputWords'>>;
  /** Models that left the configuration: workers do not have them. */
  readonly mine: readonly Hex[];
  /** A queue of this machine for what workers do not have, opened when it is needed. */
  readonly open: () => Queue;
  readonly log: Log;
  /** Another one in tests. */
  readonly checks?: Checks;
}

const priorityNow = ({ rank }: Waiting): number => priorityOf(rank, spanOf(Date.now() / 1000));

/** Throws InferproofError 'usage' where bullmq and ioredis are not installed. A Redis that does not answer is waited for. */
export async function redisQueue({
  url,
  models,
  mine,
  open,
  log,
  checks = openChecks(),
}: RedisOptions): Promise<Queue> {
  const { bullmq, Redis } = await loadRedis();
  const pending = new Map<string, Waiting>();
  const submitted = new Map<string, Promise<Proved>>();
  let fault: unknown;
  const client = connectRedis(Redis, url, false, (error) => (fault = error));
  let opened: Promise<Bull> | undefined;
  let missing: string | null = 'Redis was not reached yet';
  let [slots, seconds, looked] = [1, 1, 0];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  const bull = (): Promise<Bull> =>
    (opened ??= (async () => {
      const queue = new bullmq.Queue(QUEUE.name, { connection: client, prefix: QUEUE.prefix, streams: { events: { maxLen: 100 } } }); // prettier-ignore
      queue.on('error', (error) => (fault = error));
      await queue.waitUntilReady();
      return queue;
    })().catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));

  function say(now: string | null, why?: unknown): void {
    if (now !== missing && now === null) log.info({}, 'workers are there');
    if (now !== missing && now !== null) log.warn({ fault: shortOf(why ?? now) }, now);
    missing = now;
  }
  let spare: Queue | undefined;
  const here = (job: Job): Promise<Proved> => (spare ??= open()).submit(job);

  function settle(one: Waiting, how: () => void): void {
    pending.delete(one.name);
    how();
  }

  async function put(queue: Bull, one: Waiting): Promise<void> {
    const options = { jobId: one.name, priority: priorityNow(one), removeOnComplete: KEPT, removeOnFail: KEPT };
    one.since ||= Date.now();
    one.priority = 0;
    await queue.add('proof', jobJson(one.job), options);
    one.there = true;
  }
  /** Where it was there before, was asked for by the chain since, or another span has begun. Where it is being proved, that is all one. */
  async function order(queue: Bull, one: Waiting): Promise<void> {
    const priority = priorityNow(one);
    if (priority === one.priority) return;
    await new bullmq.Job(queue, 'proof', {}, {}, one.name).changePriority({ priority });
    one.priority = priority;
  }
  /** What is there under the name goes, and is asked for again. */
  async function again(queue: Bull, one: Waiting): Promise<void> {
    one.there = false;
    await queue.remove(one.name).catch(() => undefined);
    await client.del(queue.toKey(one.name));
  }
  async function refuse(queue: Bull, one: Waiting, why: string): Promise<void> {
    await again(queue, one);
    if (++one.bad <= RETRIES) return;
    const error = new InferproofError('resource', `expected a proof out of Redis, got ${why}`, {
      where: one.job.model,
      hint: 'what do the logs of the workers say? who else writes to Redis?',
    });
    settle(one, () => one.reject(error));
  }

  async function take(queue: Bull, one: Waiting): Promise<void> {
    const key = queue.toKey(one.name);
    const model = models.get(one.job.model)!;
    const { words, inputWords } = model;
    if ((await client.hstrlen(key, 'returnvalue')) > mostOf(words)) return refuse(queue, one, 'too long an answer');
    const text = await client.hget(key, 'returnvalue');
    if (text === null) return refuse(queue, one, 'none');
    const answer = readAnswer(text);
    if (answer === null) return refuse(queue, one, 'another text');
    if ('unknown' in answer) {
      await again(queue, one);
      log.warn({ model: one.job.model }, 'a worker does not have this model: proved here');
      settle(one, () => void here(one.job).then(one.resolve, one.reject));
      return;
    }
    if ('error' in answer) return refuse(queue, one, `the word of a worker: ${answer.error}`);
    const isOurs = one.job.words.every((word, i) => word === answer.words[i]) && one.job.words.length === inputWords;
    const holds =
      isOurs &&
      answer.words.length === words &&
      (await checks.holds(model, answer, one.job.context).catch(() => false));
    if (!holds) return refuse(queue, one, 'one that does not hold for what was asked');
    const made = {
      words: answer.words,
      proof: tenOf(answer.proof),
      seconds: Math.min(answer.seconds, (Date.now() - one.since) / 1000),
    };
    seconds += 0.2 * (made.seconds - seconds);
    settle(one, () => one.resolve(made));
  }

  /** Workers, by the number of provers that each puts into its name; and jobs that nobody will take up. */
  async function lookAround(queue: Bull): Promise<void> {
    looked = Date.now();
    const workers = await queue.getWorkers();
    const provers = workers.map(({ name = '' }) => Math.min(256, Number(/:w:(\d{1,3})$/.exec(name)?.[1] ?? 1)));
    slots = provers.reduce((a, b) => a + b, 0) || 1;
    for (const one of pending.values()) {
      if (!one.there) continue;
      await attend(queue, one, async () => {
        if (STRANDED.includes(await queue.getJobState(one.name))) return again(queue, one);
        await order(queue, one).catch(() => undefined); // only its order is lost, until the next look
      });
    }
    say(workers.length > 0 ? null : 'no worker is connected to Redis');
  }

  /** One job's turn. A key of another kind in its place is one more answer that is none. */
  const attend = (queue: Bull, one: Waiting, act: typeof take): Promise<void> =>
    act(queue, one).catch((error: unknown) => {
      if (!/WRONGTYPE/.test(String(error))) throw error;
      return refuse(queue, one, 'a key of another kind');
    });
  async function look(): Promise<void> {
    try {
      if (client.status !== 'ready') throw fault;
      const queue = await bull();
      if (Date.now() - looked > STATE) await lookAround(queue);
      const all = [...pending.values()];
      await Promise.all(all.filter(({ there }) => !there).map((one) => attend(queue, one, put)));
      const there = all.filter((one) => one.there);
      if (there.length === 0) return;
      const names = there.map(({ name }) => name);
      const ended = await Promise.all((['completed', 'failed'] as const).map((state) => client.zmscore(queue.toKey(state), names))); // prettier-ignore
      await Promise.all(there.filter((_, i) => ended.some((scores) => scores[i] !== null)).map((one) => attend(queue, one, take))); // prettier-ignore
    } catch (error) {
      for (const one of pending.values()) one.there = false;
      looked = 0;
      // a connection that is being made is no fault yet
      if (error !== undefined) say('Redis does not answer', error);
    }
  }
  function tick(ms: number): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(() => {
      running = look().then(() => {
        running = undefined;
        const wait = missing === null ? Math.max(LOOK, pending.size) : STATE / 4;
        tick(pending.size > 0 ? wait : STATE);
      });
    }, ms);
  }
  tick(0);

  function submit(job: Job): Promise<Proved> {
    if (mine.includes(job.model)) return here(job);
    const name = nameOf(job);
    const known = submitted.get(name);
    if (known) {
      const same = pending.get(name);
      // its place is another at the next look around
      if (same) same.rank = Math.min(same.rank, job.rank);
      return known;
    }
    if (closed)
      return Promise.reject(new InferproofError('resource', 'expected an open queue, got one that was closed'));
    const made = new Promise<Proved>((resolve, reject) =>
      pending.set(name, { job, name, resolve, reject, rank: job.rank, there: false, bad: 0, since: 0, priority: 0 }),
    );
    submitted.set(name, made);
    const over = () => void submitted.delete(name);
    made.then(over, over);
    if (running === undefined) tick(0);
    return made;
  }

  return {
    submit,
    jobs: () => submitted.size + (spare?.jobs() ?? 0),
    wait: () => (seconds * Math.max(0, pending.size - slots)) / slots,
    missing: () => (missing === null ? null : { why: missing, all: true }),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      client.disconnect();
      await running;
      const error = new InferproofError('resource', 'expected a proof, got the end of the queue');
      for (const one of [...pending.values()]) settle(one, () => one.reject(error));
      await Promise.all([checks.close(), spare?.close()]);
    },
  };
}
