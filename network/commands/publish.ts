// publish: a compiled model with its keys, as blocks on hubs and as a name on the chain.
import { bytes, count, defineCommand, DONE, facts, repeated, text, usageError } from 'inferproof/cli';
import { marketOf } from '../chain/deployment.js';
import { guardedFetch } from '../http.js';
import { checkName, publishModel, withdrawName } from '../store/publish.js';
import { accountOf, addressOf, CHAIN, chainOf, KEY, MARKET, PRIVATE, tokenIn } from './flags.js';

export const publishCommand = defineCommand({
  name: 'publish',
  positionals: { dir: { optional: 'folder of a compiled model with its keys, DIR' } },
  options: {
    name: { ...text('name of the model among those of this key: a-z 0-9 . _ -'), demandOption: true },
    hub: repeated('URL of a hub that keeps the files'),
    token: repeated('file of the token for the hub, in the order of --hub'),
    model: text('the ONNX file, for those who audit (default DIR/model.onnx, where it is there)'),
    description: text('a sentence about the model'),
    license: text('licence of the model'),
    withdraw: { type: 'boolean', default: false, describe: 'take the name back; the files are the hubs’ to delete' },
    ...CHAIN,
    ...MARKET,
    ...KEY,
    ...PRIVATE,
    'allow-insecure-key': {
      type: 'boolean',
      default: false,
      describe: 'publish a development key outside chain 31337',
    },
  },
  run: async (args, output) => {
    const { dir, withdraw, hub: urls = [], token: files = [] } = args;
    const name = checkName(args.name);
    const market = addressOf(args.market, '--market');
    if ((dir === undefined) !== withdraw) throw usageError(withdraw ? 'expected no DIR beside --withdraw, got one' : 'expected DIR, got none'); // prettier-ignore
    if (!withdraw && (urls.length === 0 || files.length !== urls.length))
      throw usageError(`expected --hub URL and --token FILE for each, got ${urls.length} and ${files.length}`, 'inferproof hub hub.json --new-token NAME makes a token'); // prettier-ignore
    const chain = await chainOf(args);
    const names = { chain, deployment: await marketOf(chain, market) };
    const account = await accountOf(args, chain.chainId, output);
    const model = `${account.address}/${name}`;
    if (dir === undefined) {
      const { transaction, gas } = await withdrawName(names, account, name);
      output.result({ model, withdrawn: true, transaction, gas }, () => [`${model} withdrawn`]);
      return DONE;
    }
    const hubs = await Promise.all(urls.map(async (url, i) => ({ url, token: await tokenIn(files[i]) })));
    const made = await publishModel(dir, names, account, {
      ...{ name, hubs, model: args.model, description: args.description ?? '', license: args.license ?? '' },
      fetch: guardedFetch({ allowPrivate: args['allow-private'] }),
      allowInsecureKey: args['allow-insecure-key'],
      onProgress: output.progress,
    });
    const { modelId, manifest, register, publish, sent } = made;
    output.result({ model, modelId, manifest, bytes: made.bytes, sent, register, publish }, () =>
      facts([
        ['model', model],
        ['modelId', modelId],
        ['manifest', manifest],
        ['files', `${bytes(made.bytes)}, ${count(sent)} block(s) sent`],
        ['key', register ? `registered, ${count(register.gas)} gas` : 'was registered'],
        ['name', publish ? `published, ${count(publish.gas)} gas` : 'stood for this before'],
      ]),
    );
    return DONE;
  },
});
