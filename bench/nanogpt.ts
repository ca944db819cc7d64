// What nanoGPT of ezkl's example costs, from gpt.ts to a chain: rows, keys, proofs, memory, verification in Node, gas beside LeNet-5's.
//
//   npm run bench:nanogpt -- DIR [PROOFS]     writes DIR/model.onnx, DIR/tokens.json, DIR/out and DIR/lenet; what of out and lenet is there is kept
//
// Its weights are random, so its answers are near ties and the accuracy contract would refuse it at 8 bits: --allow-loss. 6 GiB of
// memory and of disk.
import { createEVM } from '@ethereumjs/evm';
import { createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { solidityVerifier, verifyCalldata } from '../verifier/solidity/index.js';

const MODELS = { out: 'nanoGPT', lenet: 'LeNet-5' } as const;
const [folder, proofs = '3'] = process.argv.slice(2);
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What a program of ours prints; its talk goes to stderr. */
function run(...args: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return stdout;
}
const inferproof = (...args: readonly string[]): Record<string, unknown> =>
  JSON.parse(run(file('../cli/main.js'), ...args, '--json')) as Record<string, unknown>;

/** Compiled and set up, unless it is. */
function made(name: keyof typeof MODELS, ...compile: readonly string[]): string {
  const dir = `${folder}/${name}`;
  if (existsSync(`${dir}/proving.key`)) return dir;
  inferproof('compile', ...compile, '-o', dir);
  inferproof('setup', dir, '--dev');
  return dir;
}

/** Gas of the whole transaction that checks the proof of a folder. */
async function gasOf(dir: string): Promise<{ readonly words: number; readonly gas: number }> {
  const json = (name: string): unknown => JSON.parse(readFileSync(`${dir}/${name}`, 'utf8'));
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
  const settings = {
    evmVersion: 'paris',
    optimizer: { enabled: true, runs: 1_000_000 },
    outputSelection: { '*': { Verifier: ['evm.deployedBytecode.object'] } },
  };
  const sources = { v: { content: solidityVerifier(json('vkey.json'), { allowInsecureKey: true, name: 'Verifier' }) } };
  const compiled = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }))) as {
    readonly contracts: { readonly v: { readonly Verifier: { evm: { deployedBytecode: { object: string } } } } };
  };
  const code = Buffer.from(compiled.contracts.v.Verifier.evm.deployedBytecode.object, 'hex');
  const { data, words } = verifyCalldata(json('vkey.json'), json('proof.json'));
  const bytes = hexToBytes(data);
  const evm = await createEVM();
  const to = createAddressFromString(`0x${'c0'.repeat(20)}`);
  await evm.stateManager.putCode(to, code);
  const call = async () => (await evm.runCall({ to, data: bytes, gasLimit: 30_000_000n })).execResult;
  await call(); // of the first one this machine charges access to precompiles, as no chain does
  const { executionGasUsed, returnValue } = await call();
  if (returnValue.length !== 32 || returnValue[31] !== 1)
    throw new Error(`${dir}: the contract does not accept the proof`);
  const ofData = bytes.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0); // https://eips.ethereum.org/EIPS/eip-2028
  return { words: words.length, gas: 21_000 + ofData + Number(executionGasUsed) };
}

const tokens = `${folder}/tokens.json`;
if (!existsSync(tokens)) run(file('gpt.js'), folder);
const gpt = made('out', `${folder}/model.onnx`, '--calibrate', tokens, '--bits', '8', '--allow-loss');
const data = 'examples/mnist-lenet/calibration.npz';
const lenet = made('lenet', 'examples/mnist-lenet/model.onnx', '--calibrate', data);

const lines = ['| model | rows | agreement | range error | prove (each) | verify | words | gas |', '|---|---|---|---|---|---|---|---|']; // prettier-ignore
for (const [dir, name, samples] of [
  [gpt, MODELS.out, tokens],
  [lenet, MODELS.lenet, data],
] as const) {
  const seconds = Array.from({ length: Number(proofs) }, (_, i) => Number(inferproof('prove', dir, '--input', samples, '--index', `${i}`)['seconds'])); // prettier-ignore
  const start = performance.now();
  if (inferproof('verify', dir)['valid'] !== true) throw new Error(`${dir}: the proof is not valid`);
  const verify = (performance.now() - start) / 1000;
  const { rows, agreement, rangeError } = JSON.parse(readFileSync(`${dir}/report.json`, 'utf8')) as Record<string, number>; // prettier-ignore
  const { words, gas } = await gasOf(dir);
  const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
  lines.push(`| ${name} | ${rows.toLocaleString('en')} | ${percent(agreement)} | ${percent(rangeError)} | ${seconds.map((s) => `${s.toFixed(2)} s`).join(', ')} | ${verify.toFixed(2)} s | ${words} | ${gas.toLocaleString('en')} |`); // prettier-ignore
}
process.stdout.write(
  `${lines.join('\n')}\n\n${cpus().length} x ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)} at the end\n`,
);
