// What every part of the client works with: a market, an account, and the seams to the world.
import { chainError } from '../chain/errors.js';
import { MARKET } from '../chain/abi.js';
import { LOCAL_CHAIN, originOf, type Chain, type Deployment } from '../chain/open.js';
import type { Place } from '../chain/typed-data.js';
import { write, type Sent } from '../chain/write.js';
import type { Fetch } from '../store/sources.js';
import type { ContractFunctionArgs, ContractFunctionName, ContractFunctionReturnType, LocalAccount } from 'viem';
import type { Store } from './store.js';

type View = ContractFunctionName<typeof MARKET, 'view'>;

export interface Context {
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly place: Place;
  /** Seconds. */
  readonly window: bigint;
  readonly account: LocalAccount;
  readonly hubs: readonly string[];
  readonly fetch: Fetch;
  readonly store: Store;
  readonly allowInsecureKey: boolean;
  readonly warn: (line: string) => void;
  /** Sends transactions one after the other: they share the nonces. */
  readonly send: (functionName: string, args: readonly unknown[], value?: bigint) => Promise<Sent>;
}

/** Blocks after which a stake or a channel counts. */
const CONFIRMATIONS = 2n;

/**
 * A view of the market. Of a block, as two RPCs say it where two are given; else of the head of the first: two heads are rarely one.
 */
export const view = <F extends View>(
  { chain, deployment }: Pick<Context, 'chain' | 'deployment'>,
  functionName: F,
  args: ContractFunctionArgs<typeof MARKET, 'view', F>,
  blockNumber?: bigint,
): Promise<ContractFunctionReturnType<typeof MARKET, 'view', F, ContractFunctionArgs<typeof MARKET, 'view', F>>> => {
  const call = { address: deployment.market, abi: MARKET, functionName, args };
  return (
    blockNumber === undefined
      ? ask(chain, (client) => client.readContract(call as never))
      : chain.agreed(`${functionName} of the market`, (client) =>
          client.readContract({ ...call, blockNumber } as never),
        )
  ) as never;
};

/** The last block that counts. */
export async function confirmed({ chain }: Context): Promise<bigint> {
  const head = await ask(chain, (client) => client.getBlockNumber());
  return chain.chainId === LOCAL_CHAIN || head < CONFIRMATIONS ? head : head - CONFIRMATIONS;
}

/**
 * The last block that counts, where it is later than a time; as two RPCs say it where two are given. Nothing can happen any more that had to
 * happen until then.
 */
export async function blockAfter(context: Context, seconds: bigint): Promise<bigint | undefined> {
  const { chain } = context;
  const blockNumber = await confirmed(context);
  const time =
    chain.chainId === LOCAL_CHAIN
      ? await chainTime(context)
      : await chain.agreed('the time of a block', async (one) => (await one.getBlock({ blockNumber })).timestamp);
  return time > seconds ? blockNumber : undefined;
}

/** Seconds of block time: of a local chain, which mines on demand, what the next block would say. */
export async function chainTime({ chain }: Context): Promise<bigint> {
  const blockTag = chain.chainId === LOCAL_CHAIN ? 'pending' : 'latest';
  return (await ask(chain, (client) => client.getBlock({ blockTag }))).timestamp;
}

/** Asks the first RPC. Throws InferproofError 'resource'. */
export const ask = <T>(chain: Chain, read: (client: Chain['client']) => Promise<T>): Promise<T> =>
  read(chain.client).catch((cause: unknown) => {
    throw chainError(cause, 'a chain that answers', originOf(chain.rpc[0]));
  });

export function sender(chain: Chain, { market }: Deployment, account: LocalAccount): Context['send'] {
  let turn: Promise<unknown> = Promise.resolve();
  return (functionName, args, value = 0n) => {
    const sent = turn.then(() => write(chain, account, { address: market, abi: MARKET, functionName, args, value }));
    turn = sent.catch(() => undefined);
    return sent;
  };
}
