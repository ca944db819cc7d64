// From a model's name to its manifest: names are the chain's, so that no hub can move one back.
import { InferproofError } from 'inferproof/verifier';
import { getAddress, isAddress, zeroHash, type Address, type Hex } from 'viem';
import { REGISTRY } from '../chain/abi.js';
import type { Chain, Deployment } from '../chain/open.js';
import { readPublished } from './published.js';
import { cidOfHash, parseCid, CODEC } from './blocks.js';

export interface Resolved {
  /** What the chain says; null for the CID of a manifest, which says it itself. */
  readonly modelId: Hex | null;
  /** CID. */
  readonly manifest: string;
}

/** Where names are looked up. */
export interface Names {
  readonly chain: Chain;
  readonly deployment: Deployment;
}

const NAME = /^(0x[0-9a-fA-F]{40})\/([a-z0-9._-]{1,64})$/;
const HINT = 'write 0xPUBLISHER/NAME, a modelId (0x and 64 hex digits) or the CID of a manifest';

/** A publisher's name. */
export function parseName(model: string): { readonly publisher: Address; readonly name: string } | undefined {
  const [, publisher, name] = NAME.exec(model) ?? [];
  if (publisher === undefined || !isAddress(publisher, { strict: false })) return undefined;
  return { publisher: getAddress(publisher), name };
}

/**
 * The manifest of a model.
 * @param model 0xPUBLISHER/NAME, modelId or CID of a manifest
 * @throws InferproofError 'usage' for another text, or where a chain is needed and none is given; 'data' for a name that nobody gave
 */
export async function resolveModel(model: string, { chain, deployment }: Partial<Names> = {}): Promise<Resolved> {
  const cid = parseCid(model);
  if (cid?.codec === CODEC.manifest) return { modelId: null, manifest: cid.cid };
  const named = parseName(model);
  const isId = /^0x[0-9a-fA-F]{64}$/.test(model);
  if (named === undefined && !isId)
    throw new InferproofError('usage', `expected a model, got '${model}'`, { hint: HINT });
  if (chain === undefined || deployment === undefined)
    throw new InferproofError('usage', `expected --rpc URL for ${model}, got none`, {
      hint: 'names stand on the chain',
    });
  const names = { chain, deployment };
  if (named !== undefined) {
    const { publisher, name } = named;
    const release = await releaseOf(names, publisher, name);
    if (release !== undefined) return release;
    throw new InferproofError('data', `expected a model of that name, got none`, { where: model });
  }
  const modelId = model.toLowerCase() as Hex;
  // the first who published it: a later manifest of the same model may be anybody's
  const found = await readPublished(chain, deployment, { modelId });
  for (const { publisher, name, manifest } of found) {
    const release = await releaseOf(names, publisher, name);
    if (release?.modelId === modelId && release.manifest === manifest) return release;
  }
  throw new InferproofError('data', 'expected a published model, got none', {
    where: modelId,
    hint: 'name the CID of its manifest, if you know it',
  });
}

/** What a publisher's name stands for; undefined where it stands for nothing. */
export async function releaseOf(
  { chain, deployment }: Names,
  publisher: Address,
  name: string,
): Promise<Resolved | undefined> {
  const [modelId, hash] = await chain.agreed('a name', (client) =>
    client.readContract({
      address: deployment.registry,
      abi: REGISTRY,
      functionName: 'releases',
      args: [publisher, name],
    }),
  );
  return modelId === zeroHash ? undefined : { modelId, manifest: cidOfHash(hash) };
}
