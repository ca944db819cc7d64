// A node's doubt of itself: when idle it proves a share of what it promised. An honest node errs too (memory, a bug), and the first error
// ends its receipts before somebody else finds the next one.
import type { Hex } from 'viem';
import { shortOf } from './log.js';
import type { Served } from './models.js';
import { rank, type Queue } from './queue/queue.js';

/** Promises that wait to be audited. */
const KEPT = 100;

interface Doubt {
  readonly id: Hex;
  readonly served: Served;
  readonly all: readonly bigint[];
}

export interface Audits {
  /** A promise that was made: perhaps it is drawn. */
  readonly offer: (id: Hex, served: Served, all: readonly bigint[]) => void;
  /** Whether a promise of the model could not be proved. */
  readonly failed: (model: Hex) => boolean;
  /** Audits one where nothing else waits. */
  readonly whenIdle: () => Promise<void>;
}

/**
 * @param share of promises that are drawn
 * @param onFailure called once for each model
 */
export function openAudits(share: number, queue: Queue, onFailure: (model: Hex, why: string) => void): Audits {
  const drawn: Doubt[] = [];
  const failed = new Set<Hex>();
  function fail(model: Hex, why: string): void {
    if (failed.has(model)) return;
    failed.add(model);
    onFailure(model, why);
  }
  return {
    offer: (id, served, all) => {
      if (Math.random() < share && drawn.length < KEPT) drawn.push({ id, served, all });
    },
    failed: (model) => failed.has(model),
    whenIdle: async () => {
      if (queue.jobs() > 0) return;
      const doubt = drawn.shift();
      if (!doubt) return;
      const { id, all, served } = doubt;
      const { modelId: model, inputWords } = served;
      try {
        const made = await queue.submit({ id: `audit ${id}`, model, words: all.slice(0, inputWords), context: id, rank: rank('audit') }); // prettier-ignore
        if (made.words.some((word, i) => word !== all[i]))
          fail(model, 'the proof says another output than the receipt');
      } catch (error) {
        // a queue that ends, or a process that was killed, says nothing of the answer
        if (!(error instanceof Error && 'code' in error && error.code === 'resource')) fail(model, shortOf(error));
      }
    },
  };
}
