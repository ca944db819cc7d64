// What a node announced, on a chain of one list: its file is not believed about what another process said since.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zeroAddress } from 'viem';
import { afterAll, expect, it, vi } from 'vitest';
import { openAnnouncer } from '#network/node/announce.js';

const root = mkdtempSync(join(tmpdir(), 'inferproof-announce-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

it.each([
  ['what the file says', [[100n, 'http://a']], 0],
  ['another URL since', [[100n, 'http://a'], [3_500n, 'http://b']], 1], // prettier-ignore
  ['nothing', [], 1],
] as const)('the last that was announced is %s: announced again where it has to be', async (_, said, times) => {
  const file = join(root, 'announced');
  writeFileSync(file, '100 http://a');
  const [ranges, sent]: [bigint[], boolean[]] = [[], []];
  const client = {
    getLogs: ({ fromBlock, toBlock }: { fromBlock: bigint; toBlock: bigint }) => {
      ranges.push(fromBlock);
      const found = said.filter(([block]) => block >= fromBlock && block <= toBlock);
      return Promise.resolve(found.map(([blockNumber, url]) => ({ blockNumber, args: { url } })));
    },
  };
  const sender = { send: async (_name: string, _call: object, _block: bigint, sure: () => Promise<boolean>) => (sent.push(await sure()), null), forget: () => undefined }; // prettier-ignore
  const market = { client, clients: [client], market: zeroAddress } as never;
  const announcer = await openAnnouncer('http://a', file, market, zeroAddress, sender, log);
  const head = { number: 5_000n, hash: '0x05', timestamp: 0n, baseFee: 0n } as const;
  await announcer.step(head);
  await vi.waitFor(async () => {
    await announcer.step(head);
    expect(sent).toEqual(Array(times).fill(true));
    expect(ranges.slice(0, 3)).toEqual([36n, 2_036n, 4_036n]);
  });
  const before = ranges.length;
  for (const hash of ['0x06', '0x07'] as const) await announcer.step({ ...head, hash });
  // read once: where it stands since long, no more
  expect(ranges.length - before).toBe(times === 0 ? 0 : 4);
});
