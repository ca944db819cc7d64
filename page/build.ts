// Bundles the page into dist/page/site, which the package carries: whoever uses it builds nothing.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

// dist/page/app/build.js -> the package's root
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const SITE = join(ROOT, 'dist/page/site');

/** What the files were made of, by file. Files that are as they should be are left alone: others may be reading them. */
export async function buildPage(): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    entryPoints: ['main', 'worker'].map((name) => join(ROOT, `dist/page/app/${name}.js`)),
    outdir: SITE,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'], // docs/browser.md and prover/kernel/web.ts say so too
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const page = (name: string): Buffer => readFileSync(join(ROOT, 'page', name));
  const made = new Map<string, Uint8Array>(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  for (const name of ['index.html', 'style.css']) made.set(name, page(name));
  const files = ['./', ...made.keys(), 'circuit.json', 'vkey.json', 'page.json'];
  made.set('sw.js', Buffer.from(`const FILES = ${JSON.stringify(files)};\n${String(page('sw.js'))}`));

  mkdirSync(SITE, { recursive: true });
  const there = readdirSync(SITE);
  for (const name of there) if (!made.has(name)) rmSync(join(SITE, name), { force: true }); // names of chunks change with what is in them
  for (const [name, content] of made) {
    const path = join(SITE, name);
    if (!there.includes(name) || !readFileSync(path).equals(content)) writeFileSync(path, content);
  }
  return metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
