// Compiles Solidity sources with solc-js, optimised, for every chain since the Merge (evmVersion paris). What they import of packages is
// read from there.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import solc from 'solc';
import type { Abi, Hex } from 'viem';

export interface Compiled {
  readonly abi: Abi;
  /** Creation code. */
  readonly bytecode: Hex;
  /** The code that stands on chain. */
  readonly runtime: Hex;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<
      string,
      Record<
        string,
        {
          readonly abi: Abi;
          readonly evm: Readonly<Record<'bytecode' | 'deployedBytecode', { readonly object: string }>>;
        }
      >
    >
  >;
}

const OUTPUTS = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'];

/** solc-js's own types leave this function open. */
const { compile } = solc as { compile: (input: string, callbacks: { import: typeof ofPackage }) => string };

function ofPackage(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(createRequire(import.meta.url).resolve(path), 'utf8') };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Contracts of the sources (file name to text) by name; throws solc's own messages on an error. */
export function compileSolidity(
  sources: Readonly<Record<string, string>>,
  evmVersion = 'paris',
): Record<string, Compiled> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: {
      evmVersion,
      optimizer: { enabled: true, runs: 1_000_000 },
      outputSelection: Object.fromEntries(Object.keys(sources).map((file) => [file, { '*': OUTPUTS }])),
    },
  };
  const { errors = [], contracts = {} } = JSON.parse(
    compile(JSON.stringify(input), { import: ofPackage }),
  ) as SolcOutput;
  const fatal = errors.filter(({ severity }) => severity === 'error');
  if (fatal.length > 0) throw new Error(fatal.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const compiled: Record<string, Compiled> = {};
  for (const file of Object.values(contracts))
    for (const [name, { abi, evm }] of Object.entries(file))
      compiled[name] = { abi, bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` };
  return compiled;
}
