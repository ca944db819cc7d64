// verify: does the proof hold, and which outputs does it prove.
import { verify, type Verification } from '../../verifier/index.js';
import { readMatchingKey, readProof } from '../artefacts.js';
import { defineCommand } from '../command.js';
import { DONE, NEGATIVE } from '../errors.js';
import { CONTEXT, given, readContext } from '../options.js';
import { tensorLines } from '../tensors.js';
import { DEV_KEY } from '../warnings.js';

export const verifyCommand = defineCommand({
  name: 'verify',
  describe: 'check a proof and print the outputs that it proves',
  positionals: { key: 'folder of a compiled model, or vkey.json', proof: 'the proof, PROOF.json' },
  options: {
    ...CONTEXT,
    'require-secure': { type: 'boolean', default: false, describe: 'refuse a development key' },
  },
  run: async (args, output) => {
    const context = readContext(args.context);
    const key = await readMatchingKey(args.key);
    const proof = await readProof(args.proof);
    if (key.insecure && !args['require-secure']) output.warn(DEV_KEY);
    const answer = verify(key, proof, { allowInsecureKey: !args['require-secure'], ...given({ context }) });
    output.result(answer, () => text(answer));
    return answer.valid ? DONE : NEGATIVE;
  },
});

function text(answer: Verification): string {
  if (!answer.valid) return `invalid: ${answer.reason}`;
  return ['valid', ...tensorLines(answer.outputs), ...tensorLines(answer.inputs)].join('\n');
}
