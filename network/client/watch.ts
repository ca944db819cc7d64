// The watcher: looks at every receipt that is kept, and at the chain, and does what is due. All that it knows is on the disk and on the
// chain, so it may end at any moment and begin again.
import { InferproofError } from 'inferproof/verifier';
import type { Hex } from 'viem';
import { audit, challenge, STATE } from './audit.js';
import { blockAfter, chainTime, confirmed, view } from './context.js';
import type { Parts } from './infer.js';
import { findModel } from './model.js';
import { keep, readKept, receiptName, type Kept } from './receipts.js';
import { readRequest, refundDue, requestName } from './request.js';
import { AUDITED, drawn, PATIENCE } from './rules.js';

export interface WatchOptions {
  /** Which share of the receipts is audited; 0.01 by default. */
  readonly share?: number | undefined;
  /** Milliseconds that a node has to prove what is audited; ten minutes by default. */
  readonly patience?: number | undefined;
  readonly onEvent?: ((event: WatchEvent) => void) | undefined;
}

export interface WatchEvent {
  readonly id: Hex;
  /** slashing: it was sent; slashed: it is settled. */
  readonly what: 'proved' | 'challenged' | 'slashing' | 'slashed' | 'forgotten' | 'refunded' | 'failed';
  /** Of a challenge, why; of a failure, which: it is tried again. */
  readonly reason?: string;
}

export interface Watcher {
  /** One look at everything; audits go on behind it. */
  readonly step: () => Promise<void>;
  /** Resolves when no audit is running. */
  readonly idle: () => Promise<void>;
}

/** Audits at once: most of them wait. */
const AT_ONCE = 16;
const AGAIN_MS = 30_000;
/** Left for a challenge to be mined in. */
const MARGIN_MS = 120_000;
/** Seconds for which a file is not read again where nothing was due: somebody else may audit it. */
const QUIET = 60n;
/** Seconds after its end for which what is on the chain, or was to be, is looked for. */
const LONGER = 600n;

export function openWatcher(parts: Parts, options: WatchOptions = {}): Watcher {
  const { context } = parts;
  const { share = AUDITED, patience = PATIENCE, onEvent = () => undefined } = options;
  const running = new Map<Hex, Promise<void>>();
  /** Until when nothing is due of a file. */
  const quiet = new Map<string, bigint>();
  /** When what failed is tried again. */
  const again = new Map<Hex, number>();

  async function auditOne(kept: Kept, now: bigint): Promise<void> {
    const { id, receipt } = kept;
    // a challenge that is to be mined before the receipt ends
    const left = 1000 * Number(receipt.until - now) - MARGIN_MS;
    const model = await findModel(context, receipt.modelId);
    const done = await audit(parts, model, kept, Math.max(0, Math.min(patience, left)));
    onEvent(done === true ? { id, what: 'proved' } : { id, what: 'challenged', reason: done.reason });
  }
  function begin(id: Hex, act: () => Promise<void>): void {
    if (running.has(id) || (again.get(id) ?? 0) > Date.now()) return;
    const made = act()
      .catch((error: unknown) => {
        again.set(id, Date.now() + AGAIN_MS);
        onEvent({ id, what: 'failed', reason: messageOf(error) });
      })
      .finally(() => running.delete(id));
    running.set(id, made);
  }

  const beginAudit = (kept: Kept, now: bigint): void => {
    if (running.size < AT_ONCE) begin(kept.id, () => auditOne(kept, now));
  };

  /** What the chain says of a receipt that was challenged, by us or by others. */
  async function onChain(kept: Kept, now: bigint): Promise<boolean> {
    const { id, receipt } = kept;
    const [, , deadline, state] = await view(context, 'challenges', [id]);
    if (state === STATE.none) return false;
    if (state === STATE.open && now > deadline) {
      await context.send('slash', [receipt]);
      onEvent({ id, what: 'slashing' });
    }
    if (state === STATE.open) return true;
    const [, , , settled] = await view(context, 'challenges', [id], await confirmed(context));
    if (settled !== state) return true; // a reorganisation may take it back
    onEvent({ id, what: state === STATE.done ? 'proved' : 'slashed' });
    await context.store.remove(receiptName(id));
    return true;
  }

  async function look(kept: Kept, now: bigint): Promise<void> {
    const { id, receipt, state } = kept;
    if (running.has(id)) return;
    // nothing is due of what was not drawn, or was proved, until it may be forgotten
    const done = state === 'skipped' || state === 'proved';
    if (done && now <= receipt.until) return void quiet.set(receiptName(id), receipt.until < now + QUIET ? receipt.until : now + QUIET); // prettier-ignore
    if (await onChain(kept, now)) return;
    if (now > receipt.until) {
      // the head of one RPC takes nothing away, and a challenge that was sent is looked for a little longer
      const due = state === 'refused' || state === 'challenged';
      const block = await blockAfter(context, due ? receipt.until + LONGER : receipt.until);
      if (block === undefined) return;
      const [, , , settled] = await view(context, 'challenges', [id], block);
      if (settled !== STATE.none) return;
      await context.store.remove(receiptName(id));
      quiet.delete(receiptName(id));
      onEvent({ id, what: 'forgotten' });
      return;
    }
    if (state === 'new') {
      const next = { ...kept, state: drawn(share) ? 'drawn' : 'skipped' } as const;
      await keep(context, next);
      if (next.state === 'drawn') beginAudit(next, now);
    }
    if (state === 'drawn') beginAudit(kept, now);
    // the transaction did not get there, or a reorganisation took it back
    if (state === 'refused' || state === 'challenged') {
      begin(id, () => challenge(context, kept).then(() => onEvent({ id, what: 'challenged' })));
    }
  }

  /** Each by itself: one file that is damaged, one call that fails, stop no other. */
  async function each(folder: string, act: (name: string) => Promise<void>): Promise<void> {
    for (const name of await context.store.list(folder)) {
      const id = name.slice(folder.length + 1, -5) as Hex;
      await act(name).catch((error: unknown) => onEvent({ id, what: 'failed', reason: messageOf(error) }));
    }
  }

  return {
    step: async () => {
      const now = await chainTime(context);
      await each('receipts', async (name) => {
        const kept = (quiet.get(name) ?? -1n) >= now ? undefined : await readKept(context, name);
        if (kept !== undefined) await look(kept, now);
      });
      await each('requests', async (name) => {
        const asked = await readRequest(context, name);
        if (asked === undefined || now <= asked.deadline) return;
        const id = name.slice('requests/'.length, -5) as Hex;
        const head = await view(context, 'requests', [id]);
        if (head === STATE.open && (await refundDue(context, id, asked))) onEvent({ id, what: 'refunded' });
        const block = await blockAfter(context, head === STATE.none ? asked.deadline + LONGER : asked.deadline);
        const settled = block === undefined ? STATE.open : await view(context, 'requests', [id], block);
        if (settled === STATE.open || (settled === STATE.none && head !== STATE.none)) return;
        await context.store.remove(requestName(id));
      });
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof InferproofError ? error.message : error instanceof Error ? error.message : String(error);
