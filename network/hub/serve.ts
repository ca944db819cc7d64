// A hub that listens: its routes, an hourly sweep, the chain's names, a mirror where one is wanted.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { InferproofError } from 'inferproof/verifier';
import type { Address } from 'viem';
import { marketOf } from '../chain/deployment.js';
import { chainError } from '../chain/errors.js';
import { openChain, originOf, type Chain } from '../chain/open.js';
import { readPublished, type Published } from '../store/published.js';
import { guardedFetch } from '../http.js';
import type { HubConfig } from './config.js';
import { openHub, type Hub } from './hub.js';
import { mirror } from './mirror.js';

const HOUR_MS = 3_600_000;
const POLL_MS = 15_000;
/** What a reorg may take back. */
const DEPTH = 64n;

/** What clients may take: milliseconds, connections. */
const PATIENCE = {
  /** To say what it wants; a block of 1 MiB comes in at 9 KiB a second. */
  requestTimeout: 120_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  /** To stand still: a client that does not read holds a block in memory. */
  silence: 30_000,
  connections: 512,
};

export interface RunningHub extends Hub {
  readonly url: string;
  /** Reads the chain and copies what is missing, now. */
  readonly follow: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @throws InferproofError 'resource' where the port is taken or the chain does not answer */
export async function serveHub(
  config: HubConfig,
  log: (event: Readonly<Record<string, unknown>>) => void,
  { silence, connections, ...timeouts } = PATIENCE,
): Promise<RunningHub> {
  const { host, port, tls, rpc, chainId, market, since } = config;
  const chain = rpc.length > 0 ? await openChain(rpc, chainId) : undefined;
  const deployment = chain && (await marketOf(chain, market as Address | undefined, BigInt(since)));
  let events: Published[] = [];
  const published = chain && { published: () => events };
  const hub = await openHub({ ...config, ...published, log });
  const fetch = guardedFetch({ allowPrivate: config.allowPrivate });

  /** The block that the events are known up to. */
  let scanned = -1n;
  const readNames = async (): Promise<void> => {
    if (chain === undefined || deployment === undefined) return;
    const to = await headOf(chain);
    const from = scanned > deployment.since + DEPTH ? scanned - DEPTH : deployment.since;
    events = [...events.filter(({ block }) => block < from), ...(await readPublished(chain, deployment, { from, to }))];
    scanned = to;
  };
  /** What could not be copied, and when it is tried again: anybody can publish what nobody has. */
  const later = new Map<string, number>();
  const follow = async (): Promise<void> => {
    await readNames();
    if (config.mirror.length === 0) return;
    const due = events.filter(({ manifest }) => (later.get(manifest) ?? 0) <= Date.now());
    const { pinned, failed } = await mirror(hub, due, config.mirror, fetch);
    for (const cid of pinned) log({ event: 'mirrored', cid });
    for (const [cid, why] of Object.entries(failed)) {
      later.set(cid, Date.now() + HOUR_MS);
      log({ event: 'not mirrored', cid, why });
    }
  };
  await readNames();

  const options = tls
    ? { createServer: createTlsServer, serverOptions: { cert: readFileSync(tls.cert), key: readFileSync(tls.key), ...timeouts } } // prettier-ignore
    : { createServer, serverOptions: timeouts };
  const server = serve({ fetch: hub.app.fetch, hostname: host, port, ...options }) as Server;
  server.setTimeout(silence);
  server.maxConnections = connections;
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (cause: Error) =>
      reject(
        new InferproofError('resource', `expected to listen on ${host}:${port}, got: ${cause.message}`, { cause }),
      ),
    );
  });
  const { port: at } = server.address() as AddressInfo;

  let following = false;
  const followAgain = (): void => {
    if (following) return;
    following = true;
    follow()
      .catch((error: unknown) => log({ event: 'chain', message: String(error) }))
      .finally(() => (following = false));
  };
  const sweep = (): void =>
    void hub.pins.sweep().then(
      (gone) => log({ event: 'sweep', gone }),
      (error: unknown) => log({ event: 'sweep', message: String(error) }),
    );
  const timers = [setInterval(sweep, HOUR_MS), setInterval(followAgain, POLL_MS)];
  return {
    ...hub,
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${at}`,
    follow,
    close: async () => {
      timers.forEach(clearInterval);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const headOf = ({ client, rpc }: Chain): Promise<bigint> =>
  client.getBlockNumber().catch((cause: unknown) => {
    throw chainError(cause, 'the number of the last block', originOf(rpc[0]));
  });
