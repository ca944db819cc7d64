// export-solidity: the contract that checks proofs of one key, or of every look-up key; the library of one key's words.
import { basename } from 'node:path';
import { readMatchingKey, writeFileAtomic } from '../../files/index.js';
import { solidityLibrary, solidityVerifier, universalVerifier } from '../../verifier/solidity/index.js';
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
    library: {
      type: 'boolean',
      default: false,
      describe: "the key's digest and its words, encode and decode, for contracts that ask for proofs",
    },
  },
  run: async (args, output) => {
    const key = await readMatchingKey(args.key);
    if (args.universal && args.library)
      throw usageError('expected --universal or --library, got both', 'export twice, to two files');
    const wanted = args.universal ? '--universal' : '--library';
    if ((args.universal || args.library) && key.argument === 'plain') {
      throw usageError(
        `expected a look-up key for ${wanted}, got a plain one`,
        `compile with --argument lookup, or export without ${wanted}`,
      );
    }
    if (key.insecure) output.warn(DEV_KEY);
    else output.note(claimOf(key));
    const options = { allowInsecureKey: key.insecure };
    const name = basename(args.output, '.sol'); // as Solidity's imports have it, and two models differ
    if (args.library && !/^[A-Za-z_$][\w$]*$/.test(name))
      throw usageError(`expected a Solidity identifier as the name of the file, got ${name}`, 'the library is called as its file: -o Digits.sol', '--output'); // prettier-ignore
    const source = args.library
      ? solidityLibrary(key, { name })
      : args.universal
        ? universalVerifier(options)
        : solidityVerifier(key, options);
    const bytes = Buffer.byteLength(source);
    await writeFileAtomic(args.output, source, { followLinks: true });
    output.result({ file: args.output, bytes }, () => [`${args.output}: ${bytes} bytes of Solidity`]);
    return DONE;
  },
});
