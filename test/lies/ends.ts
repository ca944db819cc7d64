// What every plan must be: legal, with one meaning for native evaluation, hint programs and the definitions in bigint, at the very
// ends of its inputs, where an honest input would be the first to have no witness.
import { bytesToNumberLE } from '@noble/curves/utils.js';
import fc from 'fast-check';
import { expect } from 'vitest';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import type { Circuit, CircuitTensor, TensorId } from '#compiler/circuit/circuit.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { checkCircuit } from '#compiler/circuit/invariants.js';
import { fillSteps } from '#compiler/circuit/witness.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import type { LinearMap } from '#compiler/linear/map.js';
import { sizeOf } from '#compiler/tensor.js';
import { rangeOfElement } from '#verifier/words.js';
import { generator, naive } from '../compiler/circuits.js';

/** One row of weights an element. */
export function matrix(from: number, rows: readonly (readonly number[])[], bias: readonly number[] = []): LinearMap {
  const builder = mapBuilder(rows.length);
  rows.forEach((row, o) => {
    builder.bias[o] = bias[o] ?? 0;
    builder.part(from).row(o, [...row.keys()], row);
  });
  return builder.build();
}

export type Stored = ReadonlyMap<TensorId, Float64Array>;

/** Inputs at the corners: all low, all high, and for each row of weights what drives it to either end. */
function corners(circuit: Circuit, weights: readonly (readonly number[])[]): Stored[] {
  const [{ tensor }] = circuit.inputs;
  const width = circuit.tensors[tensor].hi - circuit.tensors[tensor].lo;
  const signs = [
    ...weights,
    ...weights.map((row) => row.map((w) => -w)),
    weights[0].map(() => 1),
    weights[0].map(() => -1),
  ];
  return signs.map((row) => new Map([[tensor, Float64Array.from(row, (w) => (w > 0 ? width : 0))]]));
}

/** The stored value of an element at the lower end of its range, or at the upper one. */
const endOf = (tensor: CircuitTensor, i: number, side: number): number =>
  rangeOfElement(tensor)(i)[side === 0 ? 0 : 1] - tensor.lo;

/** Every corner: each element of each input low or high. */
export function allCorners({ inputs, tensors }: Circuit): Stored[] {
  const elements = inputs.flatMap(({ tensor }) => Array<TensorId>(sizeOf(tensors[tensor].shape)).fill(tensor));
  return Array.from({ length: 2 ** elements.length }, (_, corner) => {
    const sides = elements.map((__, i) => (corner >> i) & 1);
    const of = (tensor: TensorId): number[] => sides.filter((__, i) => elements[i] === tensor);
    return new Map(
      inputs.map(({ tensor }) => [tensor, Float64Array.from(of(tensor), (side, i) => endOf(tensors[tensor], i, side))]),
    );
  });
}

/** Inputs all low, all high, and two with each element at either end. */
export function someCorners({ inputs, tensors }: Circuit, seed: number): Stored[] {
  const random = generator(seed);
  const sides = [() => 0, () => 1, () => Number(random() < 0.5), () => Number(random() < 0.5)];
  return sides.map((side) => {
    const of = (tensor: TensorId): Float64Array => {
      const { shape } = tensors[tensor];
      return Float64Array.from({ length: sizeOf(shape) }, (_, i) => endOf(tensors[tensor], i, side()));
    };
    return new Map(inputs.map(({ tensor }) => [tensor, of(tensor)]));
  });
}

/**
 * The rules of a circuit, and one meaning: native, witness and definition. Bits that do not fit would come out as others, and a key
 * outside its table is thrown.
 */
export function legal(circuit: Circuit, samples: readonly Stored[]): void {
  checkCircuit(circuit, (path, expected, got) => {
    throw new Error(`${path}: expected ${expected}, got ${got}`);
  });
  const wires = arrange(circuit);
  for (const stored of samples) {
    const meant = naive(circuit, stored);
    evaluateCircuit(circuit, stored).forEach((values, id) => {
      const { lo, hi, node } = circuit.tensors[id];
      same(Array.from(values, BigInt), meant[id], node);
      expect(values.every((u) => u >= 0 && u <= hi - lo)).toBe(true);
    });
    const { bytes } = fillSteps(wires, (id) => stored.get(id) ?? []).witness;
    const wire = (w: number): bigint => bytesToNumberLE(bytes.subarray(32 * w, 32 * w + 32));
    circuit.steps.forEach(({ kind, outs: [out] }) => {
      if (kind === 'output') return;
      same(meant[out].map((_, i) => wire(wires.tensors[out] + i)), meant[out], circuit.tensors[out].node); // prettier-ignore
    });
    if (circuit.rangeBits === null) bitsFit(wires, wire);
  }
}

/** `toEqual`, which takes its time over lists that are equal. */
function same(values: readonly bigint[], meant: readonly bigint[], what: string | undefined): void {
  if (values.length !== meant.length || values.some((v, i) => v !== meant[i])) expect(values, what).toEqual(meant);
}

function bitsFit({ instances }: Arrangement, wire: (w: number) => bigint): void {
  for (const { gadget, count, port, wire: at } of instances) {
    const bits = gadget.signals.flatMap((name, signal) => (/(bit|gap)(\[\d+\])+$/.test(name) ? [signal] : []));
    for (let i = 0; i < count; i++) {
      const wide = bits.filter((signal) => wire(at(i, signal)) >= 2n);
      if (wide.length > 0) throw new Error(`no bits: ${wide.map((signal) => gadget.signals[signal]).join()}`);
      const ports = gadget.ports.map((_, k) => {
        let sum = 0n;
        port(i, k)((w, c) => (sum += BigInt(c) * (w === 0 ? 1n : wire(w))));
        return sum;
      });
      const sum = gadget.signals.reduce((v, name, signal) => {
        const match = /^bit\[(\d+)\]$/.exec(name);
        return match ? v + (wire(at(i, signal)) << BigInt(match[1])) : v;
      }, 0n);
      const written = meaningOfBits(gadget.template, gadget.args, ports);
      if (written !== null && sum !== written) expect(sum, gadget.template).toBe(written);
    }
  }
}

export const legalAtCorners = (circuit: Circuit, weights: readonly (readonly number[])[]): void =>
  legal(circuit, corners(circuit, weights));

/** The integer whose bits a gadget writes. */
function meaningOfBits(template: string, args: readonly number[], [a, b]: readonly bigint[]): bigint | null {
  const [B, s, , at] = args;
  const offset = (): bigint => (s === 0 ? 0n : 1n << BigInt(s - 1)) + (1n << BigInt(B - 1));
  switch (template) {
    case 'Range':
    case 'RangeUpTo':
      return a;
    case 'Rescale':
      return a + offset();
    case 'LeakyRescale':
      return a + offset() - (BigInt(at) << BigInt(s));
    case 'Max':
      return a > b ? a - b : b - a;
    default:
      return null;
  }
}

export const anyNumber = (from: number, to: number): fc.Arbitrary<number> =>
  fc
    .tuple(fc.double({ min: from, max: to, noNaN: true }), fc.boolean())
    .map(([e, minus]) => (minus ? -1 : 1) * 10 ** e);
