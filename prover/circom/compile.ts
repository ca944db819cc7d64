// circom as a function: source text in, constraint system and symbols out. The compiler (circom2, circom 2.2 in wasm) runs in a
// child process, which keeps what it reads and writes in memory.
import { fork } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferproofError } from '../../verifier/errors.js';
import { endsWithThis } from '../children.js';
import { MEMORY, type Files } from './memory.js';

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
  const path = 'path' in input ? await existing(input.path) : `${MEMORY}/main.circom`;
  const given: Files = new Map('source' in input ? [[path, new TextEncoder().encode(input.source)]] : []);
  const { optimise = 'O1', includes = [], timeout = 600_000 } = options;
  const flags = ['--r1cs', '--sym', `--${optimise}`, '-o', MEMORY];
  const folders = await Promise.all(includes.map(existing));
  const args = [path, ...flags, ...folders.flatMap((dir) => ['-l', dir])];
  const { code, output, files } = await run(args, given, timeout);
  const written = (extension: string): Uint8Array | undefined =>
    files.get(`${MEMORY}/${basename(path, '.circom')}${extension}`);
  const [r1cs, sym] = [written('.r1cs'), written('.sym')];
  if (code !== 0 || r1cs === undefined || sym === undefined) throw compileError(output, path);
  return {
    r1cs,
    sym: new TextDecoder().decode(sym),
    constraints: { nonLinear: count(output, 'non-linear constraints'), linear: count(output, 'linear constraints') },
    warnings: messages(output, 'warning'),
  };
}

async function existing(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch (cause) {
    throw new InferproofError('file', `expected a file or folder at ${path}, got nothing`, { where: path, cause });
  }
}

interface Ended {
  readonly code: number;
  readonly output: string;
  /** Those in memory. */
  readonly files: Files;
}

function run(args: readonly string[], given: Files, timeout: number): Promise<Ended> {
  const script = fileURLToPath(new URL('./child.js', import.meta.url));
  return new Promise((done, fail) => {
    const child = fork(script, args, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout,
      killSignal: 'SIGKILL',
    });
    endsWithThis(child);
    const chunks: Buffer[] = [];
    const hear = (chunk: Buffer): void => void chunks.push(chunk);
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    let files: Files = new Map();
    child.on('message', (message: Files) => (files = message));
    child.on('error', (cause) =>
      fail(new InferproofError('resource', 'expected circom to start, got an error', { cause })),
    );
    child.on('close', (code, signal) => {
      if (code !== null) {
        done({ code, output: Buffer.concat(chunks).toString('utf8').replace(ANSI, ''), files });
        return;
      }
      const why =
        signal === 'SIGKILL' ? `it was stopped after ${timeout / 1000} s or for want of memory` : `signal ${signal}`;
      fail(new InferproofError('resource', `expected circom to finish, got: ${why}`));
    });
    child.send(given, () => undefined); // one that ended before it listened says so itself
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
