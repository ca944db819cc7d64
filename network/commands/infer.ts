// infer: an answer of the network. What is printed was checked: by a receipt that binds its node, by its proof, or by the chain.
import { CLAMP, CONTEXT, defineCommand, DONE, INPUT, inOrder, NEGATIVE, readContext, readNumber, readReadingFlags, tensorLines, text, usageError, type ExitCode, type Output } from 'inferproof/cli'; // prettier-ignore
import { readSamples } from 'inferproof/files';
import type { InputValues, PublicValues } from 'inferproof/verifier';
import { formatEther, type Hex } from 'viem';
import type { Net } from '../client/connect.js';
import type { Answer } from '../client/infer.js';
import type { Model } from '../client/model.js';
import { clientFor, CLIENT } from './client.js';
import { etherOf } from './flags.js';

const WANTS = ['receipt', 'proof', 'request'] as const;

export const inferCommand = defineCommand({
  name: 'infer',
  positionals: { model: 'the model: 0xPUBLISHER/NAME, modelId, or CID of its manifest' },
  options: {
    ...INPUT,
    index: text('which sample, if the data holds several'),
    ...CLAMP,
    want: {
      choices: WANTS,
      requiresArg: true,
      describe: 'receipt (default): in milliseconds, under a bond; proof: proved; request: on the chain, paid by its proof',
    },
    node: text('address or URL of the node to ask (default: the fastest of the three cheapest)'),
    bond: text('ether that a receipt must be worth (default: what deters from lies)'),
    'max-exposure': text('ether that audits of answers by one node may claim together (default: a tenth of its stake)'),
    share: text('share of the answers that is audited, as watch has it: bonds follow from it (default 0.01)'),
    'max-price': text('ether that the answer may cost (default: what the channel holds)'),
    payment: text('ether for whoever proves a request'),
    deadline: text('seconds until the payment of a request can be taken back (default 600)'),
    ...CONTEXT,
    audit: { type: 'boolean', default: false, describe: 'ask for the proof of the receipt, and challenge it where there is none' },
    ...CLIENT,
  }, // prettier-ignore
  run: async (args, output) => {
    const { want = 'receipt', node, clamp } = args;
    refuseOthers(args, want);
    const amount = (flag: 'payment' | 'bond' | 'max-exposure' | 'max-price') =>
      args[flag] === undefined ? undefined : etherOf(args[flag], `--${flag}`);
    const [payment, bond, maxPrice, maxExposure] = (['payment', 'bond', 'max-price', 'max-exposure'] as const).map(
      amount,
    );
    const deadline = readNumber(args.deadline, '--deadline', { lo: 1, hi: 2 ** 31, whole: true });
    const share = readNumber(args.share, '--share', { lo: 0, hi: 1 });
    const context = readContext(args.context) as Hex | undefined;
    const net = await clientFor(args, output);
    const model = await net.model(args.model);
    const values = await valuesFor(model, args);
    const say = printer(model, want, output);
    if (want !== 'request') {
      const answer = await net.infer(model, values, { want, node, clamp, bond, maxPrice, maxExposure, share, context });
      return told(net, answer, args.audit, say, output);
    }
    const settled = await net.request(model, values, { payment: payment!, deadline, node, clamp, onId: (id) => output.note(`request ${id}`) }); // prettier-ignore
    const { id, state } = settled;
    if (state === 'refunded') {
      output.note('nobody proved it in time: the payment is yours again, and inferproof wallet withdraw takes it out');
      output.result({ modelId: model.modelId, want, state, id }, () => ['refunded']);
      return NEGATIVE;
    }
    const { payee, transaction, outputs } = settled;
    output.note(`${payee} proved it, for ${formatEther(payment!)} ether`);
    say(outputs, { state, node: payee, paid: String(payment!), id, transaction });
    return DONE;
  },
});

type Say = (outputs: PublicValues, more: Readonly<Record<string, string>>) => void;

/** Prints the outputs, in the order of the key. */
function printer({ modelId, vkey }: Model, want: string, output: Output): Say {
  const tensors = vkey.publics.filter(({ role }) => role === 'output');
  const decisions = new Map(tensors.map(({ name, decision }) => [name, decision]));
  return (outputs, more) => {
    const ordered = inOrder([...decisions.keys()], outputs);
    output.result({ modelId, want, ...more, outputs: ordered }, () => tensorLines(ordered, decisions));
  };
}

async function told(net: Net, answer: Answer, audit: boolean, say: Say, output: Output): Promise<ExitCode> {
  const { want, model, node, url, outputs } = answer;
  const paid = String(answer.paid);
  output.note(`${node} at ${url}, for ${formatEther(answer.paid)} ether`);
  if (want === 'proof') {
    say(outputs, { state: 'proved', node, paid, proof: answer.proof, context: answer.context });
    return DONE;
  }
  const { id, receipt } = answer;
  output.note(`receipt ${id}, under a bond of ${formatEther(receipt.bond)} ether`);
  const audited = audit ? await net.audit(answer) : null;
  if (audited === null || audited === true) {
    if (audited === true) output.note('proved: the node sent the proof of this answer, and it holds');
    say(outputs, { state: audited === null ? 'promised' : 'proved', node, paid, id });
    return DONE;
  }
  output.warn(
    `the node ${audited.reason}; the answer is challenged, and inferproof watch takes the bond if it is not proved`,
  );
  output.result({ modelId: model.modelId, want, state: 'challenged', node, paid, id }, () => ['challenged']);
  return NEGATIVE;
}

/** Which flags go with what is wanted. */
const OF: Readonly<Record<(typeof WANTS)[number], readonly string[]>> = {
  receipt: ['bond', 'max-exposure', 'share', 'max-price', 'audit'],
  proof: ['max-price', 'context'],
  request: ['payment', 'deadline'],
};

function refuseOthers(args: Readonly<Record<string, unknown>>, want: (typeof WANTS)[number]): void {
  const given = (flag: string): boolean => args[flag] !== undefined && args[flag] !== false;
  const other = Object.values(OF).flat().find((flag) => given(flag) && !OF[want].includes(flag)); // prettier-ignore
  if (other !== undefined) throw usageError(`expected no --${other} with --want ${want}, got one`);
  if (want === 'request' && !given('payment'))
    throw usageError('expected --payment ETHER with --want request, got none', 'whoever proves the answer is paid it');
}

/** One sample of the data. */
async function valuesFor(
  { vkey }: Model,
  args: Parameters<typeof readReadingFlags>[0] & { readonly input: string; readonly index?: string | undefined },
): Promise<InputValues> {
  const infos = vkey.publics
    .filter(({ role }) => role === 'input')
    .map(({ name, shape }) => ({ name, shape, dtype: 'float32', elements: shape.reduce((n, d) => n * d, 1) }));
  const { count, inputs } = await readSamples(args.input, infos, readReadingFlags(args));
  const index = readNumber(args.index, '--index', { lo: 0, hi: count - 1, whole: true });
  if (index === undefined && count > 1)
    throw usageError(`expected --index of 0 to ${count - 1}, got none`, 'the data holds several samples', '--index');
  const at = index ?? 0;
  return Object.fromEntries(infos.map(({ name, elements }) => [name, inputs[name].subarray(at * elements, (at + 1) * elements)])); // prettier-ignore
}
