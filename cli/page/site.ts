// The files of a page that proves in the browser: the page itself, which the package carries built, and the folder of a model.
import { readFile, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeCircuit } from '../../compiler/circuit/index.js';
import type { Circuit, Samples } from '../../compiler/index.js';
import { beginPage, readBytes, toJson, type Reading } from '../../files/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { serializeVerificationKey, type VerificationKey } from '../../verifier/index.js';

/** By name, without folders: content, or the path of a file. */
export type Site = ReadonlyMap<string, string | { readonly path: string }>;

export interface PageModel {
  readonly dir: string;
  readonly circuit: Circuit;
  readonly vkey: VerificationKey;
  readonly provingKey: string;
  readonly reading: Reading;
  readonly samples: Samples | null;
}

/** Samples that a page lists. */
const MOST_SAMPLES = 20;

/** Both let a page's threads share memory. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const;

// dist/cli/page/site.js -> dist/page/site
const BUILT = fileURLToPath(new URL('../../page/site/', import.meta.url));

export async function siteOf({ dir, circuit, vkey, provingKey, reading, samples }: PageModel): Promise<Site> {
  const built = await readdir(BUILT).catch((cause: unknown) => {
    throw new InferproofError('internal', 'expected the page in the package, got none', {
      where: BUILT,
      hint: 'install inferproof again; in its repository, npm run build',
      cause,
    });
  });
  const count = Math.min(MOST_SAMPLES, samples?.count ?? 0);
  const some = samples === null ? null : firstOf(samples, count);
  return new Map<string, string | { readonly path: string }>([
    ...built.map((name) => [name, { path: join(BUILT, name) }] as const),
    ['circuit.json', encodeCircuit(circuit)],
    ['vkey.json', toJson(serializeVerificationKey(vkey))],
    ['proving.key', { path: provingKey }],
    ['page.json', toJson({ name: basename(resolve(dir)), reading, samples: some, count })],
  ]);
}

const firstOf = ({ count: all, inputs }: Samples, count: number): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, Array.from(values).slice(0, (values.length / all) * count)]),
  );

/**
 * Writes the files into a folder for a static server, and `_headers`, which some hosts read. Of an older page there, what this one does not
 * have is removed; all else stays.
 */
export async function writeSite(site: Site, folder: string): Promise<void> {
  const draft = await beginPage(folder);
  const old = await filesOf(folder);
  for (const [name, content] of site)
    await draft.write(
      name,
      typeof content === 'string' ? content : await readBytes(content.path, 'a file of the page'),
    );
  const lines = Object.entries(ISOLATION).map(([name, value]) => `  ${name}: ${value}\n`);
  await draft.write('_headers', `/*\n${lines.join('')}`);
  await draft.commit(old);
}

/** What a page in this folder is made of, by the first line of its sw.js (page/build.ts): files of these names alone. */
async function filesOf(folder: string): Promise<string[]> {
  const [entries, script] = await Promise.all([
    readdir(folder, { withFileTypes: true }).catch(() => []),
    readFile(join(folder, 'sw.js'), 'utf8').catch(() => ''),
  ]);
  let listed: unknown;
  try {
    listed = JSON.parse(/^const FILES = (\[.*\]);$/m.exec(script)?.[1] ?? '[]');
  } catch {
    listed = []; // somebody else's
  }
  const names = new Set(listed as unknown[]);
  return entries.filter((entry) => entry.isFile() && names.has(entry.name)).map(({ name }) => name);
}
