// demo: the main job from start to finish, on a model and a digit that the package carries: compile, make keys, prove,
// verify, and have the exported contract check the same proof in an Ethereum virtual machine.
import { compile, modelInputs, type Argument } from '../../compiler/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { verify, type Verification } from '../../verifier/index.js';
import { solidityVerifier, verifyCalldata } from '../../verifier/solidity/index.js';
import { defineCommand } from '../command.js';
import { readAssets, type DemoAssets } from '../demo/assets.js';
import { relink } from '../demo/contract.js';
import { drawDigit } from '../demo/digit.js';
import { callContract } from '../demo/evm.js';
import { DONE, NEGATIVE } from '../errors.js';
import type { Output } from '../output.js';
import { count, duration, facts, table } from '../text.js';
import { DEV_KEYS } from '../warnings.js';

export const demoCommand = defineCommand({
  name: 'demo',
  positionals: {},
  options: {},
  run: async (_, output) => {
    const start = performance.now();
    const assets = await readAssets();
    output.note('a perceptron, 784-32-10, reads this digit; each proof shows that it did');
    for (const line of ['', ...drawDigit(assets.digit.pixels), '']) output.note(line);
    output.warn(DEV_KEYS);
    output.note(
      'where they come from: drawn by this process; keys to rely on come from a ceremony (inferproof ceremony start)',
    );
    const lookup = await runOnce('lookup', assets, output);
    const runs = [lookup, await runOnce('plain', assets, output)] as const;
    const [{ gas }] = runs;
    const valid = runs.every((run) => run.answer.valid && digitOf(run.answer) === assets.digit.label);
    const onChain = runs.every((run) => run.onChain);
    const seconds = (performance.now() - start) / 1000;
    output.note('');
    output.result({ valid, onChain, gas, seconds }, () => [...sideBySide(runs), '', ...verdict(runs, assets)]);
    output.note('');
    output.note('with a model of yours: inferproof inspect MODEL.onnx');
    return valid && onChain ? DONE : NEGATIVE;
  },
});

interface DemoRun {
  readonly argument: Argument;
  readonly rows: number;
  readonly domain: number;
  readonly setupSeconds: number;
  readonly proveSeconds: number;
  readonly proofBytes: number;
  readonly answer: Verification;
  readonly onChain: boolean;
  readonly gas: number;
}

/** Compile, keys, proof, verification, contract, under one argument. */
async function runOnce(argument: Argument, { model, digit, verifiers }: DemoAssets, output: Output): Promise<DemoRun> {
  const { setup, prove } = await import('../../prover/index.js');
  output.note(`${argument} argument`);
  const [input] = modelInputs(model, {});
  const { circuit, report } = await timed(output, 'compile', () =>
    compile(model, { argument, inputRanges: { '': [0, 1] } }),
  );
  const { provingKey, vkey, seconds: setupSeconds } = await timed(output, 'setup', () => setup(circuit, { dev: true }));
  const samples = { count: 1, inputs: { [input.name]: digit.pixels } };
  const made = await timed(output, 'prove', () => prove(circuit, provingKey, vkey, samples));
  const answer = await timed(output, 'verify', () => verify(vkey, made.proof, { allowInsecureKey: true }));
  const { templateKey, code: templateCode } = verifiers[argument];
  const insecure = { allowInsecureKey: true };
  const code = relink(templateCode, solidityVerifier(templateKey, insecure), solidityVerifier(vkey, insecure));
  const { data } = verifyCalldata(vkey, made.proof);
  const [onChain, forged] = await timed(output, 'contract', () => callContract(code, [data, withOtherWord(data)]));
  if (forged.accepted)
    throw new InferproofError('internal', 'expected the contract to refuse a changed proof, got true');
  const { rows, domain } = report;
  const { seconds: proveSeconds, proofBytes } = made;
  return {
    argument,
    rows,
    domain,
    setupSeconds,
    proveSeconds,
    proofBytes,
    answer,
    onChain: onChain.accepted,
    gas: onChain.gas,
  };
}

function sideBySide(runs: readonly DemoRun[]): string[] {
  const right = 'right' as const;
  return table(
    [
      { title: 'argument' },
      { title: 'rows', align: right },
      { title: 'domain', align: right },
      { title: 'setup', align: right },
      { title: 'prove', align: right },
      { title: 'proof', align: right },
      { title: 'gas', align: right },
    ],
    runs.map((run) => [
      run.argument,
      count(run.rows),
      count(run.domain),
      duration(run.setupSeconds),
      duration(run.proveSeconds),
      `${run.proofBytes} bytes`,
      count(run.gas),
    ]),
  );
}

function verdict(runs: readonly DemoRun[], { digit }: DemoAssets): string[] {
  const [{ answer }] = runs;
  const all = (good: boolean): string => (good ? 'valid' : 'invalid');
  return facts([
    ['the model reads', `${digitOf(answer) ?? 'nothing'} (the digit is a ${digit.label})`],
    ['proofs in Node', all(runs.every((run) => run.answer.valid))],
    ['proofs on chain', `${all(runs.every((run) => run.onChain))}; gas is that of the whole transaction`],
    ['changed proofs', 'refused on chain'],
  ]);
}

async function timed<T>(output: Output, step: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  output.note(`  ${step.padEnd(8)}  ${duration((performance.now() - start) / 1000)}`);
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
