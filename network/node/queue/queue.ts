// What has to be proved, in the order of what is lost when it is late. A seam: whoever runs provers elsewhere has another queue.
import type { Hex } from 'viem';

export interface Job {
  /** One proof is made for an id, however often it is submitted. */
  readonly id: string;
  readonly model: Hex;
  /** Input words. */
  readonly words: readonly bigint[];
  readonly context: Hex;
  /** Lower comes first. */
  readonly rank: number;
}

export interface Proved {
  /** Inputs' and outputs'. */
  readonly words: readonly bigint[];
  /** The ten numbers of a proof, in the order of the contracts. */
  readonly proof: Ten;
  readonly seconds: number;
}
type N = bigint;
export type Ten = readonly [N, N, N, N, N, N, N, N, N, N];

export interface Queue {
  /** Rejects with InferproofError: of the prover for what it refuses, 'resource' where provers died of it. */
  readonly submit: (job: Job) => Promise<Proved>;
  /** Jobs that wait or run. */
  readonly jobs: () => number;
  /** Seconds until a job that comes now is begun, as far as is known. */
  readonly wait: () => number;
  /** Of what is needed to prove as fast as can be; null: nothing. `all`: nothing is proved until it is back. */
  readonly missing: () => { readonly why: string; readonly all: boolean } | null;
  readonly close: () => Promise<void>;
}

const KINDS = ['challenge', 'request', 'paid', 'audit'] as const;

/** Challenges by deadline, requests by deadline, what was paid for, audits. Deadlines are seconds of block time. */
export const rank = (kind: (typeof KINDS)[number], deadline = 0n): number =>
  KINDS.indexOf(kind) * 2 ** 40 + Math.min(Number(deadline), 2 ** 40 - 1);

/** The number of the kind, and the deadline; 0 where there is none. */
export const deadlineOf = (of: number): { readonly kind: number; readonly deadline: number } => ({
  kind: Math.floor(of / 2 ** 40),
  deadline: of % 2 ** 40,
});
