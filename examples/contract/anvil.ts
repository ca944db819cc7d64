// A private chain for one run: anvil on a free port, with its funded test accounts, ended by `stop`; or one that listens already.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  createTestClient,
  type Hash,
  http,
  type HDAccount,
  type HttpTransport,
  type PublicActions,
  publicActions,
  type TestClient,
  TransactionReceiptNotFoundError,
  type WalletActions,
  walletActions,
} from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

const MNEMONIC = 'test test test test test test test test test test test junk'; // anvil's own, worthless by design

const POLLING_MS = 20;
const MINING_MS = 60_000;

function unlessPending(error: unknown): null {
  if (error instanceof TransactionReceiptNotFoundError) return null;
  throw error;
}

/** Account `index` of those that anvil funds with 10,000 ether each. */
export const account = (index: number): HDAccount => mnemonicToAccount(MNEMONIC, { addressIndex: index });

/** Reads, sends transactions and moves the clock. */
export type Chain = TestClient<'anvil', HttpTransport, typeof foundry> &
  PublicActions<HttpTransport, typeof foundry> &
  WalletActions<typeof foundry>;

/** The anvil that listens at a URL. */
export function chainAt(url: string): Chain {
  return createTestClient({ mode: 'anvil', chain: foundry, transport: http(url), pollingInterval: POLLING_MS })
    .extend(publicActions)
    .extend(walletActions)
    .extend((chain) => ({
      // viem's own asks again at the next block, and a chain that mines on demand may never have one
      async waitForTransactionReceipt({ hash }: { readonly hash: Hash }) {
        const end = Date.now() + MINING_MS;
        while (Date.now() < end) {
          const receipt = await chain.getTransactionReceipt({ hash }).catch(unlessPending);
          if (receipt !== null) return receipt;
          await setTimeout(POLLING_MS);
        }
        throw new Error(`expected anvil to mine ${hash} within ${MINING_MS} ms, it did not`);
      },
    }));
}

/** Starts a chain that nobody else uses. */
export async function startAnvil(): Promise<{ client: Chain; stop: () => Promise<void> }> {
  const program = join(dirname(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')), 'bin.mjs');
  const child = spawn(process.execPath, [program, '--port', '0', '--mnemonic', MNEMONIC], {
    env: { ...process.env, TARGET_TOOL: 'anvil' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      const address = /Listening on ([\d.]+:\d+)/.exec(output);
      if (address !== null) resolve(`http://${address[1]}`);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`expected anvil to listen, it ended with code ${code}: ${output}`)));
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  return { client: chainAt(url), stop };
}
