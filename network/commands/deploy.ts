// deploy: the contracts of the network, on a chain where they are not there yet.
import { count, defineCommand, DONE, facts, text, usageError } from 'inferproof/cli';
import { readFolder } from 'inferproof/files';
import { defaultTerms, deploy, marketOf } from '../chain/deployment.js';
import { deployInference } from '../chain/opengradient.js';
import { accountOf, CHAIN, chainOf, etherOf, KEY } from './flags.js';

export const deployCommand = defineCommand({
  name: 'deploy',
  positionals: {},
  options: {
    ...CHAIN,
    ...KEY,
    window: text('seconds that a receipt may bind for, and that an exit takes (default a day; on 31337 an hour)'),
    'proof-time': text('seconds that a node has to prove a challenged answer (default a day; on 31337 a minute)'),
    floor: text('least price of a challenge, ether (default 0.0001; on 31337 0.001)'),
    opengradient: text("folder of a model to put behind OpenGradient's inference ABI, too: DIR"),
    cid: text('with --opengradient: the name by which their SDK asks for it'),
    price: text('with --opengradient: ether that a run pays'),
    patience: text('with --opengradient: seconds that a run waits for its proof (default 600)'),
    'allow-insecure-key': {
      type: 'boolean',
      default: false,
      describe: 'take development keys, whose makers can forge proofs (as always on 31337)',
    },
  },
  run: async (args, output) => {
    const own = {
      window: seconds(args.window, '--window'),
      proofTime: seconds(args['proof-time'], '--proof-time'),
      challengeFloor: args.floor === undefined ? undefined : etherOf(args.floor, '--floor'),
    };
    const model = await modelOf(args);
    const chain = await chainOf(args);
    const account = await accountOf(args, chain.chainId, output);
    const usual = defaultTerms(chain.chainId);
    const terms = {
      window: own.window ?? usual.window,
      proofTime: own.proofTime ?? usual.proofTime,
      challengeFloor: own.challengeFloor ?? usual.challengeFloor,
    };
    if (args['allow-insecure-key'])
      output.warn('this verifier takes development keys: whoever made one can forge proofs');
    const done = await deploy(chain, account, {
      terms,
      ...(args['allow-insecure-key'] && { allowInsecureKey: true }),
    });
    const inference = model && (await deployInference(chain, account, await marketOf(chain, done[2].address), model.circuit, model.vkey, model.terms)); // prettier-ignore
    const addresses = Object.fromEntries(done.map(({ contract, address }) => [contract, address]));
    const all = [...done, ...(inference ? [{ contract: 'inference', ...inference }] : [])];
    const gas = all.reduce((sum, { sent }) => sum + (sent?.gas ?? 0), 0);
    output.result(
      { chainId: chain.chainId, ...addresses, ...(inference && { inference: inference.address }), gas },
      () =>
        facts(
          all.map(({ contract, address, sent }) => [
            contract,
            `${address} ${sent === undefined ? 'was there' : `deployed, ${count(sent.gas)} gas`}`,
          ]),
        ),
    );
    return DONE;
  },
});

/** The model of --opengradient, and its terms. */
async function modelOf(args: Readonly<Record<'opengradient' | 'cid' | 'price' | 'patience', string | undefined>>) {
  const { opengradient: folder, cid, price, patience } = args;
  if (folder === undefined) {
    if ((cid ?? price ?? patience) === undefined) return undefined;
    throw usageError('expected --opengradient DIR beside --cid, --price, --patience, got none');
  }
  if (cid === undefined || price === undefined) throw usageError('expected --cid and --price beside --opengradient, got none'); // prettier-ignore
  const { circuit, vkey } = await readFolder(folder);
  if (vkey?.argument !== 'lookup')
    throw usageError('expected a model with lookup keys, got another', undefined, folder);
  const terms = { cid, price: etherOf(price, '--price'), patience: seconds(patience, '--patience') ?? 600 };
  return { circuit, vkey, terms };
}

function seconds(value: string | undefined, flag: string): number | undefined {
  if (value === undefined || (/^\d{2,10}$/.test(value) && Number(value) >= 60))
    return value === undefined ? value : Number(value);
  throw usageError(`expected at least 60 seconds, got '${value}'`, undefined, flag);
}
