// From model.onnx to a checked proof with the library, step by step.
// From the repository's root, after `npm run build:examples`:
//
//   node dist/examples/mnist-mlp/run.js [lookup|plain]
import { compile, modelInputs } from 'inferproof/compiler';
import { readLabels, readModel, readSamples } from 'inferproof/files';
import { prove, setup } from 'inferproof/prover';
import { verify } from 'inferproof/verifier';
import { chosenArgument, largest } from '../common.js';

const folder = 'examples/mnist-mlp';
const model = await readModel(`${folder}/model.onnx`);
const inputs = modelInputs(model);
const calibration = await readSamples(`${folder}/calibration.npz`, inputs);
const digit = await readSamples(`${folder}/digit.json`, inputs);

// 1. Integers in place of floats, with ranges from 200 digits; refused if fewer than 99 % of the answers stay the same.
const { circuit, report } = await compile(model, {
  argument: chosenArgument(),
  calibration,
  labels: await readLabels(`${folder}/labels.npy`, calibration.count),
  minAgreement: 0.99,
});
console.log(`compiled: ${report.rows} rows, agreement ${report.agreement}`);

// 2. Keys of a development setup: whoever runs it could forge proofs, so only tests and examples use them.
const { provingKey, vkey } = await setup(circuit, { dev: true });

// 3. The host proves. The context binds the proof to one purpose, here the hash that some application asked for.
const context = `0x${'2a'.repeat(32)}`;
const { proof, seconds, proofBytes } = await prove(circuit, provingKey, vkey, digit, { context });
console.log(`proved: ${proofBytes} bytes in ${seconds.toFixed(1)} s`);

// 4. Anybody checks, with the key and the proof alone, and acts on values of the model's own outputs.
const result = verify(vkey, proof, { context, allowInsecureKey: true });
if (!result.valid) throw new Error(`expected a valid proof, got ${result.reason}`);
console.log(`verified: the model reads a ${largest(result.outputs.output.floats)}`);

// 5. A proof serves its context only.
const elsewhere = verify(vkey, proof, { context: `0x${'2b'.repeat(32)}`, allowInsecureKey: true });
console.log(`under another context: ${elsewhere.valid ? 'valid' : elsewhere.reason}`);
