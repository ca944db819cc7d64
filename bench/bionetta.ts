// Bionetta's four benchmark models: what they cost here, beside what its authors publish for 16 threads of an Intel Xeon E5-2665
// (arXiv 2510.06784, table 4; its statement is that an answer is within 0.01 of the model's, ours that it is the model's in integers).
//
//   npm run bench:bionetta -- DIR [NAME…]     writes models, circuits and keys to DIR; 3 GiB of memory
//
// Weights are random, so that answers are near ties and 8 bits may lose some: --allow-loss, with the agreement beside.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Rows in millions, proving key in GB, seconds of a proof. */
const PUBLISHED: Readonly<Record<string, readonly [rows: number, key: number, prove: number]>> = {
  'MNIST-2M': [0.25, 0.2, 3.05],
  'LeNet-5': [0.26, 0.22, 3.75],
  'ResNet-18': [1.16, 1.0, 14.1],
  MobileNetV2: [2.78, 2.41, 24.5],
};

const [folder, ...wanted] = process.argv.slice(2);
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Ran {
  readonly json: Record<string, number | null>;
  /** CPU time of the process, user and system. */
  readonly cpu: number;
}

/** A command of ours in a process of its own; its talk goes to stderr. */
function inferproof(...args: readonly string[]): Ran {
  const script = `process.argv.splice(1, 1); process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('\\ncpu ' + (user + system)); }); await import(process.argv[1]);`; // prettier-ignore
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, '-', file('../cli/main.js'), ...args, '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return { json: JSON.parse(stdout) as Ran['json'], cpu: Number(/\ncpu (\d+)$/.exec(stderr)?.[1]) / 1e6 };
}

if (!existsSync(`${folder}/MobileNetV2.onnx`))
  spawnSync(process.execPath, [file('bionetta-models.js'), folder], { stdio: 'inherit' });
const lines = [
  '| model | rows | domain | agreement | range error | compile | setup | key | prove | CPU of the command | Bionetta: rows | key | prove |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
];
for (const [name, [rows, key, prove]] of Object.entries(PUBLISHED)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const [dir, data] = [`${folder}/${name}`, `${folder}/${name}.json`];
  const compiled = inferproof('compile', `${dir}.onnx`, '-o', dir, '--calibrate', data, '--bits', '8', '--allow-loss');
  const made = inferproof('setup', dir, '--dev');
  const proved = inferproof('prove', dir, '--input', data, '--index', '0');
  if ((inferproof('verify', dir).json as { valid?: unknown }).valid !== true) throw new Error(`${name}: not valid`);
  const { json } = compiled;
  const percent = (x: number | null): string => (x === null ? '-' : `${(100 * x).toFixed(2)} %`);
  const bytes = statSync(`${dir}/proving.key`).size;
  const ours = [
    ...[name, json['rows']?.toLocaleString('en'), json['domain']?.toLocaleString('en')],
    ...[percent(json['agreement']), percent(json['rangeError'])],
    ...[`${compiled.cpu.toFixed(1)} s of CPU`, `${made.cpu.toFixed(1)} s of CPU`, `${(bytes / 1e6).toFixed(0)} MB`],
    ...[`${proved.json['seconds']?.toFixed(2)} s`, `${proved.cpu.toFixed(1)} s`],
  ];
  const theirs = [`${rows}M`, `${key} GB`, `${prove} s`];
  lines.push(`| ${[...ours, ...theirs].join(' | ')} |`);
  process.stderr.write(`${lines.at(-1)}\n`);
}
process.stdout.write(`${lines.join('\n')}\n\n${cpus().length} x ${cpus()[0].model}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)} at the end\n`); // prettier-ignore
