// Events of one kind, followed to the head of the chain: again over the blocks that a chain may take back, and past blocks that no RPC
// hands out.
import { inStretches, type Blocks } from '../chain/follow.js';
import type { Head } from '../chain/reader.js';
import { shortOf, type Log } from './log.js';

/** Blocks that a chain may take back. */
export const REORG = 64n;
/** Looks in a row at which a block was refused, before it is given up. */
const TRIES = 30;

export interface Ear {
  /** The last block that was read. */
  readonly read: () => bigint;
  /** Reads up to the head, from where it came to; what fails is tried again by the next look. */
  readonly listen: (head: Head) => Promise<void>;
}

export interface EarParts<T> {
  readonly kind: string;
  /** The first block that can hold an event. */
  readonly since: bigint;
  /** All before it was read. */
  readonly from: bigint;
  readonly ask: (blocks: Blocks) => Promise<readonly T[]>;
  readonly take: (events: readonly T[], head: Head) => void;
  readonly log: Log;
}

export function openEar<T>({ kind, since, from, ask, take, log }: EarParts<T>): Ear {
  let read = from;
  /** Blocks before it are not asked for. */
  let first = since;
  let [refused, gap] = [0, 1n];
  return {
    read: () => read,
    listen: async (head) => {
      let next = larger(least(read, head.number) - REORG, least(first, head.number));
      try {
        await inStretches([next, head.number], ask, (events, end) => {
          take(events, head);
          read = end;
          next = end + 1n;
        });
        [refused, gap] = [0, 1n];
      } catch (error) {
        log.warn({ kind, block: Number(next), fault: shortOf(error) }, 'events that could not be read');
        if (++refused < TRIES) return;
        // an RPC that does not hand out its last block either will do so later
        const last = await ask([head.number, head.number]).catch(() => undefined);
        if (last === undefined) return;
        // old blocks may be gone as a whole: each time twice as many, up to those that are new
        const young = head.number - REORG;
        first = next < young ? least(next + gap, young) : next + 1n;
        gap *= 2n;
        read = larger(read, first - 1n);
        log.error(
          { kind, from: Number(next), to: Number(first) - 1 },
          'blocks whose events no RPC hands out: given up',
        );
      }
    },
  };
}

export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
