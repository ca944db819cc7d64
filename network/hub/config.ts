// hub.json: where a hub keeps its blocks, where it listens, who may send. A field that is not known is an error.
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { writeFileAtomic } from 'inferproof/files';
import { InferproofError } from 'inferproof/verifier';
import * as v from 'valibot';
import { MIRROR } from './hub.js';

const GIB = 2 ** 30;
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));
const url = v.pipe(v.string(), v.url());

const CONFIG = v.strictObject({
  folder: v.pipe(v.string(), v.nonEmpty()),
  host: v.optional(v.string(), '127.0.0.1'),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 8402),
  tls: v.optional(v.strictObject({ cert: v.string(), key: v.string() })),
  proxied: v.optional(v.boolean(), false),
  tokens: v.optional(
    v.array(
      v.strictObject({
        name: v.pipe(v.string(), v.regex(/^(?!mirror$)[a-z0-9][a-z0-9-]{0,31}$/)),
        sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
        quota: bytes,
      }),
    ),
    [],
  ),
  rpc: v.optional(v.array(url), []),
  chainId: v.optional(v.pipe(v.number(), v.integer())),
  market: v.optional(v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/))),
  since: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  mirror: v.optional(v.array(url), []),
  mirrorQuota: v.optional(bytes, 64 * GIB),
  allowPrivate: v.optional(v.boolean(), false),
});
export type HubConfig = v.InferOutput<typeof CONFIG>;

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** @throws InferproofError 'file', 'format' with the field that is wrong, 'usage' for a place that would be open to the internet */
export async function readHubConfig(path: string): Promise<HubConfig> {
  const config = parse(await textOf(path), path);
  const names = config.tokens.map(({ name }) => name);
  if (new Set(names).size < names.length) throw wrong(path, 'tokens', 'a name for each');
  if (config.mirror.length > 0 && config.rpc.length === 0) throw wrong(path, 'rpc', 'an RPC beside mirror');
  if (!LOOPBACK.has(config.host) && config.tls === undefined && !config.proxied)
    throw new InferproofError('usage', `expected tls or "proxied": true on host ${config.host}, got neither`, {
      where: path,
      hint: 'tokens would cross the network in the clear',
    });
  return { ...config, folder: resolve(dirname(path), config.folder) };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InferproofError('file', 'expected hub.json, got no such file', {
      where: path,
      hint: `inferproof hub ${path} --new-token NAME makes it`,
      cause,
    });
  }
}

const wrong = (path: string, field: string, expected: string): InferproofError =>
  new InferproofError('format', `expected ${expected} in ${field} of the hub's configuration, got another`, {
    where: path,
  });

function parse(text: string, path: string): HubConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InferproofError('format', 'expected hub.json, got a text that is not JSON', { where: path, cause });
  }
  const read = v.safeParse(CONFIG, json);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new InferproofError('format', `expected ${issue.expected ?? 'another value'}, got ${issue.received}`, {
    where: `${path}: ${v.getDotPath(issue) ?? 'all'}`,
    cause: read.issues,
  });
}

/**
 * Adds a token to hub.json, which is made where there is none.
 * @returns the secret, which is kept nowhere
 */
export async function addToken(path: string, name: string, quota: number): Promise<string> {
  const there = await textOf(path).catch(() => '{ "folder": "hub" }');
  const { tokens } = parse(there, path);
  if (tokens.some((one) => one.name === name) || name === MIRROR)
    throw new InferproofError('usage', `expected the name of a new token, got '${name}'`, { where: path });
  const secret = randomBytes(32).toString('hex');
  const sha256 = createHash('sha256').update(secret).digest('hex');
  const json = { ...(JSON.parse(there) as object), tokens: [...tokens, { name, sha256, quota }] };
  const text = JSON.stringify(json, null, 2);
  parse(text, path);
  await writeFileAtomic(path, `${text}\n`, { followLinks: true });
  return secret;
}
