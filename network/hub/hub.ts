// A hub: blocks for everybody, places for them to those who have a token. It is trusted with nothing: every reader hashes.
import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import type { Published } from '../store/published.js';
import { BLOCK_BYTES, CODEC, parseCid } from '../store/blocks.js';
import { openDisk, type Disk } from './disk.js';
import { errorBody, serveBlocks } from './gateway.js';
import { openPins, type Pins } from './pins.js';

export interface Token {
  readonly name: string;
  /** Of the secret, 64 hex digits: hub.json holds no secret. */
  readonly sha256: string;
  /** Bytes. */
  readonly quota: number;
}

/** Who owns what a mirror brought. */
export const MIRROR = 'mirror';

export interface Hub {
  readonly app: Hono;
  readonly disk: Disk;
  readonly pins: Pins;
}

export interface HubOptions {
  readonly folder: string;
  readonly tokens: readonly Token[];
  /** Bytes that a mirror may bring. */
  readonly mirrorQuota?: number;
  /** What the chain says of names, newest last; undefined where no chain is followed. */
  readonly published?: () => readonly Published[];
  /** Hears what was done: no tokens, no content. */
  readonly log?: (event: Readonly<Record<string, unknown>>) => void;
}

const MOST_MODELS = 1_000;

export async function openHub({
  folder,
  tokens,
  mirrorQuota = 0,
  published,
  log = () => undefined,
}: HubOptions): Promise<Hub> {
  const disk = await openDisk(folder);
  const limits = new Map([...tokens.map(({ name, quota }) => [name, quota] as const), [MIRROR, mirrorQuota] as const]);
  const pins = await openPins(folder, disk, limits, log);
  const owners = new Map(tokens.map(({ name, sha256 }) => [sha256, name]));
  const app = new Hono();
  serveBlocks(app, disk.read);

  /** Whose token it is. Secrets are compared by their hashes: the time that takes says nothing of a secret. */
  const ownerOf = (c: Context): string | undefined => {
    const [, secret] = /^Bearer (\S{1,256})$/.exec(c.req.header('authorization') ?? '') ?? [];
    return secret === undefined ? undefined : owners.get(createHash('sha256').update(secret).digest('hex'));
  };
  const unknown = (c: Context) =>
    c.json(errorBody('usage', 'expected a token of this hub, got none', 'the operator of the hub gives tokens'), 401, {
      'www-authenticate': 'Bearer',
    });

  app.put('/ipfs/:cid', async (c) => {
    const owner = ownerOf(c);
    if (owner === undefined) return unknown(c);
    const cid = parseCid(c.req.param('cid'));
    if (cid === undefined)
      return c.json(errorBody('usage', 'expected a CID of version 1, raw or dag-json, sha2-256, got another'), 400);
    if ((await disk.size(cid.cid)) !== undefined) {
      await disk.touch(cid.cid);
      return c.json({ cid: cid.cid }, 200);
    }
    const left = pins.left(owner);
    const full = () =>
      c.json(errorBody('resource', `expected at most ${left} bytes more of this token, got more`, 'remove pins that are not needed'), 413); // prettier-ignore
    const large = () => c.json(errorBody('usage', 'expected a block of at most 1 MiB, got more'), 413);
    const length = Number(c.req.header('content-length') ?? 0);
    if (length > BLOCK_BYTES) return large();
    if (length > left) return full();
    const parts = (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>;
    const bytes = await disk.keep(cid, parts, Math.min(BLOCK_BYTES, left));
    if (bytes === 'large') return left < BLOCK_BYTES ? full() : large();
    if (bytes === 'other') return c.json(errorBody('data', 'expected the block of that CID, got another'), 422);
    if (!(await pins.uploaded(owner, cid.cid, bytes))) return full();
    return c.json({ cid: cid.cid }, 201);
  });

  app.put('/pins/:cid', async (c) => {
    const owner = ownerOf(c);
    if (owner === undefined) return unknown(c);
    const cid = parseCid(c.req.param('cid'));
    if (cid?.codec !== CODEC.manifest)
      return c.json(errorBody('usage', 'expected the CID of a manifest, got another'), 400);
    const answer = await pins.pin(owner, cid.cid);
    log({ event: 'pin', owner, cid: cid.cid, done: answer.done });
    if (answer.done) return c.json({ cid: cid.cid, held: pins.held(owner) }, 200);
    const status = { missing: 409, quota: 413, format: 422 } as const;
    return c.json(errorBody(answer.why === 'quota' ? 'resource' : 'data', answer.message), status[answer.why]);
  });

  app.delete('/pins/:cid', async (c) => {
    const owner = ownerOf(c);
    if (owner === undefined) return unknown(c);
    const cid = c.req.param('cid');
    const answer = await pins.unpin(owner, cid);
    log({ event: 'unpin', owner, cid, answer });
    if (answer === 'done') return c.body(null, 204);
    if (answer === 'none') return c.json(errorBody('data', 'expected a pinned manifest, got another'), 404);
    return c.json(errorBody('usage', 'expected a pin of this token, got that of another'), 403);
  });

  app.get('/v1/models', (c) => {
    if (published === undefined)
      return c.json(errorBody('resource', 'expected a hub that follows a chain, got one that does not'), 501);
    const { publisher, name, q } = c.req.query();
    const models = currentOf(published())
      .map(({ block: _, ...one }) => {
        const pin = pins.get(one.manifest);
        const size = Object.values(pin?.manifest.files ?? {}).reduce((sum, file) => sum + file.size, 0);
        return {
          ...one,
          description: pin?.manifest.description ?? null,
          bytes: pin ? size : null,
          here: pin !== undefined,
        };
      })
      .filter((one) => publisher === undefined || one.publisher.toLowerCase() === publisher.toLowerCase())
      .filter((one) => name === undefined || one.name === name)
      .filter(
        (one) => q === undefined || `${one.name} ${one.description ?? ''}`.toLowerCase().includes(q.toLowerCase()),
      );
    return c.json({ models: models.slice(0, MOST_MODELS), more: models.length > MOST_MODELS });
  });

  app.notFound((c) => c.json(errorBody('usage', 'expected a route of a hub, got another'), 404));
  app.onError((error, c) => {
    log({ event: 'error', message: error.message });
    return c.json(errorBody('internal', 'expected to do it, got a failure', 'try again'), 500);
  });
  return { app, disk, pins };
}

/** What names stand for now: the last that was said of each, unless it was withdrawn. */
export function currentOf(events: readonly Published[]): Published[] {
  const last = new Map(events.map((one) => [`${one.publisher}/${one.name}`, one]));
  return [...last.values()].filter(({ modelId }) => BigInt(modelId) !== 0n);
}
