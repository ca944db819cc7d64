// A prediction bought and paid on a chain: anvil, the exported Verifier, PayPerProof, one request, one proof.
// From the repository's root, after `npm run build:examples`:
//
//   node dist/examples/contract/run.js
import { readFileSync } from 'node:fs';
import { compile, modelInputs, type Argument } from 'inferproof/compiler';
import { readModel, readSamples } from 'inferproof/files';
import { prove, setup } from 'inferproof/prover';
import { packWords, type VerificationKey } from 'inferproof/verifier';
import { solidityVerifier, verifyCalldata } from 'inferproof/verifier/solidity';
import { formatEther, parseEther } from 'viem';
import { chosenArgument } from '../common.js';
import { account, startAnvil } from './anvil.js';
import { deploy, escrow } from './escrow.js';
import { compileSolidity } from './solc.js';

const folder = 'examples/mnist-mlp';
const [owner, client, host] = [account(0), account(1), account(2)];
const model = await readModel(`${folder}/model.onnx`);
const inputs = modelInputs(model);
const digit = await readSamples(`${folder}/digit.json`, inputs);

/** The client's side needs the verification key only: real inputs, as the integers and words that a proof shows. */
function inputWords({ publics }: VerificationKey, values: ArrayLike<number>): bigint[] {
  const inputs = publics.filter(({ role }) => role === 'input');
  const [{ scale, zero, lo, hi }] = inputs;
  if (inputs.length !== 1 || typeof scale !== 'number' || typeof zero !== 'number')
    throw new Error('expected one public input of one scale');
  const ints = Array.from(values, (x) => Math.min(hi, Math.max(lo, Math.round(x / scale + zero))));
  return packWords(inputs, [ints]);
}

/** A proof is `uint256[10]` under the lookup argument, `uint256[8]` under plain. */
function payPerProofSource(argument: Argument): string {
  const source = readFileSync('examples/contract/PayPerProof.sol', 'utf8');
  return argument === 'plain' ? source : source.replace('PROOF_WORDS = 8;', 'PROOF_WORDS = 10;');
}

const argument = chosenArgument();
const { circuit } = await compile(model, {
  argument,
  calibration: await readSamples(`${folder}/calibration.npz`, inputs),
});
const { provingKey, vkey } = await setup(circuit, { dev: true });
const input = inputWords(vkey, digit.inputs.input);

const { client: chain, stop } = await startAnvil();
try {
  const contracts = compileSolidity({
    'Verifier.sol': solidityVerifier(vkey, { allowInsecureKey: true }),
    'PayPerProof.sol': payPerProofSource(argument),
  });
  const verifier = await deploy(chain, owner, contracts.Verifier);
  const address = await deploy(chain, owner, contracts.PayPerProof, [verifier, BigInt(input.length), 10n]);
  const payPerProof = escrow(chain, address, contracts.PayPerProof);
  console.log(`Verifier ${verifier}, PayPerProof ${address}`);

  const { timestamp } = await chain.getBlock();
  const payment = parseEther('0.01');
  const id = await payPerProof.open({ client, payee: host.address, input, payment, deadline: timestamp + 3600n });
  console.log(`request ${id}: ${formatEther(payment)} ether for the digit on ${input.length} input words`);

  const context = await payPerProof.contextOf(id);
  const { proof, seconds } = await prove(circuit, provingKey, vkey, digit, { context });
  console.log(`proved in ${seconds.toFixed(1)} s`);

  const call = verifyCalldata(vkey, proof, context);
  const before = await chain.getBalance({ address: host.address });
  const { prediction, gas } = await payPerProof.settle(owner, id, call.words.map(BigInt), call.proof.map(BigInt));
  const paid = (await chain.getBalance({ address: host.address })) - before;
  console.log(`settled: the digit is a ${prediction}; the host got ${formatEther(paid)} ether; ${gas} gas`);
} finally {
  await stop();
}
