import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // snarkjs cannot be loaded in worker threads
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    env: { XDG_CACHE_HOME: join(tmpdir(), 'inferproof-test-cache') }, // where files of powers of tau that passed are remembered
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: ['default', './test/reporter.ts'],
  },
});
