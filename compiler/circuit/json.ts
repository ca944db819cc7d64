// circuit.json: the whole circuit as strict, canonical JSON. A text that decodes is the one text of its circuit, so the
// SHA-256 of the text names the circuit.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { InferproofError } from '../../verifier/errors.js';
import { DECISION_RULES } from '../../verifier/words.js';
import {
  choiceOf,
  decodeLabels,
  decodeRead,
  encodeLabels,
  encodeRead,
  entriesOf,
  fieldsOf,
  finiteOf,
  integerOf,
  itemsOf,
  nullOr,
  parseFile,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import { ACTIVATION_BITS, LIMB_BITS, MAX_RANK, MOST_SAMPLES } from '../limits.js';
import { decodeMap, encodeMap } from '../linear/codec.js';
import { native } from '../native.js';
import { INTEGER, integerOf as integerPrimitive } from '../primitives/index.js';
import { DTYPES } from '../tensor.js';
import type {
  Circuit,
  CircuitOptions,
  CircuitTensor,
  Ends,
  InputRange,
  IntegerForm,
  IntegerStep,
  TensorId,
} from './circuit.js';
import { checkCircuit } from './invariants.js';
import { publicsOf } from './publics.js';

export const CIRCUIT_FORMAT = 'inferproof-circuit';
export const CIRCUIT_VERSION = 3;

/**
 * The text of circuit.json. Throws 'internal' for a circuit that breaks an invariant.
 * @example
 * ```ts
 * await writeFileAtomic('circuit.json', encodeCircuit(circuit));
 * ```
 */
export function encodeCircuit(circuit: Circuit): string {
  checkCircuit(circuit, (path, expected, got) => {
    throw new InferproofError('internal', `expected ${expected}, got ${got}`, { where: `circuit: ${path}` });
  });
  return textOfChecked(circuit);
}

function textOfChecked(circuit: Circuit): string {
  const { modelSha256, options, inputs, outputs, tensors, steps, rangeBits } = circuit;
  const file = {
    format: CIRCUIT_FORMAT,
    version: CIRCUIT_VERSION,
    modelSha256,
    options: {
      argument: options.argument,
      bits: options.bits,
      bitsOf: options.bitsOf.map(({ value, bits }) => ({ value, bits })),
      decision: options.decision,
      public: options.public,
      shapes: sorted(options.shapes),
      outputs: options.outputs,
      ranges: sorted(mapped(options.ranges, ({ axis, ends }) => ({ axis, ends }))),
      activations: options.activations?.map(({ value, lo, hi }) => ({ value, lo, hi })) ?? null,
      ...(options.batch !== undefined && { batch: options.batch }),
    },
    inputs: inputs.map(({ name, dtype, tensor, rounding }) => ({ name, dtype, tensor, ...(rounding && { rounding }) })),
    outputs: outputs.map(({ name, tensor, read, labels, decision: { rule, axis } }) => {
      const output = { name, tensor, read: read && encodeRead(read), decision: { rule, axis } };
      return { ...output, ...(labels && { labels: encodeLabels(labels) }) };
    }),
    tensors: tensors.map(encodeTensor),
    steps: steps.map(encodeStep),
    rangeBits,
  };
  return `${JSON.stringify(file)}\n`;
}

/** What a tensor does not have is not written. */
function encodeTensor({ value, name, node, operator, ball, encoding, ...rest }: CircuitTensor): object {
  const { shape, lo, hi, scale, zero, axis } = rest;
  return {
    ...{ value, name, node, operator, shape, lo, hi, scale, zero, axis },
    ...(encoding && { encoding }),
    ...(ball && { ball: { size: ball.size, radius: ball.radius } }),
  };
}

/** A circuit never changes, and its text can be megabytes long: one hash serves a command, or a thousand proofs. */
const digests = new WeakMap<Circuit, string>();
const digestOf = native?.sha256 ?? ((text: string): string => bytesToHex(sha256(utf8ToBytes(text))));

/**
 * SHA-256 of the text of circuit.json, hex.
 * @example
 * ```ts
 * circuitDigest(circuit) === vkey.circuit; // → true
 * ```
 */
export function circuitDigest(circuit: Circuit): string {
  const digest = digests.get(circuit) ?? digestOf(encodeCircuit(circuit));
  digests.set(circuit, digest);
  return digest;
}

/** Entries in the order of their names, so that the order of flags does not change the file. */
const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const mapped = <T, U>(record: Readonly<Record<string, T>>, change: (entry: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, change(entry)]));

const encodeStep = (step: IntegerStep): object => ({
  kind: step.kind,
  outs: step.outs,
  forms: step.forms.map(({ map, accLo, accHi, within }) => {
    return { map: encodeMap(map), accLo, accHi, ...(within && { within: { lo: within.lo, hi: within.hi } }) };
  }),
  variant: step.variant,
  own: integerPrimitive(step).codec.encode(step.own),
});

const MAX_INT = Number.MAX_SAFE_INTEGER;

/**
 * The circuit of a text that `encodeCircuit` wrote.
 * @param where name of the file, for errors: 'circuit.json'
 * Throws 'format' for anything else: another file or version, an unknown, missing or mistyped field, a broken invariant, or
 * another spelling of a legal circuit.
 * @example
 * ```ts
 * const circuit = decodeCircuit(readText(await readBytes('out/circuit.json', 'a circuit'), 'circuit.json'), 'circuit.json');
 * ```
 */
export function decodeCircuit(text: string, where: string): Circuit {
  const root = parseFile(text, where, CIRCUIT_FORMAT, CIRCUIT_VERSION);
  const f = fieldsOf(root, [
    'format',
    'version',
    'modelSha256',
    'options',
    'inputs',
    'outputs',
    'tensors',
    'steps',
    'rangeBits',
  ]);
  const tensors = itemsOf(f.tensors).map(decodeTensor);
  const parts = {
    options: decodeOptions(f.options),
    modelSha256: /^[0-9a-f]{64}$/.test(textOf(f.modelSha256))
      ? textOf(f.modelSha256)
      : wrong(f.modelSha256, '64 hexadecimal digits'),
    tensors,
    steps: itemsOf(f.steps).map(decodeStep),
    rangeBits: nullOr(f.rangeBits, (bits) => integerOf(bits, LIMB_BITS.least, LIMB_BITS.most)),
    inputs: itemsOf(f.inputs).map((place) => {
      const rounding = new Map(entriesOf(place)).get('rounding');
      const names = ['name', 'dtype', 'tensor'] as const;
      const { name, dtype, tensor } = fieldsOf(place, rounding ? [...names, 'rounding'] : names);
      const input = { name: textOf(name), dtype: choiceOf(dtype, DTYPES), tensor: idOf(tensor, tensors) };
      return rounding ? { ...input, rounding: choiceOf(rounding, ['even']) } : input;
    }),
    outputs: itemsOf(f.outputs).map((place) => {
      const labels = new Map(entriesOf(place)).get('labels');
      const names = ['name', 'tensor', 'read', 'decision'] as const;
      const { name, tensor, read, decision } = fieldsOf(place, labels ? [...names, 'labels'] : names);
      const { rule, axis } = fieldsOf(decision, ['rule', 'axis']);
      return {
        name: textOf(name),
        tensor: idOf(tensor, tensors),
        read: nullOr(read, decodeRead),
        decision: { rule: choiceOf(rule, DECISION_RULES), axis: nullOr(axis, (a) => integerOf(a, 0, MAX_RANK)) },
        ...(labels && { labels: decodeLabels(labels) }),
      };
    }),
  };
  // what the key says about the publics follows from their tensors
  const circuit: Circuit = { ...parts, publics: publicsOf(parts) };
  checkCircuit(circuit, (path, expected, got) => wrong({ file: where, path, value: got }, expected, String(got)));
  if (textOfChecked(circuit) !== text) wrong(root, 'the canonical text', 'another spelling of the same circuit');
  digests.set(circuit, digestOf(text));
  return circuit;
}

const idOf = (place: Place, tensors: readonly CircuitTensor[]): TensorId => integerOf(place, 0, tensors.length - 1);

function decodeOptions(place: Place): CircuitOptions {
  const names = [
    'argument',
    'bits',
    'bitsOf',
    'decision',
    'public',
    'shapes',
    'outputs',
    'ranges',
    'activations',
  ] as const;
  const batch = new Map(entriesOf(place)).get('batch');
  const f = fieldsOf(place, batch ? [...names, 'batch'] : names);
  const bitsOf = (bits: Place): number => integerOf(bits, ACTIVATION_BITS.least, ACTIVATION_BITS.most);
  return {
    argument: choiceOf(f.argument, ['plain', 'lookup']),
    bits: bitsOf(f.bits),
    bitsOf: itemsOf(f.bitsOf).map((item) => {
      const { value, bits } = fieldsOf(item, ['value', 'bits']);
      return { value: integerOf(value, 0, MAX_INT), bits: bitsOf(bits) };
    }),
    decision: nullOr(f.decision, (rule) => choiceOf(rule, DECISION_RULES)),
    public: choiceOf(f.public, ['input,output', 'output', 'input', 'none']),
    shapes: Object.fromEntries(entriesOf(f.shapes).map(([name, size]) => [name, integerOf(size, 1, MAX_INT)])),
    outputs: nullOr(f.outputs, (list) => itemsOf(list).map(textOf)),
    ranges: Object.fromEntries(entriesOf(f.ranges).map(([name, range]) => [name, decodeRange(range)])),
    activations: nullOr(f.activations, (list) =>
      itemsOf(list).map((item) => {
        const { value, lo, hi } = fieldsOf(item, ['value', 'lo', 'hi']);
        return { value: integerOf(value, 0, MAX_INT), lo: finiteOf(lo), hi: finiteOf(hi) };
      }),
    ),
    ...(batch && { batch: integerOf(batch, 2, MOST_SAMPLES) }),
  };
}

function decodeRange(place: Place): InputRange {
  const { axis, ends } = fieldsOf(place, ['axis', 'ends']);
  const range = { axis: nullOr(axis, (one) => integerOf(one, 0, MAX_RANK)), ends: itemsOf(ends).map(decodeEnds) };
  return range.axis === null && range.ends.length !== 1 ? wrong(ends, 'one pair where axis is null') : range;
}

function decodeEnds(place: Place): Ends {
  const ends = itemsOf(place).map(finiteOf);
  return ends.length === 2 && ends[0] < ends[1] ? [ends[0], ends[1]] : wrong(place, 'a pair [lo, hi] with lo < hi');
}

function decodeTensor(place: Place): CircuitTensor {
  const names = ['value', 'name', 'node', 'operator', 'shape', 'lo', 'hi', 'scale', 'zero', 'axis'] as const;
  const given = new Map(entriesOf(place));
  const [encoding, ball] = [given.get('encoding'), given.get('ball')];
  const more = (['encoding', 'ball'] as const).filter((name) => given.has(name));
  const f = fieldsOf(place, [...names, ...more]);
  return {
    value: nullOr(f.value, (value) => integerOf(value, 0, MAX_INT)),
    name: textOf(f.name),
    node: textOf(f.node),
    operator: textOf(f.operator),
    shape: itemsOf(f.shape).map((d) => integerOf(d, 1, MAX_INT)),
    lo: integerOf(f.lo, -MAX_INT, MAX_INT),
    hi: integerOf(f.hi, -MAX_INT, MAX_INT),
    scale: oneOrMore(f.scale),
    zero: oneOrMore(f.zero),
    axis: nullOr(f.axis, (axis) => integerOf(axis, 0, MAX_RANK)),
    ...(encoding && { encoding: choiceOf(encoding, ['float32'] as const) }),
    ...(ball && { ball: decodeBall(ball) }),
  };
}

function decodeBall(place: Place): NonNullable<CircuitTensor['ball']> {
  const { size, radius } = fieldsOf(place, ['size', 'radius']);
  return { size: integerOf(size, 1, MAX_INT), radius: finiteOf(radius) };
}

const oneOrMore = (place: Place): number | number[] =>
  Array.isArray(place.value) ? itemsOf(place).map(finiteOf) : finiteOf(place);

const KINDS = INTEGER.map(({ kind }) => kind);

function decodeStep(place: Place): IntegerStep {
  const f = fieldsOf(place, ['kind', 'outs', 'forms', 'variant', 'own']);
  const kind = choiceOf(f.kind, KINDS);
  return {
    kind,
    outs: itemsOf(f.outs).map((out) => integerOf(out, 0, MAX_INT)),
    forms: itemsOf(f.forms).map(decodeForm),
    variant: nullOr(f.variant, textOf),
    own: integerPrimitive({ kind }).codec.decode(f.own),
  };
}

function decodeForm(place: Place): IntegerForm {
  const names = ['map', 'accLo', 'accHi'] as const;
  const within = new Map(entriesOf(place)).get('within');
  const { map, accLo, accHi } = within === undefined ? fieldsOf(place, names) : fieldsOf(place, [...names, 'within']);
  return {
    map: decodeMap(map),
    accLo: integerOf(accLo, -MAX_INT, MAX_INT),
    accHi: integerOf(accHi, -MAX_INT, MAX_INT),
    ...(within && { within: decodeWithin(within) }),
  };
}

function decodeWithin(place: Place): NonNullable<IntegerForm['within']> {
  const { lo, hi } = fieldsOf(place, ['lo', 'hi']);
  return { lo: integerOf(lo, -MAX_INT, MAX_INT), hi: integerOf(hi, -MAX_INT, MAX_INT) };
}
