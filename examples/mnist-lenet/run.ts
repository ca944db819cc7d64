// LeNet-5 with a hidden input: the proof says "this model, on some digit that I have, computed these scores".
// From the repository's root, after `npm run build:examples`:
//
//   node dist/examples/mnist-lenet/run.js [lookup|plain]
import { compile, modelInputs } from 'inferproof/compiler';
import { readLabels, readModel, readSamples } from 'inferproof/files';
import { check, prove, setup } from 'inferproof/prover';
import { verify } from 'inferproof/verifier';
import { chosenArgument, largest } from '../common.js';

const folder = 'examples/mnist-lenet';
const model = await readModel(`${folder}/model.onnx`);
const inputs = modelInputs(model);
const calibration = await readSamples(`${folder}/calibration.npz`, inputs);
const digit = await readSamples(`${folder}/digit.json`, inputs);

const { circuit, report } = await compile(model, {
  argument: chosenArgument(),
  public: 'output',
  calibration,
  labels: await readLabels(`${folder}/labels.npy`, calibration.count),
  minAgreement: 0.99,
});
console.log(`compiled: ${report.rows} rows, agreement ${report.agreement}`);
if (report.accuracy) console.log(`accuracy: float ${report.accuracy.float}, quantised ${report.accuracy.quantised}`);

// Every constraint, without keys: the quick test of a circuit before the setup is worth its time.
const { satisfied, violations } = await check(circuit, digit);
if (!satisfied) throw new Error(`expected a satisfied circuit, got ${violations} violations`);

const { provingKey, vkey } = await setup(circuit, { dev: true });
const { proof, seconds, proofBytes } = await prove(circuit, provingKey, vkey, digit);
console.log(`proved: ${proofBytes} bytes in ${seconds.toFixed(1)} s`);

const result = verify(vkey, proof, { allowInsecureKey: true });
if (!result.valid) throw new Error(`expected a valid proof, got ${result.reason}`);
console.log(`verified: the model reads a ${largest(result.outputs.output.floats)}`);
console.log(`inputs that the proof shows: ${Object.keys(result.inputs).length}`);
