// Makes dist/bin, the executable of the package, from what tsc has built. `prove` and `verify` start there from a few files that hold all that
// they load: finding and reading 150 modules takes more time than to verify a proof. Every other command loads dist/cli/main.js, as tests do.
//
//   node cli/build.mjs
//
// @noble's packages are in the files (MIT; the notices stay at their ends), all others stay packages.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'dist');
const OUT = join(DIST, 'bin');
const COMMANDS = ['prove', 'verify'];

/** The other commands are never loaded from here: each file that they import would be there twice, InferproofError with it. */
const others = {
  name: 'others',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ path, importer }) => {
      const isOther = dirname(importer) === join(DIST, 'cli/commands') && !COMMANDS.includes(path.slice(2, -3));
      return isOther ? { path: `../cli/commands/${path.slice(2)}`, external: true } : undefined;
    }),
};

/** Files beside a module are found from where it was, not from the bundle. */
const places = {
  name: 'places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(DIST)) return undefined;
      const from = JSON.stringify(relative(OUT, path).replaceAll('\\', '/'));
      const text = readFileSync(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', `new URL(${from}, import.meta.url).href`), loader: 'js' };
    }),
};

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
rmSync(OUT, { recursive: true, force: true }); // names of chunks change with what is in them
await build({
  entryPoints: [join(DIST, 'cli/main.js')],
  outdir: OUT,
  bundle: true,
  splitting: true,
  minifyWhitespace: true,
  minifySyntax: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: Object.keys(dependencies).filter((name) => !name.startsWith('@noble/')),
  plugins: [others, places],
  logLevel: 'warning',
});
writeFileSync(
  join(OUT, 'inferproof.js'),
  `#!/usr/bin/env node
await import(${JSON.stringify(COMMANDS)}.includes(process.argv[2]) ? './main.js' : '../cli/main.js');
`,
  { mode: 0o755 },
);
