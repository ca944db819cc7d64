// Requests to addresses that strangers named: https alone, no redirects, the name resolved once and that address used, nothing of this
// machine's or a private network, ten seconds of silence at most. Bodies are capped by their readers (store/sources.ts).
import { lookup } from 'node:dns';
import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { InferproofError } from 'inferproof/verifier';
import type { Fetch } from './store/sources.js';

/** Ranges that nobody on the internet has (IANA's special-purpose registries). */
const RESERVED = {
  ipv4: ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  // what is not 2000::/3, and what stands for an address of version 4 or for nobody
  ipv6: ['::/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '4000::/2', '8000::/1'],
} as const; // prettier-ignore

/** A list of each version: a list of both takes an address of version 4 for one of version 6. */
function listOf(family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of RESERVED[family]) list.addSubnet(range.split('/')[0], Number(range.split('/')[1]), family);
  return list;
}
const LISTS = { 4: listOf('ipv4'), 6: listOf('ipv6') } as const;

/** Whether an address is one of the internet. */
export function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version !== 4 && version !== 6) return false;
  return !LISTS[version].check(address, version === 4 ? 'ipv4' : 'ipv6');
}

const refused = (url: string, got: string): InferproofError =>
  new InferproofError('usage', `expected an https address of the internet, got ${got}`, {
    where: url,
    hint: 'addresses of this machine and of private networks are taken where that is allowed explicitly',
  });

/** Resolves a name once: the connection goes to what was looked at. */
const guardedLookup: LookupFunction = (name, options, done) =>
  lookup(name, { ...options, all: true }, (error, found) => {
    const addresses = error === null ? found : [];
    const hidden = addresses.find(({ address }) => !isPublic(address));
    const refusal = hidden === undefined ? error : refused(name, `a name of ${hidden.address}`);
    if (refusal !== null || addresses.length === 0) return done(refusal ?? new Error(`no address of ${name}`), '', 4);
    if (options.all === true) return done(null, addresses);
    done(null, addresses[0].address, addresses[0].family);
  });

/**
 * @param allowPrivate takes http, and addresses of this machine and of private networks: where the user named them
 * @param silence milliseconds without a byte after which it is over
 */
export function guardedFetch({ allowPrivate = false, silence = 10_000 } = {}): Fetch {
  return (url, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      if (!URL.canParse(url)) return reject(refused(url, 'no URL'));
      const { protocol, hostname, username } = new URL(url);
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const known = protocol === 'https:' || (allowPrivate && protocol === 'http:');
      if (!known || username !== '') return reject(refused(url, protocol === 'https:' ? 'one with a user' : protocol));
      if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) return reject(refused(url, host));
      const options: RequestOptions = {
        method,
        headers: {
          'user-agent': 'inferproof',
          ...(Object.fromEntries(new Headers(headers)) as Record<string, string>),
        },
        timeout: silence,
        agent: false,
        ...(signal ? { signal } : {}),
        ...(allowPrivate ? {} : { lookup: guardedLookup }),
      };
      let answer: IncomingMessage | undefined;
      const sent = (protocol === 'https:' ? tlsRequest : plainRequest)(url, options, (found) => {
        answer = found;
        // what is thrown here would be nobody's, and end the process
        try {
          resolve(responseOf(found, method));
        } catch (cause) {
          found.destroy();
          reject(new Error(`expected an answer of HTTP, got status ${found.statusCode ?? 'none'}`, { cause }));
        }
      });
      sent.on('timeout', () => {
        const late = new DOMException(`no byte for ${silence / 1000} s`, 'TimeoutError');
        answer?.destroy(late);
        sent.destroy(late);
      });
      sent.on('error', reject);
      sent.end(body as Uint8Array | string | undefined);
    });
}

/** Statuses that have no body. */
const EMPTY: readonly number[] = [204, 205, 304];

/** Throws for what a server may send and a Response may not have: a status beyond 599, a header that is none. */
function responseOf(answer: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, headers } = answer;
  if (status < 200 || status > 599) throw new RangeError('a status that is none');
  const flat = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const empty = method === 'HEAD' || EMPTY.includes(status);
  if (empty) answer.resume();
  const body = empty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers: flat });
}
