// A model as a client needs it: its verification key, which hashes to its name and is the registry's.
import { InferproofError, inputWordCount, keyItems, parseVerificationKey, serializeVerificationKey, vkDigest, type InputValues, type LookupKey } from 'inferproof/verifier'; // prettier-ignore
import { bytesToHex, type Hex } from 'viem';
import { REGISTRY } from '../chain/abi.js';
import { LOCAL_CHAIN } from '../chain/open.js';
import { BLOCK_BYTES } from '../store/blocks.js';
import { decodeManifest } from '../store/manifest.js';
import { resolveModel } from '../store/resolve.js';
import { openSources } from '../store/sources.js';
import type { Context } from './context.js';

export interface Model {
  /** The digest of the key: what to pin in an app. */
  readonly modelId: Hex;
  readonly vkey: LookupKey;
  readonly inputWords: number;
  /** Inputs and outputs. */
  readonly words: number;
}

/** A key is some kilobytes; with a scale of each channel, more. */
const MOST_KEY_BYTES = 16 * BLOCK_BYTES;
const keyName = (modelId: Hex): string => `keys/${modelId}.json`;

/**
 * @param name 0xPUBLISHER/NAME, modelId or CID of a manifest
 * @throws InferproofError 'mismatch' where what is published or sent is another model, 'insecure' for a development key, 'data' for a name
 * that nobody gave, 'resource' where no source has it
 */
export async function findModel(context: Context, name: string): Promise<Model> {
  const { chain, deployment, hubs, fetch, store } = context;
  const id = /^0x[0-9a-fA-F]{64}$/.test(name) ? (name.toLowerCase() as Hex) : undefined;
  const kept = id === undefined ? undefined : await store.read(keyName(id));
  if (id !== undefined && kept !== undefined) return checked(context, id, kept);
  const { modelId, manifest } = await resolveModel(name, { chain, deployment });
  const sources = openSources(hubs, fetch);
  const found = decodeManifest(await sources.block(manifest, BLOCK_BYTES), manifest);
  if (modelId !== null && found.modelId !== modelId)
    throw new InferproofError('mismatch', `expected a manifest of ${modelId}, got one of ${found.modelId}`, {
      where: manifest,
      hint: 'whoever published it named another model',
    });
  const { size, blocks } = found.files['vkey.json'];
  if (size > MOST_KEY_BYTES)
    throw new InferproofError('format', `expected a key of at most ${MOST_KEY_BYTES} bytes, got ${size}`, { where: manifest }); // prettier-ignore
  let text = '';
  const decoder = new TextDecoder();
  for (const [i, cid] of blocks.entries())
    text += decoder.decode(await sources.block(cid, Math.min(BLOCK_BYTES, size - i * BLOCK_BYTES)), { stream: true });
  return checked(context, found.modelId, text);
}

/** So that what was answered can be audited without anybody's hub. */
export async function keepKey({ store }: Pick<Context, 'store'>, { modelId, vkey }: Model): Promise<void> {
  const name = keyName(modelId);
  if ((await store.read(name)) === undefined) await store.write(name, JSON.stringify(serializeVerificationKey(vkey)));
}

async function checked({ chain, deployment, allowInsecureKey }: Context, modelId: Hex, text: string): Promise<Model> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InferproofError('format', 'expected a verification key, got a text that is not JSON', { where: 'vkey.json', cause }); // prettier-ignore
  }
  const vkey = parseVerificationKey(json);
  if (vkey.argument !== 'lookup' || new Set(vkey.publics.map(({ role }) => role)).size < 2)
    throw new InferproofError('unsupported', 'expected a key of the lookup argument with public inputs and outputs, got another', { where: 'vkey.json' }); // prettier-ignore
  const digest = bytesToHex(vkDigest(vkey));
  const other = (got: string) =>
    new InferproofError('mismatch', `expected the key of ${modelId}, got ${got}`, {
      where: 'vkey.json',
      hint: 'what was published or sent is another model under that name',
    });
  if (digest !== modelId) throw other(`one that hashes to ${digest}`);
  if (vkey.insecure && chain.chainId !== LOCAL_CHAIN && !allowInsecureKey)
    throw new InferproofError('insecure', `expected a key from a ceremony on chain ${chain.chainId}, got a development key`, {
      where: 'vkey.json',
      hint: 'its maker can forge proofs',
    }); // prettier-ignore
  const registered = await chain.agreed('the key of a model', (client) =>
    client.readContract({ address: deployment.registry, abi: REGISTRY, functionName: 'keyOf', args: [modelId] }),
  );
  if (keyItems(vkey).some((item, i) => item !== registered[i])) throw other('another in the registry');
  return { modelId, vkey, inputWords: inputWordCount(vkey), words: Number(keyItems(vkey)[1]) };
}

/** Values by name; of a model with one input, `input` will do. */
export function valuesOf({ vkey }: Model, values: InputValues): InputValues {
  const [first, ...more] = vkey.publics.filter(({ role }) => role === 'input');
  const [name, ...others] = Object.keys(values);
  const meant = more.length === 0 && others.length === 0 && name === 'input';
  return meant ? { [first.name]: values[name] } : values;
}
