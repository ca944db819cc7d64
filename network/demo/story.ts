// The demo as a story: a model is hosted, a node answers for it, a client checks the answers, a liar is caught, and the money adds up.
// Each act says what it does before, and what came of it behind.
import { bytes, count, demoAssets, drawDigit, duration, type Output } from 'inferproof/cli';
import { InferproofError, type PublicValues } from 'inferproof/verifier';
import { formatEther, parseEther } from 'viem';
import { connectTo, type Net } from '../client/connect.js';
import type { ReceiptAnswer } from '../client/infer.js';
import type { Model } from '../client/model.js';
import { guardedFetch } from '../http.js';
import { startLiar } from './liar.js';
import { checkMoney, moneyOf, type Line } from './money.js';
import type { Stage } from './stage.js';
import { hostModel, NAME, people, startChain, startHonestNode, type Place } from './town.js';

const PRICES = { receipt: parseEther('0.0001'), bond: parseEther('0.1'), proof: parseEther('0.0005'), request: parseEther('0.001') }; // prettier-ignore
const STAKE = parseEther('20');
const LIARS_STAKE = parseEther('1');
const CHANNEL = parseEther('0.01');
/** Milliseconds that the liar has to prove. */
const PATIENCE = 1_000;
const PAYMENT = parseEther('0.002');
/** Answers that the median is of, behind the first. */
const ANSWERS = 10;

type Pairs = readonly (readonly [string, string])[];

const ether = (wei: bigint): string => `${formatEther(wei)} ether`;
const since = (start: number): number => Math.round(10 * (performance.now() - start)) / 10;

/** The digit that ten scores stand for. */
function digitOf(outputs: PublicValues): number {
  const [{ floats }] = Object.values(outputs);
  return floats.reduce((at, score, i) => (score > floats[at] ? i : at), 0);
}

/** Throws InferproofError 'internal': the demo is about what is so. */
function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InferproofError('internal', `expected ${what}, got something else`, { where: 'the demo' });
}

/** What came of it: milliseconds, gas, wei. */
export type Told = Awaited<ReturnType<typeof play>>;

export async function play(stage: Stage, output: Output) {
  const began = performance.now();
  const { publisher, node, client, liar } = people();
  const { model: onnx, digit } = await demoAssets();
  let chapter = 0;
  const title = (line: string): void => ['', `${++chapter}. ${line}`].forEach(output.note);
  const say = (pairs: Pairs): void => pairs.forEach(([name, value]) => output.note(`   ${name.padEnd(9)}  ${value}`));

  title('A chain on this machine, and the contracts of the network on it');
  const place = await startChain(stage, publisher);
  const { rpc, chain, deployment } = place;
  say([
    ['chain', `${rpc} (anvil)`],
    ['market', `${deployment.market}, ${count(place.gas)} gas with registry and verifier`],
  ]);

  title('A publisher compiles a model and hosts it');
  const hosted = await hostModel(stage, place, publisher, onnx);
  const name = `${publisher.address}/${NAME}`;
  const { modelId, manifest, hub } = hosted;
  say([
    ['model', `a perceptron that reads digits, 784-32-10: ${count(hosted.rows)} rows; a development key`],
    ['hub', `${hub} keeps ${bytes(hosted.bytes)} in ${hosted.sent} blocks`],
    ['name', name],
    ['modelId', `${modelId}, the hash of its key`],
    ['manifest', manifest],
  ]);

  title('A node fetches it, rehearses its key, and puts ether behind its answers');
  const ready = performance.now();
  await place.call(node, 'stake', [], STAKE);
  const { url } = await startHonestNode(stage, place, node, { hub, model: name, trust: publisher.address, prices: PRICES }); // prettier-ignore
  await place.call(node, 'announce', [url]);
  say([
    ['node', `${node.address} at ${url}`],
    ['stake', ether(STAKE)],
    ['ready', `in ${duration(since(ready) / 1000)}: ten proofs that it tried were right`],
  ]);

  title('A client asks what this digit is, and is answered by receipt');
  for (const line of drawDigit(digit.pixels)) output.note(`   ${line}`);
  const fetch = guardedFetch({ allowPrivate: true });
  const net = await connectTo(chain, deployment, { rpc, hubs: [hub], account: client, fetch });
  const model = await net.model(name);
  const values = { input: digit.pixels };
  await net.fund(node.address, CHANNEL);
  const { answers, times } = await askOften(net, model, values);
  const [answer] = answers;
  const [firstMs, ...later] = times;
  const medianMs = later.toSorted((a, b) => a - b)[later.length >> 1];
  assert(answers.every(({ outputs }) => digitOf(outputs) === digit.label), `the digit ${digit.label}`); // prettier-ignore
  say([
    ['answer', `${digit.label}, signed: were it wrong, the node would lose ${ether(answer.receipt.bond)}`],
    ['time', `${medianMs} ms, median of ${ANSWERS}; the first, which looked for a node, ${firstMs} ms`],
    ['price', `${ether(answer.paid)} each, by vouchers: nothing of it is on the chain`],
  ]);

  title('The client asks for the proof of that answer, and checks it');
  const asked = performance.now();
  assert((await net.audit(answer)) === true, 'a proof that holds');
  const proofMs = since(asked);
  say([['proof', `holds; ${duration(proofMs / 1000)} with making it, for ${ether(PRICES.proof)}`]]);

  title('The client asks on the chain, where contracts ask');
  const sent = performance.now();
  const settled = await net.request(model, values, { payment: PAYMENT });
  const requestMs = since(sent);
  assert(settled.state === 'settled' && digitOf(settled.outputs) === digit.label, 'a settled request');
  assert(settled.payee === node.address, 'the node as the payee');
  const gas = await place.gasOf(settled.transaction);
  say([
    [
      'settled',
      `${duration(requestMs / 1000)} behind the question, by a proof that the contract checked: ${digit.label}`,
    ],
    ['gas', `${count(gas)}, whatever the model`],
    ['payee', `${settled.payee}, the node, gets ${ether(PAYMENT)}`],
  ]);

  title('Another node answers for nothing, under the same bond, and lies');
  await place.call(liar, 'stake', [], LIARS_STAKE);
  const offer = { model: name, folder: hosted.folder, receipt: { price: 0n, bond: PRICES.bond } };
  const evil = await startLiar(stage, place, liar, offer);
  await place.call(liar, 'announce', [evil.url]);
  const lie = await net.infer(model, values, { node: liar.address, bond: PRICES.bond });
  const wrong = digitOf(lie.outputs);
  assert(wrong !== digit.label, 'a lie');
  say([
    ['liar', `${liar.address} at ${evil.url}`],
    ['stake', ether(LIARS_STAKE)],
    ['answer', `${wrong}, signed`],
  ]);

  title('The client audits it');
  const audited = await net.audit(lie, { patience: PATIENCE }); // it says 'later', and would for ten minutes
  assert(audited !== true, 'no proof of a lie');
  say([
    ['audit', `no proof: it ${audited.reason}`],
    ['challenge', `on the chain, ${place.proofTime} seconds to prove it; the demo moves the clock`],
  ]);
  await place.pass(place.proofTime + 1);
  const seen: string[] = [];
  const watcher = net.watcher({ share: 0, onEvent: ({ id, what }) => void seen.push(`${what} ${id}`) });
  // what the first look sends the second finds done
  for (let look = 0; look < 2; look++) await watcher.step();
  assert(seen.includes(`slashed ${lie.id}`), 'a slashed liar');
  const half = PRICES.bond / 2n;
  say([['slashed', `${ether(PRICES.bond)}: ${ether(half)} to the client, the rest to nobody for ever`]]);

  title('Everybody takes what is due');
  const due = answers.reduce((sum, { paid }) => sum + paid, 0n) + PRICES.proof + PAYMENT;
  await settleUp(place, node.address, due - PAYMENT);
  const everybody = Object.entries({ publisher, node, client, liar }).map(([who, { address }]) => ({ who, address }));
  const money: readonly Line[] = await moneyOf(chain.client, deployment.market, everybody, [node.address]);
  checkMoney(money, { node: due, client: half - due, liar: -PRICES.bond, burnt: PRICES.bond - half });

  return {
    ...{ rpc, chainId: chain.chainId, market: deployment.market, hub },
    model: { name, modelId, manifest, bytes: hosted.bytes, rows: hosted.rows },
    node: { address: node.address, url },
    receipt: { digit: digit.label, ms: medianMs, firstMs },
    proof: { valid: true, ms: proofMs },
    request: { id: settled.id, payee: settled.payee, payment: PAYMENT, gas, ms: requestMs },
    liar: { address: liar.address, digit: wrong, receipt: lie.id, why: audited.reason, slashed: PRICES.bond },
    money,
    seconds: since(began) / 1000,
  };
}

async function askOften(net: Net, model: Model, values: { readonly input: Float64Array }) {
  const answers: ReceiptAnswer[] = [];
  const times: number[] = [];
  while (answers.length <= ANSWERS) {
    const start = performance.now();
    answers.push(await net.infer(model, values));
    times.push(since(start));
  }
  return { answers, times };
}

/** The client closes its channel, the node redeems what it has vouchers for, the client takes the rest back; both withdraw. */
async function settleUp(place: Place, node: `0x${string}`, due: bigint): Promise<void> {
  const { client, node: owner } = people();
  await place.call(client, 'close', [node]);
  for (const end = Date.now() + 30_000; (await place.paid(client.address, node)) !== due;) {
    assert(Date.now() < end, 'a node that redeems its vouchers');
    await new Promise((later) => setTimeout(later, 50));
  }
  await place.pass(place.window + 1);
  await place.call(client, 'reclaim', [node]);
  for (const account of [client, owner]) await place.call(account, 'withdraw', [account.address]);
}
