// What strangers name never moves the cursor, hides anything or begins a line, in any output of any command.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutput, type Manner } from '#cli/output.js';
import { printable, printableJson, word } from '#cli/printable.js';
import { InferproofError } from '#verifier/errors.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';
import { commandLine } from './in-process.js';

/** Clears the line, comes back, ends the line, reads backwards, has no width: in every way that is known to us. */
const EVIL = 'a\r\n\tb\x1b[2K\x7f\x9b8m\u2028\u2029\u202e\u2066\u200b\ufeff\u00ad\u061c\u3164\u034f\u{e0041}\ud800c';
const SHOWN = 'a\\r\\n\\tb\\x1b[2K\\x7f\\x9b8m\\u{2028}\\u{2029}\\u{202e}\\u{2066}\\u{200b}\\u{feff}\\xad\\u{61c}\\u{3164}\\u{34f}\\u{e0041}\\u{d800}c'; // prettier-ignore
/** What may stand in the output of a command: lines of signs that are seen. */
const SEEN = /^(?:[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|\n)*$/u;

describe('a name', () => {
  it('is shown sign by sign, and twice as once', () => {
    expect(printable(EVIL)).toBe(SHOWN);
    expect(printable(SHOWN)).toBe(SHOWN);
    expect(printable('/conv1/Conv_output_0: 汉字 é 1 × 2 …')).toBe('/conv1/Conv_output_0: 汉字 é 1 × 2 …');
  });

  it('is the same in JSON, in other letters', () => {
    const text = printableJson(JSON.stringify({ [EVIL]: EVIL }));
    expect(text).toMatch(SEEN);
    expect(JSON.parse(text)).toEqual({ [EVIL]: EVIL });
  });

  it('is in quotes where it would read as more than a name', () => {
    for (const name of ['y', 'onnx::Gemm_12', '/a/b.c_0', 'scope:0', '漢字', 'a-b[3]']) expect(word(name)).toBe(name);
    expect(['', 'y 1x1: 0.9', 'y:', 'a"b', 'a\\b', 'a\u00a0b', 'a\nb'].map(word)).toEqual([
      '""',
      '"y 1x1: 0.9"',
      '"y:"',
      '"a\\"b"',
      '"a\\\\b"',
      '"a\u00a0b"',
      '"a\\nb"',
    ]);
  });
});

describe('an output', () => {
  function spoken(manner: Partial<Manner>, speak: (output: ReturnType<typeof createOutput>) => void) {
    let text = '';
    const stream = new Writable({
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        done();
      },
    });
    const output = createOutput({ stdout: stream, stderr: stream, env: {} }, { json: false, quiet: false, verbose: true, ...manner }); // prettier-ignore
    speak(output);
    return text;
  }

  it('is one line for each line, whatever is said in it', () => {
    const error = new InferproofError('data', EVIL, { where: EVIL, hint: EVIL, cause: new Error(EVIL) });
    const text = spoken({}, (output) => {
      output.note(EVIL);
      output.warn(EVIL);
      output.detail(EVIL);
      output.progress(EVIL, 0, 0);
      output.result({}, () => [EVIL, EVIL]);
    });
    expect(text).toMatch(SEEN);
    expect(text.split('\n')).toHaveLength(7);
    const failed = spoken({}, (output) => output.fail(error));
    expect(failed).toMatch(SEEN);
    // the second line of a hint is set in as the first is
    expect(failed.split('\n').slice(0, 4)).toEqual([`error: ${SHOWN}`, `  at   ${SHOWN}`, '  hint a\\r', `       ${SHOWN.slice(5)}`]); // prettier-ignore
    expect(failed).toContain(`Error: ${SHOWN}\n`);
    for (const speak of [
      (output: ReturnType<typeof createOutput>) => output.fail(error),
      (output: ReturnType<typeof createOutput>) => output.result({ [EVIL]: EVIL }, () => []),
    ])
      // prettier-ignore
      expect(spoken({ json: true, quiet: true }, speak)).toMatch(SEEN);
  });

  it('is written in one place', () => {
    const folders = ['cli', 'cli/commands', 'cli/demo'];
    const files = folders.flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (name.endsWith('.ts') ? [`${folder}/${name}`] : [])),
    );
    const writers = files.filter((file) => /\.write\(|console\./.test(readFileSync(file, 'utf8')));
    // progress: steps of our own names; program: the help
    expect(writers).toEqual(['cli/output.ts', 'cli/program.ts', 'cli/progress.ts']);
  });
});

describe('a model of evil names', () => {
  const OUT = 'approved 1x1: 1\ny 1x1: 0.999\x1b[8m';
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'names-'));
    const [input, hidden] = [`x${EVIL}`, `h${EVIL}`].map((name) => name.replace('\ud800', ''));
    writeFileSync(
      join(cwd, 'm.onnx'),
      modelBytes({
        inputs: { [input]: [1, 2] },
        outputs: [OUT, '10', '9'],
        nodes: [
          { op: 'Gemm', name: hidden, in: [input, 'w'], out: [hidden] },
          { op: 'Relu', name: `${hidden}1`, in: [hidden], out: [OUT] },
          { op: 'Neg', in: [hidden], out: ['10'] },
          { op: 'Identity', in: [hidden], out: ['9'] },
        ],
        initializers: { w: floats([2, 2], [1, 2, 3, 4]) },
      }),
    );
    writeFileSync(
      join(cwd, 'bad.onnx'),
      modelBytes({
        inputs: { [input]: [1, 2] },
        nodes: [
          { op: 'Mystery', name: hidden, in: [input], out: [hidden] },
          { op: 'Riddle\n', name: OUT, in: [hidden] },
        ],
      }),
    );
    writeFileSync(join(cwd, 'x.json'), '{"input_data": [[0.1, 0.2]]}');
  });
  afterAll(() => rmSync(cwd, { recursive: true }));

  const seen = async (...args: readonly string[]) => {
    const heard = await commandLine(args, cwd);
    expect(heard.stdout + heard.stderr).toMatch(SEEN);
    return heard;
  };

  it('is shown by every command, one line for each value, in the order of the words', async () => {
    await seen('inspect', 'm.onnx');
    await seen('compile', 'm.onnx', '-o', 'dir', '--calibrate', 'x.json', '--allow-loss');
    const shown = '"approved 1x1: 1\\ny 1x1: 0.999\\x1b[8m" 1x2: ';
    const ran = await seen('run', 'dir', '--input', 'x.json');
    expect(ran.stdout.split('\n').slice(0, 3).map((line) => line.slice(0, line.indexOf('1x2: ') + 5))).toEqual([shown, '10 1x2: ', '9 1x2: ']); // prettier-ignore
    await seen('compare', 'dir', '--input', 'x.json');
    await seen('setup', 'dir', '--dev');
    await seen('prove', 'dir', '--input', 'x.json');
    const verified = await seen('verify', 'dir');
    expect(verified.stdout.split('\n').map((line) => line.slice(0, 4))).toEqual(['vali', '"app', '10 1', '9 1x', '"xa\\', '']); // prettier-ignore
    const order = (text: string, ...names: string[]) => names.map((name) => text.indexOf(`"${name}":{"shape"`));
    for (const args of [
      ['verify', 'dir'],
      ['run', 'dir', '--input', 'x.json'],
    ]) {
      const { stdout } = await seen(...args, '--json');
      const places = order(stdout, 'approved 1x1: 1\\ny 1x1: 0.999\\u001b[8m', '10', '9');
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places[0]).toBeGreaterThan(0);
    }
    await seen('audit', 'dir', '--model', 'm.onnx');
    await seen('calldata', 'dir');
  });

  it('is refused in lines of ours', async () => {
    for (const args of [
      ['inspect', 'bad.onnx'],
      ['compile', 'bad.onnx', '-o', 'bad'],
      ['compile', 'bad.onnx', '-o', 'bad', '--json'],
      ['compile', 'm.onnx', '-o', 'no'],
      ['compile', 'm.onnx', '-o', 'no', '--input-range', 'x=0,1', '--verbose'],
    ]) {
      // prettier-ignore
      const { status, stdout, stderr } = await seen(...args);
      expect(status).toBeGreaterThan(1);
      expect(stdout + stderr).not.toMatch(/^y 1x1/m);
    }
  });
});
