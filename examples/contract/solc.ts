// Compiles Solidity sources with solc-js, optimised, for every chain since the Merge (evmVersion paris).
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

/** solc-js's own types leave this function open. */
const { compile } = solc as { compile: (input: string) => string };

/** Contracts of the sources (file name to text) by name; throws solc's own messages on an error. */
export function compileSolidity(sources: Readonly<Record<string, string>>): Record<string, Compiled> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: {
      evmVersion: 'paris',
      optimizer: { enabled: true, runs: 1_000_000 },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  };
  const { errors = [], contracts = {} } = JSON.parse(compile(JSON.stringify(input))) as SolcOutput;
  const fatal = errors.filter(({ severity }) => severity === 'error');
  if (fatal.length > 0) throw new Error(fatal.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const compiled: Record<string, Compiled> = {};
  for (const file of Object.values(contracts))
    for (const [name, { abi, evm }] of Object.entries(file))
      compiled[name] = { abi, bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` };
  return compiled;
}
