// Bundles the page into dist/page/site, which the package carries: whoever uses it builds nothing.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

// dist/page/app/build.js -> the package's root
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const SITE = join(ROOT, 'dist/page/site');

/** What the files were made of, by file. */
export async function buildPage(): Promise<Metafile> {
  rmSync(SITE, { recursive: true, force: true }); // names of chunks change with what is in them
  mkdirSync(SITE, { recursive: true });
  const { metafile } = await build({
    entryPoints: ['main', 'worker'].map((name) => join(ROOT, `dist/page/app/${name}.js`)),
    outdir: SITE,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'], // docs/browser.md and prover/kernel/web.ts say so too
    metafile: true,
    logLevel: 'error',
  });
  for (const name of ['index.html', 'style.css']) copyFileSync(join(ROOT, 'page', name), join(SITE, name));
  const files = ['./', ...readdirSync(SITE), 'circuit.json', 'vkey.json', 'page.json'];
  writeFileSync(
    join(SITE, 'sw.js'),
    `const FILES = ${JSON.stringify(files)};\n${readFileSync(join(ROOT, 'page/sw.js'), 'utf8')}`,
  );
  return metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
