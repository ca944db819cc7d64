// wallet: a key, and what its account holds in the market. Everything that was earned is a balance that its owner withdraws.
import { defineCommand, DONE, facts, usageError } from 'inferproof/cli';
import { formatEther, isAddress, type Address } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { MARKET as ABI } from '../chain/abi.js';
import { marketOf } from '../chain/deployment.js';
import type { Chain } from '../chain/open.js';
import { write } from '../chain/write.js';
import { makeKeystore, writeSecret } from '../wallet.js';
import { accountOf, addressOf, CHAIN, chainOf, etherOf, KEY, MARKET, newPasswordOf } from './flags.js';

interface Action {
  /** What its object is; none: it has none. */
  readonly object?: 'a URL' | 'the address of a node';
  /** Whether --amount goes with it. */
  readonly pays?: true;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  stake: { pays: true },
  quit: {},
  unstake: {},
  announce: { object: 'a URL' },
  fund: { object: 'the address of a node', pays: true },
  close: { object: 'the address of a node' },
  reclaim: { object: 'the address of a node' },
};
const NAMES = ['new', 'show', ...Object.keys(ACTIONS), 'withdraw'];

export const walletCommand = defineCommand({
  name: 'wallet',
  positionals: {
    action: `one of ${NAMES.join(', ')}`,
    object: {
      optional: 'new: FILE to write; announce: URL; fund, close, reclaim: node; withdraw: address (default: the own)',
    },
  },
  options: {
    amount: { type: 'string', requiresArg: true, describe: 'ether, for stake and fund' },
    ...CHAIN,
    ...MARKET,
    ...KEY,
  },
  run: async (args, output) => {
    const { action, object, amount } = args;
    if (!NAMES.includes(action)) throw usageError(`expected one of ${NAMES.join(', ')}, got '${action}'`);
    if (action === 'new') {
      const file = object ?? noObject('FILE');
      if (amount !== undefined) noAmount(action);
      const password = await newPasswordOf(args.password, output);
      const key = generatePrivateKey();
      await writeSecret(file, `${JSON.stringify(await makeKeystore(key, password))}\n`);
      const address = privateKeyToAddress(key);
      output.result({ address, keystore: file }, () => facts([['address', address], ['keystore', file]])); // prettier-ignore
      return DONE;
    }
    const { functionName, parameters, value } = callOf(action, object, amount);
    const market = addressOf(args.market, '--market');
    const chain = await chainOf(args);
    const place = await marketOf(chain, market);
    const account = await accountOf(args, chain.chainId, output);
    if (functionName !== null) {
      const own = action === 'withdraw' && parameters.length === 0 ? [account.address] : parameters;
      const { transaction, gas } = await write(chain, account, { address: place.market, abi: ABI, functionName, args: own, value }); // prettier-ignore
      output.note(`${action}: ${transaction}, ${gas} gas`);
    }
    const holds = await holdings(chain, place.market, account.address);
    output.result({ address: account.address, ...wei(holds) }, () =>
      facts([
        ['address', account.address],
        ['ether', formatEther(holds.ether)],
        ['balance', `${formatEther(holds.balance)}, to withdraw`],
        ['stake', stakeLine(holds)],
      ]),
    );
    return DONE;
  },
});

function noObject(what: string): never {
  throw usageError(`expected ${what}, got none`, 'inferproof wallet --help says what goes with which action');
}

function noAmount(action: string): never {
  throw usageError(`expected no --amount for ${action}, got one`, 'ether, for stake and fund');
}

/** @returns functionName null where nothing is sent */
function callOf(action: string, object: string | undefined, amount: string | undefined) {
  const { object: wanted, pays } = ACTIONS[action] ?? {};
  const may = action === 'withdraw';
  if (amount !== undefined && pays !== true) noAmount(action);
  if (amount === undefined && pays === true) throw usageError('expected --amount, got none', 'ether');
  if (wanted !== undefined && object === undefined) noObject(wanted);
  if (wanted === undefined && !may && object !== undefined)
    throw usageError(`expected nothing behind ${action}, got '${object}'`);
  if (object !== undefined && wanted !== 'a URL' && !isAddress(object, { strict: false }))
    throw usageError(`expected an address, got '${object}'`, '0x and 40 hex digits');
  if (wanted === 'a URL' && object !== undefined && object !== '' && !/^https?:\/\//.test(object))
    throw usageError(`expected a URL, got '${object}'`, "https://…; '' takes it back");
  return {
    functionName: action === 'show' ? null : action,
    parameters: object === undefined ? [] : [object],
    value: amount === undefined ? 0n : etherOf(amount, '--amount'),
  };
}

/** Amounts in wei, times in seconds of block time. */
interface Holdings {
  readonly ether: bigint;
  readonly balance: bigint;
  readonly stake: bigint;
  /** 0: it stays. */
  readonly leavesAt: bigint;
  readonly openChallenges: number;
}

async function holdings(chain: Chain, market: Address, address: Address): Promise<Holdings> {
  const [ether, balance, [stake, leavesAt, openChallenges]] = await chain.agreed('balances', (client) =>
    Promise.all([
      client.getBalance({ address }),
      client.readContract({ address: market, abi: ABI, functionName: 'balanceOf', args: [address] }),
      client.readContract({ address: market, abi: ABI, functionName: 'stakes', args: [address] }),
    ]),
  );
  return { ether, balance, stake, leavesAt, openChallenges };
}

/** JSON has no integers of this size. */
const wei = (holds: Holdings) =>
  Object.fromEntries(Object.entries(holds).map(([name, value]) => [name, String(value)]));

function stakeLine({ stake, leavesAt, openChallenges }: Holdings): string {
  const leaves = leavesAt === 0n ? '' : `, leaves after ${new Date(Number(leavesAt) * 1000).toISOString()}`;
  const open = openChallenges === 0 ? '' : `, ${openChallenges} open challenge(s)`;
  return `${formatEther(stake)}${leaves}${open}`;
}
