// Who says on the chain where it can be asked, and what it said of its stake: read once, and then what is new. A slash is not followed here,
// so a stake may be less: whoever counts on one reads it.
import { getAbiItem, type Address } from 'viem';
import { MARKET } from '../chain/abi.js';
import { inStretches, type Blocks } from '../chain/follow.js';
import { ask, type Context } from './context.js';

export interface Announced {
  /** "": nowhere. */
  readonly url: string;
  /** Wei. */
  readonly stake: bigint;
  readonly leaves: boolean;
}

/** Blocks that a reorganisation may change. */
const UNSETTLED = 64n;
const events = [getAbiItem({ abi: MARKET, name: 'Announced' }), getAbiItem({ abi: MARKET, name: 'Staked' })];
const NOTHING: Announced = { url: '', stake: 0n, leaves: false };

/** Reads the chain on, and returns all of them. */
export function followAnnounced({ chain, deployment }: Context): () => Promise<ReadonlyMap<Address, Announced>> {
  const nodes = new Map<Address, Announced>();
  let next = deployment.since;
  let reading: Promise<void> = Promise.resolve();

  async function readOn(): Promise<void> {
    const head = await ask(chain, (client) => client.getBlockNumber());
    const logs = ([fromBlock, toBlock]: Blocks) =>
      ask(chain, (client) => client.getLogs({ address: deployment.market, events, strict: true, fromBlock, toBlock }));
    await inStretches([next, head], logs, (found) => {
      for (const log of found) {
        const before = nodes.get(log.args.node) ?? NOTHING;
        const said = log.eventName === 'Announced' ? { url: log.args.url.replace(/\/+$/, '') } : { stake: log.args.amount, leaves: log.args.leavesAt !== 0n }; // prettier-ignore
        nodes.set(log.args.node, { ...before, ...said });
      }
    });
    next = head - UNSETTLED > deployment.since ? head - UNSETTLED : deployment.since;
  }
  return async () => {
    reading = reading.then(readOn, readOn);
    await reading;
    return nodes;
  };
}
