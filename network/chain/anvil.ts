// A chain on this machine, for tests and the demo: anvil (the package @foundry-rs/anvil) on a free port of 127.0.0.1. It ends with us,
// however we end.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { InferproofError } from 'inferproof/verifier';
import { mnemonicToAccount, type HDAccount } from 'viem/accounts';

export interface Anvil {
  readonly rpc: string;
  readonly chainId: number;
  readonly stop: () => Promise<void>;
}

/** Everybody knows the keys of these accounts, which begin with 10,000 ether on anvil. */
export const devAccount = (index: number): HDAccount =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex: index });

const HINT = 'npm install @foundry-rs/anvil';
const WAIT_MS = 30_000;

/** The executable of this platform: without the script around it, which would be one process more. */
function executable(): string {
  const { platform, arch } = process;
  const system = platform === 'win32' ? 'win32' : platform;
  const name = `@foundry-rs/anvil-${system}-${arch === 'x64' ? 'amd64' : arch}`;
  try {
    const anvil = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
    return createRequire(anvil).resolve(`${name}/bin/anvil${platform === 'win32' ? '.exe' : ''}`);
  } catch (cause) {
    throw new InferproofError('resource', `expected the package ${name}, got none`, { hint: HINT, cause });
  }
}

/** A shell that waits for the end of our pipe: it comes with our last breath, kill -9 included. */
const UNTIL_WE_END = '"$0" "$@" </dev/null & trap "kill $!" EXIT TERM INT; cat >/dev/null';

/** @throws InferproofError 'resource' where the package is not installed or the chain does not start */
export async function startAnvil({ chainId = 31337, flags = [] as readonly string[] } = {}): Promise<Anvil> {
  const anvil = executable();
  const args = ['--port', '0', '--chain-id', String(chainId), ...flags];
  const [program, words] = process.platform === 'win32' ? [anvil, args] : ['sh', ['-c', UNTIL_WE_END, anvil, ...args]];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
  const port = await listening(child);
  child.stdout.resume();
  for (const one of [child, child.stdin, child.stdout]) (one as { unref?: () => void }).unref?.();
  return {
    rpc: `http://127.0.0.1:${port}`,
    chainId,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const ended = once(child, 'exit');
      if (process.platform === 'win32') child.kill();
      child.stdin.end();
      await ended;
    },
  };
}

async function listening(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const timer = setTimeout(() => child.kill(), WAIT_MS);
  try {
    for await (const line of lines) {
      const [, port] = /^Listening on [\d.]+:(\d+)/.exec(line) ?? [];
      if (port !== undefined) return port;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new InferproofError('resource', 'expected a chain on this machine, got an anvil that did not start', {
    hint: HINT,
  });
}
