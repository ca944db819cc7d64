// calldata: a proof as the ABI-encoded call of the exported contract.
import { readMatchingKey, readProof } from '../../files/folder.js';
import { InferproofError } from '../../verifier/errors.js';
import { universalCalldata, verifyCalldata } from '../../verifier/solidity/index.js';
import { defineCommand } from '../command.js';
import { DONE, NEGATIVE, usageError } from '../errors.js';
import { CONTEXT, readContext } from '../options.js';
import { proofFile } from '../proof-file.js';

export const calldataCommand = defineCommand({
  name: 'calldata',
  positionals: {
    key: 'folder of a compiled model, DIR, or vkey.json',
    proof: { optional: 'the proof, PROOF.json (default DIR/proof.json)' },
  },
  options: {
    ...CONTEXT,
    universal: { type: 'boolean', default: false, describe: 'for the contract of export-solidity --universal' },
  },
  run: async (args, output) => {
    const context = readContext(args.context);
    const file = await proofFile(args);
    const key = await readMatchingKey(args.key);
    if (args.universal && key.argument === 'plain')
      throw usageError('expected a look-up key for --universal, got a plain one', 'leave --universal out', args.key);
    const proof = await readProof(file, key);
    let call: ReturnType<typeof verifyCalldata>;
    try {
      call = (args.universal ? universalCalldata : verifyCalldata)(key, proof, context);
    } catch (error) {
      if (!(error instanceof InferproofError) || (error.code !== 'format' && error.code !== 'mismatch')) throw error;
      const { code, message, hint } = error;
      output.fail(new InferproofError(code, message, { where: file, hint, cause: error }));
      return NEGATIVE;
    }
    const { data, words, proof: elements } = call;
    output.result({ data, words, proof: elements }, () => [data]);
    return DONE;
  },
});
