import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const include = ['test/**/*.test.ts'];
/** Files that put something in the place of a module of dist/, which vitest has to load for that. */
const replacing = [
  'test/cli/prove-begins.test.ts',
  'test/compiler/{cover,once}.test.ts',
  'test/prover/{audit,damaged-keys,kernel-fault,kernel-proof}.test.ts',
];
/**
 * Files of functions without effects: they share a process, which loads and optimises its modules once. A file that changes what others
 * see (the environment, the working folder, the state of a module) is none of them.
 */
const sharing = ['test/{compiler,files,lies,lookup,models,report,vectors,verifier}/**/*.test.ts'];
// node loads dist/ itself, in a third of the time
const server = { deps: { external: [/\/dist\//] } };

export default defineConfig({
  test: {
    // snarkjs cannot be loaded in worker threads
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    env: { XDG_CACHE_HOME: join(tmpdir(), 'inferproof-test-cache') }, // where files of powers of tau that passed are remembered
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: ['default', './test/reporter.ts'],
    projects: [
      { extends: true, test: { name: 'files', include, exclude: [...replacing, ...sharing], server } },
      { extends: true, test: { name: 'sharing', include: sharing, exclude: replacing, isolate: false, server } },
      { extends: true, test: { name: 'replacing', include: replacing } },
    ],
  },
});
