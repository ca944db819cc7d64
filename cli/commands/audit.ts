// audit: is this circuit what that model compiles to, and what is known of the key.
import { join } from 'node:path';
import { FILES, readCircuit, readKey } from '../artefacts.js';
import { defineCommand } from '../command.js';
import { DONE, NEGATIVE } from '../errors.js';
import { externalDataReader, isFile } from '../files.js';
import { readModel } from '../model.js';
import { given } from '../options.js';
import { facts } from '../text.js';

const KEY_ANSWERS = {
  verified: 'verified: it was made for this circuit from the given ceremony',
  unverifiable: 'unverifiable: who uses it trusts who made it',
  different: 'different: it is not the key of this circuit',
} as const;

export const auditCommand = defineCommand({
  name: 'audit',
  describe: 'is this circuit what that model compiles to; what is known of the key',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: {
    model: { type: 'string', requiresArg: true, demandOption: true, describe: 'the model, MODEL.onnx' },
  },
  run: async ({ dir, model }, output) => {
    const circuit = await readCircuit(dir);
    const bytes = await readModel(model);
    const vkey = (await isFile(join(dir, FILES.vkey))) ? await readKey(dir) : undefined;
    const { audit } = await import('../../prover/index.js');
    const answer = audit(circuit, bytes, vkey, {
      externalData: externalDataReader(model),
      onProgress: output.progress,
    });
    const { circuit: same, key, firstDifference } = answer;
    output.result({ circuit: same, key, ...given({ firstDifference }) }, () =>
      facts([
        [
          'circuit',
          same === 'equal' ? 'equal to what the model compiles to' : 'different from what the model compiles to',
        ],
        ...(firstDifference === undefined ? [] : [['first', firstDifference] as const]),
        ['key', vkey === undefined ? 'none in the folder' : KEY_ANSWERS[key]],
      ]),
    );
    return same === 'equal' && key !== 'different' ? DONE : NEGATIVE;
  },
});
