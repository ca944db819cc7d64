// An RPC that stands in front of an honest one and bends what it is asked and what it says.
import { createServer, type ServerResponse } from 'node:http';
import { serving } from './serving.js';

export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
}
/** What becomes of a call; `ask` is the honest answer to another one. */
export type Bend = (call: Call, ask: (call: Call) => Promise<unknown>) => Promise<unknown>;
export const honest: Bend = (call, ask) => ask(call);

export interface EvilRpc {
  readonly url: string;
  /** Of all that comes from now on: a bend, a status, or nothing at all. */
  behave: Bend | number | 'silent';
  /** Requests that came. */
  asked: number;
  readonly close: () => Promise<void>;
}

export async function evilRpc(to: string): Promise<EvilRpc> {
  const ask = async ({ method, params }: Call): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const said = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { result, error } = (await said.json()) as { result?: unknown; error?: object };
    if (error) throw Object.assign(new Error('refused'), { error });
    return result;
  };
  async function answer(text: string, response: ServerResponse): Promise<void> {
    self.asked++;
    const { behave } = self;
    if (behave === 'silent') return;
    if (typeof behave === 'number') return void response.writeHead(behave).end('{}');
    const one = async ({ id, method, params }: Call & { id: unknown }) =>
      behave({ method, params: params ?? [] }, ask).then(
        (result) => ({ jsonrpc: '2.0', id, result }),
        (thrown: unknown) => ({ jsonrpc: '2.0', id, error: (thrown as { error?: object }).error ?? { code: -32000, message: String(thrown) } }), // prettier-ignore
      );
    const calls = JSON.parse(text) as (Call & { id: unknown }) | (Call & { id: unknown })[];
    const said = Array.isArray(calls) ? await Promise.all(calls.map(one)) : await one(calls);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => void answer(Buffer.concat(parts).toString(), response));
  });
  const self: EvilRpc = { ...(await serving(server)), behave: honest, asked: 0 };
  return self;
}
