// Blocks and their names: a block is at most 1 MiB, its CID (version 1, raw or dag-json, sha2-256, base32) is its hash. Any IPFS
// gateway serves them, and every reader hashes what it is sent.
import { InferproofError } from 'inferproof/verifier';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { sha256 } from 'multiformats/hashes/sha2';
import { hexToBytes, bytesToHex, type Hex } from 'viem';

export const BLOCK_BYTES = 2 ** 20;

/** What a block holds: bytes of a file, or a manifest. */
export const CODEC = { raw: 0x55, manifest: 0x0129 } as const;
type Codec = (typeof CODEC)[keyof typeof CODEC];

/** sha2-256 in a multihash. */
const SHA256 = 0x12;

/** The CID of a block, as text. */
export async function cidOf(bytes: Uint8Array, codec: Codec = CODEC.raw): Promise<string> {
  return CID.createV1(codec, await sha256.digest(bytes)).toString();
}

/** The CID of the block with that sha2-256: what the registry holds of a manifest. */
export const cidOfHash = (hash: Hex, codec: Codec = CODEC.manifest): string =>
  CID.createV1(codec, create(SHA256, hexToBytes(hash))).toString();

export interface ParsedCid {
  /** In its one form. */
  readonly cid: string;
  readonly codec: Codec;
  /** sha2-256 of the block. */
  readonly hash: Hex;
}

/** A CID of ours; undefined for any other text. */
export function parseCid(text: string): ParsedCid | undefined {
  if (!/^b[a-z2-7]{50,70}$/.test(text)) return undefined;
  try {
    const { version, code, multihash } = CID.parse(text);
    const codec = Object.values(CODEC).find((one) => one === code);
    if (version !== 1 || codec === undefined || multihash.code !== SHA256 || multihash.size !== 32) return undefined;
    const hash = bytesToHex(multihash.digest);
    const cid = cidOfHash(hash, codec);
    return cid === text ? { cid, codec, hash } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws InferproofError 'usage' for a text that is not the CID of a manifest */
export function manifestCid(text: string): ParsedCid {
  const parsed = parseCid(text);
  if (parsed?.codec === CODEC.manifest) return parsed;
  throw new InferproofError('usage', `expected the CID of a manifest, got '${text}'`, {
    hint: 'a CID of version 1, dag-json, sha2-256: bagu…',
  });
}
