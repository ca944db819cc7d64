// What a node says of errors: an RPC's URL, which often holds a key, stands in none of it.
import { createPublicClient, http } from 'viem';
import { expect, it } from 'vitest';
import { connectMarket } from '#network/chain/reader.js';
import { adminRoutes } from '#network/node/health.js';
import { shortOf } from '#network/node/log.js';
import { openMetrics } from '#network/node/metrics.js';
import { account } from '../world.js';

const rpc = 'http://127.0.0.1:1/v2/secret?key=secret';

it('errors of the chain are named without the paths of its URLs', async () => {
  const client = createPublicClient({ transport: http(rpc, { retryCount: 0 }) });
  const error = await client.getChainId().catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('secret');
  expect(shortOf(error)).not.toContain('secret');
  expect(shortOf(new Error(`no answer of ${rpc}`))).toBe('Error: no answer of http://127.0.0.1:1');
  await expect(connectMarket(rpc, account('market').address)).rejects.toMatchObject({ code: 'resource', where: 'http://127.0.0.1:1' }); // prettier-ignore
});

it('a fault of the operator’s routes is said in the log, shortly', async () => {
  const said: string[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (what: unknown) => void said.push(JSON.stringify(what)) }; // prettier-ignore
  const app = adminRoutes(
    () => Promise.resolve({}),
    openMetrics(),
    () => Promise.reject(new Error(rpc)),
    log,
  );
  const response = await app.request('/metrics');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  expect(said).toEqual(['{"fault":"Error: http://127.0.0.1:1"}']);
});
