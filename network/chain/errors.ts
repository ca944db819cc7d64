// What viem throws, as our one error: reverts by their names, the rest by its first line.
import { InferproofError, type ErrorCode } from 'inferproof/verifier';
import { BaseError, ContractFunctionRevertedError } from 'viem';

/** Reverts of the contracts that a person can do something about. */
const REVERTS: Readonly<Record<string, readonly [ErrorCode, string, string?]>> = {
  InsecureKey: ['insecure', 'expected a key from a ceremony, got a development key', 'inferproof ceremony makes one; on chain 31337 development keys are taken'], // prettier-ignore
  BadName: ['usage', 'expected a name of 1 to 64 of a-z 0-9 . _ -, got another'],
  BadKey: ['unsupported', 'expected a key of 1 to 65,535 public words, got another'],
  UnknownModel: ['data', 'expected a registered model, got another', 'inferproof publish registers it'],
};

/** The name of the error that a contract reverted with. */
export function revertOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof BaseError)) return undefined;
  const cause = thrown.walk((one) => one instanceof ContractFunctionRevertedError);
  return cause instanceof ContractFunctionRevertedError ? (cause.data?.errorName ?? cause.signature) : undefined;
}

/** @param expected what was expected of the chain: 'a chain that answers' */
export function chainError(thrown: unknown, expected: string, where: string): InferproofError {
  if (thrown instanceof InferproofError) return thrown;
  const name = revertOf(thrown);
  const [code, message, hint] = REVERTS[name ?? ''] ?? [];
  if (code !== undefined && message !== undefined)
    return new InferproofError(code, message, { where, hint, cause: thrown });
  if (name !== undefined) return new InferproofError('data', `expected ${expected}, got the revert ${name}`, { where, cause: thrown }); // prettier-ignore
  const said = thrown instanceof BaseError ? thrown.shortMessage : String(thrown);
  const got = said.split('\n')[0].slice(0, 200).replace(/\.$/, '');
  return new InferproofError('resource', `expected ${expected}, got: ${got}`, { where, cause: thrown });
}
