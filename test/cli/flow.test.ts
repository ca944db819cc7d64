// Every command on a tiny model, as a user or a script meets them: one JSON object with exactly the fixed fields, the exit
// codes, and for each thing that can be wrong one clear error without a stack.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../compiler/circuits.js';
import { floats as tensor, modelBytes, type ModelInit } from '../compiler/onnx-models.js';
import { floats, npy, zip } from '../files/arrays.js';
import { closeCurve, newPowersOfTau } from '../prover/stock.js';
import { zKey } from 'snarkjs';
import { commandLine } from './in-process.js';

const MAIN = resolve('dist/cli/main.js');
const STACK = /^\s+at .+:\d+:\d+\)?$/m;
let cwd = '';
const at = (...names: readonly string[]) => join(cwd, ...names);
const write = (name: string, content: Uint8Array | string) => writeFileSync(at(name), content);
const read = (...names: readonly string[]) => JSON.parse(readFileSync(at(...names), 'utf8'));

interface Answer {
  readonly status: number | null;
  readonly json: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- parsed
  readonly stderr: string;
}

/** What every command keeps to under --json: stdout is one JSON object on one line, stderr has no stack. */
function answered({ status, stdout, stderr }: Pick<Answer, 'status' | 'stderr'> & { readonly stdout: string }): Answer {
  expect(stderr).not.toMatch(STACK);
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  return { status, json: JSON.parse(stdout), stderr };
}

/** Runs one command in this process. */
const inferproof = async (...args: readonly string[]): Promise<Answer> =>
  answered(await commandLine([...args, '--json'], cwd));

/** Runs the executable: what the program does is tried in this process, that a process does it too on the main path. */
const executable = (...args: readonly string[]): Answer =>
  answered(spawnSync(process.execPath, [MAIN, ...args, '--json'], { cwd, encoding: 'utf8' }));

/** A command that must do its work: the answer has these fields and no other. */
function done({ status, json, stderr }: Answer, fields: readonly string[]): Answer['json'] {
  expect(status, stderr).toBe(0);
  expect(Object.keys(json).sort()).toEqual([...fields].sort());
  return json;
}
const answer = async (fields: readonly string[], ...args: readonly string[]): Promise<Answer['json']> =>
  done(await inferproof(...args), fields);

/** A command that must fail: exit code, stable code of the error, and words of its sentence, place or hint. */
async function failure(
  exit: number,
  code: string,
  args: readonly string[],
  ...words: readonly string[]
): Promise<void> {
  const { status, json, stderr } = await inferproof(...args);
  expect(Object.keys(json), JSON.stringify(json)).toEqual(['error']);
  expect(Object.keys(json['error'])).toEqual(['code', 'message', 'where', 'hint']);
  expect({ status, code: json['error'].code }, JSON.stringify(json)).toEqual({ status: exit, code });
  for (const word of words) expect(JSON.stringify(json['error'])).toContain(word);
  expect(stderr).toContain(json['error'].message);
}

const random = generator(21);
const weights = (n: number) => Array.from({ length: n }, () => random() * 2 - 1);

/** x [1, 4] -> Gemm 5, Relu -> Gemm 3 */
const classifier: ModelInit = {
  inputs: { x: [1, 4] },
  nodes: [
    { op: 'Gemm', name: 'hidden', in: ['x', 'w', 'b'], out: ['h'] },
    { op: 'Relu', name: 'relu', in: ['h'], out: ['r'] },
    { op: 'Gemm', name: 'scores', in: ['r', 'v'] },
  ],
  initializers: { w: tensor([4, 5], weights(20)), b: tensor([5], weights(5)), v: tensor([5, 3], weights(15)) },
};

const COMPILE = [
  'rows',
  'domain',
  'committed',
  'agreement',
  'maxError',
  'rangeError',
  'ops',
  'seconds',
  'outputs',
  'bits',
];
const RUN = ['outputs', 'agreement', 'maxError', 'rangeError', 'clamped'];
const RANGE = ['--input-range', '-1,1', '--argument', 'plain'];
const SAMPLE = '[0.5, -0.25, 1, -1]';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'inferproof flow '));
  write('m.onnx', modelBytes(classifier));
  write('data.npy', floats(weights(32), '(8, 4)'));
  write('labels.npy', npy({ descr: '|u1', shape: '(8,)', body: Uint8Array.of(0, 1, 2, 0, 1, 2, 0, 1) }));
  write('one.json', `{"input_data": [${SAMPLE}]}`);
});
afterAll(async () => {
  await closeCurve();
  rmSync(cwd, { recursive: true });
});

describe('from a model to a contract', () => {
  it('inspect', async () => {
    const seen = await answer(['nodes', 'params', 'macs', 'estimate', 'unsupported'], 'inspect', 'm.onnx');
    expect(seen).toMatchObject({ nodes: 3, params: 40, macs: 35, unsupported: [] });
    expect(Object.keys(seen['estimate'])).toEqual(['rows', 'memoryBytes', 'proveSeconds']);
    for (const value of Object.values(seen['estimate'])) expect(value).toBeGreaterThan(0);
    expect(await answer(Object.keys(seen), 'inspect', 'm.onnx', '--html', 'i.html')).toMatchObject({ nodes: 3 });
    expect(readFileSync(at('i.html'), 'utf8')).toMatch(/<title>Inspection: m\.onnx<\/title>[^]*<\/html>/);
    await failure(2, 'file', ['inspect', 'm.onnx', '--html', 'none/i.html'], 'none/i.html');
  });

  it('compile', async () => {
    const data = ['--calibrate', 'data.npy', '--labels', 'labels.npy', '--min-agreement', '0.8', '--max-error', '0.05'];
    const made = await answer([...COMPILE, 'accuracy'], 'compile', 'm.onnx', '-o', 'dir', ...RANGE, ...data);
    expect(made).toMatchObject({ committed: 0, ops: { Gemm: 2, Relu: 1 } });
    expect(made['domain']).toBeGreaterThanOrEqual(made['rows']);
    expect(Object.keys(made['accuracy'])).toEqual(['float', 'quantised']);
    expect(readdirSync(at('dir')).sort()).toEqual(['circuit.json', 'graph.json', 'model.circom', 'model.quant.onnx', 'report.html', 'report.json']); // prettier-ignore
    // without data there is nothing to compare
    const blind = await answer(COMPILE, 'compile', 'm.onnx', '-o', 'blind', ...RANGE);
    expect(blind).toMatchObject({ agreement: null, maxError: null, rangeError: null });
  });

  it('run, check and compare', async () => {
    const ran = await answer(RUN, 'run', 'dir', '--input', 'data.npy');
    expect(ran['outputs']).toHaveLength(8);
    const { y } = ran['outputs'][0];
    expect(Object.keys(y).sort()).toEqual(['floats', 'ints', 'scale', 'shape', 'zero']);
    expect(y.shape).toEqual([1, 3]);
    expect(y.floats).toEqual(y.ints.map((int: number) => y.scale * (int - y.zero)));
    const checked = await answer(['satisfied', 'rows', 'violations'], 'check', 'dir', '--input', 'data.npy');
    expect(checked).toMatchObject({ satisfied: true, violations: 0 });
    const compared = await answer(['firstDivergence', 'nodes'], 'compare', 'dir', '--input', 'data.npy');
    expect(compared['firstDivergence']).toBeNull();
    for (const node of compared['nodes']) expect(Object.keys(node)).toEqual(['node', 'op', 'maxError']);
    const again = await answer(Object.keys(compared), 'compare', 'dir', '--input', 'data.npy', '--html', 'c.html');
    expect(again).toEqual(compared);
    expect(readFileSync(at('c.html'), 'utf8')).toMatch(/<title>Comparison: dir<\/title>[^]*<\/html>/);
    expect(readFileSync(at('dir', 'report.html'), 'utf8')).toMatch(/<title>Report: dir<\/title>[^]*<\/html>/);
  });

  it('setup, prove and verify', async () => {
    const key = done(executable('setup', 'dir', '--dev'), ['rows', 'domain', 'seconds', 'insecure', 'contributions']);
    expect(key).toMatchObject({ insecure: true, contributions: 0 });
    const proved = done(executable('prove', 'dir', '--input', 'one.json'), ['seconds', 'witnessSeconds', 'proofBytes']);
    expect(proved['proofBytes']).toBe(256);
    const seen = done(executable('verify', 'dir', 'dir/proof.json'), ['valid', 'outputs', 'inputs']);
    const ran = await answer(RUN, 'run', 'dir', '--input', 'one.json');
    expect(seen).toMatchObject({ valid: true, outputs: ran['outputs'][0] });
    const { x } = seen['inputs'];
    x.floats.forEach((v: number, i: number) => expect(Math.abs(v - JSON.parse(SAMPLE)[i])).toBeLessThanOrEqual(x.scale / 2)); // prettier-ignore
    expect(await answer(['valid', 'outputs', 'inputs'], 'verify', 'dir/vkey.json', 'dir/proof.json')).toEqual(seen);
    expect(await answer(['valid', 'outputs', 'inputs'], 'verify', 'dir')).toEqual(seen);
  });

  it('binds a proof to a context, and chooses a sample', async () => {
    const context = `0x${'1b'.repeat(32)}`;
    const fields = ['seconds', 'witnessSeconds', 'proofBytes'];
    await answer(
      fields,
      'prove',
      'dir',
      '--input',
      'data.npy',
      '--index',
      '7',
      '--context',
      context,
      '-o',
      'bound.json',
    );
    await answer(['valid', 'outputs', 'inputs'], 'verify', 'dir', 'bound.json', '--context', context);
    expect(executable('verify', 'dir', 'bound.json')).toMatchObject({ status: 1, json: { valid: false, reason: 'context' } }); // prettier-ignore
    const say = ['prove', 'dir', '--input', 'one.json', '-o', 'said.json', '--verbose'];
    expect((await inferproof(...say)).stderr).toContain('proved by the kernel, on threads');
    expect((await inferproof(...say, '--prover', 'snarkjs')).stderr).toContain('proved by snarkjs, as asked');
    await failure(2, 'usage', ['prove', 'dir', '--input', 'data.npy'], 'expected one sample, got 8');
    await failure(2, 'usage', ['prove', 'dir', '--input', 'data.npy', '--index', '8'], 'below 8');
  });

  it('export-solidity and calldata', async () => {
    const exported = await answer(['file', 'bytes'], 'export-solidity', 'dir', '-o', 'Verifier.sol');
    expect(exported).toEqual({ file: 'Verifier.sol', bytes: readFileSync(at('Verifier.sol')).length });
    await failure(
      2,
      'usage',
      ['export-solidity', 'dir', '-o', 'Digits.sol', '--library'],
      'a look-up key for --library',
    );
    const call = await answer(['data', 'words', 'proof'], 'calldata', 'dir', 'dir/proof.json');
    expect(await answer(['data', 'words', 'proof'], 'calldata', 'dir')).toEqual(call);
    expect(call['data']).toMatch(/^0x([0-9a-f]{2})+$/);
    expect(call['proof']).toHaveLength(8);
    await failure(1, 'mismatch', ['calldata', 'dir', 'bound.json'], 'bound.json', 'context');
    expect(call['words'].length).toBe(read('dir', 'proof.json').publicSignals.length - 1);
  });

  it('audit', async () => {
    expect(await answer(['circuit', 'key'], 'audit', 'dir', '--model', 'm.onnx')).toEqual({
      circuit: 'equal',
      key: 'unverifiable',
    });
  });

  it('setup from powers of tau, and no warning then', async () => {
    write('small.onnx', modelBytes({ inputs: { x: [1, 2] }, nodes: [{ op: 'Gemm', in: ['x', 'w'] }], initializers: { w: tensor([2, 1], [0.5, -1]) } })); // prettier-ignore
    const { domain } = await answer(COMPILE, 'compile', 'small.onnx', '-o', 'small', ...RANGE, '--bits', '3');
    await newPowersOfTau(Math.log2(domain), at('powers.ptau'));
    const key = await answer(['rows', 'domain', 'seconds', 'insecure', 'contributions'], 'setup', 'small', '--ptau', 'powers.ptau'); // prettier-ignore
    expect(key).toMatchObject({ domain, insecure: false, contributions: 1 });
    write('pair.json', '{"x": [[0.25, -0.5]]}');
    expect((await inferproof('prove', 'small', '--input', 'pair.json')).stderr).not.toContain('warning');
    const { status, json, stderr } = await inferproof('verify', 'small', 'small/proof.json', '--require-secure');
    expect({ status, valid: json['valid'] }).toEqual({ status: 0, valid: true });
    expect(stderr).not.toContain('warning');
    const audit = ['audit', 'small', '--model', 'small.onnx', '--ptau', 'powers.ptau'];
    expect(await answer(['circuit', 'key'], ...audit)).toEqual({ circuit: 'equal', key: 'verified' });
    await failure(2, 'usage', ['setup', 'small', '--dev', '--ptau', 'powers.ptau'], 'both');
    await failure(2, 'usage', ['setup', 'small'], 'neither');
    await failure(2, 'mismatch', ['setup', 'dir', '--ptau', 'powers.ptau'], 'powers of tau of at least');
    cpSync(at('powers.ptau'), at('cut.ptau'));
    truncateSync(at('cut.ptau'), 3000);
    await failure(2, 'format', ['setup', 'small', '--ptau', 'cut.ptau'], 'cut.ptau');
    await failure(2, 'format', [...audit.slice(0, -1), 'cut.ptau'], 'cut.ptau');
    await failure(2, 'usage', ['audit', 'blind', '--model', 'm.onnx', '--ptau', 'powers.ptau'], 'expected keys');
  });

  it('setup from a key that others contributed to with snarkjs', async () => {
    const theirs: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
    await zKey.contribute(readFileSync(at('small', 'proving.key')), theirs, 'Ada', 'dice');
    write('ada.zkey', theirs.data!);
    const audit = ['audit', 'small', '--model', 'small.onnx', '--ptau', 'powers.ptau'];
    const from = (name: string) => ['setup', 'small', '--ptau', 'powers.ptau', '--from', name];
    const taken = await inferproof(...from('ada.zkey'));
    expect(taken).toMatchObject({ status: 0, json: { insecure: false, contributions: 2 } });
    expect(taken.stderr).toContain('by 2 contributions');
    await answer(['seconds', 'witnessSeconds', 'proofBytes'], 'prove', 'small', '--input', 'pair.json');
    await answer(['valid', 'outputs', 'inputs'], 'verify', 'small', '--require-secure');
    expect(await answer(['circuit', 'key'], ...audit)).toEqual({ circuit: 'equal', key: 'verified' });
    await failure(2, 'usage', ['setup', 'small', '--from', 'ada.zkey'], '--ptau');
    await failure(2, 'mismatch', from('dir/proving.key'), 'the first key of this circuit');
    const moved = theirs.data!.slice();
    moved[moved.length - 600] ^= 1;
    write('moved.zkey', moved);
    expect((await inferproof(...from('moved.zkey'))).status).toBe(2);
    expect(read('small', 'vkey.json').contributions).toBe(2);
  });
});

it('compile removes no key of a ceremony unasked', async () => {
  cpSync(at('small'), at('kept'), { recursive: true });
  const args = ['compile', 'm.onnx', '-o', 'kept', ...RANGE];
  await failure(2, 'usage', args, join('kept', 'vkey.json'), '--overwrite');
  expect(readdirSync(at('kept')).sort()).toEqual(readdirSync(at('small')).sort());
  const { status, stderr } = await inferproof(...args, '--overwrite');
  expect(status).toBe(0);
  expect(stderr).toContain('removed proving.key, vkey.json, proof.json from kept');
});

describe('the answer is no: exit 1', () => {
  const refused = async (proof: string, reason: string, ...flags: readonly string[]) =>
    expect(await inferproof('verify', 'dir', proof, ...flags)).toMatchObject({
      status: 1,
      json: { valid: false, reason },
    });

  it('a changed proof, a malformed one, one of another circuit', async () => {
    const proof = read('dir', 'proof.json');
    const changed = (name: string, value: unknown) => write(name, JSON.stringify(value));
    const last: string = proof.publicSignals.at(-1);
    changed('word.json', { ...proof, publicSignals: [...proof.publicSignals.slice(0, -1), String(BigInt(last) + 1n)] });
    await refused('word.json', 'pairing');
    changed('short.json', { ...proof, publicSignals: proof.publicSignals.slice(1) });
    await refused('short.json', 'public-count');
    changed('swapped.json', { ...proof, proof: { ...proof.proof, pi_a: proof.proof.pi_c, pi_c: proof.proof.pi_a } });
    await refused('swapped.json', 'pairing');
    changed('extra.json', { ...proof, more: 1 });
    await refused('extra.json', 'malformed');
    write('twice.json', JSON.stringify(proof).replace('{', '{"argument":"lookup",')); // the last one wins where nobody looks
    await refused('twice.json', 'malformed');
    write('text.json', 'proof?');
    await refused('text.json', 'malformed');
    write('cut.json', readFileSync(at('dir', 'proof.json'), 'utf8').slice(0, 400));
    await refused('cut.json', 'malformed');
    write('bytes.json', Uint8Array.of(0xff, 0xfe, 0, 1));
    await refused('bytes.json', 'malformed');
    await refused('small/proof.json', 'pairing'); // as many words, of another layout
    await refused('dir/proof.json', 'insecure-key', '--require-secure');
    await refused('dir/proof.json', 'context', '--context', '01'.repeat(32));
  });

  it('a proof of another model with the same interface', async () => {
    write('other.onnx', modelBytes({ ...classifier, initializers: { ...classifier.initializers, v: tensor([5, 3], weights(15)) } })); // prettier-ignore
    await answer(COMPILE, 'compile', 'other.onnx', '-o', 'other', ...RANGE);
    await inferproof('setup', 'other', '--dev');
    await inferproof('prove', 'other', '--input', 'one.json');
    await refused('other/proof.json', 'pairing');
  });

  it('an accuracy contract that is not met: nothing is written, and what stood there stays', async () => {
    const data = ['--calibrate', 'data.npy', '--max-error', '0'];
    await failure(1, 'accuracy', ['compile', 'm.onnx', '-o', 'unmet', ...RANGE, ...data], 'range error of at most 0');
    expect(existsSync(at('unmet'))).toBe(false);
    const before = readFileSync(at('blind', 'circuit.json'));
    await failure(
      1,
      'accuracy',
      ['compile', 'm.onnx', '-o', 'blind', ...RANGE, ...data, '--bits', '2'],
      'leave --bits out',
      'most is lost in',
    );
    expect(readFileSync(at('blind', 'circuit.json'))).toEqual(before);
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('unless a loss is allowed, and then it is said', async () => {
    const data = ['--calibrate', 'data.npy', '--max-error', '0', '--allow-loss', '--bits', '2'];
    const { status, json, stderr } = await inferproof('compile', 'm.onnx', '-o', 'lossy', ...RANGE, ...data);
    expect({ status, bits: json['bits'] }).toEqual({ status: 0, bits: 2 });
    expect(stderr).toContain(
      'warning: ACCURACY IS LOST, as --allow-loss permits: expected a range error of at most 0, got',
    );
    await failure(
      2,
      'usage',
      ['compile', 'm.onnx', '-o', 'x', ...RANGE, '--decision', 'best'],
      'argmax, argmin, sign, none',
    );
  });

  it('the circuit of another model, and a model.circom that is not what keys are made from', async () => {
    const { status, json } = await inferproof('audit', 'dir', '--model', 'other.onnx');
    expect(status).toBe(1);
    expect(Object.keys(json).sort()).toEqual(['circuit', 'firstDifference', 'key']);
    expect(json['circuit']).toBe('different');
    cpSync(at('blind'), at('edited'), { recursive: true });
    const circom = readFileSync(at('edited', 'model.circom'), 'utf8');
    writeFileSync(at('edited', 'model.circom'), circom.replace('(1 << (bits * i))', '(2 << (bits * i))'));
    const edited = await inferproof('audit', 'edited', '--model', 'm.onnx');
    expect(edited).toMatchObject({ status: 1, json: { circuit: 'different', firstDifference: expect.stringMatching(/^model\.circom:\d+$/) } }); // prettier-ignore
  });
});

describe('a model that is refused: exit 3', () => {
  const refusedModel = async (name: string, model: ModelInit, code: string, ...words: readonly string[]) => {
    write(`${name}.onnx`, modelBytes(model));
    await failure(3, code, ['compile', `${name}.onnx`, '-o', name, ...RANGE], ...words);
    expect(existsSync(at(name))).toBe(false);
  };

  const inspected = async (args: string, node: string, op: string, reason: string) => {
    const { status, json } = await inferproof('inspect', ...args.split(' '));
    expect(status).toBe(3);
    expect(Object.keys(json).sort()).toEqual(['estimate', 'macs', 'nodes', 'params', 'unsupported']);
    expect(json['unsupported']).toEqual([{ node, op, reason: expect.stringContaining(reason) }]);
  };

  it('an operator that cannot be proved: inspect says which, and why', async () => {
    const nodes = [{ op: 'Gemm', in: ['x', 'w'], out: ['h'] }, { op: 'Det', name: 'odd', in: ['h'] }]; // prettier-ignore
    await refusedModel('operator', { ...classifier, nodes }, 'unsupported', 'Det', 'odd');
    const { status, json } = await inferproof('inspect', 'operator.onnx');
    expect(status).toBe(3);
    expect(Object.keys(json).sort()).toEqual(['estimate', 'macs', 'nodes', 'params', 'unsupported']);
    expect(json['unsupported']).toMatchObject([{ node: expect.stringContaining('odd'), op: 'Det' }]);
    expect(Object.keys(json['unsupported'][0]).sort()).toEqual(['node', 'op', 'reason']);
  });

  it('an operator in the middle, unless the model is cut in front of it; audit cuts it again', async () => {
    const nodes = [...classifier.nodes, { op: 'Bernoulli', in: ['y'], out: ['z'] }];
    await refusedModel('tail', { ...classifier, nodes, outputs: ['z'] }, 'unsupported', 'Bernoulli');
    await answer(['estimate', 'macs', 'nodes', 'params', 'unsupported'], 'inspect', 'tail.onnx', '--outputs', 'r,y');
    const cut = ['tail.onnx', '--calibrate', 'data.npy', '--argument', 'plain', '--outputs'];
    const { ops, agreement, maxError } = await answer(COMPILE, 'compile', ...cut, 'y,h', '-o', 'cut');
    expect(ops).toEqual({ Gemm: 2, Relu: 1 });
    expect([agreement, maxError]).toEqual([expect.any(Number), expect.any(Number)]);
    const { outputs } = await answer(RUN, 'run', 'cut', '--input', 'data.npy');
    expect(Object.keys(outputs[0])).toEqual(['y', 'h']);
    expect(await answer(['circuit', 'key'], 'audit', 'cut', '--model', 'tail.onnx')).toMatchObject({
      circuit: 'equal',
    });
    await failure(2, 'usage', ['compile', ...cut, 'scores', '-o', 'cut2'], "its output is 'y'", '--outputs');
    await failure(2, 'usage', ['inspect', 'tail.onnx', '--outputs', 'y,'], 'TENSOR');
  });

  it('a model without inputs', async () => {
    const model: ModelInit = { ...classifier, inputs: {}, nodes: [{ op: 'Relu', in: ['b'] }] };
    await refusedModel('constant', model, 'unsupported', 'expected a model with inputs');
    await inspected('constant.onnx', 'the graph', 'input', 'expected a model with inputs');
    await inspected('constant.onnx --calibrate data.npy', 'the graph', 'input', 'expected a model with inputs');
  });

  it('a dynamic shape, unless its size is given', async () => {
    const model: ModelInit = { ...classifier, inputs: { x: ['n', 'width'] } };
    await refusedModel('dynamic', model, 'unsupported', 'width', '--shape');
    await inspected('dynamic.onnx', 'x', 'input', '--shape width=N');
    await inspected('dynamic.onnx --calibrate data.npy', 'x', 'input', '--shape width=N');
    await answer(COMPILE, 'compile', 'dynamic.onnx', '-o', 'dynamic', ...RANGE, '--shape', 'width=4');
  });

  it('weights that are no numbers', async () => {
    for (const bad of [NaN, Infinity]) {
      const initializers = { ...classifier.initializers, b: tensor([5], [0, 0, bad, 0, 0]) };
      await refusedModel(`bad${bad}`, { ...classifier, initializers }, 'unsupported', String(bad));
      await inspected(`bad${bad}.onnx`, 'hidden', 'Gemm', String(bad));
    }
  });
});

describe('bad files and data: exit 2', () => {
  it('data of a wrong length, name, type or value', async () => {
    const wrong = async (name: string, content: Uint8Array | string, code: string, ...words: readonly string[]) => {
      write(name, content);
      for (const command of ['run', 'check', 'prove'])
        await failure(2, code, [command, 'dir', '--input', name], ...words);
    };
    await wrong('long.npy', floats([1, 0, 0, 0, 0]), 'data', '[1, 4]', '5');
    await wrong('empty.npy', floats([]), 'data');
    await wrong('name.json', `{"z": ${SAMPLE}}`, 'data', 'z', 'x');
    await wrong('names.npz', zip([{ name: 'z.npy', content: floats([0, 0, 0, 0]) }]), 'data', 'z', 'x');
    await wrong('two.json', '{"input_data": [[0,0,0,0], [0,0,0,0]]}', 'data');
    await wrong('text.json', '{"input_data": [["0", 0, 0, 0]]}', 'data', 'a string');
    await wrong('complex.npy', npy({ descr: '<c8', shape: '(4,)', body: new Uint8Array(32) }), 'format', 'c8');
    await wrong('nan.npy', floats([0, NaN, 0, 0]), 'data', 'NaN at index 1', "'x'");
    await wrong('cut.npy', floats([0, 0, 0, 0]).slice(0, -3), 'format', 'cut.npy');
  });

  it('a value out of range, unless it may be clamped', async () => {
    write('far.npy', floats([0, 0, 1.5, 0]));
    for (const command of ['check', 'prove']) {
      await failure(2, 'range', [command, 'dir', '--input', 'far.npy'], 'x[2]', '1.5');
      expect((await inferproof(command, 'dir', '--input', 'far.npy', '--clamp', ...(command === 'prove' ? ['-o', 'clamped.json'] : []))).status).toBe(0); // prettier-ignore
    }
    const ran = await inferproof('run', 'dir', '--input', 'far.npy');
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('1 input value outside') });
    expect(ran.json['clamped']).toEqual([0]);
    write('some.npy', floats([0, 0, 0, 0, 0, 0, 1.5, 0, 1, 1, 1, 1, 9, 9, 9, 9], '(4, 4)'));
    expect((await inferproof('run', 'dir', '--input', 'some.npy')).json['clamped']).toEqual([1, 3]);
    const { json } = await inferproof('verify', 'dir', 'clamped.json');
    expect(json).toMatchObject({ valid: true, outputs: ran.json['outputs'][0] });
  });

  it('a range of a column, beside that of the input or from a file', async () => {
    const column = ['--input-range', '-1,1', '--input-range', 'x[3]=-200,200'];
    write('ranges.json', '[[-1, 1], [-1, 1], [-1, 1], [-200, 200]]');
    write('ranges.npy', floats([-1, 1, -1, 1, -1, 1, -200, 200], '(4, 2)'));
    for (const ranges of [column, ['--input-range', 'ranges.json'], ['--input-range', 'x=ranges.npy']]) {
      await answer(COMPILE, 'compile', 'm.onnx', '-o', 'columns', ...ranges);
      write('wide.npy', floats([0, 0, 1, 150]));
      expect(await answer(['satisfied', 'rows', 'violations'], 'check', 'columns', '--input', 'wide.npy')).toMatchObject({ satisfied: true }); // prettier-ignore
      write('wide.npy', floats([0, 0, 1.5, 150]));
      await failure(2, 'range', ['check', 'columns', '--input', 'wide.npy'], 'x[2]', '1.5');
    }
    write('five.json', '[[0, 1], [0, 1], [0, 1], [0, 1], [0, 1]]');
    await failure(2, 'usage', ['compile', 'm.onnx', '-o', 'x', '--input-range', 'five.json'], '4 along axis 1, got 5');
    await failure(2, 'usage', ['compile', 'm.onnx', '-o', 'x', '--input-range', '0,1', '--input-range', 'x[4]=0,1'], 'column below 4'); // prettier-ignore
    await failure(2, 'file', ['compile', 'm.onnx', '-o', 'x', '--input-range', 'x=none.npy'], 'none.npy');
    await failure(2, 'format', ['inspect', 'm.onnx', '--input-range', 'x=one.json'], 'one.json');
  });

  it('says what the room of calibrated columns costs', async () => {
    const data = Array.from({ length: 40 }, (_, k) => [0.001 * weights(40)[k], 500 + 400 * weights(40)[(7 * k) % 40], 1e4 * weights(40)[(3 * k) % 40], 0.5]); // prettier-ignore
    write('scaler.onnx', modelBytes({ ...classifier, nodes: [{ op: 'Mul', name: 'scaler', in: ['x', 's'], out: ['scaled'] }, ...classifier.nodes.map((node) => ({ ...node, in: node.in.map((name) => (name === 'x' ? 'scaled' : name)) }))], initializers: { ...classifier.initializers, s: tensor([4], [1000, 0.002, 0.0001, 1]) } })); // prettier-ignore
    write('table.npy', floats(data.flat(), '(40, 4)'));
    const made = await inferproof('compile', 'scaler.onnx', '-o', 'table', '--calibrate', 'table.npy');
    expect(made.stderr).toMatch(/input x: .* room .* 0\.\d\d bits/);
  });

  it('a range that nobody gave', () =>
    failure(2, 'usage', ['compile', 'm.onnx', '-o', 'x'], '--input-range', '--calibrate'));

  it('a model that is none', async () => {
    write('empty.onnx', '');
    write('text.onnx', 'what is this');
    write('cut.onnx', modelBytes(classifier).slice(0, 150));
    for (const name of ['empty.onnx', 'text.onnx', 'cut.onnx']) {
      await failure(2, 'format', ['compile', name, '-o', 'x', ...RANGE], name);
      await failure(2, 'format', ['inspect', name], name);
    }
  });

  it('external data outside the folder of the model', async () => {
    const message = fromBinary(ModelProtoSchema, modelBytes(classifier));
    const [first] = message.graph?.initializer ?? [];
    first.rawData = new Uint8Array();
    first.dataLocation = TensorProto_DataLocation.EXTERNAL;
    mkdirSync(at('models'));
    write('weights.bin', new Uint8Array(80));
    for (const location of ['../weights.bin', at('weights.bin')]) {
      first.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: location })];
      writeFileSync(at('models', 'm.onnx'), toBinary(ModelProtoSchema, message));
      const { status, json } = await inferproof('compile', 'models/m.onnx', '-o', 'x', ...RANGE);
      expect({ status, message: json['error'].message }).toMatchObject({ status: 2, message: expect.stringMatching(/inside the model's folder|relative/) }); // prettier-ignore
    }
  });

  it('a folder that cannot be written, or is none of ours', async () => {
    await failure(2, 'file', ['compile', 'm.onnx', '-o', 'm.onnx/dir', ...RANGE], 'not a folder');
    await failure(2, 'file', ['export-solidity', 'dir', '-o', 'm.onnx/V.sol'], 'not a folder');
    await failure(2, 'file', ['compile', 'm.onnx', '-o', 'models', ...RANGE], 'one that compile made');
    await failure(2, 'file', ['run', 'none', '--input', 'one.json'], 'none');
  });

  it('keys and circuits that are truncated, edited or of another circuit', async () => {
    cpSync(at('dir'), at('broken'), { recursive: true });
    const prove = ['prove', 'broken', '--input', 'one.json'];
    truncateSync(at('broken', 'proving.key'), 20_000);
    await failure(2, 'format', prove, 'proving.key');
    cpSync(at('dir', 'proving.key'), at('broken', 'proving.key'));
    const key = readFileSync(at('broken', 'proving.key'));
    key[key.length - 100] ^= 1; // a coordinate of the last section
    writeFileSync(at('broken', 'proving.key'), key);
    await failure(2, 'format', prove, join('broken', 'proving.key'), 'run setup again');
    writeFileSync(at('broken', 'proving.key'), '');
    await failure(2, 'format', prove);
    cpSync(at('other', 'proving.key'), at('broken', 'proving.key'));
    await failure(2, 'mismatch', prove);
    cpSync(at('other', 'vkey.json'), at('broken', 'vkey.json'));
    await failure(2, 'mismatch', prove, 'vkey.json');
    await failure(2, 'mismatch', ['verify', 'broken', 'dir/proof.json'], 'another');
    const key1 = readFileSync(at('dir', 'vkey.json'), 'utf8');
    writeFileSync(at('broken', 'vkey.json'), key1.replace('"insecure": true', '"insecure": false, "insecure": true'));
    await failure(2, 'format', ['verify', 'broken', 'dir/proof.json'], 'vkey.json', 'the name \\"insecure\\" twice');
    const edited = JSON.parse(key1) as { publics: { name: string }[] };
    edited.publics[0].name = 'approved';
    writeFileSync(at('broken', 'vkey.json'), JSON.stringify(edited));
    cpSync(at('dir', 'proving.key'), at('broken', 'proving.key'));
    for (const args of [prove, ['verify', 'broken', 'dir/proof.json'], ['export-solidity', 'broken', '-o', 'V.sol']])
      await failure(2, 'mismatch', args, 'vkey.json', 'other publics');
    expect(await inferproof('audit', 'broken', '--model', 'm.onnx')).toMatchObject({ status: 1, json: { circuit: 'equal', key: 'different' } }); // prettier-ignore
    writeFileSync(at('broken', 'vkey.json'), '{"format": "inferproof-vkey", "version": 2}');
    await failure(
      2,
      'format',
      ['verify', 'broken', 'dir/proof.json'],
      'vkey.json',
      'an inferproof of format version 2',
    );
    writeFileSync(at('broken', 'vkey.json'), '{"format": "inferproof-vkey"}');
    await failure(2, 'format', ['verify', 'broken', 'dir/proof.json'], 'vkey.json');
    rmSync(at('broken', 'vkey.json'));
    await failure(2, 'file', prove, 'setup');
    const circuit = readFileSync(at('broken', 'circuit.json'), 'utf8');
    writeFileSync(at('broken', 'circuit.json'), circuit.slice(0, -100));
    await failure(2, 'format', ['run', 'broken', '--input', 'one.json'], 'circuit.json');
    for (const version of [1, 2, 4]) {
      const other = circuit.replace('"version":3', `"version":${version}`);
      expect(other).not.toBe(circuit);
      writeFileSync(at('broken', 'circuit.json'), other);
      await failure(2, 'format', ['run', 'broken', '--input', 'one.json'], `got version ${version}`, 'compiled again');
    }
  });
});

describe('a folder from somebody else', () => {
  it('has a lookup key that claims a ceremony and names no transcript: it is no key, not even with a proof made under it', async () => {
    await answer(COMPILE, 'compile', 'm.onnx', '-o', 'claimed', '--input-range', '-1,1');
    await inferproof('setup', 'claimed', '--dev');
    await inferproof('prove', 'claimed', '--input', 'one.json');
    const vkey = read('claimed', 'vkey.json');
    write('claimed/vkey.json', JSON.stringify({ ...vkey, insecure: false, contributions: 7 }));
    const words = ['vkey.json.transcript to be consistent with the others, got undefined'];
    for (const args of [
      ['prove', 'claimed', '--input', 'one.json'],
      ['verify', 'claimed', '--require-secure'],
      ['verify', 'claimed'],
      ['audit', 'claimed', '--model', 'm.onnx'],
      ['export-solidity', 'claimed', '-o', 'V.sol'],
      ['export-solidity', 'claimed', '-o', 'V.sol', '--universal'],
      ['calldata', 'claimed'],
    ])
      // prettier-ignore
      await failure(2, 'format', args, ...words);
  });

  it.runIf(process.platform === 'linux')(
    'has links where files are written: they are replaced, not followed',
    async () => {
      cpSync(at('dir'), at('linked'), { recursive: true });
      for (const name of ['proof.json', 'proving.key', 'vkey.json']) {
        rmSync(at('linked', name));
        write(`victim ${name}`, 'precious');
        symlinkSync(`../victim ${name}`, at('linked', name));
      }
      await answer(['rows', 'domain', 'seconds', 'insecure', 'contributions'], 'setup', 'linked', '--dev');
      await answer(['seconds', 'witnessSeconds', 'proofBytes'], 'prove', 'linked', '--input', 'one.json');
      for (const name of ['proof.json', 'proving.key', 'vkey.json']) {
        expect(readFileSync(at(`victim ${name}`), 'utf8')).toBe('precious');
        expect(lstatSync(at('linked', name)).isFile()).toBe(true);
      }
      // a link that the user names is followed
      symlinkSync('victim proof.json', at('named.json'));
      await answer(
        ['seconds', 'witnessSeconds', 'proofBytes'],
        'prove',
        'linked',
        '--input',
        'one.json',
        '-o',
        'named.json',
      );
      expect([lstatSync(at('named.json')).isSymbolicLink(), read('victim proof.json').format]).toEqual([true, 'inferproof-proof']); // prettier-ignore
    },
  );

  it.runIf(process.platform === 'linux')('has pipes where files are read: nobody waits for them', async () => {
    for (const name of ['circuit.json', 'graph.json', 'proving.key', 'vkey.json', 'proof.json']) {
      cpSync(at('dir'), at('piped'), { recursive: true });
      rmSync(at('piped', name));
      spawnSync('mkfifo', [at('piped', name)]);
      const args = name === 'graph.json' ? ['run', 'piped', '--input', 'one.json'] : name === 'proof.json' ? ['verify', 'piped'] : ['prove', 'piped', '--input', 'one.json']; // prettier-ignore
      await failure(2, 'file', args, name, 'got a pipe');
      rmSync(at('piped'), { recursive: true });
    }
  });

  it('has files of compile that are not what compile writes: audit names each', async () => {
    cpSync(at('dir'), at('planted'), { recursive: true });
    const audit = ['audit', 'planted', '--model', 'm.onnx'];
    const found = async (firstDifference: string) =>
      expect(await inferproof(...audit)).toMatchObject({ status: 1, json: { circuit: 'different', firstDifference } });
    const restore = (name: string) => cpSync(at('dir', name), at('planted', name));
    cpSync(at('other', 'model.quant.onnx'), at('planted', 'model.quant.onnx'));
    await found(expect.stringMatching(/^model\.quant\.onnx: byte \d+$/) as string);
    restore('model.quant.onnx');
    write('planted/report.json', '{"agreement":1,"accuracy":{"quantised":1,"float":1}}');
    await found('report.json.rows');
    write('planted/graph.json', 'junk');
    const { stdout } = await commandLine(audit, cwd);
    expect(stdout).toMatch(/^first +graph\.json: not the text that compile writes\nalso +report\.json\.rows$/m);
    restore('graph.json');
    restore('report.json');
    expect((await inferproof(...audit)).json).toEqual({ circuit: 'equal', key: 'unverifiable' });
    for (const name of ['model.quant.onnx', 'report.json', 'graph.json', 'model.circom']) {
      rmSync(at('planted', name));
      await found(`${name}: missing`);
      restore(name);
    }
  });

  it('was fetched: audit compares what a publication has, says what it leaves out, and finds what is changed', async () => {
    mkdirSync(at('fetched'));
    const bring = (...names: string[]) => names.forEach((name) => cpSync(at('dir', name), at('fetched', name)));
    bring('circuit.json', 'vkey.json', 'proving.key', 'report.json');
    const audit = ['audit', 'fetched', '--model', 'm.onnx'];
    const found = async (firstDifference: string) =>
      expect(await inferproof(...audit)).toMatchObject({ status: 1, json: { circuit: 'different', firstDifference } });
    await found('model.circom: missing'); // of a compiled model's folder
    cpSync(at('m.onnx'), at('fetched', 'model.onnx'));
    const notCompared = ['model.circom', 'graph.json', 'model.quant.onnx'];
    expect(await inferproof(...audit)).toMatchObject({ status: 0, json: { circuit: 'equal', key: 'unverifiable', notCompared } }); // prettier-ignore
    write('fetched/report.json', '{"agreement":1}');
    await found(expect.stringMatching(/^report\.json/) as string);
    rmSync(at('fetched', 'report.json'));
    const { stdout } = await commandLine(audit, cwd);
    expect(stdout).toMatch(
      /^not compared +model\.circom, graph\.json, model\.quant\.onnx, report\.json: not in a fetched folder$/m,
    );
    expect((await inferproof('audit', 'fetched', '--model', 'other.onnx')).json).toMatchObject({ circuit: 'different', firstDifference: 'circuit.json.modelSha256' }); // prettier-ignore
    bring('graph.json');
    await found('model.circom: missing');
  });
});

describe('a place that cannot be written is refused before the work', () => {
  it('by prove: the key, which is damaged, was not read yet', async () => {
    cpSync(at('dir'), at('late'), { recursive: true });
    truncateSync(at('late', 'proving.key'), 20_000);
    const prove = ['prove', 'late', '--input', 'one.json'];
    mkdirSync(at('late', 'a folder'));
    await failure(2, 'file', [...prove, '-o', 'late/a folder'], 'a folder of that name');
    await failure(2, 'file', [...prove, '-o', 'nowhere/proof.json'], 'nowhere/proof.json');
    await failure(2, 'file', [...prove, '-o', 'm.onnx/proof.json'], 'not a folder');
    await failure(2, 'format', [...prove, '-o', 'late/other.json'], 'proving.key');
    expect(readdirSync(at('late')).filter((name) => name.includes('other') || name.endsWith('.tmp'))).toEqual([]);
  });

  it('by setup: the keys that stand there stay', async () => {
    rmSync(at('late', 'proving.key'));
    mkdirSync(at('late', 'proving.key'));
    await failure(2, 'file', ['setup', 'late', '--dev'], 'proving.key');
    expect(readFileSync(at('late', 'vkey.json'))).toEqual(readFileSync(at('dir', 'vkey.json')));
  });
});

describe('an interrupted compile', () => {
  beforeAll(() => {
    const [w, v] = [tensor([64, 256], weights(64 * 256)), tensor([256, 64], weights(64 * 256))];
    write('wide.onnx', modelBytes({ ...classifier, inputs: { x: [1, 64] }, initializers: { w, b: tensor([256], weights(256)), v } })); // prettier-ignore
    write('wide.npy', floats(weights(64 * 3000), '(3000, 64)'));
  });

  /** Kills the command as soon as its folder is in the making. */
  const interrupted = (signal: NodeJS.Signals): Promise<number | null> =>
    new Promise((done, fail) => {
      const args = ['compile', 'wide.onnx', '-o', 'half', ...RANGE, '--calibrate', 'wide.npy', '--quiet'];
      const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: 'ignore' });
      const timer = setInterval(() => {
        if (!readdirSync(cwd).some((name) => name.startsWith('.half.'))) return;
        clearInterval(timer);
        child.kill(signal);
      }, 5);
      child.on('error', fail);
      child.on('exit', (code, by) => {
        clearInterval(timer);
        if (by === null && code === 0) fail(new Error('it was faster than the signal'));
        else done(code);
      });
    });

  it('leaves nothing behind (SIGINT), nothing that is taken for whole (SIGKILL), and the old folder as it was', async () => {
    expect(await interrupted('SIGINT')).toBe(130);
    expect(readdirSync(cwd).filter((name) => name.includes('half'))).toEqual([]);
    await interrupted('SIGKILL');
    expect(existsSync(at('half'))).toBe(false);
    await failure(2, 'file', ['run', 'half', '--input', 'one.json'], 'compile');
    cpSync(at('dir'), at('half'), { recursive: true });
    await interrupted('SIGKILL');
    expect(readFileSync(at('half', 'circuit.json'))).toEqual(readFileSync(at('dir', 'circuit.json')));
    expect((await inferproof('verify', 'half', 'half/proof.json')).json['valid']).toBe(true);
  });
});
