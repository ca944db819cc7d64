// The honest witness: inputs and every signal of every gadget in native integers, 32 bytes per wire.
//
// Two phases: `fillSteps` needs no challenge and fills everything that a lookup circuit commits to (and everything but
// the publics of a plain one); what depends on the challenge comes after it, in `witness` (plain) and challenge.ts.
import { InferproofError } from '../../verifier/errors.js';
import { mod } from '../../verifier/field.js';
import { applyMap } from '../linear/apply.js';
import { rowOf, type Hints, type SignalValue } from '../hints/hints.js';
import { hintsOf } from '../hints/index.js';
import { keyOf, type Gadget } from '../primitives/gadget.js';
import type { Port } from '../primitives/integer.js';
import { sizeOf } from '../tensor.js';
import type { Arrangement } from './arrange.js';
import type { IntegerStep, TensorId } from './circuit.js';
import type { LargeTerms } from './forms.js';
import type { Instances } from './instances.js';

/** Wires by number: ints where they are ints, field elements otherwise. */
export class Witness {
  /** Little-endian, 32 bytes per wire. */
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #longs: BigUint64Array;
  readonly #ints: Float64Array;

  constructor(nWires: number) {
    this.bytes = new Uint8Array(32 * nWires);
    this.#words = new Uint32Array(this.bytes.buffer);
    this.#longs = new BigUint64Array(this.bytes.buffer);
    this.#ints = new Float64Array(nWires);
    this.set(0, 1);
  }

  /** The int on a wire; meaningless on wires that hold other field elements. */
  int(wire: number): number {
    return this.#ints[wire];
  }

  /** The ints on consecutive wires. */
  ints(first: number, count: number): Float64Array {
    return this.#ints.subarray(first, first + count);
  }

  /** Sets a wire to element i of a list of 32-byte elements, given as 32-bit words. */
  copy(wire: number, elements: Uint32Array, i: number): void {
    const words = this.#words;
    const to = 8 * wire;
    const from = 8 * i;
    for (let k = 0; k < 8; k++) words[to + k] = elements[from + k];
  }

  set(wire: number, value: SignalValue): void {
    const at = 8 * wire;
    if (typeof value === 'number') {
      this.#ints[wire] = value;
      if (value >= 0) {
        this.#words[at] = value % 2 ** 32;
        this.#words[at + 1] = Math.floor(value / 2 ** 32);
        return;
      }
    }
    let rest = mod(BigInt(value));
    for (let i = 0; i < 4; i++) {
      this.#longs[4 * wire + i] = rest; // its lowest 64 bits
      rest >>= 64n;
    }
  }
}

/** The part of the witness that needs no challenge. */
export interface FilledSteps {
  readonly witness: Witness;
  /** The public words. */
  readonly words: readonly bigint[];
  /** For each `Instances` of the arrangement, instance by instance: the row that each of its look-ups hits. */
  readonly hits: readonly Int32Array[];
}

/**
 * Every signal of every step, for stored inputs (u = int - lo, row-major), and the public words that they imply.
 * @param hints whose hint programs: those of an honest prover
 * Throws 'internal' for a value outside its table, which intervals exclude.
 */
export function fillSteps(
  wires: Arrangement,
  inputs: (tensor: TensorId) => ArrayLike<number>,
  hints: (gadget: Gadget) => Hints = hintsOf,
): FilledSteps {
  const { circuit } = wires;
  const out = new Witness(wires.nWires);
  for (const { tensor } of circuit.inputs) {
    const values = inputs(tensor);
    for (let i = 0; i < values.length; i++) out.set(wires.tensors[tensor] + i, values[i]);
  }
  const valuesOf = (id: TensorId): Float64Array => out.ints(wires.tensors[id], sizeOf(circuit.tensors[id].shape));
  let last: { readonly step: IntegerStep; readonly acc: readonly Float64Array[] } | null = null;
  const hits = wires.instances.map((instances) => {
    const { gadget, of } = instances;
    const rows = new Int32Array(instances.count * (gadget.lookups?.length ?? 0));
    if (of === null) return rows;
    // the uses of a step are adjacent, so its forms are computed once
    if (last?.step !== of.step) last = { step: of.step, acc: of.step.forms.map(({ map }) => applyMap(map, valuesOf)) };
    const first = of.step.outs.map((id) => wires.tensors[id]);
    const { fill } = hints(gadget);
    fillInstances(instances, fill, readers(of.ports, last.acc, first, out, instances.wire), out, rows);
    return rows;
  });
  const words = wires.words.map(({ chunks }) =>
    chunks.reduce((word, { shift, form }) => word + (BigInt(evaluate(form, out)) << BigInt(shift)), 0n),
  );
  return { witness: out, words, hits };
}

/** A form over wires that hold ints. */
export function evaluate(form: LargeTerms, out: Witness): number {
  let sum = 0;
  form((wire, coefficient) => (sum += Number(coefficient) * out.int(wire)));
  return sum;
}

/** The value of each port of instance i. */
function readers(
  ports: readonly Port[],
  acc: readonly Float64Array[],
  tensors: readonly number[],
  out: Witness,
  wire: Instances['wire'],
): ((i: number) => number)[] {
  return ports.map((port) => {
    const { at } = port;
    if ('form' in port) {
      const values = acc[port.form];
      const signal = port.signal ?? 0;
      if (at === undefined) return (i) => values[i];
      return (i) => (at[i] >= 0 ? values[at[i]] : out.int(wire(-1 - at[i], signal)));
    }
    const first = tensors[port.tensor];
    const { mirror, above = 0 } = port;
    const element = (i: number): number => out.int(first + (at ? at[i] : i));
    return mirror === undefined ? (i) => element(i) - above : (i) => mirror - element(i);
  });
}

function fillInstances(
  { gadget, count, wire }: Instances,
  fill: Hints['fill'],
  port: readonly ((i: number) => number)[],
  out: Witness,
  rows: Int32Array,
): void {
  const ports = new Array<number>(gadget.ports.length);
  const nLookups = gadget.lookups?.length ?? 0;
  let i = 0;
  const set = (signal: number, value: SignalValue): void => out.set(wire(i, signal), value);
  const hit = (lookup: number, key: number): void => {
    rows[i * nLookups + lookup] = rowHit(gadget, lookup, key);
  };
  for (; i < count; i++) {
    for (let k = 0; k < ports.length; k++) ports[k] = port[k](i);
    fill(ports, set, hit);
  }
}

function rowHit({ lookups = [], template }: Gadget, lookup: number, key: number): number {
  const { table } = lookups[lookup];
  const { name, first, size } = table;
  const row = rowOf(table, key);
  if (row >= 0 && row < size && Number.isInteger(row)) return row;
  throw new InferproofError('internal', `expected a key of [${first}, ${keyOf(table, size - 1)}], got ${key}`, {
    where: `${template}, table '${name}'`,
  });
}

/**
 * The witness of a plain circuit, and its public words.
 * @param context the first public: 0, or keccak256(context) >> 8
 */
export const witness = (
  wires: Arrangement,
  inputs: (tensor: TensorId) => ArrayLike<number>,
  context: bigint,
): FilledSteps => withPublics(fillSteps(wires, inputs), context);

/** The publics of a plain circuit on their wires. */
export function withPublics(filled: FilledSteps, context: bigint): FilledSteps {
  const { witness: out, words } = filled;
  out.set(1, context);
  words.forEach((word, j) => out.set(2 + j, word));
  return filled;
}
