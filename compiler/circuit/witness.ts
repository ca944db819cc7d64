// The honest witness: inputs and every signal of every gadget in native integers, then 32 bytes a wire.
import { R, mod } from '../../verifier/field.js';
import type { Circuit, TensorId } from './circuit.js';
import type { SignalValue } from './gadget.js';
import { layout, type Layout, type Terms } from './layout.js';

/** Wires by number: ints where they are ints, field elements beside them. */
export class Witness {
  /** Little-endian, 32 bytes a wire. */
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #ints: Float64Array;

  constructor(nWires: number) {
    this.bytes = new Uint8Array(32 * nWires);
    this.#words = new Uint32Array(this.bytes.buffer);
    this.#ints = new Float64Array(nWires);
    this.set(0, 1);
  }

  /** The int on a wire; meaningless on wires that hold other field elements. */
  int(wire: number): number {
    return this.#ints[wire];
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
    for (let i = 0; i < 8; i++) {
      this.#words[at + i] = Number(rest & 0xffffffffn);
      rest >>= 32n;
    }
  }
}

/**
 * The witness of a circuit for stored inputs (u = int - lo, row-major), and the public words that it implies.
 * @param context the first public of the plain argument: 0, or keccak256(context) >> 8
 */
export function witness(
  circuit: Circuit,
  inputs: (tensor: TensorId) => ArrayLike<number>,
  context: bigint,
  wires: Layout = layout(circuit),
): { readonly witness: Witness; readonly words: bigint[] } {
  const out = new Witness(wires.nWires);
  out.set(1, context);
  for (const { tensor } of circuit.inputs) {
    const values = inputs(tensor);
    for (let i = 0; i < values.length; i++) out.set(wires.tensors[tensor] + i, values[i]);
  }
  const evaluate = (form: Terms): number => {
    let sum = 0;
    form((wire, coefficient) => (sum += wire === 0 ? coefficient : coefficient * out.int(wire)));
    return sum;
  };
  for (const { gadget, count, port, wire } of wires.instances) {
    const ports = new Array<number>(gadget.ports.length);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < ports.length; k++) ports[k] = evaluate(port(i, k));
      gadget.fill(ports, (signal, value) => out.set(wire(i, signal), value));
    }
  }
  const words = wires.words.map(({ chunks }) =>
    chunks.reduce((word, { shift, form }) => word + (BigInt(evaluate(form)) << BigInt(shift)), 0n),
  );
  words.forEach((word, j) => out.set(2 + j, word % R));
  return { witness: out, words };
}
