// For the operator alone, on a port of its own: is the process alive, is it ready and if not why, what has it counted.
import { Hono } from 'hono';
import { shortOf, type Log } from './log.js';
import type { Metrics } from './metrics.js';

/** What a node needs to be ready, by name; the value says what is missing, null for nothing. */
export type Readiness = Readonly<Record<string, string | null>>;

/**
 * @param refresh sets the gauges
 */
export function adminRoutes(
  ready: () => Promise<Readiness>,
  metrics: Metrics,
  refresh: () => Promise<void>,
  log: Log,
): Hono {
  const app = new Hono();
  app.get('/healthz', (context) => context.json({ alive: true }));
  app.get('/readyz', async (context) => {
    const missing = Object.entries(await ready()).filter(([, why]) => why !== null);
    return context.json({ ready: missing.length === 0, missing: Object.fromEntries(missing) }, missing.length ? 503 : 200); // prettier-ignore
  });
  app.get('/metrics', async (context) => {
    await refresh();
    return context.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType });
  });
  app.onError((fault, context) => {
    log.error({ fault: shortOf(fault) }, 'no answer for the operator');
    return context.json({ error: { code: 'internal', message: 'the answer could not be made', hint: null } }, 500);
  });
  return app;
}
