// First keys from powers of tau: ours, and for plain circuits snarkjs's `zkey new` beside it. Each runs in a process of its own, so that
// time and peak memory are its own.
//
//   npm run bench:key                                the example models
//   npm run bench:key -- MODEL.onnx DATA.npz …       others, lookup only: pairs of a model and its calibration data (test/models)
//
// The powers are made here, from secrets drawn for it, in less than a minute for 2^18. That a ceremony made a file is for
// `snarkjs powersoftau verify`, which setup runs once for each file, and is not in these figures.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import * as snarkjs from 'snarkjs';
import { compile, modelInputs, type Argument } from 'inferproof/compiler';
import { readModel, readSamples } from 'inferproof/files';
import { arrange } from '#compiler/circuit/arrange.js';
import { r1csFile } from '#compiler/circuit/r1cs.js';
import type { RowSystem } from '#compiler/circuit/rows.js';
import { linkCircuit } from '#prover/circom/link.js';
import { binBytes } from '#prover/files/binfile.js';
import { randomScalar } from '#prover/random.js';
import { firstKey } from '#prover/setup/first-key.js';
import { boundWires, domainPower } from '#prover/setup/layout.js';
import { knownPowers } from './powers.js';

interface Figures {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** Of this process alone: maxRSS begins with that of the process that started it. */
async function peakMebibytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}

/** In a process of its own: files of the system and the powers; 'r1cs' is snarkjs's file of the system. */
async function alone(what: string, system: string, ptau: string): Promise<Figures> {
  const bytes = await readFile(system);
  const start = performance.now();
  if (what === 'snarkjs') await snarkjs.zKey.newZKey(system, ptau, { type: 'mem' });
  else await firstKey(deserialize(bytes) as RowSystem, ptau, { argument: what as Argument });
  return { seconds: (performance.now() - start) / 1000, mebibytes: await peakMebibytes() };
}

function run(what: string, system: string, ptau: string): Figures {
  const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--alone', what, system, ptau], {
    encoding: 'utf8',
  });
  return JSON.parse(out) as Figures;
}

const print = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
const figures = ({ seconds, mebibytes }: Figures): string => `${seconds.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB`;

async function measure(folder: string, model: string, data: string, argument: Argument): Promise<void> {
  const bytes = await readModel(model);
  const { circuit } = await compile(bytes, { argument, calibration: await readSamples(data, modelInputs(bytes)) });
  const system = await linkCircuit(arrange(circuit));
  const power = domainPower(system.nRows + boundWires(system, argument).length);
  const ptau = join(folder, `${power}.ptau`);
  if (!powers.has(power)) {
    const [tau, alpha, beta] = [randomScalar(), randomScalar(), randomScalar()];
    await writeFile(ptau, binBytes(await knownPowers(power, { tau, alpha, beta })));
    powers.add(power);
  }
  const [ours, theirs] = ['system', 'r1cs'].map((name) => join(folder, name));
  await writeFile(ours, serialize(system));
  const mine = run(argument, ours, ptau);
  const terms = system.sides.map(({ wire }) => wire.length.toLocaleString('en')).join(' + ');
  const cells = [model.split('/').at(-2) ?? model, argument, `2^${power}`, terms, figures(mine)];
  if (argument === 'lookup') {
    print(...cells, '', '');
    return;
  }
  await writeFile(theirs, Buffer.concat([...r1csFile(system)]));
  const stock = run('snarkjs', theirs, ptau);
  print(...cells, figures(stock), (stock.seconds / mine.seconds).toFixed(1));
}

const args = process.argv.slice(2);
const powers = new Set<number>();
if (args[0] === '--alone') {
  process.stdout.write(JSON.stringify(await alone(args[1], args[2], args[3])));
  process.exit(0);
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
console.log(`${availableParallelism()} x ${cpus()[0].model}, Node ${process.version}, commit ${commit}\n`);
print('model', 'argument', 'domain', 'terms of A + B + C', 'first key', 'snarkjs zkey new', 'ratio');
print('---', '---', '---', '---', '---', '---', '---');
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
