// What surrounds the body of a contract: licence, names, and what is said about a development key.
import { InferproofError } from '../errors.js';

export interface SolidityOptions {
  /** Write a contract for a development key, whose maker can forge proofs; its source and its base's name say so. */
  readonly allowInsecureKey?: boolean | undefined;
  /** Name of the contract; 'Verifier' by default, which is what tools expect. */
  readonly name?: string | undefined;
}

export const WARNING = `/// @custom:security INSECURE DEVELOPMENT KEY. Whoever made this key can forge proofs of anything.
/// Never let value depend on this contract.
`;

/** The name of a contract or library; throws 'usage' where Solidity knows none of that form. */
export function identifier(name: string, kind: 'contract' | 'library'): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name)) return name;
  throw new InferproofError('usage', `expected a Solidity identifier as the ${kind}'s name, got ${name}`);
}

/**
 * A source file with one deployable contract. For a development key the body is an abstract contract whose name says so,
 * and the deployable one inherits it: tools find the fixed name, a reader of either cannot miss the warning.
 */
export function sourceFile(title: string, notice: string, body: string, insecure: boolean, name = 'Verifier'): string {
  const doc = `/// @title ${title}\n${notice.replace(/^/gm, '/// ')}\n${insecure ? WARNING : ''}`;
  const base = `InsecureDevelopmentKey${identifier(name, 'contract')}`;
  const flag = `  /// @notice Whether this contract accepts a development key.
  bool public constant INSECURE = ${insecure};`;
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

${doc}${insecure ? `abstract contract ${base}` : `contract ${name}`} {
${flag}

${body}
}
${insecure ? `\n/// @title ${title}\n${WARNING}contract ${name} is ${base} {}\n` : ''}`;
}
