// fetch: a published model into a folder, every block hashed, every file checked against the others.
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { bytes, defineCommand, DONE, facts, repeated, usageError } from 'inferproof/cli';
import { InferproofError } from 'inferproof/verifier';
import { marketOf } from '../chain/deployment.js';
import { LOCAL_CHAIN } from '../chain/open.js';
import { guardedFetch } from '../http.js';
import { checkModel, refuseInsecure } from '../store/check.js';
import { fetchModel, MANIFEST_FILE } from '../store/fetch.js';
import { resolveModel, type Names } from '../store/resolve.js';
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
    const names = await namesOf(args);
    const { modelId, manifest } = await resolveModel(model, names);
    const folder = resolve(args.output);
    // beside the folder, and of this manifest: what is there has been checked, and a second try goes on
    const parts = join(dirname(folder), `.${basename(folder)}.${manifest.slice(-16)}.part`);
    const there = await stat(join(folder, MANIFEST_FILE)).then((s) => s.isFile(), () => false); // prettier-ignore
    if (!there && (await readdir(folder).catch((): string[] => [])).length > 0)
      throw usageError('expected a new folder, got one with other things in it', undefined, args.output);
    const place = there ? folder : parts;
    await mkdir(dirname(folder), { recursive: true });
    const found = await fetchModel(manifest, {
      ...{ sources, folder: place, onProgress: output.progress },
      fetch: guardedFetch({ allowPrivate: args['allow-private'] }),
    });
    try {
      if (modelId !== null && found.modelId !== modelId)
        throw new InferproofError('mismatch', `expected a manifest of ${modelId}, got one of ${found.modelId}`, {
          where: manifest,
          hint: 'whoever published it named another model',
        });
      const { vkey } = await checkModel(place, found.modelId);
      if (names !== undefined) refuseInsecure(vkey, names.chain.chainId, LOCAL_CHAIN, args['allow-insecure-key']);
      if (vkey.insecure) output.warn('a development key: whoever made it can forge proofs');
    } catch (error) {
      if (!there) await rm(parts, { recursive: true, force: true });
      throw error;
    }
    if (!there) {
      await rmdir(folder).catch(() => undefined);
      await rename(parts, folder);
    }
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
