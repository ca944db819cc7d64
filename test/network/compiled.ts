// The contracts that are deployed, as network/contracts/build.ts compiles them, and the tests' actors beside them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileContracts, contractSources, DEPLOYED, type Contracts } from '#network/contracts/build.js';

export type { Compiled, Contracts } from '#network/contracts/build.js';

const ACTORS = Object.fromEntries(
  ['StubVerifier', 'SecureStub', 'Asker', 'Refuser', 'Proxy', 'Crowd', 'Forcer', 'Recorder', 'Reverter', 'Burner', 'Bomb', 'Reenterer'].map((name) => [name, 'Actors.sol']), // prettier-ignore
);

/** The text of each file, ours and the tests', by name. */
export function sources(): Record<string, string> {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sol'));
  const texts = names.map((name) => [name, readFileSync(join(import.meta.dirname, name), 'utf8')]);
  return { ...contractSources(), ...Object.fromEntries(texts) };
}

/** What rows run on: a stub takes the place of the verifier. */
const MARKET = { ModelRegistry: 'ModelRegistry.sol', InferenceMarket: 'InferenceMarket.sol' };

/**
 * @param runs null: without the optimizer, and what a mutant leaves unused is no fault
 * @param more beside the market, without the optimizer
 */
export function compile(
  files = sources(),
  runs: number | null = 1_000_000,
  more: Record<string, string> = {},
): Contracts {
  if (runs === null) return compileContracts(files, { ...MARKET, ...more, ...ACTORS }, null);
  const { 'Actors.sol': _, ...deployed } = files;
  // of the actors one forces ether, which solc warns of
  return { ...compileContracts(deployed, DEPLOYED, runs), ...compileContracts(files, ACTORS, runs, ['Actors.sol']) };
}
