// A node that answers as it is told to: what an honest one would sign, changed in a place. It proves nothing that it is not given.
/* eslint-disable @typescript-eslint/no-explicit-any -- JSON that tests take apart */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { PrivateKeyAccount } from 'viem/accounts';
import { publicWords } from '#compiler/index.js';
import { wordsHash, type Receipt } from '#network/chain/typed-data.js';
import { receiptJson, wordsJson } from '#network/wire.js';
import { WINDOW } from '../world.js';
import { BOND, type Town } from '../node/town.js';
import { serving } from './serving.js';

export interface Manner {
  /** Changes the card. */
  card?: (card: any) => unknown;
  /** Changes the output words. */
  outputs?: (words: bigint[]) => bigint[];
  /** Changes what is signed. */
  receipt?: (receipt: Receipt) => Receipt;
  /** Signs it. */
  signer?: PrivateKeyAccount;
  /** Takes over a whole answer. */
  infer?: (request: IncomingMessage, response: ServerResponse, body: any) => unknown;
  prove?: (request: IncomingMessage, response: ServerResponse, body: any) => unknown;
}

export const say = (response: ServerResponse, status: number, json: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));

/** @param manner is looked at anew for each question */
export async function evilNode(t: Town, by: PrivateKeyAccount, manner: Manner) {
  const asked: string[] = [];
  const card = () => ({
    ...{ format: 'inferproof-node', version: 1, chainId: t.place.chainId, market: t.market, node: by.address },
    models: [{ modelId: t.modelId, manifest: null, receipt: { price: '0', bond: String(10n * BOND) }, proof: { price: '0' }, request: null, proveSeconds: 0.1 }], // prettier-ignore
    ...{ limits: {}, software: 'evil' },
  });
  async function infer(_: IncomingMessage, response: ServerResponse, body: any): Promise<void> {
    const words = body.words.map(BigInt) as bigint[];
    const true_ = publicWords(t.model.circuit, { words }).slice(words.length);
    const outputs = manner.outputs?.(true_) ?? true_;
    const receipt: Receipt = {
      ...{ node: by.address, client: body.client, modelId: t.modelId, inputHash: wordsHash(words) },
      ...{ outputHash: wordsHash(outputs), inputWords: words.length, bond: BigInt(body.bond) },
      until: (await t.now()) + WINDOW - 60n,
    };
    const signed = manner.receipt?.(receipt) ?? receipt;
    const signature = await t.sign(manner.signer ?? by, signed);
    say(response, 200, { words: wordsJson(outputs), receipt: receiptJson(signed), signature });
  }
  const server = createServer((request, response) => {
    const { url = '' } = request;
    asked.push(url);
    if (url === '/v1/card') return void say(response, 200, manner.card?.(card()) ?? card());
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      const body = JSON.parse(text) as unknown;
      if (url === '/v1/infer') void (manner.infer ?? infer)(request, response, body);
      else if (manner.prove) void manner.prove(request, response, body);
      else say(response, 404, { error: { code: 'unknown', message: 'no', hint: null } });
    });
  });
  return { ...(await serving(server)), asked };
}
