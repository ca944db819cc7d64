// audit: models of different operators, whose model.circom circom compiles whole to the linked system; one coefficient changed
// in either is found; keys are told apart.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import { coefficient, RowBuilder, type Matrix, type RowSystem } from '#compiler/circuit/rows.js';
import { compile, type Circuit, type CompileOptions } from '#compiler/index.js';
import { audit, setup, type SetupResult } from '#prover/index.js';
import { InferproofError } from '#verifier/errors.js';
import { parseVerificationKey, serializeVerificationKey, type VerificationKey } from '#verifier/index.js';
import { circomCanCompile, circomDifference } from '#prover/circom/equivalence.js';
import { linkCircuit } from '#prover/circom/link.js';
import { generator } from '../compiler/circuits.js';
import { floats, modelBytes, type ModelInit } from '../compiler/onnx-models.js';
import { damagedKey } from './damage.js';
import { closeCurve, newPowersOfTau } from './stock.js';

vi.mock(import('#prover/circom/compile.js'), async (original) =>
  (await import('./circom-once.js')).remembering(await original()),
);

/** A key as its file would be read. */
const read = (key: VerificationKey): VerificationKey => parseVerificationKey(serializeVerificationKey(key));

const random = generator(31);
const tensor = (...dims: number[]) =>
  floats(
    dims,
    Array.from({ length: dims.reduce((n, d) => n * d, 1) }, () => random() * 2 - 1),
  );
const positive = (...dims: number[]) =>
  floats(
    dims,
    Array.from({ length: dims[0] }, () => 0.5 + random()),
  );

const image = { x: [1, 2, 5, 5] };
const pads = { pads: [1, 1, 1, 1] };

const models: Readonly<Record<string, ModelInit & { readonly options?: CompileOptions }>> = {
  'Gemm, Relu': {
    inputs: { x: [1, 6] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w', 'b'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'Gemm', in: ['r', 'v'] },
    ],
    initializers: { w: tensor(6, 4), b: tensor(4), v: tensor(4, 3) },
  },
  Conv: { inputs: image, nodes: [{ op: 'Conv', in: ['x', 'w'], attributes: { strides: [2, 2], ...pads } }], initializers: { w: tensor(3, 2, 3, 3) } }, // prettier-ignore
  'Conv, Relu, MaxPool': {
    inputs: image,
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
      { op: 'Relu', in: ['c'], out: ['r'] },
      { op: 'MaxPool', in: ['r'], attributes: { kernel_shape: [2, 2] } },
    ],
    initializers: { w: tensor(2, 2, 3, 3) },
  },
  'depthwise Conv, BatchNormalization, Relu': {
    inputs: image,
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'], attributes: { group: 2, ...pads } },
      { op: 'BatchNormalization', in: ['c', 'scale', 'shift', 'mean', 'variance'], out: ['n'] },
      { op: 'Relu', in: ['n'] },
    ],
    initializers: {
      w: tensor(2, 1, 3, 3),
      scale: positive(2),
      shift: tensor(2),
      mean: tensor(2),
      variance: positive(2),
    },
  },
  LeakyRelu: {
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'LeakyRelu', in: ['h'], attributes: { alpha: { float: 0.1 } } },
    ],
    initializers: { w: tensor(4, 3) },
  },
  Clip: {
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Clip', in: ['h', 'lo', 'hi'] },
    ],
    initializers: { w: tensor(4, 3), lo: floats([], [-0.5]), hi: floats([], [1]) },
  },
  'Mul of two live tensors': {
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Mul', in: ['h', 'x'], out: ['p'] },
      { op: 'Mul', in: ['x', 'x'], out: ['s'] },
      { op: 'Add', in: ['p', 's'], out: ['a'] },
      { op: 'Relu', in: ['a'] },
    ],
    initializers: { w: tensor(4, 4) },
  },
  'Sigmoid, Tanh by look-ups': {
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Sigmoid', in: ['h'], out: ['s'] },
      { op: 'Gemm', in: ['s', 'v'], out: ['k'] },
      { op: 'Tanh', in: ['k'] },
    ],
    initializers: { w: tensor(4, 3), v: tensor(3, 2) },
    options: { argument: 'lookup', inputRanges: { x: [-1, 1] } },
  },
  'residual Add': {
    inputs: image,
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'], attributes: pads },
      { op: 'Relu', in: ['c'], out: ['r'] },
      { op: 'Add', in: ['r', 'x'], out: ['s'] },
      { op: 'Relu', in: ['s'] },
    ],
    initializers: { w: tensor(2, 2, 3, 3) },
  },
  'AveragePool, Gemm': {
    inputs: image,
    nodes: [
      { op: 'AveragePool', in: ['x'], out: ['p'], attributes: { kernel_shape: [3, 3], strides: [2, 2] } },
      { op: 'Flatten', in: ['p'], out: ['f'] },
      { op: 'Gemm', in: ['f', 'w'], out: ['h'] },
      { op: 'Relu', in: ['h'] },
    ],
    initializers: { w: tensor(8, 4) },
  },
  ArgMax: {
    inputs: { x: [1, 4] },
    outputType: 7,
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'ArgMax', in: ['h'], attributes: { axis: 1 } },
    ],
    initializers: { w: tensor(4, 5) },
  },
  'input by column': {
    inputs: { x: [1, 3] },
    nodes: [{ op: 'Gemm', in: ['x', 'w'] }],
    initializers: { w: tensor(3, 2) },
    options: { calibration: { count: 2, inputs: { x: Float64Array.of(0, 1, -5000, 0.001, -1, 9000) } } },
  },
  'Softmax at the end, outputs public alone': {
    inputs: { x: [1, 4] },
    nodes: [
      { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
      { op: 'Softmax', in: ['h'], attributes: { axis: 1 } },
    ],
    initializers: { w: tensor(4, 3) },
    options: { inputRanges: { x: [0, 1] }, public: 'output' },
  },
};

const compiled = (name: string) => {
  const { options = { inputRanges: { x: [-1, 1] } }, ...model } = models[name];
  return compile(modelBytes(model), { argument: 'plain', ...options });
};

/** The same system with the last term of one row changed by 1, on the side that is named. */
function withChange(system: RowSystem, row: number, matrix: Matrix): RowSystem {
  const { nRows, nWires, nCommitted, nPublic, sides } = system;
  const rows = new RowBuilder({ nCommitted, nPublic, nPrivate: nWires - 1 - nCommitted - nPublic });
  for (let r = 0; r < nRows; r++) {
    rows.begin();
    for (const side of [0, 1, 2] as const) {
      const { start, wire, coef } = sides[side];
      for (let i = start[r]; i < start[r + 1]; i++) {
        const change = r === row && side === matrix && i === start[r + 1] - 1 ? 1n : 0n;
        rows.term(side, wire[i], coefficient(system, coef[i]) + change);
      }
    }
  }
  return rows.seal();
}

afterAll(closeCurve);

describe.concurrent('circom makes the linked system of model.circom', () => {
  it.each(Object.keys(models))('%s', async (name) => {
    const { circuit, circom } = await compiled(name);
    expect(circomCanCompile(circuit)).toBe(true);
    const wires = arrange(circuit);
    expect(await circomDifference(wires, circom, await linkCircuit(wires))).toBeNull();
  });
});

describe('one coefficient that differs', () => {
  let wires: Arrangement;
  let circom: string;
  let linked: RowSystem;
  beforeAll(async () => {
    const made = await compiled('Gemm, Relu');
    [wires, circom] = [arrange(made.circuit), made.circom];
    linked = await linkCircuit(wires);
  });

  it('in the linked rows is found, on every side, and its place is named', async () => {
    const sideOf = (matrix: Matrix, row: number) =>
      linked.sides[matrix].start[row + 1] - linked.sides[matrix].start[row];
    const rows = Array.from({ length: linked.nRows }, (_, row) => row);
    const product = rows.find((row) => sideOf(0, row) > 0 && sideOf(1, row) > 0 && sideOf(2, row) > 0);
    const rescale = rows.findLast((row) => sideOf(0, row) === 0 && row < linked.nRows - 2);
    for (const [row, matrix, place] of [
      [product, 0, /^row \d+: /],
      [product, 1, /^row \d+: /],
      [product, 2, /^row \d+: /],
      [rescale, 2, /^row \d+: Rescale\(.*\) 3 of step 1 \(r\) is not in model\.circom$/],
      [linked.nRows - 1, 2, /^row \d+: public word 1 is not in model\.circom$/],
    ] as const) {
      expect(row).toBeDefined();
      expect(await circomDifference(wires, circom, withChange(linked, row ?? 0, matrix))).toMatch(place);
    }
  });

  it('in model.circom is found, whichever weight or bias it is', async () => {
    const numbers = [...circom.matchAll(/^ +var (?:weights0|bias)\[\d+\] = \[(.*)\];$/gm)].map(
      ({ index, 0: line, 1: list }) => ({ at: index + line.indexOf(list), list: list.split(', ') }),
    );
    expect(numbers.length).toBeGreaterThanOrEqual(3);
    for (const { at, list } of numbers) {
      const changed = [String(Number(list[0]) + 1), ...list.slice(1)].join(', ');
      const text = circom.slice(0, at) + changed + circom.slice(at + list.join(', ').length);
      expect(await circomDifference(wires, text, linked)).toMatch(/^row \d+: /);
    }
  });

  it('is not a name, a comment or a space', async () => {
    const text = circom
      .replace(/^ *\/\/.*\n/gm, '')
      .replaceAll('sum', 'total')
      .replaceAll('    ', ' ');
    expect(text.length).toBeLessThan(circom.length);
    expect(await circomDifference(wires, text, linked)).toBeNull();
  });

  it('nor may constraints or publics be more, fewer or in another order', async () => {
    const changes: readonly (readonly [from: string, to: string, place: RegExp])[] = [
      ['signal input context;', 'signal input context;\n    context === 0;', /the constraint on main\.context is not linked/],
      ['{public [context, word]}', '{public [context]}', /1 public signals, the circuit has 3/],
      ['{public [context, word]}', '{public [context, word, input_x]}', /public signals/],
      ['signal input context;\n    signal input word[2];', 'signal input word[2];\n    signal input context;', /public signal 1 is/],
    ]; // prettier-ignore
    for (const [from, to, place] of changes) {
      expect(circom).toContain(from);
      expect(await circomDifference(wires, circom.replace(from, to), linked), to).toMatch(place);
    }
  });
});

describe('audit', () => {
  const init: ModelInit = { inputs: { x: [1, 2] }, nodes: [{ op: 'Gemm', in: ['x', 'w'] }], initializers: { w: floats([2, 1], [0.5, -1]) } }; // prettier-ignore
  const bytes = modelBytes(init);
  let folder: string;
  let circuit: Circuit;
  let circom: string;
  let dev: SetupResult;
  /** From a.ptau. */
  let ceremony: SetupResult;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-test-'));
    ({ circuit, circom } = await compile(bytes, { argument: 'plain', inputRanges: { x: [-1, 1] }, bits: 3 }));
    dev = await setup(circuit, { dev: true });
    await newPowersOfTau(Math.log2(dev.domain), join(folder, 'a.ptau'));
    await newPowersOfTau(Math.log2(dev.domain), join(folder, 'b.ptau'));
    ceremony = await setup(circuit, { ptau: join(folder, 'a.ptau') });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('tells another model, and a model.circom that was changed', async () => {
    expect(await audit(circuit, bytes, { circom })).toEqual({
      circuit: 'equal',
      key: 'unverifiable',
      differences: [],
      wholeByCircom: true,
    });
    const other = modelBytes({ ...init, initializers: { w: floats([2, 1], [0.5, -0.9]) } });
    expect(await audit(circuit, other)).toMatchObject({
      circuit: 'different',
      firstDifference: expect.stringMatching(/^circuit\.json/),
    });
    for (const inputs of [{ z: [1, 2] }, { x: [1, 2], z: [1, 2] }] as const)
      expect(await audit(circuit, modelBytes({ ...init, inputs: inputs as never, nodes: [{ op: 'Gemm', in: [Object.keys(inputs)[0], 'w'] }] }))).toMatchObject({ circuit: 'different', firstDifference: 'circuit.json.modelSha256' }); // prettier-ignore
    const evil = circom.replace(/var sum = (-?\d+);/, (_, bias: string) => `var sum = ${Number(bias) + 1};`);
    expect(evil).not.toBe(circom);
    for (const text of [evil, circom.slice(0, -20), '', null])
      expect(await audit(circuit, bytes, { circom: text })).toMatchObject({
        circuit: 'different',
        firstDifference: expect.stringMatching(/^model\.circom:/),
        wholeByCircom: false,
      });
  });

  it('gives circom no text but its own', async () => {
    const spin = circom.replace('template Model() {', '$& var spin = 0; while (spin == 0) { spin = 0; }');
    expect(spin).not.toBe(circom);
    const start = performance.now();
    expect((await audit(circuit, bytes, { circom: spin })).firstDifference).toMatch(/^model\.circom:\d+$/);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('tells a model of other inputs, and options that were edited', async () => {
    const renamed = modelBytes({ ...init, inputs: { z: [1, 2] }, nodes: [{ op: 'Gemm', in: ['z', 'w'] }] });
    const place = { circuit: 'different', firstDifference: 'circuit.json.modelSha256' };
    expect(await audit(circuit, renamed)).toMatchObject(place);
    const { options } = circuit;
    for (const edited of [{ ranges: { z: options.ranges['x'] } }, { shapes: { n: 3 } }]) {
      const answer = await audit({ ...circuit, options: { ...options, ...edited } }, bytes);
      expect(answer).toMatchObject({ circuit: 'different', firstDifference: 'circuit.json.options' });
    }
  });

  it('compares the text of what is too large for circom', async () => {
    const weights = Array.from({ length: 400 * 400 }, (_, i) => ((i * 7) % 13) - 6.5);
    const large = modelBytes({ inputs: { x: [1, 400] }, nodes: [{ op: 'Gemm', in: ['x', 'w'] }], initializers: { w: floats([400, 400], weights) } }); // prettier-ignore
    const made = await compile(large, { inputRanges: { x: [-1, 1] } });
    expect(circomCanCompile(made.circuit)).toBe(false);
    const same = await audit(made.circuit, large, { circom: made.circom });
    expect(same).toEqual({ circuit: 'equal', key: 'unverifiable', differences: [], wholeByCircom: false });
    const edited = made.circom.replace('pragma circom 2.1.0;\n', '$&\n');
    const place = { circuit: 'different', firstDifference: 'model.circom:3' };
    expect(await audit(made.circuit, large, { circom: edited })).toMatchObject(place);
  });

  it('compares a lookup circuit constraint by constraint', async () => {
    const made = await compile(bytes, { inputRanges: { x: [-1, 1] }, bits: 3, argument: 'lookup' });
    expect(await audit(made.circuit, bytes, { circom: made.circom })).toEqual({
      circuit: 'equal',
      key: 'unverifiable',
      differences: [],
      wholeByCircom: true,
    });
    const evil = made.circom.replace(/var sum = (-?\d+);/, (_, bias: string) => `var sum = ${Number(bias) + 1};`);
    expect(evil).not.toBe(made.circom);
    expect(await audit(made.circuit, bytes, { circom: evil })).toMatchObject({ circuit: 'different' });
  });

  it('verifies a key against the powers of tau that it was made from, and no others', async () => {
    const { provingKey, vkey } = ceremony;
    const key = async (options: Parameters<typeof audit>[2]) => (await audit(circuit, bytes, { circom, vkey, provingKey, ...options })).key; // prettier-ignore
    expect(await key({})).toBe('unverifiable');
    expect(await key({ ptau: join(folder, 'a.ptau') })).toBe('verified');
    expect(await key({ ptau: join(folder, 'b.ptau') })).toBe('different');
    // halves of two keys, a public declared otherwise, the key of another circuit
    expect(await key({ provingKey: dev.provingKey, ptau: join(folder, 'a.ptau') })).toBe('different');
    const publics = vkey.publics.map((one, i) => (i === 0 ? { ...one, lo: one.lo - 1, hi: one.hi - 1 } : one));
    expect(await key({ vkey: read({ ...vkey, publics }) })).toBe('different');
    expect(await key({ vkey: read({ ...vkey, circuit: '0'.repeat(64) }) })).toBe('different');
    await writeFile(join(folder, 'text.ptau'), 'no powers');
    await expect(key({ ptau: join(folder, 'text.ptau') })).rejects.toMatchObject({ code: 'format' });
  });

  it('of a key that was damaged says so, whatever snarkjs makes of it', async () => {
    const ptau = join(folder, 'a.ptau');
    for (let seed = 1; seed <= (process.env['INFERPROOF_FULL'] === '1' ? 60 : 6); seed++) {
      const { what, content } = damagedKey(ceremony.provingKey, seed);
      const answer = await audit(circuit, bytes, { circom, vkey: ceremony.vkey, provingKey: content, ptau }).then(
        ({ key }) => key,
        (error: unknown) => (error instanceof InferproofError ? error.code : String(error)),
      );
      const same = Buffer.compare(content, ceremony.provingKey) === 0;
      expect(same ? ['verified'] : ['different', 'format'], `seed ${seed}, ${what}`).toContain(answer);
    }
  });

  it('believes no number of contributions that the proving key does not record', async () => {
    const ptau = join(folder, 'a.ptau');
    const { provingKey, vkey } = ceremony;
    const key = async (contributions: number) =>
      (await audit(circuit, bytes, { circom, vkey: read({ ...vkey, contributions }), provingKey, ptau })).key;
    expect(await key(1)).toBe('verified');
    expect(await key(100)).toBe('different');
  });

  it('tells halves of two lookup keys, and a key of the other argument', async () => {
    const made = await compile(bytes, { inputRanges: { x: [-1, 1] }, bits: 3, argument: 'lookup' });
    const [one, two] = [await setup(made.circuit, { dev: true }), await setup(made.circuit, { dev: true })];
    const key = async (vkey: SetupResult['vkey'], { provingKey }: Partial<SetupResult>) =>
      (await audit(made.circuit, bytes, { circom: made.circom, vkey, ...(provingKey && { provingKey }) })).key;
    expect(await key(one.vkey, one)).toBe('unverifiable');
    expect(await key(one.vkey, two)).toBe('different');
    await expect(key(one.vkey, dev)).rejects.toMatchObject({ code: 'format' });
    if (one.vkey.argument === 'lookup')
      for (const committed of [one.vkey.committed - 1, one.vkey.committed + 1, 2 ** 40])
        for (const half of [one, {}]) expect(await key(read({ ...one.vkey, committed }), half)).toBe('different');
    const { circuit: digest, publics } = one.vkey;
    expect(await key(read({ ...dev.vkey, circuit: digest, publics }), dev)).toBe('different');
  });

  it('reads a key that is the JSON of its file as it reads a parsed one', async () => {
    const { provingKey, vkey } = ceremony;
    const ptau = join(folder, 'a.ptau');
    const key = async (json: unknown) => (await audit(circuit, bytes, { circom, vkey: json as VerificationKey, provingKey, ptau })).key; // prettier-ignore
    const json = () => JSON.parse(JSON.stringify(serializeVerificationKey(vkey))) as Record<string, unknown>;
    expect(await key(json())).toBe('verified');
    expect(await key({ ...json(), circuit: '0'.repeat(64) })).toBe('different');
    for (const bad of [{ ...json(), contributions: 0 }, JSON.stringify(json()), []])
      await expect(key(bad)).rejects.toMatchObject({ code: 'format', where: expect.stringMatching(/^vkey/) as string });
  });

  it('trusts no development key, whatever stands beside it', async () => {
    const { vkey, provingKey } = dev;
    expect((await audit(circuit, bytes, { vkey, provingKey, ptau: join(folder, 'a.ptau') })).key).toBe('unverifiable');
  });
});
