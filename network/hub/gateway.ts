// GET and HEAD /ipfs/CID as IPFS's trustless gateways answer them (https://specs.ipfs.tech/http-gateways/trustless-gateway/): raw blocks
// alone. Hubs and nodes serve what they hold by it.
import type { Hono } from 'hono';
import { parseCid } from '../store/blocks.js';

/** What every answer that is none says. */
export const errorBody = (code: string, message: string, hint: string | null = null) => ({
  error: { code, message, hint },
});

/** The empty identity block, by which the specification has gateways probed. */
const PROBE = 'bafkqaaa';

/** @param read a block that is held; undefined for any other */
export function serveBlocks(app: Hono, read: (cid: string) => Promise<Uint8Array | undefined>): void {
  // HEAD is GET without its body to hono
  app.get('/ipfs/:cid', async (c) => {
    const text = c.req.param('cid');
    const cid = text === PROBE ? PROBE : parseCid(text)?.cid;
    if (cid === undefined)
      return c.json(errorBody('usage', 'expected a CID of version 1, raw or dag-json, sha2-256, got another'), 400);
    const wanted = c.req.query('format') ?? 'raw';
    const accepted = c.req.header('accept') ?? '*/*';
    if (wanted !== 'raw' || !/\*\/\*|application\/(\*|vnd\.ipld\.raw)/.test(accepted))
      return c.json(errorBody('usage', 'expected a request for a raw block, got another'), 406);
    const block = cid === PROBE ? new Uint8Array() : await read(cid);
    if (block === undefined) return c.json(errorBody('data', 'expected a block that is here, got another'), 404);
    const etag = `"${cid}.raw"`;
    const headers = {
      'content-type': 'application/vnd.ipld.raw',
      'content-disposition': `attachment; filename="${cid}.bin"`,
      'cache-control': 'public, max-age=29030400, immutable',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'x-ipfs-path': `/ipfs/${cid}`,
      etag,
    };
    if (c.req.header('if-none-match')?.includes(etag) === true) return c.body(null, 304, headers);
    return c.body(block as Uint8Array<ArrayBuffer>, 200, { ...headers, 'content-length': String(block.length) });
  });
}
