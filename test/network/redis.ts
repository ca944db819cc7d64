// Debian's redis-server as a process of its own, where it is on the PATH: killed, and started again with what it wrote or with nothing.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { until } from './node/town.js';

/** Where it must be, INFERPROOF_REDIS says "required": then what needs it fails without it. */
export const hasRedis =
  process.env['INFERPROOF_REDIS'] === 'required' || spawnSync('redis-server', ['--version']).status === 0;
/** Behind the title of what needs it. */
export const unlessRedis = hasRedis ? '' : ' (not run: no redis-server on the PATH)';

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

export interface TestRedis {
  readonly url: string;
  readonly kill: () => Promise<void>;
  /** @param empty whether what it wrote is lost */
  readonly start: (empty?: boolean) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** @param password that it asks for */
export async function startRedis(password?: string): Promise<TestRedis> {
  const port = await freePort();
  let folder = '';
  let child: ChildProcess;
  const fresh = (): void => {
    folder = mkdtempSync(join(tmpdir(), 'inferproof-redis-'));
  };
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const start = async (empty = false): Promise<void> => {
    if (empty) {
      remove();
      fresh();
    }
    const auth = password === undefined ? [] : ['--requirepass', password];
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', '', ...auth]; // prettier-ignore
    child = spawn('redis-server', args, { stdio: 'ignore' });
    child.once('error', () => undefined);
    await until(() => answers(port), 10_000);
  };
  const kill = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  fresh();
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    end: async () => {
      await kill();
      remove();
    },
  };
}
