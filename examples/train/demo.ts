// The files that `inferproof demo` carries, made again from their sources: `npm run build:demo` writes them, and a test
// compares; and the contract that `inferproof page` runs in a page, page/universal.json. model.onnx and digit.json are the MLP example's; verifier.json has for each argument the contract of a development
// key (the template) as solc compiles it, whose constants the demo replaces by those of the key that it makes.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { compile, type Argument } from 'inferproof/compiler';
import { setup } from 'inferproof/prover';
import { serializeVerificationKey, type VerificationKey } from 'inferproof/verifier';
import { solidityVerifier, universalVerifier } from 'inferproof/verifier/solidity';
import { compileSolidity } from '../contract/solc.js';
import { PROVED, readDigits } from './mnist.js';

// run from the repository's root
const folder = 'cli/demo/';
const example = 'examples/mnist-mlp/';

/** A development key of the demo's circuit whose constants all fill 32 bytes, so that each is found in the bytecode. */
async function templateKey(argument: Argument): Promise<VerificationKey> {
  const model = readFileSync(`${example}model.onnx`);
  const { circuit } = await compile(model, { argument, inputRanges: { '': [0, 1] } });
  for (;;) {
    const { vkey } = await setup(circuit, { dev: true });
    const eta = vkey.argument === 'lookup' ? [vkey.eta] : [];
    const numbers = [vkey.alpha, vkey.beta, vkey.delta, vkey.ic, eta].flat(9).map(BigInt);
    if (numbers.every((v) => v >> 248n > 0n)) return vkey;
  }
}

const verifiers: Record<string, object> = {};
for (const argument of ['lookup', 'plain'] as const) {
  const vkey = await templateKey(argument);
  const source = solidityVerifier(vkey, { allowInsecureKey: true });
  const code = compileSolidity({ 'Verifier.sol': source }).Verifier.runtime;
  verifiers[argument] = { templateKey: serializeVerificationKey(vkey), code };
}
writeFileSync(`${folder}verifier.json`, `${JSON.stringify(verifiers)}\n`);
const universal = compileSolidity({ 'Verifier.sol': universalVerifier({ allowInsecureKey: true }) }).Verifier.runtime;
writeFileSync('page/universal.json', `${JSON.stringify({ code: universal })}\n`);
copyFileSync(`${example}model.onnx`, `${folder}model.onnx`);
const digit = JSON.parse(readFileSync(`${example}digit.json`, 'utf8')) as object;
writeFileSync(`${folder}digit.json`, `${JSON.stringify({ ...digit, label: readDigits('t10k').labels[PROVED] })}\n`);
