// What a browser loads: the size of each import form, and nothing of Node in it.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it.each([
  ['plain alone', `export { verifyPlain } from './dist/verifier/plain.js'`, 22_016],
  ['lookup alone', `export { verifyLookup } from './dist/verifier/lookup.js'`, 22_016],
  ['both', `export { verify, parseVerificationKey } from './dist/verifier/index.js'`, 22_528],
])('%s', async (_, contents, limit) => {
  const result = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser', // an import of node: fails the build
    write: false,
    metafile: true,
  });
  const text = result.outputFiles[0].text;
  expect(gzipSync(text, { level: 9 }).length).toBeLessThan(limit);
  expect(text).not.toMatch(/node:|require\(|process\.|document\./);
  const packages = Object.keys(result.metafile.inputs).filter((path) => path.includes('node_modules'));
  expect(packages.filter((path) => !path.includes('/@noble/'))).toEqual([]);
});
