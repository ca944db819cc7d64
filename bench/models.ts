// What a model costs, start to finish: rows, keys, proof, memory, verification. Each model runs in a process of its own, so
// that peak memory is its own.
//
//   npm run bench                                   the example models
//   npm run bench -- MODEL.onnx DATA.npz …          others: pairs of a model and its calibration data (test/models)
//
// Figures are the medians of `PROOFS` proofs of one prover; its first is not counted.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { compile, InferproofError, modelInputs, type Argument } from 'inferproof/compiler';
import { readModel, readSamples } from 'inferproof/files';
import { openProver, setup } from 'inferproof/prover';
import { verify } from 'inferproof/verifier';

const PROOFS = 3;

interface Figures {
  readonly rows: number;
  readonly domain: number;
  readonly agreement: number | null;
  readonly rangeError: number | null;
  readonly compileSeconds: number;
  readonly setupSeconds: number;
  readonly witnessSeconds: number;
  readonly proveSeconds: number;
  readonly verifyMs: number;
  readonly keyBytes: number;
  readonly provePeakBytes: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(model: string, data: string, argument: Argument): Promise<Figures> {
  const bytes = await readModel(model);
  const samples = await readSamples(data, modelInputs(bytes));
  const { circuit, report } = await compile(bytes, { argument, calibration: samples });
  const { provingKey, vkey, seconds: setupSeconds, domain } = await setup(circuit, { dev: true });
  const prover = await openProver(circuit, provingKey, vkey);
  const proofs = [];
  for (let i = 0; i <= PROOFS; i++) {
    const made = await prover.prove(samples, { index: i % samples.count });
    const start = performance.now();
    const answer = verify(vkey, made.proof, { allowInsecureKey: true });
    if (!answer.valid) throw new Error(`${model}: ${answer.reason}`);
    if (i > 0) proofs.push({ ...made, verifyMs: performance.now() - start });
  }
  await prover.close();
  return {
    rows: report.rows,
    domain,
    agreement: report.agreement,
    rangeError: report.rangeError,
    compileSeconds: report.seconds,
    setupSeconds,
    witnessSeconds: median(proofs.map((p) => p.witnessSeconds)),
    proveSeconds: median(proofs.map((p) => p.seconds)),
    verifyMs: median(proofs.map((p) => p.verifyMs)),
    keyBytes: provingKey.length,
    provePeakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const share = (x: number | null): string => (x === null ? '-' : `${(100 * x).toFixed(2)} %`);

function table(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [head, `|${rows[0].map(() => '---|').join('')}`, ...body].join('\n');
}

const ARGUMENTS: readonly Argument[] = ['plain', 'lookup'];
const self = fileURLToPath(import.meta.url);
const [command, ...rest] = process.argv.slice(2);

if (command === '--one') {
  const [model, data, argument] = rest;
  try {
    process.stdout.write(JSON.stringify(await measure(model, data, argument as Argument)));
  } catch (error) {
    process.stderr.write(error instanceof InferproofError ? error.message : String(error));
    process.exitCode = 1;
  }
} else {
  const named = process.argv.slice(2);
  const models =
    named.length > 0
      ? named
      : ['mnist-mlp', 'mnist-lenet'].flatMap((m) => [`examples/${m}/model.onnx`, `examples/${m}/calibration.npz`]);
  const lines = [
    [
      'model',
      'argument',
      'rows',
      'domain',
      'agreement',
      'range error',
      'compile',
      'setup',
      'witness',
      'prove',
      'verify',
      'key',
      'peak memory',
    ],
  ];
  for (let i = 0; i + 1 < models.length; i += 2) {
    for (const argument of ARGUMENTS) {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [self, '--one', models[i], models[i + 1], argument],
        { encoding: 'utf8', maxBuffer: 2 ** 26 },
      );
      if (status !== 0) {
        process.stderr.write(`${models[i]} (${argument}): ${stderr.trim()}\n`);
        continue;
      }
      const f = JSON.parse(stdout) as Figures;
      lines.push([
        models[i].split('/').at(-2) ?? models[i],
        argument,
        f.rows.toLocaleString('en'),
        f.domain.toLocaleString('en'),
        share(f.agreement),
        share(f.rangeError),
        `${f.compileSeconds.toFixed(1)} s`,
        `${f.setupSeconds.toFixed(1)} s`,
        `${(1000 * f.witnessSeconds).toFixed(0)} ms`,
        `${f.proveSeconds.toFixed(2)} s`,
        `${f.verifyMs.toFixed(0)} ms`,
        megabytes(f.keyBytes),
        megabytes(f.provePeakBytes),
      ]);
    }
  }
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  process.stdout.write(
    `${table(lines)}\n\n${cpus().length} x ${cpus()[0].model}, Node ${process.versions.node}, commit ${commit}\n`,
  );
}
