// Where every wei of the demo is: what people began with, earned and paid for gas, and that this is what they have. Gas is read from the
// receipts of all transactions, what people have from the chain and the market: nothing is a difference of the others.
import { InferproofError } from 'inferproof/verifier';
import { getAddress, type Address, type PublicClient } from 'viem';
import { MARKET } from '../chain/abi.js';

/** Whom the market gives to what is slashed and nobody's. */
export const BURNT: Address = '0x000000000000000000000000000000000000dEaD';

export interface Person {
  readonly who: string;
  readonly address: Address;
}

/** Wei; in its market: balance, stake and what is left in its channels. */
export interface Line extends Person {
  readonly began: bigint;
  readonly gas: bigint;
  readonly inMarket: bigint;
  readonly has: bigint;
  readonly earned: bigint;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((all, one) => all + one, 0n);

/**
 * A line for each person, since the chain's first block.
 * @param people everybody who sent a transaction or was given something; BURNT need not be among them
 * @param nodes to whom people may have channels
 * @throws InferproofError 'internal' where a transaction or a wei of the market is nobody's
 */
export async function moneyOf(
  client: PublicClient,
  market: Address,
  people: readonly Person[],
  nodes: readonly Address[],
): Promise<readonly Line[]> {
  const gas = await gasOf(client);
  const all = [...people, { who: 'burnt', address: BURNT }];
  const lines = await Promise.all(all.map((one) => lineOf(client, market, one, nodes, gas.get(one.address) ?? 0n)));
  const stranger = [...gas.keys()].find((sender) => !all.some(({ address }) => address === sender));
  if (stranger !== undefined)
    throw new InferproofError('internal', 'expected transactions of the people of the demo, got one of another', { where: stranger }); // prettier-ignore
  const held = await client.getBalance({ address: market });
  const known = sum(lines.map(({ inMarket }) => inMarket));
  if (held !== known)
    throw new InferproofError('internal', `expected ${known} wei in the market, got ${held}`, { where: market });
  return lines;
}

async function lineOf(
  client: PublicClient,
  market: Address,
  { who, address }: Person,
  nodes: readonly Address[],
  gas: bigint,
): Promise<Line> {
  const read = { address: market, abi: MARKET } as const;
  const [began, ether, balance, [stake], ...channels] = await Promise.all([
    client.getBalance({ address, blockNumber: 0n }),
    client.getBalance({ address }),
    client.readContract({ ...read, functionName: 'balanceOf', args: [address] }),
    client.readContract({ ...read, functionName: 'stakes', args: [address] }),
    ...nodes.map((node) => client.readContract({ ...read, functionName: 'channels', args: [address, node] })),
  ]);
  const inMarket = balance + stake + sum(channels.map(([funds]) => funds));
  const has = ether + inMarket;
  return { who, address, began, gas, inMarket, has, earned: has + gas - began };
}

/** Wei that each sender paid for gas, in all blocks. */
async function gasOf(client: PublicClient): Promise<ReadonlyMap<Address, bigint>> {
  const paid = new Map<Address, bigint>();
  const head = await client.getBlockNumber();
  for (let blockNumber = 1n; blockNumber <= head; blockNumber++) {
    const { transactions } = await client.getBlock({ blockNumber });
    for (const hash of transactions) {
      const { from, gasUsed, effectiveGasPrice } = await client.getTransactionReceipt({ hash });
      const address = getAddress(from);
      paid.set(address, (paid.get(address) ?? 0n) + gasUsed * effectiveGasPrice);
    }
  }
  return paid;
}

/**
 * Checks that each person earned what the story says, and that all of it together is nothing: no wei was made or lost.
 * @param expected wei by name; who is not named earned nothing
 * @throws InferproofError 'internal' that names who has another amount
 */
export function checkMoney(lines: readonly Line[], expected: Readonly<Record<string, bigint>>): void {
  for (const { who, earned } of lines) {
    const due = Object.hasOwn(expected, who) ? expected[who] : 0n;
    if (earned !== due)
      throw new InferproofError('internal', `expected ${who} to have earned ${due} wei, got ${earned}`);
  }
  const all = sum(lines.map(({ earned }) => earned));
  if (all !== 0n) throw new InferproofError('internal', `expected money that adds up, got ${all} wei more`);
}
