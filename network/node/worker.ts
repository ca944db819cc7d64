// A worker: it takes what a node has put into Redis, proves it in processes of its own and puts the proof there. It has no account and asks
// no chain; whatever it is told, it proves for models that it holds, and nobody has to believe it.
import type { Hex } from 'viem';
import type { Job as BullJob, Worker as BullWorker } from 'bullmq';
import { shortOf, type Log } from './log.js';
import { localQueue, type LocalOptions } from './queue/local.js';
import { answerJson, connectRedis, errorJson, loadRedis, nameOf, QUEUE, readJob, type Answer } from './queue/redis.js';

/** Milliseconds for which a job is a worker's that does not renew that; between renewals; between looks for jobs of workers that died. */
const [LOCK, RENEW, LOOK] = [4_000, 1_000, 1_000];
/** Workers that a job may outlive. */
const DEATHS = 2;
/** Milliseconds that running proofs get when the worker is stopped; between tries to begin, and before it says that it could not prove. */
const [LAST_PROOFS, PAUSE] = [5_000, 1_000];
/** Answers that are kept here, in case Redis forgets them. */
const KEPT = 100;

export interface WorkerOptions extends Omit<LocalOptions, 'folderOf' | 'onDeath'> {
  /** Its password is nobody's to read. */
  readonly url: string;
  readonly models: ReadonlyMap<Hex, { readonly folder: string; readonly inputWords: number }>;
  readonly log: Log;
}

/**
 * Proves until it is closed, whether Redis is there or not.
 * Throws InferproofError 'usage' where bullmq and ioredis are not installed.
 */
export async function startWorker({ url, models, log, ...provers }: WorkerOptions) {
  const { bullmq, Redis } = await loadRedis();
  let told = '';
  const fault = (error: unknown): void => {
    const said = shortOf(error);
    if (said !== told) log.warn({ fault: said }, 'Redis');
    told = said;
  };
  const client = connectRedis(Redis, url, true, fault);
  client.on('ready', () => {
    told = '';
    log.info({ workers: provers.workers }, 'taking jobs');
  });
  const pool = localQueue({
    ...provers,
    folderOf: (model) => models.get(model)!.folder,
    onDeath: (why) => log.error({ why }, 'a prover process died'),
  });
  const kept = new Map<string, Answer | ReturnType<typeof answerJson>>();
  let closed = false;
  let worker: BullWorker | undefined;

  async function answer(data: unknown) {
    const job = readJob(data);
    const held = models.get(job?.model ?? '0x');
    if (job === null || (held && job.words.length !== held.inputWords))
      return errorJson('expected a job, got something else');
    if (held === undefined) return { unknown: true } as const;
    const id = nameOf(job);
    const before = kept.get(id);
    if (before) return before;
    try {
      const made = answerJson(await pool.submit({ ...job, id, rank: 0 }));
      kept.set(id, made);
      for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
      log.info({ model: job.model, seconds: made.seconds }, 'proof');
      return made;
    } catch (error) {
      // a worker that is broken is quick: others, who are not, get their turn
      if (!closed) await new Promise((later) => setTimeout(later, PAUSE));
      // what was cut short is for another worker
      if (closed) return new Promise<never>(() => undefined);
      log.error({ model: job.model, fault: shortOf(error) }, 'no proof');
      return errorJson(shortOf(error));
    }
  }

  async function work(): Promise<void> {
    while (!closed) {
      const { name, prefix } = QUEUE;
      worker = new bullmq.Worker(name, ({ data }: BullJob) => answer(data), {
        ...{ connection: client, prefix, name: String(provers.workers), concurrency: provers.workers, autorun: false },
        ...{ lockDuration: LOCK, lockRenewTime: RENEW, stalledInterval: LOOK, maxStalledCount: DEATHS },
        ...{ runRetryDelay: PAUSE },
      });
      worker.on('error', fault);
      await worker.waitUntilReady().then(() => worker?.run()).catch(fault); // prettier-ignore
      if (closed) return;
      await worker.close(true).catch(fault);
      await new Promise((later) => setTimeout(later, PAUSE));
    }
  }
  const working = work();

  return {
    /** Running proofs get five seconds; the rest is for other workers. */
    close: async (): Promise<void> => {
      closed = true;
      await within(LAST_PROOFS, worker?.pause().catch(fault));
      await within(PAUSE, worker?.close(true).catch(fault));
      await pool.close();
      client.disconnect();
      await within(PAUSE, working);
    },
  };
}

/** Waits for what may never come where Redis is away. */
async function within(ms: number, what: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([what, new Promise((later) => (timer = setTimeout(later, ms)))]);
  clearTimeout(timer);
}
