// A circuit of several samples: the program of one, written once for each, so that tables and empty rows are shared and one proof
// is of all of them. It is a circuit like any other. Each public tensor has the samples along its first axis: whoever reads
// words, shapes or labels needs no second idea. No form of a sample reads another one's elements.
import { InferproofError } from '../../verifier/errors.js';
import { rangeOfElement } from '../../verifier/words.js';
import { MAX_CIRCUIT_ELEMENTS } from '../limits.js';
import type { LinearMap } from '../linear/map.js';
import { listsIn, ownOfCopies } from '../recipes/copies.js';
import { sizeOf } from '../tensor.js';
import { evaluateCircuit } from './evaluate.js';
import type { Circuit, CircuitOutput, CircuitTensor, IntegerStep, TensorId } from './circuit.js';
import { batchOf, publicsOf } from './publics.js';

/** The circuit of as many samples as its options say, made from that of one. Throws 'unsupported' for too many elements. */
export function batched(one: Circuit): Circuit {
  const copies = batchOf(one);
  if (copies === 1) return one;
  const elements = copies * one.tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (elements > MAX_CIRCUIT_ELEMENTS)
    throw new InferproofError('unsupported', `expected at most ${MAX_CIRCUIT_ELEMENTS} elements, got ${elements}`, {
      where: 'batch',
      hint: 'fewer samples in one proof: a smaller --batch',
    });
  const outputOf = new Map(one.outputs.map((output) => [output.tensor, output]));
  const inFront = one.tensors.map((tensor, id) => axesInFront(tensor, outputOf.get(id)));
  const moved = <T extends number | null>(axis: T, id: TensorId): T => (axis === null ? axis : axis + inFront[id]) as T;
  const sizes = one.tensors.map(({ shape }) => sizeOf(shape));
  const circuit = {
    ...one,
    tensors: one.tensors.map((tensor, id): CircuitTensor => ({
      ...tensor,
      shape: [copies, ...tensor.shape.slice(1 - inFront[id])],
      axis: moved(tensor.axis, id),
      ...(tensor.columns && { columns: { ...tensor.columns, axis: moved(tensor.columns.axis, id) } }),
    })),
    steps: one.steps.map((step) => stepOf(step, copies, sizes)),
    outputs: one.outputs.map(({ read, labels, decision, ...output }): CircuitOutput => ({
      ...output,
      read: read && { ...read, axis: moved(read.axis, output.tensor) },
      decision: { ...decision, axis: moved(decision.axis, output.tensor) },
      ...(labels && { labels: { ...labels, axis: moved(labels.axis, output.tensor) } }),
    })),
  };
  const whole = { ...circuit, publics: publicsOf(circuit) };
  checkCopies(one, whole, copies);
  return whole;
}

/** 0 where the first axis, of length 1 and of no meaning, becomes that of the samples; else 1: they get one of their own. */
function axesInFront({ shape, axis, columns }: CircuitTensor, output: CircuitOutput | undefined): 0 | 1 {
  const axes = [axis, columns?.axis, output?.read?.axis, output?.decision.axis, output?.labels?.axis];
  return shape[0] === 1 && !axes.includes(0) ? 0 : 1;
}

function stepOf(step: IntegerStep, copies: number, sizes: readonly number[]): IntegerStep {
  const forms = step.forms.map(({ map }) => map.size);
  return {
    ...step,
    forms: step.forms.map((form, k) => ({ ...form, map: mapOf(form.map, copies, listsIn(step, k), sizes) })),
    own: ownOfCopies(step, copies, { forms, out: sizes[step.outs[0]] }),
  };
}

/** The map of each sample, of that sample's elements; each of the lists that it is holds those of all samples. */
function mapOf({ size, bias, parts }: LinearMap, copies: number, lists: number, sizes: readonly number[]): LinearMap {
  const length = size / lists;
  const [element, copy] = [new Int32Array(size * copies), new Int32Array(size * copies)];
  for (let o = 0; o < element.length; o++) {
    const list = Math.floor(o / (length * copies));
    element[o] = list * length + (o % length);
    copy[o] = Math.floor(o / length) % copies;
  }
  return {
    size: size * copies,
    bias: Float64Array.from(element, (i) => bias[i]),
    parts: parts.map(({ base, pattern, kernel, ...part }) => ({
      ...part,
      base: element.map((i, o) => base[i] + copy[o] * sizes[part.from]),
      pattern: element.map((i) => pattern[i]),
      kernel: element.map((i) => kernel[i]),
    })),
  };
}

/** Throws 'internal' unless the circuit gives each sample what the circuit of one gives it: a model's accuracy is measured on that. */
function checkCopies(one: Circuit, circuit: Circuit, copies: number): void {
  const stored = (of: Circuit, first: number, count: number): Map<TensorId, Float64Array> =>
    new Map(
      of.inputs.map(({ tensor }) => {
        const { lo, shape } = one.tensors[tensor];
        const rangeOf = rangeOfElement(one.tensors[tensor]);
        const size = sizeOf(shape);
        const storedAt = (i: number): number => {
          const [least, most] = rangeOf(i % size);
          return least - lo + (spread(i) % (most - least + 1));
        };
        return [tensor, Float64Array.from({ length: count * size }, (_, i) => storedAt(first * size + i))];
      }),
    );
  const values = evaluateCircuit(circuit, stored(circuit, 0, copies));
  for (let copy = 0; copy < copies; copy++)
    evaluateCircuit(one, stored(one, copy, 1)).forEach((alone, id) => {
      if (!alone.every((u, i) => values[id][copy * alone.length + i] === u))
        throw new InferproofError('internal', `expected what sample ${copy} has alone`, {
          where: one.tensors[id].node,
        });
    });
}

/** Numbers below 2^32 that look random. */
const spread = (i: number): number => Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 7), 0x85ebca6b) >>> 0;
