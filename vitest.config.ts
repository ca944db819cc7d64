import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // snarkjs cannot be loaded in worker threads
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: ['default', './test/reporter.ts'],
  },
});
