// A ceremony of three contributors in three processes, and a beacon. From the repository's root, after `npm run build:examples`:
//
//   node dist/examples/ceremony/run.js DIR FILE.ptau CEREMONY
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [dir, ptau, ceremony] = process.argv.slice(2);
if (ceremony === undefined)
  throw new Error('expected DIR, FILE.ptau and CEREMONY: a compiled model, powers of tau, a new folder');
const program = fileURLToPath(new URL('./cli/main.js', import.meta.resolve('inferproof')));

/** One command in a process of its own, which takes its secrets with it when it ends. */
function inferproof(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [program, 'ceremony', ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`expected ceremony ${args[0]} to end well, got exit code ${status}`);
}

// 1. The coordinator begins: a key under which everybody can forge.
inferproof('start', dir, '--ptau', ptau, '-o', ceremony);

// 2. Each contributor has the ceremony's folder and nothing else, and publishes the fingerprint that is printed.
for (const name of ['Ada', 'Grace', 'Hedy']) inferproof('contribute', ceremony, '--name', name);

// 3. A public value that nobody knew before the last contribution was published, such as the hash of a later block.
inferproof('beacon', ceremony, '0123456789abcdef'.repeat(4), '10');

// 4. Everybody verifies; then the key may be used.
inferproof('verify', ceremony, dir, '--ptau', ptau);
inferproof('finish', ceremony, '-o', dir);
