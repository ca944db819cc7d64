// Which models the node has promised answers of, and until when: one that left the configuration is kept at hand until no receipt of it can
// be challenged any more.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Hex } from 'viem';
import * as v from 'valibot';
import { InferproofError } from 'inferproof/verifier';
import type { Served } from './models.js';

/** Seconds by which the file is ahead of the receipts, so that it is not written for each of them. */
const AHEAD = 600n;

const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/));
const schema = v.record(hash, v.strictObject({ folder: v.string(), until: v.pipe(v.number(), v.safeInteger()) }));

export interface Promises {
  /** Before a receipt leaves. */
  readonly note: (served: Served, until: bigint) => Promise<void>;
  /** Models that bind the node at this second or later, and where they are. */
  readonly binding: (now: bigint) => { readonly modelId: Hex; readonly folder: string }[];
}

/** Throws InferproofError 'format' for a damaged file. */
export async function openPromises(file: string): Promise<Promises> {
  let known = await readKnown(file);
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<void> => {
    await writeFile(`${file}.tmp`, JSON.stringify(known), { mode: 0o600 });
    await rename(`${file}.tmp`, file);
  };
  return {
    note: async ({ modelId, folder }, until) => {
      const before = modelId in known ? known[modelId] : null;
      if (before?.folder !== folder || BigInt(before.until) < until) {
        known = { ...known, [modelId]: { folder, until: Number(until + AHEAD) } };
        writing = writing.then(write, write);
      }
      await writing;
    },
    binding: (now) =>
      Object.entries(known)
        .filter(([, { until }]) => BigInt(until) >= now)
        .map(([modelId, { folder }]) => ({ modelId: modelId as Hex, folder })),
  };
}

type Known = Readonly<v.InferOutput<typeof schema>>;

async function readKnown(file: string): Promise<Known> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new InferproofError('format', 'expected the models that answers were promised of, got another text', {
      where: file,
      hint: 'without the file, models that left the configuration are not loaded: a challenge of them is lost',
      cause,
    });
  }
}
