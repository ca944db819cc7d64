// Proofs by the kernel and by stock snarkjs, alternately in one process, part by part; then each alone in a process of its own, for
// the time of a whole command and its memory.
//
//   npm run bench:prover -- [SIZES] [RUNS]        log2 of the rows, default 12,14,16; runs of each, default 3
//
// The circuit is what the plain argument makes: most wires are bits with a row each, every 20 bits are a number. Its keys are
// development keys, of the same form and size as those of a ceremony.
import { execFile, execFileSync } from 'node:child_process';
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

/** One proof in a process of its own: seconds from start to exit, and peak memory. */
async function command(prover: string, folder: string): Promise<{ seconds: number; mebibytes: number }> {
  const start = performance.now();
  const args = [fileURLToPath(import.meta.url), '--alone', prover, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return { seconds: (performance.now() - start) / 1000, mebibytes: Number(stdout) / 1024 };
}

async function alone(prover: string, folder: string): Promise<void> {
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
  const kernel = openProvingKernel(it.key);
  const [mine, theirs]: [Parts[], Parts[]] = [[], []];
  for (let i = 0; i <= runs; i++) {
    const [a, b] = [await ours(kernel, it), await stock(it)];
    if (i === 0) continue; // the first of each compiles code
    mine.push(a);
    theirs.push(b);
  }
  await kernel.close();
  const ratio = (a: number, b: number): string => (b / a).toFixed(1);
  for (const part of PARTS) {
    const [a, b] = [mine, theirs].map((list) => median(list.map((parts) => parts[part])));
    print(`2^${lg}`, part, `${a.toFixed(0)} ms`, `${b.toFixed(0)} ms`, ratio(a, b));
  }
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  await writeFile(join(folder, 'key'), it.bytes);
  await writeFile(join(folder, 'witness'), it.witnessFile);
  const [a, b] = [await command('ours', folder), await command('snarkjs', folder)];
  await rm(folder, { recursive: true });
  print(`2^${lg}`, 'command', `${a.seconds.toFixed(2)} s`, `${b.seconds.toFixed(2)} s`, ratio(a.seconds, b.seconds));
  print(`2^${lg}`, 'memory', ...[a, b].map(({ mebibytes }) => `${mebibytes.toFixed(0)} MiB`), '');
}

const print = (...cells: readonly string[]): void =>
  console.log(`| ${cells.map((cell) => cell.padEnd(9)).join(' | ')} |`);

const [, , ...args] = process.argv;
if (args[0] === '--alone') await alone(args[1], args[2]);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const machine = `${cpus()[0].model}, ${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(`${machine}, Node ${process.version}, commit ${commit}: npm run bench:prover -- ${args.join(' ')}\n`);
print('rows', 'part', 'ours', 'snarkjs', 'ratio');
print('---', '---', '---', '---', '---');
for (const lg of (args[0] ?? '12,14,16').split(',')) await measure(Number(lg), Number(args[1] ?? 3));
process.exit(0);
