// Where clients reach the node, said on the chain where it was not said before, and again where the chain took it back.
//   announced: "BLOCK URL", what was found there and where
import { readFile, rename, writeFile } from 'node:fs/promises';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { MARKET } from '../chain/abi.js';
import { announcedIn } from '../chain/follow.js';
import type { Head, Market } from '../chain/reader.js';
import type { Sender } from '../chain/sender.js';
import { REORG } from './hearing.js';
import type { Log } from './log.js';

export interface Announcer {
  /** Once a block, until it is too old to be taken back. */
  readonly step: (head: Head) => Promise<void>;
  /** Whether the chain says it. */
  readonly isSaid: () => boolean;
}

export async function openAnnouncer(
  url: string,
  file: string,
  market: Pick<Market, 'client' | 'market'>,
  node: Address,
  sender: Sender,
  log: Log,
): Promise<Announcer> {
  const noted = /^(\d{1,18}) (.*)$/.exec(await readFile(file, 'utf8').catch(() => ''));
  /** The block that it stands in, as far as is known. */
  let at = noted?.[2] === url ? BigInt(noted[1]) : undefined;
  let looked: Hex | undefined;
  return {
    isSaid: () => at !== undefined,
    step: async (head) => {
      if (head.hash === looked || (at !== undefined && at + REORG < head.number)) return;
      const from = (at ?? head.number) - REORG;
      const last = await announcedIn(market, node, [from > 0n ? from : 0n, head.number]);
      if (last?.url === url) {
        if (last.at !== at) {
          await writeFile(`${file}.tmp`, `${last.at} ${url}`);
          await rename(`${file}.tmp`, file);
          log.info({ url, block: Number(last.at) }, 'announced');
        }
        sender.forget('announce');
        at = last.at;
      } else {
        const data = encodeFunctionData({ abi: MARKET, functionName: 'announce', args: [url] });
        await sender.send('announce', { to: market.market, data }, head.number);
      }
      looked = head.hash;
    },
  };
}
