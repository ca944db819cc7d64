// What whole commands cost, from the start of Node to its end: CPU and wall time, peak memory, medians.
//
//   npm run bench:commands -- DIR DATA [OTHER [ITS_DIR]]   DIR: a compiled model with keys; OTHER: another checkout, built: the two in
//                                                          turn; ITS_DIR: the model with keys that OTHER reads, where not DIR
//
// CPU time is the figure to compare: others may load the machine meanwhile.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const RUNS = 7;
const HOOK = `process.on('exit', () => { const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage(); process._rawDebug('CPU ' + (userCPUTime + systemCPUTime) / 1000 + ' KIB ' + maxRSS); });`;

interface Run {
  readonly cpu: number;
  readonly wall: number;
  /** MB. */
  readonly peak: number;
}

/** The executable of a checkout. */
function executable(root: string): string {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { inferproof: string } };
  return join(root, bin.inferproof);
}

function runOnce(root: string, args: readonly string[]): Run {
  const start = performance.now();
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', hook, executable(root), ...args, '--quiet'], {
    encoding: 'utf8',
  });
  const wall = performance.now() - start;
  const [, cpu, kib] = /^CPU ([\d.]+) KIB (\d+)$/m.exec(stderr) ?? [];
  if (status !== 0 || cpu === undefined) throw new Error(`${args.join(' ')}: ${stderr}`);
  return { cpu: Number(cpu), wall, peak: (1024 * Number(kib)) / 1e6 };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const [dir, data, other, itsDir = dir] = process.argv.slice(2);
if (dir === undefined || data === undefined) throw new Error('expected DIR and DATA');
const roots = ['.', ...(other === undefined ? [] : [other])].map((root) => resolve(root));
const temporary = mkdtempSync(join(tmpdir(), 'inferproof-bench-'));
try {
  const commands = (folder: string, proof: string): string[][] => [
    ['prove', folder, '--input', data, '--index', '0', '-o', proof],
    ['verify', join(folder, 'vkey.json'), proof],
    ['verify', folder, proof],
    ['--help'],
  ];
  const made = roots.map((_, r) => commands(r === 0 ? dir : itsDir, join(temporary, `${r}.json`)));
  for (const [c, args] of made[0].entries()) {
    const runs = roots.map((): Run[] => []);
    for (let i = 0; i <= RUNS; i++)
      for (const [r, root] of roots.entries()) {
        const run = runOnce(root, made[r][c]);
        if (i > 0) runs[r].push(run); // the first finds its files on disk
      }
    const figures = runs.map((all) =>
      (['cpu', 'wall', 'peak'] as const).map((what) => median(all.map((run) => run[what]))),
    );
    const text = figures
      .map(([cpu, wall, peak]) => `${cpu.toFixed(0)} ms of CPU, ${wall.toFixed(0)} ms, ${peak.toFixed(0)} MB`)
      .join(' | ');
    const ratio = figures.length < 2 ? '' : `  ratio ${(figures[0][0] / figures[1][0]).toFixed(2)} of CPU`;
    process.stdout.write(`${args.slice(0, 2).join(' ')}: ${text}${ratio}\n`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
