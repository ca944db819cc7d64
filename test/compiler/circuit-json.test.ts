/* eslint-disable @typescript-eslint/no-explicit-any -- edits of a parsed file reach anywhere */
import { readFileSync } from 'node:fs';
import type { Circuit, CircuitTensor, IntegerStep } from '#compiler/circuit/circuit.js';
import { circuitDigest, decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { publicTensor, publicTensors } from '#compiler/circuit/publics.js';
import { identityMap, scaleMap } from '#compiler/linear/maps.js';
import type { IntegerFunction } from '#compiler/primitives/integer-functions.js';
import { InferproofError } from '#verifier/errors.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  choices,
  circuits,
  convolutional,
  curves,
  decisions,
  perceptron,
  products,
  rescaleOf,
  sorted,
  tabular,
} from './circuits.js';

const FILE = 'circuit.json';

/** The error that a text is refused with. */
function refusal(text: string): InferproofError {
  try {
    decodeCircuit(text, FILE);
  } catch (error) {
    if (error instanceof InferproofError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

/** The text of a circuit with one field changed: `change` gets the parsed file. */
function edited(circuit: Circuit, change: (file: Editable) => void): string {
  const file: Editable = JSON.parse(encodeCircuit(circuit));
  change(file);
  return `${JSON.stringify(file)}\n`;
}
type Editable = any;

describe.each([...circuits, ['curves', () => curves(8)] as const])('%s', (_, build) => {
  const circuit = build();
  const text = encodeCircuit(circuit);

  test('decodes to the same value and encodes to the same text', () => {
    const decoded = decodeCircuit(text, FILE);
    expect(circuit).toMatchObject(decoded);
    expect(encodeCircuit(decoded)).toBe(text);
    expect(circuitDigest(decoded)).toBe(circuitDigest(circuit));
    expect(circuitDigest(circuit)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('mutated texts are refused with a format error or are another legal circuit', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(4), fc.string({ minLength: 1, maxLength: 3 }), (at, cut, insert) => {
        const mutant = text.slice(0, at) + insert + text.slice(at + cut);
        try {
          expect(encodeCircuit(decodeCircuit(mutant, FILE))).toBe(mutant);
        } catch (error) {
          if (!(error instanceof InferproofError)) throw error;
          expect(error.code).toBe('format');
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('the order of shapes and ranges does not change the digest', () => {
  const circuit = tabular();
  const ranges = Object.fromEntries(Object.entries(circuit.options.ranges).reverse());
  expect(circuitDigest({ ...circuit, options: { ...circuit.options, ranges } })).toBe(circuitDigest(circuit));
});

test('names of prototypes are names', () => {
  const circuit = perceptron();
  const options = { ...circuit.options, shapes: Object.fromEntries([['__proto__', 3], ['constructor', 2]]) }; // prettier-ignore
  const text = encodeCircuit({ ...circuit, options });
  expect(Object.entries(decodeCircuit(text, FILE).options.shapes)).toEqual([['__proto__', 3], ['constructor', 2]]); // prettier-ignore
});

test('the names at which a model was cut are those of its outputs', () => {
  const circuit = convolutional();
  const outputs = circuit.outputs.map(({ name }) => name);
  const text = encodeCircuit({ ...circuit, options: { ...circuit.options, outputs } });
  expect(decodeCircuit(text, FILE).options.outputs).toEqual(outputs);
  const changes = [[], outputs.slice(1), [...outputs, 'more'], outputs.toReversed(), outputs.join(), [null], 1];
  for (const change of changes) {
    const error = refusal(edited(circuit, (file) => (file.options.outputs = change)));
    expect([error.code, error.where]).toEqual(['format', expect.stringContaining('options.outputs')]);
  }
});

test('another version is named, another kind of file is refused', () => {
  const newer = refusal(edited(perceptron(), (file) => (file.version = 4)));
  expect(newer.message).toBe('expected version 3 of inferproof-circuit, got version 4');
  expect(newer.hint).toContain('format version 4 reads it');
  expect(refusal(edited(perceptron(), (file) => (file.format = 'inferproof-graph'))).where).toBe(
    'circuit.json: format',
  );
  expect(refusal('').where).toBe(FILE);
  expect(refusal('[]').message).toBe('expected an object, got a list of 0');
  expect(refusal(readFileSync('package.json', 'utf8')).code).toBe('format');
});

test('other spellings of a legal circuit are refused', () => {
  const text = encodeCircuit(perceptron());
  for (const other of [
    ` ${text}`,
    text.trimEnd(),
    text.replace('"version":3', '"version":3.0'),
    text.replace('"inferproof-circuit"', '"inferproof\\u002dcircuit"'),
    text.replace('"version":3,', '"version":3,"version":3,'),
  ]) {
    expect(other).not.toBe(text);
    expect(refusal(other).message).toMatch(/canonical|the name .* twice/);
  }
  expect(refusal(text.replace(/"i32:(A+)/, '"i32: $1')).message).toContain('base64');
});

const int32s = (...values: number[]): string => `i32:${Buffer.from(Int32Array.from(values).buffer).toString('base64')}`;
const float64s = (...values: number[]): string =>
  `f64:${Buffer.from(Float64Array.from(values).buffer).toString('base64')}`;
/** An array field with one element replaced. */
const withElement = (text: string, i: number, value: number): string => {
  const words = new Int32Array(new Uint8Array(Buffer.from(text.slice(4), 'base64')).buffer);
  expect(text.slice(0, 4)).toBe('i32:');
  words[i] = value;
  return int32s(...words);
};

/** A form that reads nothing. */
const constant = { map: { bias: int32s(1), parts: [] }, accLo: 1, accHi: 1 };

/** Steps of `convolutional`: 0 input, 1 leaky rescale, 2 max, 3 clamp rescale, 4 argmax, 5 to 7 outputs. */
const part = (file: Editable, step: number, i = 0): Editable => file.steps[step].forms[0].map.parts[i];

describe('each rule refuses the circuit that breaks it', () => {
  test.each<[rule: string, where: string | RegExp, change: (file: Editable) => void]>([
    ['unknown field', 'steps[3].extra', (f) => (f.steps[3].extra = 1)],
    ['missing field', 'steps[3].forms[0].accHi', (f) => delete f.steps[3].forms[0].accHi],
    ['mistyped field', 'tensors[1].name', (f) => (f.tensors[1].name = 7)],
    ['unknown kind', 'steps[2].kind', (f) => (f.steps[2].kind = 'min')],
    ['digest of the model', 'modelSha256', (f) => (f.modelSha256 = 'AB'.repeat(32))],
    ['dtype', 'inputs[0].dtype', (f) => (f.inputs[0].dtype = 'complex64')],
    ['empty dimension', 'tensors[0].shape[1]', (f) => (f.tensors[0].shape[1] = 0)],
    ['elements beyond all rows', 'tensors[0].shape', (f) => (f.tensors[0].shape = [1 << 20, 1 << 20])],
    ['shape of a map', 'steps[3].forms[0].map', (f) => f.tensors[3].shape.push(2)],
    ['interval upside down', 'tensors[0].hi', (f) => (f.tensors[0].hi = -1)],
    ['interval too wide', 'tensors[0].hi', (f) => (f.tensors[0].hi = 2 ** 51)],
    ['scale 0', 'tensors[0].scale', (f) => (f.tensors[0].scale = 0)],
    ['scales without an axis', 'tensors[0].axis', (f) => (f.tensors[0].scale = [1, 1])],
    ['rule of a decision', 'outputs[0].decision.rule', (f) => (f.outputs[0].decision.rule = 'max')],
    [
      'decision without an axis',
      'outputs[0].decision.axis',
      (f) => (f.outputs[0].decision = { rule: 'argmin', axis: null }),
    ],
    [
      'decision along no axis',
      'outputs[0].decision.axis',
      (f) => (f.outputs[0].decision = { rule: 'argmax', axis: 9 }),
    ],
    ['sign along an axis', 'outputs[0].decision.axis', (f) => (f.outputs[0].decision = { rule: 'sign', axis: 0 })],
    ['bits of a value', 'options.bitsOf[0].bits', (f) => (f.options.bitsOf = [{ value: 0, bits: 13 }])],
    [
      'bits of a value twice',
      'options.bitsOf[1].value',
      (f) => (f.options.bitsOf = [0, 0].map((value) => ({ value, bits: 8 }))),
    ],
    ['axis beyond the rank', 'tensors[0].axis', (f) => (f.tensors[0].axis = 4)],
    ['number of scales', 'tensors[0].zero', (f) => Object.assign(f.tensors[0], { axis: 1, zero: [0] })],
    ['tensor defined twice', 'steps[1].outs', (f) => (f.steps[1].outs = [0])],
    ['tensor out of range', 'steps[1].outs', (f) => (f.steps[1].outs = [99])],
    ['tensor without a step', 'tensors[7]', (f) => f.steps.pop()],
    ['tensor used before its step', 'steps[1].forms[0].map.parts[0].from', (f) => (part(f, 1).from = 2)],
    ['form over an output', 'steps[6].forms[0].map.parts[0].from', (f) => (part(f, 6).from = 5)],
    ['source twice', 'steps[3].forms[0].map.parts[1].from', (f) => (part(f, 3, 1).from = part(f, 3, 0).from)],
    [
      'position below 0',
      'steps[1].forms[0].map.parts[0].base[0]',
      (f) => (part(f, 1).base = withElement(part(f, 1).base, 0, -1)),
    ],
    [
      'position above the source',
      'steps[1].forms[0].map.parts[0].base[59]',
      (f) => (part(f, 1).base = withElement(part(f, 1).base, 59, 39)),
    ],
    [
      'pattern out of range',
      'steps[1].forms[0].map.parts[0].pattern[0]',
      (f) => (part(f, 1).pattern = withElement(part(f, 1).pattern, 0, 99)),
    ],
    [
      'kernel out of range',
      'steps[1].forms[0].map.parts[0].kernel[0]',
      (f) => (part(f, 1).kernel = withElement(part(f, 1).kernel, 0, 99)),
    ],
    [
      'kernel below 0',
      'steps[1].forms[0].map.parts[0].kernel',
      (f) => (part(f, 1).kernel = withElement(part(f, 1).kernel, 0, -1)),
    ],
    [
      'kernel longer than its pattern',
      'steps[1].forms[0].map.parts[0].kernel[0]',
      (f) => (part(f, 1).kernel = withElement(part(f, 1).kernel, 0, 0)),
    ],
    ['length of base', 'steps[1].forms[0].map.parts[0].base', (f) => (part(f, 1).base = int32s(0))],
    ['sum of lengths', 'steps[1].forms[0].map.parts[0].kernels.values', (f) => (part(f, 1).kernels.values = int32s(1))],
    [
      'coefficient that is no integer',
      'steps[2].forms[0].map.parts[0].kernels',
      (f) => (part(f, 2).kernels.values = float64s(0.5)),
    ],
    [
      'repeated offset',
      'steps[1].forms[0].map.parts[0].patterns',
      (f) => (part(f, 1).patterns.values = withElement(part(f, 1).patterns.values, 1, 0)),
    ],
    [
      'offset that is no integer',
      'steps[2].forms[0].map.parts[0].patterns.values',
      (f) => (part(f, 2).patterns.values = float64s(0.5)),
    ],
    ['bias that is no integer', 'steps[5].forms[0].map.bias', (f) => (f.steps[5].forms[0].map.bias = float64s(0.5, 0))],
    ['bias that is NaN', 'steps[5].forms[0].map.bias', (f) => (f.steps[5].forms[0].map.bias = float64s(NaN, 0))],
    ['accHi below the interval', 'steps[1].forms[0]', (f) => f.steps[1].forms[0].accHi--],
    ['accLo above the interval', 'steps[1].forms[0]', (f) => f.steps[1].forms[0].accLo++],
    ['accumulator of 2^50', 'steps[1].forms[0]', (f) => (f.steps[1].forms[0].accHi = 2 ** 50)],
    ['width that is no 2^n - 1', 'steps[1]', (f) => f.tensors[1].hi--],
    ['width 0', 'steps[1]', (f) => (f.tensors[1].hi = f.tensors[1].lo)],
    ['shift', 'steps[1].own.shift', (f) => (f.steps[1].own.shift = 49)],
    ['slope too steep', 'steps[1]', (f) => (f.steps[1].own.f.slope = 2 ** 45)],
    ['bend out of reach', 'steps[1]', (f) => (f.steps[1].own.f.at = 2 ** 45)],
    ['max wider than its members', 'steps[2]', (f) => f.tensors[2].hi++],
    ['max over negative values', 'steps[2].forms[0].accLo', (f) => (f.steps[2].forms[0].accLo = -1)],
    [
      'first group',
      'steps[2].own.starts[0]',
      (f) => (f.steps[2].own.starts = withElement(f.steps[2].own.starts, 0, 1)),
    ],
    [
      'empty group',
      'steps[2].own.starts[3]',
      (f) => (f.steps[2].own.starts = withElement(f.steps[2].own.starts, 3, 5)),
    ],
    [
      'last group',
      'steps[2].own.starts[24]',
      (f) => (f.steps[2].own.starts = withElement(f.steps[2].own.starts, 24, 61)),
    ],
    ['number of groups', 'steps[2].own.starts', (f) => (f.steps[2].own.starts = int32s(0, 60))],
    ['argmax wider than its groups', 'steps[4]', (f) => f.tensors[4].hi++],
    ['argmax that starts elsewhere', 'steps[4].outs', (f) => Object.assign(f.tensors[4], { lo: 1, hi: 4 })],
    ['keys beyond 2^53', 'steps[4]', (f) => (f.steps[4].forms[0].accHi = 2 ** 50 - 1)],
    ['output wider than its form', 'steps[6]', (f) => f.tensors[6].hi++],
    ['input that is no input', 'inputs[0].tensor', (f) => (f.inputs[0].tensor = 1)],
    ['input left out', 'inputs', (f) => (f.inputs = [])],
    ['output that is no output', 'outputs[0].tensor', (f) => (f.outputs[0].tensor = 4)],
    ['output twice', 'outputs[1].tensor', (f) => (f.outputs[1].tensor = 5)],
    ['output name twice', 'outputs', (f) => (f.outputs[1].name = f.outputs[0].name)],
    ['axis of a softmax', 'outputs[0].read.axis', (f) => (f.outputs[0].read = { function: 'softmax', axis: 1 })],
    [
      'no axis of a softmax',
      'outputs[0].read.axis',
      (f) => (f.outputs[0].read = { function: 'logSoftmax', axis: null }),
    ],
    ['axis of a sigmoid', 'outputs[0].read.axis', (f) => (f.outputs[0].read = { function: 'sigmoid', axis: 0 })],
    [
      'a function that nobody reads',
      'outputs[0].read.function',
      (f) => (f.outputs[0].read = { function: 'exp', axis: null }),
    ],
    ['range upside down', 'options.ranges.x.ends[0]', (f) => f.options.ranges.x.ends[0].reverse()],
    ['range that is no pair', 'options.ranges.x.ends[0]', (f) => f.options.ranges.x.ends[0].pop()],
    ['range that is empty', 'options.ranges.x.ends[0]', (f) => f.options.ranges.x.ends[0].reverse()],
    ['a form too few', 'steps[1].forms', (f) => (f.steps[1].forms = [])],
    ['a form too many', 'steps[2].forms', (f) => f.steps[2].forms.push(f.steps[2].forms[0])],
    ['a form of an input', 'steps[0].forms', (f) => f.steps[0].forms.push(constant)],
    ['a tensor too few', 'steps[4].forms', (f) => (f.steps[4].outs = [])],
    ['a gadget in the plain argument', 'steps[1].variant', (f) => (f.steps[1].variant = 'table')],
    ['data of an input', 'steps[0].own.shift', (f) => (f.steps[0].own = { shift: 1 })],
    ['limbs in the plain argument', 'rangeBits', (f) => (f.rangeBits = 8)],
  ])('%s', (_, where, change) => {
    const error = refusal(edited(convolutional(), change));
    expect(error.code).toBe('format');
    expect(error.where).toBe(`circuit.json: ${where}`);
    expect(error.hint).toBeDefined();
  });
});

test('a circuit that breaks a rule is not written', () => {
  const circuit = perceptron();
  const tensors: CircuitTensor[] = circuit.tensors.map((tensor, id) =>
    id === 1 ? { ...tensor, hi: tensor.hi - 1 } : tensor,
  );
  expect(() => encodeCircuit({ ...circuit, tensors })).toThrow(expect.objectContaining({ code: 'internal' }));
  expect(() => encodeCircuit({ ...circuit, publics: [] })).toThrow(expect.objectContaining({ code: 'internal' }));
});

test('files of the largest fields are refused without being built', () => {
  const start = performance.now();
  expect(refusal(`{"format":"inferproof-circuit","version":3,"tensors":${'['.repeat(200_000)}`).code).toBe('format');
  expect(refusal(edited(perceptron(), (f) => (part(f, 1).patterns.lengths = int32s(2 ** 31 - 1)))).code).toBe('format');
  expect(performance.now() - start).toBeLessThan(2000);
});

describe('each rule of a choice', () => {
  const at = (circuit: Circuit, kind: string): number => circuit.steps.findIndex((step) => step.kind === kind);
  const [places, decided, order] = [choices(), decisions(), sorted(8)];
  test.each<[kind: string, rule: string, circuit: Circuit, where: string, change: (step: Editable, file: Editable) => void]>([
    ['onehot', 'two forms', places, '.forms', (step) => step.forms.push(step.forms[0])],
    ['onehot', 'indices that do not begin at 0', places, '.forms[0].accLo', (step) => ((step.forms[0].map.bias = int32s(1, 1)), step.forms[0].accLo++, step.forms[0].accHi++)],
    ['onehot', 'places of another number', places, '.outs', (step, file) => file.tensors[step.outs[0]].shape.push(2)],
    ['onehot', 'parts of a place', places, '.outs', (step, file) => (file.tensors[step.outs[0]].hi = 2)],
    ['sort', 'two forms', order, '.forms', (step) => step.forms.push(step.forms[0])],
    ['sort', 'a group of one', order, '.own.of', (step) => (step.own.of = 1)],
    ['sort', 'more than there are', order, '.own.first', (step) => (step.own.first = 4)],
    ['sort', 'groups of another size', order, '.forms[0].map', (step) => (step.own.of = 4)],
    ['sort', 'more values than wanted', order, '.outs', (step, file) => file.tensors[step.outs[1]].shape.push(2)],
    ['sort', 'values that do not begin at 0', order, '.forms[0].accLo', (step) => (step.forms[0].map.bias = int32s(...Array<number>(6).fill(2 ** 20)), step.forms[0].map.parts = [], step.forms[0].accLo = step.forms[0].accHi = 2 ** 20)],
    ['sort', 'positions that do not begin at 0', order, '.outs', (step, file) => Object.assign(file.tensors[step.outs[1]], { lo: 1, hi: 3 })],
    ['sort', 'more positions', order, '', (step, file) => (file.tensors[step.outs[1]].hi = 3)],
    ['compare', 'two forms', decided, '.forms', (step) => step.forms.push(step.forms[0])],
    ['compare', 'another size', decided, '.forms[0].map', (step, file) => file.tensors[step.outs[0]].shape.push(2)],
    ['compare', 'more than a boolean', decided, '', (step, file) => (file.tensors[step.outs[0]].hi = 2)],
    ['equal', 'another size', decided, '.forms[0].map', (step, file) => file.tensors[step.outs[0]].shape.push(2)],
    ['equal', 'more than a boolean', decided, '', (step, file) => (file.tensors[step.outs[0]].hi = 2)],
    ['select', 'one form', decided, '.forms', (step) => step.forms.pop()],
    ['select', 'one branch', decided, '.forms[1].map', (step) => (step.forms[1] = step.forms[0])],
    ['select', 'a condition that is no boolean', decided, '.forms[0].accHi', (step) => ((step.forms[0].map.bias = int32s(1, 1, 1, 1)), step.forms[0].accLo++, step.forms[0].accHi++)],
    ['select', 'branches that do not begin at 0', decided, '.forms[1].accLo', (step) => (step.forms[1] = { map: { bias: int32s(...Array<number>(8).fill(1)), parts: [] }, accLo: 1, accHi: 1 })],
    ['select', 'wider than its branches', decided, '', (step, file) => file.tensors[step.outs[0]].hi++],
  ])('%s: %s', (kind, _, circuit, where, change) => {
    const step = at(circuit, kind);
    const error = refusal(edited(circuit, (file) => change(file.steps[step], file)));
    expect([error.code, error.where]).toEqual(['format', expect.stringMatching(new RegExp(`steps\\[${step}\\]${where.replace(/[.[\]]/g, '\\$&')}$`))]);
  });
}); // prettier-ignore

describe('each rule of a product', () => {
  /** Steps of `products`: 0 and 1 inputs, 2 x reversed times y, 3 x x. */
  test.each<[rule: string, where: string, change: (file: Editable) => void]>([
    ['one factor', 'steps[2].forms', (f) => f.steps[2].forms.pop()],
    ['a factor of another size', 'steps[2].forms[1].map', (f) => (f.steps[2].forms[1] = constant)],
    ['another least value', 'steps[2].outs', (f) => f.tensors[2].lo--],
    ['the least value of a square', 'steps[3].outs', (f) => f.tensors[3].lo--],
    ['wider than its factors', 'steps[2]', (f) => f.tensors[2].hi++],
    ['narrower than its factors', 'steps[2]', (f) => f.tensors[2].hi--],
    ['a product of 2^50', 'steps[2]', (f) => {
      for (const form of f.steps[2].forms) [form.accLo, form.accHi] = [2 ** 25 - 2 ** 20, 2 ** 25];
      Object.assign(f.tensors[2], { lo: (2 ** 25 - 2 ** 20) ** 2, hi: 2 ** 50 });
      for (const { map } of f.steps[2].forms) map.bias = int32s(...Array<number>(4).fill(2 ** 25 - 2 ** 20));
    }],
  ])('%s', (_, where, change) => {
    const error = refusal(edited(products(), change));
    expect(error.code).toBe('format');
    expect(error.where).toBe(`circuit.json: ${where}`);
  });
}); // prettier-ignore

describe('each rule of a list of values', () => {
  const circuit = curves(8);
  const step = circuit.steps.findIndex((one) => rescaleOf(one)?.f.kind === 'values');
  const of = (file: Editable): Editable => file.steps[step].own.f;
  test.each<[rule: string, where: RegExp, change: (file: Editable) => void]>([
    ['a value above the width', /own\.f\.values$/, (f) => (of(f).values = withElement(of(f).values, 0, 64))],
    ['a value below 0', /own\.f\.values$/, (f) => (of(f).values = withElement(of(f).values, 0, -1))],
    ['a value that is no integer', /own\.f\.values$/, (f) => Object.assign(of(f), { values: float64s(0.5), lengths: int32s(1) })],
    ['a run of none', /own\.f\.lengths$/, (f) => (of(f).lengths = withElement(of(f).lengths, 0, 0))],
    ['a run without a value', /own\.f\.values$/, (f) => (of(f).values = int32s(0))],
    ['no run', /own\.f\.values$/, (f) => Object.assign(of(f), { values: int32s(), lengths: int32s() })],
    ['more values than a table has', /own\.f\.lengths$/, (f) => Object.assign(of(f), { values: int32s(0), lengths: int32s(2 ** 26 + 1) })],
    ['runs that are not the longest', /^circuit\.json$/, (f) => Object.assign(of(f), { values: int32s(0, 0), lengths: int32s(1, 1) })],
    ['the plain argument', /steps\[\d\]$/, (f) => {
      [f.rangeBits, f.options.argument] = [null, 'plain'];
      for (const one of f.steps) one.variant = null;
    }],
  ])('%s', (_, where, change) => {
    const error = refusal(edited(circuit, change));
    expect(error.code).toBe('format');
    expect(error.where).toMatch(where);
  });
}); // prettier-ignore

/** x [1] of 8 bits -> rescales -> the first of them as the output: a few lines of JSON, whatever they ask for. */
function lookupCircuit(functions: readonly IntegerFunction[], bits: number, variant: string): Circuit {
  const width = 2 ** bits - 1;
  const tensor = (name: string, hi: number): CircuitTensor => {
    return { value: null, name, node: name, operator: name, shape: [1], lo: 0, hi, scale: 1, zero: 0, axis: null };
  };
  const weight = 2 ** 40;
  const form = { map: scaleMap(identityMap(0, 1), weight, -weight), accLo: -weight, accHi: 254 * weight };
  const shift = 48 - 24;
  const last = functions.length + 1;
  const { options, modelSha256 } = perceptron();
  const step = (kind: string, out: number, forms: IntegerStep['forms'], own: unknown): IntegerStep => {
    return { kind, outs: [out], forms, variant: kind === 'rescale' ? variant : null, own };
  };
  const circuit: Circuit = {
    options: { ...options, argument: 'lookup' },
    modelSha256,
    tensors: [tensor('x', 255), ...functions.map((_, i) => tensor(`h${i}`, width)), tensor('y', width)],
    steps: [
      step('input', 0, [], {}),
      ...functions.map((f, i) => step('rescale', i + 1, [form], { shift, f })),
      step('output', last, [{ map: identityMap(1, 1), accLo: 0, accHi: width }], {}),
    ],
    inputs: [{ name: 'x', dtype: 'float32', tensor: 0 }],
    outputs: [{ name: 'y', tensor: last, read: null, decision: { rule: 'none', axis: null } }],
    publics: [],
    rangeBits: 8,
  };
  return { ...circuit, publics: publicTensors(circuit).map((id) => publicTensor(circuit, id)) };
}

describe('a small file that asks for more rows than any key has is read, and refused before anything is built', () => {
  const refused = (text: string, code: string): void => {
    expect(text.length).toBeLessThan(50_000);
    const circuit = decodeCircuit(text, FILE);
    const start = performance.now();
    expect(() => arrange(circuit)).toThrow(expect.objectContaining({ code }));
    expect(performance.now() - start).toBeLessThan(1000);
  };

  test('an input', () => {
    refused(
      edited(perceptron(), (file) => (file.tensors[0].shape = [2 ** 27])),
      'unsupported',
    );
  });

  test('a range of 2^40 rows', () => {
    refused(encodeCircuit(lookupCircuit([{ kind: 'clamp' }], 40, 'wide')), 'unsupported');
  });

  test('tables that are too large together', () => {
    const leaky = Array.from({ length: 64 }, (_, at): IntegerFunction => {
      return { kind: 'leaky', at, slope: 0, k: 1 };
    });
    refused(encodeCircuit(lookupCircuit(leaky, 8, 'table')), 'unbounded');
  });
});
