// What a ceremony costs: the first key from powers of tau, a contribution, the verification of three; and for plain circuits snarkjs's
// `zkey new`, `contribute` and `verify` beside them. Each side runs in a process of its own, so that its peak memory is its own.
//
//   npm run bench:ceremony                                the example models
//   npm run bench:ceremony -- MODEL.onnx DATA.npz …       others, lookup only: pairs of a model and its calibration data (test/models)
//
// The powers are made here, from secrets drawn for it, in less than a minute for 2^18. That a ceremony made a file is for
// `snarkjs powersoftau verify`, which runs once for each file, and is not in these figures.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import * as snarkjs from 'snarkjs';
import { compile, modelInputs, decodeCircuit, encodeCircuit, type Argument } from 'inferproof/compiler';
import { readModel, readSamples } from 'inferproof/files';
import { contribute } from 'inferproof/prover';
import { arrange } from '#compiler/circuit/arrange.js';
import { r1csFile } from '#compiler/circuit/r1cs.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { begin } from '#prover/ceremony/beginning.js';
import { verifyTranscript } from '#prover/ceremony/verify.js';
import { linkCircuit } from '#prover/circom/link.js';
import { binBytes } from '#prover/files/binfile.js';
import { randomScalar } from '#prover/random.js';
import { firstKey } from '#prover/setup/first-key.js';
import { boundWires, domainPower } from '#prover/setup/layout.js';
import { knownPowers } from './powers.js';

const CONTRIBUTORS = ['one', 'two', 'three'];

interface Figures {
  readonly first: number;
  /** The longest. */
  readonly contribution: number;
  readonly verification: number;
  readonly mebibytes: number;
}

const ptauOf = (folder: string, power: number): string => join(folder, `${power}.ptau`);
const file = (folder: string, name: 'circuit' | 'system' | 'r1cs'): string => join(folder, name);

async function timed<T>(work: () => Promise<T>): Promise<[result: T, seconds: number]> {
  const start = performance.now();
  return [await work(), (performance.now() - start) / 1000];
}

/** Of this process alone: maxRSS begins with that of the process that started it. */
async function peakMebibytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}

async function ours(folder: string, ptau: string): Promise<Figures> {
  const circuit = decodeCircuit(await readFile(file(folder, 'circuit'), 'utf8'), 'circuit');
  const system = deserialize(await readFile(file(folder, 'system'))) as RowSystem;
  const make = (): ReturnType<typeof firstKey> => firstKey(system, ptau, { argument: circuit.options.argument });
  const powers = '0'.repeat(64);
  const [{ ceremony, key: start }, first] = await timed(async () => begin(circuit, (await make()).file, powers));
  const steps: string[] = [];
  const seconds: number[] = [];
  let key = start;
  for (const name of CONTRIBUTORS) {
    const [added, took] = await timed(() => contribute({ ceremony, steps }, key, { name }));
    steps.push(added.step);
    key = added.key;
    seconds.push(took);
  }
  const [answer, verification] = await timed(() =>
    verifyTranscript({ ceremony, steps }, key, circuit, powers, async () => (await make()).file),
  );
  if (!answer.valid) throw new Error(`${answer.wrong}: ${answer.reason}`);
  return { first, contribution: Math.max(...seconds), verification, mebibytes: await peakMebibytes() };
}

async function theirs(folder: string, ptau: string): Promise<Figures> {
  const r1cs = file(folder, 'r1cs');
  const zkey = (step: number): string => join(folder, `${step}.zkey`);
  const [, first] = await timed(() => snarkjs.zKey.newZKey(r1cs, ptau, zkey(0)));
  const seconds: number[] = [];
  for (const [i, name] of CONTRIBUTORS.entries()) {
    const [, took] = await timed(() => snarkjs.zKey.contribute(zkey(i), zkey(i + 1), name, `${randomScalar()}`));
    seconds.push(took);
  }
  const [valid, verification] = await timed(() => snarkjs.zKey.verifyFromR1cs(r1cs, ptau, zkey(CONTRIBUTORS.length)));
  if (!valid) throw new Error('snarkjs refuses its own key');
  return { first, contribution: Math.max(...seconds), verification, mebibytes: await peakMebibytes() };
}

const sides: Readonly<Record<string, (folder: string, ptau: string) => Promise<Figures>>> = { ours, theirs };

const alone = (side: string, folder: string, ptau: string): Figures =>
  JSON.parse(
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--alone', side, folder, ptau], {
      encoding: 'utf8',
    }),
  ) as Figures;

const print = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
const cells = ({ first, contribution, verification, mebibytes }: Figures): string[] => [
  ...[first, contribution, verification].map((seconds) => `${seconds.toFixed(1)} s`),
  `${mebibytes.toFixed(0)} MiB`,
];

async function measure(folder: string, model: string, data: string, argument: Argument): Promise<void> {
  const bytes = await readModel(model);
  const { circuit } = await compile(bytes, { argument, calibration: await readSamples(data, modelInputs(bytes)) });
  const system = await linkCircuit(arrange(circuit));
  const power = domainPower(system.nRows + boundWires(system, argument).length);
  if (!powers.has(power)) {
    const [tau, alpha, beta] = [randomScalar(), randomScalar(), randomScalar()];
    await writeFile(ptauOf(folder, power), binBytes(await knownPowers(power, { tau, alpha, beta })));
    powers.add(power);
  }
  await writeFile(file(folder, 'circuit'), encodeCircuit(circuit));
  await writeFile(file(folder, 'system'), serialize(system));
  const what = [model.split('/').at(-2) ?? model, argument, `2^${power}`];
  const mine = alone('ours', folder, ptauOf(folder, power));
  print(...what, 'inferproof', ...cells(mine));
  if (argument === 'lookup') return;
  await writeFile(file(folder, 'r1cs'), Buffer.concat([...r1csFile(system)]));
  const stock = alone('theirs', folder, ptauOf(folder, power));
  print(...what, 'snarkjs', ...cells(stock));
  const ratio = (of: (figures: Figures) => number): string => `${(of(stock) / of(mine)).toFixed(1)}x`;
  print(
    ...what,
    'ratio',
    ratio((f) => f.first),
    ratio((f) => f.contribution),
    ratio((f) => f.verification),
    '',
  );
}

const args = process.argv.slice(2);
const powers = new Set<number>();
if (args[0] === '--alone') {
  process.stdout.write(JSON.stringify(await sides[args[1]](args[2], args[3])));
  process.exit(0);
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
console.log(`${availableParallelism()} x ${cpus()[0].model}, Node ${process.version}, commit ${commit}\n`);
print('model', 'argument', 'domain', 'by', 'first key', 'contribution', 'verification of three', 'peak memory');
print(...'--------'.split('').map(() => '---'));
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  if (args.length === 0) {
    const example = (name: string): [string, string] => [`examples/${name}/model.onnx`, `examples/${name}/calibration.npz`]; // prettier-ignore
    await measure(folder, ...example('mnist-mlp'), 'plain');
    for (const name of ['mnist-mlp', 'mnist-lenet']) await measure(folder, ...example(name), 'lookup');
  }
  for (let i = 0; i + 1 < args.length; i += 2) await measure(folder, args[i], args[i + 1], 'lookup');
} finally {
  await rm(folder, { recursive: true });
}
