// The contracts as they are, by rows.ts and og-rows.ts, which adds to them.
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, type Contracts } from './compiled.js';
import { rows } from './rows.js';
import './og-rows.js';

let contracts: Contracts;
beforeAll(() => {
  contracts = compile();
});

describe('the contracts', () => {
  it.each(rows.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(contracts));
  it('fit into what a chain takes', () => {
    expect(contracts.InferenceMarket.size).toBeLessThan(20_000);
    expect(contracts.ModelRegistry.size).toBeLessThan(10_000);
  });
});
