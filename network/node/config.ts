// node.json: what a node serves, for how much, and where. Every field is checked and an unknown one is an error: a price in a misspelt
// field would be a gift.
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { readBytes, readText } from 'inferproof/files';
import { InferproofError } from 'inferproof/verifier';
import { address, wei } from '../wire.js';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

const url = v.pipe(v.string(), v.url('expected a URL'));
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

const offered = v.strictObject({
  /** `0xPUBLISHER/NAME`, a modelId or a manifest's CID. */
  model: v.pipe(v.string(), v.minLength(1)),
  /** Where its files are on this machine; without it they are fetched. */
  folder: v.optional(v.string()),
  /** Answers under a bond. */
  receipt: v.optional(v.strictObject({ price: wei, bond: wei })),
  /** Answers with their proof. */
  proof: v.optional(v.strictObject({ price: wei })),
  /** Requests on the chain. */
  request: v.optional(v.strictObject({ minPayment: wei })),
});

const queue = v.strictObject({
  redis: v.pipe(v.string(), v.url('expected a URL'), v.regex(/^rediss?:\/\//, 'expected redis://… or rediss://…')),
});

const limits = v.strictObject({
  /** Of one address. */
  requestsPerSecond: v.optional(count(1_000_000), 20),
  unpaidPerSecond: v.optional(count(1_000_000), 5),
  /** Answers that are being made at once. */
  answers: v.optional(count(10_000), 64),
  /** Seconds of proving that may wait. */
  queueSeconds: v.optional(count(86_400), 60),
});

const fields = {
  rpc: v.union([url, v.pipe(v.array(url), v.minLength(1))]),
  /** The chain that is meant; by default that of the first RPC. */
  chainId: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  /** By default that of the chain in deployments.json. */
  market: v.optional(address),
  hubs: v.optional(v.array(url), []),
  /** The keystore of the node's account; without it, a raw key of the local chain from the environment. */
  key: v.optional(v.string()),
  /** Vouchers, and the last block that was read. */
  data: v.optional(v.string(), 'node-data'),
  /** Where clients reach it; announced on the chain. */
  url: v.optional(url),
  host: v.optional(v.string(), '127.0.0.1'),
  port,
  adminPort: port,
  /** Wei: the most that a transaction pays for a gas. */
  maxFeePerGas: v.optional(wei),
  tls: v.optional(v.strictObject({ key: v.string(), cert: v.string() })),
  /** A proxy in front ends TLS. */
  proxied: v.optional(v.boolean(), false),
  /** How many proxies stand in front: whose word of X-Forwarded-For counts. */
  trustProxy: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10)), 0),
  models: v.pipe(v.array(offered), v.minLength(1)),
  /** Publishers whose keys it promises answers with. */
  trust: v.optional(v.array(address), []),
  /** Prover processes. */
  workers: v.optional(count(256)),
  /** Where provers on other machines get their jobs: `redis://…` or `rediss://…`, with its password. */
  queue: v.optional(queue),
  /** Share of its own receipts that it proves when idle. */
  selfAudit: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.01),
  limits: v.optional(limits, {}),
};
const schema = v.strictObject(fields);
/** Who only proves reads the same file, and needs less of it: no port, and no chain but for names. */
const workerSchema = v.strictObject({
  ...fields,
  ...{ rpc: v.optional(fields.rpc), port: v.optional(port), adminPort: v.optional(port) },
});
export type WorkerConfig = v.InferOutput<typeof workerSchema>;

export type NodeConfig = v.InferOutput<typeof schema>;
export type Offer = NodeConfig['models'][number];

/**
 * Reads node.json; paths in it are relative to its folder.
 *
 * Throws InferproofError 'file' where it cannot be read, 'format' that names the field.
 */
export async function readConfig(path: string): Promise<NodeConfig> {
  const config = parseConfig(await readJson(path), path);
  const { key, tls } = config;
  const at = (name: string): string => resolve(dirname(path), name);
  return {
    ...located(config, at),
    ...(key === undefined ? {} : { key: at(key) }),
    ...(tls === undefined ? {} : { tls: { key: at(tls.key), cert: at(tls.cert) } }),
  };
}

/** As `readConfig`, for a worker. */
export async function readWorkerConfig(path: string): Promise<WorkerConfig> {
  return located(parse(workerSchema, await readJson(path), path), (name) => resolve(dirname(path), name));
}

const located = <C extends Pick<NodeConfig, 'data' | 'models'>>(config: C, at: (name: string) => string): C => ({
  ...config,
  data: at(config.data),
  models: config.models.map(({ folder, ...one }) => (folder === undefined ? one : { ...one, folder: at(folder) })),
});

async function readJson(path: string): Promise<unknown> {
  const text = readText(await readBytes(path, 'the configuration of a node', 'docs/network-protocol.md has one'), path);
  try {
    return JSON.parse(text);
  } catch {
    // the parser quotes the text, and there may be a password in it
    throw new InferproofError('format', 'expected a configuration, got a text that is not JSON', { where: path });
  }
}

function parse<S extends typeof schema | typeof workerSchema>(s: S, json: unknown, where: string): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(s, json, { abortEarly: true });
  if (!success) {
    const [{ message, type, expected }] = issues;
    const field = v.getDotPath(issues[0]);
    const known = type === 'strict_object' && expected === 'never';
    throw new InferproofError('format', known ? 'expected the fields of node.json, got another one' : message, {
      where: field === null ? where : `${where}: ${field}`,
      hint: known ? 'an unknown field would be left unheard: check its spelling' : undefined,
    });
  }
  const twice = output.models.find(({ model }, i) => output.models.findIndex((one) => one.model === model) !== i);
  if (twice) throw new InferproofError('format', 'expected each model once', { where: `${where}: ${twice.model}` });
  return output;
}

/**
 * Checks the JSON value of node.json.
 * @param where what errors call it
 *
 * Throws InferproofError 'format' that names the field.
 */
export function parseConfig(json: unknown, where = 'node.json'): NodeConfig {
  const output = parse(schema, json, where);
  if (!LOOPBACK.includes(output.host) && output.tls === undefined && !output.proxied)
    throw new InferproofError('format', `expected "tls", or "proxied": true, for the host ${output.host}`, {
      where: `${where}: host`,
      hint: 'answers and vouchers do not travel in the clear beyond this machine',
    });
  if (output.proxied && output.trustProxy === 0)
    throw new InferproofError('format', 'expected "trustProxy" of at least 1 with "proxied": true', {
      where: `${where}: trustProxy`,
      hint: 'else every client has the address of the proxy, and one of them spends what all may ask',
    });
  return output;
}
