// audit: is this circuit what that model compiles to, and what is known about the key.
import { join } from 'node:path';
import {
  externalDataReader,
  FILES,
  isFile,
  readBytes,
  readCircuit,
  readKey,
  readModel,
  readProvingKey,
  readTranscript,
  refuseUnreadable,
} from '../../files/index.js';
import { defineCommand } from '../command.js';
import { DONE, naming, NEGATIVE, usageError } from '../errors.js';
import { given } from '../options.js';
import { facts } from '../text.js';

const KEY_ANSWERS = {
  verified: 'verified: it was made for this circuit from the given ceremony',
  unverifiable: 'unverifiable: who uses it trusts who made it',
  different: 'different: it is not the key of this circuit',
} as const;

/** For a model of other bytes, the name of the first field that differs says little. */
const place = (difference: string): string =>
  difference === 'circuit.json.modelSha256' ? `${difference}: it was made from another model file` : difference;

/** The name under which `publish` adds the model's own file. */
const PUBLISHED_MODEL = 'model.onnx';

const NOT_AUDITED =
  'the figures in report.json that come from data and clocks, and report.html: they are the word of whoever compiled';

const byCircom = (whole: boolean, there: boolean): string =>
  whole
    ? `circom compiled ${there ? 'model.circom' : 'the model.circom that compile writes'} whole: constraint by constraint it is what keys are made from`
    : `model.circom is too large for circom: ${there ? 'its text was compared, ' : ''}circom compiled the gadgets alone`;

/**
 * What a publication leaves out of the folder of a compiled model. A fetched folder is known by model.onnx, which compile does not write,
 * and by having nothing of what only compile writes; in any other folder a file that is missing is a difference.
 */
async function leftOut(has: (name: string) => Promise<boolean>): Promise<readonly string[]> {
  const onlyCompiled = [FILES.circom, FILES.graph, FILES.quantised];
  if (!(await has(PUBLISHED_MODEL))) return [];
  for (const name of onlyCompiled) if (await has(name)) return [];
  return (await has(FILES.report)) ? onlyCompiled : [...onlyCompiled, FILES.report];
}

export const auditCommand = defineCommand({
  name: 'audit',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: {
    model: { type: 'string', requiresArg: true, demandOption: true, describe: 'the model, MODEL.onnx' },
    ptau: { type: 'string', requiresArg: true, describe: 'the powers-of-tau FILE that the key was made from' },
    transcript: {
      type: 'string',
      requiresArg: true,
      describe: 'CEREMONY that the key is said to come from; wants --ptau',
    },
  },
  run: async ({ dir, model, ptau, transcript }, output) => {
    const circuit = await readCircuit(dir);
    const bytes = await readModel(model);
    const has = (name: string) => isFile(join(dir, name));
    const vkey = (await has(FILES.vkey)) ? await readKey(dir) : undefined;
    const provingKey = (await has(FILES.provingKey)) ? await readProvingKey(dir) : undefined;
    const notCompared = await leftOut(has);
    const written = async (name: string) =>
      (await has(name))
        ? readBytes(join(dir, name), 'what compile wrote')
        : notCompared.includes(name)
          ? undefined
          : null;
    const files = {
      circom: await written(FILES.circom),
      graph: await written(FILES.graph),
      quantisedModel: await written(FILES.quantised),
      report: await written(FILES.report),
    };
    if (transcript !== undefined && ptau === undefined)
      throw usageError('expected --ptau FILE beside --transcript, got none', 'the first key is made again from it');
    const ceremony = transcript === undefined ? undefined : await readTranscript(transcript);
    if (ptau !== undefined) {
      await refuseUnreadable(ptau, 'a powers-of-tau file');
      if (vkey === undefined || provingKey === undefined)
        throw usageError('expected keys in the folder beside --ptau, got none', 'inferproof setup DIR makes them', dir);
    }
    const { audit } = await import('../../prover/index.js');
    const answer = await audit(circuit, bytes, {
      ...given(files),
      externalData: externalDataReader(model),
      ...given({ vkey, provingKey, ptau, ceremony }),
      onProgress: output.progress,
    }).catch(naming(model));
    const left = notCompared.length > 0 ? notCompared : undefined;
    if (answer.circuit === 'equal') output.note(byCircom(answer.wholeByCircom, left === undefined));
    const { circuit: same, key, firstDifference, differences } = answer;
    output.result({ circuit: same, key, ...given({ firstDifference, notCompared: left }) }, () =>
      facts([
        [
          'circuit',
          same === 'equal' ? 'equal to what the model compiles to' : 'different from what the model compiles to',
        ],
        ...differences.map((difference, i) => [i === 0 ? 'first' : 'also', place(difference)] as const),
        ...(left === undefined ? [] : [['not compared', `${left.join(', ')}: not in a fetched folder`] as const]),
        ...(same === 'equal' ? [['not audited', NOT_AUDITED] as const] : []),
        ['key', vkey === undefined ? 'none in the folder' : KEY_ANSWERS[key]],
      ]),
    );
    return same === 'equal' && key !== 'different' ? DONE : NEGATIVE;
  },
});
