// verify: does the proof hold, and which outputs does it prove.
import { readMatchingKey, readProof } from '../../files/folder.js';
import {
  verify,
  type PublicTensor,
  type Reason,
  type Verification,
  type VerificationKey,
} from '../../verifier/index.js';
import { defineCommand } from '../command.js';
import { DONE, NEGATIVE } from '../errors.js';
import { CONTEXT, given, readContext } from '../options.js';
import { proofFile } from '../proof-file.js';
import { inOrder, tensorLines, type Decisions, type Tensors } from '../tensors.js';
import { claimOf, DEV_KEY } from '../warnings.js';

/** What is wrong, for each reason; docs/verifying.md has the same words. */
export const MEANING: Readonly<Record<Reason, string>> = {
  malformed: 'not a proof file of this argument and version',
  'public-count': 'more or fewer public values than the key declares',
  'not-in-field': 'a number above its field: a public value ≥ r, a coordinate ≥ q',
  infinity: 'a point at infinity',
  'not-on-curve': 'a point off its curve',
  'wrong-subgroup': 'a point outside the subgroup of order r',
  'insecure-key': 'a development key, and it was not allowed',
  'degenerate-key': 'a key whose proofs anybody can forge',
  context: 'made for another context',
  pairing: 'not a proof of these public values under this key and context',
  'word-range': 'a valid proof whose words the key cannot decode: circuit and key disagree',
};

export const verifyCommand = defineCommand({
  name: 'verify',
  positionals: {
    key: 'folder of a compiled model, DIR, or vkey.json',
    proof: { optional: 'the proof, PROOF.json (default DIR/proof.json)' },
  },
  options: {
    ...CONTEXT,
    'require-secure': { type: 'boolean', default: false, describe: 'refuse a development key' },
  },
  run: async (args, output) => {
    const context = readContext(args.context);
    const file = await proofFile(args);
    const key = await readMatchingKey(args.key);
    const proof = await readProof(file, key);
    if (key.insecure && !args['require-secure']) output.warn(DEV_KEY);
    if (!key.insecure) output.note(claimOf(key));
    const answer = verify(key, proof, { allowInsecureKey: !args['require-secure'], ...given({ context }) });
    const outputs = key.publics.filter(({ role }) => role === 'output');
    const decisions: Decisions = new Map(outputs.map(({ name, decision }) => [name, decision]));
    const shown = inWordOrder(key, answer);
    output.result(shown, () => text(shown, decisions));
    return answer.valid ? DONE : NEGATIVE;
  },
});

type Shown =
  | { readonly valid: true; readonly outputs: Tensors; readonly inputs: Tensors }
  | { readonly valid: false; readonly reason: Reason };

function inWordOrder({ publics }: VerificationKey, answer: Verification): Shown {
  if (!answer.valid) return answer;
  const named = (role: PublicTensor['role']): string[] =>
    publics.filter((one) => one.role === role).map(({ name }) => name);
  const { outputs, inputs } = answer;
  return { valid: true, outputs: inOrder(named('output'), outputs), inputs: inOrder(named('input'), inputs) };
}

function text(answer: Shown, decisions: Decisions): string[] {
  if (!answer.valid) return [`invalid: ${answer.reason}, ${MEANING[answer.reason]}`];
  return ['valid', ...tensorLines(answer.outputs, decisions), ...tensorLines(answer.inputs, null)];
}
