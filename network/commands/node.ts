// node: answers for models, and does what the chain asks of it, until it is stopped.
import { isHex } from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { defineCommand, DONE, usageError } from 'inferproof/cli';
import { readConfig } from '../node/config.js';
import { openLog } from '../node/log.js';
import type { Load } from '../node/models.js';
import { startNode } from '../node/node.js';

const RAW_KEY = 'INFERPROOF_PRIVATE_KEY';

export const nodeCommand = defineCommand({
  name: 'node',
  positionals: { config: 'what it serves, CONFIG: a file like node.json in docs/network-protocol.md' },
  options: {
    'allow-insecure-key': {
      type: 'boolean',
      default: false,
      describe: 'serve models of development keys on any chain: whoever made one can forge proofs',
    },
  },
  run: async (args, output) => {
    const config = await readConfig(args.config);
    const account = accountOf(config.key);
    const log = openLog(output.quiet ? 'error' : output.verbose ? 'debug' : 'info');
    const stop = stopped();
    const node = await startNode(config, { account, load, log, allowInsecureKey: args['allow-insecure-key'] });
    const { url, adminUrl } = node;
    output.result({ node: account.address, url, adminUrl }, () => [
      `${account.address} at ${url}, for you at ${adminUrl}`,
    ]);
    await stop;
    await node.close();
    return DONE;
  },
});

/** Resolves at the first signal to stop; the second ends the process at once. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve();
      });
    }
  });
}

function accountOf(keystore: string | undefined): PrivateKeyAccount {
  const raw = process.env[RAW_KEY];
  if (keystore === undefined && raw !== undefined && isHex(raw) && raw.length === 66) return privateKeyToAccount(raw);
  throw usageError(`expected a key in ${RAW_KEY}: 0x and 64 hex digits`, 'for tests on a chain of this machine');
}

const load: Load = (model) =>
  Promise.reject(
    usageError('expected "folder" beside "model", got none', 'the folder holds what compile and setup wrote', model),
  );
