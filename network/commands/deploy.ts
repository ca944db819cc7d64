// deploy: the contracts of the network, on a chain where they are not there yet.
import { count, defineCommand, DONE, facts, text, usageError } from 'inferproof/cli';
import { defaultTerms, deploy } from '../chain/deployment.js';
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
    const addresses = Object.fromEntries(done.map(({ contract, address }) => [contract, address]));
    const gas = done.reduce((sum, { sent }) => sum + (sent?.gas ?? 0), 0);
    output.result({ chainId: chain.chainId, ...addresses, gas }, () =>
      facts(
        done.map(({ contract, address, sent }) => [
          contract,
          `${address} ${sent === undefined ? 'was there' : `deployed, ${count(sent.gas)} gas`}`,
        ]),
      ),
    );
    return DONE;
  },
});

function seconds(value: string | undefined, flag: string): number | undefined {
  if (value === undefined || (/^\d{2,10}$/.test(value) && Number(value) >= 60))
    return value === undefined ? value : Number(value);
  throw usageError(`expected at least 60 seconds, got '${value}'`, undefined, flag);
}
