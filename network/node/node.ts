// A node: it reads its models, rehearses their keys, then answers clients and does what the chain asks of it, until it is stopped.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Address, Hex } from 'viem';
import { InferproofError } from 'inferproof/verifier';
import { connectMarket, openFacts } from '../chain/reader.js';
import { openSender } from '../chain/sender.js';
import type { Signer } from '../chain/typed-data.js';
import { openAnnouncer, type Announcer } from './announce.js';
import { isInSync, openDesk } from './answer.js';
import { openAudits } from './audits.js';
import { card } from './card.js';
import type { NodeConfig } from './config.js';
import { adminRoutes, type Readiness } from './health.js';
import { listen, readTls, type Listening } from './listen.js';
import { shortOf, type Log } from './log.js';
import { openMetrics } from './metrics.js';
import { readServed, refuseUntrusted, rehearsed, type Load, type Served } from './models.js';
import { openObligations } from './obligations.js';
import { openSettlements } from './og.js';
import { openPromises } from './promises.js';
import { openQueue } from './queue/open.js';
import { openRedeemer } from './redeem.js';
import { routes } from './routes.js';
import { openBook } from './vouchers.js';

/** How many times longer than usual a chain that does not answer is left alone at most: twice as long each time. */
const MOST_WAIT = 16;
/** Milliseconds that answers get to be finished when the node is stopped. */
const LAST_ANSWERS = 5_000;

export interface NodeParts {
  readonly account: Signer;
  readonly load: Load;
  readonly log: Log;
  /** Serve models of development keys on other chains than the local one. */
  readonly allowInsecureKey?: boolean;
  /** The block of the market's deployment; by default the first. */
  readonly since?: bigint;
  /** What else it serves of the folders of its models. */
  readonly more?: (folders: readonly string[]) => Promise<(app: Hono) => void>;
  /** Milliseconds between looks at the chain. */
  readonly poll?: number;
  /** Milliseconds that an RPC may take to answer. */
  readonly silence?: number;
  /** Milliseconds that a transaction waits at least before it is replaced. */
  readonly patience?: number;
  /** Wall clock, milliseconds since 1970. */
  readonly clock?: () => number;
}

export interface RunningNode {
  readonly url: string;
  readonly adminUrl: string;
  /** Stops it: running answers get five seconds; what the chain asks for is left to the next start. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a node; resolves when it serves.
 *
 * Throws InferproofError: 'usage' for receipts with keys of people who are not trusted, 'mismatch', 'insecure', 'file' for models and
 * markets that are not what they should be, 'resource' for a port that is taken. A model whose rehearsal fails is left out.
 */
export async function startNode(
  config: NodeConfig & { readonly market: Address },
  parts: NodeParts,
): Promise<RunningNode> {
  for (const offer of config.models) refuseUntrusted(offer, [parts.account.address, ...config.trust]);
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  // before the vouchers are read: where the node that is being replaced still has the port, it still writes them
  let routes: Pick<Hono, 'fetch'> = { fetch: () => new Response('starting\n', { status: 503 }) };
  const admin = await listen({ fetch: (...asked) => routes.fetch(...asked) }, '127.0.0.1', config.adminPort);
  try {
    return await start(config, parts, { ...admin, answer: (by) => (routes = by) });
  } catch (error) {
    await admin.close(0);
    throw error;
  }
}

/** @param admin its port, which answers by the routes that it is given */
async function start(
  config: NodeConfig & { readonly market: Address },
  parts: NodeParts,
  admin: Listening & { readonly answer: (by: Hono) => void },
): Promise<RunningNode> {
  const {
    account,
    load,
    log,
    allowInsecureKey = false,
    since = 0n,
    more,
    poll = 1_000,
    silence,
    patience,
    clock = Date.now,
  } = parts;
  const node = account.address;
  const market = await connectMarket(config.rpc, config.market, { chainId: config.chainId, silence });
  const facts = await openFacts(market, node);
  const metrics = openMetrics();
  const inSync = () => isInSync(facts, clock);
  const book = await openBook(join(config.data, 'vouchers.jsonl'), market, facts, node);
  const sender = openSender(market, account, config.maxFeePerGas, patience);

  const promises = await openPromises(join(config.data, 'promised'));
  const binding = promises.binding(facts.head().timestamp - market.proofTime);
  const read: Served[] = [];
  for (const offer of config.models) {
    try {
      read.push(await readServed(offer, load, market, facts, allowInsecureKey));
    } catch (error) {
      // what was promised of other models is still to be proved
      if (binding.length === 0) throw error;
      log.error({ model: offer.model, fault: shortOf(error) }, 'a model cannot be read: it is not served');
    }
  }
  const left: Served[] = [];
  for (const { modelId: model, folder } of binding) {
    if (read.some(({ modelId }) => modelId === model)) continue;
    try {
      const served = await readServed({ model, folder }, load, market, facts, allowInsecureKey);
      if (served.modelId !== model)
        throw new InferproofError('mismatch', `expected the keys of ${model}, got those of ${served.modelId}`, {
          where: folder,
        });
      left.push(served);
    } catch (error) {
      log.error({ model, fault: shortOf(error) }, 'answers were promised of this model, and it cannot be read');
    }
  }
  const all = [...read, ...left];
  const queue = await openQueue(config, read, left, { metrics, log });

  /** What obligations are met with, also of models that left the configuration; and what is served, which was rehearsed. */
  const loaded = new Map(all.map((served) => [served.modelId, served]));
  const models = new Map<Hex, Served>();
  const seconds = new Map<Hex, number>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let redeeming: Promise<void> | undefined;
  let announcer: Announcer | undefined;
  let faults = 0;

  const audits = openAudits(config.selfAudit, queue, (model, why) =>
    log.error({ model, why }, 'a self-audit failed: no more receipts of this model'),
  );
  const redeemer = openRedeemer(market, book, node, sender, log);
  const obligations = await openObligations({
    ...{ market, node, models: loaded, queue, sender, since, log, noted: join(config.data, 'block') },
    onProof: (took) => {
      metrics.proveSeconds.observe(took);
      tick(0);
    },
    onClosing: redeemer.closing,
    onSkip: (reason) => metrics.requestsSkipped.inc({ reason }),
  });

  async function look(): Promise<void> {
    try {
      await facts.refresh();
      const head = facts.newest();
      await obligations.step(head);
      // clients may be many: what the chain asks for does not wait for their money
      redeeming ??= redeemer
        .step(head)
        .catch((error: unknown) => log.warn({ fault: shortOf(error) }, 'channels could not be read'))
        .finally(() => (redeeming = undefined));
      await announcer?.step(head);
      void audits.whenIdle();
      faults = 0;
    } catch (error) {
      faults++;
      log.warn({ fault: shortOf(error) }, 'the chain does not answer');
    }
    tick(poll * Math.min(MOST_WAIT, 2 ** faults));
  }
  function tick(wait: number): void {
    clearTimeout(timer);
    if (!stopping) timer = setTimeout(() => void (running = running.then(look)), wait);
  }

  async function ready(): Promise<Readiness> {
    const stake = await facts.stake().catch(shortOf);
    const { amount, leavesAt } = typeof stake === 'string' ? { amount: 0n, leavesAt: 0n } : stake;
    const bond = config.models.reduce(
      (most, { receipt }) => (receipt && receipt.bond > most ? receipt.bond : most),
      0n,
    );
    return {
      running: stopping ? 'it is being stopped' : null,
      chain: inSync() ? null : (facts.apart() ?? 'block time is not within 60 s of the clock'),
      stake: typeof stake === 'string' ? stake : amount < bond ? `${amount} wei, below the largest bond of ${bond}` : null, // prettier-ignore
      leaving: leavesAt === 0n ? null : `the stake leaves at ${leavesAt}`,
      workers: queue.missing()?.why ?? null,
      vouchers: book.fault() === undefined ? null : shortOf(book.fault()),
      models: models.size > 0 ? null : 'none is ready yet',
    };
  }
  async function refreshMetrics(): Promise<void> {
    metrics.queueJobs.set(queue.jobs());
    metrics.proversReady.set(queue.missing()?.all === true ? 0 : 1);
    const open = obligations.open();
    for (const kind of ['challenge', 'request'] as const)
      metrics.obligations.set({ kind }, open.filter((one) => one.kind === kind).length);
    const deadlines = open.map(({ deadline }) => Number(deadline - facts.chainTime()));
    metrics.obligationDeadline.set(deadlines.length > 0 ? Math.min(...deadlines) : -1);
    // the last that was read, where the chain does not answer
    await facts.stake().then(({ amount }) => metrics.stake.set(Number(amount)), () => undefined); // prettier-ignore
    metrics.owed.set(Number(redeemer.owed()));
    metrics.chainLag.set(clock() / 1000 - Number(facts.chainTime()));
  }

  admin.answer(adminRoutes(ready, metrics, refreshMetrics, log));
  const close = async (patience: number, server?: { close: (ms: number) => Promise<void> }): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    await server?.close(patience);
    await Promise.all([queue.close(), running.then(() => redeeming)]);
    await book.close().catch((error: unknown) => log.error({ fault: shortOf(error) }, 'the last vouchers may not be on the disk')); // prettier-ignore
    await admin.close(0);
  };
  tick(0);
  try {
    for (const served of read) {
      try {
        seconds.set(served.modelId, await rehearsed(served, queue, market, join(config.data, 'rehearsed')));
        models.set(served.modelId, served);
        log.info({ model: served.modelId, name: served.offer.model, seconds: seconds.get(served.modelId) }, 'serving');
      } catch (error) {
        const failed = error instanceof InferproofError;
        if (failed) metrics.rehearsalsFailed.inc();
        const why = failed ? 'the rehearsal failed' : 'the chain did not answer in its rehearsal';
        log.error({ model: served.modelId, fault: shortOf(error) }, `${why}: this model is not served`);
      }
    }
    const desk = openDesk({ market, facts, account, models, book, queue, audits, promises, inSync, queueSeconds: config.limits.queueSeconds }); // prettier-ignore
    const app = routes({
      ...{ chainId: market.chainId, desk, config, metrics, log, stopping: () => stopping },
      card: () => card(market, node, [...models.values()].map((one) => [one, seconds.get(one.modelId)!] as const), config.limits), // prettier-ignore
      inference: openSettlements(market, models, () => facts.newest().hash),
      more: (await more?.(read.map(({ folder }) => folder))) ?? (() => undefined),
      words: Math.max(1, ...read.map(({ words }) => words)),
    });
    const server = await listen(app, config.host, config.port, config.tls && (await readTls(config.tls)));
    if (config.url !== undefined) {
      announcer = await openAnnouncer(config.url, join(config.data, 'announced'), market, node, sender, log);
      const first = announcer;
      const say = () => first.step(facts.newest()).catch((error: unknown) => log.warn({ fault: shortOf(error) }, 'not announced')); // prettier-ignore
      // sent before anybody is told that it serves, and after a look that is under way: two at once would send it twice
      await (running = running.then(say));
    }
    return { url: server.url, adminUrl: admin.url, close: () => close(LAST_ANSWERS, server) };
  } catch (error) {
    await close(0);
    throw error;
  }
}
