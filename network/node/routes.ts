// The node over HTTP, for clients. docs/network-protocol.md describes it for other implementers.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Hex } from 'viem';
import type { Desk, Question, Reply } from './answer.js';
import { INFER, PROVE, read } from './bodies.js';
import type { NodeConfig } from './config.js';
import { shortOf, type Log } from './log.js';
import type { Metrics } from './metrics.js';
import { answerTo, busy, orBusy, refusal } from './refusal.js';
import { paymentResponse, readPayment } from './x402.js';

/** Bytes of a word in JSON, and of all that stands around the words. */
const WORD_BYTES = 70;
const OTHER_BYTES = 4_096;
const MAX_KEY = 200;
const EXPOSED = ['PAYMENT-REQUIRED', 'PAYMENT-RESPONSE', 'Retry-After'];
/** Settlements that an address may wait for at once. */
const WAITS = 4;

export interface RoutesParts {
  readonly chainId: number;
  readonly desk: Desk;
  readonly card: () => object;
  /** Words of the largest model. */
  readonly words: number;
  readonly config: Pick<NodeConfig, 'limits' | 'trustProxy'>;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The answer to a request on the chain in the form of OpenGradient's SDK; null where there is none in time, or nobody waits. */
  readonly inference: (id: Hex, gone: AbortSignal) => Promise<object | null>;
  /** What else is served there. */
  readonly more: (app: Hono) => void;
  /** It is being stopped: no new answers. */
  readonly stopping: () => boolean;
}

/** Whose addresses count as one: of IPv6 the 64 bits that a household has all of. */
function networkOf(address: string): string {
  const [, old] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (old !== undefined) return old;
  const [plain] = address.split('%');
  if (!isIPv6(plain)) return address;
  const [front, back] = plain.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Math.max(0, 8 - front.length - (back?.length ?? 0));
  const groups = [...front, ...Array<string>(back ? zeros : 0).fill('0'), ...(back ?? [])];
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16)).join(':')}::/64`; // prettier-ignore
}

/** As Node read it, behind a server of Node's: a web Request and its Headers are made only where somebody asks for them. */
function headerOf(context: Context, name: string): string | undefined {
  const { incoming } = (context.env ?? {}) as Partial<HttpBindings>;
  if (incoming === undefined) return context.req.header(name);
  const value = incoming.headers[name];
  return typeof value === 'string' ? value : undefined;
}

export function routes(parts: RoutesParts): Hono {
  const { chainId, desk, config, metrics, log } = parts;
  const { limits, trustProxy } = config;
  const each = new RateLimiterMemory({ points: limits.requestsPerSecond, duration: 1 });
  const unpaid = new RateLimiterMemory({ points: limits.unpaidPerSecond, duration: 1 });
  let answering = 0;
  let waiting = 0;
  const waitingOf = new Map<string, number>();

  const limit = async (limiter: RateLimiterMemory, from: string): Promise<void> => {
    await limiter.consume(from).catch((spent: unknown) => {
      const wait = spent instanceof RateLimiterRes ? spent.msBeforeNext / 1000 : 1;
      throw refusal(429, 'expected fewer requests a second', { headers: { 'Retry-After': String(Math.ceil(wait)) } });
    });
  };
  const addressOf = (context: Context): string => {
    const hops = headerOf(context, 'x-forwarded-for')?.split(',') ?? [];
    const of = trustProxy > 0 ? hops.at(-trustProxy)?.trim() : undefined;
    return networkOf(of ?? getConnInfo(context).remote.address ?? 'unknown');
  };

  /** Runs a service: its limits before, the log and the metrics behind. */
  async function serve(
    context: Context,
    service: string,
    answer: (text: string, question: Question) => Promise<readonly [model: string, want: string, Reply]>,
  ): Promise<Response> {
    const from = addressOf(context);
    const asked = performance.now();
    let [model, want] = ['', service];
    let price = 0n;
    let code = 500;
    let taken = false;
    try {
      await limit(each, from);
      if (parts.stopping()) throw busy('the node is being stopped', 10);
      if (answering >= limits.answers) throw busy('too many answers at once', 1);
      const kind = headerOf(context, 'content-type') ?? '';
      if (!/^application\/json\s*(;|$)/i.test(kind)) throw refusal(415, 'expected application/json');
      const key = headerOf(context, 'idempotency-key') ?? null;
      if (key !== null && (key.length === 0 || key.length > MAX_KEY))
        throw refusal(400, `expected an Idempotency-Key of 1 to ${MAX_KEY} characters`);
      const payment = readPayment(headerOf(context, 'payment-signature'));
      // what is asked for without money is cheap to ask, so there is less of it
      if (payment === undefined) {
        await limit(unpaid, from);
        taken = true;
      } else if (((await unpaid.get(from))?.remainingPoints ?? 1) <= 0) await limit(unpaid, from);
      // a body may come slowly: it takes nobody's place until it is here
      const text = await context.req.text();
      if (answering >= limits.answers) throw busy('too many answers at once', 1);
      answering++;
      try {
        const [of, wanted, reply] = await answer(text, {
          key,
          body: key === null ? '' : createHash('sha256').update(text).digest('hex'),
          url: context.req.url,
          payment,
        });
        [model, want, price, code] = [of, wanted, reply.price, reply.status];
        const paid = reply.price > 0n && payment !== undefined;
        return context.body(reply.text, reply.status, {
          'content-type': 'application/json',
          ...(paid ? { 'PAYMENT-RESPONSE': paymentResponse(chainId, payment.client, reply.price) } : {}),
          ...(reply.later === undefined ? {} : { 'Retry-After': String(reply.later) }),
        });
      } finally {
        answering--;
      }
    } catch (thrown) {
      const response = answerTo(thrown, context, (fault) => log.error({ fault: shortOf(fault) }, 'no answer'));
      code = response.status;
      if (code === 402 && !taken) await unpaid.penalty(from);
      taken &&= code !== 402;
      return response;
    } finally {
      if (taken) await unpaid.reward(from);
      const ms = performance.now() - asked;
      metrics.answers.inc({ model, want, code: String(code) });
      metrics.answerSeconds.observe(ms / 1000);
      log.info({ want, model, code, price: price.toString(), ms: Math.round(ms * 10) / 10 }, 'answer');
    }
  }

  const app = new Hono();
  // pages of any origin may ask: whoever asks pays by a signature, and a browser adds nothing of its own
  const preflight = cors({ origin: '*', exposeHeaders: EXPOSED, maxAge: 86_400 });
  app.use((context, next) => {
    if (context.req.method === 'OPTIONS') return preflight(context, next);
    context.header('Access-Control-Allow-Origin', '*');
    context.header('Access-Control-Expose-Headers', EXPOSED.join(','));
    return next();
  });
  const most = OTHER_BYTES + WORD_BYTES * parts.words;
  const tooLong = (context: Context): Response => {
    context.header('connection', 'close');
    return answerTo(refusal(413, `expected at most ${most} bytes`), context, () => undefined);
  };
  const measured = bodyLimit({ maxSize: most, onError: tooLong });
  app.use(async (context, next) => {
    const length = headerOf(context, 'content-length');
    // a body that says its length is held to it by Node
    if (length === undefined || headerOf(context, 'transfer-encoding') !== undefined) return measured(context, next);
    return Number(length) > most ? tooLong(context) : next();
  });
  app.get('/v1/card', async (context) => {
    await limit(each, addressOf(context));
    return context.json(parts.card());
  });
  app.post('/v1/infer', (context) =>
    serve(context, 'infer', async (text, question) => {
      const body = read(INFER, text, 'a question');
      return [body.model, body.want, await desk.infer(body, question)];
    }),
  );
  app.post('/v1/prove', (context) =>
    serve(context, 'prove', async (text, question) => {
      const body = read(PROVE, text, 'a receipt with its input');
      return [body.receipt.modelId, 'prove', await desk.prove(body, question)];
    }),
  );
  app.get('/artela-network/artela-rollkit/inference/tx/:id', async (context) => {
    const from = addressOf(context);
    await limit(each, from);
    const id = context.req.param('id');
    if (!/^0x[0-9a-f]{64}$/.test(id)) throw refusal(400, 'expected the id of a request');
    if (waiting >= limits.answers) throw busy('too many wait for settlements', 5);
    const own = (waitingOf.get(from) ?? 0) + 1;
    if (own > WAITS) throw refusal(429, `expected at most ${WAITS} waits for settlements at once`, { headers: { 'Retry-After': '5' } }); // prettier-ignore
    waitingOf.set(from, own);
    waiting++;
    try {
      const result = await orBusy(parts.inference(id as Hex, context.req.raw.signal));
      if (result === null) throw busy('the request is not settled', 10);
      return context.json(result);
    } finally {
      waiting--;
      const left = waitingOf.get(from)! - 1;
      if (left > 0) waitingOf.set(from, left);
      else waitingOf.delete(from);
    }
  });
  parts.more(app);
  app.notFound((context) => answerTo(refusal(404, 'expected a path of a node', { hint: 'GET /v1/card' }), context, () => undefined)); // prettier-ignore
  app.onError((thrown, context) => answerTo(thrown, context, (fault) => log.error({ fault: shortOf(fault) }, 'no answer'))); // prettier-ignore
  return app;
}
