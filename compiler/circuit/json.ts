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
  integerOf,
  itemsOf,
  nullOr,
  parseFile,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import { LIMB_BITS, MAX_RANK } from '../limits.js';
import { native } from '../native.js';
import { DTYPES } from '../tensor.js';
import type { Circuit, CircuitTensor, TensorId } from './circuit.js';
import { checkCircuit } from './invariants.js';
import { decodeOptions, encodeOptions } from './options-codec.js';
import { publicsOf } from './publics.js';
import { decodeStep, encodeStep } from './step-codec.js';
import { decodeTensor, encodeTensor } from './tensor-codec.js';

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
    options: encodeOptions(options),
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
