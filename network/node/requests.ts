// Which requests of the chain a node serves: those that pay for their proof and for the callback, and that have one. Who paid and is not
// served sees nothing on the chain: the node says each that it skips, once, and why.
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { publicWords } from 'inferproof/compiler';
import { MARKET } from '../chain/abi.js';
import type { Asked } from '../chain/follow.js';
import type { Head, Market } from '../chain/reader.js';
import { digest, settleContext, wordsHash } from '../chain/typed-data.js';
import { REORG } from './hearing.js';
import type { Log } from './log.js';
import type { Served } from './models.js';
import type { Obligation } from './obligations.js';
import type { Proved } from './queue/queue.js';

/** payment: too low for the card and the callback; layout: words that stand for no input, of which there is no proof. */
export type Skip = 'payment' | 'layout';

export interface RequestParts {
  readonly market: Market;
  readonly node: Address;
  readonly models: ReadonlyMap<Hex, Served>;
  readonly log: Log;
  readonly onSkip: (reason: Skip) => void;
}

export interface Requests {
  /** Null for a request that is not served: another node's, or one that is skipped. */
  readonly asObligation: (asked: Asked, head: Head) => Obligation | null;
  /** Forgets what was skipped so long ago that its event is not read again. */
  readonly forget: (head: Head) => void;
}

/**
 * Wei that a request must pay: the card's price, and its callback's gas, which whoever settles pays for, at a base fee that may have
 * grown by a quarter until then.
 */
export const leastPayment = (minPayment: bigint, callbackGas: number, baseFee: bigint): bigint =>
  minPayment + (5n * BigInt(callbackGas) * baseFee) / 4n;

export function openRequests({ market, node, models, log, onSkip }: RequestParts): Requests {
  /** What was skipped, and the block at which that was seen: events are read again for a while. */
  const skipped = new Map<Hex, { readonly reason: Skip; readonly at: bigint }>();

  function skip(reason: Skip, { id, request }: Asked, least: bigint, head: Head): null {
    if (skipped.get(id)?.reason === reason) return null;
    skipped.set(id, { reason, at: head.number });
    const { modelId: model, payment, callbackGas } = request;
    const amounts = { payment: payment.toString(), least: least.toString(), callbackGas };
    log.info({ kind: 'request', id, model, ...amounts, reason }, 'skipped');
    onSkip(reason);
    return null;
  }

  return {
    asObligation: (asked, head) => {
      const { id, request, input } = asked;
      const { modelId: model, payment, deadline, callbackGas } = request;
      const price = models.get(model)?.offer.request?.minPayment;
      if (price === undefined || skipped.get(id)?.reason === 'layout') return null;
      if (request.node !== node && BigInt(request.node) !== 0n) return null;
      const least = (baseFee: bigint): bigint => leastPayment(price, callbackGas, baseFee);
      const pays = (baseFee: bigint): boolean => payment >= least(baseFee);
      // of two RPCs one may make events up; what pays nothing is not worth a hash, and strangers send a thousand of it
      if (!pays(head.baseFee)) return skip('payment', asked, least(head.baseFee), head);
      if (digest(market, 'Request', request) !== id || wordsHash(input) !== request.inputHash) return null;
      try {
        publicWords(models.get(model)!.circuit, { words: input });
      } catch {
        return skip('layout', asked, least(head.baseFee), head);
      }
      const data = ({ words, proof }: Proved): Hex =>
        encodeFunctionData({ abi: MARKET, functionName: 'settle', args: [request, node, words, proof] });
      return { kind: 'request', id, model, input, context: settleContext(id, node), deadline, data, pays };
    },
    forget: (head) => {
      for (const [id, { at }] of skipped) if (at + 2n * REORG < head.number) skipped.delete(id);
    },
  };
}
