// Which models were published, by the registry's events.
import type { Address, Hex } from 'viem';
import { REGISTRY } from '../chain/abi.js';
import { chainError } from '../chain/errors.js';
import { originOf, type Chain, type Deployment } from '../chain/open.js';
import { cidOfHash } from './blocks.js';

export interface Published {
  readonly publisher: Address;
  readonly name: string;
  /** Zero: the name was withdrawn. */
  readonly modelId: Hex;
  /** CID. */
  readonly manifest: string;
  readonly block: bigint;
}

/** What most RPCs answer in one piece. */
const SPAN = 10_000n;
const EVENT = REGISTRY.find((one) => one.type === 'event' && one.name === 'Published')!;

/** Oldest first. Throws InferproofError 'resource'. */
export async function readPublished(
  { client, rpc }: Chain,
  { registry, since }: Deployment,
  { modelId, from = since, to }: { readonly modelId?: Hex; readonly from?: bigint; readonly to?: bigint } = {},
): Promise<Published[]> {
  try {
    const last = to ?? (await client.getBlockNumber());
    const found: Published[] = [];
    for (let first = from; first <= last; first += SPAN) {
      const logs = await client.getLogs({
        address: registry,
        event: EVENT,
        args: modelId === undefined ? {} : { modelId },
        fromBlock: first,
        toBlock: first + SPAN - 1n < last ? first + SPAN - 1n : last,
        strict: true,
      });
      for (const { args, blockNumber } of logs)
        found.push({
          publisher: args.publisher,
          name: args.name,
          modelId: args.modelId,
          manifest: cidOfHash(args.manifest),
          block: blockNumber,
        });
    }
    return found;
  } catch (cause) {
    throw chainError(cause, 'the events of the registry', originOf(rpc[0]));
  }
}
