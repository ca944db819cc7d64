// demo: the main job from start to finish, on a model and a digit that the package carries: compile, make keys, prove,
// verify, and have the exported contract check the same proof in an Ethereum virtual machine.
import { compile, modelInputs } from '../../compiler/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { verify, type Verification } from '../../verifier/index.js';
import { solidityVerifier, verifyCalldata } from '../../verifier/solidity/index.js';
import { defineCommand } from '../command.js';
import { readAssets } from '../demo/assets.js';
import { relink } from '../demo/contract.js';
import { drawDigit } from '../demo/digit.js';
import { callContract } from '../demo/evm.js';
import { DONE, NEGATIVE } from '../errors.js';
import type { Output } from '../output.js';
import { withProver } from '../prover.js';
import { count, duration, facts } from '../text.js';
import { DEV_KEY } from '../warnings.js';

export const demoCommand = defineCommand({
  name: 'demo',
  describe: 'the main job, start to finish, on an embedded example',
  positionals: {},
  options: {},
  run: async (_, output) => {
    const start = performance.now();
    const { model, digit, verifier } = await readAssets();
    output.note(drawDigit(digit.pixels));
    const [input] = modelInputs(model, {});
    const { circuit, report } = await timed(output, 'compile', () =>
      compile(model, { argument: 'plain', inputRanges: { '': [0, 1] }, onProgress: output.progress }),
    );
    output.note(`  ${count(report.rows)} rows in a domain of ${count(report.domain)}`);
    const samples = { count: 1, inputs: { [input.name]: digit.pixels } };
    const { vkey, proof, proofBytes } = await withProver(async ({ setup, prove }) => {
      const keys = await timed(output, 'setup', () => setup(circuit, { dev: true }, { onProgress: output.progress }));
      output.warn(DEV_KEY);
      const made = await timed(output, 'prove', () =>
        prove(circuit, keys.provingKey, keys.vkey, samples, { onProgress: output.progress }),
      );
      return { vkey: keys.vkey, ...made };
    });
    output.note(`  a proof of ${proofBytes} bytes`);
    const answer = await timed(output, 'verify', () => verify(vkey, proof, { allowInsecureKey: true }));
    const insecure = { allowInsecureKey: true };
    const code = relink(
      verifier.code,
      solidityVerifier(verifier.templateKey, insecure),
      solidityVerifier(vkey, insecure),
    );
    const { data } = verifyCalldata(vkey, proof);
    const [onChain, forged] = await timed(output, 'contract', () => callContract(code, [data, withOtherWord(data)]));
    if (forged.accepted)
      throw new InferproofError('internal', 'expected the contract to refuse a changed proof, got true');
    const valid = answer.valid && digitOf(answer) === digit.label;
    const seconds = (performance.now() - start) / 1000;
    output.result({ valid, onChain: onChain.accepted, gas: onChain.gas, seconds }, () =>
      facts([
        ['the model reads', `${digitOf(answer) ?? 'nothing'} (the digit is a ${digit.label})`],
        ['proof in Node', answer.valid ? 'valid' : `invalid: ${answer.reason}`],
        [
          'proof on chain',
          `${onChain.accepted ? 'valid' : 'invalid'}, ${count(onChain.gas)} gas the whole transaction`,
        ],
        ['changed proof', 'refused on chain'],
        ['time', duration(seconds)],
      ]),
    );
    return valid && onChain.accepted ? DONE : NEGATIVE;
  },
});

async function timed<T>(output: Output, step: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  output.note(`${step}: ${duration((performance.now() - start) / 1000)}`);
  return result;
}

/** Index of the greatest value of the only output. */
function digitOf(answer: Verification): number | undefined {
  const [scores] = answer.valid ? Object.values(answer.outputs) : [];
  return scores?.floats.reduce((at, v, i, all) => (v > all[at] ? i : at), 0);
}

/** The same call with the last bit of its last word changed. */
function withOtherWord(data: string): string {
  const last = parseInt(data.slice(-1), 16);
  return data.slice(0, -1) + (last ^ 1).toString(16);
}
