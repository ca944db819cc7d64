// A node that lies, so that the demo can catch one: its card and its signature are right, the digit is not. It has a stake like everybody,
// proves nothing, and hears nothing of the chain.
import { Hono } from 'hono';
import { publicWords } from 'inferproof/compiler';
import { InferproofError, packWords, unpackWords } from 'inferproof/verifier';
import type { LocalAccount } from 'viem';
import { connectMarket, openFacts } from '../chain/reader.js';
import { typedData, wordsHash, type Receipt } from '../chain/typed-data.js';
import { receiptJson, wordsJson } from '../wire.js';
import { INFER, read } from '../node/bodies.js';
import { card } from '../node/card.js';
import type { Offer } from '../node/config.js';
import { listen, type Listening } from '../node/listen.js';
import { readServed, type Served } from '../node/models.js';
import { answerTo, busy } from '../node/refusal.js';
import type { Stage } from './stage.js';
import type { Place } from './town.js';

/** @param offer the model, with the folder of its files, and the bond */
export async function startLiar(
  stage: Stage,
  { rpc, deployment }: Place,
  account: LocalAccount,
  offer: Offer,
): Promise<Listening> {
  const market = await connectMarket(rpc, deployment.market);
  const unfetched = () => Promise.reject(new InferproofError('internal', 'expected a folder, got none'));
  const served = await readServed(offer, unfetched, market, await openFacts(market, account.address), false);
  const { circuit, inputWords, modelId } = served;
  const limits = { requestsPerSecond: 20, unpaidPerSecond: 5, answers: 64 };
  const app = new Hono();
  app.get('/v1/card', (context) => context.json(card(market, account.address, [[served, 0.1]], { ...limits, queueSeconds: 60 }))); // prettier-ignore
  app.post('/v1/infer', async (context) => {
    const { words, client, bond = offer.receipt?.bond ?? 0n } = read(INFER, await context.req.text(), 'a question');
    const outputs = otherDigit(served, publicWords(circuit, { words }).slice(inputWords));
    const { timestamp } = await market.client.getBlock();
    const receipt: Receipt = {
      ...{ node: account.address, client, modelId, inputHash: wordsHash(words), outputHash: wordsHash(outputs) },
      ...{ inputWords, bond, until: timestamp + market.window - 60n },
    };
    const signature = await account.signTypedData(typedData(market, 'Receipt', receipt));
    return context.json({ words: wordsJson(outputs), receipt: receiptJson(receipt), signature });
  });
  // a proof of a lie there is none
  app.post('/v1/prove', () => {
    throw busy('try again later', 3_600);
  });
  app.onError((thrown, context) => answerTo(thrown, context, () => undefined));
  const server = await listen(app, '127.0.0.1', 0);
  stage.onEnd(() => server.close(0));
  return server;
}

/** The same scores, each at the place of its neighbour: in the layout of the outputs, and wrong. */
function otherDigit({ vkey }: Served, words: readonly bigint[]): bigint[] {
  const outputs = vkey.publics.filter(({ role }) => role === 'output');
  const scores = unpackWords(outputs, words);
  if (scores === null) throw new InferproofError('internal', 'expected outputs in their layout, got others');
  return packWords(outputs, scores.map(([first, ...rest]) => [...rest, first])); // prettier-ignore
}
