// An HTTP service that acts on proved predictions and on nothing else.
//
//   POST /requests          201 {context, expires}   a fresh context: 32 random bytes, for one proof
//   POST /proofs/CONTEXT    200 {result}             body: proof.json; what `act` answered
//                           422 {error, reason}      the proof is refused; the context can still be used
//                           409 {error}              a context that was never issued, was used, or has expired
//
// Whoever wants an action asks for a context, proves under it and posts the proof. A proof that was seen elsewhere, or here
// before, is worth nothing: it binds another context.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseVerificationKey, type PublicValues, verify } from 'inferproof/verifier';

export interface ServiceOptions {
  /** The JSON value of vkey.json: the one model whose predictions count. */
  readonly vkey: unknown;
  /** What to do with a proved prediction, once for each context; the answer is sent as JSON. */
  readonly act: (outputs: PublicValues, inputs: PublicValues) => unknown;
  /** Accept a development key, whose maker can forge proofs. */
  readonly allowInsecureKey?: boolean;
  /** Milliseconds that a context lives. */
  readonly lifetime?: number;
  /** Contexts that may wait at once; requests for more are answered 503. */
  readonly capacity?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A proof of a few hundred public words is some 30 kB. */
const MAX_BODY = 256 * 1024;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
const refuse = (status: number, error: string, more: object = {}): Answer => ({ status, body: { error, ...more } });

/** The server, not yet listening. Throws InferproofError 'format' for a malformed key. */
export function createService({
  vkey,
  act,
  allowInsecureKey = false,
  lifetime = 600_000,
  capacity = 10_000,
  now = Date.now,
}: ServiceOptions): Server {
  const key = parseVerificationKey(vkey);
  if (key.insecure && !allowInsecureKey) throw new Error('expected a key from a ceremony, got a development key');
  /** Contexts that were issued and not used, with the time at which they expire; in the order of that time. */
  const waiting = new Map<string, number>();

  function issue(): Answer {
    for (const [context, expires] of waiting) {
      if (expires > now()) break;
      waiting.delete(context);
    }
    if (waiting.size >= capacity) return refuse(503, 'too many open requests');
    const context = `0x${randomBytes(32).toString('hex')}`;
    const expires = now() + lifetime;
    waiting.set(context, expires);
    return { status: 201, body: { context, expires: new Date(expires).toISOString() } };
  }

  /** Nothing waits between the look-up of the context and its removal, so two posts of one proof cannot both pass. */
  function accept(context: string, proof: unknown): Answer {
    const expires = waiting.get(context);
    if (expires === undefined || expires <= now()) return refuse(409, 'no such open request');
    const result = verify(key, proof, { context, allowInsecureKey });
    if (!result.valid) return refuse(422, 'proof refused', { reason: result.reason });
    waiting.delete(context);
    return { status: 200, body: { result: act(result.outputs, result.inputs) } };
  }

  async function route(request: IncomingMessage): Promise<Answer> {
    const path = request.url ?? '/';
    const proof = /^\/proofs\/(0x[0-9a-f]{64})$/.exec(path);
    if (path !== '/requests' && proof === null) return refuse(404, 'no such resource');
    if (request.method !== 'POST') return refuse(405, 'expected POST');
    if (proof === null) return issue();
    const text = await readBody(request);
    if (text === null) return refuse(413, `expected at most ${MAX_BODY} bytes`);
    const json = parseJson(text);
    return json === undefined ? refuse(400, 'expected JSON') : accept(proof[1], json);
  }

  return createServer((request, response) => {
    route(request).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        console.error(error);
        send(response, refuse(500, 'internal error'));
      },
    );
  });
}

function send(response: ServerResponse, { status, body }: Answer): void {
  // An oversized body was not read to its end, so the connection cannot carry another request.
  response.writeHead(status, { 'content-type': 'application/json', ...(status === 413 && { connection: 'close' }) });
  response.end(`${JSON.stringify(body)}\n`);
}

/** The body as text, or null once it exceeds MAX_BODY. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
