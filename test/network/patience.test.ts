// How long a hub and a node bear with clients that begin and do not go on, or do not read; and how many of them a hub takes.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { serveHub } from '#network/hub/serve.js';
import { listen } from '#network/node/listen.js';
import { cidOf } from '#network/store/blocks.js';
import { addToken, readHubConfig } from '#network/hub/config.js';

const folder = mkdtempSync(join(tmpdir(), 'inferproof-patience-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

const LONG = 60_000;
const patient = { requestTimeout: LONG, headersTimeout: LONG, connectionsCheckingInterval: 30 };

interface Talk {
  readonly socket: Socket;
  /** What was said until the other side ended it. */
  readonly ended: Promise<string>;
}
async function talk(url: string, text: string): Promise<Talk> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let said = '';
  socket.on('data', (part) => (said += part.toString('latin1')));
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(said)));
  await Promise.race([once(socket, 'connect'), ended]);
  socket.write(text);
  return { socket, ended };
}
/** 'open' where a connection is still there after so many milliseconds; far more than what ends one takes on a busy machine. */
const endOf = ({ ended }: Talk, ms = 20_000): Promise<string> => Promise.race([ended, new Promise<string>((later) => setTimeout(later, ms, 'open'))]); // prettier-ignore

let token = '';
async function hub(change: object): Promise<string> {
  const path = join(mkdtempSync(join(folder, 'hub-')), 'hub.json');
  token = await addToken(path, 'me', 2 ** 24);
  const config = { ...(await readHubConfig(path)), port: 0 };
  const running = await serveHub(config, () => undefined, { ...patient, silence: LONG, connections: 9, ...change });
  ({ close } = running);
  return running.url;
}
async function node(change: object): Promise<string> {
  const app = { fetch: async (asked: Request) => new Response(await asked.text()) };
  const server = await listen(app, '127.0.0.1', 0, undefined, { ...patient, ...change });
  close = () => server.close(0);
  return server.url;
}

/** A request of which the last byte is missing. */
const begun = async (): Promise<string> =>
  `PUT /ipfs/${await cidOf(Buffer.from('123456789'))} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-length: 9\r\n\r\n12345678`;
it.each([
  ['hub', hub],
  ['node', node],
])('a %s: headers and bodies that come too slowly end, others do not', async (_, open) => {
  const headers = await open({ headersTimeout: 100 });
  const [slow, whole] = [await talk(headers, 'GET / HTTP/1.1\r\nhost'), await talk(headers, await begun())];
  expect(await endOf(slow)).toMatch(/^HTTP\/1.1 408/);
  expect(await endOf(whole, 500)).toBe('open');
  whole.socket.destroy();
  await close?.();
  const requests = await open({ requestTimeout: 100, headersTimeout: 100 });
  expect(await endOf(await talk(requests, await begun()))).not.toBe('open');
});

it('a hub: a connection that stands still ends, with what it would not read; one that takes a place is one of many', async () => {
  const block = randomBytes(2 ** 20);
  const cid = await cidOf(block);
  const still = await hub({ silence: 1_000, connections: 2 });
  const put = { method: 'PUT', headers: { authorization: `Bearer ${token}`, connection: 'close' }, body: block };
  expect((await fetch(`${still}/ipfs/${cid}`, put)).status).toBe(201);
  const idle = await talk(still, await begun());
  const deaf = await talk(still, `GET /ipfs/${cid} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(40));
  deaf.socket.pause();
  // no place for a third
  expect(await endOf(await talk(still, 'GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n'))).toBe('');
  expect(await endOf(idle)).not.toBe('open');
  // on a busy machine the hub is a while at filling what the system holds before anything stands still
  await new Promise((later) => setTimeout(later, 3_000));
  deaf.socket.resume();
  const got = await deaf.ended;
  expect(got.length).toBeLessThan(40 * 2 ** 20);
  // and now there is
  expect((await fetch(`${still}/ipfs/${cid}`)).status).toBe(200);
});
