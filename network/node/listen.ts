// An HTTP server on a port, and its end.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { InferproofError } from 'inferproof/verifier';

export interface Listening {
  readonly url: string;
  /** Takes no more; resolves when what runs is done, or after so many milliseconds. */
  readonly close: (patience: number) => Promise<void>;
}

/** PEM texts. */
export interface Tls {
  readonly key: string;
  readonly cert: string;
}

/** How long a client may take to say what it wants, milliseconds. */
const TIMEOUTS = { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 5_000 };

/** Throws InferproofError 'resource' where the port cannot be had. */
export function listen(
  app: Pick<Hono, 'fetch'>,
  hostname: string,
  port: number,
  tls?: Tls,
  timeouts = TIMEOUTS,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const secure = tls && { createServer: createSecureServer, serverOptions: { ...tls, ...timeouts } };
    const how = secure ?? { createServer, serverOptions: timeouts };
    const server = serve({ fetch: app.fetch, hostname, port, ...how }, ({ port: got }) => {
      const host = hostname.includes(':') ? `[${hostname}]` : hostname;
      resolve({ url: `${tls ? 'https' : 'http'}://${host}:${got}`, close });
    }) as Server;
    server.once(
      'error',
      (cause) =>
      reject(new InferproofError('resource', `expected a free port, got ${cause.message}`, { where: `${hostname}:${port}`, cause })), // prettier-ignore
    );
    const close = (patience: number): Promise<void> =>
      new Promise((done) => {
        const late = setTimeout(() => server.closeAllConnections(), patience);
        server.close(() => {
          clearTimeout(late);
          done();
        });
        server.closeIdleConnections();
      });
  });
}

/** Reads the files of a key and its certificates. Throws InferproofError 'file'. */
export async function readTls({ key, cert }: Tls): Promise<Tls> {
  return { key: await readPem(key), cert: await readPem(cert) };
}

const readPem = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InferproofError('file', 'expected a file in PEM', { where: path, cause });
  });
