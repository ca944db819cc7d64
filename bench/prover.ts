// Proofs by the kernel and by stock snarkjs, alternately in one process, part by part; then each alone in a process of its own, for
// the time of a whole command and its memory. rapidsnark joins as a command where there is one: `rapidsnark KEY WITNESS PROOF PUBLIC`
// on the PATH, or what RAPIDSNARK names.
//
//   npm run bench:prover -- [SIZES] [RUNS]        log2 of the rows, default 12,14,16; runs of each, default 3
//
// The circuit is what the plain argument makes: most wires are bits with a row each, every 20 bits are a number. Its keys are
// development keys, of the same form and size as those of a ceremony.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as snarkjs from 'snarkjs';
import { fieldBytes } from '#compiler/circuit/field.js';
import { A, B, C, RowBuilder, type Matrix, type RowSystem } from '#compiler/circuit/rows.js';
import { binBytes, section, type BinFile } from '#prover/files/binfile.js';
import { openBin, readBin } from '#prover/files/disk.js';
import { groth16, openProvingKernel, type ProvingKernel } from '#prover/kernel/index.js';
import { put } from '#prover/kernel/machine.js';
import { threadMachine } from '#prover/kernel/node.js';
import { powerTables, quotientScalars } from '#prover/kernel/quotient.js';
import { multiExps } from '#prover/kernel/sums.js';
import { devSetup } from '#prover/setup/dev.js';
import { keyShape } from '#prover/files/key.js';
import { SECTION } from '#prover/files/zkey.js';
import { witnessFile } from '#prover/snarkjs/index.js';
import { R } from '#verifier/field.js';

const BITS = 20;

interface Subject {
  readonly key: BinFile;
  readonly bytes: Uint8Array;
  readonly witness: Uint8Array;
  readonly witnessFile: Uint8Array;
}

/** Just under 2^lg rows: numbers of 20 bits, and the products of each with the product before. */
function circuit(lg: number): { system: RowSystem; wires: bigint[] } {
  const numbers = Math.floor((2 ** lg - 3) / (BITS + 2));
  const builder = new RowBuilder({ nCommitted: 0, nPublic: 1, nPrivate: numbers * (BITS + 2) });
  const wires = [1n, 5n];
  const row = (terms: readonly (readonly [Matrix, number, number])[]): void => {
    builder.begin();
    for (const [matrix, wire, coefficient] of terms) builder.term(matrix, wire, coefficient);
  };
  let before = 1;
  for (let k = 0; k < numbers; k++) {
    const value = Math.imul(k + 1, 0x9e3779b1) >>> (32 - BITS);
    const bits = Array.from({ length: BITS }, (_, i) => (value >> i) & 1);
    const first = wires.length;
    const [number, product] = [first + BITS, first + BITS + 1];
    wires.push(...bits.map(BigInt), BigInt(value), (BigInt(value) * wires[before]) % R);
    bits.forEach((_, i) => row([[A, first + i, 1], [B, first + i, 1], [B, 0, -1]])); // prettier-ignore
    row([...bits.map((_, i) => [A, first + i, 2 ** i] as const), [B, 0, 1], [C, number, 1]]);
    row([[A, number, 1], [B, before, 1], [C, product, 1]]); // prettier-ignore
    before = product;
  }
  return { system: builder.seal(), wires };
}

async function subject(lg: number): Promise<Subject> {
  const { system, wires } = circuit(lg);
  const { file: key } = await devSetup(system, { argument: 'plain' });
  const witness = fieldBytes(wires);
  return { key, bytes: binBytes(key), witness, witnessFile: witnessFile(witness) };
}

const PARTS = ['quotient', 'H sum', 'whole'] as const;
type Parts = Readonly<Record<(typeof PARTS)[number], number>>;

/** snarkjs says where it is: the quotient is from the products to the first points, the H sum is the last. */
async function stock({ bytes, witnessFile }: Subject): Promise<Parts> {
  const times = new Map<string, number>();
  const debug = (message: string): void => {
    if (!times.has(message)) times.set(message, performance.now());
  };
  const quiet = (): void => undefined;
  const start = performance.now();
  await snarkjs.groth16.prove(bytes, witnessFile, { debug, info: quiet, warn: quiet, error: quiet });
  const end = performance.now();
  const at = (message: string): number => times.get(message) ?? NaN;
  return {
    quotient: at('Reading A Points') - at('Building ABC'),
    'H sum': end - at('Reading H Points'),
    whole: end - start,
  };
}

const partsMachine = await threadMachine(availableParallelism());

/** The whole by an open kernel, then the two parts once more by themselves. */
async function ours(kernel: ProvingKernel, { key, witness }: Subject): Promise<Parts> {
  const start = performance.now();
  await groth16(kernel, witness);
  const whole = performance.now() - start;
  const { nWires, domain } = keyShape(key);
  const mark = partsMachine.mark();
  const points = put(partsMachine, section(key, SECTION.h));
  const before = performance.now();
  const tables = await powerTables(partsMachine, domain);
  const scalars = await quotientScalars(partsMachine, { key, witness, nWires, domain, tables });
  const between = performance.now();
  await multiExps(partsMachine, [{ points, scalars, count: domain }]);
  const after = performance.now();
  partsMachine.release(mark);
  return { quotient: between - before, 'H sum': after - between, whole };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

const PROVERS = ['ours', 'snarkjs', 'rapidsnark'] as const;
type Prover = (typeof PROVERS)[number];

const rapidsnark = process.env['RAPIDSNARK'] ?? 'rapidsnark';
const hasRapidsnark = spawnSync(rapidsnark).error === undefined;

/** One proof in a process of its own: milliseconds from start to exit. */
async function command(prover: Prover, folder: string): Promise<number> {
  const at = (name: string): string => join(folder, name);
  const start = performance.now();
  if (prover === 'rapidsnark')
    await promisify(execFile)(rapidsnark, [at('key'), at('witness'), at('proof'), at('public')]);
  else {
    const args = [fileURLToPath(import.meta.url), '--alone', prover, folder];
    peaks[prover] = Number((await promisify(execFile)(process.execPath, args)).stdout) / 1024;
  }
  return performance.now() - start;
}
/** MiB of the last command, as it says itself. */
const peaks: Partial<Record<Prover, number>> = {};

async function alone(prover: Prover, folder: string): Promise<void> {
  const [key, witness] = ['key', 'witness'].map((name) => join(folder, name));
  if (prover === 'ours')
    await groth16(openProvingKernel(openBin(key, 'zkey')), section(await readBin(witness, 'wtns'), 2));
  else await snarkjs.groth16.prove(key, witness);
  process.stdout.write(String(await peakKibibytes()));
  process.exit(0);
}

/** Of this process alone: maxRSS begins with that of the process that started it. */
async function peakKibibytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}

async function measure(lg: number, runs: number): Promise<void> {
  const it = await subject(lg);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  await writeFile(join(folder, 'key'), it.bytes);
  await writeFile(join(folder, 'witness'), it.witnessFile);
  const kernel = openProvingKernel(it.key);
  const neighbours = [
    () => stock(it),
    ...(hasRapidsnark ? [async () => ({ whole: await command('rapidsnark', folder) })] : []),
  ];
  const rounds: Partial<Parts>[][] = [];
  for (let i = 0; i <= runs; i++) {
    const round: Partial<Parts>[] = [await ours(kernel, it)];
    for (const neighbour of neighbours) round.push(await neighbour());
    if (i > 0) rounds.push(round); // the first of each compiles code
  }
  await kernel.close();
  const compare = (what: string, times: readonly (readonly number[])[]): void =>
    print(`2^${lg}`, what, ...besides(times[0].map((_, k) => median(times.map((round) => round[k])))));
  for (const part of PARTS)
    compare(part, rounds.map((round) => round.flatMap((parts) => parts[part] ?? []))); // prettier-ignore
  const alone: number[][] = [];
  for (let i = 0; i < runs; i++) {
    alone.push([]);
    for (const prover of PROVERS)
      if (prover !== 'rapidsnark' || hasRapidsnark) alone[i].push(await command(prover, folder));
  }
  compare('command', alone);
  await rm(folder, { recursive: true });
  print(`2^${lg}`, 'memory', ...(['ours', 'snarkjs'] as const).map((name) => `${peaks[name]?.toFixed(0)} MiB`), '');
}

/** Ours, and each neighbour with how many times ours it takes. */
const besides = ([ours, ...others]: readonly number[]): string[] => [
  `${ours.toFixed(0)} ms`,
  ...others.flatMap((other) => [`${other.toFixed(0)} ms`, (other / ours).toFixed(2)]),
];

const print = (...cells: readonly string[]): void =>
  console.log(`| ${cells.map((cell) => cell.padEnd(9)).join(' | ')} |`);

const [, , ...args] = process.argv;
if (args[0] === '--alone') await alone(args[1] as Prover, args[2]);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const machine = `${cpus()[0].model}, ${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(`${machine}, Node ${process.version}, commit ${commit}: npm run bench:prover -- ${args.join(' ')}\n`);
const columns = ['rows', 'part', 'ours', 'snarkjs', 'ratio', ...(hasRapidsnark ? ['rapidsnark', 'ratio'] : [])];
print(...columns);
print(...columns.map(() => '---'));
for (const lg of (args[0] ?? '12,14,16').split(',')) await measure(Number(lg), Number(args[1] ?? 3));
process.exit(0);
