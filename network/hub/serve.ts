// A hub that listens: its routes, an hourly sweep, the chain's names, a mirror where one is wanted.
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { InferproofError } from 'inferproof/verifier';
import type { Address } from 'viem';
import { marketOf } from '../chain/deployment.js';
import { openChain } from '../chain/open.js';
import { readPublished, type Published } from '../store/published.js';
import { guardedFetch } from '../http.js';
import type { HubConfig } from './config.js';
import { openHub, type Hub } from './hub.js';
import { mirror } from './mirror.js';

const HOUR_MS = 3_600_000;
const POLL_MS = 15_000;
/** What a reorg may take back. */
const DEPTH = 64n;

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
): Promise<RunningHub> {
  const { host, port, tls, rpc, chainId, market, since } = config;
  const chain = rpc.length > 0 ? await openChain(rpc, chainId) : undefined;
  const deployment = chain && (await marketOf(chain, market as Address | undefined, BigInt(since)));
  let events: Published[] = [];
  const published = chain && { published: () => events };
  const hub = await openHub({ ...config, ...published, log });
  const fetch = guardedFetch({ allowPrivate: config.allowPrivate });

  /** What could not be copied, and when it is tried again: anybody can publish what nobody has. */
  const later = new Map<string, number>();
  const follow = async (): Promise<void> => {
    if (chain === undefined || deployment === undefined) return;
    const last = events.at(-1)?.block ?? 0n;
    const from = last > deployment.since + DEPTH ? last - DEPTH : deployment.since;
    events = [...events.filter(({ block }) => block < from), ...(await readPublished(chain, deployment, { from }))];
    if (config.mirror.length === 0) return;
    const due = events.filter(({ manifest }) => (later.get(manifest) ?? 0) <= Date.now());
    const { pinned, failed } = await mirror(hub, due, config.mirror, fetch);
    for (const cid of pinned) log({ event: 'mirrored', cid });
    for (const [cid, why] of Object.entries(failed)) {
      later.set(cid, Date.now() + HOUR_MS);
      log({ event: 'not mirrored', cid, why });
    }
  };
  await follow();

  const options = tls && { createServer: createTlsServer, serverOptions: { cert: readFileSync(tls.cert), key: readFileSync(tls.key) } }; // prettier-ignore
  const server = serve({ fetch: hub.app.fetch, hostname: host, port, ...options });
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
  const timers = [
    setInterval(() => void hub.pins.sweep().then((gone) => log({ event: 'sweep', gone })), HOUR_MS),
    setInterval(() => {
      if (following) return;
      following = true;
      follow()
        .catch((error: unknown) => log({ event: 'chain', message: String(error) }))
        .finally(() => (following = false));
    }, POLL_MS),
  ];
  return {
    ...hub,
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${at}`,
    follow,
    close: async () => {
      timers.forEach(clearInterval);
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
