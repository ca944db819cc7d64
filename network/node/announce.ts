// Where clients reach the node, said on the chain where it was not said before, and again where the chain took it back or another process
// said otherwise.
//   announced: "BLOCK URL", what was found there and where
import { readFile, rename, writeFile } from 'node:fs/promises';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { MARKET } from '../chain/abi.js';
import { announcedIn, inStretches, type Blocks } from '../chain/follow.js';
import { saidBy, type Head, type Market } from '../chain/reader.js';
import type { Sender } from '../chain/sender.js';
import { REORG } from './hearing.js';
import { shortOf, type Log } from './log.js';

export interface Announcer {
  /** Once a block, until it is too old to be taken back. */
  readonly step: (head: Head) => Promise<void>;
}

type Said = Awaited<ReturnType<typeof announcedIn>>;

export async function openAnnouncer(
  url: string,
  file: string,
  market: Pick<Market, 'client' | 'clients' | 'market'>,
  node: Address,
  sender: Sender,
  log: Log,
): Promise<Announcer> {
  const noted = /^(\d{1,18}) (.*)$/.exec(await readFile(file, 'utf8').catch(() => ''));
  /** The block that it stands in, as far as is known. */
  let at = noted?.[2] === url ? BigInt(noted[1]) : undefined;
  let looked: Hex | undefined;
  /** What the file says is looked up once: since then another may have been announced. */
  let checked = at === undefined;
  let checking: Promise<void> | undefined;
  /** Where that failed, the head at which it is tried again. */
  let again = 0n;

  const blocksTo = (number: bigint): Blocks => {
    const from = (at ?? number) - REORG;
    return [from > 0n ? from : 0n, number];
  };
  async function check({ number }: Head): Promise<void> {
    let last: Said;
    const read = async (blocks: Blocks) => [await announcedIn(market, node, blocks)];
    await inStretches(blocksTo(number), read, ([said]) => (last = said ?? last));
    at = last?.url === url ? last.at : undefined;
    checked = true;
  }

  return {
    step: async (head) => {
      if (!checked) {
        // the blocks may be many: what the chain asks for does not wait until they are read
        const unread = (error: unknown): void => {
          again = head.number + REORG;
          log.warn({ fault: shortOf(error) }, 'what was announced could not be read');
        };
        if (head.number >= again)
          checking ??= check(head)
            .catch(unread)
            .finally(() => (checking = undefined));
        return;
      }
      if (head.hash === looked || (at !== undefined && at + REORG < head.number)) return;
      const last = await announcedIn(market, node, blocksTo(head.number));
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
        const sure = async (): Promise<boolean> => {
          const ask = (client: Market['client']) => announcedIn({ client, market: market.market }, node, blocksTo(head.number)); // prettier-ignore
          return (await saidBy(market.clients, ask)).every((said) => said?.url !== url);
        };
        await sender
          .send('announce', { to: market.market, data }, head.number, sure)
          .catch((error: unknown) => log.warn({ url, fault: shortOf(error) }, 'not announced'));
      }
      looked = head.hash;
    },
  };
}
