// The contracts by solc, and contracts.json of dist: what `deploy` puts on a chain. `node network/dist/contracts/build.js` writes it.
// What was compiled before is kept in node_modules/.cache by a hash of all that it depends on: the optimizer takes seconds.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { universalVerifier } from 'inferproof/verifier/solidity';
import type { Abi, Hex } from 'viem';

// network/dist/contracts/build.js -> network/
const NETWORK = resolve(import.meta.dirname, '../..');
const OPENZEPPELIN = '@openzeppelin/contracts/package.json';
const CACHE = join(NETWORK, '../node_modules/.cache/inferproof-network');
const require = createRequire(import.meta.url);

export interface Compiled {
  readonly abi: Abi;
  readonly bytecode: Hex;
  /** Bytes of the code on chain. */
  readonly size: number;
}
export type Contracts = Readonly<Record<string, Compiled>>;

/** What is deployed, by the file that it is in. UniversalVerifierDev takes development keys: for chain 31337. */
export const DEPLOYED: Readonly<Record<string, string>> = {
  UniversalVerifier: 'UniversalVerifier.sol',
  UniversalVerifierDev: 'UniversalVerifierDev.sol',
  ModelRegistry: 'ModelRegistry.sol',
  InferenceMarket: 'InferenceMarket.sol',
  OGInference: 'OGInference.sol',
};

/** The text of each contract, by its file's name. */
export function contractSources(): Record<string, string> {
  const folder = join(NETWORK, 'contracts');
  const names = readdirSync(folder).filter((name) => name.endsWith('.sol'));
  return {
    ...Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
    'UniversalVerifier.sol': universalVerifier({ name: 'UniversalVerifier' }),
    'UniversalVerifierDev.sol': universalVerifier({ name: 'UniversalVerifierDev', allowInsecureKey: true }),
  };
}

/**
 * @param files texts by name
 * @param wanted contracts by the file that they are in
 * @param runs what the optimizer reckons with; null: no optimizer, which is four times as fast
 * @param lenient files whose warnings are let pass; without the optimizer, those of all
 */
export function compileContracts(
  files = contractSources(),
  wanted = DEPLOYED,
  runs: number | null = 1_000_000,
  lenient: readonly string[] = [],
): Contracts {
  const solc = require('solc') as { compile: (input: string, how: object) => string; version: () => string };
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
  const { errors = [], contracts } = JSON.parse(solc.compile(input, { import: library })) as SolcOutput;
  const fatal = ({ severity, sourceLocation: { file } = { file: '' } }: Note): boolean =>
    severity === 'error' || (runs !== null && !lenient.includes(file));
  const notes = errors.filter(fatal);
  if (notes.length > 0) throw new Error(notes.map((e) => e.formattedMessage).join('\n'));
  const made = Object.fromEntries(
    Object.values(contracts).flatMap((file) =>
      Object.entries(file).map(([contract, { abi, evm }]): [string, Compiled] => {
        const size = evm.deployedBytecode.object.length / 2;
        return [contract, { abi, bytecode: `0x${evm.bytecode.object}`, size }];
      }),
    ),
  );
  writeWhole(kept, made);
  return made;
}

interface Note {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string };
}
interface SolcOutput {
  readonly errors?: readonly Note[];
  readonly contracts: Record<string, Record<string, { abi: Abi; evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>>; // prettier-ignore
}

function library(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(require.resolve(path), 'utf8') };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Others may compile at the same time. */
function writeWhole(path: string, contracts: Contracts): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(contracts));
  renameSync(`${path}.${process.pid}`, path);
}

/** Writes contracts.json beside the compiled code, where chain/deployment.ts reads it. */
export function writeContracts(): Contracts {
  const contracts = compileContracts();
  writeWhole(join(NETWORK, 'dist/contracts.json'), contracts);
  return contracts;
}

if (process.argv[1] === import.meta.filename) writeContracts();
