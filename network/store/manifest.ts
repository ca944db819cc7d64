// A manifest: which blocks a model's files are. A dag-json block in its one form, read strictly: whatever it says is a stranger's word,
// and no number of it is used before it is checked.
import { decode, encode } from '@ipld/dag-json';
import { InferproofError } from 'inferproof/verifier';
import { CID } from 'multiformats/cid';
import type { Hex } from 'viem';
import { BLOCK_BYTES, CODEC, parseCid } from './blocks.js';

export interface ManifestFile {
  readonly size: number;
  /** CIDs of its pieces of 1 MiB, in order. */
  readonly blocks: readonly string[];
}

export interface Manifest {
  readonly modelId: Hex;
  readonly name: string;
  readonly description: string;
  readonly license: string;
  readonly files: Readonly<Record<string, ManifestFile>>;
  /** CID of the manifest that this one takes the place of. */
  readonly previous: string | null;
}

const REQUIRED = ['circuit.json', 'vkey.json', 'proving.key'] as const;
/**
 * What is published and fetched: a model is the first three, model.onnx is for `audit`, report.json for readers. A manifest may list
 * files that later readers know; nobody else's names come into a folder.
 */
export const KNOWN_FILES: readonly string[] = [...REQUIRED, 'model.onnx', 'report.json'];

const FORMAT = 'inferproof-manifest';
const MOST_FILES = 16;
const MOST_FILE_BYTES = 2 ** 32;
const MOST_TEXT = 4096;
/** A file's name: no folder, nothing hidden, one case. */
const FILE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
export const MODEL_NAME = /^[a-z0-9._-]{1,64}$/;

const link = (cid: string): CID => CID.parse(cid);

/** The bytes of a manifest's block. Throws as `decodeManifest` does. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { modelId, name, description, license, files, previous } = manifest;
  const bytes = encode({
    format: FORMAT,
    version: 1,
    ...{ modelId, name, description, license },
    files: Object.fromEntries(
      Object.entries(files).map(([file, { size, blocks }]) => [file, { size, blocks: blocks.map(link) }]),
    ),
    previous: previous === null ? null : link(previous),
  });
  decodeManifest(bytes, 'manifest');
  return bytes;
}

/**
 * @param where what errors call it
 * @throws InferproofError 'format' for anything but a manifest in its one form
 */
export function decodeManifest(bytes: Uint8Array, where: string): Manifest {
  const check = (ok: boolean, field: string, expected: string): void => {
    if (!ok)
      throw new InferproofError('format', `expected ${expected} in ${field} of the manifest, got another`, { where });
  };
  check(bytes.length <= BLOCK_BYTES, 'all', 'at most 1 MiB');
  let json: unknown;
  let again: Uint8Array | undefined;
  try {
    json = decode(bytes);
    again = encode(json);
  } catch {
    // said below
  }
  check(
    again?.length === bytes.length && again.every((byte, i) => byte === bytes[i]),
    'all',
    'dag-json in its one form',
  );
  const fields = (value: unknown, names: readonly string[], at: string): Record<string, unknown> => {
    const plain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    check(plain && Object.keys(value).sort().join() === [...names].sort().join(), at, `the fields ${names.join(', ')}`);
    return value as Record<string, unknown>;
  };
  const text = (value: unknown, at: string, form: RegExp): string => {
    check(typeof value === 'string' && value.length <= MOST_TEXT && form.test(value), at, `a text ${form.source}`);
    return value as string;
  };
  const cid = (value: unknown, codec: number, at: string): string => {
    const parsed = CID.asCID(value) === null ? undefined : parseCid(String(value));
    check(parsed?.codec === codec, at, 'a link to a block of sha2-256');
    return parsed!.cid;
  };
  const top = fields(
    json,
    ['format', 'version', 'modelId', 'name', 'description', 'license', 'files', 'previous'],
    'all',
  );
  check(top['format'] === FORMAT && top['version'] === 1, 'format', `${FORMAT} 1`);
  const listed = Object.entries(fields(top['files'], Object.keys(Object(top['files']) as object), 'files'));
  check(listed.length <= MOST_FILES, 'files', `at most ${MOST_FILES} files`);
  const files = listed.map(([name, value]): [string, ManifestFile] => {
    const at = `files.${name.slice(0, 64)}`;
    check(FILE_NAME.test(name), at, 'a name of a-z 0-9 . _ -');
    const { size, blocks } = fields(value, ['size', 'blocks'], at);
    check(
      Number.isInteger(size) && (size as number) >= 0 && (size as number) <= MOST_FILE_BYTES,
      `${at}.size`,
      'at most 4 GiB',
    );
    check(
      Array.isArray(blocks) && blocks.length === Math.ceil((size as number) / BLOCK_BYTES),
      `${at}.blocks`,
      'a block for each MiB',
    );
    return [
      name,
      {
        size: size as number,
        blocks: (blocks as unknown[]).map((one, i) => cid(one, CODEC.raw, `${at}.blocks[${i}]`)),
      },
    ];
  });
  const present = new Set(listed.map(([name]) => name));
  for (const name of REQUIRED) check(present.has(name), 'files', name);
  const manifest = {
    modelId: text(top['modelId'], 'modelId', /^0x[0-9a-f]{64}$/) as Hex,
    name: text(top['name'], 'name', MODEL_NAME),
    description: text(top['description'], 'description', /^[^\p{Cc}]*$/u),
    license: text(top['license'], 'license', /^[^\p{Cc}]*$/u),
    files: Object.fromEntries(files),
    previous: top['previous'] === null ? null : cid(top['previous'], CODEC.manifest, 'previous'),
  };
  sizesOf(manifest, where);
  return manifest;
}

/**
 * Every block of the files, once, with its bytes.
 * @throws InferproofError 'format' where one block would have two sizes
 */
export function sizesOf({ files }: Pick<Manifest, 'files'>, where = 'manifest'): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { size, blocks } of Object.values(files))
    blocks.forEach((cid, i) => {
      const bytes = Math.min(BLOCK_BYTES, size - i * BLOCK_BYTES);
      if ((sizes.get(cid) ?? bytes) !== bytes)
        throw new InferproofError('format', 'expected one size of each block of the manifest, got two', { where });
      sizes.set(cid, bytes);
    });
  return sizes;
}
