// The contracts of network/ by solc. What was compiled before is kept in node_modules/.cache by a hash of all that it depends on:
// test files run in processes of their own, and the optimizer takes seconds.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Abi, Hex } from 'viem';
import { universalVerifier } from '#verifier/solidity/index.js';

const ROOT = resolve(import.meta.dirname, '../..');
const OPENZEPPELIN = '@openzeppelin/contracts/package.json';
const CACHE = join(ROOT, 'node_modules/.cache/inferproof-network');
const require = createRequire(import.meta.url);
const solc = require('solc') as { compile: (input: string, how: object) => string; version: () => string };

export interface Compiled {
  readonly abi: Abi;
  readonly bytecode: Hex;
  /** Bytes of the code on chain. */
  readonly size: number;
}
export type Contracts = Readonly<Record<string, Compiled>>;

/** The text of each file, ours and the tests', by name. */
export function sources(): Record<string, string> {
  const read = (folder: string): [string, string][] =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.sol'))
      .map((name) => [name, readFileSync(join(ROOT, folder, name), 'utf8')]);
  const verifier = universalVerifier({ allowInsecureKey: true, name: 'UniversalVerifier' });
  return {
    ...Object.fromEntries([...read('network/contracts'), ...read('test/network')]),
    'UniversalVerifier.sol': verifier,
  };
}

/** What `compile` is asked for by default: what is deployed. */
const WANTED: Readonly<Record<string, string>> = {
  UniversalVerifier: 'UniversalVerifier.sol',
  ModelRegistry: 'ModelRegistry.sol',
  InferenceMarket: 'InferenceMarket.sol',
  ...Object.fromEntries(
    ['StubVerifier', 'SecureStub', 'Asker', 'Refuser', 'Forcer', 'Recorder', 'Reverter', 'Burner', 'Bomb', 'Reenterer'].map((name) => [name, 'Actors.sol']), // prettier-ignore
  ),
};

/** @param runs what the optimizer reckons with; null: no optimizer, which is four times as fast */
export function compile(files = sources(), runs: number | null = 1_000_000, wanted = WANTED): Contracts {
  const outputs = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'];
  const outputSelection: Record<string, Record<string, string[]>> = {};
  for (const [name, file] of Object.entries(wanted))
    outputSelection[file] = { ...outputSelection[file], [name]: outputs };
  const input = JSON.stringify({
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, { content }])),
    settings: {
      evmVersion: 'cancun',
      optimizer: runs === null ? { enabled: false } : { enabled: true, runs },
      outputSelection,
    },
  });
  const { version: openzeppelin } = JSON.parse(readFileSync(require.resolve(OPENZEPPELIN), 'utf8')) as {
    readonly version: string;
  };
  const name = createHash('sha256').update(`${solc.version()} ${openzeppelin} ${input}`).digest('hex');
  const kept = join(CACHE, `${name}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Contracts;
  const contracts = compileAnew(input, runs === null);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify(contracts));
  renameSync(`${kept}.${process.pid}`, kept);
  return contracts;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string; readonly sourceLocation?: { readonly file: string } }[]; // prettier-ignore
  readonly contracts: Record<string, Record<string, { abi: Abi; evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>>; // prettier-ignore
}

/** @param lenient warnings are let pass: what a mutant leaves unused is no fault */
function compileAnew(input: string, lenient: boolean): Contracts {
  const library = (path: string): { contents: string } | { error: string } => {
    try {
      return { contents: readFileSync(require.resolve(path), 'utf8') };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const { errors = [], contracts } = JSON.parse(solc.compile(input, { import: library })) as Output;
  // warnings too, of what we deploy: of the tests' actors one forces ether
  const notes = errors.filter((e) => e.severity === 'error' || (!lenient && e.sourceLocation?.file !== 'Actors.sol'));
  if (notes.length > 0) throw new Error(notes.map((e) => e.formattedMessage).join('\n'));
  const all = Object.values(contracts).flatMap((file) => Object.entries(file));
  return Object.fromEntries(
    all.map(([name, { abi, evm }]): [string, Compiled] => {
      const bytecode: Hex = `0x${evm.bytecode.object}`;
      return [name, { abi, bytecode, size: evm.deployedBytecode.object.length / 2 }];
    }),
  );
}
