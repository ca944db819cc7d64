// What whole commands cost, from the start of Node to its end: CPU and wall time, medians.
//
//   npm run bench:commands -- DIR DATA [OTHER [ITS_DIR]]   DIR: a compiled model with keys; OTHER: another checkout, built: the two in
//                                                          turn; ITS_DIR: the model with keys that OTHER reads, where not DIR
//
// CPU time is the figure to compare: others may load the machine meanwhile.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const RUNS = 7;
const HOOK = `process.on('exit', () => { const { user, system } = process.cpuUsage(); process._rawDebug('CPU ' + (user + system) / 1000); });`;

interface Run {
  readonly cpu: number;
  readonly wall: number;
}

function runOnce(root: string, args: readonly string[]): Run {
  const start = performance.now();
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', hook, join(root, 'dist/cli/main.js'), ...args, '--quiet'],
    { encoding: 'utf8' },
  );
  const wall = performance.now() - start;
  const [, cpu] = /^CPU ([\d.]+)$/m.exec(stderr) ?? [];
  if (status !== 0 || cpu === undefined) throw new Error(`${args.join(' ')}: ${stderr}`);
  return { cpu: Number(cpu), wall };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const [dir, data, other, itsDir = dir] = process.argv.slice(2);
if (dir === undefined || data === undefined) throw new Error('expected DIR and DATA');
const roots = ['.', ...(other === undefined ? [] : [other])].map((root) => resolve(root));
const temporary = mkdtempSync(join(tmpdir(), 'inferproof-bench-'));
const proof = join(temporary, 'proof.json');
try {
  const commands = (folder: string): string[][] => [
    ['prove', folder, '--input', data, '--index', '0', '-o', proof],
    ['verify', join(folder, 'vkey.json'), proof],
    ['verify', folder, proof],
    ['--help'],
  ];
  for (const [c, args] of commands(dir).entries()) {
    const runs = roots.map((): Run[] => []);
    for (let i = 0; i <= RUNS; i++)
      for (const [r, root] of roots.entries()) {
        const made = runOnce(root, commands(r === 0 ? dir : itsDir)[c]);
        if (i > 0) runs[r].push(made); // the first finds its files on disk
      }
    const figures = runs.map((all) => [median(all.map(({ cpu }) => cpu)), median(all.map(({ wall }) => wall))]);
    const text = figures.map(([cpu, wall]) => `${cpu.toFixed(0)} ms of CPU, ${wall.toFixed(0)} ms`).join(' | ');
    const ratio = figures.length < 2 ? '' : `  ratio ${(figures[0][0] / figures[1][0]).toFixed(2)} of CPU`;
    process.stdout.write(`${args.slice(0, 2).join(' ')}: ${text}${ratio}\n`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
