import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { asInferproofError, exitCode } from '#cli/errors.js';
import { createOutput, type Manner, type Terminal } from '#cli/output.js';
import { barProgress, lineProgress } from '#cli/progress.js';
import { bytes, count, duration, facts, percent, plural, real, table } from '#cli/text.js';
import { InferproofError, type ErrorCode } from '#verifier/errors.js';

function capture(isTTY = false) {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY },
  );
  return { stream, text: () => text };
}

function speak(manner: Partial<Manner>, env: Terminal['env'] = {}, isTTY = false) {
  const [stdout, stderr] = [capture(isTTY), capture(isTTY)];
  const output = createOutput(
    { stdout: stdout.stream, stderr: stderr.stream, env },
    { json: false, quiet: false, verbose: false, ...manner },
  );
  return { output, stdout: stdout.text, stderr: stderr.text };
}

const failure = new InferproofError('data', 'expected 4 values, got 3', { where: 'x.npy', hint: 'count again' });

describe('output', () => {
  it('puts the result on stdout and the talk on stderr', () => {
    const { output, stdout, stderr } = speak({});
    output.note('note');
    output.warn('care');
    output.detail('detail');
    output.progress('prove', 0, 10);
    output.result({ a: 1 }, () => ['text']);
    expect(stdout()).toBe('text\n');
    expect(stderr()).toBe('note\nwarning: care\nprove …\n');
  });

  it('prints one JSON object: typed arrays as lists, big integers as strings', () => {
    const { output, stdout } = speak({ json: true });
    output.result({ a: Float64Array.of(1, 2), b: 2n ** 60n, c: NaN }, () => ['text']);
    expect(stdout()).toBe('{"a":[1,2],"b":"1152921504606846976","c":null}\n');
  });

  it('says nothing under --quiet, and details under --verbose', () => {
    const quiet = speak({ quiet: true });
    quiet.output.note('note');
    quiet.output.warn('care');
    quiet.output.progress('prove', 0, 10);
    expect(quiet.stderr()).toBe('');
    quiet.output.fail(failure);
    expect(quiet.stderr()).toBe('error: expected 4 values, got 3\n  at   x.npy\n  hint count again\n');
    const verbose = speak({ verbose: true });
    verbose.output.detail('detail');
    expect(verbose.stderr()).toBe('detail\n');
  });

  it('prints a failure as JSON on stdout, with nulls for what is not known', () => {
    const { output, stdout, stderr } = speak({ json: true });
    output.fail(failure);
    expect(JSON.parse(stdout())).toEqual({
      error: { code: 'data', message: 'expected 4 values, got 3', where: 'x.npy', hint: 'count again' },
    });
    expect(stderr()).toContain('error: expected 4 values, got 3');
    const silent = speak({ json: true, quiet: true });
    silent.output.fail(new InferproofError('usage', 'no'));
    expect(silent.stdout()).toBe('{"error":{"code":"usage","message":"no","where":null,"hint":null}}\n');
    expect(silent.stderr()).toBe('');
  });

  it('shows a stack only under --verbose', () => {
    const bug = new TypeError('x is not a function');
    const plain = speak({});
    plain.output.fail(bug);
    expect(plain.stderr()).toContain('error: unexpected failure: x is not a function');
    expect(plain.stderr()).not.toContain('    at ');
    const verbose = speak({ verbose: true });
    verbose.output.fail(bug);
    expect(verbose.stderr()).toContain('TypeError: x is not a function\n    at ');
  });

  it('colours a terminal, not a pipe, and respects NO_COLOR', () => {
    const coloured = (env: Terminal['env'], isTTY: boolean) => {
      const { output, stderr } = speak({}, env, isTTY);
      output.warn('care');
      return stderr().includes('\x1b[');
    };
    expect(coloured({}, true)).toBe(true);
    expect(coloured({ TERM: 'dumb' }, true)).toBe(false);
    expect(coloured({ NO_COLOR: '1' }, true)).toBe(false);
    expect(coloured({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false);
    expect(coloured({}, false)).toBe(false);
    expect(coloured({ FORCE_COLOR: '1' }, false)).toBe(true);
  });
});

describe('errors', () => {
  it('has the exit code of every kind of failure', () => {
    const codes: Readonly<Record<ErrorCode, number>> = {
      ...{ usage: 2, file: 2, format: 2, data: 2, range: 2, mismatch: 2, insecure: 2, resource: 2 },
      ...{ unsupported: 3, unbounded: 3, accuracy: 1, unsatisfied: 1, internal: 70 },
    };
    for (const [code, exit] of Object.entries(codes)) {
      expect(exitCode(new InferproofError(code as ErrorCode, 'x'))).toBe(exit);
    }
  });

  it('tells memory that ran out from a bug', () => {
    const attempt = () => new Float64Array(2 ** 52);
    expect(attempt).toThrow(RangeError);
    try {
      attempt();
    } catch (error) {
      expect(asInferproofError(error).code).toBe('resource');
    }
    expect(asInferproofError(new RangeError('precision out of range')).code).toBe('internal');
    expect(asInferproofError('thrown text').message).toContain('thrown text');
  });
});

describe('progress', () => {
  it('is lines where there is no terminal: the start, every five seconds, the end of a long step', () => {
    const lines: string[] = [];
    let now = 0;
    const progress = lineProgress(
      (line) => lines.push(line),
      () => now,
    );
    const report = (time: number, step: string, done: number, total = 100) => {
      now = time;
      progress.report(step, done, total);
    };
    report(0, 'points', 0);
    report(1, 'points', 10);
    report(5, 'points', 25);
    report(6, 'points', 30);
    report(20, 'points', 100);
    report(20, 'points', 100);
    report(21, 'write', 0, 0);
    report(30, 'write', 0, 0);
    expect(lines).toEqual(['points …', 'points: 25 %, 15.0 s to go', 'points: done in 20.0 s', 'write …']);
  });

  it('is a bar on a terminal that ends before other lines', () => {
    const { stream, text } = capture(true);
    const progress = barProgress(stream);
    progress.report('points', 0, 10);
    progress.report('points', 10, 10);
    progress.report('write', 0, 0);
    progress.end();
    expect(text()).toContain('write …\n');
  });
});

describe('what remains', () => {
  it('is said once something is done, as a time', () => {
    const { stream, text } = capture(true);
    const progress = barProgress(stream);
    progress.report('sums {of} all', 0, 8);
    expect(text()).toMatch(/sums \{of\} all \[ {24}\] 0 % \d+ ms/);
    expect(text()).not.toContain('to go');
    progress.report('sums {of} all', 2, 8);
    progress.end();
    expect(text()).toMatch(/\[■{6} {18}\] 25 % \d+ ms, \d+ ms to go/);
    progress.report('next', 0, 1e9);
    progress.report('next', 1, 1e9);
    progress.end();
    expect(text()).not.toMatch(/NF|NULL|NaN|Infinity/i);
  });

  it('is not left behind by a bar: the cursor and the wrapping of lines come back when the process ends', () => {
    const before = process.listenerCount('exit');
    const progress = barProgress(capture(true).stream);
    progress.report('sums', 0, 8);
    expect(process.listenerCount('exit')).toBe(before + 1);
    progress.report('sums', 8, 8);
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('text', () => {
  it('writes figures to be read', () => {
    expect([count(1234567), plural(1, 'row'), plural(2000, 'row')]).toEqual(['1,234,567', '1 row', '2,000 rows']);
    expect([bytes(0), bytes(1023), bytes(1536), bytes(2 ** 30 * 200)]).toEqual(['0 B', '1023 B', '1.5 KiB', '200 GiB']);
    expect([0.038, 1.254, 12.34, 125].map(duration)).toEqual(['38 ms', '1.25 s', '12.3 s', '2 min 05 s']);
    expect([real(null), real(0.123456), real(-1e-9)]).toEqual(['-', '0.1235', '-1e-9']);
    expect([percent(0.99543), percent(1), percent(null)]).toEqual(['99.54 %', '100 %', '-']);
  });

  it('aligns columns', () => {
    const rows = [
      ['conv1', '12'],
      ['fc', '1,234'],
    ];
    expect(table([{ title: 'layer' }, { title: 'rows', align: 'right' }], rows)).toEqual([
      'layer   rows',
      'conv1     12',
      'fc     1,234',
    ]);
    expect(
      facts([
        ['rows', '1'],
        ['agreement', '2'],
      ]),
    ).toEqual(['rows       1', 'agreement  2']);
  });
});
