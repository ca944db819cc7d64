// What a command loads: no more than it uses, since loading is most of what a small command costs. And a circuit.json that was edited:
// no command takes it, however little of it the command needs.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gemmFolder } from './gemm-folder.js';
import { commandLine } from './in-process.js';

const MAIN = resolve('dist/cli/main.js');
let root = '';
const at = (...names: readonly string[]): string => join(root, ...names);

/** A loader that says what is loaded, on a stream of its own: nothing that a command prints is taken for it. */
const HOOK = `export async function load(url, context, next) { process._rawDebug('LOADS ' + url); return next(url, context); }`;
const REGISTER = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOK)}`)});`;

/** Our files by their path in dist/, packages by their names. */
function loads(...args: readonly string[]): string[] {
  const hook = `data:text/javascript,${encodeURIComponent(REGISTER)}`;
  const { stderr, status } = spawnSync(process.execPath, ['--import', hook, MAIN, ...args], { cwd: root, encoding: 'utf8' }); // prettier-ignore
  expect(status, stderr).toBe(0);
  const dist = pathToFileURL(resolve('dist')).href;
  const urls = [...stderr.matchAll(/^LOADS (file:.*)$/gm)].map((match) => match[1]);
  return urls.map((url) =>
    url.startsWith(dist) ? url.slice(dist.length + 1) : (/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url),
  );
}

const matching = (files: readonly string[], pattern: RegExp): string[] => files.filter((file) => pattern.test(file));

/** What only pages need. */
const DRAWS = /^report\/(?!figures|printable)|^@observablehq\/|^d3|^linkedom$|^@dagrejs\//;

beforeAll(async () => {
  root = await gemmFolder('loads', { 'x.json': [[0.5, 0.25]] });
  await commandLine(['prove', 'dir', '--input', 'x.json'], root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('what is loaded', () => {
  it('for a key and a proof: the verifier, and nothing of the compiler, the prover or yargs', () => {
    const files = loads('verify', 'dir/vkey.json', 'dir/proof.json');
    expect(files).toContain('verifier/plain.js'); // the reader of loads reads
    expect(matching(files, /^(compiler|prover)\/|yargs|cli-progress/)).toEqual([]);
    expect(matching(files, DRAWS)).toEqual([]);
    expect(matching(files, /^(cli|files)\//).length).toBeLessThan(24);
  });

  it('for a folder and its proof: what reads a circuit besides, and nothing of ONNX', () => {
    const files = loads('verify', 'dir');
    expect(files).toContain('compiler/circuit/json.js');
    expect(
      matching(files, /^compiler\/(onnx|graph|recipes|quantize|measure|emit)\/|^prover\/|onnx-buf|protobuf/),
    ).toEqual([]);
  });

  it('for a proof: no reader of ONNX, no planner, no setup, no circom and no protobuf', () => {
    const files = loads('prove', 'dir', '--input', 'x.json', '-o', 'again.json');
    expect(files).toContain('prover/kernel/groth16.js');
    const ofNoUse = /^compiler\/(graph|measure|emit|onnx\/(?!file-kinds|float16)|recipes\/(?!rounding)|quantize\/(?!input))|^prover\/(setup|circom|check)|onnx-buf|protobuf|yargs/; // prettier-ignore
    expect(matching(files, ofNoUse)).toEqual([]);
    expect(matching(files, DRAWS)).toEqual([]);
  });

  it('for a page: what draws, and without one nothing of it', () => {
    const inspect = ['inspect', 'm.onnx', '--input-range', '-1,1'];
    expect(matching(loads(...inspect), DRAWS)).toEqual([]);
    expect(matching(loads(...inspect, '--html', 'm.html'), DRAWS)).toContain('@observablehq/plot');
  });

  it('for help: yargs, and no command', () => {
    const files = loads('--help');
    expect(files).toContain('yargs');
    expect(
      matching(files, /^(compiler\/(?!suggest)|prover|verifier\/(?!errors)|cli\/commands\/(?!index))|@noble/),
    ).toEqual([]);
  });
});

describe('a circuit.json that was edited', () => {
  /** What each command that reads it says; `run` and `check` know no key to compare it with. */
  const say = async (args: readonly string[]): Promise<string> => {
    const { status, stdout } = await commandLine([...args, '--json'], root);
    const answer = JSON.parse(stdout) as { readonly error?: { readonly code: string }; readonly circuit?: string };
    return `${status} ${answer.error?.code ?? answer.circuit ?? 'done'}`;
  };
  const withKey = [
    ['prove', 'dir', '--input', 'x.json'],
    ['verify', 'dir'],
    ['export-solidity', 'dir', '-o', 'V.sol'],
    ['calldata', 'dir'],
  ];
  const withoutKey = [
    ['run', 'dir', '--input', 'x.json'],
    ['check', 'dir', '--input', 'x.json'],
    ['compare', 'dir', '--input', 'x.json'],
    ['setup', 'dir', '--dev'],
  ];
  const audit = ['audit', 'dir', '--model', 'm.onnx'];

  const edits: readonly (readonly [what: string, edit: (text: string) => string, withKey: string, audit: string])[] = [
    ['a blank', (text) => text.replace('":', '": '), '2 format', '2 format'],
    ['fields in another order', (text) => text.replace(/("format":[^,]*),("version":\d+)/, '$2,$1'), '2 format', '2 format'],
    ['a name twice', (text) => text.replace('"version":3', '"version":3,"version":3'), '2 format', '2 format'],
    ['small integers spelt as floats', (text) => text.replace(/i32:([A-Za-z0-9+/]+=*)/, (_, code: string) => {
        const bytes = Buffer.from(code, 'base64');
        const ints = Float64Array.from({ length: bytes.length / 4 }, (__, i) => bytes.readInt32LE(4 * i));
        return `f64:${Buffer.from(ints.buffer).toString('base64')}`;
      }), '2 format', '2 format'], // prettier-ignore
    ['base64 without its padding', (text) => text.replace(/=+"/, '"'), '2 format', '2 format'],
    ['a field of nobody', (text) => text.replace('"rangeBits"', '"more":1,"rangeBits"'), '2 format', '2 format'],
    ['another model', (text) => text.replace(/"modelSha256":"./, (s) => s.slice(0, -1) + (s.endsWith('0') ? '1' : '0')), '2 mismatch', '1 different'],
  ]; // prettier-ignore

  it.each(edits)('by %s is taken by none', async (what, edit, expected, audited) => {
    const text = readFileSync(at('dir', 'circuit.json'), 'utf8');
    expect(edit(text)).not.toBe(text);
    writeFileSync(at('dir', 'circuit.json'), edit(text));
    try {
      for (const args of withKey) expect([args[0], await say(args)]).toEqual([args[0], expected]);
      if (what === 'a blank' || audited !== expected) expect(await say(audit)).toBe(audited);
      if (expected === '2 format')
        for (const args of withoutKey) expect([args[0], await say(args)]).toEqual([args[0], expected]);
    } finally {
      writeFileSync(at('dir', 'circuit.json'), text);
    }
    expect(await say(['verify', 'dir'])).toBe('0 done');
  });
});
