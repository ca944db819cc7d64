// Models with one set of inputs each, as other people's examples are: which compile with default settings, satisfy their circuit, and
// stay near their float outputs.
//
//   npm run bench:examples -- FOLDER [NAME...]   FOLDER holds NAME/network.onnx, input.json, output.json (output_data: flat lists)
//
// Right is: `compile` in less than a minute, `check` satisfied, each float output within 2 % of its range, a classifier's decision equal.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const MINUTE = 60_000;
const NEAR = 0.02;
const MAIN = resolve('dist/cli/main.js');

type Outputs = Readonly<
  Record<string, { readonly floats: unknown; readonly read?: { readonly values: unknown } | null }>
>;

/** What the commands print under --json, as far as it is read here. */
interface Said {
  readonly error?: { readonly message: string };
  readonly rows?: number;
  readonly outputs?: readonly Outputs[];
}

interface Expected {
  readonly outputs: readonly { readonly name: string }[];
  readonly output_data: readonly (readonly number[])[];
}

interface Answer extends Said {
  readonly status: number | null;
  readonly seconds: number;
}

function command(...args: readonly string[]): Answer {
  const start = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...args, '--json', '--quiet'], {
    encoding: 'utf8',
    timeout: 2 * MINUTE,
    maxBuffer: 2 ** 28,
  });
  const said = (stdout.trim() === '' ? {} : JSON.parse(stdout)) as Said;
  return { ...said, status, seconds: (performance.now() - start) / 1000 };
}

const flat = (values: unknown): number[] => [values].flat(Infinity).map(Number);

/** The largest difference from the float outputs, as a share of each output's range, and whether the largest stays the largest. */
function distance(folder: string, outputs: Outputs): { readonly error: number; readonly decides: boolean } {
  const file = JSON.parse(readFileSync(join(folder, 'output.json'), 'utf8')) as Expected;
  let [error, decides] = [0, true];
  for (const [i, { name }] of file.outputs.entries()) {
    const [got, want] = [flat(outputs[name]?.read?.values ?? outputs[name]?.floats ?? []), flat(file.output_data[i])];
    if (got.length !== want.length) return { error: Infinity, decides: false };
    const most = want.reduce((a, b) => Math.max(a, b));
    const range = most - want.reduce((a, b) => Math.min(a, b)) || Math.max(1, Math.abs(most));
    const off = want.map((value, k) => (value === got[k] ? 0 : Math.abs(got[k] - value) / range));
    error = Math.max(error, ...off);
    decides &&= want[got.indexOf(got.reduce((a, b) => Math.max(a, b)))] >= most - NEAR * range;
  }
  return { error, decides };
}

function judge(name: string, from: string, to: string): { readonly right: boolean; readonly line: string } {
  const folder = join(from, name);
  const wrong = (line: string) => ({ right: false, line: `${name}: ${line}` });
  const input = join(folder, 'input.json');
  const compiled = command('compile', join(folder, 'network.onnx'), '--calibrate', input, '-o', to);
  if (compiled.status === null) return wrong('compile did not end');
  if (compiled.status !== 0) return wrong(`compile ${compiled.status}: ${compiled.error?.message}`);
  if (compiled.seconds > MINUTE / 1000) return wrong(`compile took ${compiled.seconds.toFixed(0)} s`);
  const checked = command('check', to, '--input', input);
  if (checked.status !== 0) return wrong(`check ${checked.status}: ${checked.error?.message ?? 'not satisfied'}`);
  const ran = command('run', to, '--input', input);
  if (ran.status !== 0 || ran.outputs === undefined) return wrong(`run ${ran.status}: ${ran.error?.message}`);
  const { error, decides } = distance(folder, ran.outputs[0]);
  const figures = `${compiled.rows ?? '?'} rows, ${(100 * error).toFixed(2)} %, ${compiled.seconds.toFixed(1)} s`;
  return error <= NEAR && decides
    ? { right: true, line: `${name}: ${figures}` }
    : wrong(`far from its floats: ${figures}`);
}

const [from, ...chosen] = process.argv.slice(2);
if (from === undefined) throw new Error('expected FOLDER');
const names = chosen.length > 0 ? chosen : readdirSync(from).filter((name) => existsSync(join(from, name, 'network.onnx'))).sort(); // prettier-ignore
const to = mkdtempSync(join(tmpdir(), 'inferproof-examples-'));
let right = 0;
try {
  for (const name of names) {
    const answer = judge(name, resolve(from), join(to, name));
    if (answer.right) right += 1;
    process.stdout.write(`${answer.right ? 'right' : 'WRONG'}  ${answer.line}\n`);
  }
} finally {
  rmSync(to, { recursive: true, force: true });
}
process.stdout.write(`${right} of ${names.length} right, ${((100 * right) / names.length).toFixed(1)} %\n`);
