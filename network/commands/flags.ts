// The flags that commands of the network share: which chain, whose key, which addresses may be asked.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { repeated, text, usageError, type Output } from 'inferproof/cli';
import { isAddress, parseEther, type Address } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { LOCAL_CHAIN, openChain, type Chain } from '../chain/open.js';
import { openAccount, RAW_KEY, readSecret } from '../wallet.js';

export const CHAIN = {
  rpc: repeated('URL of an RPC; what two say must agree, where two are given'),
  'chain-id': text(`number of the chain that is meant (default ${LOCAL_CHAIN}, a chain on this machine)`),
} as const;

export const MARKET = {
  market: text('address of the market (default: that of the chain in deployments.json)'),
} as const;

export const KEY = {
  keystore: text(`file of the key that signs, as geth and foundry write it (on ${LOCAL_CHAIN}: or ${RAW_KEY})`),
  password: text('file that holds the password of the keystore (default: asked for)'),
} as const;

export const PRIVATE = {
  'allow-private': {
    type: 'boolean',
    default: false,
    describe: 'take http and addresses of this machine and of private networks',
  },
} as const;

export interface ChainFlags {
  readonly rpc?: readonly string[] | undefined;
  readonly 'chain-id'?: string | undefined;
}

/** The chain that is named, which is the one that is meant. */
export async function chainOf({ rpc = [], 'chain-id': id = String(LOCAL_CHAIN) }: ChainFlags): Promise<Chain> {
  if (!/^[1-9]\d{0,15}$/.test(id))
    throw usageError(`expected the number of a chain, got '${id}'`, undefined, '--chain-id');
  if (rpc.length === 0)
    throw usageError('expected --rpc URL, got none', 'for a chain on this machine: --rpc http://127.0.0.1:8545');
  return openChain(rpc, Number(id));
}

export function addressOf(value: string | undefined, flag: string): Address | undefined {
  if (value === undefined || isAddress(value, { strict: false })) return value;
  throw usageError(`expected an address, got '${value}'`, '0x and 40 hex digits', flag);
}

interface KeyFlags {
  readonly keystore?: string | undefined;
  readonly password?: string | undefined;
}

export const accountOf = (
  { keystore, password }: KeyFlags,
  chainId: number,
  output: Output,
): Promise<PrivateKeyAccount> =>
  openAccount(
    {
      keystore,
      raw: process.env[RAW_KEY],
      password: () => passwordOf(password, output),
    },
    chainId,
  );

const passwordOf = (file: string | undefined, output: Output): Promise<string> =>
  file === undefined ? asked(output, 'password of the keystore:') : secretIn(file);

/**
 * The password of a keystore that is made. Asked for, it is asked twice: a slip of a finger would lose the key.
 * @throws InferproofError 'usage' where the two are not one
 */
export async function newPasswordOf(file: string | undefined, output: Output, ask = asked): Promise<string> {
  if (file !== undefined) return secretIn(file);
  const password = await ask(output, 'password of the new keystore:');
  if ((await ask(output, 'once more:')) === password) return password;
  throw usageError('expected the same password twice, got another', 'nothing was written: try again');
}

/** An amount of ether, in wei. */
export function etherOf(value: string, flag: string): bigint {
  if (/^\d{1,9}(\.\d{1,18})?$/.test(value)) return parseEther(value);
  throw usageError(`expected an amount of ether, got '${value}'`, `write ${flag} 0.001`, flag);
}

/** The one line of a file that only its owner can read. */
const secretIn = async (path: string): Promise<string> => (await readSecret(path, 'a password')).replace(/\r?\n$/, '');
export const tokenIn = async (path: string): Promise<string> => (await readSecret(path, 'a token')).trim();

/** What is typed is not shown. */
async function asked(output: Output, question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw usageError('expected --password FILE, got none', 'without a terminal nobody can be asked');
  output.note(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
  }
}
