// fetch: a published model into a folder, every block hashed, every file checked against the others.
import { resolve } from 'node:path';
import { bytes, defineCommand, DONE, facts, repeated, usageError } from 'inferproof/cli';
import { marketOf } from '../chain/deployment.js';
import { guardedFetch } from '../http.js';
import { bringModel } from '../store/bring.js';
import type { Names } from '../store/resolve.js';
import { addressOf, CHAIN, chainOf, MARKET, PRIVATE, type ChainFlags } from './flags.js';

export const fetchCommand = defineCommand({
  name: 'fetch',
  positionals: { model: 'the model: 0xPUBLISHER/NAME, modelId, or CID of its manifest' },
  options: {
    output: { alias: 'o', type: 'string', requiresArg: true, demandOption: true, describe: 'folder to make, DIR' },
    from: repeated('URL of a hub, a node or an IPFS gateway'),
    ...CHAIN,
    ...MARKET,
    ...PRIVATE,
    'allow-insecure-key': { type: 'boolean', default: false, describe: 'take a development key outside chain 31337' },
  },
  run: async (args, output) => {
    const { model, from: sources = [] } = args;
    if (sources.length === 0)
      throw usageError('expected --from URL, got none', 'a hub, a node or an IPFS gateway that has it');
    const { manifest, found, vkey } = await bringModel(model, () => resolve(args.output), {
      ...{ names: await namesOf(args), sources, onProgress: output.progress },
      allowInsecureKey: args['allow-insecure-key'],
      fetch: guardedFetch({ allowPrivate: args['allow-private'] }),
    });
    if (vkey.insecure) output.warn('a development key: whoever made it can forge proofs');
    const size = Object.values(found.files).reduce((sum, file) => sum + file.size, 0);
    const files = Object.keys(found.files);
    output.result({ model: found.name, modelId: found.modelId, manifest, files, bytes: size }, () =>
      facts([
        ['model', found.name],
        ['modelId', found.modelId],
        ['manifest', manifest],
        ['files', `${files.join(', ')}: ${bytes(size)}`],
      ]),
    );
    return DONE;
  },
});

async function namesOf(args: ChainFlags & { readonly market?: string | undefined }): Promise<Names | undefined> {
  const market = addressOf(args.market, '--market');
  if ((args.rpc ?? []).length === 0) return undefined;
  const chain = await chainOf(args);
  return { chain, deployment: await marketOf(chain, market) };
}
