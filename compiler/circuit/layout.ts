// Which wire is which. The order is fixed by the circuit alone, so that setup, witness and audit agree without talking:
//   plain    1 | context, words | tensors that steps define, in order | internal signals of the gadgets, step by step
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitStep, TensorId } from './circuit.js';
import { argmaxGadget } from '../primitives/argmax.js';
import { maxGadget } from '../primitives/max.js';
import { rangeGadget } from '../primitives/range.js';
import { rescaleGadget } from '../primitives/rescale.js';
import type { Gadget } from './gadget.js';
import { publicTensors } from './publics.js';
import { chunksPerWord, wordCount } from '../../verifier/words.js';

/** Emits the terms of a linear form: coefficient times wire; wire 0 is the constant 1. */
export type Terms = (term: (wire: number, coefficient: number) => void) => void;

/** The instances of one gadget for one step. */
export interface Instances {
  readonly gadget: Gadget;
  readonly count: number;
  /** The linear form of a port of instance i. */
  readonly port: (i: number, port: number) => Terms;
  /** The wire of a signal of instance i. */
  readonly wire: (i: number, signal: number) => number;
}

export interface Layout {
  readonly nWires: number;
  /** Context and words. */
  readonly nPublic: number;
  /** First wire of each tensor; 0 where a tensor has no wires of its own (outputs are linear forms). */
  readonly tensors: readonly number[];
  /** The gadgets of all steps, in an order in which every port reads wires of earlier instances. */
  readonly instances: readonly Instances[];
  /** The form of each public word, first word first. */
  readonly words: readonly Word[];
}

/** word = sum of 2^shift * form over its chunks. */
export interface Word {
  readonly chunks: readonly { readonly shift: number; readonly form: Terms }[];
}

/** Elements of the longest group. */
function widest(starts: Int32Array): number {
  let widest = 1;
  for (let g = 0; g + 1 < starts.length; g++) widest = Math.max(widest, starts[g + 1] - starts[g]);
  return widest;
}

/** One max of two of a chain: group, the form elements that are compared (the first one only when it starts the chain). */
interface Pair {
  readonly group: number;
  readonly first: number | null;
  readonly second: number;
  readonly last: boolean;
}

/** max(max(x0, x1), x2) ... for every group; a group of one is max(x0, x0). */
function pairsOf(starts: Int32Array): Pair[] {
  const pairs: Pair[] = [];
  for (let group = 0; group + 1 < starts.length; group++) {
    const from = starts[group];
    const to = starts[group + 1];
    for (let k = Math.min(from + 1, to - 1), first: number | null = from; ; k++, first = null) {
      pairs.push({ group, first, second: k, last: k === to - 1 });
      if (k === to - 1) break;
    }
  }
  return pairs;
}

/** The gadget of a step and how many of it the step takes, for the plain argument. */
export function stepGadgets(
  circuit: Circuit,
  step: CircuitStep,
): { readonly gadget: Gadget; readonly count: number }[] {
  const tensor = circuit.tensors[step.out];
  const width = tensor.hi - tensor.lo;
  const size = sizeOf(tensor.shape);
  switch (step.kind) {
    case 'input':
      return [{ gadget: rangeGadget(width), count: size }];
    case 'rescale': {
      const { accLo, accHi } = step.form;
      return [{ gadget: rescaleGadget({ accLo, accHi, shift: step.shift, width, f: step.f }), count: size }];
    }
    case 'max':
      return [{ gadget: maxGadget(step.form.accHi), count: pairsOf(step.starts).length }];
    case 'argmax':
      return [{ gadget: argmaxGadget(widest(step.starts), step.form.accHi), count: size }];
    case 'output':
      return [];
  }
}

/** Rows of the whole circuit: gadgets, and one row a public word. */
export function countRows(circuit: Circuit): number {
  const gadgets = circuit.steps.flatMap((step) => stepGadgets(circuit, step));
  return gadgets.reduce((rows, { gadget, count }) => rows + gadget.rows * count, countWords(circuit));
}

const countWords = (circuit: Circuit): number => circuit.publics.reduce((n, tensor) => n + wordCount(tensor), 0);

/** Whether the values of a step stand on wires of their own. */
const hasWires = (step: CircuitStep): boolean => step.kind !== 'output';

export function layout(circuit: Circuit): Layout {
  const nPublic = 1 + countWords(circuit);
  const tensors = new Array<number>(circuit.tensors.length).fill(0);
  let next = 1 + nPublic;
  for (const step of circuit.steps) {
    if (!hasWires(step)) continue;
    tensors[step.out] = next;
    next += sizeOf(circuit.tensors[step.out].shape);
  }
  const allocate = (count: number): number => (next += count) - count;

  const forms = new Map<TensorId, (element: number) => Terms>();
  const instances: Instances[] = [];
  for (const step of circuit.steps) {
    const first = tensors[step.out];
    forms.set(step.out, step.kind === 'output' ? formOf(step, tensors) : (o) => (term) => term(first + o, 1));
    for (const use of stepGadgets(circuit, step)) instances.push(place(step, use, tensors, allocate));
  }
  return { nWires: next, nPublic, tensors, instances, words: wordForms(circuit, forms) };
}

/** Element o of the form of a step, over wires. */
function formOf(step: Exclude<CircuitStep, { kind: 'input' }>, tensors: readonly number[]): (o: number) => Terms {
  const { map } = step.form;
  return (o) => (term) => {
    for (const part of map.parts) {
      const offsets = part.patterns[part.pattern[o]];
      const kernel = part.kernels[part.kernel[o]];
      const wire = tensors[part.from] + part.base[o];
      for (let k = 0; k < offsets.length; k++) if (kernel[k] !== 0) term(wire + offsets[k], kernel[k]);
    }
    if (map.bias[o] !== 0) term(0, map.bias[o]);
  };
}

function place(
  step: CircuitStep,
  { gadget, count }: { gadget: Gadget; count: number },
  tensors: readonly number[],
  allocate: (count: number) => number,
): Instances {
  const out = tensors[step.out];
  if (step.kind === 'max') return placeMax(step, gadget, formOf(step, tensors), out, allocate);
  const internal = gadget.signals.length - gadget.outputs;
  const own = allocate(count * internal);
  return {
    gadget,
    count,
    port: portOf(step, tensors, out),
    wire: (i, signal) => (signal < gadget.outputs ? out + i : own + i * internal + signal - gadget.outputs),
  };
}

function portOf(
  step: Exclude<CircuitStep, { kind: 'max' }>,
  tensors: readonly number[],
  out: number,
): Instances['port'] {
  if (step.kind === 'input') return (i) => (term) => term(out + i, 1);
  const form = formOf(step, tensors);
  if (step.kind !== 'argmax') return (i) => form(i);
  const { starts } = step;
  // a group shorter than the longest repeats its last member, which never comes first
  return (i, k) => form(Math.min(starts[i] + k, starts[i + 1] - 1));
}

/** Every pair but the last of its group has its maximum among the internal wires. */
function placeMax(
  step: CircuitStep & { kind: 'max' },
  gadget: Gadget,
  form: (o: number) => Terms,
  out: number,
  allocate: (count: number) => number,
): Instances {
  const pairs = pairsOf(step.starts);
  const stride = gadget.signals.length; // the place of m stays empty where m is the group's own wire
  const own = pairs.map(({ last }) => allocate(last ? stride - 1 : stride));
  const m = (i: number): number => (pairs[i].last ? out + pairs[i].group : own[i]);
  return {
    gadget,
    count: pairs.length,
    port(i, k) {
      const { first, second } = pairs[i];
      if (k === 1) return form(second);
      return first === null ? (term) => term(m(i - 1), 1) : form(first);
    },
    wire: (i, signal) => (signal === 0 ? m(i) : own[i] + signal - (pairs[i].last ? 1 : 0)),
  };
}

/** Public tensors as words: a chunk holds one element, int - lo, which is its stored value. */
function wordForms(circuit: Circuit, forms: ReadonlyMap<TensorId, (element: number) => Terms>): Word[] {
  const ids = publicTensors(circuit);
  return circuit.publics.flatMap((tensor, j) => {
    const form = forms.get(ids[j])!;
    const perWord = chunksPerWord(tensor);
    const size = sizeOf(tensor.shape);
    return Array.from({ length: wordCount(tensor) }, (_, w): Word => {
      const first = w * perWord;
      const count = Math.min(perWord, size - first);
      return { chunks: Array.from({ length: count }, (_, i) => ({ shift: tensor.bits * i, form: form(first + i) })) };
    });
  });
}
