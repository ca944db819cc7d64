// A static server for one page, on this machine alone.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { InferproofError } from '../../verifier/errors.js';
import { ISOLATION, type Site } from './site.js';

const TYPES: Readonly<Partial<Record<string, string>>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
};

/** This machine by its own names; by any port, since it may be reached through a tunnel. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/**
 * Serves the files of a page at http://127.0.0.1:PORT/. Hosts of other names get 403: a page from elsewhere whose name is made to point
 * here would else read the model.
 * @param port 0 for any that is free
 * @throws InferproofError 'resource' where the port is taken
 */
export async function serveSite(site: Site, port: number): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    if (!OWN_HOST.test(request.headers.host ?? '')) {
      response.writeHead(403).end();
      return;
    }
    const [path] = (request.url ?? '/').split('?', 1);
    const name = path === '/' ? 'index.html' : path.slice(1);
    const content = site.get(name);
    if (content === undefined || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(content === undefined ? 404 : 405).end();
      return;
    }
    for (const [header, value] of Object.entries(ISOLATION)) response.setHeader(header, value);
    response.setHeader('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-cache');
    send(response, content, request.method === 'HEAD').catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new InferproofError('resource', `expected a free port, got ${port}: ${cause.code ?? cause.message}`, {
          where: '--port',
          hint: 'leave --port out for any that is free',
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

async function send(
  response: ServerResponse,
  content: string | { readonly path: string },
  bare: boolean,
): Promise<void> {
  const length = typeof content === 'string' ? Buffer.byteLength(content) : (await stat(content.path)).size;
  response.setHeader('Content-Length', length);
  if (bare) response.end();
  else if (typeof content === 'string') response.end(content);
  else createReadStream(content.path).on('error', () => response.destroy()).pipe(response); // prettier-ignore
}
