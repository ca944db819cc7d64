// The queue of one machine: prover processes, each with one job at a time. A process that dies costs time: its job goes to another.
import type { Hex } from 'viem';
import { InferproofError } from 'inferproof/verifier';
import { startProver, type ProverProcess } from '../prover.js';
import type { Job, Proved, Queue } from './queue.js';

/** Processes that a job may outlive. */
const RETRIES = 2;
/** Seconds of a proof of which nothing is known. */
const GUESS = 1;
/** Processes in a row that may end without a proof before the next one waits: twice as long each time, milliseconds. */
const BARREN = 5;
const [WAIT, MOST_WAIT] = [100, 30_000];

interface Waiting {
  readonly job: Job;
  readonly resolve: (made: Proved) => void;
  readonly reject: (error: unknown) => void;
  rank: number;
  deaths: number;
}

export interface LocalOptions {
  readonly workers: number;
  /** Of each worker. */
  readonly threads: number;
  /** The folder of a model's circuit and keys. */
  readonly folderOf: (model: Hex) => string;
  readonly onDeath: (why: string) => void;
  /** Another one in tests. */
  readonly open?: typeof startProver;
}

export function localQueue({ workers, threads, folderOf, onDeath, open = startProver }: LocalOptions): Queue {
  const waiting: Waiting[] = [];
  const running = new Map<ProverProcess, Waiting | null>();
  const submitted = new Map<string, Promise<Proved>>();
  let seconds = GUESS;
  let barren = 0;
  const starting = new Set<NodeJS.Timeout>();
  let closed = false;

  function start(): void {
    const worker = open(threads, (why) => {
      const lost = running.get(worker);
      running.delete(worker);
      if (closed) return;
      onDeath(why);
      if (lost) takeBack(lost, why);
      const again = (): void => {
        start();
        next();
      };
      if (++barren < BARREN) return again();
      const timer = setTimeout(() => {
        starting.delete(timer);
        again();
      }, Math.min(MOST_WAIT, WAIT * 2 ** (barren - BARREN))); // prettier-ignore
      starting.add(timer);
    });
    running.set(worker, null);
  }

  function takeBack(lost: Waiting, why: string): void {
    if (++lost.deaths <= RETRIES) waiting.push(lost);
    else
      lost.reject(
        new InferproofError('resource', `expected a proof, got ${lost.deaths} provers that died of it: ${why}`, {
          where: lost.job.model,
          hint: 'is there enough memory? fewer workers take less of it',
        }),
      );
  }

  function next(): void {
    for (const [worker, busy] of running) {
      if (busy !== null || waiting.length === 0) continue;
      const first = waiting.reduce((a, b) => (b.rank < a.rank ? b : a));
      waiting.splice(waiting.indexOf(first), 1);
      running.set(worker, first);
      const { words, context, model } = first.job;
      worker.prove(folderOf(model), words, context).then(
        (made) => {
          barren = 0;
          seconds += 0.2 * (made.seconds - seconds);
          first.resolve(made);
          release(worker);
        },
        (error: unknown) => {
          first.reject(error);
          release(worker);
        },
      );
    }
  }
  function release(worker: ProverProcess): void {
    if (running.has(worker)) running.set(worker, null);
    next();
  }

  for (let i = 0; i < workers; i++) start();
  const busy = () => [...running.values()].filter((one) => one !== null).length;
  return {
    submit: (job) => {
      const known = submitted.get(job.id);
      if (known) {
        // what was asked for by somebody may be asked for by the chain, too
        const same = waiting.find(({ job: { id } }) => id === job.id);
        if (same) same.rank = Math.min(same.rank, job.rank);
        return known;
      }
      if (closed)
        return Promise.reject(new InferproofError('resource', 'expected an open queue, got one that was closed'));
      const made = new Promise<Proved>((resolve, reject) =>
        waiting.push({ job, resolve, reject, rank: job.rank, deaths: 0 }),
      );
      submitted.set(job.id, made);
      const over = () => void submitted.delete(job.id);
      made.then(over, over);
      next();
      return made;
    },
    jobs: () => waiting.length + busy(),
    wait: () => (seconds * waiting.length) / workers,
    missing: () => (running.size === workers ? null : { why: 'a prover process is missing', all: false }),
    close: async () => {
      closed = true;
      for (const timer of starting) clearTimeout(timer);
      const error = new InferproofError('resource', 'expected a proof, got the end of the queue');
      for (const one of [...waiting.splice(0), ...running.values()]) one?.reject(error);
      await Promise.all([...running.keys()].map((worker) => worker.end()));
    },
  };
}
