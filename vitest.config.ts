import { defineConfig } from 'vitest/config';

// snarkjs cannot be loaded in worker threads, and two cores are shared by heavy proofs: processes, one file at a time each.
export default defineConfig({
  test: { include: ['test/**/*.test.ts', 'examples/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 120_000, hookTimeout: 300_000 },
});
