// export-solidity: the contract that checks proofs of one key, or of every look-up key.
import { readMatchingKey, writeFileAtomic } from '../../files/index.js';
import { solidityVerifier, universalVerifier } from '../../verifier/solidity/index.js';
import { defineCommand } from '../command.js';
import { DONE, usageError } from '../errors.js';
import { claimOf, DEV_KEY } from '../warnings.js';

export const exportSolidityCommand = defineCommand({
  name: 'export-solidity',
  positionals: { key: 'folder of a compiled model, or vkey.json' },
  options: {
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'file to write, Verifier.sol',
    },
    universal: { type: 'boolean', default: false, describe: 'the one contract that serves every look-up key' },
  },
  run: async (args, output) => {
    const key = await readMatchingKey(args.key);
    if (args.universal && key.argument === 'plain') {
      throw usageError(
        'expected a look-up key for --universal, got a plain one',
        'compile with --argument lookup, or export without --universal',
      );
    }
    if (key.insecure) output.warn(DEV_KEY);
    else output.note(claimOf(key));
    const options = { allowInsecureKey: key.insecure };
    const source = args.universal ? universalVerifier(options) : solidityVerifier(key, options);
    const bytes = Buffer.byteLength(source);
    await writeFileAtomic(args.output, source, { followLinks: true });
    output.result({ file: args.output, bytes }, () => [`${args.output}: ${bytes} bytes of Solidity`]);
    return DONE;
  },
});
