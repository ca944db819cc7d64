// Where blocks come from: gateways, hubs and nodes that nobody trusts. Whoever sends one wrong block is asked no more.
import { InferproofError } from 'inferproof/verifier';
import { CODEC, cidOf, parseCid } from './blocks.js';

/** `fetch`, guarded or a browser's. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface Sources {
  /**
   * The block, hashed.
   * @param most its bytes at most
   * @throws InferproofError 'data' where some source sent another block and none the right one, 'resource' where none has it
   */
  readonly block: (cid: string, most: number) => Promise<Uint8Array>;
}

/** A block in all. */
const WHOLE_MS = 60_000;
/** Failures of a source, one after the other, until it is asked no more. */
const PATIENCE = 3;

class Lie extends Error {}
class Missing extends Error {}

interface Source {
  readonly url: string;
  failures: number;
  /** Why it is asked no more. */
  dropped?: string;
  lied?: boolean;
}

/** @param urls roots: /ipfs/CID is asked below them */
export function openSources(urls: readonly string[], fetch: Fetch): Sources {
  const sources = urls.map((url): Source => ({ url: url.replace(/\/+$/, ''), failures: 0 }));
  let turn = 0;
  return {
    block: async (cid, most) => {
      const said = new Map<string, string>();
      const start = turn++;
      for (let i = 0; i < sources.length; i++) {
        const source = sources[(start + i) % sources.length];
        if (source.dropped !== undefined) continue;
        try {
          const block = await get(source, cid, most, fetch);
          source.failures = 0;
          return block;
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          said.set(source.url, reason);
          if (error instanceof Missing) continue;
          source.lied ||= error instanceof Lie;
          const late = error instanceof Error && /^(Timeout|Abort)Error$/.test(error.name);
          if (source.lied || late || ++source.failures >= PATIENCE) source.dropped = reason;
        }
      }
      const all = sources.map(({ url, dropped }) => `${url}: ${said.get(url) ?? dropped ?? 'not asked'}`);
      throw new InferproofError(
        sources.some(({ lied }) => lied) ? 'data' : 'resource',
        `expected block ${cid} from ${sources.length === 1 ? 'the source' : `one of ${sources.length} sources`}, got none`,
        { where: cid, hint: all.length === 0 ? 'name a source: a hub, a node or an IPFS gateway' : all.join('\n') },
      );
    },
  };
}

async function get({ url }: Source, cid: string, most: number, fetch: Fetch): Promise<Uint8Array> {
  const response = await fetch(`${url}/ipfs/${cid}?format=raw`, {
    headers: { accept: 'application/vnd.ipld.raw' },
    redirect: 'error',
    signal: AbortSignal.timeout(WHOLE_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    const said = `answered ${response.status}`;
    throw response.status === 404 || response.status === 410 ? new Missing(said) : new Error(said);
  }
  const bytes = await readCapped(response, most);
  const codec = parseCid(cid)?.codec ?? CODEC.raw;
  if (bytes === undefined) throw new Lie(`sent more than the ${most} bytes of the block`);
  if ((await cidOf(bytes, codec)) !== cid) throw new Lie(`sent another block for ${cid}`);
  return bytes;
}

/** The body; undefined, and the rest is not read, where it is longer than `most`. */
export async function readCapped(response: Response, most: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
