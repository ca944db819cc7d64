// Which wire is which. The order is fixed by the circuit alone, so that setup, witness and audit agree without talking:
//   plain    1 | context, words | tensors that steps define, in order | internal signals of the gadgets, step by step
//   lookup   1 | tensors, committed signals of the gadgets step by step, multiplicities table by table | X, F
//              | private signals of the gadgets step by step, powers of X, rows of the tables, steps of F
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitStep, TensorId } from './circuit.js';
import { argmaxGadget } from '../primitives/argmax.js';
import { maxGadget } from '../primitives/max.js';
import { rangeGadget } from '../primitives/range.js';
import { rescaleGadget } from '../primitives/rescale.js';
import { square, tableRow, wordStep } from '../lookup/challenge.js';
import { lookupRows, lookupStructure, squarings, type GadgetUse, type LookupStructure } from '../lookup/structure.js';
import { InferproofError } from '../../verifier/errors.js';
import type { Gadget, Table } from './gadget.js';
import { publicTensors } from './publics.js';
import { chunksPerWord, wordCount } from '../../verifier/words.js';

/** Emits the terms of a linear form: coefficient times wire; wire 0 is the constant 1. */
export type Terms = (term: (wire: number, coefficient: number) => void) => void;
/** The same with coefficients of any size, as packed words have. */
export type LargeTerms = (term: (wire: number, coefficient: number | bigint) => void) => void;

/** The instances of one gadget for one step. */
export interface Instances {
  readonly gadget: Gadget;
  readonly count: number;
  /** The step they belong to; null where they belong to none. */
  readonly step: CircuitStep | null;
  /** The linear form of a port of instance i. */
  readonly port: (i: number, port: number) => LargeTerms;
  /** The element of the step's own form that a port of instance i is; -1 for any other form. */
  readonly element: (i: number, port: number) => number;
  /** The wire of a signal of instance i. */
  readonly wire: (i: number, signal: number) => number;
}

export interface Layout {
  readonly nWires: number;
  /** Wires 1 .. nCommitted; 0 in the plain argument. */
  readonly nCommitted: number;
  /** Context and words, or X and F: the wires behind the committed ones. */
  readonly nPublic: number;
  /** First wire of each tensor; 0 where a tensor has no wires of its own (outputs are linear forms). */
  readonly tensors: readonly number[];
  /** The gadgets of all steps, in an order in which every port reads wires of earlier instances. */
  readonly instances: readonly Instances[];
  /** The form of each public word, first word first. */
  readonly words: readonly Word[];
  readonly lookup: LookupWires | null;
}

/** Wires that the lookup argument has beside those of the steps. */
export interface LookupWires {
  readonly X: number;
  readonly F: number;
  /** X^2, X^4, ...; the last one is beta. Empty where no table has two columns. */
  readonly powers: readonly number[];
  /** First multiplicity and first g = m / (X - key) of each table. */
  readonly tables: readonly { readonly table: Table; readonly m: number; readonly g: number }[];
  /** Partial sums of F, of the last word first; the last one is F. */
  readonly partial: readonly number[];
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

/** The gadgets of every step, in the circuit's argument. */
export function gadgetsByStep(circuit: Circuit): readonly (readonly GadgetUse[])[] {
  return circuit.lookup
    ? lookupStructure(circuit, circuit.lookup).uses
    : circuit.steps.map((step) => stepGadgets(circuit, step));
}

/** The gadgets of a step in the plain argument. */
export function stepGadgets(circuit: Circuit, step: CircuitStep): GadgetUse[] {
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

/** Rows of the whole circuit: gadgets, what the argument adds to them, and one row a public word. */
export function countRows(circuit: Circuit): number {
  if (circuit.lookup) return lookupRows(lookupStructure(circuit, circuit.lookup)) + countWords(circuit);
  return rowsOf(gadgetsByStep(circuit)) + countWords(circuit);
}

const rowsOf = (uses: readonly (readonly GadgetUse[])[]): number =>
  uses.flat().reduce((rows, { gadget, count }) => rows + gadget.rows * count, 0);

const countWords = (circuit: Circuit): number => circuit.publics.reduce((n, tensor) => n + wordCount(tensor), 0);

/** Whether the values of a step stand on wires of their own. */
const hasWires = (step: CircuitStep): boolean => step.kind !== 'output';

/** Gives out wires one after the other. */
type Allocate = (count: number) => number;

function allocator(next: number): Allocate {
  return (count) => (next += count) - count;
}

/** Rows of the largest domain that a key can have. */
const MAX_ROWS = 2 ** 27;

/**
 * Throws 'unbounded' for a lookup circuit whose accumulators could wrap round the field, 'unsupported' for more rows than a key
 * can have: a few lines of circuit.json can ask for any number of them.
 */
export function layout(circuit: Circuit): Layout {
  const structure = circuit.lookup ? lookupStructure(circuit, circuit.lookup) : null;
  const uses = structure?.uses ?? gadgetsByStep(circuit);
  const rows = countWords(circuit) + (structure ? lookupRows(structure) : rowsOf(uses));
  if (rows > MAX_ROWS) {
    throw new InferproofError('unsupported', `expected at most ${MAX_ROWS} rows, got ${rows}`, {
      where: 'circuit',
      hint: 'use a smaller model or input, or fewer --bits',
    });
  }
  const nCommitted = structure ? committedWires(circuit, structure) : 0;
  const nPublic = structure ? 2 : 1 + countWords(circuit);
  const bound = allocator(structure ? 1 : 1 + nPublic);
  const tensors = new Array<number>(circuit.tensors.length).fill(0);
  for (const step of circuit.steps) {
    if (hasWires(step)) tensors[step.out] = bound(sizeOf(circuit.tensors[step.out].shape));
  }
  const free = structure ? allocator(1 + nCommitted + nPublic) : bound;

  const forms = new Map<TensorId, (element: number) => Terms>();
  const instances: Instances[] = [];
  circuit.steps.forEach((step, index) => {
    const first = tensors[step.out];
    forms.set(step.out, step.kind === 'output' ? formOf(step, tensors) : (o) => (term) => term(first + o, 1));
    for (const use of uses[index]) instances.push(place(step, use, tensors, bound, free));
  });
  const words = wordForms(circuit, forms);
  if (!structure) return { nWires: free(0), nCommitted, nPublic, tensors, instances, words, lookup: null };
  const own = placeChallenge(structure, words, 1 + nCommitted, bound, free);
  return { nWires: free(0), nCommitted, nPublic, tensors, words, ...own, instances: [...instances, ...own.instances] };
}

/** Tensors, what gadgets commit beside them, and a multiplicity for every row of a table. */
function committedWires({ tensors, steps }: Circuit, { tables, uses }: LookupStructure): number {
  let wires = tables.reduce((rows, { size }) => rows + size, 0);
  steps.forEach((step, index) => {
    const size = hasWires(step) ? sizeOf(tensors[step.out].shape) : 0;
    wires += size;
    for (const { gadget, count } of uses[index])
      wires += (gadget.committed ?? 0) * count - (gadget.outputs > 0 ? size : 0);
  });
  return wires;
}

/** Powers of X, the rows of the tables and the sum F of the words. */
function placeChallenge(
  structure: LookupStructure,
  words: readonly Word[],
  X: number,
  bound: Allocate,
  free: Allocate,
): { readonly lookup: LookupWires; readonly instances: Instances[] } {
  const F = X + 1;
  const k = squarings(structure);
  const first = free(k);
  const powers = Array.from({ length: k }, (_, i) => first + i);
  const beta = powers.at(-1) ?? X;
  const one =
    (wire: number): Terms =>
    (term) =>
      term(wire, 1);
  const common = { step: null, element: () => -1 };
  const instances: Instances[] = [
    { ...common, gadget: square, count: k, port: (i) => one(i === 0 ? X : powers[i - 1]), wire: (i) => powers[i] },
  ];
  const tables = structure.tables.map((table) => {
    const [m, g] = [bound(table.size), free(table.size)];
    instances.push({
      ...common,
      gadget: tableRow,
      count: table.size,
      port: (i) => (term) => {
        if (table.first + i !== 0) term(0, table.first + i);
        if (table.values && table.values[i] !== 0) term(beta, table.values[i]);
      },
      wire: (i, signal) => (signal === 0 ? m : g) + i,
    });
    return { table, m, g };
  });
  const n = words.length;
  const sums = free(Math.max(n - 1, 0));
  const partial = Array.from({ length: n }, (_, i) => (i === n - 1 ? F : sums + i));
  instances.push({
    ...common,
    gadget: wordStep,
    count: n,
    port: (i, port) => {
      if (port === 1) return wordForm(words[n - 1 - i]);
      return i === 0 ? () => undefined : one(partial[i - 1]);
    },
    wire: (i) => partial[i],
  });
  return { lookup: { X, F, powers, tables, partial }, instances };
}

/** The whole word as one form. */
export const wordForm =
  ({ chunks }: Word): LargeTerms =>
  (term) => {
    for (const { shift, form } of chunks) {
      const scale = 1n << BigInt(shift);
      form((wire, coefficient) => term(wire, shift === 0 ? coefficient : BigInt(coefficient) * scale));
    }
  };

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
  use: GadgetUse,
  tensors: readonly number[],
  bound: Allocate,
  free: Allocate,
): Instances {
  const { gadget, count } = use;
  const out = tensors[step.out];
  if (step.kind === 'max') return placeMax(step, gadget, formOf(step, tensors), out, bound, free);
  const { outputs } = gadget;
  const committed = Math.max(gadget.committed ?? 0, outputs);
  const [ownBound, ownFree] = [committed - outputs, gadget.signals.length - committed];
  const firstBound = bound(count * ownBound);
  const firstFree = free(count * ownFree);
  return {
    gadget,
    count,
    step,
    ...portsOf(step, tensors, out, use.mirror),
    wire: (i, signal) => {
      if (signal < outputs) return out + i;
      return signal < committed
        ? firstBound + i * ownBound + signal - outputs
        : firstFree + i * ownFree + signal - committed;
    },
  };
}

function portsOf(
  step: Exclude<CircuitStep, { kind: 'max' }>,
  tensors: readonly number[],
  out: number,
  mirror: number | undefined,
): Pick<Instances, 'port' | 'element'> {
  if (step.kind === 'input') {
    const port = (i: number): Terms => {
      if (mirror === undefined) return (term) => term(out + i, 1);
      return (term) => {
        term(0, mirror);
        term(out + i, -1);
      };
    };
    return { port, element: () => -1 };
  }
  const form = formOf(step, tensors);
  // a group shorter than the longest repeats its last member, which never comes first
  const element = (i: number, k: number): number =>
    step.kind === 'argmax' ? Math.min(step.starts[i] + k, step.starts[i + 1] - 1) : i;
  return { port: (i, k) => form(element(i, k)), element };
}

/** Every pair but the last of its group has its maximum on a wire of its own. */
function placeMax(
  step: CircuitStep & { kind: 'max' },
  gadget: Gadget,
  form: (o: number) => Terms,
  out: number,
  bound: Allocate,
  free: Allocate,
): Instances {
  const pairs = pairsOf(step.starts);
  const committed = Math.max(gadget.committed ?? 0, 1);
  const internal = gadget.signals.length - committed;
  const own = pairs.map(({ last, group }) => {
    const m = last ? out + group : bound(1);
    return { m, limbs: bound(committed - 1), rest: free(internal) };
  });
  return {
    gadget,
    count: pairs.length,
    step,
    element: (i, k) => (k === 1 ? pairs[i].second : (pairs[i].first ?? -1)),
    port(i, k) {
      const { first, second } = pairs[i];
      if (k === 1) return form(second);
      return first === null ? (term) => term(own[i - 1].m, 1) : form(first);
    },
    wire: (i, signal) => {
      const { m, limbs, rest } = own[i];
      if (signal === 0) return m;
      return signal < committed ? limbs + signal - 1 : rest + signal - committed;
    },
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
