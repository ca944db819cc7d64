// What a person reads where a script reads JSON: the words that only the text has.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MEANING } from '#cli/commands/verify.js';
import { tensorLines } from '#cli/tensors.js';
import { solidityLibrary, universalCalldata, verifyCalldata } from '#verifier/solidity/index.js';
import type { Decision } from '#verifier/index.js';
import { floats as tensor, ints, modelBytes } from '../compiler/onnx-models.js';
import { floats, npy } from '../files/arrays.js';

/** TensorProto's numbers of the types. */
const [INT64, BFLOAT16] = [7, 16];
const MAIN = resolve('dist/cli/main.js');
let cwd = '';
function inferproof(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'inferproof-people-'));
  const model = (name: string, tail: string) => {
    const nodes = [{ op: 'Gemm', in: ['x', 'w'], out: ['h'] }, { op: tail, in: ['h'] }]; // prettier-ignore
    const bytes = modelBytes({ inputs: { x: [1, 2] }, nodes, initializers: { w: tensor([2, 2], [1, -1, 0.5, 2]) } });
    writeFileSync(join(cwd, `${name}.onnx`), bytes);
  };
  model('m', 'Relu');
  model('quantised', 'QLinearSigmoid');
  writeFileSync(join(cwd, 'narrow.npy'), floats([-1, 0, 2, 3], '(2, 2)'));
  writeFileSync(join(cwd, 'labels.npy'), npy({ descr: '|u1', shape: '(2,)', body: Uint8Array.of(0, 1) }));
});
afterAll(() => rmSync(cwd, { recursive: true }));

it('compile says for which inputs there is a proof', () => {
  expect(inferproof('compile', 'm.onnx', '-o', 'm', '--calibrate', 'narrow.npy').stdout).toMatch(
    /^input +x in \[-1, 3\]$/m,
  );
  const byColumn = inferproof('compile', 'm.onnx', '-o', 'm', '--calibrate', 'narrow.npy', '--input-range', 'x[1]=-5,5').stdout; // prettier-ignore
  const half = modelBytes({
    inputs: { x: [1, 2] },
    type: BFLOAT16,
    outputType: BFLOAT16,
    nodes: [{ op: 'Relu', in: ['x'] }],
  });
  writeFileSync(join(cwd, 'half.onnx'), half);
  expect(inferproof('compile', 'half.onnx', '-o', 'half', '--calibrate', 'narrow.npy').stdout).toMatch(/^input +x in \[-1, 3\]$/m); // prettier-ignore
  expect(byColumn).toMatch(/^input +x\[1\] along axis 1 in \[-5, 5\]$/m);
});

it('compile takes a range for each column of integers, and check names one that is outside of its own', () => {
  const nodes = [
    { op: 'Add', in: ['x', 'first'], out: ['row'] },
    { op: 'Gather', in: ['table', 'row'] },
  ];
  const initializers = { first: ints(0, 3), table: tensor([5, 1], [1, 2, 3, 4, 5]) };
  writeFileSync(join(cwd, 'categories.onnx'), modelBytes({ inputs: { x: [1, 2] }, type: INT64, nodes, initializers }));
  writeFileSync(join(cwd, 'sizes.json'), '[[0, 2], [0, 1]]');
  const made = inferproof('compile', 'categories.onnx', '-o', 'categories', '--input-range', 'x=sizes.json').stdout;
  expect(made).toMatch(/^input +x\[0\] along axis 1 in \[0, 2\]\ninput +x\[1\] along axis 1 in \[0, 1\]$/m);
  writeFileSync(join(cwd, 'row.csv'), '2,1\n');
  writeFileSync(join(cwd, 'other.csv'), '0,2\n');
  const check = (file: string) => inferproof('check', 'categories', '--input', file);
  expect(check('row.csv').status).toBe(0);
  const { status, stderr } = check('other.csv');
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringMatching(/expected a value in \[0, 1\], got 2\n {2}at {3}x\[1\]/) as string }); // prettier-ignore
});

it('inspect says which flags it leaves to compile', () => {
  const { status, stderr } = inferproof('inspect', 'm.onnx', '--calibrate', 'narrow.npy', '--labels', 'labels.npy', '--bits', '8'); // prettier-ignore
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'measure …\n--labels: compile measures accuracy\n' });
});

it('inspect counts no multiplications of a model that it cannot read, and a quantised model is told from others', () => {
  expect(inferproof('inspect', 'quantised.onnx').stdout).toMatch(/^MACs +unknown$[^]*1 node cannot be proved$/m);
  const { stderr } = inferproof('compile', 'quantised.onnx', '-o', 'q', '--input-range', '0,1');
  expect(stderr).toContain('give the float model');
});

it('audit says that the model is another file', () => {
  inferproof('compile', 'm.onnx', '-o', 'audited', '--calibrate', 'narrow.npy');
  const bytes = modelBytes({ inputs: { x: [1, 2] }, nodes: [{ op: 'Relu', in: ['x'] }] });
  writeFileSync(join(cwd, 'changed.onnx'), bytes);
  const { status, stdout } = inferproof('audit', 'audited', '--model', 'changed.onnx');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^first +.*: it was made from another model file$/m);
});

it('verify wants the key first', () => {
  writeFileSync(join(cwd, 'proof.json'), '{"format": "inferproof-proof", "version": 1}');
  const { status, stderr } = inferproof('verify', 'proof.json', 'vkey.json');
  expect(status).toBe(2);
  expect(stderr).toContain('expected a verification key, got a proof\n  at   proof.json\n  hint the key stands before');
});

it('calldata is for the contract that was exported: of one key, or universal', () => {
  inferproof('compile', 'm.onnx', '-o', 'called', '--calibrate', 'narrow.npy');
  inferproof('setup', 'called', '--dev');
  inferproof('prove', 'called', '--input', 'narrow.npy', '--index', '1');
  const [key, proof] = ['vkey.json', 'proof.json'].map((name): unknown => JSON.parse(readFileSync(join(cwd, 'called', name), 'utf8'))); // prettier-ignore
  const call = ['calldata', 'called', 'called/proof.json'];
  expect(inferproof(...call).stdout).toBe(`${verifyCalldata(key, proof).data}\n`);
  expect(inferproof(...call, '--universal').stdout).toBe(`${universalCalldata(key, proof).data}\n`);
  const library = ['export-solidity', 'called', '--library'];
  expect(inferproof(...library, '-o', 'Digits.sol').status).toBe(0);
  expect(readFileSync(join(cwd, 'Digits.sol'), 'utf8')).toBe(solidityLibrary(key, { name: 'Digits' }));
  expect(inferproof(...library, '-o', 'my-digits.sol').stderr).toContain('called as its file');
  expect(inferproof(...library, '-o', 'Digits.sol', '--universal').stderr).toContain('got both');
  inferproof('compile', 'm.onnx', '-o', 'plain', '--calibrate', 'narrow.npy', '--argument', 'plain');
  inferproof('setup', 'plain', '--dev');
  const { status, stderr } = inferproof('calldata', 'plain', 'called/proof.json', '--universal');
  expect(status).toBe(2);
  expect(stderr).toContain('expected a look-up key for --universal');
});

it('an output shows what it decides, as the key says it', () => {
  const y = (floats: number[], shape = [1, floats.length]) => new Map([['y', { shape, ints: floats, floats }]]);
  const says = (tensors: ReturnType<typeof y>, rule: Decision['rule'], axis: number | null) => tensorLines(tensors, new Map([['y', { rule, axis }]])); // prettier-ignore
  expect(says(y([3, 1, 2]), 'argmax', 1)).toEqual(['y 1x3: 3 1 2 (greatest: index 0)']);
  expect(says(y([3, 1, 2]), 'argmin', 1)).toEqual(['y 1x3: 3 1 2 (least: index 1)']);
  expect(says(y([3, 1, 2]), 'none', null)).toEqual(['y 1x3: 3 1 2']);
  expect(says(y([-3]), 'sign', null)).toEqual(['y: -3 (negative)']);
  expect(says(y([3, 0]), 'sign', null)).toEqual(['y 1x2: 3 0 (positive zero)']);
  // two classes of 1 x 2 pixels
  expect(says(y([3, 1, 2, 4], [1, 2, 1, 2]), 'argmax', 1)).toEqual(['y 1x2x1x2: 3 1 2 4 (greatest along axis 1: 0 1)']);
  expect(tensorLines(y([3, 1, 2, 4], [1, 2, 1, 2]))).toEqual(['y 1x2x1x2: 3 1 2 4 (greatest: index 3)']); // a key of 0.1.0
});

it('compile says that nothing was measured, run which samples need --clamp, verify the least value', () => {
  const made = inferproof('compile', 'm.onnx', '-o', 'least', '--input-range', '-1,1', '--decision', 'argmin', '--argument', 'plain'); // prettier-ignore
  expect(made.stderr).toContain('warning: nothing was measured');
  const ran = inferproof('run', 'least', '--input', 'narrow.npy');
  expect(ran.stderr).toContain('2 input values outside');
  expect(ran.stdout).toMatch(/^0 {2}y 1x2: .* \(least: index 0\)$/m);
  expect(ran.stdout).toMatch(/^prove refuses +sample 1, unless --clamp$/m);
  inferproof('setup', 'least', '--dev');
  inferproof('prove', 'least', '--input', 'narrow.npy', '--index', '0');
  expect(inferproof('verify', 'least').stdout).toMatch(/^y 1x2: .* \(least: index 0\)$/m);
});

it('inputs have no greatest value', () => {
  const tensors = new Map([['x', { shape: [1, 2], ints: [1, 2], floats: [0.5, 1] }]]);
  expect(tensorLines(tensors)).toEqual(['x 1x2: 0.5 1 (greatest: index 1)']);
  const label = { shape: [1], ints: [1], floats: [1], labels: ['versi\u001bcolor'] };
  expect(tensorLines(new Map([['y', label]]))).toEqual(['y: 1 ("versi\\x1bcolor")']);
  const scores = { shape: [1, 2], ints: [1, 3], floats: [0.5, 1], names: { axis: 1, names: ['cat', 'dog'] } };
  expect(tensorLines(new Map([['y', scores]]), new Map([['y', { rule: 'argmax', axis: 1 }]]))).toEqual([
    'y 1x2: 0.5 1 (greatest: dog)',
  ]);
  expect(tensorLines(tensors, null)).toEqual(['x 1x2: 0.5 1']);
  expect(tensorLines(new Map([['y', { shape: [1], ints: [306192345], floats: [306192345] }]]))).toEqual([
    'y: 306192345',
  ]);
});

it('an output shows what the model makes of it', () => {
  const one = { shape: [1, 1], ints: [3], floats: [1.5] };
  const two = { shape: [1, 2], ints: [3, -1], floats: [1.5, -0.5] };
  const shown = (tensor: typeof two, name: string, values: number[]): string[] =>
    tensorLines(new Map([['y', { ...tensor, read: { function: name, values } }]]));
  expect(shown(one, 'sigmoid', [0.8176])).toEqual(['y: 1.5 (sigmoid: 0.8176)']);
  expect(shown(two, 'tanh', [0.9051, -0.4621])).toEqual(['y 1x2: 1.5 -0.5 (greatest: index 0; tanh: 0.9051 -0.4621)']);
  expect(shown(two, 'softmax', [0.8808, 0.1192])).toEqual(['y 1x2: 1.5 -0.5 (greatest: index 0, probability 0.8808)']);
  expect(shown(two, 'logSoftmax', [-0.1269, -2.1269])).toEqual([
    'y 1x2: 1.5 -0.5 (greatest: index 0, log-probability -0.1269)',
  ]);
});

it('verify explains a refusal in the words of docs/verifying.md', () => {
  const rows = [...readFileSync('docs/verifying.md', 'utf8').matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)];
  expect(rows.map(([, reason]) => reason)).toEqual(Object.keys(MEANING));
  for (const [, reason, text] of rows) expect(text).toContain(MEANING[reason as keyof typeof MEANING]);
});
