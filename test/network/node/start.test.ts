// The admin port is what says that nobody else has the node's folder: it is taken before anything there is read.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zeroAddress } from 'viem';
import { afterAll, expect, it } from 'vitest';
import { startNode, type NodeParts } from '#network/node/node.js';
import { account } from '../world.js';

const data = mkdtempSync(join(tmpdir(), 'inferproof-start-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

it('a port that is taken ends the start before chain and vouchers are read; a start that fails gives the port back', async () => {
  const listening = async (server: Server): Promise<number> => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  };
  const holder = createServer();
  const adminPort = await listening(holder);
  const asked: number[] = [];
  const chain = createServer((_, response) => {
    void fetch(`http://127.0.0.1:${adminPort}/readyz`).then(({ status }) => {
      asked.push(status);
      response.writeHead(400).end();
    });
  });
  const rpc = [`http://127.0.0.1:${await listening(chain)}`];
  const config = { models: [], trust: [], data, rpc, market: zeroAddress, chainId: 1, adminPort } as unknown as Parameters<typeof startNode>[0]; // prettier-ignore
  const start = () => startNode(config, { account: account('node') } as unknown as NodeParts);
  const taken = { code: 'resource', where: `127.0.0.1:${adminPort}` };
  await expect(start()).rejects.toMatchObject(taken);
  expect(asked).toEqual([]);
  await new Promise((done) => holder.close(done));
  for (let i = 0; i < 2; i++) await expect(start()).rejects.not.toMatchObject(taken);
  expect(new Set(asked)).toEqual(new Set([503]));
  await new Promise((done) => chain.close(done));
});
