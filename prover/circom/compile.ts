// circom as a function: source text in, constraint system and symbols out. The compiler (circom2, circom 2.2 in wasm) runs in a
// child process with a temporary folder of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferproofError } from '../../verifier/errors.js';

export type CircomInput = { readonly source: string } | { readonly path: string };

export interface CircomOptions {
  /** Folders where `include` looks, in order. */
  readonly includes?: readonly string[];
  /** O0 keeps every constraint as written, O1 (default) removes constraints of the form signal = signal or constant. */
  readonly optimise?: 'O0' | 'O1';
  /** Milliseconds, 10 minutes by default. */
  readonly timeout?: number;
}

export interface Compiled {
  /** The .r1cs file: see compiler/circuit/r1cs. */
  readonly r1cs: Uint8Array;
  /** The .sym file: see `parseSym`. */
  readonly sym: string;
  /** As circom counts them: with a product of two signals, and without. */
  readonly constraints: { readonly nonLinear: number; readonly linear: number };
  readonly warnings: readonly string[];
}

/**
 * Compiles one main component.
 * @throws 'format' with circom's own message and line for a source that does not compile; 'file' for a missing path;
 *   'resource' when the time is up or the process ends without a word
 */
export async function compileCircom(input: CircomInput, options: CircomOptions = {}): Promise<Compiled> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'circom-'))); // circom sees no symbolic links
  try {
    const path = 'path' in input ? await existing(input.path) : join(folder, 'main.circom');
    if ('source' in input) await writeFile(path, input.source);
    const { optimise = 'O1', includes = [], timeout = 600_000 } = options;
    const flags = ['--r1cs', '--sym', `--${optimise}`, '-o', folder];
    const folders = await Promise.all(includes.map(existing));
    const { code, output } = await run([path, ...flags, ...folders.flatMap((dir) => ['-l', dir])], timeout);
    if (code !== 0) throw compileError(output, path);
    const file = (extension: string): string => join(folder, basename(path, '.circom') + extension);
    return {
      r1cs: new Uint8Array(await readFile(file('.r1cs'))),
      sym: await readFile(file('.sym'), 'utf8'),
      constraints: { nonLinear: count(output, 'non-linear constraints'), linear: count(output, 'linear constraints') },
      warnings: messages(output, 'warning'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function existing(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch (cause) {
    throw new InferproofError('file', `expected a file or folder at ${path}, got nothing`, { where: path, cause });
  }
}

function run(args: readonly string[], timeout: number): Promise<{ code: number; output: string }> {
  const script = fileURLToPath(new URL('./child.js', import.meta.url));
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (cause) =>
      fail(new InferproofError('resource', 'expected circom to start, got an error', { cause })),
    );
    child.on('close', (code, signal) => {
      if (code !== null) {
        done({ code, output: Buffer.concat(chunks).toString('utf8').replace(ANSI, '') });
        return;
      }
      const why =
        signal === 'SIGKILL' ? `it was stopped after ${timeout / 1000} s or for want of memory` : `signal ${signal}`;
      fail(new InferproofError('resource', `expected circom to finish, got: ${why}`));
    });
  });
}

// eslint-disable-next-line no-control-regex -- colours are always on
const ANSI = /\u001b\[[0-9;]*m/g;

function count(output: string, what: string): number {
  return Number(new RegExp(`^${what}: (\\d+)`, 'm').exec(output)?.[1] ?? 0);
}

/** Whole messages of one severity: circom begins each with `error[CODE]: ...` and draws the place below it. */
function messages(output: string, severity: 'error' | 'warning'): string[] {
  return output
    .split(/\n(?=(?:error|warning)\[|previous errors were found|\s*\n)/)
    .map((block) => block.trim())
    .filter((block) => block.startsWith(`${severity}[`));
}

function compileError(output: string, path: string): InferproofError {
  const [message] = messages(output, 'error');
  if (message === undefined) {
    return new InferproofError(
      'resource',
      `expected circom to finish, got: ${output.trim().split('\n').at(-1) ?? 'nothing'}`,
      {
        where: path,
        hint: 'a sum of many terms in one expression, or a template of many signals, exhausts the compiler',
      },
    );
  }
  const [title] = message.split('\n');
  const place = /"?([^\s"]+)"?:(\d+):(\d+)/.exec(message);
  return new InferproofError('format', `expected a circuit that compiles, got ${title}`, {
    where: place === null ? path : `${basename(place[1])}:${place[2]}:${place[3]}`,
    cause: message,
  });
}

/** The wires of all signals by their full names (`main.a.b[3]`). Signals that optimisation removed have none. Throws 'format'. */
export function parseSym(sym: string): Map<string, number> {
  const wires = new Map<string, number>();
  sym.split('\n').forEach((line, i) => {
    if (line === '') return;
    const fields = line.split(','); // label, wire (-1: removed), component, name
    const wire = Number(fields[1]);
    if (fields.length !== 4 || !Number.isInteger(wire)) {
      throw new InferproofError(
        'format',
        `expected "label,wire,component,name" in a sym file, got ${JSON.stringify(line)}`,
        {
          where: `line ${i + 1}`,
        },
      );
    }
    if (wire >= 0) wires.set(fields[3], wire);
  });
  return wires;
}
