// circuit.json: the whole circuit as strict, canonical JSON. A text that decodes is the one text of its circuit, so the
// SHA-256 of the text names the circuit.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { InferproofError } from '../../verifier/errors.js';
import {
  choiceOf,
  encodeLists,
  encodeNumbers,
  entriesOf,
  fieldsOf,
  finiteOf,
  int32sOf,
  integerOf,
  itemsOf,
  listsOf,
  nullOr,
  numbersOf,
  parseFile,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import type { LinearMap, LinearPart } from '../primitives/linear.js';
import { DTYPES } from '../tensor.js';
import type {
  Circuit,
  CircuitOptions,
  CircuitStep,
  CircuitTensor,
  IntegerForm,
  IntegerFunction,
  TensorId,
} from './circuit.js';
import { checkCircuit } from './invariants.js';
import { publicTensor, publicTensors } from './publics.js';

export const CIRCUIT_FORMAT = 'inferproof-circuit';
export const CIRCUIT_VERSION = 1;

/** The text of circuit.json. Throws 'internal' for a circuit that breaks an invariant. */
export function encodeCircuit(circuit: Circuit): string {
  checkCircuit(circuit, (path, expected, got) => {
    throw new InferproofError('internal', `expected ${expected}, got ${got}`, { where: `circuit: ${path}` });
  });
  const { modelSha256, options, inputs, outputs, tensors, steps, lookup } = circuit;
  const file = {
    format: CIRCUIT_FORMAT,
    version: CIRCUIT_VERSION,
    modelSha256,
    options: {
      argument: options.argument,
      bits: options.bits,
      public: options.public,
      shapes: sorted(options.shapes),
      ranges: sorted(options.ranges),
      activations: options.activations?.map(({ value, lo, hi }) => ({ value, lo, hi })) ?? null,
    },
    inputs: inputs.map(({ name, dtype, tensor }) => ({ name, dtype, tensor })),
    outputs: outputs.map(({ name, tensor, softmax }) => ({ name, tensor, softmax: softmax && { axis: softmax.axis } })),
    tensors: tensors.map(({ name, node, operator, shape, lo, hi, scale, zero, axis }) => {
      return { name, node, operator, shape, lo, hi, scale, zero, axis };
    }),
    steps: steps.map(encodeStep),
    lookup: lookup ? { rangeBits: lookup.rangeBits, wide: [...lookup.wide] } : null,
  };
  return `${JSON.stringify(file)}\n`;
}

/** SHA-256 of the text of circuit.json, hex. */
export const circuitDigest = (circuit: Circuit): string => bytesToHex(sha256(utf8ToBytes(encodeCircuit(circuit))));

/** Entries in the order of their names, so that the order of flags does not make another file. */
const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

function encodeStep(step: CircuitStep): object {
  const { kind, out } = step;
  switch (step.kind) {
    case 'input':
      return { kind, out };
    case 'rescale': {
      const { f, shift } = step;
      const encoded = f.kind === 'clamp' ? { kind: f.kind } : { kind: f.kind, at: f.at, slope: f.slope, k: f.k };
      return { kind, out, form: encodeForm(step.form), shift, f: encoded };
    }
    case 'max':
    case 'argmax':
      return { kind, out, form: encodeForm(step.form), starts: encodeNumbers(step.starts) };
    case 'output':
      return { kind, out, form: encodeForm(step.form) };
  }
}

const encodeForm = ({ map, accLo, accHi }: IntegerForm): object => ({
  map: { bias: encodeNumbers(map.bias), parts: map.parts.map(encodePart) },
  accLo,
  accHi,
});

const encodePart = ({ from, base, pattern, kernel, patterns, kernels }: LinearPart): object => ({
  from,
  base: encodeNumbers(base),
  pattern: encodeNumbers(pattern),
  kernel: encodeNumbers(kernel),
  patterns: encodeLists(patterns),
  kernels: encodeLists(kernels),
});

const MAX_INT = Number.MAX_SAFE_INTEGER;
const MAX_RANK = 64;

/**
 * The circuit of a text that `encodeCircuit` wrote.
 * @param where name of the file, for errors: 'circuit.json'
 * Throws 'format' for anything else: another file or version, an unknown, missing or mistyped field, a broken invariant, or
 * another spelling of a legal circuit.
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
    'lookup',
  ]);
  const tensors = itemsOf(f.tensors).map(decodeTensor);
  const parts = {
    options: decodeOptions(f.options),
    modelSha256: /^[0-9a-f]{64}$/.test(textOf(f.modelSha256))
      ? textOf(f.modelSha256)
      : wrong(f.modelSha256, '64 hexadecimal digits'),
    tensors,
    steps: itemsOf(f.steps).map(decodeStep),
    inputs: itemsOf(f.inputs).map((place) => {
      const { name, dtype, tensor } = fieldsOf(place, ['name', 'dtype', 'tensor']);
      return { name: textOf(name), dtype: choiceOf(dtype, DTYPES), tensor: idOf(tensor, tensors) };
    }),
    outputs: itemsOf(f.outputs).map((place) => {
      const { name, tensor, softmax } = fieldsOf(place, ['name', 'tensor', 'softmax']);
      return {
        name: textOf(name),
        tensor: idOf(tensor, tensors),
        softmax: nullOr(softmax, (s) => ({ axis: integerOf(fieldsOf(s, ['axis']).axis, 0, MAX_RANK) })),
      };
    }),
  };
  const lookup = nullOr(f.lookup, (choice) => {
    const { rangeBits, wide } = fieldsOf(choice, ['rangeBits', 'wide']);
    return { rangeBits: integerOf(rangeBits, 1, 16), wide: itemsOf(wide).map((item) => integerOf(item, 0, MAX_INT)) };
  });
  // what the key says of the publics follows from their tensors
  const publics = publicTensors(parts).map((id) => publicTensor(parts, id));
  const circuit: Circuit = { ...parts, publics, ...(lookup ? { lookup } : {}) };
  checkCircuit(circuit, (path, expected, got) => wrong({ file: where, path, value: got }, expected, String(got)));
  if (encodeCircuit(circuit) !== text) wrong(root, 'the canonical text', 'another spelling of the same circuit');
  return circuit;
}

const idOf = (place: Place, tensors: readonly CircuitTensor[]): TensorId => integerOf(place, 0, tensors.length - 1);

function decodeOptions(place: Place): CircuitOptions {
  const f = fieldsOf(place, ['argument', 'bits', 'public', 'shapes', 'ranges', 'activations']);
  return {
    argument: choiceOf(f.argument, ['plain', 'lookup']),
    bits: integerOf(f.bits, 1, 32),
    public: choiceOf(f.public, ['input,output', 'output', 'input', 'none']),
    shapes: Object.fromEntries(entriesOf(f.shapes).map(([name, size]) => [name, integerOf(size, 1, MAX_INT)])),
    ranges: Object.fromEntries(entriesOf(f.ranges).map(([name, list]) => [name, itemsOf(list).map(decodeRange)])),
    activations: nullOr(f.activations, (list) =>
      itemsOf(list).map((item) => {
        const { value, lo, hi } = fieldsOf(item, ['value', 'lo', 'hi']);
        return { value: integerOf(value, 0, MAX_INT), lo: finiteOf(lo), hi: finiteOf(hi) };
      }),
    ),
  };
}

function decodeRange(place: Place): readonly [number, number] {
  const ends = itemsOf(place).map(finiteOf);
  return ends.length === 2 && ends[0] < ends[1] ? [ends[0], ends[1]] : wrong(place, 'a pair [lo, hi], lo < hi');
}

function decodeTensor(place: Place): CircuitTensor {
  const f = fieldsOf(place, ['name', 'node', 'operator', 'shape', 'lo', 'hi', 'scale', 'zero', 'axis']);
  return {
    name: textOf(f.name),
    node: textOf(f.node),
    operator: textOf(f.operator),
    shape: itemsOf(f.shape).map((d) => integerOf(d, 1, MAX_INT)),
    lo: integerOf(f.lo, -MAX_INT, MAX_INT),
    hi: integerOf(f.hi, -MAX_INT, MAX_INT),
    scale: oneOrMore(f.scale),
    zero: oneOrMore(f.zero),
    axis: nullOr(f.axis, (axis) => integerOf(axis, 0, MAX_RANK)),
  };
}

const oneOrMore = (place: Place): number | number[] =>
  Array.isArray(place.value) ? itemsOf(place).map(finiteOf) : finiteOf(place);

function decodeStep(place: Place): CircuitStep {
  const fields = new Map(entriesOf(place));
  const kind = choiceOf(fields.get('kind') ?? wrong(place, 'a field kind'), [
    'input',
    'rescale',
    'max',
    'argmax',
    'output',
  ]);
  switch (kind) {
    case 'input': {
      const { out } = fieldsOf(place, ['kind', 'out']);
      return { kind, out: integerOf(out, 0, MAX_INT) };
    }
    case 'rescale': {
      const { out, form, shift, f } = fieldsOf(place, ['kind', 'out', 'form', 'shift', 'f']);
      return {
        kind,
        out: integerOf(out, 0, MAX_INT),
        form: decodeForm(form),
        shift: integerOf(shift, 0, 64),
        f: decodeFunction(f),
      };
    }
    case 'max':
    case 'argmax': {
      const { out, form, starts } = fieldsOf(place, ['kind', 'out', 'form', 'starts']);
      return { kind, out: integerOf(out, 0, MAX_INT), form: decodeForm(form), starts: int32sOf(starts) };
    }
    case 'output': {
      const { out, form } = fieldsOf(place, ['kind', 'out', 'form']);
      return { kind, out: integerOf(out, 0, MAX_INT), form: decodeForm(form) };
    }
  }
}

function decodeFunction(place: Place): IntegerFunction {
  const fields = new Map(entriesOf(place));
  const kind = choiceOf(fields.get('kind') ?? wrong(place, 'a field kind'), ['clamp', 'leaky']);
  if (kind === 'clamp') {
    fieldsOf(place, ['kind']);
    return { kind };
  }
  const { at, slope, k } = fieldsOf(place, ['kind', 'at', 'slope', 'k']);
  return {
    kind,
    at: integerOf(at, -MAX_INT, MAX_INT),
    slope: integerOf(slope, 0, MAX_INT),
    k: integerOf(k, 1, 64),
  };
}

function decodeForm(place: Place): IntegerForm {
  const { map, accLo, accHi } = fieldsOf(place, ['map', 'accLo', 'accHi']);
  return {
    map: decodeMap(map),
    accLo: integerOf(accLo, -MAX_INT, MAX_INT),
    accHi: integerOf(accHi, -MAX_INT, MAX_INT),
  };
}

function decodeMap(place: Place): LinearMap {
  const f = fieldsOf(place, ['bias', 'parts']);
  const bias = numbersOf(f.bias);
  return { size: bias.length, bias, parts: itemsOf(f.parts).map(decodePart) };
}

function decodePart(place: Place): LinearPart {
  const f = fieldsOf(place, ['from', 'base', 'pattern', 'kernel', 'patterns', 'kernels']);
  const patterns = listsOf(f.patterns);
  if (!patterns.every((list) => list.every((offset) => offset === (offset | 0))))
    wrong(f.patterns, 'integers of 32 bits', 'others');
  return {
    from: integerOf(f.from, 0, MAX_INT),
    base: int32sOf(f.base),
    pattern: int32sOf(f.pattern),
    kernel: int32sOf(f.kernel),
    patterns: patterns.map((list) => Int32Array.from(list)),
    kernels: listsOf(f.kernels),
  };
}
