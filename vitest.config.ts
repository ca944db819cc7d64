import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const include = ['test/**/*.test.ts'];
/** Files that put something in the place of a module of dist/ or of a part of the language, or measure their own process. */
const alone = [
  'test/compiler/{cover,once}.test.ts',
  'test/prover/{audit,damaged-keys,kernel-fault,kernel-proof,nothing-left,open-prover,side-by-side,thread}.test.ts',
];

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
      {
        extends: true,
        // two processes load dist/ once each, as node does, and one file after the other: half of the time of small files
        test: { name: 'shared', include, exclude: alone, isolate: false, server: { deps: { external: [/\/dist\//] } } },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
