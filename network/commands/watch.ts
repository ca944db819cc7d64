// watch: looks after the answers that were kept, until it is stopped: audits some, challenges what is not proved, takes bonds and refunds.
import { setTimeout } from 'node:timers/promises';
import { defineCommand, DONE, facts, NEGATIVE, readNumber, text, USAGE } from 'inferproof/cli';
import { InferproofError } from 'inferproof/verifier';
import type { WatchEvent } from '../client/watch.js';
import { LOCAL_CHAIN } from '../chain/open.js';
import { clientFor, CLIENT } from './client.js';
import { stopped } from './stopped.js';

/** Seconds between looks: about a block. */
const POLL = { local: 1, elsewhere: 12 };
const { data: _, ...FLAGS } = CLIENT;

export const watchCommand = defineCommand({
  name: 'watch',
  positionals: { data: { optional: 'folder that keeps receipts, DATA (default client-data)' } },
  options: {
    share: text('share of the answers that are audited, 0 to 1 (default 0.01)'),
    patience: text('seconds that a node has to prove what is audited (default 600)'),
    once: { type: 'boolean', default: false, describe: 'one look, and the audits that are due, instead of going on' },
    ...FLAGS,
  },
  run: async (args, output) => {
    const share = readNumber(args.share, '--share', { lo: 0, hi: 1 });
    const patience = readNumber(args.patience, '--patience', { lo: 1, hi: 86_400 });
    const net = await clientFor(args, output);
    const seen: Record<WatchEvent['what'], number> = { proved: 0, challenged: 0, slashing: 0, slashed: 0, refunded: 0, forgotten: 0, failed: 0 }; // prettier-ignore
    const watcher = net.watcher({
      share,
      patience: patience === undefined ? undefined : 1000 * patience,
      onEvent: ({ id, what, reason }) => {
        seen[what]++;
        const line = `${what} ${id}${reason === undefined ? '' : `: ${reason}`}`;
        if (what === 'failed') output.warn(line);
        else output.note(line);
      },
    });
    if (args.once) {
      // what was sent by the first look the second finds done
      for (let look = 0; look < 2; look++) {
        await watcher.step();
        await watcher.idle();
      }
    } else await until(stopped(), net.chainId, () => watcher.step(), output.warn);
    output.result(seen, () => facts(Object.entries(seen).map(([what, count]) => [what, String(count)])));
    // what failed is tried again by the next look: whoever looks once has to know
    if (args.once && seen.failed > 0) return USAGE;
    return args.once && seen.challenged + seen.slashing + seen.slashed + seen.refunded > 0 ? NEGATIVE : DONE;
  },
});

/** Looks again and again, until it is stopped: what is being done then is on the disk, and goes on at the next start. */
async function until(stop: Promise<void>, chainId: number, step: () => Promise<void>, warn: (line: string) => void) {
  const ms = 1000 * (chainId === LOCAL_CHAIN ? POLL.local : POLL.elsewhere);
  const ending = new AbortController();
  void stop.then(() => ending.abort());
  while (!ending.signal.aborted) {
    // a chain that does not answer now may do so later: receipts bind for hours
    await step().catch((error: unknown) => {
      if (!(error instanceof InferproofError)) throw error;
      warn(error.message);
    });
    await setTimeout(ms, undefined, { signal: ending.signal }).catch(() => undefined);
  }
}
